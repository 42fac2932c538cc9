"""Procedures: opened once, taken only where the table allows, dated with proof, and rung by the safe date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from shouyue.casework.machine import ImpossibleStep
from shouyue.casework.matter import Matter as MatterState
from shouyue.casework.track import Track
from shouyue.desk.ledger.reads import sealed_since
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import clocks
from shouyue.desk.suits import actions, reads
from shouyue.desk.suits.actions import evidence
from shouyue.desk.worker.run import drain
from shouyue.policy.procedures import Urgency

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 10)


@pytest.fixture
def suit(office):
    return actions.open_suit(
        matter=office.matter(3), track=Track.SUIT, why="协商未果", by=office.chen, at=office.at
    )


def step(suit, to, office, *, days=0, **dates):
    at = office.at + timedelta(days=days)
    return actions.advance(suit=suit.pk, to=to, on=at.date(), dates=dates, by=office.chen, at=at)


def test_a_matter_that_goes_to_legal_opens_a_suit_in_preparing(office):
    matter = office.matter(3)
    matter_verbs.move(matter=matter, to=MatterState.LEGAL, reason="协商未果", by=office.wangmin, at=office.at)
    drain(at=office.at)
    (opened,) = reads.of_matter(matter)
    assert (opened.track, opened.stage, opened.officer) == ("suit", "preparing", office.chen)
    assert reads.tasks(opened)
    drain(at=office.at)
    assert len(reads.of_matter(matter)) == 1


def test_asking_twice_is_one_procedure_and_a_collector_opens_none(office, suit):
    again = actions.open_suit(
        matter=office.matter(3), track=Track.SUIT, why="再次", by=office.chen, at=office.at
    )
    assert again.pk == suit.pk
    with pytest.raises(actions.UnableToProceed, match="legal officer"):
        actions.open_suit(
            matter=office.matter(4), track=Track.SUIT, why="自行起诉", by=office.lina, at=office.at
        )


def test_an_impossible_jump_is_refused_with_what_would_be_possible_and_changes_nothing(office, suit):
    with pytest.raises(ImpossibleStep, match="possible: submitted, withdrawn"):
        step(suit, "judgment", office, judgment_served_on=TODAY)
    with pytest.raises(actions.UnableToProceed, match="no stage"):
        step(suit, "victory", office)
    fresh = reads.get(suit.pk)
    assert fresh.stage == "preparing" and fresh.dates == {}


def test_a_step_without_its_date_says_what_lacks_why_and_where_to_read_it(office, suit):
    step(suit, "submitted", office, filed_on=TODAY)
    step(suit, "accepted", office, accepted_on=TODAY)
    step(suit, "hearing", office)
    with pytest.raises(actions.UnableToProceed) as refused:
        step(suit, "judgment", office)
    said = str(refused.value)
    assert "the day the judgment was served on us" in said and "appeal" in said and "enter it from" in said
    assert reads.get(suit.pk).stage == "hearing"


def test_a_refused_step_keeps_none_of_the_dates_it_came_with(office, suit):
    with pytest.raises(actions.UnableToProceed):
        step(suit, "submitted", office, filed_on=TODAY + timedelta(days=3))
    assert reads.get(suit.pk).dates == {}
    assert matters.sued_on(suit.matter.loan) is None


def test_a_date_is_corrected_only_with_a_reason(office, suit):
    record = {"suit": suit.pk, "by": office.chen, "at": office.at}
    actions.record_dates(dates={"fee_notice_on": TODAY}, **record)
    with pytest.raises(actions.UnableToProceed, match="say why it is corrected"):
        actions.record_dates(dates={"fee_notice_on": TODAY - timedelta(days=1)}, **record)
    actions.record_dates(dates={"fee_notice_on": TODAY - timedelta(days=1)}, why="回执日期看错", **record)
    with pytest.raises(actions.UnableToProceed, match="there is no date"):
        actions.record_dates(dates={"birthday": TODAY}, **record)


def test_filing_interrupts_limitation_while_it_lasts_and_it_begins_anew_when_withdrawn(office, suit):
    loan = suit.matter.loan
    step(suit, "submitted", office, filed_on=TODAY)
    (event,) = [e for e in matters.clock_events(loan) if e.kind == "suit_filed"]
    assert event.pending and event.on == TODAY and str(suit.pk) in event.proof
    step(suit, "withdrawn", office, days=20, ended_on=TODAY + timedelta(days=20))
    (event,) = [e for e in matters.clock_events(loan) if e.kind == "suit_filed"]
    assert not event.pending and event.ended_on == TODAY + timedelta(days=20)
    with pytest.raises(actions.UnableToProceed, match="ended as withdrawn"):
        step(suit, "submitted", office)


def test_what_interrupts_needs_a_kind_that_does_and_a_proof(office):
    loan = office.matter(3).loan
    record = {"loan": loan, "on": TODAY, "by": office.chen, "at": office.at}
    with pytest.raises(clocks.UnableToCount, match="interrupts nothing"):
        clocks.record_event(kind="missed_call", proof="call-1", **record)
    with pytest.raises(clocks.UnableToCount, match="no proof"):
        clocks.record_event(kind="letter_demand", proof=" ", **record)
    with pytest.raises(clocks.UnableToCount, match="still to come"):
        clocks.record_event(
            kind="letter_demand", proof="EMS-1", **{**record, "on": TODAY + timedelta(days=1)}
        )
    once = clocks.record_event(kind="letter_demand", proof="EMS 1000001 签收", **record)
    assert clocks.record_event(kind="letter_demand", proof="EMS 1000001 签收", **record).pk == once.pk


def test_alarms_ring_once_by_the_safe_date_though_it_is_a_rest_day(office, suit):
    """The judgment was served on 6 March 2026; the fifteenth day, the 21st, is a Saturday and rolls to Monday the 23rd."""
    for to, dates in (
        ("submitted", {"filed_on": date(2026, 1, 5)}),
        ("accepted", {"accepted_on": date(2026, 1, 8)}),
        ("hearing", {}),
        ("judgment", {"judgment_served_on": date(2026, 3, 6)}),
    ):
        step(suit, to, office, **dates)
    (appeal,) = [r for r in reads.stand(reads.get(suit.pk), office.at).running if r.due.id == "appeal"]
    assert (appeal.deadline.safe, appeal.deadline.legal) == (date(2026, 3, 21), date(2026, 3, 23))
    noon = datetime(2026, 3, 20, 4, tzinfo=UTC)
    assert actions.ring(by="worker", at=noon) >= 1
    assert actions.ring(by="worker", at=noon) == 0
    assert ("appeal", Urgency.URGENT) in {(a.due, a.urgency) for a in reads.alarms(suit)}
    assert actions.ring(by="worker", at=noon + timedelta(days=2)) >= 1  # the 22nd: passed, roll or no roll
    assert ("appeal", Urgency.PASSED) in {(a.due, a.urgency) for a in reads.alarms(suit)}
    assert actions.heed(suit=suit.pk, by=office.chen, at=noon) >= 2


def test_from_filing_to_enforcement_and_the_matter_follows(office):
    matter = office.matter(3)
    matter_verbs.move(matter=matter, to=MatterState.LEGAL, reason="起诉", by=office.wangmin, at=office.at)
    drain(at=office.at)
    (suit,) = reads.of_matter(matter)
    for to, dates in (
        ("submitted", {"filed_on": TODAY}),
        ("accepted", {"accepted_on": TODAY}),
        ("preservation", {}),
        ("hearing", {}),
        ("judgment", {"judgment_served_on": TODAY}),
        ("effective", {"effective_on": TODAY, "perform_by": TODAY + timedelta(days=10)}),
        ("enforcement", {"enforcement_filed_on": TODAY}),
    ):
        step(suit, to, office, **dates)
    assert matters.get(matter.pk).state == MatterState.ENFORCING
    step(suit, "terminated_for_now", office, terminated_on=TODAY)
    assert matters.get(matter.pk).state == MatterState.LEGAL
    step(suit, "resumed", office, resumed_on=TODAY)
    step(suit, "done", office, ended_on=TODAY)
    assert [s.stage for s in reads.steps(suit)][-2:] == ["resumed", "done"]
    stages = [s for s in sealed_since(0) if s["kind"] == "audit/suit_stage"]
    assert len(stages) == 11


def test_a_measure_is_renewed_before_it_ends_or_not_at_all(office, suit):
    record = {"suit": suit.pk, "kind": "movables", "what": "京Z00003", "by": office.chen, "at": office.at}
    first = actions.preserve(begins_on=date(2024, 3, 20), **record)
    with pytest.raises(actions.UnableToProceed, match="cannot be renewed"):
        actions.preserve(begins_on=date(2026, 3, 21), renews=first, **record)
    with pytest.raises(actions.UnableToProceed, match="by 2028-03-10"):
        actions.preserve(begins_on=TODAY, ends_on=date(2029, 3, 10), renews=first, **record)
    actions.preserve(begins_on=date(2026, 3, 20), renews=first, **record)
    ends = [r.deadline.safe for r in reads.stand(suit, office.at).running if r.due.id == "preservation"]
    assert ends == [date(2028, 3, 20)]


def test_a_fee_and_a_claim_are_exact_and_have_their_day(office, suit):
    actions.claim_sum(suit=suit.pk, by=office.chen, at=office.at)
    fresh = reads.get(suit.pk)
    owed = matters.debt(suit.matter.loan, office.at)
    assert (fresh.claim, fresh.claim_as_of) == (owed.outstanding, owed.as_of)
    fee = {"suit": suit.pk, "kind": "acceptance", "as_of": TODAY, "by": office.chen, "at": office.at}
    with pytest.raises(actions.UnableToProceed):
        actions.record_fee(amount=Decimal("12.345"), **fee)
    actions.record_fee(amount=Decimal("1234.50"), paid_on=TODAY, **fee)
    assert reads.get(suit.pk).dates["fee_paid_on"] == TODAY.isoformat()


# ── what must be proved ──

IDENTITY = {"kind": "identity", "title": "营业执照及被告身份证复印件", "source": "信贷档案"}


def test_gaps_are_tasks_and_close_when_the_exhibit_comes(office, suit):
    gaps = {(t.element, t.kind) for t in reads.tasks(suit)}
    assert ("parties", "identity") in gaps and ("guarantee", "guarantee_claim") in gaps
    shown = evidence.bring(suit=suit.pk, by=office.chen, at=office.at, **IDENTITY)
    assert ("parties", "identity") not in {(t.element, t.kind) for t in reads.tasks(suit)}
    evidence.drop(exhibit=shown, why="复印件不清", by=office.chen, at=office.at)
    assert ("parties", "identity") in {(t.element, t.kind) for t in reads.tasks(suit)}
    with pytest.raises(actions.UnableToProceed, match="no kind of exhibit"):
        evidence.bring(suit=suit.pk, by=office.chen, at=office.at, **{**IDENTITY, "kind": "gossip"})


def test_what_was_offered_in_mediation_stays_out_unless_both_agree(office, suit):
    """MED.wall: a concession made to settle shows nothing; it is in no list, closes no gap, and is not lost either."""
    bring = {"suit": suit.pk, "kind": "statement", "source": "调解室", "by": office.chen, "at": office.at}
    evidence.bring(title="调解中承认欠款五万元的笔录", med_room=True, **bring)
    assert ("breach", "statement") in {(t.element, t.kind) for t in reads.tasks(suit)}
    assert reads.admissible(suit, office.at) == [] and len(reads.exhibits(suit)) == 1
    evidence.bring(title="双方同意使用的对账单", med_room=True, both_agree="双方书面同意 2026-03-09", **bring)
    assert [e.title for e in reads.admissible(suit, office.at)] == ["双方同意使用的对账单"]
    assert ("breach", "statement") not in {(t.element, t.kind) for t in reads.tasks(suit)}


def test_a_mediation_s_thread_is_in_no_evidence_package(office, wires):
    from shouyue.desk.matters import exhibits
    from shouyue.terms import Channel, Purpose

    matter = office.matter(3)
    open_one = {
        "matter": matter, "party": office.debtor(3), "account": "x", "owner": office.lina, "by": office.lina, "at": office.at,
    }  # fmt: skip
    notice = matter_verbs.open_thread(purpose=Purpose.NOTICE, channel=Channel.SMS, **open_one)
    room = matter_verbs.open_thread(purpose=Purpose.MEDIATION, channel=Channel.WECOM, **open_one)
    streams = {e.stream for e in exhibits.of_matter(matter, purpose="证明")}
    assert f"thread:{notice.pk}" in streams and f"thread:{room.pk}" not in streams
    assert exhibits.of_thread(room, purpose="证明") == []
