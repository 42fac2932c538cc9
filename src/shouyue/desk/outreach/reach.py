"""Whom the strategies would reach at their next run, when, on which channel and in which words; and whom they would not, and why.

The run itself asks here, so a dry run tells what a run would do. The gate judges each reminder at the moment at which it
would leave. A reminder goes by itself only where the gate allows it outright: what it would warn of, or leave to a person, waits
for a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.timezone import localdate

from shouyue.clocks.calendar import UnknownYear
from shouyue.clocks.window import Hours
from shouyue.desk.holds.reads import running
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.reads import Debt, Matter, Thread
from shouyue.desk.messages.facts import Intent, facts_for
from shouyue.desk.messages.many import filled
from shouyue.desk.outreach import reads
from shouyue.desk.parties.reads import Party
from shouyue.desk.rulebook.reads import pack_on, script
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.gate import decide
from shouyue.policy.match import Test
from shouyue.policy.pack import Pack
from shouyue.policy.strategy import Reminder, Strategy, read_strategies
from shouyue.policy.table import YES
from shouyue.terms import Purpose, Stage

FIELDS = frozenset({"client", "staff_no", "contract", "amount", "as_of", "callback"})
LATE = 3  # days that a step may still go after its day
FRESH = 3  # days after which a balance no longer says that anything is owed
QUIET_STATES = {"disputed", "hardship", "mediating", "legal", "enforcing", "closed"}
SOON = timedelta(minutes=5)


@dataclass(frozen=True)
class Reach:
    """One case that a step is due for. `reason` empty: it would go at `when`."""

    matter: Matter
    debtor: Party | None
    strategy: Strategy
    step: Reminder
    dpd: int
    when: datetime
    text: str = ""
    reason: str = ""  # a word the screen knows
    detail: str = ""
    decision: Decision | None = None

    @property
    def goes(self) -> bool:
        return not self.reason


def strategies_of(body: str, at: datetime, name: str = "strategies.yaml") -> tuple[Strategy, ...]:
    """The strategies in this text, by the pack in force. Raises policy.reading.PackError with file and line."""
    return read_strategies(body, name, pack_on(at), fields=FIELDS, today=localdate(at))


def look(strategies: Sequence[Strategy], at: datetime) -> list[Reach]:
    """Every case a step is due for at the next run at or after `at`, those that would go first, by their moment."""
    pack = pack_on(at)
    rows = reads.portfolio()
    loans = [row.loan_id for row in rows]
    records = reads.records_of([matters.case_of(row) for row in rows], at)
    debtors, debts = matters.debtors_of(loans), matters.debts_of(loans, at)
    sent = reads.reminded(rows)
    due = [
        Reach(row, debtors.get(row.loan_id), strategy, step, dpd, _moment(strategy, step, row, at, pack))
        for row in rows
        if (debt := debts.get(row.loan_id)) and (dpd := _dpd(debt, at)) >= 0
        for strategy, step in _due(strategies, dpd, records[row.pk], localdate(at))
        if (row.pk, strategy.id, step.id, row.loan.overdue_since) not in sent
    ]
    found = _hindered(due, records, at)
    found = _worded(found, debts, at)
    return sorted(_asked(found, pack), key=lambda one: (not one.goes, one.when, one.matter.number))


def _dpd(debt: Debt, at: datetime) -> int:
    return debt.days_past_due + (localdate(at) - debt.as_of).days


def _due(
    strategies: Iterable[Strategy], dpd: int, record: Mapping[str, Any], today: date
) -> Iterable[tuple[Strategy, Reminder]]:
    """The steps whose day is today or was a few days ago, where their tests hold; the latest of them alone."""
    for strategy in strategies:
        if Stage.of(dpd) not in strategy.stages:
            continue
        open_steps = [
            step
            for step in strategy.steps
            if step.day <= dpd < step.day + LATE and _holds(step.tests, record, today)
        ]
        if open_steps:
            yield strategy, max(open_steps, key=lambda step: step.day)


def _holds(tests: Iterable[Test], record: Mapping[str, Any], today: date) -> bool:
    return all(test.fact in record and test.of(record[test.fact], today) == YES for test in tests)


def _moment(strategy: Strategy, step: Reminder, matter: Matter, at: datetime, pack: Pack) -> datetime:
    """A moment of the strategy's hours, at a place of this case's own, so that a day's reminders are spread evenly over it."""
    hours = Hours(
        str(pack.zone),
        strategy.opens,
        strategy.closes,
        calendar=None if strategy.rest_days else pack.calendar,
    )
    try:
        start = hours.next(at + SOON)
    except UnknownYear:  # nobody knows yet which days are free
        start = None
    if start is None:
        return at + timedelta(days=365)
    end = hours.until(start)
    mark = f"{matter.pk}:{strategy.id}:{step.id}:{localdate(start)}"
    share = int.from_bytes(hashlib.sha256(mark.encode()).digest()[:8]) / 2**64
    return start + timedelta(seconds=int((end - start).total_seconds() * share))


def _hindered(due: Sequence[Reach], records: Mapping[UUID, Mapping[str, Any]], at: datetime) -> list[Reach]:
    """Those that no reminder goes to, whatever the gate would say: each with the first reason that holds."""
    took_back = reads.withdrew([one.debtor.pk for one in due if one.debtor], at)
    frozen = {(hold.over, hold.key) for hold in running("freeze")}
    busy = {(row.party_id, row.channel): row.matter_id for row in matters.open_threads_of_people([one.debtor for one in due if one.debtor])}  # fmt: skip
    found = []
    for one in due:
        record, debtor, owner = records[one.matter.pk], one.debtor, one.matter.owner
        reason, detail = "", ""
        if debtor is None:
            reason = "nobody"
        elif record["stops"] or record["deceased"]:
            reason, detail = "stop", ", ".join(record["stops"])
        elif one.matter.state in QUIET_STATES:
            reason, detail = "state", str(one.matter.state)
        elif debtor.pk in took_back:
            reason = "withdrew"
        elif record["plan"] in {"agreed", "proposed"} or record["promise_in"] is not None:
            reason = "performing"
        elif (
            ("party", str(debtor.pk)) in frozen or ("lender", "") in frozen or "paused" in one.matter.overlays
        ):
            reason = "frozen"
        elif record["balance_age"] is None or record["balance_age"] > FRESH:
            reason = "amount"
            detail = str(localdate(at) - timedelta(days=record["balance_age"] or 0))
        elif not record["reachable"]:
            reason = "unreachable"
        elif owner is None:
            reason = "unassigned"
        elif busy.get((debtor.pk, one.step.channel), one.matter.pk) != one.matter.pk:
            reason = "other_thread"
        elif one.when - at > timedelta(days=30):
            reason = "calendar"
        found.append(replace(one, reason=reason, detail=detail))
    return found


def _worded(due: Sequence[Reach], debts: Mapping[UUID, Debt], at: datetime) -> list[Reach]:
    found = []
    for one in due:
        if one.goes:
            assert one.debtor and one.matter.owner
            debt = debts[one.matter.loan_id]
            text = script(
                one.step.template,
                at,
                language=one.debtor.language,
                client=one.matter.loan.client,
                staff_no=one.matter.owner.staff_no,
                contract=one.matter.loan.contract_no[-4:],
                amount=f"{debt.total:.2f}",
                as_of=debt.as_of.isoformat(),
                callback=settings.CALLBACK,
            )
            one = replace(one, text=text)
        found.append(one)
    return found


def _asked(due: Sequence[Reach], pack: Pack) -> list[Reach]:
    """The gate's answer to each that is left, at the moment at which it would leave."""
    going = [one for one in due if one.goes]
    intents = filled([_intent(one) for one in going])
    answers = {id(one): decide(pack, facts_for(i, id=uuid4()), i.when) for one, i in zip(going, intents, strict=True)}  # fmt: skip
    found = []
    for one in due:
        decision = answers.get(id(one))
        if decision is not None:
            said = [s for s in decision.spoken if s.effect == decision.effect]
            goes = decision.effect == Effect.ALLOW
            one = replace(
                one,
                decision=decision,
                reason="" if goes else "gate",
                detail="" if goes else "; ".join(f"{s.rule}: {s.title.zh}" for s in said[:3]),
            )
        found.append(one)
    return found


def _intent(one: Reach) -> Intent:
    assert one.debtor and one.matter.owner
    thread = Thread(
        matter=one.matter,
        party=one.debtor,
        purpose=Purpose.NOTICE,
        channel=one.step.channel,
        account=one.matter.loan.client,
        owner=one.matter.owner,
    )
    return Intent(
        thread=thread, text=one.text, staff=one.matter.owner, when=one.when, script=one.step.template
    )
