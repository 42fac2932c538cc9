"""Who keeps what of a key."""

from __future__ import annotations

from uuid import UUID

from shouyue.desk.vault.models import KeyShare


def shares_of(subject: UUID) -> dict[str, bytes]:
    """What each holder keeps of this person's key, closed to that holder."""
    return {row.holder: bytes(row.share) for row in KeyShare.objects.filter(subject=subject)}
