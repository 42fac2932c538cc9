"""Admit a program, turn it away again, and answer it once for each key."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction

from shouyue.desk.ledger.actions import seal
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.programs.models import Answer, Token
from shouyue.desk.programs.reads import SCOPES, digest_of

PROGRAMS = "programs"
KEPT_FOR = timedelta(days=30)  # an answer for a repeated key


class UnableToAdmit(Exception):
    """A token was asked for that makes no sense."""


class KeyUsed(Exception):
    """This key was used before to ask for something else."""


@transaction.atomic
def admit(
    *, name: str, staff: Staff, scopes: Collection[str], days: int, by: Actor, at: datetime
) -> tuple[Token, str]:
    """A token for a program that acts for `staff`, valid for `days` days; and its secret, which is shown only now."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise UnableToAdmit(
            f"unknown scope {', '.join(unknown) or '(none given)'}; known: {', '.join(SCOPES)}"
        )
    if not 1 <= days <= 366:
        raise UnableToAdmit(f"a token is valid for 1 to 366 days, not {days}")
    secret = "sy_" + secrets.token_urlsafe(32)
    row = Token.objects.create(
        name=name,
        digest=digest_of(secret),
        staff=staff,
        scopes=sorted(scopes),
        made_at=at,
        expires_at=at + timedelta(days=days),
    )
    seal(
        "audit/program_admitted",
        stream=PROGRAMS,
        subject=None,
        parts={
            "program": name,
            "for": staff.staff_no,
            "scopes": row.scopes,
            "until": row.expires_at.isoformat(),
        },
        by=by,
        at=at,
    )
    return row, secret


@transaction.atomic
def turn_away(*, token: Token, reason: str, by: Actor, at: datetime) -> None:
    """The token is void from now on."""
    row = Token.objects.select_for_update().get(pk=token.pk)
    if row.revoked_at:
        return
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    seal(
        "audit/program_turned_away",
        stream=PROGRAMS,
        subject=None,
        parts={"program": row.name, "reason": reason},
        by=by,
        at=at,
    )


@transaction.atomic
def answer_once(
    *, token: Token, key: str, contents: str, act: Callable[[], tuple[int, str]], by: Actor, at: datetime
) -> tuple[Answer, bool]:
    """Do `act` and keep its answer (status, body), in one transaction; the second value says whether it was done now.

    The same key with the same contents (a SHA-256) gets the answer that was kept, and nothing is done. What `act` raises
    leaves nothing kept, so the same key may try again. Raises KeyUsed for other contents.
    """
    # an insert that yields: a second request of the same key waits here until the first has committed
    Answer.objects.bulk_create(
        [Answer(token=token, key=key, contents=contents, at=at)], ignore_conflicts=True
    )
    row = Answer.objects.select_for_update().get(token=token, key=key)
    if row.contents != contents:
        raise KeyUsed(
            f"the key {key!r} was used at {row.at:%Y-%m-%d %H:%M:%S} to ask for something else; take a new key"
        )
    if row.status:
        return row, False
    row.status, row.body = act()
    row.save(update_fields=["status", "body"])
    return row, True


@transaction.atomic
def clear_answers(*, by: Actor, at: datetime) -> int:
    """Answers that nobody asks for again any more go: they repeat words about people. Returns how many."""
    return int(Answer.objects.filter(at__lt=at - KEPT_FOR).delete()[0])
