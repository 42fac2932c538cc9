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
from shouyue.screening.tactics import DRIFT_OF, Conduct, Turn, drift, over_thread
from shouyue.terms import Direction

LOOKED_BACK = 500  # numbered messages of a thread, from the last


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
    """What this thread shows as of its last message, distress first."""
    rows = list(
        Contact.objects.filter(thread=thread, number__isnull=False)
        .only("number", "direction", "labels", "findings", "text", "their_time", "at", "action")
        .order_by("-number")[:LOOKED_BACK]
    )
    return shown_by(rows[::-1])


def shown_by(rows: Sequence[Contact]) -> list[Pattern]:
    """The same of rows that are there already: numbered ones of one thread, in order."""
    found = [_pattern(one, rows) for one in over_thread(_turns(rows))]
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


def _turns(rows: Sequence[Contact]) -> list[Turn]:
    """Messages as conduct is counted over them: by when they were written, not by when we fetched them; distress that somebody
    has looked after is over."""
    said: set[str] = set()
    turns = []
    for row in rows:
        ours = row.direction != Direction.INBOUND
        words = "".join((row.text or "").split())
        labels = frozenset(row.labels) - ({"vulnerable"} if row.action == LOOKED_AFTER else set())
        when = min(row.their_time or row.at, row.at)
        turns.append(Turn(when, ours, labels, bool(words) and not ours and words in said))
        if not ours:
            said.add(words)
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
