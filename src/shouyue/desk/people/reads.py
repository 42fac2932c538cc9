"""Who may do what. May this *person*? — the law's question (may this *contact*?) is asked elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from shouyue.casework.agency import Agency as AgencyState
from shouyue.desk.people.models import Agency, Certificate, Delegation, Role, Staff, Team

Actor = Staff | str  # a person, or the name of a part of the desk that acts by itself

# what a role may do at the desk; absent means no
MAY: dict[str, frozenset[str]] = {
    "see_queue": frozenset({Role.COLLECTOR, Role.SUPERVISOR, Role.AGENCY}),
    "contact": frozenset({Role.COLLECTOR, Role.SUPERVISOR, Role.LEGAL, Role.AGENCY}),
    "see_threads": frozenset(
        {Role.COLLECTOR, Role.SUPERVISOR, Role.COMPLIANCE, Role.LEGAL, Role.AUDITOR, Role.AGENCY}
    ),
    "see_friend_requests": frozenset(
        {Role.COLLECTOR, Role.SUPERVISOR, Role.COMPLIANCE, Role.LEGAL, Role.AUDITOR, Role.AGENCY}
    ),
    "report_friend_request": frozenset({Role.COLLECTOR, Role.SUPERVISOR, Role.AGENCY}),
    "approve": frozenset({Role.SUPERVISOR, Role.COMPLIANCE, Role.LEGAL}),
    "review": frozenset({Role.COMPLIANCE}),
    "review_blind": frozenset({Role.COMPLIANCE, Role.AUDITOR}),  # as the second of two
    "answer_appeals": frozenset({Role.COMPLIANCE, Role.LEGAL}),
    "see_review": frozenset({Role.COMPLIANCE, Role.AUDITOR, Role.LEGAL}),
    "see_review_figures": frozenset(
        {Role.COMPLIANCE, Role.SUPERVISOR, Role.AUDITOR, Role.TRAINER, Role.LEGAL}
    ),
    "see_conduct": frozenset({Role.SUPERVISOR, Role.COMPLIANCE, Role.TRAINER}),
    "see_all_matters": frozenset({Role.COMPLIANCE, Role.LEGAL, Role.AUDITOR}),
    "see_team": frozenset({Role.SUPERVISOR}),
    "import_cases": frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}),
    "cancel_promises": frozenset({Role.SUPERVISOR, Role.COMPLIANCE}),
    "assign": frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
    "unbind_accounts": frozenset({Role.SUPERVISOR, Role.COMPLIANCE}),
    "place_messages": frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
    "unmask": frozenset({Role.COLLECTOR, Role.SUPERVISOR, Role.COMPLIANCE, Role.LEGAL, Role.AGENCY}),
    "see_evidence": frozenset({Role.SUPERVISOR, Role.COMPLIANCE, Role.LEGAL, Role.AUDITOR, Role.COLLECTOR}),
    "see_suits": frozenset({Role.LEGAL, Role.COMPLIANCE, Role.AUDITOR}),
    "conduct_suits": frozenset({Role.LEGAL}),
    "lift_alarms": frozenset({Role.COMPLIANCE, Role.LEGAL, Role.AUDITOR}),
    "keep_log_keys": frozenset({Role.ADMINISTRATOR}),
    "keep_companies": frozenset({Role.COMPLIANCE, Role.LEGAL}),
    "export_evidence": frozenset({Role.LEGAL, Role.AUDITOR}),
    "transcribe": frozenset({Role.COLLECTOR, Role.SUPERVISOR, Role.LEGAL}),
    "answer_rights": frozenset({Role.COMPLIANCE, Role.SUPERVISOR}),
    "erase": frozenset({Role.COMPLIANCE, Role.LEGAL}),
    "hold": frozenset({Role.SUPERVISOR, Role.COMPLIANCE, Role.LEGAL}),
    "see_strategies": frozenset({Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR}),
    "propose_strategies": frozenset({Role.SUPERVISOR, Role.COMPLIANCE}),
    "approve_strategies": frozenset({Role.COMPLIANCE}),
    "change_rules": frozenset({Role.COMPLIANCE}),
    "manage_people": frozenset({Role.ADMINISTRATOR}),
    "learn": frozenset({Role.COLLECTOR, Role.SUPERVISOR, Role.LEGAL, Role.AGENCY}),
    "see_board": frozenset({Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR}),
    "train": frozenset({Role.TRAINER}),
    "see_agencies": frozenset({Role.COMPLIANCE, Role.SUPERVISOR, Role.AUDITOR}),
    "keep_agencies": frozenset({Role.COMPLIANCE}),
    "entrust": frozenset({Role.SUPERVISOR}),
    "recall": frozenset({Role.COMPLIANCE, Role.SUPERVISOR}),
    "act_for_lender": frozenset({Role.AGENCY}),
}


def may(staff: Staff, act: str) -> bool:
    """Whether this role may do this at all. An act that is not in the table raises KeyError: it has no owner yet."""
    return staff.is_active and staff.role in MAY[act]


def name_of(by: Actor) -> str:
    """How an actor is written into the log: staff number for people, the name itself for parts of the desk."""
    return by.staff_no if isinstance(by, Staff) else by


def person(by: Actor) -> Staff | None:
    """The person to point a row at, or nobody when the desk acts by itself."""
    return by if isinstance(by, Staff) else None


def staff_by_no(staff_no: str) -> Staff:
    return Staff.objects.get(staff_no=staff_no)


def staff_of_no(staff_no: str) -> Staff | None:
    """Who has this number, None for one that nobody has: it may have been heard or written wrongly."""
    return Staff.objects.filter(staff_no=staff_no.strip()).first() if staff_no.strip() else None


def names_of(staff_nos: Iterable[str]) -> dict[str, str]:
    """What the people with these numbers are called, in one question; who is nobody's number is left out."""
    found = Staff.objects.filter(staff_no__in=set(staff_nos))
    return {one.staff_no: str(one) for one in found}


def staff_by_wecom(userid: str) -> Staff | None:
    return Staff.objects.filter(wecom_userid=userid).first()


def all_staff() -> QuerySet[Staff]:
    return Staff.objects.exclude(role=Role.SYSTEM).select_related("team").order_by("staff_no")


def with_role(*roles: str) -> QuerySet[Staff]:
    return Staff.objects.filter(role__in=roles, is_active=True).order_by("staff_no")


@dataclass(frozen=True)
class CertificateState:
    """Whether somebody may contact on a channel today, and until when."""

    valid: bool
    until: datetime | None
    why: str  # "valid" | "none" | "expired" | "revoked"
    since: datetime | None = None


def certificate(staff: Staff, channel: str, at: datetime) -> CertificateState:
    """The best certificate of this person for this channel. None at all is a no (R8)."""
    return best(Certificate.objects.filter(staff=staff).order_by("-expires_at"), channel, at)


def best(held: Iterable[Certificate], channel: str, at: datetime) -> CertificateState:
    """The best of these certificates, longest first, for this channel; where none is valid, what ended last says why."""
    ended: list[tuple[datetime, CertificateState]] = []
    for one in held:
        if one.channel not in {channel, "*"}:
            continue
        if one.revoked_at and one.revoked_at <= at:
            ended.append((one.revoked_at, CertificateState(False, one.expires_at, "revoked")))
        elif one.expires_at <= at:
            ended.append((one.expires_at, CertificateState(False, one.expires_at, "expired")))
        elif one.granted_at <= at:
            return CertificateState(True, one.expires_at, "valid", one.granted_at)
    return max(ended, key=lambda e: e[0])[1] if ended else CertificateState(False, None, "none")


def certificates_of(staff: Staff) -> list[Certificate]:
    """Every certificate of this person, the one that lasts longest first."""
    return list(Certificate.objects.filter(staff=staff).order_by("-expires_at"))


def certificates_of_all(staff: Iterable[Staff]) -> list[Certificate]:
    return list(Certificate.objects.filter(staff__in=staff).order_by("-expires_at"))


def certificates_by_id(ids: Iterable[int]) -> list[Certificate]:
    return list(Certificate.objects.filter(pk__in=list(ids)).select_related("staff"))


def ending(*, after: datetime, before: datetime) -> list[Certificate]:
    """Certificates in force that end within this span, the soonest first."""
    rows = Certificate.objects.filter(expires_at__gt=after, expires_at__lte=before, revoked_at=None)
    return list(rows.select_related("staff").order_by("expires_at"))


def certified_somewhere(staff: Staff, at: datetime) -> CertificateState:
    """Whether this person may contact on any channel at all; else the newest reason why not."""
    held = certificates_of(staff)
    states = [best(held, channel, at) for channel in dict.fromkeys(one.channel for one in held)]
    valid = [state for state in states if state.valid]
    return (valid or states or [CertificateState(False, None, "none")])[0]


def who_may(act: str) -> list[Staff]:
    """Everybody active whose role may do this."""
    return list(
        Staff.objects.filter(role__in=MAY[act], is_active=True).select_related("team").order_by("staff_no")
    )


def stands_in_for(staff: Staff, at: datetime) -> list[Staff]:
    """Whose decisions this person takes at this moment."""
    running = Delegation.objects.filter(deputy=staff, starts_at__lte=at, ends_at__gt=at)
    return [d.principal for d in running.select_related("principal")]


def deputies_of(staff: Staff, at: datetime) -> list[Delegation]:
    """Who stands in for this person at this moment, until when and why."""
    running = Delegation.objects.filter(principal=staff, starts_at__lte=at, ends_at__gt=at)
    return list(running.select_related("deputy").order_by("ends_at"))


def leads(staff: Staff, member: Staff | None) -> bool:
    """Whether `staff` supervises the team of `member`."""
    return bool(member and member.team and member.team.supervisor_id == staff.pk)


def may_take_over(staff: Staff) -> list[Staff]:
    """Who may take over from this person: the others of their team who may contact, and its supervisor; an agency's people
    only from each other."""
    team = staff.team
    if team is None:
        return []
    return [
        one
        for one in who_may("contact")
        if one.pk != staff.pk
        and (one.role == Role.AGENCY) == (staff.role == Role.AGENCY)
        and (one.team_id == team.pk or one.pk == team.supervisor_id)
    ]


def teams() -> QuerySet[Team]:
    return Team.objects.select_related("supervisor").order_by("name")


def agencies() -> QuerySet[Agency]:
    return Agency.objects.order_by("name")


def agency(pk: UUID | str) -> Agency:
    return Agency.objects.get(pk=pk)


def members_of(agency: Agency) -> list[Staff]:
    """The agency's people who may still sign in."""
    return list(Staff.objects.filter(agency=agency, is_active=True).order_by("staff_no"))


def everybody_of(agency: Agency) -> list[Staff]:
    """Everybody who ever worked for it here."""
    return list(Staff.objects.filter(agency=agency))


def on_the_list(agency: Agency, on: date) -> bool:
    """Whether the agency is on the published list on that day."""
    return agency.state == AgencyState.LISTED and agency.listed_on is not None and agency.listed_on <= on


def published(on: date) -> list[Agency]:
    """The list that the public may read."""
    rows = Agency.objects.filter(state=AgencyState.LISTED, listed_on__lte=on, contract_until__gte=on)
    return list(rows.order_by("name"))


def demo_people() -> list[Staff]:
    """Whom the demonstration door lets in: for each role its first active person who has no second factor of their own."""
    first: dict[str, Staff] = {}
    for one in all_staff().filter(is_active=True, authenticator=None):
        first.setdefault(one.role, one)
    return [first[role] for role in Role.values if role in first]
