"""The approved wordings (话术) that fit a thread, filled with what the desk knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import Thread
from shouyue.desk.rulebook import reads as rulebook


def wordings(thread: Thread, at: datetime) -> list[dict[str, Any]]:
    """Each with its id, its titles, and `filled`; those that need a value we lack are left out.

    An agency signs them with its own name, and is offered none in which the lender speaks: it may not present itself as the lender.
    """
    loan, agency = thread.matter.loan, thread.owner.agency
    known = {
        "client": agency.name if agency else loan.client,
        "staff": thread.owner.display_name,
        "staff_no": thread.owner.staff_no,
        "contract": loan.contract_no[-4:],
    }
    debt = matters.debt(loan, at)
    if debt:
        known |= {"amount": f"{debt.total:.2f}", "as_of": f"{debt.as_of:%Y-%m-%d}"}
    found = rulebook.wordings(
        at,
        channel=thread.channel,
        role=str(matters.role_in(loan, thread.party)),
        language=thread.party.language,
        values=known,
    )
    return [one for one in found if not _lender_speaks(one)] if agency else found


def _lender_speaks(one: Mapping[str, Any]) -> bool:
    """Whether it names the lender beyond the signature that it is sent under."""
    return any("{client}" in one.get(tongue, "").replace("【{client}】", "") for tongue in ("zh", "en"))
