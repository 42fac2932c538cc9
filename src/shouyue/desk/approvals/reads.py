"""Who may decide what waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from shouyue.casework.approval import Approval as State
from shouyue.desk.approvals.models import Approval
from shouyue.desk.people.models import Role, Staff
from shouyue.desk.people.reads import leads, stands_in_for

OPEN = (State.OPEN, State.HELD, State.HALF, State.ESCALATED)


@dataclass(frozen=True)
class Answer:
    """Whether somebody may decide, as whom, or why not."""

    yes: bool
    as_stand_in_for: Staff | None = None
    why_not: str = ""


def may_decide(approval: Approval, staff: Staff, at: datetime) -> Answer:
    """Never the person who asked, nor twice the same. The role that is needed; a supervisor only for their own team, or a
    stand-in; compliance whatever has been escalated; while it is held, only who holds it or stands in for them."""
    if approval.state not in OPEN:
        return Answer(False, why_not=f"this was already decided: {approval.state}")
    if staff.pk == approval.asked_by_id:
        return Answer(False, why_not="the person who asked cannot decide; a second person must")
    said = {name for yes in approval.yeses for name in (yes["by"], yes["for"])}
    if staff.staff_no in said:
        return Answer(False, why_not="you have said yes already; another person must")
    able = (staff, *stands_in_for(staff, at))
    if approval.held_by_id and approval.held_by_id not in {one.pk for one in able}:
        return Answer(False, why_not=f"{approval.held_by} holds it: {approval.held_why}")
    if approval.escalated_at and staff.role == Role.COMPLIANCE:
        return Answer(True)
    for candidate in able:
        if candidate.pk == approval.asked_by_id or candidate.staff_no in said:
            continue
        if _is_needed(approval, candidate):
            return Answer(True, as_stand_in_for=None if candidate is staff else candidate)
    needs = " or ".join(approval.needs.split(",")).replace(Role.LEGAL, "legal officer")
    return Answer(False, why_not=f"this waits for a {needs} of the team, or who stands in for them")


def _is_needed(approval: Approval, candidate: Staff) -> bool:
    """Whether this person's role decides this; a supervisor only for the team that they lead."""
    if candidate.role not in approval.needs.split(","):
        return False
    return (
        candidate.role != Role.SUPERVISOR or approval.asked_by is None or leads(candidate, approval.asked_by)
    )


def waiting() -> QuerySet[Approval]:
    return (
        Approval.objects.filter(state__in=OPEN)
        .select_related("asked_by", "asked_by__team", "held_by")
        .order_by("due_at")
    )


def waiting_for(staff: Staff, at: datetime) -> list[Approval]:
    """What this person may decide now, most urgent first."""
    return [a for a in waiting() if may_decide(a, staff, at).yes]


def get(pk: UUID) -> Approval:
    return Approval.objects.select_related("asked_by", "asked_by__team", "decided_by", "held_by").get(pk=pk)


def about(what: str, row: UUID) -> Approval | None:
    """The newest question about this row."""
    return Approval.objects.filter(what=what, about=row).order_by("-asked_at").first()


def all_about(what: str, rows: Iterable[UUID]) -> list[Approval]:
    """The questions about these rows, oldest first."""
    return list(Approval.objects.filter(what=what, about__in=list(rows)).order_by("asked_at"))


def decided(limit: int = 50) -> QuerySet[Approval]:
    return (
        Approval.objects.exclude(state__in=OPEN)
        .select_related("asked_by", "decided_by")
        .order_by("-decided_at")[:limit]
    )


def decided_about(what: str, limit: int) -> QuerySet[Approval]:
    """The latest decisions of this kind."""
    rows = Approval.objects.filter(what=what).exclude(state__in=OPEN).select_related("asked_by", "decided_by")
    return rows.order_by("-decided_at")[:limit]


def granted(what: str, about: UUID) -> bool:
    """Whether a second person said yes to this."""
    return Approval.objects.filter(what=what, about=about, state=State.GRANTED).exists()


def still_open(what: str, about: UUID) -> Approval | None:
    """The question about this that nobody has answered yet."""
    return Approval.objects.filter(what=what, about=about, state__in=OPEN).first()


def may_see(approval: Approval, staff: Staff, at: datetime) -> bool:
    """Whoever asked, whoever may decide it or would if it were open, and whoever did."""
    if staff.pk in {approval.asked_by_id, approval.decided_by_id} or staff.role == Role.COMPLIANCE:
        return True
    return any(_is_needed(approval, candidate) for candidate in (staff, *stands_in_for(staff, at)))


def decided_near(staff: Staff, limit: int) -> QuerySet[Approval]:
    """The latest decisions: compliance sees all; others see their own and those of the team they lead."""
    rows = Approval.objects.exclude(state__in=OPEN).select_related("asked_by", "decided_by")
    if staff.role != Role.COMPLIANCE:
        rows = rows.filter(Q(decided_by=staff) | Q(asked_by__team__supervisor=staff))
    return rows.order_by("-decided_at")[:limit]
