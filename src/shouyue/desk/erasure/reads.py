"""What stands against forgetting somebody, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from django.utils.timezone import localdate

from shouyue.casework.right import MACHINE
from shouyue.casework.right import Right as RightState
from shouyue.clocks.deadline import Period, deadline
from shouyue.desk.holds import reads as holds
from shouyue.desk.holds.models import Hold
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties.models import Party
from shouyue.desk.rights import reads as rights
from shouyue.desk.rulebook.reads import NoRulesInForce, pack_on
from shouyue.desk.suits import reads as suits

OVER = {
    "party": "this person",
    "staff": "a member who worked on it",
    "account": "an account that was used",
    "lender": "the whole lender",
}


def obstacles(party: Party, at: datetime) -> list[str]:
    """Why this person may not be erased now, each as a sentence; empty when nothing stands against it (rule DESK.retention).

    Legal holds first: they beat every other reason to erase.
    """
    return list(_obstacles(party, at))


def _obstacles(party: Party, at: datetime) -> Iterator[str]:
    others = set(matters.others_with(party))
    for hold in _holds(party, others, at):
        over = OVER[hold.over]
        if hold.over == "party" and hold.key != str(party.pk):
            over = "another person of the same loan"
        yield f"a legal hold over {over} stands since {localdate(hold.since)}: {hold.why}"
    for matter in matters.open_matters_of(party):
        yield f"matter {matter.number} is open"
    for suit in suits.running().filter(matter__loan__people__party=party).distinct():
        yield f"a procedure ({suit.track}) of matter {suit.matter.number} is running"
    for right in rights.asked_by(party):
        if not MACHINE.ended(RightState(right.state)):
            yield f"a {right.kind} of {localdate(right.received_at)} waits for its answer"
    try:
        until = keep_until(party, at)
    except NoRulesInForce:
        yield "no rules in force say how long records must be kept"
        return
    if until and localdate(at) <= until:
        yield f"records must be kept until {until}"


def _holds(party: Party, others: set[UUID], at: datetime) -> list[Hold]:
    """The legal holds that cover this person: over them or anybody of their loans, over whoever of ours worked on their case
    or spoke with them, over an account of ours that was used, and over the lender."""
    worked, spoke = matters.worked_by(party), messages.spoken_with(party)
    return holds.preserving(
        at, parties={party.pk, *others}, staff_nos=worked[0] | spoke[0], accounts=worked[1] | spoke[1]
    )


def kept_until(party: Party, at: datetime) -> date | None:
    """The same day for a page; none where no rules say."""
    try:
        return keep_until(party, at)
    except NoRulesInForce:
        return None


def keep_until(party: Party, at: datetime) -> date | None:
    """The last day on which this person's records must be kept, by the pack in force. Raises NoRulesInForce, also where it is silent."""
    pack, ends = pack_on(at), []
    last, closed = messages.last_contact(party), matters.last_closed(party)
    for start, name in ((last, "retain_collection_records"), (closed, "retain_after_settlement")):
        if start is not None:
            if name not in pack.parameters:
                raise NoRulesInForce(
                    f"the rules in force, {pack.name}, do not say how long records must be kept"
                )
            years = int(pack.parameters[name].on(localdate(at)))
            ends.append(deadline(localdate(start), Period(months=12 * years)).safe)
    return max(ends, default=None)
