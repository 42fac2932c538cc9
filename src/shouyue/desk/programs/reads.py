"""Which program is this, and what may it do?"""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import QuerySet

from shouyue.desk.programs.models import Token

# what a program may be admitted to, each in words; the person it acts for must be allowed to do it as well
SCOPES: dict[str, str] = {
    "cases:write": "place cases",
    "friend_requests:read": "see friend requests",
    "friend_requests:write": "report friend requests",
    "approvals:read": "see what waits for a decision",
    "approvals:write": "decide",
    "messages:read": "see messages",
    "messages:write": "propose and cancel messages",
}


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def by_secret(secret: str, at: datetime) -> Token | None:
    """The token that this secret belongs to, while it is valid and its person is still active."""
    return (
        Token.objects.select_related("staff", "staff__team")
        .filter(digest=digest_of(secret), revoked_at=None, expires_at__gt=at, staff__is_active=True)
        .first()
    )


def admitted(at: datetime) -> QuerySet[Token]:
    return Token.objects.filter(revoked_at=None, expires_at__gt=at).select_related("staff").order_by("name")


def by_name(name: str) -> Token | None:
    return Token.objects.filter(name=name, revoked_at=None).order_by("-made_at").first()
