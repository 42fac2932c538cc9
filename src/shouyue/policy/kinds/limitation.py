"""Limitation of the claim 诉讼时效: three years from the last instalment's due date, begun anew by each interruption that
falls inside the running period, and not ended before six months after an obstacle of its last six months (民法典 188–195).

Reads `due_last`, `interruptions` (entries with type, date, and `authority_valid` where known) and `suspensions` (entries
with start, end). What does not count: missed calls, and demands of somebody without authority. `safe_deadline`, where
the dossier gives it and the facts give no start, is taken as it stands, unless the dossier tells of another period that
it may end (OTHERS). An event of a kind that no list here names may
interrupt or not: where that decides, the answer is "not known". `outer` is the limit that nothing moves. `is`:

`near` / `over`  the end is near (`alarm` days) / past
`offers`         an entry of one of `types` was offered as interruption (`powerless`: by somebody without authority)
`suspended`      an obstacle moved the end (with `alarm`: and the moved end is near)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shouyue.clocks.deadline import Interruption, Obstacle, limitation
from shouyue.clocks.span import Span
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain, parameter
from shouyue.policy.match import as_date
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.periods import both_dates, length
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, Table, Truth, truth

KEYS = ("is", "period", "tail", "outer", "alarm", "types")
OTHERS = ("judgment", "mediation_statement", "mediation_agreement", "notarised", "preservation_date", "guarantee",
          "guarantors")  # fmt: skip
FACTS = ("due_last", "interruptions", "suspensions", "safe_deadline", *OTHERS)
COUNTED = frozenset(
    [
        "demand_arrived",
        "sms_demand",
        "letter_demand",
        "wechat_demand",
        "wecom_demand",
        "email_demand",
        "lawyer_letter_arrived",
        "demand_signed",
        "public_notice",
        "part_payment",
        "payment",
        "promise",
        "instalment_promise",
        "repayment_plan",
        "plan_signed",
        "ask_time",
        "asks_for_time",
        "security_given",
        "acknowledgement",
        "debt_confirmed",
        "reconciliation",
        "autodebit_success",
        "assignment_notice_arrived",
        "suit_filed",
        "arbitration_filed",
        "payment_order",
        "payment_order_applied",
        "preservation",
        "preservation_filed",
        "enforcement",
        "enforcement_filed",
        "joined",
        "set_off",
        "police_report",
        "mediation_request",
    ]
)
NOT_COUNTED = ("missed_call", "unanswered_call", "autodebit_failed", "in_touch")


@dataclass(frozen=True, slots=True)
class Limitation(Plain):
    state: str
    period: Parameter
    tail: Parameter
    alarm: Parameter | None
    types: tuple[str, ...]
    outer: Parameter | None = None
    reads: tuple[str, ...] = FACTS

    def judge(self, table: Table) -> Truth:
        return table.map_on_day(self._ask, *FACTS)

    def _ask(
        self, today: date, due: Any, interruptions: Any, suspensions: Any, given: Any, *others: Any
    ) -> int:
        given = _own(given, others)
        entries = () if interruptions in (None, UNKNOWN) else interruptions
        if self.state == "offers":
            return truth(any(e.get("type") in self.types or _powerless(e, self.types) for e in entries))
        try:
            sure = [e for e in entries if _named(e)]
            answers = {
                self._stands(
                    today, due, offered, () if suspensions in (None, UNKNOWN) else suspensions, given
                )
                for offered in ((entries, sure) if len(sure) < len(entries) else (entries,))
            }
        except NoValue:
            return MAYBE
        return answers.pop() if len(answers) == 1 else MAYBE

    def _stands(self, today: date, due: Any, entries: Any, suspensions: Any, given: Any) -> int:
        end, moved = self.end(today, due, entries, suspensions, given)
        if end is None:
            return MAYBE if due is UNKNOWN else NO
        if self.state == "suspended" and (not moved or self.alarm is None):
            return truth(moved)
        if self.state == "over":
            return truth(today > end)
        assert self.alarm is not None
        return truth(today <= end and (end - today).days <= int(self.alarm.on(today)))

    def end(
        self, today: date, due: Any, interruptions: Any, suspensions: Any, given: Any
    ) -> tuple[date | None, bool]:
        """The last safe day and whether an obstacle moved it."""
        counted = sorted(
            (as_date(e["date"]), str(e.get("type"))) for e in interruptions if counts(e) and e.get("date")
        )
        if due in (None, UNKNOWN) and not counted:
            return (None, False) if given in (None, UNKNOWN) else (as_date(given), False)
        stands = limitation(
            counted[0][0] if due in (None, UNKNOWN) else as_date(due),
            period=length(self.period, today),
            interruptions=[Interruption(day, why) for day, why in counted],
            obstacles=[
                Obstacle(
                    Span(as_date(s["start"]), as_date(s["end"]) if s.get("end") else None),
                    str(s.get("cause")),
                )
                for s in suspensions
            ],
            tail=length(self.tail, today),
            outer=length(self.outer, today) if self.outer else None,
        )
        return (stands.deadline.safe if stands.deadline else None), bool(stands.paused)

    def detail(self, table: Table) -> Mapping[str, Any]:
        due, entries, suspensions, given, *others = (table.value(f) for f in FACTS)
        try:
            end, _ = self.end(
                table.today,
                due,
                () if entries in (None, UNKNOWN) else entries,
                () if suspensions in (None, UNKNOWN) else suspensions,
                _own(given, others),
            )
        except NoValue:
            return {}
        return {} if end is None else both_dates(end, table)


def _own(given: Any, others: Sequence[Any]) -> Any:
    """The last day by the dossier, where it can only be that of the limitation."""
    return given if all(o in (None, UNKNOWN, False, ()) for o in others) else None


def counts(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is counted as an interruption (the stricter view: CLK.lim.call, CLK.lim.demand)."""
    return (
        entry.get("type") not in NOT_COUNTED
        and entry.get("authority_valid") is not False
        and entry.get("arrived") is not False
    )


def _named(entry: Mapping[str, Any]) -> bool:
    """Whether what happened has a name that the law's list knows; if not, both readings are tried."""
    return entry.get("type") in COUNTED or entry.get("type") in NOT_COUNTED


def _powerless(entry: Mapping[str, Any], types: tuple[str, ...]) -> bool:
    return "powerless" in types and entry.get("authority_valid") is False


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Limitation:
    state = ground.need("is")
    if state not in ("near", "over", "offers", "suspended"):
        raise ground.place.error(f"'is' takes near, over, offers, suspended; found {state!r}")
    return Limitation(
        state,
        parameter(ground, "period", parameters),
        parameter(ground, "tail", parameters),
        parameter(ground, "alarm", parameters) if state == "near" or "alarm" in ground else None,
        tuple(ground.get("types", ())),
        parameter(ground, "outer", parameters) if "outer" in ground else None,
    )
