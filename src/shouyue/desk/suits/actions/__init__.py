"""Procedures are opened, taken from stage to stage, dated, heard, paid for, and ended."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.casework.matter import Matter as MatterState
from shouyue.casework.track import MACHINES, Track, stage
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import clocks
from shouyue.desk.matters.models import Matter
from shouyue.desk.people.models import Role, Staff
from shouyue.desk.people.reads import Actor, may, name_of, with_role
from shouyue.desk.suits import reads
from shouyue.desk.suits.actions.evidence import find_gaps
from shouyue.desk.suits.actions.ground import UnableToProceed, in_hand, sealed, stream_of
from shouyue.desk.suits.models import CalendarFeed, Fee, Hearing, Measure, Suit, SuitAlarm, SuitStep
from shouyue.policy.procedures import Urgency

FEES = ("acceptance", "preservation", "announcement", "enforcement", "notary", "other")
# what a date begins or ends for the claim's clocks: the kind of event, and whether it lasts until the procedure ends
BEGINS: Mapping[tuple[str, str], tuple[str, bool]] = {
    ("suit", "filed_on"): ("suit_filed", True),
    ("arbitration", "filed_on"): ("arbitration_filed", True),
    ("realisation", "filed_on"): ("joined", True),
    ("mediation", "mediation_asked_on"): ("mediation_request", False),
    ("notarised", "certificate_requested_on"): ("enforcement", False),
    **{(track, "enforcement_filed_on"): ("enforcement", True) for track in Track},
}


def _proof(suit: Suit, name: str) -> str:
    return f"{stream_of(suit)}/{name}"


@transaction.atomic
def open_suit(
    *,
    matter: Matter,
    track: Track,
    why: str,
    officer: Staff | None = None,
    on: date | None = None,
    by: Actor,
    at: datetime,
) -> Suit:
    """Begin preparing a procedure; one of a track runs on a matter at a time, and asking again gives the same one.
    `on` is the day since when it is being prepared: today unless said."""
    if isinstance(by, Staff) and not may(by, "conduct_suits"):
        raise UnableToProceed("a legal officer conducts procedures; ask one")
    if not why.strip():
        raise UnableToProceed("say why this procedure is opened")
    running = Suit.objects.select_for_update().filter(matter=matter, track=track, closed_at=None).first()
    if running:
        return running
    chosen = officer or (by if isinstance(by, Staff) else with_role(Role.LEGAL).first())
    row = Suit.objects.create(matter=matter, track=track, why=why.strip(), officer=chosen, opened_at=at)
    _reached(row, row.stage, on=on or localdate(at), document="", note=why.strip(), by=by, at=at)
    find_gaps(suit=row.pk, by=by, at=at)
    return row


@transaction.atomic
def open_for_matter(*, matter: str, by: Actor, at: datetime) -> Suit | None:
    """A matter went to legal: a suit is being prepared, unless a procedure runs on it already."""
    row = matters.get(matter)
    if row.state != MatterState.LEGAL or reads.running().filter(matter=row).exists():
        return None
    return open_suit(matter=row, track=Track.SUIT, why="案件转入诉讼", by=by, at=at)


@transaction.atomic
def record_dates(*, suit: UUID, dates: Mapping[str, date], why: str = "", by: Actor, at: datetime) -> Suit:
    """Write dates down, each read off a paper. A date that is changed needs a reason; what it began for the claim's clocks
    follows it.

    Raises UnableToProceed for a name the pack does not have, a day to come, and a change without a reason.
    """
    row = in_hand(suit, by)
    known = reads.procedures_on(at).dates
    today = localdate(at)
    before = dict(row.dates)
    for name, day in dates.items():
        if name not in known:
            raise UnableToProceed(f"there is no date {name}; there are {', '.join(known)}")
        if day > today and name != "perform_by":
            raise UnableToProceed(
                f"{known[name].what.en}: {day} is still to come; it is written down when it has come"
            )
        if before.get(name, day.isoformat()) != day.isoformat() and len(why.strip()) < 4:
            raise UnableToProceed(
                f"{known[name].what.en} was {before[name]} and would become {day}; say why it is corrected"
            )
        row.dates[name] = day.isoformat()
        if (row.track, name) in BEGINS:
            kind, lasts = BEGINS[row.track, name]
            clocks.record_event(
                loan=row.matter.loan, kind=kind, on=day, proof=_proof(row, name), pending=lasts, by=by, at=at
            )
    if row.dates != before:
        row.save(update_fields=["dates"])
        sealed(
            row,
            "suit_dated",
            {"dates": {n: d.isoformat() for n, d in dates.items()}, "why": why},
            by=by,
            at=at,
        )
    return row


@transaction.atomic
def advance(
    *,
    suit: UUID,
    to: str,
    on: date,
    dates: Mapping[str, date] | None = None,
    document: str = "",
    note: str = "",
    by: Actor,
    at: datetime,
) -> Suit:
    """Take a procedure to its next stage, with the dates that the stage cannot be without.

    Raises ImpossibleStep for a stage that cannot follow, and UnableToProceed, naming what lacks, why, and where it is
    read off; nothing is changed then, the dates given included.
    """
    row = in_hand(suit, by)
    track = Track(row.track)
    try:
        then = stage(track, to)
    except ValueError as unknown:
        raise UnableToProceed(str(unknown)) from unknown
    MACHINES[track].check(stage(track, row.stage), then)
    if on > localdate(at):
        raise UnableToProceed(f"{on} is still to come; a stage is written down when it is reached")
    if dates:
        row = record_dates(suit=row.pk, dates=dates, why=note, by=by, at=at)
    known = reads.procedures_on(at)
    lacking = known.lacking(track, to, {name: date.fromisoformat(d) for name, d in row.dates.items()})
    if lacking:
        waits = [d for d in known.dues if lacking[0].id in d.starts and track in d.tracks]
        why = f": “{waits[0].what.en}” runs from it ({waits[0].citation})" if waits else ""
        raise UnableToProceed(
            f"{to} cannot be recorded without {lacking[0].what.en}{why}; enter it from {lacking[0].paper.en}"
        )
    row.stage = to
    if MACHINES[track].ended(then):
        row.closed_at, row.outcome = at, note.strip() or to
        _end_proceedings(row, by=by, at=at)
    row.save(update_fields=["stage", "closed_at", "outcome"])
    _reached(row, to, on=on, document=document, note=note, by=by, at=at)
    _move_matter(row, to, by=by, at=at)
    return row


def _reached(row: Suit, to: str, *, on: date, document: str, note: str, by: Actor, at: datetime) -> None:
    SuitStep.objects.create(suit=row, stage=to, on=on, document=document, note=note, by=name_of(by), at=at)
    sealed(
        row,
        "suit_stage",
        {
            "suit": str(row.pk),
            "matter": row.matter.number,
            "track": row.track,
            "stage": to,
            "on": on.isoformat(),
            "document": document,
            "note": note,
        },
        by=by,
        at=at,
    )


def _end_proceedings(row: Suit, *, by: Actor, at: datetime) -> None:
    """What was pending for the claim's clocks is over: the periods begin anew (民法典 195)."""
    on = date.fromisoformat(row.dates["ended_on"])
    for (track, name), (kind, lasts) in BEGINS.items():
        if track == row.track and lasts and name in row.dates:
            clocks.end_event(loan=row.matter.loan, kind=kind, proof=_proof(row, name), on=on, by=by, at=at)


def _move_matter(row: Suit, to: str, *, by: Actor, at: datetime) -> None:
    """The matter says that it is being enforced while it is, and that it is with legal again when that ends."""
    matter = matters.get(row.matter_id)
    if to in {"enforcement", "resumed"} and matter.state == MatterState.LEGAL:
        matter_verbs.move(matter=matter, to=MatterState.ENFORCING, reason=row.case_no or to, by=by, at=at)
    elif to == "terminated_for_now" and matter.state == MatterState.ENFORCING:
        matter_verbs.move(matter=matter, to=MatterState.LEGAL, reason="终本", by=by, at=at)


@transaction.atomic
def name_court(
    *,
    suit: UUID,
    body: str,
    case_no: str = "",
    judge: str = "",
    clerk: str = "",
    clerk_phone: str = "",
    by: Actor,
    at: datetime,
) -> Suit:
    """Who decides, under which number, and whom to call."""
    row = in_hand(suit, by)
    if not body.strip():
        raise UnableToProceed("name the court, the commission, the notary's office or the mediators")
    row.body, row.case_no, row.judge, row.clerk = (one.strip() for one in (body, case_no, judge, clerk))
    row.clerk_phone = clerk_phone.strip() or None
    row.save(update_fields=["body", "case_no", "judge", "clerk", "clerk_phone"])
    sealed(
        row,
        "suit_court",
        {"body": row.body, "case_no": row.case_no, "judge": row.judge, "clerk": row.clerk},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def claim_sum(*, suit: UUID, by: Actor, at: datetime) -> Suit:
    """Claim what the books say is outstanding, with the day it is true for. Raises UnableToProceed without a balance."""
    row = in_hand(suit, by)
    owed = matters.debt(row.matter.loan, at)
    if owed is None:
        raise UnableToProceed(
            "no balance with its date is in the record: no amount may be claimed; take one in first"
        )
    row.claim, row.claim_as_of = owed.outstanding, owed.as_of
    row.save(update_fields=["claim", "claim_as_of"])
    sealed(row, "suit_claim", {"claim": str(row.claim), "as_of": owed.as_of.isoformat()}, by=by, at=at)
    return row


@transaction.atomic
def set_hearing(
    *, suit: UUID, starts_at: datetime, place: str = "", what: str = "", by: Actor, at: datetime
) -> Hearing:
    """A day in court is fixed; the same moment twice is one hearing."""
    row = in_hand(suit, by)
    if starts_at <= at:
        raise UnableToProceed(f"{starts_at:%Y-%m-%d %H:%M} is past; a hearing is fixed for a moment to come")
    known = Hearing.objects.filter(suit=row, starts_at=starts_at, off_because="").first()
    if known:
        return known
    hearing = Hearing.objects.create(suit=row, starts_at=starts_at, place=place.strip(), what=what.strip())
    sealed(
        row, "suit_hearing", {"starts_at": starts_at.isoformat(), "place": place, "what": what}, by=by, at=at
    )
    return hearing


@transaction.atomic
def put_off(*, hearing: Hearing, why: str, by: Actor, at: datetime) -> Hearing:
    """A hearing does not take place; it stays in the record with the reason."""
    suit = in_hand(hearing.suit_id, by)
    row = Hearing.objects.select_for_update().get(pk=hearing.pk)
    if len(why.strip()) < 2:
        raise UnableToProceed("say why the hearing is off")
    row.off_because = why.strip()
    row.save(update_fields=["off_because"])
    sealed(suit, "suit_hearing_off", {"starts_at": row.starts_at.isoformat(), "why": why}, by=by, at=at)
    return row


@transaction.atomic
def record_fee(
    *,
    suit: UUID,
    kind: str,
    amount: Decimal,
    as_of: date,
    paid_on: date | None = None,
    by: Actor,
    at: datetime,
) -> Fee:
    """A fee, as the notice or the receipt of that day says."""
    row = in_hand(suit, by)
    if kind not in FEES:
        raise UnableToProceed(f"{kind} is no kind of fee; there are {', '.join(FEES)}")
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise UnableToProceed(f"{amount} is no fee; write a sum above zero with at most two places")
    fee = Fee.objects.create(
        suit=row, kind=kind, amount=amount, currency=row.matter.loan.currency, as_of=as_of, paid_on=paid_on
    )
    sealed(
        row,
        "suit_fee",
        {"kind": kind, "amount": str(amount), "as_of": as_of.isoformat(), "paid_on": str(paid_on or "")},
        by=by,
        at=at,
    )
    if kind == "acceptance" and paid_on:
        record_dates(suit=row.pk, dates={"fee_paid_on": paid_on}, why="缴费凭证", by=by, at=at)
    return fee


@transaction.atomic
def preserve(
    *,
    suit: UUID,
    kind: str,
    what: str,
    begins_on: date,
    ends_on: date | None = None,
    amount: Decimal | None = None,
    before_suit: bool = False,
    renews: Measure | None = None,
    by: Actor,
    at: datetime,
) -> Measure:
    """A court keeps something from disappearing, or goes on keeping it (`renews`). It interrupts limitation.

    Raises UnableToProceed for an unknown kind, a measure that ends before it begins or runs longer than the law lets it,
    and a renewal after the measure before it had ended: then there is nothing left to renew.
    """
    row = in_hand(suit, by)
    known = reads.procedures_on(at)
    if kind not in known.measures:
        raise UnableToProceed(f"{kind} is no kind of measure; there are {', '.join(known.measures)}")
    longest = known.longest(kind, begins_on)
    if ends_on is not None and not begins_on < ends_on <= longest:
        raise UnableToProceed(
            f"a measure over {kind} from {begins_on} ends after that day and by {longest}; found {ends_on}"
        )
    if renews is not None:
        old_end = renews.ends_on or known.longest(renews.kind, renews.begins_on)
        if begins_on > old_end:
            raise UnableToProceed(
                f"the measure ended on {old_end} and cannot be renewed from {begins_on}; apply for a new one"
            )
    measure = Measure.objects.create(
        suit=row,
        kind=kind,
        what=what.strip(),
        begins_on=begins_on,
        ends_on=ends_on,
        amount=amount,
        before_suit=before_suit,
        renews=renews,
    )
    sealed(
        row,
        "suit_preserved",
        {
            "kind": kind,
            "what": what,
            "begins_on": begins_on.isoformat(),
            "ends_on": (ends_on or longest).isoformat(),
            "before_suit": before_suit,
            "renews": str(renews.pk) if renews else "",
        },
        by=by,
        at=at,
    )
    if before_suit:
        clocks.record_event(
            loan=row.matter.loan, kind="preservation", on=begins_on, proof=_proof(row, f"measure-{measure.pk}"), by=by, at=at
        )  # fmt: skip
    return measure


@transaction.atomic
def ring(*, by: Actor, at: datetime) -> int:
    """Every alarm that is due rings, once for each urgency; by the safe date, so that no rest day delays it."""
    rang = 0
    for suit in reads.running().order_by("pk"):
        for one in reads.stand(suit, at).running:
            if one.urgency == Urgency.CALM or not one.due.ours:
                continue
            alarm, new = SuitAlarm.objects.get_or_create(
                suit=suit, due=one.id, urgency=one.urgency, safe=one.deadline.safe, defaults={"rang_at": at}
            )
            if new:
                rang += 1
                sealed(
                    suit,
                    "suit_alarm",
                    {
                        "due": one.id,
                        "urgency": one.urgency,
                        "safe": alarm.safe.isoformat(),
                        "legal": one.deadline.legal.isoformat() if one.deadline.legal else "",
                    },
                    by=by,
                    at=at,
                )
    return rang


@transaction.atomic
def heed(*, suit: UUID, by: Staff, at: datetime) -> int:
    """The officer has seen the alarms of this procedure."""
    row = in_hand(suit, by)
    seen = SuitAlarm.objects.filter(suit=row, seen_at=None).update(seen_at=at, seen_by=by)
    if seen:
        sealed(row, "suit_alarms_seen", {"count": seen}, by=by, at=at)
    return seen


@transaction.atomic
def take_over(*, suit: UUID, why: str, by: Staff, at: datetime) -> Suit:
    """Another officer takes the procedure on."""
    row = in_hand(suit, by)
    if row.officer_id != by.pk:
        before = row.officer.staff_no if row.officer else ""
        row.officer = by
        row.save(update_fields=["officer"])
        sealed(row, "suit_taken_over", {"before": before, "after": by.staff_no, "why": why}, by=by, at=at)
    return row


@transaction.atomic
def open_feed(*, by: Staff, at: datetime) -> str:
    """A new calendar address for this officer; the word in it is told once, and every older one ends."""
    if not may(by, "conduct_suits"):
        raise UnableToProceed("a legal officer has a calendar of procedures")
    CalendarFeed.objects.filter(staff=by, closed_at=None).update(closed_at=at)
    word = secrets.token_urlsafe(24)
    CalendarFeed.objects.create(staff=by, digest=reads.digest_of(word), opened_at=at)
    seal(
        "audit/calendar_opened",
        stream=f"staff:{by.staff_no}",
        subject=None,
        parts={"digest": reads.digest_of(word)},
        by=by,
        at=at,
    )
    return word


@transaction.atomic
def close_feed(*, by: Staff, at: datetime) -> int:
    """The address answers nobody any more."""
    closed = CalendarFeed.objects.filter(staff=by, closed_at=None).update(closed_at=at)
    seal(
        "audit/calendar_closed",
        stream=f"staff:{by.staff_no}",
        subject=None,
        parts={"closed": closed},
        by=by,
        at=at,
    )
    return closed
