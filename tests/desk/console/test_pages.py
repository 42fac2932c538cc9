"""What the pages show, in both languages, with a bounded number of questions to the database."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shouyue.desk.ledger.actions import integrate
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import outbound
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as party_reads
from shouyue.terms import Channel, Purpose
from tests.desk.console.conftest import POLITE
from tests.office import NIGHT

pytestmark = pytest.mark.django_db

# page: the most questions it may ask, sign-in included. More cases, messages or people must not raise it.
MOST = {
    "queue": 70,  # the gate is asked for the page, all cases of it at once, channel by channel
    "debtor": 105,  # the gate is asked for each of five channels
    "dossier": 60,
    "inbox": 6,
    "thread": 16,
    "evidence": 19,  # one of them: does the log disagree with itself?
    "friend_requests": 7,
    "friend_request": 25,
    "approvals": 7,
    "imports": 5,
}


def address(name, office, thread, request_seen):
    about = {
        "debtor": office.matter().pk,
        "dossier": office.matter().pk,
        "thread": thread.pk,
        "evidence": thread.pk,
        "friend_request": request_seen.pk,
    }
    return reverse(name, args=[about[name]] if name in about else [])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", sorted(MOST))
def test_each_page_answers_in_one_request_and_asks_little(
    name, language, office, said, request_seen, sign_in
):
    client = sign_in(office.wangmin if name in {"approvals", "imports"} else office.lina, language)
    url = address(name, office, said.thread, request_seen)
    client.get(url)  # packs and permissions are loaded once a process
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = client.get(url)
    assert page.status_code == 200
    assert len(asked) <= MOST[name], f"{name} asked {len(asked)} questions"
    text = page.content.decode()
    assert f'<html lang="{"en" if language == "en" else "zh-hans"}"' in text
    assert "style=" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.S)


def test_the_queue_says_what_can_be_worked_and_what_must_wait_until_when(office, thread, sign_in, clock):
    parties.stop(party=office.debtor(2), kind="represented", why="已委托律师", by=office.lina, at=office.at)
    page = sign_in(office.lina).get(reverse("queue"))
    lines = {line["item"].case.number: line["step"] for line in page.context["lines"]}
    assert not lines[office.matter(1).number].grey
    assert [w.word for w in lines[office.matter(2).number].waits] == ["stop"]
    assert "已委托律师，只能联系律师" in page.content.decode()
    clock.at = NIGHT
    page = sign_in(office.lina).get(reverse("queue"))
    assert all(line["step"].grey or not line["step"].contacts for line in page.context["lines"])
    assert "03-11 08:00" in page.content.decode()
    now = sign_in(office.lina).get(reverse("queue") + "?show=now").context["lines"]
    assert [line["item"].case.number for line in now] == [
        office.matter(2).number
    ]  # nobody is contacted for it


def test_personal_data_is_masked_until_somebody_says_why(office, sign_in):
    client = sign_in(office.lina)
    page = client.get(reverse("debtor", args=[office.matter().pk])).content.decode()
    debtor = office.debtor()
    assert debtor.id_no not in page
    assert debtor.name not in page
    assert "138****0001" in page
    url = reverse("unmask", args=[debtor.pk, "id_no"])
    assert client.post(url, {"reason": " "}).status_code == 422
    shown = client.post(url, {"reason": "核对身份证"})
    assert debtor.id_no in shown.content.decode()
    from shouyue.desk.ledger.models import Leaf

    assert Leaf.objects.filter(kind="audit/unmask").count() == 1


def test_permissions_say_why_not_and_from_when(office, sign_in, clock):
    clock.at = NIGHT
    page = sign_in(office.lina).get(reverse("debtor", args=[office.matter().pk]))
    by_channel = {str(p.channel): p.decision for p in page.context["permissions"]}
    assert by_channel["phone"].effect == "block"
    assert "03-11 08:00" in page.content.decode()


def test_a_case_is_found_by_its_number_and_by_its_contract(office, sign_in):
    client = sign_in(office.lina)
    matter = office.matter()
    for words in (matter.number, matter.loan.contract_no.lower(), f" {matter.number} "):
        assert client.get(reverse("find"), {"q": words}).url == reverse("debtor", args=[matter.pk])
    assert "没有找到" in client.get(reverse("find"), {"q": office.matter(4).number}).content.decode()
    assert client.get(reverse("find"), {"q": "'; drop table"}).status_code == 200


def test_the_evidence_panel_counts_how_far_each_entry_has_come(office, said, sign_in):
    url = reverse("evidence", args=[said.thread_id])
    steps = {str(s["state"]): s["count"] for s in sign_in(office.lina).get(url).context["steps"]}
    assert steps["sealed"] >= 2
    assert steps["integrated"] == 0
    while integrate(by="test", at=office.at):
        pass
    steps = {str(s["state"]): s["count"] for s in sign_in(office.lina).get(url).context["steps"]}
    assert steps["integrated"] == steps["sealed"]


def test_every_channel_says_what_its_gate_can_do(office, thread, sign_in):
    assert "未经闸门放行" in sign_in(office.lina).get(reverse("thread", args=[thread.pk])).content.decode()


def test_a_wrong_number_is_locked_for_ever_and_nothing_goes_to_it(office, wires, sign_in):
    client, debtor = sign_in(office.lina), office.debtor()
    thread = matters.open_thread(
        matter=office.matter(), party=debtor, purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    queued = outbound.propose(id=uuid.uuid4(), thread=thread, text=POLITE, by=office.lina, at=office.at)
    assert queued.state == "scheduled"
    (number,) = party_reads.points(debtor, "mobile")
    url = reverse("lock_number", args=[office.matter().pk, number.pk])
    client.post(url, {"why": "错"})
    number.refresh_from_db()
    assert number.state == "valid"
    client.post(url, {"why": "接听人称不认识此人"})
    number.refresh_from_db()
    assert number.state == "locked"
    assert outbound.release(contact=queued.pk, by="worker", at=office.at) is None
    queued.refresh_from_db()
    assert queued.state == "returned" and not wires["sms"].sent
    assert "已锁定" in client.get(reverse("debtor", args=[office.matter().pk])).content.decode()
    (theirs,) = party_reads.points(office.debtor(2), "mobile")
    other = reverse("lock_number", args=[office.matter().pk, theirs.pk])
    assert client.post(other, {"why": "接听人称不认识此人"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == "valid"
