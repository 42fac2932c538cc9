"""Where the log keeps what others counted: one stream a month, so that a package of a thread takes only its own months."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localdate

from shouyue.desk.ledger.models import Leaf, Stream
from shouyue.evidence.leaf import Entry

COUNTERS = "log/counters/"


def stream_on(at: datetime) -> str:
    return f"{COUNTERS}{localdate(at):%Y-%m}"


def streams_since(at: datetime) -> list[str]:
    """The streams of this month and of those after it."""
    found = Stream.objects.filter(name__startswith=COUNTERS, name__gte=stream_on(at), count__gt=0)
    return list(found.order_by("name").values_list("name", flat=True))


def newest(limit: int = 6) -> list[Entry]:
    """What was counted last, newest first."""
    rows = Leaf.objects.filter(stream__name__startswith=COUNTERS).order_by("-id")[:limit]
    return [Entry.from_bytes(bytes(row.entry)) for row in rows]
