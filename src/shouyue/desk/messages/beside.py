"""Words beside a message's own: names of its files, words in its pictures, transcripts, and what it was changed to.

They are screened like any words. They may be quoted or written down by somebody else (a screenshot of our own threat, sent
as a complaint, is no threat of theirs), so of theirs they protect and never accuse: stops and distress follow from them, no
emergency and no record of conduct. Everything that was found is shown beside the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from shouyue.connectors.channel import Media
from shouyue.desk.matters.models import Thread
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.screened import last_of, screened_for
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.reads import Actor
from shouyue.screening.finding import ours
from shouyue.terms import Direction

PROTECT = frozenset({"stop_contact", "representation", "dispute_debt", "dispute_identity", "vulnerable"})
NOTHING = frozenset({"clean", "neutral"})


@dataclass(frozen=True)
class Files:
    """The files of a message as its row keeps them, and what their names say."""

    kept: list[dict[str, Any]]
    labels: frozenset[str]  # that become the message's own
    sure: frozenset[str]


def named(media: Sequence[Media], *, text: str, thread: Thread | None, direction: str) -> Files:
    """Screen the name of each file, without its ending. A number may begin in the words and end in a name."""
    kept: list[dict[str, Any]] = []
    labels: set[str] = set()
    sure: set[str] = set()
    names = [PurePath(one.name).stem for one in media]
    before = [*last_of(thread)] if thread and any(names) else []
    if text:
        before.append(Contact(direction=direction, text=text))
    for one, name in zip(media, names, strict=True):
        said = asdict(one)
        if name:
            screened = screened_for(name, thread=thread, direction=direction, before=before)
            before.append(Contact(direction=direction, text=name))
            said["named"] = sorted(screened.labels - NOTHING)
            said["named_findings"] = [found.to_data() for found in screened.findings]
            labels |= screened.labels - NOTHING
            sure |= screened.sure
        kept.append(said)
    if not ours(direction):
        labels &= PROTECT
    return Files(kept, frozenset(labels), frozenset(sure))


def together(own: Iterable[str], besides: Iterable[str]) -> list[str]:
    """Labels of a message with those of words beside it."""
    both = {*own, *besides}
    return sorted(both - NOTHING or both)


def protect(row: Contact, labels: Iterable[str], *, why: str, by: Actor, at: datetime) -> None:
    """Give a message of theirs the labels that protect, and note that something is asked of us. In the caller's transaction.

    `why` says which words: the same words ask once.
    """
    found = sorted(PROTECT.intersection(labels)) if row.direction == Direction.INBOUND else []
    if not found:
        return
    row.labels = together(row.labels, found)
    row.save(update_fields=["labels"])
    note(
        "words_beside",
        key=f"words_beside:{row.pk}:{hashlib.sha256(why.encode()).hexdigest()[:32]}",
        payload={"contact": str(row.pk), "labels": found},
        by=by,
        at=at,
    )
