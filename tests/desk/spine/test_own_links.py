"""A link of our own carries a random word; no random word is ever read as somebody's number, name or initials."""

from __future__ import annotations

import random
import string

import pytest
from django.conf import settings

from shouyue.desk.matters import actions as matters
from shouyue.desk.messages.facts import Intent
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("place", ["/p/", "/p/own/"])
def test_the_word_of_a_link_says_nothing(place, office, wires):
    thread = matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.DOCUMENTS, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    luck = random.Random(7)
    words = ["".join(luck.choices(string.ascii_letters + string.digits + "-_", k=32)) for _ in range(150)]
    for word in [*words, "13800000001", "vx13800000001FY", "62000000000000001234"]:
        text = f"【示例汽车金融有限公司】请打开链接核验身份：{settings.ADDRESS}{place}{word} 。"
        intent = Intent(thread=thread, text=text, staff=office.lina, when=office.at)
        assert intent.screened.labels == {"clean"}, word
        assert len(intent.words) == len(text)
