"""A person's conduct as a timeline, with what was contested and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shouyue.desk.conduct.models import ConductEvent, Kind


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of the timeline."""

    id: UUID
    at: datetime
    kind: Kind
    grounds: dict[str, str]
    evidence: str
    standing: str  # stands | contested | upheld | set_aside
    answer: str

    @property
    def counts(self) -> bool:
        return self.standing in ("stands", "upheld")


def _standing(row: ConductEvent) -> str:
    if row.set_aside_at:
        return "set_aside"
    if row.contested_at:
        return "upheld" if row.answered_at else "contested"
    return "stands"


def timeline(
    *, party: UUID | None = None, staff_no: str | None = None, since: datetime | None = None
) -> list[Moment]:
    """What one borrower, or one member of staff, did: newest first, set aside ones included and marked."""
    whose = {"party": party} if party else {"staff__staff_no": staff_no}
    rows = ConductEvent.objects.filter(**whose)
    if since:
        rows = rows.filter(at__gte=since)
    return [
        Moment(row.pk, row.at, Kind(row.kind), row.grounds, row.evidence, _standing(row), row.answer)
        for row in rows.order_by("-at", "id")
    ]


def goes_on(kind: Kind, *, thread: UUID, since: datetime) -> bool:
    """Whether this pattern was recorded in this thread since then."""
    of_thread = ConductEvent.objects.filter(grounds__thread=str(thread), grounds__tactic__isnull=False)
    return of_thread.filter(kind=kind, at__gte=since).exists()


def of_party(pk: UUID, party: UUID) -> ConductEvent | None:
    """This record, if it is about this person."""
    return ConductEvent.objects.filter(pk=pk, party=party).first()


def of_staff(pk: UUID, staff_no: str) -> ConductEvent | None:
    """This record, if it is about this member of staff."""
    return ConductEvent.objects.filter(pk=pk, staff__staff_no=staff_no).first()


def get(pk: UUID | str) -> ConductEvent:
    return ConductEvent.objects.select_related("party", "staff").get(pk=pk)


def contested() -> list[ConductEvent]:
    """What waits for an answer, longest first. A finding is answered where it was appealed, in review."""
    rows = ConductEvent.objects.filter(contested_at__isnull=False, answered_at=None)
    return list(
        rows.exclude(key__startswith="finding:").select_related("party", "staff").order_by("contested_at")
    )
