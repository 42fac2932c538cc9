"""What stands against forgetting somebody, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.timezone import localdate

from shouyue.casework.right import MACHINE
from shouyue.casework.right import Right as RightState
from shouyue.clocks.deadline import Period, deadline
from shouyue.desk.holds import reads as holds
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties.models import Party
from shouyue.desk.rights import reads as rights
from shouyue.desk.rulebook.reads import NoRulesInForce, pack_on
from shouyue.desk.suits import reads as suits


def obstacles(party: Party, at: datetime) -> list[str]:
    """Why this person may not be erased now, each as a sentence; empty when nothing stands against it (rule DESK.retention).

    Legal holds first: they beat every other reason to erase.
    """
    return list(_obstacles(party, at))


def _obstacles(party: Party, at: datetime) -> Iterator[str]:
    for hold in holds.in_force(at, party=party.pk, kind="preserve"):
        yield f"a legal hold stands since {localdate(hold.since)}: {hold.why}"
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
        yield "no rules are in force, so nobody knows how long records must be kept"
        return
    if until and localdate(at) <= until:
        yield f"records must be kept until {until}"


def keep_until(party: Party, at: datetime) -> date | None:
    """The last day on which this person's records must be kept, by the pack in force. Raises NoRulesInForce."""
    pack, ends = pack_on(at), []
    last, closed = messages.last_contact(party), matters.last_closed(party)
    for start, name in ((last, "retain_collection_records"), (closed, "retain_after_settlement")):
        if start is not None:
            years = int(pack.parameters[name].on(localdate(at)))
            ends.append(deadline(localdate(start), Period(months=12 * years)).safe)
    return max(ends, default=None)
