"""Whoever has the word of a link stands at that person's door and could agree to things in their name: nobody at the desk reads it."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from shouyue.desk.messages.models import Contact
from shouyue.desk.rights import actions as rights
from shouyue.desk.worker.run import drain

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
