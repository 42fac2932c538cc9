"""Who looked at evidence and who handed it out, with a digest of all that is kept of it before and after (custody).

Each looked-at stream has a stream of custody beside it, so that the record is numbered, chained and counted like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from shouyue.desk.ledger.actions import seal
from shouyue.desk.ledger.reads import CustodyBroken, Kept, kept_of


def stream_of(stream: str) -> str:
    """The stream in which accesses to `stream` are sealed."""
    return f"custody:{stream}"


@dataclass(slots=True)
class Access:
    """What an access is about; `more` may be filled while it lasts and is sealed with it."""

    before: dict[str, Kept]
    more: dict[str, str]


@contextmanager
def access(*, streams: Sequence[str], act: str, reason: str, by: object, at: datetime) -> Iterator[Access]:
    """Around a look at, or an export of, these streams: digests before and after, sealed when it is over.

    Must not be called in a transaction. Raises CustodyBroken when what was there before is not the same afterwards; that is
    sealed too.
    """
    held = Access({stream: kept_of(stream) for stream in streams}, {})
    yield held
    broken = []
    for stream, before in held.before.items():
        after = kept_of(stream, before.count)
        with transaction.atomic():
            seal(
                f"access/{act}",
                stream=stream_of(stream),
                subject=None,
                parts={"reason": reason, "before": asdict(before), "after": asdict(after), **held.more},
                by=by,
                at=at,
            )
        if after != before:
            broken.append(stream)
    if broken:
        raise CustodyBroken(f"what is kept of {', '.join(broken)} changed while it was looked at")
