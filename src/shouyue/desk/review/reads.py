"""The queue before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shouyue.desk.approvals import reads as approvals
from shouyue.desk.approvals.models import Approval
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.models import Contact
from shouyue.desk.people.models import Staff
from shouyue.desk.review.models import Edit

# ── before ──


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits: what is asked, the message, who keeps it, and whether this person may decide."""

    approval: Approval
    contact: Contact
    answer: approvals.Answer

    @property
    def rules(self) -> list[dict[str, object]]:
        """The rules for which it waits, the gate's own words."""
        return [one for one in (self.contact.decision or {}).get("spoken", ()) if one["effect"] == "approval"]


def before(staff: Staff, at: datetime) -> list[Waiting]:
    """Messages that wait and that this person may see, the nearest deadline first."""
    asked = [a for a in approvals.waiting() if a.what == "contact" and approvals.may_see(a, staff, at)]
    found = messages.by_ids([a.about for a in asked])
    return [Waiting(a, found[a.about], approvals.may_decide(a, staff, at)) for a in asked if a.about in found]


def edits_of(contacts: Iterable[Contact]) -> dict[UUID, Edit]:
    """Words that a pre-reviewer offered instead, by contact."""
    rows = Edit.objects.filter(contact__in=[c.pk for c in contacts]).select_related("by")
    return {row.contact_id: row for row in rows}
