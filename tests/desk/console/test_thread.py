"""Writing: the gate answers while one types and keeps nothing; what is stopped says why and what to say instead."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from shouyue.desk.console.inbox.marked import pieces
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.messages.models import Contact
from shouyue.screening.finding import Finding
from tests.desk.console.conftest import POLITE, RUDE
from tests.office import NIGHT

pytestmark = pytest.mark.django_db


def post(client, thread, text, **more):
    return client.post(reverse("send", args=[thread.pk]), {"id": str(uuid.uuid4()), "text": text, **more})


def test_advice_underlines_names_the_rule_and_writes_nothing(office, thread, sign_in):
    leaves, contacts = Leaf.objects.count(), Contact.objects.count()
    answer = sign_in(office.lina).post(reverse("advise", args=[thread.pk]), {"text": RUDE})
    text = answer.content.decode()
    assert "<mark>" in text
    assert "CBA-2026.red.threat" in text
    assert "威胁" in text
    assert (Leaf.objects.count(), Contact.objects.count()) == (leaves, contacts)


def test_a_stopped_message_stays_in_the_box_with_its_rules(office, thread, sign_in):
    answer = post(sign_in(office.lina), thread, RUDE)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "已拦截，消息没有发出" in text
    assert RUDE in text
    assert Contact.objects.get(thread=thread).state == "blocked"


def test_a_lawful_message_goes_its_way_and_the_same_click_twice_is_one(office, thread, sign_in):
    client, id = sign_in(office.lina), str(uuid.uuid4())
    for _ in range(2):
        answer = client.post(reverse("send", args=[thread.pk]), {"id": id, "text": POLITE})
        assert answer.status_code == 302
    assert Contact.objects.get(thread=thread).state == "scheduled"


def test_at_night_the_send_button_is_a_schedule_button_and_schedules(office, thread, sign_in, clock):
    clock.at = NIGHT
    client = sign_in(office.lina)
    advice = client.post(reverse("advise", args=[thread.pk]), {"text": POLITE})
    later = advice.context["later"]
    assert later.isoformat().startswith("2026-03-11T00:00") or later.isoformat().startswith(
        "2026-03-11T08:00+08:00"
    )
    assert "定时发送" in advice.content.decode()
    answer = post(client, thread, POLITE, send_at=later.isoformat())
    assert answer.status_code == 302
    row = Contact.objects.get(thread=thread)
    assert (row.state, row.not_before) == ("scheduled", later)


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "消息为空"), ("   ", "消息为空"), ("好" * 2001, "最多 2000 个字，现有 2001 个")],
)
def test_wrong_input_says_what_is_wrong(text, says, office, thread, sign_in):
    answer = post(sign_in(office.lina), thread, text)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Contact.objects.filter(thread=thread).exists()


def test_what_has_not_left_is_taken_back_with_a_reason_only(office, said, sign_in):
    client = sign_in(office.lina)
    url = reverse("cancel_contact", args=[said.thread_id, said.pk])
    assert "至少 4 个字" in client.post(url, {"why": "x"}, follow=True).content.decode()
    client.post(url, {"why": "金额有误，重新撰写"})
    assert Contact.objects.get(pk=said.pk).state == "cancelled"
    answer = client.post(url, {"why": "再撤回一次"}, follow=True)
    assert Contact.objects.get(pk=said.pk).state == "cancelled"
    assert answer.status_code == 200


def test_a_message_of_another_thread_cannot_be_taken_back_through_this_one(office, said, sign_in):
    client = sign_in(office.lina)
    assert (
        client.post(
            reverse("cancel_contact", args=[said.thread_id, uuid.uuid4()]), {"why": "不存在的消息"}
        ).status_code
        == 404
    )


def test_a_closed_thread_has_no_box_and_says_its_outcome(office, thread, sign_in):
    client = sign_in(office.lina)
    assert (
        "至少 4 个字"
        in client.post(
            reverse("close_thread", args=[thread.pk]), {"outcome": ""}, follow=True
        ).content.decode()
    )
    page = client.post(
        reverse("close_thread", args=[thread.pk]), {"outcome": "已告知，结束"}, follow=True
    ).content.decode()
    assert 'id="text"' not in page
    assert "已告知，结束" in page


def test_one_matter_one_chat_is_said_in_the_pages_language(office, thread, sign_in):
    client = sign_in(office.lina)
    answer = client.post(
        reverse("new_thread", args=[office.matter().pk]),
        {"party": str(office.debtor().pk), "channel": "sms", "purpose": "negotiation"},
    )
    assert answer.status_code == 422
    assert "一事一聊" in answer.content.decode()


def test_a_thread_with_somebody_who_owes_nothing_is_not_offered(office, sign_in):
    answer = sign_in(office.lina).post(
        reverse("new_thread", args=[office.matter().pk]),
        {"party": str(uuid.uuid4()), "channel": "sms", "purpose": "notice"},
    )
    assert answer.status_code == 422


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4))
def test_pieces_are_the_text_again_and_mark_what_was_found(text, spans):
    found = [Finding(a, b, "threat", "r") for a, b in spans]
    cut = pieces(text, found)
    assert "".join(piece.text for piece in cut) == text
    here = 0
    for piece in cut:
        end = here + len(piece.text)
        for place in range(here, end):
            assert bool(piece.labels) == any(f.start <= place < f.end for f in found)
        here = end
