"""Whose page a word opens, what was asked by right, and what is held about somebody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate, localtime

from shouyue.casework.right import Kind
from shouyue.casework.right import Right as State
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.reads import NotYours, visible_to
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Role, Staff
from shouyue.desk.rights.models import PageLink, RightAsked
from shouyue.terms import Direction

OPEN = (State.RECEIVED, State.IN_HAND)
MOST_TRIES = 5


class NoSuchLink(Exception):
    """This link is not valid: wrong, expired, or locked after too many tries; all look alike."""


def digest_of(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def link(digest: str, at: datetime) -> PageLink:
    """The link in force, by the digest of its word. Raises NoSuchLink."""
    row = (
        PageLink.objects.select_related("matter", "matter__loan", "party")
        .filter(digest=digest, expires_at__gt=at, tries__lt=MOST_TRIES)
        .first()
    )
    if row is None:
        raise NoSuchLink("this link is not valid or has expired; ask for a new one")
    return row


def asked_by(party: Party) -> QuerySet[RightAsked]:
    """What this person asked for, newest first."""
    return RightAsked.objects.filter(party=party).select_related("matter").order_by("-received_at")


def of_kind(kind: Kind, limit: int = 100) -> QuerySet[RightAsked]:
    """Everything of one kind that was asked for, newest first."""
    rows = RightAsked.objects.filter(kind=kind).select_related("matter", "party")
    return rows.order_by("-received_at")[:limit]


def asked_in(matter: Any) -> QuerySet[RightAsked]:
    """What was asked for in this matter, newest first."""
    return (
        RightAsked.objects.filter(matter=matter).select_related("party", "handler").order_by("-received_at")
    )


def _seen_by(staff: Staff) -> QuerySet[RightAsked]:
    rows = RightAsked.objects.select_related("matter", "matter__loan", "party", "handler", "about")
    return rows.filter(matter__in=visible_to(staff))


def waiting(staff: Staff) -> QuerySet[RightAsked]:
    """What still needs an answer, the nearest deadline first. A complaint is not shown to whom it is about."""
    return (
        _seen_by(staff)
        .filter(state__in=OPEN)
        .filter(~Q(about=staff) | Q(about=None))
        .order_by("due_on", "received_at")
    )


def answered(staff: Staff, limit: int = 30) -> QuerySet[RightAsked]:
    return (
        _seen_by(staff)
        .exclude(state__in=OPEN)
        .filter(~Q(about=staff) | Q(about=None))
        .order_by("-answered_at")[:limit]
    )


def right_for(staff: Staff, pk: UUID | str) -> RightAsked:
    """One of them, if this person may see it; else NotYours. Never a complaint about oneself."""
    found = _seen_by(staff).filter(pk=pk).exclude(about=staff).first()
    if found is None:
        raise NotYours(f"right {pk}")
    return found


def get(pk: UUID | str) -> RightAsked:
    return RightAsked.objects.select_related("matter", "matter__loan", "party", "handler").get(pk=pk)


def near(today: date) -> QuerySet[RightAsked]:
    """What has reached its warning day and is not answered."""
    return RightAsked.objects.filter(state__in=OPEN, warn_on__lte=today).order_by("due_on")


def may_answer(staff: Staff, row: RightAsked) -> bool:
    """Compliance answers everything; a supervisor what is about terms; nobody a complaint about themselves."""
    if row.about_id == staff.pk:
        return False
    if staff.role == Role.COMPLIANCE:
        return True
    return staff.role == Role.SUPERVISOR and row.kind in {
        Kind.HARDSHIP,
        Kind.PLAN,
        Kind.DISPUTE,
        Kind.PREFERENCE,
    }


def _moment(when: datetime) -> str:
    return localtime(when).isoformat(timespec="seconds")


def held_about(party: Party, matter: Any, at: datetime) -> dict[str, Any]:
    """Everything this desk holds about one person, in full, for themselves (PIPL 45). Nothing of third persons is in it.

    Times as ISO 8601 of the desk's zone, sums as text: it is shown on a page and taken away as a file.
    """
    debt = matters.debt(matter.loan, at)
    return {
        "as_of": f"{localdate(at):%Y-%m-%d}",
        "you": {
            "name": party.name,
            "id_no": party.id_no or "",
            "address": party.address or "",
            "employer": party.employer or "",
            "since": _moment(party.known_since),
        },
        "contact_points": [
            {"kind": p.kind, "value": p.value, "source": p.source, "state": p.state}
            for p in parties.points(party)
        ],
        "accounts": [
            {"channel": a.channel, "how_known": a.method, "since": _moment(a.bound_at)}
            for a in parties.accounts(party)
        ],
        "identity_proofs": [{"how": p.how, "at": _moment(p.proved_at)} for p in parties.proofs(party)],
        "consents": [
            {
                "what": c.what,
                "channel": c.channel,
                "form": c.form,
                "words": c.words,
                "hours": c.window,
                "given_at": _moment(c.given_at),
            }
            for c in parties.consents(party, at)
        ],
        "stops": [
            {"kind": s.kind, "channel": s.channel, "since": _moment(s.since)}
            for s in parties.stops(party, at)
        ],
        "debt": {
            "contract": matter.loan.contract_no,
            "total": str(debt.total),
            "principal": str(debt.principal),
            "interest": str(debt.interest),
            "penalty": str(debt.penalty),
            "as_of": f"{debt.as_of:%Y-%m-%d}",
        }
        if debt
        else {},
        "payments": [
            {"on": f"{p.paid_on:%Y-%m-%d}", "amount": str(p.amount)} for p in matters.payments(matter.loan)
        ],
        "promises": [
            {"amount": str(p.amount), "due_on": f"{p.due_on:%Y-%m-%d}", "state": p.state}
            for p in matters.promises_of(matter)
            if p.party_id == party.pk
        ],
        "contacts": [
            {
                "at": _moment(c.at),
                "channel": c.channel,
                "who_wrote": "you" if c.direction == Direction.INBOUND else "we",
                "words": c.text or "",
            }
            for c in messages.with_party(party)
        ],
        "asked": [
            {"kind": r.kind, "at": _moment(r.received_at), "state": r.state, "answer": r.answer or ""}
            for r in asked_by(party)
        ],
    }


def complaints_about(staff: Iterable[Staff], *, since: date) -> int:
    """How many complaints about any of these people came in since a day."""
    rows = RightAsked.objects.filter(kind=Kind.COMPLAINT, about__in=list(staff))
    return rows.filter(received_at__date__gte=since).count()
