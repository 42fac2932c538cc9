"""The approved wordings (话术) that fit a thread, filled with what the desk knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import Thread
from shouyue.desk.rulebook import reads as rulebook


def wordings(thread: Thread, at: datetime) -> list[dict[str, Any]]:
    """Each with its id, its titles, and `filled`; those that need a value we lack are left out."""
    loan = thread.matter.loan
    known = {
        "client": loan.client,
        "staff": thread.owner.display_name,
        "staff_no": thread.owner.staff_no,
        "contract": loan.contract_no[-4:],
    }
    debt = matters.debt(loan, at)
    if debt:
        known |= {"amount": f"{debt.total:.2f}", "as_of": f"{debt.as_of:%Y-%m-%d}"}
    return rulebook.wordings(
        at,
        channel=thread.channel,
        role=str(matters.role_in(loan, thread.party)),
        language=thread.party.language,
        values=known,
    )
