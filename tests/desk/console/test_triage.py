"""What nobody recognised: messages, requests, proposed threads and incidents wait for a person, who says what they are."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shouyue.casework.friend_request import FriendRequest as Request
from shouyue.connectors.channel import ContactAdded, MessageArrived
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.friend_requests import reads as friend_reads
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import close_thread
from shouyue.desk.messages import inbound
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as party_reads
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel
from tests.cast import 张伟

pytestmark = pytest.mark.django_db


@pytest.fixture
def arrive(office, wires):
    """Something arrives on WeCom, as bytes, and is understood."""
    count = iter(range(100))

    def arriving(kind, **more):
        one = kind(
            external_id=f"t{next(count)}",
            channel=Channel.WECOM,
            account="lina",
            at=office.at,
            raw=b"",
            **more,
        )
        payload = repr(one).encode()
        wires["wecom"].events[payload] = (one,)
        inbound.receive(connector="wecom", payload=payload, by="callback", at=office.at)
        drain(at=office.at)
        return one

    return arriving


@pytest.fixture
def from_nobody(arrive):
    arrive(
        MessageArrived,
        sender="wmStranger",
        to=("lina",),
        text=f"我的电话是{张伟.mobile}，想谈谈还款，不要再联系我单位",
    )
    return Contact.objects.get()


def test_a_message_from_nobody_is_shown_masked_and_placed_by_a_supervisor(office, from_nobody, sign_in):
    client = sign_in(office.wangmin)
    page = client.get(reverse("unmatched"), {"contact": from_nobody.pk, "case": office.matter().number})
    text = page.content.decode()
    assert 张伟.mobile not in text
    assert "138****0001" in text
    people = page.context["lines"][0]["people"]
    answer = client.post(
        reverse("place_message", args=[from_nobody.pk]),
        {"case": office.matter().pk, "party": office.debtor().pk},
    )
    placed = Contact.objects.get()
    assert answer.url == reverse("thread", args=[placed.thread_id])
    assert (placed.party, placed.matter, placed.number) == (office.debtor(), office.matter(), 1)
    assert placed.thread.state == "proposed"
    assert {one["party"] for one in people} >= {office.debtor()}
    assert Leaf.objects.filter(kind="msg.in/placed").count() == 1
    # it proves nobody's identity
    assert party_reads.by_account(Channel.WECOM, "wmStranger") is None


def test_what_a_placed_message_asks_of_us_is_heeded(office, arrive, sign_in):
    arrive(MessageArrived, sender="wmStranger", to=("lina",), text="请不要再联系我，停止一切联系")
    waits = Contact.objects.get()
    assert "stop_contact" in waits.labels
    inbound.place(
        contact=waits.pk, matter=office.matter(), party=office.debtor(), by=office.wangmin, at=office.at
    )
    drain(at=office.at)
    assert "opt_out" in {stop.kind for stop in party_reads.stops(office.debtor(), office.at)}


def test_a_message_is_placed_once_and_only_with_somebody_of_the_loan(office, from_nobody, sign_in):
    with pytest.raises(inbound.UnableToPlace, match="no part in this loan"):
        inbound.place(
            contact=from_nobody.pk,
            matter=office.matter(),
            party=office.debtor(2),
            by=office.wangmin,
            at=office.at,
        )
    for _ in range(2):
        inbound.place(
            contact=from_nobody.pk,
            matter=office.matter(),
            party=office.debtor(),
            by=office.wangmin,
            at=office.at,
        )
    with pytest.raises(inbound.UnableToPlace, match="has its place already"):
        inbound.place(
            contact=from_nobody.pk,
            matter=office.matter(2),
            party=office.debtor(2),
            by=office.wangmin,
            at=office.at,
        )
    assert Contact.objects.get().party == office.debtor()


def test_looking_up_a_case_that_is_not_there_says_so(office, from_nobody, sign_in):
    page = sign_in(office.wangmin).get(reverse("unmatched"), {"contact": from_nobody.pk, "case": "AJ1"})
    assert "您名下没有编号为“AJ1”的案件" in page.content.decode()
    answer = sign_in(office.wangmin).post(
        reverse("place_message", args=[from_nobody.pk]), {"case": "x"}, follow=True
    )
    assert "请先按编号查找案件" in answer.content.decode()
    assert sign_in(office.lina).get(reverse("unmatched")).status_code == 404


@pytest.fixture
def proposed(office, arrive, thread):
    """They write again after the thread was closed."""
    parties.bind_account(
        party=office.debtor(), channel=Channel.WECOM, external_id="wmZhangWei", method="friend_request_proof",
        confidence="0.95", by=office.lina, at=office.at,
    )  # fmt: skip
    arrive(MessageArrived, sender="wmZhangWei", to=("lina",), text="我想再谈谈")
    row = matters.threads_with(party=office.debtor(), channel="wecom", account="lina").get()
    assert row.state == "proposed"
    return row


def test_a_proposed_thread_is_taken_up_for_one_purpose_by_its_owner_only(office, proposed, sign_in):
    client = sign_in(office.lina)
    assert "是否受理此会话" in client.get(reverse("thread", args=[proposed.pk])).content.decode()
    other = sign_in(office.wangmin).post(
        reverse("take_up_thread", args=[proposed.pk]), {"purpose": "dispute"}
    )
    assert other.status_code == 422
    wrong = client.post(reverse("take_up_thread", args=[proposed.pk]), {"purpose": "chat"})
    assert wrong.status_code == 422
    assert (
        client.post(reverse("take_up_thread", args=[proposed.pk]), {"purpose": "dispute"}).status_code == 302
    )
    proposed.refresh_from_db()
    assert (proposed.state, proposed.purpose) == ("open", "dispute")


def test_a_proposed_thread_waits_while_another_is_open_there(office, proposed, sign_in, arrive):
    from shouyue.desk.matters.actions import open_thread
    from shouyue.terms import Purpose

    running = open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.WECOM, account="lina",
        owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    client = sign_in(office.lina)
    answer = client.post(reverse("take_up_thread", args=[proposed.pk]), {"purpose": "dispute"})
    assert answer.status_code == 422
    assert "一事一聊" in answer.content.decode()
    close_thread(thread=running, outcome="另案处理", by=office.lina, at=office.at)
    assert (
        client.post(reverse("take_up_thread", args=[proposed.pk]), {"purpose": "dispute"}).status_code == 302
    )


def test_a_request_from_nobody_is_matched_by_hand_and_then_asked_for_proof(office, wires, sign_in):
    import uuid

    seen = friend_requests.report(
        id=uuid.uuid4(), channel="wecom", claimed_name="某某", words="在吗", mobile="", screenshot="", by=office.lina, at=office.at
    )  # fmt: skip
    client = sign_in(office.lina)
    page = client.get(reverse("friend_request", args=[seen.pk]), {"case": office.matter().number})
    assert {one["role"] for one in page.context["people"]} <= {"debtor", "co_borrower", "guarantor"}
    foreign = client.get(reverse("friend_request", args=[seen.pk]), {"case": office.matter(4).number})
    assert foreign.context["case"] is None  # another collector's case is not found
    answer = client.post(
        reverse("match_friend_request", args=[seen.pk]),
        {"case": office.matter().pk, "party": office.debtor().pk},
    )
    assert answer.status_code == 302
    assert friend_reads.get(seen.pk).state == Request.IDENTITY_PENDING


def test_an_incident_is_settled_with_words_by_another_person(office, arrive, sign_in):
    arrive(ContactAdded, userid="lina", external_userid="wmUnknown", state="")
    client = sign_in(office.wangmin)
    listed = client.get(reverse("friend_requests"), {"show": "incidents"})
    assert "未经批准的好友" in listed.content.decode()
    (incident,) = friend_reads.incidents(office.wangmin, office.at)
    short = client.post(reverse("settle_incident", args=[incident.pk]), {"why": "好"})
    assert short.status_code == 422
    client.post(reverse("settle_incident", args=[incident.pk]), {"why": "已请李娜当面删除并说明"})
    incident.refresh_from_db()
    assert incident.state == "closed"
    assert sign_in(office.lina).get(reverse("friend_requests"), {"show": "incidents"}).status_code == 404
    with pytest.raises(friend_requests.UnableToContinue, match="concerns you"):
        incident.state = "opened"
        incident.save()
        friend_requests.settle_incident(
            incident=incident.pk, why="自己处置自己", by=office.lina, at=office.at
        )
