"""Compliance and legal forget a person at the desk: what was asked, what stands against it, two persons, and what became of it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from shouyue.casework.right import Kind
from shouyue.casework.right import Right as RightState
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.holds import actions as holds
from shouyue.desk.ledger.reads import panel
from shouyue.desk.matters.models import Matter
from shouyue.desk.parties import reads as parties
from shouyue.desk.rights import actions as rights
from shouyue.desk.vault.actions import existing_key

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "请删除我的全部信息"


@pytest.fixture
def asked(office, wires, clock):
    """A settled person asked to be forgotten, was answered, and years have gone by."""
    party = office.debtor(2)
    row = rights.ask(
        id=uuid.uuid4(), kind=Kind.DELETION, matter=office.matter(2), party=party, words=WORDS, by="portal", at=office.at
    )  # fmt: skip
    rights.take_in_hand(right=row.pk, by=office.sunli, at=office.at)
    rights.answer(right=row.pk, outcome=RightState.GRANTED, words="期满后删除", by=office.sunli, at=office.at)
    Matter.objects.filter(loan=office.matter(2).loan).update(state="closed", closed_at=office.at)
    clock.at = office.at + timedelta(days=6 * 366)
    return party


def ask(client, party, basis="本人请求，保存期限届满"):
    return client.post(reverse("ask_erasure", args=[party.pk]), {"basis": basis})


def decide(client, party, grant="yes", reason="已核对，无阻碍"):
    return client.post(reverse("decide_erasure", args=[party.pk]), {"grant": grant, "reason": reason})


def page(client, party):
    return client.get(reverse("erasure", args=[party.pk])).content.decode()


def test_one_asks_another_agrees_and_the_page_tells_the_outcome(office, asked, sign_in):
    sunli, chen = sign_in(office.sunli), sign_in(office.chen)
    assert parties.masked_name(asked) in sunli.get(reverse("erasures")).content.decode()
    before = page(sunli, asked)
    assert WORDS in before and asked.name not in before and "提出删除" in before
    assert ask(sunli, asked).status_code == 302 and ask(sunli, asked).status_code == 302
    assert "提出审批的人不能自己决定" in page(sunli, asked) or "同意并删除" not in page(sunli, asked)
    assert decide(sunli, asked).status_code == 422  # never the same person
    assert existing_key(subject=asked.pk)
    (waiting,) = approvals.waiting_for(office.chen, office.at)
    told = chen.get(reverse("approval", args=[waiting.pk]))
    assert told.status_code == 302 and told.headers["Location"] == reverse("erasure", args=[asked.pk])
    assert decide(chen, asked).status_code == 302
    assert parties.get(asked.pk).erased_at and existing_key(subject=asked.pk) is None
    after = page(chen, asked)
    assert "已删除" in after and "孙丽" in after and "陈律" in after and WORDS not in after
    assert "本人请求" not in after and "已核对" not in after
    board = sunli.get(reverse("erasures"))
    assert board.status_code == 200 and str(asked.pk)[:8] in board.content.decode()


def test_what_stands_against_it_is_named_and_nothing_is_asked(office, asked, sign_in, clock):
    client = sign_in(office.sunli)
    hold = holds.put_on_hold(
        kind="preserve", over="staff", key=office.matter(2).owner.staff_no, why="监管调查该员工", by=office.wangmin,
        at=clock.at,
    )  # fmt: skip
    shown = page(client, asked)
    assert "对经办员工有诉讼保全：监管调查该员工" in shown and "存在阻碍时不能提出" in shown
    refused = ask(client, asked)
    assert refused.status_code == 422 and approvals.still_open("erasure", asked.pk) is None
    holds.release(hold=hold.pk, why="调查结束", by=office.chen, at=clock.at)
    assert ask(client, asked).status_code == 302


def test_a_hold_that_came_between_the_two_stops_it_and_the_refusal_is_sealed(office, asked, sign_in, clock):
    ask(sign_in(office.sunli), asked)
    holds.put_on_hold(kind="preserve", over="lender", key="", why="监管检查", by=office.wangmin, at=clock.at)
    answer = decide(sign_in(office.chen), asked)
    assert answer.status_code == 422 and "监管检查" in answer.content.decode()
    assert parties.get(asked.pk).name and approvals.still_open("erasure", asked.pk)
    assert panel(f"party:{asked.pk}").rows[0].kind == "erase/refused"


def test_a_no_erases_nothing_and_may_be_asked_again(office, asked, sign_in):
    ask(sign_in(office.sunli), asked)
    assert decide(sign_in(office.chen), asked, "no", "尚有诉讼可能").status_code == 302
    assert parties.get(asked.pk).name
    assert "尚有诉讼可能" in page(sign_in(office.sunli), asked)
    assert ask(sign_in(office.chen), asked).status_code == 302


@pytest.mark.parametrize(
    ("basis", "reason"), [("", "已核对，无阻碍"), ("删", "已核对，无阻碍"), (None, ""), (None, "好")]
)
def test_a_ground_and_a_reason_are_needed_in_words(office, asked, sign_in, basis, reason):
    if basis is not None:
        assert ask(sign_in(office.sunli), asked, basis).status_code == 422
        assert approvals.still_open("erasure", asked.pk) is None
        return
    ask(sign_in(office.sunli), asked)
    assert decide(sign_in(office.chen), asked, reason=reason).status_code == 422
    assert decide(sign_in(office.chen), asked, grant="perhaps").status_code == 422
    assert parties.get(asked.pk).name


def test_others_find_no_such_place(office, asked, sign_in):
    for who in (office.lina, office.wangmin, office.wu, office.zhou, office.admin):
        client = sign_in(who)
        assert client.get(reverse("erasures")).status_code == 404
        assert ask(client, asked).status_code == 404 and decide(client, asked).status_code == 404
    stranger = reverse("erasure", args=[uuid.uuid4()])
    assert sign_in(office.sunli).get(stranger).status_code == 404
