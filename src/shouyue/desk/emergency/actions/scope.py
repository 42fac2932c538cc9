"""What a stop is over: it must exist, or a slip of the pen would stop nothing and say that it had."""

from __future__ import annotations

from dataclasses import dataclass

from shouyue.desk.emergency.actions.ground import UnableToCall
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Party
from shouyue.desk.people import reads as people
from shouyue.desk.people.models import Staff


@dataclass(frozen=True, slots=True)
class Scope:
    key: str
    party: Party | None = None
    staff: Staff | None = None


def scope_of(over: str, key: str) -> Scope:
    """Raises UnableToCall for a person, member or account that is not there."""
    key = key.strip()
    if over == "lender":
        return Scope("")
    if over == "party":
        found = parties.find(key)
        if found is None:
            raise UnableToCall(
                f"found no person {key!r}; give the person's own id, or call it from their page"
            )
        return Scope(str(found.pk), party=found)
    if over == "staff":
        member = people.staff_of_no(key)
        if member is None:
            raise UnableToCall(f"found nobody with the staff number {key!r}; check the number")
        return Scope(member.staff_no, staff=member)
    if over == "account":
        member = people.staff_by_wecom(key)
        if member is None and not matters.has_account(key) and not messages.has_account(key):
            raise UnableToCall(
                f"found no account {key!r} of ours: no thread and no message has it; check how it is written"
            )
        return Scope(key, staff=member)
    raise UnableToCall(f"found {over!r}; a stop is over a party, staff, an account or the lender")
