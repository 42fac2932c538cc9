"""Friend requests as they may be shown: the board, the decision sheet, the borrower's page."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Q, QuerySet

from shouyue.casework.four_risks import RequestFacts, Sheet, sheet
from shouyue.casework.friend_request import MACHINE
from shouyue.casework.friend_request import FriendRequest as State
from shouyue.desk.friend_requests.models import CaseToken, FriendRequest, Incident
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.reads import QUARTER, by_ids, labelled
from shouyue.desk.parties import reads as parties
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import certificate, leads, may, stands_in_for
from shouyue.terms import Channel

RUNNING = tuple(s for s in State if not MACHINE.ended(s) and s not in {State.REFUSED, State.EXPIRED})
NIGHT = (22, 8)  # only what the sheet says about the hour; the gate's own window is the pack's


class NotYours(Exception):
    """There is no such request for this person."""


class NoSuchLink(Exception):
    """This link was never given, was used up, or has expired."""


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def visible_to(staff: Staff, at: datetime) -> QuerySet[FriendRequest]:
    """Their own; a supervisor (or stand-in) their team's; compliance, legal and auditors all."""
    rows = FriendRequest.objects.select_related("staff", "staff__team", "matter", "matter__loan", "party")
    if may(staff, "see_all_matters"):
        return rows
    seen = Q(staff=staff)
    for supervisor in (staff, *stands_in_for(staff, at)):
        if may(supervisor, "see_team"):
            seen |= Q(staff__team__supervisor=supervisor)
    return rows.filter(seen)


def request_for(staff: Staff, pk: UUID | str, at: datetime) -> FriendRequest:
    found = visible_to(staff, at).filter(pk=pk).first()
    if found is None:
        raise NotYours(f"friend request {pk}")
    return found


def get(pk: UUID | str) -> FriendRequest:
    return FriendRequest.objects.select_related(
        "staff", "staff__team", "matter", "matter__loan", "party"
    ).get(pk=pk)


def board(staff: Staff, at: datetime) -> QuerySet[FriendRequest]:
    """Everything that still needs somebody, most urgent first."""
    return visible_to(staff, at).filter(state__in=RUNNING).order_by("expires_at")


def ended(staff: Staff, at: datetime, limit: int = 50) -> QuerySet[FriendRequest]:
    return visible_to(staff, at).exclude(state__in=RUNNING).order_by("-seen_at")[:limit]


def waiting(staff: Staff, at: datetime) -> QuerySet[FriendRequest]:
    """Those in which somebody still has to do something: a reconciled friendship runs, and waits for nobody."""
    return board(staff, at).exclude(state=State.RECONCILED)


def done(staff: Staff, at: datetime, limit: int = 50) -> QuerySet[FriendRequest]:
    """Those in which nobody has to do anything any more, newest first."""
    over = Q(state=State.RECONCILED) | ~Q(state__in=RUNNING)
    return visible_to(staff, at).filter(over).order_by("-seen_at")[:limit]


def token(text: str, purpose: str, at: datetime) -> CaseToken:
    """The token in force. Raises NoSuchLink alike for a wrong, an expired and a used-up one."""
    row = (
        CaseToken.objects.select_related("matter", "party", "request", "staff")
        .filter(digest=digest_of(text), purpose=purpose, expires_at__gt=at)
        .first()
    )
    if row is None or (purpose == "invite" and row.used_at is not None):
        raise NoSuchLink("this link is not valid or has expired; ask for a new one")
    return row


def _incidents(staff: Staff, at: datetime) -> QuerySet[Incident]:
    rows = Incident.objects.select_related("staff", "party", "request")
    if may(staff, "see_all_matters"):
        return rows
    leaders = [one for one in (staff, *stands_in_for(staff, at)) if may(one, "see_team")]
    return rows.filter(Q(staff__team__supervisor__in=leaders) | Q(staff=None)) if leaders else rows.none()


def incidents(staff: Staff, at: datetime, limit: int = 100) -> QuerySet[Incident]:
    """What should not have happened: all of it for who sees all matters, else that of one's own team; open ones first.

    What names no member (a link that nobody gave) concerns every supervisor.
    """
    return _incidents(staff, at).order_by("-state", "-at")[:limit]  # "opened" after "closed" in the alphabet


def incident(pk: UUID | str) -> Incident:
    return Incident.objects.select_related("party", "staff").get(pk=pk)


def incident_for(staff: Staff, pk: UUID | str, at: datetime) -> Incident:
    """The incident, if this person may see it; else NotYours, without telling whether it exists."""
    found = _incidents(staff, at).filter(pk=pk).first()
    if found is None:
        raise NotYours(f"incident {pk}")
    return found


def open_incidents(staff: Staff, at: datetime) -> int:
    """How many of them nobody has settled."""
    return _incidents(staff, at).filter(state="opened").count()


def identity_link_id(request: FriendRequest) -> UUID:
    return uuid5(request.pk, "proof link")


def identity_link(request: FriendRequest) -> Contact | None:
    """The message that carries the link to the borrower's page; None where there is no number to send it to."""
    return next(iter(by_ids([identity_link_id(request)]).values()), None)


def facts_of(request: FriendRequest, at: datetime) -> RequestFacts:
    """What is known about this request, for the four-risk sheet. What cannot be looked up stays None."""
    party, staff = request.party, request.staff
    company = request.channel == Channel.WECOM
    held = certificate(staff, Channel.WECOM, at)
    owes: bool | None = None
    namesakes = 0
    stopped: tuple[str, ...] = ()
    counts = dict.fromkeys(("threat", "irrelevant", "provocation", "stalling", "inducement"), 0)
    archive: bool | None = None
    refused_before = 0
    other = False
    if party:
        owes = matters.role_in(request.matter.loan, party).owes if request.matter else None
        namesakes = parties.by_name(party.name).exclude(pk=party.pk).count()
        stopped = tuple(
            sorted({s.kind for s in parties.stops(party, at) if s.channel in {"*", request.channel}})
        )
        counts = {label: labelled(party, (label,), since=at - QUARTER) for label in counts}
        archive = bool(parties.consents(party, at, "archive")) or None
        refused_before = (
            FriendRequest.objects.filter(party=party, state__in=[State.REFUSED, State.ENDED])
            .exclude(pk=request.pk)
            .exclude(reason="")
            .count()
        )
        running = matters.open_thread(party=party, channel=request.channel, account=staff.wecom_userid or "")
        other = bool(running and request.matter and running.matter_id != request.matter_id)
    confirmation = getattr(request, "confirmation", None)
    local = request.seen_at.astimezone().hour
    return RequestFacts(
        company_account=company,
        matched_by=request.match.get("by", "nothing"),
        owes=owes,
        namesakes=namesakes,
        identity_proved=any(a.passed for a in request.attempts.all()) or None,
        debt_confirmed=confirmation.agrees if confirmation else None,
        archive_agreed=archive,
        member_archived=bool(staff.wecom_userid) if company else False,
        certificate_valid=held.valid,
        supervised=bool(staff.team and staff.team.supervisor_id),
        stopped=stopped,
        other_thread=other,
        at_night=local >= NIGHT[0] or local < NIGHT[1],
        threats=counts["threat"],
        irrelevant=counts["irrelevant"],
        provocation=counts["provocation"],
        stalling=counts["stalling"],
        inducements=counts["inducement"],
        refused_before=refused_before,
    )


def sheet_of(request: FriendRequest, at: datetime) -> Sheet:
    """The decision sheet as it stands now."""
    return sheet(facts_of(request, at))


def may_report(staff: Staff, request: FriendRequest) -> bool:
    return staff.pk == request.staff_id or leads(staff, request.staff)


TOKEN_FOR = timedelta(days=3)
