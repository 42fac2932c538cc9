"""The queue before, and the answers that are neither yes nor no, through the door."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from shouyue.desk.approvals import reads as asked_of
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from tests.desk.console.conftest import POLITE

pytestmark = pytest.mark.django_db
DATED = POLITE + "如不能协商一致，我司将于2026年4月20日向人民法院起诉。"
BETTER = POLITE + "如不能协商一致，我司将依法向人民法院起诉。"


@pytest.fixture
def asked(office, thread):
    contact = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=DATED, acknowledged=True, by=office.lina, at=office.at
    )
    return asked_of.still_open("contact", contact.pk)


def test_the_queue_says_the_rule_and_leads_to_the_question(office, asked, sign_in):
    page = sign_in(office.wangmin).get(reverse("review_before")).content.decode()
    assert "CLAIM.intent" in page
    assert reverse("approval", args=[asked.pk]) in page
    assert sign_in(office.lina).get(reverse("review_before")).status_code == 404


def test_hold_and_send_back_through_the_page(office, thread, asked, sign_in):
    page = sign_in(office.wangmin)
    held = page.post(reverse("hold_approval", args=[asked.pk]), {"hold-reason": "向法务核实"})
    assert held.status_code == 302
    assert (
        "王敏正在暂扣核查：向法务核实" in sign_in(office.sunli).get(reverse("review_before")).content.decode()
    )
    back = page.post(
        reverse("send_back", args=[asked.pk]), {"edit-words": BETTER, "edit-reason": "立案日期未定"}
    )
    assert back.status_code == 302
    assert messages.get(asked.about).state == "returned"
    writer = sign_in(office.lina).get(reverse("thread", args=[thread.pk])).content.decode()
    assert f'data-use="{BETTER}"' in writer


def test_what_the_gate_would_block_is_answered_in_place(office, asked, sign_in):
    page = sign_in(office.wangmin).post(
        reverse("send_back", args=[asked.pk]),
        {"edit-words": "再不还钱我们就去你单位", "edit-reason": "改得更狠"},
    )
    assert page.status_code == 422
    assert "改写内容同样会被拦截" in page.content.decode()
    assert messages.get(asked.about).state == "awaiting_approval"


@pytest.mark.parametrize("place", ["hold_approval", "send_back"])
def test_a_stranger_finds_nothing(office, asked, sign_in, place):
    assert sign_in(office.zhaolei).post(reverse(place, args=[asked.pk])).status_code == 404
