"""What a thread shows that no single message does: conduct with its counters, drift to another matter, and distress first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from shouyue.casework.contact import Contact as State
from shouyue.desk.matters.models import Thread
from shouyue.desk.messages.models import Contact
from shouyue.screening.finding import Finding
from shouyue.screening.tactics import (
    DRIFT_OF,
    Conduct,
    Limits,
    Turn,
    drift,
    over_thread,
    speaks_of_the_matter,
)
from shouyue.terms import Direction

LOOKED_BACK = 500  # numbered messages of a thread, from the last
LIMITS = Limits()
COUNTED = ("number", "direction", "labels", "findings", "their_time", "at", "action")


class Place(NamedTuple):
    """A message that a pattern counts."""

    contact: UUID
    number: int


@dataclass(frozen=True)
class Pattern:
    """One thing that a thread shows, with what it counted, in words of both languages."""

    tactic: str  # of tactics.Conduct, or drift
    since: datetime
    counted: int
    of: int
    places: tuple[Place, ...]
    en: str
    zh: str


def patterns(thread: Thread) -> list[Pattern]:
    """What this thread shows as of its last message, distress first. Words are read only where there are many at once."""
    numbered = Contact.objects.filter(thread=thread, number__isnull=False).order_by("-number")
    rows = list(numbered.only(*COUNTED)[:LOOKED_BACK])[::-1]
    spoke = [row for row in rows if rows and _when(rows[-1]) - _when(row) <= 2 * LIMITS.flood_span]
    words: dict[UUID, str | None] = {}
    if len(spoke) >= LIMITS.flood_messages:
        words = dict(Contact.objects.filter(pk__in=[row.pk for row in spoke]).values_list("pk", "text"))
    for row in rows:
        row.text = words.get(row.pk, "")
    return shown_by(rows)


def shown_by(rows: Sequence[Contact]) -> list[Pattern]:
    """The same of rows that are there already: numbered ones of one thread, in order."""
    found = [_pattern(one, rows) for one in over_thread(_turns(rows), LIMITS)]
    first = max(0, len(rows) - DRIFT_OF)
    moved = drift([[Finding.from_data(said) for said in row.findings] for row in rows[first:]])
    if moved:
        places = tuple(n + first for n in moved.places)
        since = rows[places[0]].at
        found.append(
            Pattern("drift", since, len(places), len(rows) - first, _places(places, rows), moved.en, moved.zh)
        )
    return found


def _pattern(one: Conduct, rows: Sequence[Contact]) -> Pattern:
    return Pattern(one.tactic, one.since, one.counted, one.of, _places(one.places, rows), one.en, one.zh)


def _places(numbers: Sequence[int], rows: Sequence[Contact]) -> tuple[Place, ...]:
    return tuple(Place(rows[n].pk, rows[n].number or 0) for n in numbers)


def _when(row: Contact) -> datetime:
    """When it was written, not when we fetched it; and never later than we had it."""
    return min(row.their_time or row.at, row.at)


def _turns(rows: Sequence[Contact]) -> list[Turn]:
    """Messages as conduct is counted over them. Distress that somebody has looked after is over."""
    said: dict[str, datetime] = {}  # words of theirs, when last
    turns = []
    for row in rows:
        ours, when = row.direction != Direction.INBOUND, _when(row)
        words = "" if ours else "".join((row.text or "").split())
        labels = frozenset(row.labels) - ({"vulnerable"} if row.action == LOOKED_AFTER else set())
        repeats = words in said and when - said[words] <= LIMITS.flood_span
        beside = bool(words) and labels <= {"neutral"} and not speaks_of_the_matter(words)
        turns.append(Turn(when, ours, labels, repeats, beside))
        if words:
            said[words] = when
    return turns


# ── distress: somebody must look, and say what they did ──

LOOKED_AFTER = "CARE"  # the disposition of a message that spoke of distress, once somebody has looked


def waits_for_care(row: Contact) -> bool:
    """Does this message speak of distress, and has nobody looked after it yet?"""
    return row.direction == Direction.INBOUND and "vulnerable" in row.labels and row.action != LOOKED_AFTER


def in_distress() -> QuerySet[Contact]:
    """Messages that speak of distress and that nobody has looked after yet, oldest first."""
    return (
        Contact.objects.filter(direction=Direction.INBOUND, state=State.RECEIVED)
        .annotate(said=Cast("labels", TextField()))
        .filter(said__contains='"vulnerable"')
        .exclude(action=LOOKED_AFTER)
        .order_by("at")
    )
