"""The next step of each case: one, with its reason; the gate asked only of what is looked at; grey until the next lawful moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime

from shouyue.desk.matters.actions import promises
from shouyue.desk.matters.actions.clocks import record_event
from shouyue.desk.messages.permission import permissions
from shouyue.desk.outreach import reads
from shouyue.desk.outreach.steps import asked, steps
from shouyue.desk.parties import actions as parties
from shouyue.desk.people import actions as people
from shouyue.desk.rulebook.reads import pack_on
from shouyue.terms import Channel
from tests.office import NIGHT

pytestmark = pytest.mark.django_db


def step_of(office, staff, at, n=1):
    (one,) = [s for s in asked(steps(staff, at), at) if s.item.case.number == office.matter(n).number]
    return one


def test_a_case_nobody_has_been_told_of_begins_with_a_notice_that_the_gate_allows(office):
    one = step_of(office, office.lina, office.at)
    assert one.advised.rule == "NEXT.first" and one.channel == Channel.SMS
    assert not one.grey and one.until is None


def test_at_night_it_is_grey_until_the_hour_of_the_law(office):
    one = step_of(office, office.lina, NIGHT)
    assert one.grey and one.blocked and one.blocking
    assert localtime(one.until).hour == 8


def agreed(office, channel, first, last, n=1):
    parties.give_consent(
        party=office.debtor(n), what="night_contact", form="express", words="我上夜班，这个时间方便", channel=channel,
        window={"from": first, "to": last}, by="borrower", at=office.at,
    )  # fmt: skip


def now(office, at):
    return {one.item.case.number for one in steps(office.lina, at) if not one.idle}


def test_who_agreed_to_this_hour_can_be_worked_now_and_the_gate_says_so_too(office):
    assert office.matter().number not in now(office, NIGHT)
    agreed(office, "sms", "22:00", "23:30")
    assert now(office, NIGHT) == {office.matter().number}
    one = step_of(office, office.lina, NIGHT)
    assert not one.grey and one.channel == Channel.SMS


@pytest.mark.parametrize(
    ("channel", "first", "last", "opens"),
    [
        ("sms", "23:00", "23:30", (23, 0)),  # it opens with the agreed hour
        ("wecom", "22:00", "23:30", (8, 0)),  # no account of theirs is bound
        ("sms", "22:00", "22:15", (8, 0)),  # the agreed hour is over
    ],
)
def test_what_was_not_agreed_to_waits_as_the_gate_says(office, channel, first, last, opens):
    agreed(office, channel, first, last)
    (one,) = [s for s in steps(office.lina, NIGHT) if s.item.case.number == office.matter().number]
    assert one.idle and (localtime(one.until).hour, localtime(one.until).minute) == opens
    asked_too = step_of(office, office.lina, NIGHT)
    assert asked_too.blocked and asked_too.until == one.until


def test_an_agreement_taken_back_opens_nothing(office):
    agreed(office, "sms", "22:00", "23:30")
    parties.withdraw_consent(
        party=office.debtor(), what="night_contact", channel="sms", by="borrower", at=office.at
    )
    assert not now(office, NIGHT)


def test_agreements_cost_one_question_more_at_night_whoever_agreed_and_to_what_and_none_by_day(office):
    def questions(at):
        with CaptureQueriesContext(connection) as seen:
            steps(office.lina, at)
        return len(seen)

    for at in (office.at, NIGHT):  # what is asked once and kept
        steps(office.lina, at)
    day, night = questions(office.at), questions(NIGHT)
    for n in (1, 2, 3):
        agreed(office, "sms", "22:00", f"23:{n}0", n)
    assert questions(office.at) == day
    assert questions(NIGHT) == night + 1


def test_the_gate_says_here_what_it_says_on_the_case(office):
    for at in (office.at, NIGHT):
        one = step_of(office, office.lina, at)
        alone = permissions(matter=office.matter(), party=office.debtor(), staff=office.lina, at=at)
        (same,) = [p.decision for p in alone if p.channel == one.channel]
        assert same.to_data() == one.decision.to_data()


def test_who_forbade_contact_is_not_offered_any(office):
    parties.stop(party=office.debtor(), kind="opt_out", why="请勿再联系", by=office.lina, at=office.at)
    one = step_of(office, office.lina, office.at)
    assert one.advised.rule == "NEXT.stopped" and not one.contacts and one.grey


def test_a_dispute_is_answered_before_anybody_is_contacted(office):
    parties.stop(party=office.debtor(), kind="dispute", why="称金额有误", by=office.lina, at=office.at)
    one = step_of(office, office.lina, office.at)
    assert one.advised.choice.id == "answer_right" and not one.contacts and not one.grey


def test_a_promise_is_waited_for_until_its_day(office):
    due = office.at.date() + timedelta(days=3)
    promises.promise(
        id=UUID(int=1), matter=office.matter(), party=office.debtor(), amount=Decimal("500.00"),
        due_on=due, channel="phone", by=office.lina, at=office.at,
    )  # fmt: skip
    one = step_of(office, office.lina, office.at)
    assert one.grey and localtime(one.until).date() == due
    assert step_of(office, office.lina, office.at + timedelta(days=3)).advised.rule == "NEXT.promise_today"


def test_without_a_certificate_contact_is_grey_and_says_so(office):
    for one in office.lina.certificates.all():
        people.revoke_certificate(certificate=one, reason="复训未通过", by=office.zhou, at=office.at)
    one = step_of(office, office.lina, office.at)
    assert one.grey and "certificate" in {w.word for w in one.waits}


def test_what_can_be_done_stands_before_what_must_wait(office):
    parties.stop(party=office.debtor(10), kind="opt_out", why="请勿再联系", by=office.lina, at=office.at)
    idle = [one.idle for one in steps(office.lina, office.at)]
    assert idle == sorted(idle) and idle[-1]


@pytest.mark.parametrize("left", [900, 200, 61, 60, 59, 1, 0, -1, -40])
def test_a_list_of_many_says_what_each_case_says_alone_however_near_its_clocks_are(office, left):
    """The list reads what happened to a claim only where a rule may look at its clock: here after a demand and a promise."""
    known = [reads.record_of(office.matter(n), office.at)["limitation_left"] for n in (1, 2, 3)]
    begun = office.at + timedelta(days=known[1] - 700)  # the last instalment is due, the period runs
    record_event(
        loan=office.matter(2).loan, kind="letter_demand", on=begun.date(), proof="EMS 1", by=office.chen, at=begun
    )  # fmt: skip
    promises.promise(
        id=UUID(int=1), matter=office.matter(3), party=office.debtor(3), amount=Decimal("500.00"),
        due_on=begun.date() + timedelta(days=310), channel="phone", by=office.lina, at=begun + timedelta(days=300),
    )  # fmt: skip
    for days in known:
        at = office.at + timedelta(days=days - left)
        practice, today = pack_on(at).practice, at.date()
        found = steps(office.wangmin, at)
        assert len(found) > 10
        for one in found:
            alone = practice.first("steps", reads.records_of([one.item.case], at)[one.item.case.pk], today)
            assert one.advised == alone, one.item.case.number


def test_more_cases_ask_no_more_questions(office):
    found = steps(office.wangmin, office.at)
    owned = [one for one in found if one.item.case.owner_id == office.lina.pk]
    asked(owned[:2], office.at)

    def questions(some):
        with CaptureQueriesContext(connection) as told:
            asked([replace(one) for one in some], office.at)
        return len(told)

    assert questions(owned) <= questions(owned[:2])


def test_a_longer_queue_asks_no_more_questions(office):
    """李娜 has thirteen cases, 赵磊 three."""

    def questions(whose):
        with CaptureQueriesContext(connection) as told:
            found = steps(whose, office.at)
        return len(found), len(told)

    questions(office.lina)
    (many, asked_of_many), (few, asked_of_few) = questions(office.lina), questions(office.zhaolei)
    assert many > few and asked_of_many <= asked_of_few
