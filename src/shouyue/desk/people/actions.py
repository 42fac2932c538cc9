"""Staff come and go, are certified, and stand in for each other."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from shouyue.casework.agency import MACHINE
from shouyue.casework.agency import Agency as AgencyState
from shouyue.desk.ledger.actions import seal
from shouyue.desk.people.models import Agency, Certificate, Delegation, Role, Staff, Team
from shouyue.desk.people.reads import Actor, person
from shouyue.terms import Channel

PEOPLE = "people"


class UnableToStandIn(Exception):
    """Nobody may stand in for themselves, or for a time that ends before it begins."""


class UnableToEnrol(Exception):
    """This person cannot be enrolled, moved or let go like this; the text says why and what to do."""


USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,30}")


def first_password() -> str:
    """A password to hand over, good for one sign-in: its owner chooses their own before anything else."""
    return secrets.token_urlsafe(12)


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
    first: bool = False,
    by: Actor,
    at: datetime,
) -> Staff:
    """Add a member of staff. Without a password the account cannot sign in by password; a `first` one must be changed.

    Raises UnableToEnrol for a name or number that is no name, or somebody else's.
    """
    _free(username, display_name, staff_no, wecom_userid)
    staff = Staff(
        username=username,
        display_name=display_name,
        staff_no=staff_no,
        role=Role(role),
        team=team,
        wecom_userid=wecom_userid or None,
        password_is_first=first,
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


def _free(username: str, display_name: str, staff_no: str, wecom_userid: str | None) -> None:
    if not USERNAME.fullmatch(username):
        raise UnableToEnrol(
            "an account name is 2 to 31 letters, digits, . _ or -, and begins with a letter or a digit"
        )
    if not display_name.strip() or not re.fullmatch(r"[A-Za-z0-9-]{2,32}", staff_no):
        raise UnableToEnrol("a person has a name, and a staff number of 2 to 32 letters, digits or -")
    for what, value in (("username", username), ("staff_no", staff_no), ("wecom_userid", wecom_userid)):
        other = Staff.objects.filter(**{f"{what}__iexact": value}).first() if value else None
        if other:
            raise UnableToEnrol(
                f"{value} belongs to {other.display_name} ({other.staff_no}) already; choose another"
            )


@transaction.atomic
def leave(*, staff: Staff, why: str, by: Actor, at: datetime) -> None:
    """This person no longer works here: no way in from this moment. What they did stays theirs in the record.

    Raises UnableToEnrol for oneself, and for the last administrator.
    """
    if not staff.is_active:
        return
    if person(by) == staff:
        raise UnableToEnrol("nobody lets themselves go; another administrator does it")
    if staff.role == Role.ADMINISTRATOR and not _others(staff, Role.ADMINISTRATOR):
        raise UnableToEnrol("this is the last administrator; enrol another first")
    staff.is_active = False
    staff.set_unusable_password()
    staff.save(update_fields=["is_active", "password"])
    _stand_ins_end(staff, at)
    seal(
        "audit/leave",
        stream=PEOPLE,
        subject=None,
        parts={"staff_no": staff.staff_no, "why": why},
        by=by,
        at=at,
    )


def _others(staff: Staff, role: str) -> bool:
    return Staff.objects.filter(role=role, is_active=True).exclude(pk=staff.pk).exists()


def _stand_ins_end(staff: Staff, at: datetime) -> None:
    Delegation.objects.filter(Q(principal=staff) | Q(deputy=staff), ends_at__gt=at).update(ends_at=at)


@transaction.atomic
def change_role(*, staff: Staff, role: str, why: str, by: Actor, at: datetime) -> Staff:
    """From now on this person comes to the desk for something else. Every session and stand-in of theirs ends, and so does
    what bound them to an agency; what they did before stays theirs, in the role they had.

    Raises UnableToEnrol for oneself, for who left, for the last administrator and for who leads a team still.
    """
    row = Staff.objects.select_for_update().get(pk=staff.pk)
    if person(by) == row:
        raise UnableToEnrol("nobody changes their own role; another administrator does it")
    if not row.is_active:
        raise UnableToEnrol(f"{row.display_name} no longer works here and gets no other role")
    if Role.SYSTEM in {row.role, role} or role not in Role.values:
        raise UnableToEnrol(f"{role} is no role that a person is given")
    if row.role == role:
        raise UnableToEnrol(f"{row.display_name} has this role already")
    if row.role == Role.ADMINISTRATOR and not _others(row, Role.ADMINISTRATOR):
        raise UnableToEnrol("this is the last administrator; enrol another first")
    led = Team.objects.filter(supervisor=row).order_by("name").first()
    if led:
        raise UnableToEnrol(
            f"{row.display_name} leads the team {led.name}; say who leads it from now on first"
        )
    before, row.role, row.role_since = row.role, role, at
    if role != Role.AGENCY:
        row.agency = None
    row.save(update_fields=["role", "role_since", "agency"])
    _stand_ins_end(row, at)
    seal(
        "audit/role",
        stream=PEOPLE,
        subject=None,
        parts={"staff_no": row.staff_no, "before": before, "role": role, "why": why},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def give_first_password(*, staff: Staff, why: str, by: Actor, at: datetime) -> str:
    """A new first password for somebody who lost theirs; the old one, the second factor and every session end. Returns it, once.

    Raises UnableToEnrol for oneself and for who no longer works here.
    """
    if person(by) == staff:
        raise UnableToEnrol("nobody gives themselves a first password; another administrator does it")
    if not staff.is_active:
        raise UnableToEnrol(f"{staff.display_name} no longer works here and gets no password")
    word = first_password()
    staff.set_password(word)
    staff.password_is_first = True
    staff.save(update_fields=["password", "password_is_first"])
    Authenticator.objects.filter(
        user=staff
    ).delete()  # gone with its device: another is set up at the next sign-in
    seal(
        "audit/first_password",
        stream=PEOPLE,
        subject=None,
        parts={"staff_no": staff.staff_no, "why": why},
        by=by,
        at=at,
    )
    return word


@transaction.atomic
def choose_password(*, staff: Staff, password: str, by: Actor, at: datetime) -> None:
    """The owner's own password, which nobody else has seen."""
    staff.set_password(password)
    staff.password_is_first = False
    staff.save(update_fields=["password", "password_is_first"])
    seal("audit/own_password", stream=PEOPLE, subject=None, parts={"staff_no": staff.staff_no}, by=by, at=at)


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
    """From now on this supervisor answers for the team and decides what its members ask. Raises UnableToEnrol for another role."""
    if supervisor.role != Role.SUPERVISOR or not supervisor.is_active:
        raise UnableToEnrol(
            f"{supervisor.display_name} is no supervisor who works here; a team is led by one"
        )
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


# ── agencies ──


# what a contract may let an agency use; personal accounts and groups are no channel of an agency's
AGENCY_CHANNELS = tuple(
    one.value
    for one in (
        Channel.PHONE,
        Channel.SMS,
        Channel.WECOM,
        Channel.KF,
        Channel.EMAIL,
        Channel.LETTER,
        Channel.VISIT,
        Channel.MEDIATION,
    )
)


class UnableToAct(Exception):
    """This agency cannot be admitted, listed or renewed so."""


def agency_stream(agency: Agency) -> str:
    return f"agency:{agency.pk}"


@transaction.atomic
def admit_agency(
    *,
    name: str,
    kind: str,
    registration_no: str,
    contract_no: str,
    contract_from: date,
    contract_until: date,
    channels: Collection[str],
    by: Actor,
    at: datetime,
) -> Agency:
    """Write an agency or mediator down with its contract and the channels that it allows; it may do nothing until it is
    listed. Once for its name."""
    known = Agency.objects.filter(name=name.strip()).first()
    if known:
        return known
    if kind not in {"agency", "mediator"}:
        raise UnableToAct(f"{kind} is neither agency nor mediator")
    if not name.strip() or not registration_no.strip() or not contract_no.strip():
        raise UnableToAct("an agency has a legal name, a registration number and a contract with its number")
    if contract_until < contract_from:
        raise UnableToAct(f"the contract would end on {contract_until}, before it begins on {contract_from}")
    row = Agency.objects.create(
        name=name.strip(), kind=kind, registration_no=registration_no.strip(), contract_no=contract_no.strip(),
        contract_from=contract_from, contract_until=contract_until, channels=_channels(channels),
    )  # fmt: skip
    _of_agency(
        row, "admitted", {"name": row.name, "kind": kind, "registration_no": row.registration_no,
                          "contract": row.contract_no, "until": contract_until.isoformat(),
                          "channels": ", ".join(row.channels)}, by, at,
    )  # fmt: skip
    return row


@transaction.atomic
def join_agency(*, staff: Staff, agency: Agency, by: Actor, at: datetime) -> None:
    """This person works for that agency. Only somebody with the role agency can; nobody of the lender's own."""
    if staff.role != Role.AGENCY:
        raise UnableToAct(f"{staff} is not of an agency; enrol a person with that role")
    staff.agency = agency
    staff.save(update_fields=["agency"])
    _of_agency(agency, "joined", {"staff_no": staff.staff_no}, by, at)


@transaction.atomic
def move_agency(*, agency: Agency, to: AgencyState, why: str, by: Actor, at: datetime) -> Agency:
    """Take an agency on the list or off it; casework.agency says which may follow. Raises ImpossibleStep, UnableToAct."""
    row = Agency.objects.select_for_update().get(pk=agency.pk)
    if row.state == to:
        return row
    MACHINE.check(AgencyState(row.state), to)
    if len(why.strip()) < 4:
        raise UnableToAct("write the reason in at least 4 characters")
    if to == AgencyState.LISTED:
        today = localdate(at)
        if not row.contract_from <= today <= row.contract_until:
            raise UnableToAct(
                f"the contract runs from {row.contract_from} to {row.contract_until}; renew it first"
            )
        if row.state == AgencyState.RECALLED and row.recalled_by_id == getattr(by, "pk", None):
            raise UnableToAct("whoever recalled an agency cannot list it again alone; a second person must")
        row.listed_on = today
    before, row.state, row.why = row.state, to, why.strip()
    row.recalled_by = person(by) if to == AgencyState.RECALLED else None
    row.save(update_fields=["state", "listed_on", "why", "recalled_by"])
    _of_agency(row, to, {"before": before, "why": row.why}, by, at)
    return row


@transaction.atomic
def renew_contract(*, agency: Agency, until: date, by: Actor, at: datetime) -> Agency:
    """The contract runs on. Whether it may is asked by whoever calls this."""
    row = Agency.objects.select_for_update().get(pk=agency.pk)
    if until <= row.contract_until:
        raise UnableToAct(f"the contract runs until {row.contract_until} already; found {until}")
    before, row.contract_until = row.contract_until, until
    row.save(update_fields=["contract_until"])
    _of_agency(row, "renewed", {"before": before.isoformat(), "until": until.isoformat()}, by, at)
    return row


@transaction.atomic
def agree_channels(*, agency: Agency, channels: Collection[str], why: str, by: Actor, at: datetime) -> Agency:
    """The contract now lets the agency use these channels and no other; the gate obeys at once. Raises UnableToAct."""
    if len(why.strip()) < 4:
        raise UnableToAct("write the reason in at least 4 characters")
    row = Agency.objects.select_for_update().get(pk=agency.pk)
    agreed = _channels(channels)
    if agreed == row.channels:
        raise UnableToAct("these are the channels of the contract already")
    before, row.channels = row.channels, agreed
    row.save(update_fields=["channels"])
    parts = {"before": ", ".join(before), "channels": ", ".join(agreed), "why": why.strip()}
    _of_agency(row, "channels_agreed", parts, by, at)
    return row


def _channels(given: Collection[str]) -> list[str]:
    """The channels of a contract, in the order of the trade. Raises UnableToAct for none and for what is no channel."""
    unknown = sorted(set(given) - {*AGENCY_CHANNELS})
    if unknown or not given:
        raise UnableToAct(
            f"a contract names the channels that an agency may use; found {', '.join(unknown) or 'none'}"
        )
    return [one for one in AGENCY_CHANNELS if one in given]


def _of_agency(agency: Agency, act: str, parts: dict[str, str], by: Actor, at: datetime) -> None:
    seal(f"agency/{act}", stream=agency_stream(agency), subject=None, parts=parts, by=by, at=at)
