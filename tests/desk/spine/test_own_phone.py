"""Calls on a member's own telephone: asked for before, told of afterwards, and never left out because they were not allowed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.ledger import reads as log
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import judged, media, own_phone
from shouyue.desk.messages.facts import Intent, facts_for
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties.reads import stops
from shouyue.desk.review import actions as review
from shouyue.desk.review.models import Look
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.office import NIGHT

pytestmark = pytest.mark.django_db
WORDS = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"


@pytest.fixture
def thread(office, wires, settings):
    settings.SENDERS = {office.matter().loan.client, "own:1023"}
    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.PHONE,
        account=own_phone.account_of(office.lina), owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def ask(office, thread, at=None, **more):
    return own_phone.ask(
        id=uuid.uuid4(),
        thread=thread,
        text=WORDS,
        acknowledged=True,
        by=office.lina,
        at=at or office.at,
        **more,
    )


def told(when, **more):
    return own_phone.Told(**{"when": when, "connected": True, "seconds": 90, "result": "RPC", **more})


def kinds(thread):
    return [row.kind for row in log.panel(f"thread:{thread.pk}").rows]


def earlier(thread, office, at):
    """How many contacts the counting rules see at a moment."""
    return len(facts_for(Intent(thread=thread, text="", staff=office.lina, when=at), id=uuid.uuid4()).earlier)


def test_what_the_gate_lets_go_may_be_called_for_ten_minutes_and_the_number_is_shown_only_then(
    office, thread
):
    call = ask(office, thread)
    assert call.state == "accepted", call.decision
    soon, late = office.at + timedelta(minutes=9), office.at + timedelta(minutes=10)
    assert own_phone.may_call_until(call, soon) == late and own_phone.may_call_until(call, late) is None
    number = own_phone.number(contact=call.pk, by=office.lina, at=soon)
    assert number == thread.party.points.get(index=call.point).value
    assert log.panel(f"party:{thread.party_id}").rows[0].kind == "audit/unmask"
    for who, when in ((office.lina, late), (office.zhaolei, soon)):
        with pytest.raises(own_phone.UnableToReport, match="ask again before you call"):
            own_phone.number(contact=call.pk, by=who, at=when)


def test_at_night_the_answer_is_no_with_the_next_lawful_moment(office, thread):
    call = ask(office, thread, at=NIGHT)
    assert call.state == "blocked" and call.decision["next_lawful"]
    with pytest.raises(own_phone.UnableToReport):
        own_phone.number(contact=call.pk, by=office.lina, at=NIGHT)


def test_a_telephone_that_nobody_registered_waits_for_a_second_person(office, thread, settings):
    settings.SENDERS = {office.matter().loan.client}
    assert ask(office, thread).state == "awaiting_approval"


def test_what_came_of_it_is_kept_counted_judged_and_its_recording_is_the_bytes_that_were_given(
    office, thread
):
    call, when = ask(office, thread), office.at + timedelta(minutes=3)
    tape = ("通话录音.amr", b"#!AMR\n" + bytes(range(256)) * 9)
    for _again in (1, 2):
        if _again == 2:
            with pytest.raises(own_phone.UnableToReport, match="settled already"):
                own_phone.report(contact=call.pk, told=told(when), by=office.lina, at=when)
            continue
        own_phone.report(
            contact=call.pk, told=told(when, words=WORDS, recording=tape), by=office.lina, at=when + timedelta(minutes=5)
        )  # fmt: skip
    call.refresh_from_db()
    assert (call.state, call.seconds, call.result, call.their_time) == ("delivered", 90, "RPC", when)
    assert call.said_in_it == WORDS
    assert {"msg.out/proposed", "msg.out/reported", "document/media"} <= set(kinds(thread))
    name, body = media.open_original(
        contact=call.pk, place=0, reason="复核通话", by=office.sunli, at=office.at
    )
    assert (name, body) == tape
    assert earlier(thread, office, office.at + timedelta(hours=1)) == 1
    review.look(by="worker", at=office.at + timedelta(hours=14))
    assert Look.objects.get(contact=call).rules == []


def test_a_call_that_was_not_made_counts_against_nothing(office, thread):
    call = ask(office, thread)
    own_phone.not_made(contact=call.pk, by=office.lina, at=office.at)
    own_phone.not_made(contact=call.pk, by=office.lina, at=office.at)
    assert kinds(thread).count("msg.out/not_made") == 1
    assert earlier(thread, office, office.at + timedelta(hours=1)) == 0
    reported = own_phone.report(
        contact=ask(office, thread).pk, told=told(office.at), by=office.lina, at=office.at
    )
    with pytest.raises(ImpossibleStep):
        own_phone.not_made(contact=reported.pk, by=office.lina, at=office.at)


def test_a_call_that_nobody_asked_for_at_night_is_kept_and_found_not_refused(office, thread):
    at = NIGHT + timedelta(hours=10)
    row = own_phone.record(
        id=uuid.uuid4(), thread=thread, theirs=False, told=told(NIGHT), by=office.lina, at=at
    )
    assert row.state == "delivered" and row.number == 1
    assert row.decision["effect"] == "block" and row.why == own_phone.STOPPED
    assert "msg.out/told" in kinds(thread)
    drain(at=at, tolerate=True)
    review.look(by="worker", at=at + timedelta(hours=14))
    look = Look.objects.get(contact=row)
    assert look.rules and look.drawn, "what the gate would have stopped is looked at by a person, always"
    assert judged.again(row).decision.effect == "block"


def test_what_they_call_us_for_counts_as_theirs_and_a_request_to_stop_is_obeyed_at_once(office, thread):
    row = own_phone.record(
        id=uuid.uuid4(), thread=thread, theirs=True, told=told(NIGHT, result="STOP", words="别再打了"), by=office.lina, at=NIGHT
    )  # fmt: skip
    assert (row.state, row.direction, row.decision) == ("received", "inbound", None)
    assert {one.kind for one in stops(thread.party, NIGHT)} >= {"opt_out"}
    later = office.at + timedelta(days=2)  # until then we only answer them
    assert ask(office, thread, at=later).state == "blocked"


@pytest.mark.parametrize(("hours", "words"), [(1, "in the future"), (-24 * 31, "more than 30 days back")])
def test_a_call_at_an_impossible_time_is_refused_with_what_to_do(office, thread, hours, words):
    with pytest.raises(own_phone.UnableToReport, match=words):
        own_phone.record(
            id=uuid.uuid4(), thread=thread, theirs=False, told=told(office.at + timedelta(hours=hours)), by=office.lina, at=office.at
        )  # fmt: skip
    assert not Contact.objects.exists()


def test_a_stop_after_the_permission_ends_nothing_that_was_told_but_lets_nothing_new_begin(office, thread):
    call = ask(office, thread)
    parties.stop(party=thread.party, kind="opt_out", why="请勿来电", by=office.lina, at=office.at)
    own_phone.report(contact=call.pk, told=told(office.at), by=office.lina, at=office.at)
    assert ask(office, thread).state == "blocked"
