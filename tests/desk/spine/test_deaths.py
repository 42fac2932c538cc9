"""If we die on either road or in the friend request: nothing is lost, nothing is half-done, nothing leaves twice.

The worker's part is played by hand, so that a death is a death: no row is marked as failed, the job simply runs again.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command

from shouyue.casework.contact import Contact as State
from shouyue.casework.friend_request import FriendRequest as RequestState
from shouyue.connectors.channel import ContactAdded, FriendRequested, MessageArrived, Outgoing
from shouyue.connectors.recognition import IdCard
from shouyue.desk.approvals import reads as approval_reads
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.friend_requests import reads as request_reads
from shouyue.desk.ledger import actions as ledger
from shouyue.desk.ledger import reads as ledger_reads
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.matters import actions as matters
from shouyue.desk.matters import reads as matter_reads
from shouyue.desk.messages import channels, inbound, outbound, reads
from shouyue.desk.messages.models import Contact, RawEvent
from shouyue.desk.outbox import actions as outbox
from shouyue.desk.outbox import reads as outbox_reads
from shouyue.desk.worker import run
from shouyue.desk.worker.reactions import OUTSIDE, REACTIONS
from shouyue.terms import Channel, Purpose
from tests.desk.dying import WAYS, Died, deaths, dying_at
from tests.office import Office, Wire, open_office

pytestmark = pytest.mark.django_db(transaction=True)
POLITE = (
    "【示例汽车金融】张伟先生您好,我是示例汽车金融有限公司工作人员,工号1023。请在方便时回电400-000-0000。"
)
both_ways = pytest.mark.parametrize("way", WAYS)


class Counted(Wire):
    """A channel that takes a message as often as it is given: a second time shows."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self.calls: Counter[str] = Counter()

    def send(self, message: Outgoing, key: str) -> Any:
        self.calls[key] += 1
        return super().send(message, key)


@pytest.fixture
def wires():
    made = {"sms": Counted(Channel.SMS), "wecom": Counted(Channel.WECOM)}
    for name, wire in made.items():
        channels.connect(name, sends=wire, door=wire, parse=wire.parse)
    yield made
    channels.disconnect_all()


def follow(at: datetime, *, way: str | None = None) -> None:
    """Do what is due as a worker would; with a `way`, die at every write of every job, and resume it.

    Except in verbs that reach outside: dying at the same write in each attempt, they would never get past it.
    """
    while rows := outbox.claim(at=at):
        for row in rows:
            for verb in REACTIONS[row.what]:
                if row.what != "identity_offered":  # the photograph is judged by hand below
                    job = partial(run._once, verb, outbox_reads.one(row.pk), last=False, at=at)
                    live(job, None if verb in OUTSIDE else way)
            outbox.finish(row=row.pk, at=at)


def live(act: Callable[[], Any], way: str | None, done: tuple[type[Exception], ...] = ()) -> Any:
    """Die at the first write, then at the second, until the act lives, or says that it has been done already."""
    place = 0
    while True:
        try:
            if way is None:
                return act()
            with dying_at(place, way):
                return act()
        except Died:
            place += 1
        except done:
            return None


def sealed() -> Counter[str]:
    return Counter(Leaf.objects.values_list("kind", flat=True))


def log_is_whole() -> None:
    while ledger.integrate(by="test", at=datetime.now().astimezone()):
        pass
    assert ledger_reads.verify_log().problems == []


# --- the inbound road ---


def message(office: Office, wires: dict[str, Wire], text: str = "我下周五发工资就还") -> bytes:
    one = MessageArrived(
        external_id="m1", channel=Channel.SMS, account=office.matter().loan.client, at=office.at, raw=b"",
        sender="13800000001", text=text,
    )  # fmt: skip
    wires["sms"].events[b"bytes"] = (one,)
    return b"bytes"


@both_ways
def test_dying_in_receive_keeps_all_or_nothing_and_the_repeat_is_recognised(office, wires, way):
    payload = message(office, wires)

    def receive():
        return inbound.receive(connector="sms", payload=payload, by="gateway", at=office.at)

    before = sealed()
    kept = list(deaths(receive, way))
    assert kept == [False] * (len(kept) - 1) + [way != "not stored"]
    assert receive()[1] is False
    assert RawEvent.objects.count() == 1
    assert sealed() - before == Counter({"msg.in/received": 1})


@both_ways
def test_dying_half_way_through_understanding_leaves_only_the_raw_event(office, wires, way):
    inbound.receive(connector="sms", payload=message(office, wires), by="gateway", at=office.at)
    event = RawEvent.objects.get().pk
    for kept in deaths(lambda: inbound.understand(event=event, by="worker", at=office.at), way):
        assert Contact.objects.exists() == kept
    assert Contact.objects.count() == sealed()["msg.in/understood"] == 1
    log_is_whole()


# --- the outbound road ---


@pytest.fixture
def thread(office, wires):
    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def propose(office, thread, id=None, at=None):
    return outbound.propose(
        id=id or uuid.uuid4(),
        thread=thread,
        text=POLITE,
        acknowledged=True,
        by=office.lina,
        at=at or office.at,
    )


@both_ways
def test_dying_in_propose_keeps_all_or_nothing_and_the_same_click_is_one_message(office, thread, way):
    id = uuid.uuid4()
    kept = list(deaths(lambda: propose(office, thread, id), way))
    assert kept == [False] * (len(kept) - 1) + [way != "not stored"]
    propose(office, thread, id)
    assert Contact.objects.count() == sealed()["msg.out/proposed"] == 1


@both_ways
def test_dying_in_release_claims_all_or_nothing(office, wires, thread, way):
    sent = propose(office, thread)
    released = []
    for kept in deaths(
        lambda: released.append(outbound.release(contact=sent.pk, by="worker", at=office.at)), way
    ):
        assert (reads.get(sent.pk).state == State.LEAVING) == kept
    # stored, and nobody knows: it says leaving, and is not released a second time
    assert (released == [None]) == (way != "not stored")
    assert wires["sms"].calls == {}
    follow(office.at + timedelta(minutes=3))
    follow(office.at + timedelta(minutes=6))
    assert reads.get(sent.pk).state == State.ACCEPTED
    assert wires["sms"].calls == {str(sent.pk): 1}


@both_ways
def test_dying_anywhere_in_send_sends_once_and_accounts_for_it(office, wires, thread, way):
    """One message a day, so that limits do not stop it; the worker dies one write later each day, and another goes on."""
    died_saying = set()
    for day in range(40):
        at = office.at + timedelta(days=day)
        sent = propose(office, thread, at=at)
        assert sent.state == State.SCHEDULED, sent.decision
        try:
            with dying_at(day, way):
                outbound.send(contact=sent.pk, by="worker", at=at)
            lived = True
        except Died:
            lived = False
            died_saying.add((reads.get(sent.pk).state, wires["sms"].calls[str(sent.pk)]))
        for minutes in (0, 3, 6):
            follow(at + timedelta(minutes=minutes))
        assert reads.get(sent.pk).state == State.ACCEPTED
        assert wires["sms"].calls[str(sent.pk)] == 1
        if lived:
            break
    expected = {("scheduled", 0), ("leaving", 1)}  # before 9, between 10 and 11
    assert died_saying == expected | (set() if way == "not stored" else {("leaving", 0), ("accepted", 1)})
    assert sealed()["msg.out/accepted"] == day + 1
    log_is_whole()


# --- the friend request ---


def journey(office: Office, wires: dict[str, Wire], way: str | None) -> Counter[str]:
    """Journey 1 from the link to the opening notice; returns what was sealed."""
    at, before = office.at, sealed()
    refused = (friend_requests.UnableToContinue,)

    def arrive(one):
        wires["wecom"].events[repr(one).encode()] = (one,)
        live(
            lambda: inbound.receive(connector="wecom", payload=repr(one).encode(), by="callback", at=at), way
        )
        follow(at, way=way)

    def event(kind, n, **more):
        return kind(external_id=f"e{n}", channel=Channel.WECOM, account="corp", at=at, raw=b"", **more)

    word = friend_requests.invite(matter=office.matter(), party=office.debtor(), by=office.lina, at=at)
    arrive(event(FriendRequested, 1, link_id="L1", state=word))
    request = request_reads.board(office.lina, at).get()
    live(
        lambda: friend_requests.offer_identity(request=request.pk, digest="d", by="borrower", at=at),
        way,
        refused,
    )
    read = IdCard(request.party.name, request.party.id_no, True, 0.98)
    live(
        lambda: friend_requests.judge_identity(request=request.pk, digest="d", read=read, by="worker", at=at),
        way,
        refused,
    )
    debt = matter_reads.debt(request.matter.loan, at)
    live(
        lambda: friend_requests.confirm_debt(
            request=request.pk, agrees=True, amount=debt.total, as_of=debt.as_of, typed_name=request.party.name,
            words="", device={}, by="borrower", at=at,
        ),
        way,
        refused,
    )  # fmt: skip
    follow(at, way=way)
    (waiting,) = approval_reads.waiting_for(office.wangmin, at)
    live(
        lambda: friend_requests.decide(
            approval=waiting, grant=True, reason="身份已核实,同意在公司账号沟通", by=office.wangmin, at=at
        ),
        way,
        (*refused, friend_requests.approvals.UnableToDecide),
    )
    live(lambda: friend_requests.say_accepted(request=request.pk, by=office.lina, at=at), way, refused)
    arrive(event(ContactAdded, 2, userid="lina", external_userid="wmZhang", state=word))
    for minutes in (3, 6, 9):
        follow(at + timedelta(minutes=minutes), way=way)
    assert request_reads.get(request.pk).state == RequestState.RECONCILED
    return sealed() - before


@both_ways
def test_dying_at_every_write_of_a_friend_request_changes_nothing_about_it(office, wires, way):
    undisturbed = journey(office, wires, None)
    call_command("flush", interactive=False, verbosity=0)
    for wire in wires.values():
        wire.sent.clear(), wire.calls.clear()
    assert journey(open_office(), wires, way) == undisturbed
    assert set((wires["sms"].calls + wires["wecom"].calls).values()) == {1}
    log_is_whole()
