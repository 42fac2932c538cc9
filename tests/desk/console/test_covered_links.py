"""Whoever has the word of a link stands at that person's door and could agree to things in their name: nobody at the desk reads it."""

from __future__ import annotations

import re
import uuid

import pytest
from django.conf import settings
from django.urls import reverse

from shouyue.desk.approvals import reads as asked_of
from shouyue.desk.messages import outbound
from shouyue.desk.messages.covered import covered, uncovered
from shouyue.desk.messages.models import Contact
from shouyue.desk.review import reads as review
from shouyue.desk.rights import actions as rights
from shouyue.desk.worker.run import drain
from tests.desk.console.conftest import POLITE

pytestmark = pytest.mark.django_db


def test_the_word_that_opens_a_persons_page_reaches_their_number_and_no_page_of_the_desk(
    office, wires, sign_in
):
    rights.send_page(matter=office.matter(), party=office.debtor(), by=office.lina, at=office.at)
    drain(at=office.at)
    contact = Contact.objects.get(script="own_page")
    (word,) = re.findall(r"/p/own/([\w-]+)", contact.text)
    assert any(word in message.text for message in wires["sms"].sent.values())
    lina = sign_in(office.lina)
    for page in (reverse("thread", args=[contact.thread_id]), reverse("debtor", args=[office.matter().pk])):
        shown = lina.get(page).content.decode()
        assert "/p/own/••••" in shown or "…" in shown
        assert word[:6] not in shown
    assert len(contact.shown) == len(contact.text)
    assert contact.shown.replace("•" * len(word), word) == contact.text


WORD = "Zk3-vQ9_tXbW7mLpR2sHyN5dCfGjA8eU"
LINK = f"{settings.ADDRESS}/p/own/{WORD}"
HIDDEN = LINK.replace(WORD, "•" * len(WORD))
DATED = POLITE + f"如不能协商一致，我司将于2026年4月20日向人民法院起诉。您的页面：{LINK} 。"
BETTER = DATED.replace("将于2026年4月20日", "将依法").replace(WORD, "•" * len(WORD))


@pytest.fixture
def held(office, thread):
    """A message with a link to the borrower's own page, which waits for a second person."""
    contact = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=DATED, acknowledged=True, by=office.lina, at=office.at
    )
    assert contact.state == "awaiting_approval"
    return asked_of.still_open("contact", contact.pk)


def test_better_words_leave_with_the_link_that_nobody_at_the_desk_has_read(
    office, wires, thread, held, sign_in
):
    lead, lina = sign_in(office.wangmin), sign_in(office.lina)
    sheet = lead.get(reverse("approval", args=[held.pk])).content.decode()
    assert HIDDEN in sheet and WORD[:6] not in sheet
    back = {"edit-words": BETTER, "edit-reason": "立案日期未定"}
    assert lead.post(reverse("send_back", args=[held.pk]), back).status_code == 302
    for page in (
        lead.get(reverse("approval", args=[held.pk])),
        lina.get(reverse("thread", args=[thread.pk])),
    ):
        assert HIDDEN in page.content.decode() and WORD[:6] not in page.content.decode()
    assert review.edits_of([Contact.objects.get(pk=held.about)])[held.about].words == uncovered(
        BETTER, [DATED]
    )
    words = {"id": uuid.uuid4(), "text": BETTER, "acknowledged": "on"}
    advice = lina.post(reverse("advise", args=[thread.pk]), words).content.decode()
    assert WORD[:6] not in advice
    lina.post(reverse("send", args=[thread.pk]), words)
    again = Contact.objects.get(pk=words["id"])
    assert again.text == BETTER.replace(HIDDEN, LINK) and again.shown == BETTER
    drain(at=office.at)
    assert [LINK in message.text for message in wires["sms"].sent.values()] == [True]


@pytest.mark.parametrize(
    "wrong",
    [
        BETTER.replace(HIDDEN, HIDDEN[:-1]),
        BETTER.replace(settings.ADDRESS, "https://elsewhere.example"),
        BETTER.replace(HIDDEN, f"https://elsewhere.example/{HIDDEN}"),
    ],
)
def test_a_covered_link_that_was_changed_opens_nothing_and_is_not_sent(office, thread, held, sign_in, wrong):
    page = sign_in(office.wangmin).post(
        reverse("send_back", args=[held.pk]), {"edit-words": wrong, "edit-reason": "立案日期未定"}
    )
    assert page.status_code == 422 and "链接已被改动" in page.content.decode()
    assert WORD[:6] not in page.content.decode()
    with pytest.raises(outbound.UnableToPropose, match="covered and none of this thread's"):
        outbound.propose(
            id=uuid.uuid4(), thread=thread, text=wrong, acknowledged=True, by=office.lina, at=office.at
        )


def test_what_is_covered_is_found_again_and_nothing_else_is_touched():
    newer = LINK.replace("Zk3", "Aa1")
    for text in (DATED, f"• 一 {LINK}，{LINK}", "• 逐条说明", f"{LINK}请打开"):
        assert uncovered(covered(text), [text]) == text
    assert uncovered(HIDDEN, [LINK, newer]) == newer
    assert uncovered(HIDDEN, []) == HIDDEN
