"""The dossier: what our own records say of a matter, what is missing, what contradicts itself, and the road with its reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import promises
from shouyue.desk.matters.actions.clocks import record_event
from shouyue.desk.messages import reads as messages
from shouyue.desk.outreach import reads
from shouyue.desk.outreach.dossier import MISSING, RECORDED, dossier
from shouyue.desk.parties import actions as parties
from shouyue.desk.rulebook.reads import pack_on

pytestmark = pytest.mark.django_db


def test_the_record_has_every_fact_that_rules_may_read(office):
    record = dossier(office.matter(), office.at).record
    assert set(record) == set(pack_on(office.at).practice.facts)


def test_the_rules_of_the_next_step_read_only_what_is_gathered_for_many(office):
    known = set(reads.record_of(office.matter(), office.at))
    rules = pack_on(office.at).practice.pages["steps"]
    assert {test.fact for rule in rules for test in rule.tests} <= known


def test_more_cases_ask_no_more_questions(office):
    rows = list(matters.visible_to(office.wangmin))
    reads.records_of([matters.case_of(rows[0])], office.at)

    def asked(some):
        with CaptureQueriesContext(connection) as questions:
            reads.records_of([matters.case_of(row) for row in some], office.at)
        return len(questions)

    assert asked(rows) <= asked(rows[:2])


def test_one_case_among_many_reads_as_it_does_alone(office, texted):
    rows = list(matters.visible_to(office.wangmin))
    many = reads.records_of([matters.case_of(row) for row in rows], office.at)
    assert {row.pk: reads.record_of(row, office.at) for row in rows} == many


def test_what_is_missing_and_what_is_only_recorded_is_told_apart(office):
    found = {one.kind: one for one in dossier(office.matter(), office.at, exhibits={"contract"}).evidence}
    assert found["contract"].standing == "filed"
    assert found["repayment_history"].standing == RECORDED and found["repayment_history"].seen
    assert found["disbursement"].standing == MISSING and not found["disbursement"].seen


def test_a_demand_that_arrived_is_in_the_record_and_moves_the_clock(office):
    before = dossier(office.matter(), office.at)
    record_event(
        loan=office.matter().loan,
        kind="letter_demand",
        on=office.at.date(),
        proof="EMS 1",
        by=office.chen,
        at=office.at,
    )
    after = dossier(office.matter(), office.at)
    standing = {one.kind: one.standing for one in after.evidence}
    assert standing["demand"] == RECORDED
    assert {one.kind: one.standing for one in before.evidence}["demand"] == MISSING
    assert after.record["evidence"] > before.record["evidence"]


def test_a_dispute_leads_to_an_answer_first_with_its_ground(office):
    assert dossier(office.matter(10), office.at).roads.first.choice.id == "suit"
    parties.stop(party=office.debtor(10), kind="dispute", why="称金额有误", by=office.lina, at=office.at)
    first = dossier(office.matter(10), office.at).roads.first
    assert first.choice.id == "answer" and first.rule == "ROAD.dispute" and "45251" in first.citation


def test_a_promise_that_runs_is_waited_for(office):
    promises.promise(
        id=office.matter().pk, matter=office.matter(), party=office.debtor(), amount=Decimal("500.00"),
        due_on=office.at.date() + timedelta(days=3), channel="phone", by=office.lina, at=office.at,
    )  # fmt: skip
    assert dossier(office.matter(), office.at).roads.first.choice.id == "watch"


def test_looking_contacts_nobody_and_shows_what_passed(office, texted):
    found = dossier(office.matter(), office.at)
    assert len(messages.happened(office.matter())) == sum(t.ours + t.theirs for t in found.touches)
