"""Counts that are not ours: the provider's running numbers and its daily totals, held against what we kept, and sealed.

Agreement shows that nothing was lost before the log could see it; a disagreement is sealed just the same, and shown.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.timezone import get_current_timezone, localdate

from shouyue.casework.contact import Contact as State
from shouyue.connectors.channel import ConnectorDown, Totals
from shouyue.desk.ledger.actions import seal
from shouyue.desk.ledger.reads import counters_on
from shouyue.desk.messages.channels import counters
from shouyue.desk.messages.models import Contact, Cursor
from shouyue.desk.people.reads import Actor
from shouyue.terms import Direction

FARTHEST = 31  # days back that are asked for after a silence
TAKEN = (State.ACCEPTED, State.DELIVERED, State.FAILED)  # what a provider may have counted as taken from us


def count(*, by: Actor, at: datetime) -> int:
    """State the provider's numbers read so far, and compare each finished day's totals. Returns how many were sealed.

    Reaches the providers, so it runs outside any transaction. Raises ConnectorDown when one did not answer; the others are done,
    and its days are asked for again.
    """
    done, silent = state_numbers(by=by, at=at), []
    for channel, provider in counters():
        for day in _days(channel, at):
            try:
                theirs = provider.totals(day)
            except ConnectorDown as why:
                silent.append(f"{channel}: {why}")
                break
            done += _compare(channel, day, theirs, by=by, at=at)
    if silent:
        raise ConnectorDown("; ".join(silent))
    return done


@transaction.atomic
def state_numbers(*, by: Actor, at: datetime) -> int:
    """Seal, for each provider that numbers what it gives out, the range that was read and how many of it never came."""
    done = 0
    for row in Cursor.objects.select_for_update().exclude(read_to=None).order_by("connector"):
        if row.stated_to is None or row.read_to is None or row.read_to <= row.stated_to:
            continue
        missing = sum(last - first + 1 for first, last in row.gaps)
        seal(
            "audit/counted" if not missing else "audit/miscounted",
            stream=counters_on(at),
            subject=None,
            parts={"gaps": row.gaps},
            by=by,
            at=at,
            outside={
                "of": row.connector,
                "first": row.stated_to + 1,
                "last": row.read_to,
                "missing": missing,
            },
        )
        row.stated_to, row.gaps = row.read_to, []
        row.save(update_fields=["stated_to", "gaps"])
        done += 1
    return done


def _days(channel: str, at: datetime) -> list[date]:
    """The finished days that were not compared yet; of a channel that is new, yesterday."""
    yesterday = localdate(at) - timedelta(days=1)
    start = (yesterday - timedelta(days=1)).isoformat()
    row, _ = Cursor.objects.get_or_create(
        connector=_place(channel), defaults={"position": start, "moved_at": at}
    )
    first = max(
        date.fromisoformat(row.position) + timedelta(days=1), yesterday - timedelta(days=FARTHEST - 1)
    )
    return [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]


@transaction.atomic
def _compare(channel: str, day: date, theirs: Totals | None, *, by: Actor, at: datetime) -> int:
    place = Cursor.objects.select_for_update().get(connector=_place(channel))
    if place.position >= day.isoformat():
        return 0
    place.position, place.moved_at = day.isoformat(), at
    place.save(update_fields=["position", "moved_at"])
    if theirs is None:
        return 0
    ours = ours_on(channel, day)
    seal(
        "audit/counted" if ours == theirs else "audit/miscounted",
        stream=counters_on(at),
        subject=None,
        parts={"day": day.isoformat()},
        by=by,
        at=at,
        outside={
            "of": channel,
            "day": day.isoformat(),
            "sent_theirs": theirs.sent,
            "sent_ours": ours.sent,
            "received_theirs": theirs.received,
            "received_ours": ours.received,
        },
    )
    return 1


def ours_on(channel: str, day: date) -> Totals:
    """What we kept of a channel's day."""
    since = datetime.combine(day, time(), tzinfo=get_current_timezone())
    until = since + timedelta(days=1)
    mine = Contact.objects.filter(channel=channel)
    sent = mine.exclude(direction=Direction.INBOUND).filter(
        left_at__gte=since, left_at__lt=until, state__in=TAKEN
    )
    received = mine.filter(direction=Direction.INBOUND, their_time__gte=since, their_time__lt=until)
    return Totals(sent.count(), received.count())


def _place(channel: str) -> str:
    return f"totals:{channel}"[:20]
