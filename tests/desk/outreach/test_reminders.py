"""Strategies by stage: approved by two, told beforehand, and their reminders pass the gate and are counted like any message."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.timezone import localtime

from shouyue.casework.contact import Contact as State
from shouyue.desk.matters.actions import promises
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.facts import Intent, facts_for
from shouyue.desk.outreach import actions, reads
from shouyue.desk.outreach.reach import look, strategies_of
from shouyue.desk.parties import actions as parties
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.worker.run import drain
from shouyue.desk.worker.schedule import SCHEDULE
from shouyue.policy.reading import PackError

pytestmark = pytest.mark.django_db
BODY = """
- id: all
  zh: 提醒
  en: reminders
  stages: [M1, M2]
  hours: {from: "09:00", to: "20:00"}
  steps:
    - {id: first, day: 3, channel: sms, template: check_with_us}
    - {id: later, day: 42, channel: sms, template: first_sms}
"""  # 朱琳 is 3 days overdue, 梁宇 5, 张伟 42; he alone has proved who he is


@pytest.fixture
def registered(settings, office):
    """The lender's own number is registered with the carrier."""
    settings.SENDERS = {office.matter().loan.client}


@pytest.fixture
def adopted(office, wires, registered):
    parties.prove_identity(
        party=office.debtor(),
        how="id_card_photo",
        facts={"number": True},
        original="",
        by="portal",
        at=office.at,
    )
    sheet = actions.propose_strategies(body=BODY, why="先用早期提醒", by=office.wangmin, at=office.at)
    return actions.approve_strategies(sheet=sheet.pk, by=office.sunli, at=office.at)


def numbers(found):
    return {one.matter.number: one for one in found}


def test_nobody_approves_their_own_and_what_is_wrong_is_refused_with_its_line(office, registered):
    sheet = actions.propose_strategies(body=BODY, why="先用早期提醒", by=office.wangmin, at=office.at)
    with pytest.raises(actions.UnableToAdopt, match="a second person must"):
        actions.approve_strategies(sheet=sheet.pk, by=office.wangmin, at=office.at)
    assert reads.sheet_in_force() is None
    with pytest.raises(PackError, match=r"strategies\.yaml:6: .*22:00.*CBA-2026\.hours"):
        actions.propose_strategies(
            body=BODY.replace('"20:00"', '"22:30"'), why="晚上也提醒", by=office.wangmin, at=office.at
        )
    assert reads.sheet_waiting() == sheet  # nothing half done


def test_a_dry_run_says_whom_when_and_in_which_words_and_writes_nothing(office, adopted):
    found = numbers(look(strategies_of(BODY, office.at), office.at))
    assert set(found) == {office.matter(n).number for n in (1, 9, 16)}
    one = found[office.matter(1).number]
    assert one.goes and one.step.id == "later" and "6553.05元" in one.text
    assert office.at < one.when and 9 <= localtime(one.when).hour < 20
    assert not reads.reminders_of_late()


def test_a_run_does_what_the_dry_run_said_once(office, adopted, wires):
    told = numbers(look(strategies_of(BODY, office.at), office.at))
    assert actions.plan_reminders(by="worker", at=office.at) == 3
    assert actions.plan_reminders(by="worker", at=office.at + timedelta(minutes=10)) == 0
    for row in reads.reminders_of_late():
        message = messages.get(row.pk)
        one = told[row.matter.number]
        assert (message.state, message.not_before, message.text) == (State.SCHEDULED, one.when, one.text)
        assert message.script == one.step.template and message.staff == row.matter.owner
    drain(at=office.at)
    assert not wires["sms"].sent
    drain(at=office.at.replace(hour=12))
    assert len(wires["sms"].sent) == 3
    assert actions.plan_reminders(by="worker", at=office.at + timedelta(days=1)) == 0


def test_a_reminder_is_counted_by_the_gate_like_any_message(office, adopted):
    actions.plan_reminders(by="worker", at=office.at)
    later = office.at.replace(hour=12)
    drain(at=later)
    row = next(r for r in reads.reminders_of_late() if r.matter_id == office.matter().pk)
    thread = messages.get(row.pk).thread
    facts = facts_for(Intent(thread=thread, text="", staff=office.lina, when=later), id=UUID(int=1))
    assert len(facts.earlier) == 1


@pytest.mark.parametrize("kind", ["dispute", "opt_out", "complaint", "hardship", "represented"])
def test_no_reminder_goes_to_who_is_under_a_stop(office, adopted, kind):
    parties.stop(party=office.debtor(), kind=kind, why="来电告知", by=office.lina, at=office.at)
    one = numbers(look(strategies_of(BODY, office.at), office.at))[office.matter().number]
    assert one.reason == "stop"
    actions.plan_reminders(by="worker", at=office.at)
    row = next(r for r in reads.reminders_of_late() if r.matter_id == office.matter().pk)
    assert not row.sent and row.reason == "stop"


def test_no_reminder_goes_to_who_took_a_consent_back_until_it_is_given_again(office, adopted):
    parties.withdraw_consent(party=office.debtor(), what="recording", by="portal", at=office.at)
    at = office.at + timedelta(minutes=1)
    assert numbers(look(strategies_of(BODY, at), at))[office.matter().number].reason == "withdrew"
    parties.give_consent(
        party=office.debtor(), what="recording", form="express", words="同意", by="portal", at=at
    )
    at += timedelta(minutes=1)
    assert numbers(look(strategies_of(BODY, at), at))[office.matter().number].goes


def test_who_performs_is_left_alone_and_an_old_amount_is_not_named(office, adopted):
    promises.promise(
        id=UUID(int=1), matter=office.matter(), party=office.debtor(), amount=Decimal("500.00"),
        due_on=office.at.date() + timedelta(days=3), channel="phone", by=office.lina, at=office.at,
    )  # fmt: skip
    assert (
        numbers(look(strategies_of(BODY, office.at), office.at))[office.matter().number].reason
        == "performing"
    )
    body = BODY.replace("day: 42", "day: 46")
    at = office.at + timedelta(days=4)
    assert numbers(look(strategies_of(body, at), at))[office.matter(1).number].reason in {
        "performing",
        "amount",
    }


def test_what_the_gate_leaves_to_a_person_is_no_reminder(office, adopted, settings):
    settings.SENDERS = set()  # whether the number is registered is not known: a person decides
    one = numbers(look(strategies_of(BODY, office.at), office.at))[office.matter().number]
    assert one.reason == "gate" and "AFL-14.callerid" in one.detail


def test_no_amount_is_named_to_who_has_not_proved_who_they_are(office, adopted):
    body = BODY.replace("check_with_us", "first_sms")
    one = numbers(look(strategies_of(body, office.at), office.at))[office.matter(9).number]
    assert one.reason == "gate" and "CBA-2026.verify" in one.detail


def test_a_stop_that_comes_later_takes_the_reminder_back(office, adopted, wires):
    actions.plan_reminders(by="worker", at=office.at)
    parties.stop(party=office.debtor(), kind="dispute", why="称金额有误", by=office.lina, at=office.at)
    drain(at=office.at)
    row = next(r for r in reads.reminders_of_late() if r.matter_id == office.matter().pk)
    assert messages.get(row.pk).state == State.CANCELLED


def test_a_consent_taken_back_later_takes_the_reminder_back_at_the_next_run(office, adopted):
    actions.plan_reminders(by="worker", at=office.at)
    at = office.at + timedelta(minutes=1)
    parties.withdraw_consent(party=office.debtor(), what="recording", by="portal", at=at)
    actions.plan_reminders(by="worker", at=at)
    row = next(r for r in reads.reminders_of_late() if r.matter_id == office.matter().pk)
    assert messages.get(row.pk).state == State.CANCELLED


def test_ending_the_strategies_takes_back_what_waits(office, adopted):
    actions.plan_reminders(by="worker", at=office.at)
    actions.end_strategies(sheet=adopted.pk, by=office.sunli, at=office.at)
    assert actions.plan_reminders(by="worker", at=office.at) == 0
    assert Counter(messages.get(r.pk).state for r in reads.reminders_of_late()) == {State.CANCELLED: 3}


def test_reminders_wait_out_rest_days_and_are_spread_over_the_hours(office, adopted):
    saturday = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)
    body = BODY.replace("day: 3,", "day: 6,").replace("day: 42", "day: 44")
    found = look(strategies_of(body, saturday), saturday)
    assert found and all(localtime(one.when).weekday() == 0 for one in found)
    assert len({one.when for one in found}) == len(found)


def test_the_worker_runs_them():
    assert actions.plan_reminders in SCHEDULE["reminders"].verbs


def test_the_strategies_that_come_with_the_pack_can_be_adopted(office):
    pack = pack_on(office.at)
    assert strategies_of((pack.folder / "practice/strategies.yaml").read_text("utf-8"), office.at)
