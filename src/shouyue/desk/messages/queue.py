"""A person's work of today: which matters, why each is here, and why one must wait. A fixed number of questions asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from shouyue.casework.contact import Contact as State
from shouyue.casework.matter import Matter as MatterState
from shouyue.desk.holds.reads import running
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import Matter, Thread
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.patterns import in_distress
from shouyue.desk.messages.permission import quiet_until
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Stop
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import certified_somewhere
from shouyue.desk.rulebook.reads import pack_on

NEW_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Reason:
    """Why a matter is in the queue, or why it must wait: a word the screen knows, and since or until when."""

    word: str
    when: datetime | None = None
    detail: str = ""


@dataclass(frozen=True)
class Item:
    """One line of the queue. `waits` empty: it can be worked now. Distress stands first, whatever else must wait."""

    case: matters.Case
    debtor: matters.Owes | None
    debt: matters.Debt | None
    here: tuple[Reason, ...]
    waits: tuple[Reason, ...]
    rank: tuple[int, float]
    thread: UUID | None = None  # the one to answer in

    @property
    def distress(self) -> bool:
        """Somebody in distress wrote, and nobody has looked yet: a person must, now."""
        return bool(self.here) and self.here[0].word == "distress"

    @property
    def until(self) -> datetime | None:
        """When the last of what it waits for has passed; None where no waiting helps, or nothing is waited for."""
        if not self.waits or any(w.when is None for w in self.waits):
            return None
        return max(w.when for w in self.waits if w.when)


@dataclass(frozen=True)
class Known:
    """What is asked once of many matters, and read by whoever needs it of them. Nothing of it is decrypted.

    `cases`, `loans` and `people` name the same matters to the database: as a question of its own where there is one, which
    costs nothing, while a thousand ids written into each question cost more than its answer.
    """

    cases: Any
    loans: Any
    people: Any
    debtors: Mapping[UUID, matters.Owes]  # by loan
    debts: Mapping[UUID, matters.Debt]  # by loan
    wrote: Mapping[UUID, tuple[UUID, datetime]]  # by matter, as the others
    distress: Mapping[UUID, tuple[UUID | None, datetime]]
    came_back: Mapping[UUID, datetime]
    stops: Mapping[UUID, Sequence[Stop]]  # by person


def known_of(rows: Sequence[matters.Case], at: datetime, named: QuerySet[Matter] | None = None) -> Known:
    """`named` finds the same matters, where they were found by a question."""
    if named is None:
        cases: Any = [row.pk for row in rows]
        loans: Any = [row.loan_id for row in rows]
    else:
        cases, loans = named.order_by().values("pk"), named.order_by().values("loan")
    people = matters.debtors_among(loans)
    return Known(
        cases,
        loans,
        people,
        matters.owing(loans),
        matters.debts_of(loans, at),
        wrote_last(cases),
        distressed(cases),
        came_back_lately(cases, at),
        parties.stops_of(people, at),
    )


def queue(staff: Staff, at: datetime) -> list[Item]:
    """What this person answers for today, what can be worked first, the most pressing on top."""
    return of_today(staff, at)[0]


def of_today(staff: Staff, at: datetime) -> tuple[list[Item], Known]:
    """The same, with what was asked to make it."""
    named = matters.visible_to(staff).exclude(state=MatterState.CLOSED)
    rows = matters.cases_of(named)
    known = known_of(rows, at, named)
    debtors, debts, wrote, came_back = known.debtors, known.debts, known.wrote, known.came_back
    distress = known.distress
    frozen = {(hold.over, hold.key): hold.why for hold in running("freeze")}
    held = certified_somewhere(staff, at)
    pack = pack_on(at)
    quiet = {
        zone: quiet_until(pack, zone, at) if zone else None for zone in {p.zone for p in debtors.values()}
    }
    items = []
    for row in rows:
        debtor = debtors.get(row.loan_id)
        here: list[Reason] = []
        if row.pk in distress:
            here.append(Reason("distress", distress[row.pk][1]))
        if row.pk in came_back:
            here.append(Reason("came_back", came_back[row.pk]))
        if row.pk in wrote:
            here.append(Reason("wrote", wrote[row.pk][1]))
        if row.state in {MatterState.NEW, MatterState.ASSIGNED} and at - row.opened_at < NEW_FOR:
            here.append(Reason("new", row.opened_at))
        debt = debts.get(row.loan_id)
        if debt:
            here.append(Reason("overdue", detail=str(debt.days_past_due)))
        waits = []
        if debtor:
            waits += [
                Reason("stop", None, stop.kind)
                for stop in known.stops.get(debtor.pk, ())
                if stop.channel == "*"
            ]
            if ("party", str(debtor.pk)) in frozen or ("lender", "") in frozen:
                waits.append(Reason("frozen", detail=frozen.get(("party", str(debtor.pk)), "")))
            if quiet.get(debtor.zone):
                waits.append(Reason("hours", quiet[debtor.zone]))
        if not held.valid and staff.pk == row.owner_id:
            waits.append(Reason("certificate", detail=held.why))
        if "paused" in row.overlays:
            waits.append(Reason("paused"))
        urgent = 0 if row.pk in came_back else 1 if row.pk in wrote else 2
        stuck = any(w.when is None for w in waits)
        place = -1 if row.pk in distress else 10 + urgent if stuck else urgent
        rank = (place, -float(debt.total) if debt else 0.0)
        thread = (distress.get(row.pk) or wrote.get(row.pk) or (None,))[0]
        items.append(Item(row, debtor, debt, tuple(here), tuple(waits), rank, thread))
    return sorted(items, key=lambda item: item.rank), known


def wrote_last(cases: Any) -> dict[UUID, tuple[UUID, datetime]]:
    """Matters in which the other side wrote last: the thread, and since when they wait."""
    last = Contact.objects.filter(thread=OuterRef("pk"), number__isnull=False).order_by("-number")
    threads = (
        Thread.objects.filter(matter__in=cases, state__in=["open", "proposed"])
        .annotate(last=Subquery(last.values("direction")[:1]), since=Subquery(last.values("at")[:1]))
        .filter(last="inbound")
        .order_by("-since")
        .values_list("matter", "pk", "since")
    )
    return {matter: (pk, since) for matter, pk, since in threads}


def distressed(cases: Any) -> dict[UUID, tuple[UUID | None, datetime]]:
    """Matters in which somebody wrote in distress and nobody has looked yet: the thread, and since when."""
    found = in_distress().filter(matter__in=cases).only("matter_id", "thread_id", "at").order_by("-at")
    return {row.matter_id: (row.thread_id, row.at) for row in found if row.matter_id}


def came_back_lately(cases: Any, at: datetime) -> dict[UUID, datetime]:
    """Matters with a message of ours that came back or failed within the last day, with no later one."""
    later = Contact.objects.filter(thread=OuterRef("thread"), at__gt=OuterRef("at")).exclude(
        state=State.RECEIVED
    )
    found = Contact.objects.filter(
        matter__in=cases, state__in=[State.RETURNED, State.FAILED], at__gte=at - timedelta(days=1)
    )
    found = found.annotate(newer=Subquery(later.values("pk")[:1])).filter(newer=None)
    return {row.matter_id: row.at for row in found.order_by("at") if row.matter_id}


def threads_of_staff(staff: Staff, limit: int = 100) -> list[Thread]:
    """The threads that this person may see, those in which the other side wrote last first, then the newest."""
    last = Contact.objects.filter(thread=OuterRef("pk"), number__isnull=False).order_by("-number")
    rows = (
        Thread.objects.filter(matter__in=matters.visible_to(staff))
        .annotate(last=Subquery(last.values("direction")[:1]), since=Subquery(last.values("at")[:1]))
        .select_related("matter", "matter__loan", "party", "owner")
        .order_by("state", "-since", "-opened_at")[:limit]
    )
    order: Mapping[str, int] = {"proposed": 0, "open": 1, "closed": 2}
    return sorted(rows, key=lambda t: (order.get(t.state, 3), getattr(t, "last", "") != "inbound"))
