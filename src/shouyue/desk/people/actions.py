"""Staff come and go, are certified, and stand in for each other."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from shouyue.desk.ledger.actions import seal
from shouyue.desk.people.models import Certificate, Delegation, Role, Staff, Team
from shouyue.desk.people.reads import Actor

PEOPLE = "people"


class UnableToStandIn(Exception):
    """Nobody may stand in for themselves, or for a time that ends before it begins."""


@transaction.atomic
def enrol(
    *,
    username: str,
    display_name: str,
    staff_no: str,
    role: str,
    team: Team | None = None,
    wecom_userid: str | None = None,
    password: str | None = None,
    by: Actor,
    at: datetime,
) -> Staff:
    """Add a member of staff. Without a password the account cannot sign in by password."""
    staff = Staff(
        username=username,
        display_name=display_name,
        staff_no=staff_no,
        role=Role(role),
        team=team,
        wecom_userid=wecom_userid,
    )
    if password:
        staff.set_password(password)
    else:
        staff.set_unusable_password()
    staff.save()
    seal(
        "audit/enrol",
        stream=PEOPLE,
        subject=None,
        parts={"staff_no": staff_no, "role": role},
        by=by,
        at=at,
    )
    return staff


@transaction.atomic
def found_team(*, name: str, supervisor: Staff | None, by: Actor, at: datetime) -> Team:
    team = Team.objects.create(name=name, supervisor=supervisor)
    seal(
        "audit/found_team",
        stream=PEOPLE,
        subject=None,
        parts={"team": name},
        by=by,
        at=at,
    )
    return team


@transaction.atomic
def lead_team(*, team: Team, supervisor: Staff, by: Actor, at: datetime) -> None:
    """From now on this supervisor answers for the team and decides what its members ask."""
    team.supervisor = supervisor
    team.save(update_fields=["supervisor"])
    seal(
        "audit/lead_team",
        stream=PEOPLE,
        subject=None,
        parts={"team": team.name, "supervisor": supervisor.staff_no},
        by=by,
        at=at,
    )


@transaction.atomic
def join_team(*, staff: Staff, team: Team, by: Actor, at: datetime) -> None:
    staff.team = team
    staff.save(update_fields=["team"])
    seal(
        "audit/join_team",
        stream=PEOPLE,
        subject=None,
        parts={"staff_no": staff.staff_no, "team": team.name},
        by=by,
        at=at,
    )


@transaction.atomic
def certify(
    *,
    staff: Staff,
    channel: str,
    course: str,
    by: Actor,
    at: datetime,
    days: int = 365,
    until: datetime | None = None,
) -> Certificate:
    """Grant the right to contact on `channel` ("*" for all) until a moment, or for `days` days from now."""
    given = Certificate.objects.create(
        staff=staff,
        channel=channel,
        course=course,
        granted_at=at,
        expires_at=until or at + timedelta(days=days),
    )
    seal(
        "audit/certify",
        stream=PEOPLE,
        subject=None,
        parts={
            "staff_no": staff.staff_no,
            "channel": channel,
            "course": course,
            "expires_at": given.expires_at.isoformat(),
        },
        by=by,
        at=at,
    )
    return given


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str, by: Actor, at: datetime) -> None:
    certificate.revoked_at, certificate.revoked_reason = at, reason
    certificate.save(update_fields=["revoked_at", "revoked_reason"])
    seal(
        "audit/revoke_certificate",
        stream=PEOPLE,
        subject=None,
        parts={"staff_no": certificate.staff.staff_no, "channel": certificate.channel, "reason": reason},
        by=by,
        at=at,
    )


@transaction.atomic
def stand_in(
    *, principal: Staff, deputy: Staff, until: datetime, reason: str, by: Actor, at: datetime
) -> Delegation:
    """From now until `until`, `deputy` decides what waits for `principal`."""
    if principal.pk == deputy.pk:
        raise UnableToStandIn(f"{principal} cannot stand in for themselves; name another person")
    if until <= at:
        raise UnableToStandIn(f"the end, {until:%Y-%m-%d %H:%M}, is not after the beginning")
    given = Delegation.objects.create(
        principal=principal, deputy=deputy, starts_at=at, ends_at=until, reason=reason
    )
    seal(
        "audit/stand_in",
        stream=PEOPLE,
        subject=None,
        parts={
            "principal": principal.staff_no,
            "deputy": deputy.staff_no,
            "until": until.isoformat(),
            "reason": reason,
        },
        by=by,
        at=at,
    )
    return given


@transaction.atomic
def note_refused_access(*, what: str, by: Staff, at: datetime) -> None:
    """Somebody asked for what is not theirs: they get "not found", and the log gets this."""
    seal(
        "audit/access_refused",
        stream=PEOPLE,
        subject=None,
        parts={"what": what},
        by=by,
        at=at,
    )
