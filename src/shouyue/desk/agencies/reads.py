"""Agencies as they may be shown: conduct and performance side by side, and what is owed to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.utils.timezone import localdate

from shouyue.casework.contact import Contact as ContactState
from shouyue.casework.entrustment import OPEN
from shouyue.casework.entrustment import Entrustment as Entrusted
from shouyue.desk.agencies.models import Commission, Evaluation, Inspection
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import Entrustment
from shouyue.desk.messages.models import Contact
from shouyue.desk.people import reads as people
from shouyue.desk.people.models import Agency, Staff
from shouyue.terms import Direction

CRITERIA = ("conduct", "quality", "records", "complaints", "security")
TOLD = (ContactState.ACCEPTED, ContactState.DELIVERED)  # the debtor can have read it
DAYS = 30  # over which the board counts
CENT = Decimal("0.01")


class NotYours(matters.NotYours):
    """There is no such agency or placement for this person: shown as "not found", and logged."""


class UnableToReckon(Exception):
    """A commission cannot be reckoned: what it rests on is not there."""


def agency_for(staff: Staff, pk: UUID | str) -> Agency:
    """An agency, for somebody who may see agencies. Else NotYours."""
    found = people.agencies().filter(pk=pk).first() if people.may(staff, "see_agencies") else None
    if found is None:
        raise NotYours(f"agency {pk}")
    return found


def inspections(agency: Agency) -> list[Inspection]:
    return list(Inspection.objects.filter(agency=agency).select_related("by").order_by("-on", "-pk"))


def last_inspection(agency: Agency) -> date | None:
    found = inspections(agency)
    return found[0].on if found else None


def evaluations(agency: Agency) -> list[Evaluation]:
    return list(Evaluation.objects.filter(agency=agency).select_related("by").order_by("-on", "-pk"))


def commissions(agency: Agency) -> list[Commission]:
    return list(Commission.objects.filter(agency=agency).order_by("-begins_on"))


def telling(placed: Entrustment) -> list[Contact]:
    """The lender's messages to the debtor, since the placement, that left and name the agency: each may have told them."""
    rows = Contact.objects.filter(
        matter=placed.matter, party=matters.debtor_of(placed.matter.loan), at__gte=placed.since, state__in=TOLD,
        staff__agency=None,
    ).exclude(direction=Direction.INBOUND)  # fmt: skip
    return [row for row in rows.order_by("-at")[:50] if placed.agency.name in (row.text or "")]


# ── conduct and performance, side by side ──


@dataclass(frozen=True, slots=True)
class Figures:
    """What an agency did in the last days. `recovered` is what the books say came in while it had the matters."""

    since: date
    as_of: date
    held: int
    waiting: int  # to be told to the debtor
    to_give_back: int
    recovered: Decimal
    contacts: int
    blocked: int
    red_lines: Sequence[tuple[str, int]]  # labels of what was blocked, the most frequent first

    @property
    def blocked_share(self) -> Decimal | None:
        """Of everything it wanted to say, per cent; None where it said nothing."""
        if not self.contacts:
            return None
        return (Decimal(self.blocked) * 100 / self.contacts).quantize(Decimal("0.1"), ROUND_HALF_UP)


def figures(agency: Agency, at: datetime, days: int = DAYS) -> Figures:
    """Everything is counted over the same days, from rows that the page can open."""
    today = localdate(at)
    since = today - timedelta(days=days)
    placed = Entrustment.objects.filter(agency=agency)
    said = Contact.objects.filter(staff__agency=agency, at__gt=at - timedelta(days=days), at__lte=at)
    blocked = said.filter(state=ContactState.BLOCKED)
    labels: dict[str, int] = {}
    for row in blocked.values_list("labels", flat=True):
        for label in row:
            labels[label] = labels.get(label, 0) + 1
    return Figures(
        since=since,
        as_of=today,
        held=placed.filter(state__in=OPEN).count(),
        waiting=placed.filter(state=Entrusted.ENTRUSTED).count(),
        to_give_back=placed.filter(state__in=[Entrusted.RECALLED, Entrusted.ENDED]).count(),
        recovered=matters.recovered_by(agency, since=since, until=today),
        contacts=said.count(),
        blocked=blocked.count(),
        red_lines=sorted(labels.items(), key=lambda one: (-one[1], one[0])),
    )


# ── what is owed ──


@dataclass(frozen=True, slots=True)
class Owed:
    """A commission over some days, with everything that it rests on."""

    since: date
    as_of: date
    recovered: Decimal
    rate: Decimal
    weights: Mapping[str, int]
    scores: Mapping[str, int]
    evaluated_on: date
    sum: Decimal

    @property
    def per_cent(self) -> str:
        return f"{self.rate * 100:.2f}"

    @property
    def score(self) -> Decimal:
        return Decimal(sum(self.weights[c] * self.scores[c] for c in self.weights)) / 100


def owed(agency: Agency, *, since: date, until: date) -> Owed:
    """What came in, times the rate, times how it did. How often or how hard it pressed is no part of it.

    Raises UnableToReckon where no commission was agreed by then, or nobody has evaluated the agency.
    """
    agreed = Commission.objects.filter(agency=agency, begins_on__lte=until).order_by("-begins_on").first()
    if agreed is None:
        raise UnableToReckon(f"no commission was agreed with {agency} by {until}; agree on one first")
    judged = Evaluation.objects.filter(agency=agency, on__lte=until).order_by("-on", "-pk").first()
    if judged is None:
        raise UnableToReckon(f"nobody has evaluated {agency} by {until}; nothing is paid unseen")
    recovered = matters.recovered_by(agency, since=since, until=until)
    weighed = Decimal(sum(agreed.weights[c] * judged.scores[c] for c in agreed.weights)) / 10_000
    return Owed(
        since, until, recovered, agreed.rate, agreed.weights, judged.scores, judged.on,
        (recovered * agreed.rate * weighed).quantize(CENT, ROUND_HALF_UP),
    )  # fmt: skip
