"""Procedures as they may be shown: where each stands, which deadlines run, what is proved and what is not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import localdate

from shouyue.casework.track import MACHINES, Phase, Track, phase, stage, stages
from shouyue.clocks.deadline import Guarantee
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import Loan, Matter
from shouyue.desk.parties.models import Party
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import may
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.suits.models import (
    CalendarFeed,
    Fee,
    Hearing,
    Measure,
    Suit,
    SuitAlarm,
    SuitExhibit,
    SuitPaper,
    SuitStep,
    SuitTask,
)
from shouyue.policy.decision import Effect
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.policy.papers import Paper
from shouyue.policy.procedures import (
    Element,
    Event,
    Guarantor,
    MissingDate,
    Procedures,
    Record,
    Stand,
    Urgency,
)
from shouyue.policy.procedures import Measure as Kept


class NotYours(matters.NotYours):
    """There is no such procedure for this person: shown as "not found", and logged."""


class NoProcedures(LookupError):
    """The rules in force say nothing of procedures: nothing can be counted by them."""


def procedures_on(at: datetime) -> Procedures:
    """What the pack in force says of procedures, with this lender's numbers."""
    found = pack_on(at).procedures
    if found is None:
        raise NoProcedures("the pack in force has no procedures.yaml; deadlines cannot be counted by it")
    return found


def papers_on(at: datetime) -> Mapping[str, Paper]:
    """The papers that the pack in force lets be made."""
    return pack_on(at).papers


def last_days(at: datetime) -> int:
    """From how many days before its last a deadline is urgent."""
    return int(procedures_on(at).last_days.on(localdate(at)))


def visible_to(staff: Staff) -> QuerySet[Suit]:
    """The procedures this person may see: all of them by role, or none."""
    rows = Suit.objects.select_related("matter", "matter__loan", "matter__loan__vehicle", "officer")
    return rows if may(staff, "see_suits") else rows.none()


def suit_for(staff: Staff, pk: UUID | str) -> Suit:
    found = visible_to(staff).filter(pk=pk).first()
    if found is None:
        raise NotYours(f"suit {pk}")
    return found


def get(pk: UUID | str) -> Suit:
    return Suit.objects.select_related("matter", "matter__loan", "matter__loan__vehicle", "officer").get(
        pk=pk
    )


def of_matter(matter: Matter) -> list[Suit]:
    return list(Suit.objects.filter(matter=matter).select_related("officer").order_by("-opened_at"))


def running(track: str | None = None) -> QuerySet[Suit]:
    rows = Suit.objects.filter(closed_at=None).select_related("matter", "matter__loan", "officer")
    return rows.filter(track=track) if track else rows


def steps(suit: Suit) -> list[SuitStep]:
    return list(SuitStep.objects.filter(suit=suit).order_by("at", "pk"))


def hearings(suit: Suit) -> list[Hearing]:
    return list(Hearing.objects.filter(suit=suit).order_by("starts_at"))


def fees(suit: Suit) -> list[Fee]:
    return list(Fee.objects.filter(suit=suit).order_by("as_of"))


def measures(suit: Suit) -> list[Measure]:
    return list(Measure.objects.filter(suit=suit).order_by("begins_on"))


def papers(suit: Suit) -> list[SuitPaper]:
    return list(SuitPaper.objects.filter(suit=suit).select_related("by", "party").order_by("-at"))


def paper(suit: Suit, pk: int) -> SuitPaper:
    found = SuitPaper.objects.filter(suit=suit, pk=pk).first()
    if found is None:
        raise NotYours(f"paper {pk} of suit {suit.pk}")
    return found


def exhibit(suit: Suit, pk: int) -> SuitExhibit:
    found = SuitExhibit.objects.filter(suit=suit, pk=pk).first()
    if found is None:
        raise NotYours(f"exhibit {pk} of suit {suit.pk}")
    return found


def hearing(suit: Suit, pk: int) -> Hearing:
    found = Hearing.objects.filter(suit=suit, pk=pk).first()
    if found is None:
        raise NotYours(f"hearing {pk} of suit {suit.pk}")
    return found


def unseen(suit: Suit) -> int:
    """How many alarms rang that nobody has seen."""
    return SuitAlarm.objects.filter(suit=suit, seen_at=None).count()


def tasks(suit: Suit) -> list[SuitTask]:
    return list(SuitTask.objects.filter(suit=suit, done_at=None).order_by("pk"))


def alarms(suit: Suit) -> list[SuitAlarm]:
    return list(SuitAlarm.objects.filter(suit=suit).order_by("-rang_at", "-pk"))


def steps_ahead(suit: Suit) -> list[str]:
    """The stages that may follow, in the order of the track."""
    track = Track(suit.track)
    ahead = {str(one) for one in MACHINES[track].next[stage(track, suit.stage)]}
    return [name for name in stages(track) if name in ahead]


# ── clocks ──


def _loan_record(loan: Loan, **more: Any) -> Record:
    """What the clocks need to know of a loan; `more` is what a procedure adds."""
    schedule = list(matters.schedule(loan))
    known: dict[str, Any] = {
        "track": Track.SUIT.value,
        "stages": frozenset(),
        "ended": False,
        "dates": {},
        "last_due": matters.last_due(loan),
        "first_unpaid": loan.overdue_since,
        "events": [
            Event(e.kind, e.on, str(e.party) if e.party else "", e.ended_on, e.pending)
            for e in matters.clock_events(loan)
        ],
        "guarantors": [
            Guarantor(
                str(row.party_id),
                masked_name(row.party),
                row.guarantee == "joint",
                row.guarantee_until,
                matters.claimed_on(loan, row.party),
            )
            for row in matters.guarantors_of(loan)
        ],
        "instalments": [(i.number, i.due_on) for i in schedule if i.due_on >= loan.overdue_since],
    }
    return Record(**{**known, **more})


def record_of(suit: Suit, at: datetime) -> Record:
    """What the clocks need to know of a procedure, from this slice and those below."""
    return _loan_record(
        suit.matter.loan,
        track=suit.track,
        stages=frozenset({suit.stage, *SuitStep.objects.filter(suit=suit).values_list("stage", flat=True)}),
        ended=suit.closed_at is not None,
        dates=dates_of(suit),
        measures=[
            Kept(str(m.pk), m.kind, m.what, m.begins_on, m.ends_on, m.before_suit)
            for m in Measure.objects.filter(suit=suit, lifted_on=None, renewed_by=None)
        ],
        hearings=[
            (str(h.pk), localdate(h.starts_at))
            for h in Hearing.objects.filter(suit=suit, off_because="").order_by("starts_at")
        ],
    )


def dates_of(suit: Suit) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in suit.dates.items()}


@dataclass(frozen=True)
class GuarantorClock:
    """Where one guarantee stands: until when, what saved it, whether it is lost. `guarantee` is None while its period
    cannot be counted."""

    party: Party
    joint: bool
    guarantee: Guarantee | None
    lost: bool


def guarantor_clocks(loan: Loan, at: datetime) -> list[GuarantorClock]:
    """Each guarantor's own clock, by the earliest reading; uncounted where the pack in force has no procedures."""
    pack, today = pack_on(at), localdate(at)
    record = _loan_record(loan)
    found = []
    for row, one in zip(matters.guarantors_of(loan), record.guarantors, strict=True):
        state = None
        if pack.procedures is not None:
            with suppress(MissingDate):
                state = pack.procedures.guarantee_of(one, record, today, pack.calendar)
        found.append(GuarantorClock(row.party, one.joint, state, state is not None and state.lost(today)))
    return found


def stand(suit: Suit, at: datetime) -> Stand:
    """Every deadline of a procedure today, soonest first, and every one that cannot be counted."""
    return procedures_on(at).stand(record_of(suit, at), localdate(at), pack_on(at).calendar)


# ── the board ──


@dataclass(frozen=True)
class Card:
    """A procedure on the board."""

    suit: Suit
    name: str
    stand: Stand
    gaps: int

    @property
    def urgency(self) -> Urgency:
        return self.stand.next.urgency if self.stand.next else Urgency.CALM


@dataclass(frozen=True)
class Column:
    phase: Phase
    cards: Sequence[Card]


def board(staff: Staff, at: datetime, *, track: str | None = None, mine: bool = False) -> list[Column]:
    """The running procedures in columns, in each the most urgent first."""
    rows = visible_to(staff).filter(closed_at=None)
    if track:
        rows = rows.filter(track=track)
    if mine:
        rows = rows.filter(officer=staff)
    found = list(rows)
    debtors = matters.debtors_of([s.matter.loan_id for s in found])
    open_tasks: dict[UUID, int] = {}
    for pk in SuitTask.objects.filter(suit__in=found, done_at=None).values_list("suit", flat=True):
        open_tasks[pk] = open_tasks.get(pk, 0) + 1
    cards = [
        Card(s, masked_name(debtors.get(s.matter.loan_id)), stand(s, at), open_tasks.get(s.pk, 0))
        for s in found
    ]
    cards.sort(key=lambda c: (c.stand.next.deadline.safe if c.stand.next else date.max, str(c.suit.pk)))
    return [
        Column(one, [c for c in cards if phase(Track(c.suit.track), c.suit.stage) == one])
        for one in Phase
        if one != Phase.ENDED
    ]


def ended(staff: Staff, limit: int = 50) -> list[Suit]:
    return list(visible_to(staff).exclude(closed_at=None).order_by("-closed_at")[:limit])


# ── what must be proved ──


@dataclass(frozen=True)
class Row:
    """An element of the claim with what shows it; `gaps` are the kinds of exhibits that it lacks."""

    element: Element
    have: Sequence[tuple[str, Sequence[SuitExhibit]]]
    gaps: tuple[str, ...]


def conditions(suit: Suit) -> set[str]:
    """What the record says about the loan and the procedure that changes what must be proved, and what papers say."""
    loan = suit.matter.loan
    vehicle = getattr(loan, "vehicle", None)
    holds = {
        "guarantor": bool(matters.guarantors_of(loan)),
        "mortgage": bool(vehicle and vehicle.mortgage_registered_on) or "抵押" in loan.guarantee_kind,
        "accelerated": "loan_accelerated_on" in suit.dates,
        "numbered": bool(suit.case_no),  # the court gave a number; before it accepts, a paper goes without
    }
    return {name for name, true in holds.items() if true}


def exhibits(suit: Suit) -> list[SuitExhibit]:
    """Everything that was brought, what stays in the mediation's room included."""
    return list(SuitExhibit.objects.filter(suit=suit, dropped_because="").order_by("kind", "pk"))


def admissible(suit: Suit, at: datetime) -> list[SuitExhibit]:
    """What may be shown to the court: what the rules in force do not block when it is exported (MED.wall)."""
    pack = pack_on(at)
    return [
        one
        for one in exhibits(suit)
        if decide(
            pack,
            Facts.of(
                {
                    "channel": "internal",
                    "direction": "outbound",
                    "action": "export_evidence",
                    "items": [
                        {"type": one.kind, "med_room": one.med_room, "both_agree": bool(one.both_agree)}
                    ],
                }
            ),
            at,
        ).effect
        != Effect.BLOCK
    ]


def matrix(suit: Suit, at: datetime) -> list[Row]:
    """Each element of the claim on this track against what shows it."""
    known = procedures_on(at)
    shown = admissible(suit, at)
    rows = []
    for element in known.elements_of(suit.track, conditions(suit)):
        have = [(kind, [one for one in shown if one.kind == kind]) for kind in element.needs]
        rows.append(Row(element, have, tuple(kind for kind, found in have if not found)))
    return rows


# ── calendars ──


def digest_of(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def feed(word: str) -> CalendarFeed | None:
    """The open feed of that word, with its officer; None for one that is closed or never was."""
    found = CalendarFeed.objects.filter(digest=digest_of(word), closed_at=None, staff__is_active=True)
    return found.select_related("staff").first()


def has_feed(staff: Staff) -> bool:
    return CalendarFeed.objects.filter(staff=staff, closed_at=None).exists()


def suits_of(staff: Staff) -> list[Suit]:
    """The running procedures of this officer."""
    return list(running().filter(officer=staff))
