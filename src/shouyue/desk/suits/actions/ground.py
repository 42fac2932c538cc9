"""What every verb about a procedure stands on: its row locked, somebody who may conduct it, and its stream of the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.reads import debtor_of
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, may
from shouyue.desk.suits.models import Suit


class UnableToProceed(Exception):
    """This procedure cannot be opened, moved or dated so."""


def stream_of(suit: Suit | UUID) -> str:
    return f"suit:{suit.pk if isinstance(suit, Suit) else suit}"


def sealed(
    suit: Suit, act: str, parts: Mapping[str, object], *, by: Actor, at: datetime, about: str = "audit"
) -> None:
    """One entry in the procedure's own stream, under the debtor's key."""
    debtor = debtor_of(suit.matter.loan)
    seal(
        f"{about}/{act}",
        stream=stream_of(suit),
        subject=debtor.pk if debtor else None,
        parts=dict(parts),  # type: ignore[arg-type]
        by=by,
        at=at,
    )


def locked(suit: UUID | Suit) -> Suit:
    pk = suit.pk if isinstance(suit, Suit) else suit
    return Suit.objects.select_for_update(of=("self",)).select_related("matter", "matter__loan").get(pk=pk)


def in_hand(suit: UUID | Suit, by: Actor) -> Suit:
    """The locked row of a running procedure, for somebody who conducts procedures. Raises UnableToProceed."""
    if isinstance(by, Staff) and not may(by, "conduct_suits"):
        raise UnableToProceed("a legal officer conducts procedures; ask one")
    row = locked(suit)
    if row.closed_at is not None:
        raise UnableToProceed(f"this procedure ended as {row.stage}; open another one on the case")
    return row
