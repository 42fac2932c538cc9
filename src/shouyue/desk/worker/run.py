"""Claim, call, retry, give up in the open: the same code in a worker, in a test and in a rehearsal.

`engine.py` decides when and in which process; here is what is done. A caller passes the time; nothing here reads a clock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shouyue.desk.holds.way import make_way
from shouyue.desk.outbox import actions, reads
from shouyue.desk.worker.reactions import OUTSIDE, REACTIONS, Verb
from shouyue.desk.worker.schedule import SCHEDULE

log = logging.getLogger("shouyue.worker")
DESK = "desk"  # by whom: the desk itself


class UnableToFinish(Exception):
    """Something that had to follow did not."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How many rows were finished, and those that were tried and failed, with their reasons."""

    finished: int
    failed: tuple[reads.Noted, ...]


def name(verb: Verb) -> str:
    """How a verb is written into a row: `messages.inbound.understand`."""
    return f"{verb.__module__.removeprefix('shouyue.desk.')}.{verb.__qualname__}"


def carry_out(batch: str, *, now: Callable[[], datetime]) -> tuple[int, list[int]]:
    """Do what follows from each unfinished row of a batch; returns how many are finished and which failed."""
    finished, failed = 0, []
    for row in reads.rows_of(batch):
        if _perform(row, at=now()):
            finished += 1
        else:
            failed.append(row.id)
    return finished, failed


def _perform(row: reads.Noted, *, at: datetime) -> bool:
    """Every consequence of one row that is not done yet, each on its own. True when none is left."""
    left = [verb for verb in REACTIONS[row.what] if name(verb) not in row.done]
    reasons: list[str] = []
    for verb in left:
        try:
            _once(verb, row, last=verb is left[-1] and not reasons, at=at)
        except Exception as error:  # whatever it is, the row says so, waits, and is tried again or given up
            log.warning("%s #%s: %s failed", row.what, row.id, name(verb), exc_info=True)
            reasons.append(f"{name(verb)}: {type(error).__name__}: {error}")
    if reasons:
        # done all the same, if only the answer to the commit was lost
        return actions.fail(row=row.id, reason="\n".join(reasons), at=at) == "done"
    if not left:
        actions.finish(row=row.id, at=at)
    return True


def _once(verb: Verb, noted: reads.Noted, *, last: bool, at: datetime) -> None:
    # If we die in here, the change and its mark are both there or both missing; outside, the verb is called again.
    if verb in OUTSIDE:
        verb(**noted.payload, by=DESK, at=at)
    make_way()
    with transaction.atomic():
        row = actions.hold(row=noted.id)
        if row is None or name(verb) in row.done:
            return
        if verb not in OUTSIDE:
            verb(**row.payload, by=DESK, at=at)
        actions.mark(row=row, consequence=name(verb), last=last, at=at)


def drain(*, at: datetime, tolerate: bool = False) -> Drained:
    """Do, here and now, everything that is due at `at`, and everything that follows from it and is due.

    A row that fails waits for its next attempt as it would under a worker; unless `tolerate`, the first sweep's failures
    are raised as UnableToFinish when all else is done.
    """
    finished, failed = 0, []
    while rows := actions.claim(at=at):
        done, bad = carry_out(rows[0].batch, now=lambda: at)
        finished += done
        failed += bad
    shown = tuple(reads.one(row) for row in failed)
    if shown and not tolerate:
        raise UnableToFinish("\n".join(f"{row.what} {row.payload}: {row.reason}" for row in shown))
    return Drained(finished, shown)


def strike(which: str, *, at: datetime) -> list[str]:
    """Do what one line of the schedule says; returns the reasons of what failed, which are also kept."""
    reasons = []
    for verb in SCHEDULE[which].verbs:
        try:
            verb(by=DESK, at=at)
        except Exception as error:  # kept where a person sees it; the next tick tries again
            log.warning("%s: %s failed", which, name(verb), exc_info=True)
            reasons.append(f"{name(verb)}: {type(error).__name__}: {error}")
    actions.struck(name=which, at=at, reason="\n".join(reasons))
    return reasons


def tick(*, at: datetime, only: Collection[str] | None = None) -> None:
    """Do, here and now, every line of the schedule (or those named) as if its time had come. Raises UnableToFinish."""
    reasons = [
        reason for which in SCHEDULE if only is None or which in only for reason in strike(which, at=at)
    ]
    if reasons:
        raise UnableToFinish("\n".join(reasons))
