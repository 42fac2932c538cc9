"""A case as the rules of practice read it, for one or for many in a fixed number of questions; and what they advise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery
from django.utils.timezone import localdate

from shouyue.casework.contact import Contact as State
from shouyue.casework.matter import Matter as MatterState
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import Matter, Plan, Promise
from shouyue.desk.matters.reads import Case, Guarantees
from shouyue.desk.messages.facts import COUNTED
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.queue import Known, known_of
from shouyue.desk.outreach.models import Reminded, StrategySheet
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Consent
from shouyue.desk.rulebook.reads import pack_on
from shouyue.policy.pack import Pack
from shouyue.policy.practice import Advice
from shouyue.policy.procedures import Event, Guarantor, Record, Stand, Urgency
from shouyue.terms import Direction

CLOCKS = ("limitation", "guarantee", "guarantor_limitation")  # those that run without any procedure


def advise(page: str, record: Mapping[str, Any], at: datetime) -> Advice | None:
    """What the rules of practice say of a case; None where the pack in force brings none."""
    practice = pack_on(at).practice
    return practice.advise(page, record, localdate(at)) if practice else None


def record_of(matter: Matter, at: datetime) -> dict[str, Any]:
    return records_of([matters.case_of(matter)], at)[matter.pk]


def records_of(
    rows: Sequence[Case], at: datetime, known: Known | None = None, *, page: str = ""
) -> dict[UUID, dict[str, Any]]:
    """The facts of `practice/facts.yaml` for each of these matters. The dossier adds evidence and contradictions.

    `page`: the rules that will be asked. How many days are left beyond all that they look at is then told by the least it can be.
    """
    today = localdate(at)
    known = known or known_of(rows, at)
    debtors, debts, wrote, back = known.debtors, known.debts, known.wrote, known.came_back
    distress, stops = known.distress, known.stops
    reached, heard = _last_contacts(known.cases, at)
    promises, plans = matters.promises_by_matter(known.cases), matters.plans_by_matter(known.cases)
    reachable, proved = parties.reachable(known.people), parties.proved(known.people, at)
    guarantors = matters.guarantees_of(known.loans)
    clocks = clocks_of(rows, guarantors, at, known.loans, within=_looks_ahead(page, at))
    found = {}
    for row in rows:
        debtor, debt = debtors.get(row.loan_id), debts.get(row.loan_id)
        kinds = [s.kind for s in stops.get(debtor.pk, ())] if debtor else []
        found[row.pk] = {
            "state": str(row.state),
            "dpd": debt.days_past_due if debt else None,
            "stage": str(debt.stage) if debt else None,
            "overdue": debt.total if debt else None,
            "balance_age": (today - debt.as_of).days if debt else None,
            "new_days": _days(row.opened_at, today),
            "distress": row.pk in distress,
            "came_back": row.pk in back,
            "wrote_hours": int((at - wrote[row.pk][1]).total_seconds() // 3600) if row.pk in wrote else None,
            "contacted_days": _days(reached.get(row.pk), today),
            "heard_days": _days(heard.get(row.pk), today),
            **_promised(promises.get(row.pk, ()), today),
            **_planned(plans.get(row.pk, ()), today),
            "stops": kinds,
            "deceased": bool(debtor and "deceased" in (*debtor.flags, *kinds)),
            "reachable": bool(debtor and debtor.pk in reachable),
            "identity_proved": bool(debtor and debtor.pk in proved),
            "mortgage": row.mortgaged_on is not None,
            "vehicle": row.vehicle,
            "notarised": "公证" in row.guarantee_kind,
            "guarantors": len(guarantors.get(row.loan_id, ())),
            **_left(clocks.get(row.loan_id), today),
        }
    return found


def _days(since: datetime | None, today: date) -> int | None:
    return (today - localdate(since)).days if since else None


def _last_contacts(cases: Any, at: datetime) -> tuple[dict[UUID, datetime], dict[UUID, datetime]]:
    """When we last reached out in each matter, and when somebody who owes last wrote or picked up."""
    ours = Q(direction__in=[Direction.OUTBOUND, Direction.REPLY])
    theirs = Q(state=State.RECEIVED) | Q(connected=True, result__in=SPOKEN)
    newest = Contact.objects.filter(matter=OuterRef("pk"), at__lte=at, state__in=COUNTED).order_by("-at")
    found = list(
        Matter.objects.filter(pk__in=cases).values_list(
            "pk", Subquery(newest.filter(ours).values("at")[:1]), Subquery(newest.filter(theirs).values("at")[:1])
        )
    )  # fmt: skip
    return {pk: when for pk, when, _ in found if when}, {pk: when for pk, _, when in found if when}


# results of a call that mean: the right person spoke (field guide, section 6, class SUCCESS)
SPOKEN = (
    "RPC",
    "PTP-T",
    "PTP-F",
    "EXT",
    "PAID",
    "REFUSE",
    "REDUCE",
    "DISP",
    "HARD",
    "STOP",
    "COMP",
    "LAW",
    "SURR",
)


def _promised(rows: Sequence[Promise], today: date) -> dict[str, Any]:
    open_one = next((p for p in rows if p.state == "open"), None)
    judged = [p for p in rows if p.judged_at]
    last = max(judged, key=lambda p: p.judged_at, default=None)  # type: ignore[arg-type,return-value]
    broken = last is not None and last.state in {"broken", "partly_kept"} and open_one is None
    return {
        "promise_in": (open_one.due_on - today).days if open_one else None,
        "promise_broken_days": _days(last.judged_at, today) if last and broken else None,
        "broken_promises": sum(p.state in {"broken", "partly_kept"} for p in rows),
    }


def _planned(rows: Sequence[Plan], today: date) -> dict[str, Any]:
    by_state = {p.state: p for p in reversed(rows)}
    one = by_state.get("agreed") or by_state.get("proposed") or (rows[0] if rows else None)
    if one is None:
        return {"plan": None, "plan_in": None}
    ahead = [part.due_on for part in one.parts.all() if part.due_on >= today]
    return {
        "plan": one.state,
        "plan_in": (min(ahead) - today).days if ahead and one.state == "agreed" else None,
    }


# ── the clocks of a claim, whether or not a procedure runs ──


def clocks_of(
    rows: Sequence[Case],
    guarantors: Mapping[UUID, Sequence[Guarantees]],
    at: datetime,
    among: Any = None,
    *,
    within: int | None = None,
    names: Mapping[UUID, str] | None = None,
) -> dict[UUID, Stand]:
    """Limitation and guarantee periods of each case's loan, by the pack in force. Empty where it brings no procedures.

    `within`: how many days ahead somebody looks. What happened to a claim can only move the end of its periods away, or end
    them: where nothing would end so soon though nothing had happened, that is the answer, and its events are not read.
    `among` finds the loans; `names` are the guarantors', where they will be shown.
    """
    pack, today = pack_on(at), localdate(at)
    if pack.procedures is None:
        return {}
    ids = [row.loan_id for row in rows]
    last = matters.last_dues_of(ids if among is None else among)

    def stand(row: Case, events: Sequence[matters.ClockEvent]) -> Stand:
        due = last.get(row.loan_id, row.matures_on)
        return _stand(pack, row, events, due, guarantors.get(row.loan_id, ()), names or {}, today)

    if within is None:
        events = matters.clock_events_of(ids)
        return {row.loan_id: stand(row, events[row.loan_id]) for row in rows}
    least = {row.loan_id: stand(row, ()) for row in rows}
    near = [
        row for row in rows if any(one.deadline.left(today) <= within for one in least[row.loan_id].running)
    ]
    events = matters.clock_events_of([row.loan_id for row in near])
    return least | {row.loan_id: stand(row, events[row.loan_id]) for row in near}


def _looks_ahead(page: str, at: datetime) -> int | None:
    """How many days ahead the rules of a page look at any clock; None for as far as there is."""
    practice = pack_on(at).practice
    if not page or practice is None:
        return None
    seen = [practice.looks_ahead(page, name, localdate(at)) for name in ("limitation_left", "guarantee_left")]
    return None if None in seen else max(days for days in seen if days is not None)


def _stand(
    pack: Pack,
    row: Case,
    events: Sequence[matters.ClockEvent],
    last_due: date | None,
    guarantors: Sequence[Guarantees],
    names: Mapping[UUID, str],
    today: date,
) -> Stand:
    claimed = {
        e.party: e.on for e in reversed(events) if e.kind == "guarantee_claimed" and e.party is not None
    }
    record = Record(
        track="suit",
        stages=frozenset({"preparing"}),
        ended=False,
        dates={},
        last_due=last_due,
        first_unpaid=row.overdue_since,
        events=[Event(e.kind, e.on, str(e.party) if e.party else "", e.ended_on, e.pending) for e in events],
        guarantors=[
            Guarantor(
                str(one.party),
                names.get(one.party, ""),
                one.how == "joint",
                one.until,
                claimed.get(one.party),
            )
            for one in guarantors
        ],
    )
    assert pack.procedures is not None
    return pack.procedures.stand(record, today, pack.calendar, clocks=CLOCKS)


def _left(stand: Stand | None, today: date) -> dict[str, Any]:
    """Days left by the safe date: of limitation, and of the guarantee period that ends first. What is over is not ahead."""
    running = stand.running if stand else ()

    def least(clock: str) -> int | None:
        ahead = [
            (one.deadline.safe - today).days
            for one in running
            if one.due.clock == clock and one.urgency is not Urgency.PASSED
        ]
        return min(ahead, default=None)

    return {
        "limitation_left": least("limitation"),
        "limitation_over": any(one.due.clock == "limitation" and one.lost for one in running),
        "guarantee_left": least("guarantee"),
    }


# ── strategies and what came of them ──


def sheet_in_force() -> StrategySheet | None:
    """The newest approved strategies that nobody has ended."""
    return (
        StrategySheet.objects.filter(approved_at__isnull=False, ended_at=None)
        .select_related("proposed_by", "approved_by")
        .order_by("-approved_at")
        .first()
    )


def sheet_waiting() -> StrategySheet | None:
    """The newest proposal, if no approval came after it."""
    newest = StrategySheet.objects.select_related("proposed_by").order_by("-proposed_at").first()
    return newest if newest and newest.approved_at is None and newest.ended_at is None else None


def sheet(pk: UUID) -> StrategySheet:
    return StrategySheet.objects.get(pk=pk)


def reminded(matters_: Iterable[Matter]) -> set[tuple[UUID, str, str, date]]:
    """Which steps have been sent in which spell of being overdue: (matter, strategy, step, overdue since)."""
    rows = Reminded.objects.filter(matter__in=list(matters_), sent=True)
    return set(rows.values_list("matter", "strategy", "step", "overdue_since"))


def reminders_of_late(limit: int = 100) -> list[Reminded]:
    """What the strategies did, the newest first."""
    return list(Reminded.objects.select_related("matter").order_by("-at", "matter__number")[:limit])


def portfolio() -> list[Matter]:
    """Every matter that is not closed."""
    rows = Matter.objects.select_related("loan", "loan__vehicle", "owner")
    return list(rows.exclude(state=MatterState.CLOSED).order_by("number"))


def withdrew(people: Iterable[UUID], at: datetime) -> set[UUID]:
    """Who took back a consent and has not given it again."""
    rows = Consent.objects.filter(party__in=list(people), given_at__lte=at)
    taken: dict[tuple[UUID, str], bool] = {}
    for party, what, withdrawn in rows.order_by("given_at").values_list("party", "what", "withdrawn_at"):
        taken[party, what] = withdrawn is not None and withdrawn <= at
    return {party for (party, _), gone in taken.items() if gone}


def scheduled_reminders(pk: UUID | None = None) -> list[Contact]:
    """Reminders that have not left yet; this one alone, if named."""
    ids = Reminded.objects.filter(sent=True)
    rows = Contact.objects.filter(
        pk__in=(ids.filter(pk=pk) if pk else ids).values("pk"),
        state__in=[State.SCHEDULED, State.AWAITING_APPROVAL],
    )
    return list(rows.select_related("party", "matter"))
