"""What is left of an emergency when the person it was about is erased: its plan, its steps and their times."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from shouyue.casework.emergency import Emergency as State
from shouyue.desk.emergency.models import ChannelStop, Emergency, EmergencyStep
from shouyue.desk.parties.models import Party
from shouyue.desk.people.reads import Actor
from shouyue.desk.vault.actions import destroy_key


@transaction.atomic
def forget(*, party: Party, called: Collection[str], by: Actor, at: datetime) -> None:
    """Blank why it was called and let go, and what its steps found. Sealed by whoever calls this.

    So it is with a stop over a member, an account or the lender whose words name the person (`called`); once it is let go, its
    words in the log go too.
    """
    theirs = Emergency.objects.filter(
        Q(party=party) | Q(over="party", key=str(party.pk)) | Q(matter__loan__people__party=party)
    )
    wider = [row for row in Emergency.objects.exclude(over="party") if _names(row, called)]
    theirs = Emergency.objects.filter(Q(pk__in=theirs.values("pk")) | Q(pk__in=[row.pk for row in wider]))
    EmergencyStep.objects.filter(emergency__in=theirs).update(why="", facts={})
    ChannelStop.objects.filter(emergency__in=theirs).update(why="", rule_why="", recalled=[])
    theirs.update(why="", asked_why="", released_why="", missing=[], in_flight=[])
    for row in wider:
        if row.party_id is None and row.state == State.RELEASED:
            destroy_key(subject=row.pk, by=by, at=at)


def _names(row: Emergency, called: Collection[str]) -> bool:
    """Whether any words of it name somebody who is called so."""
    words: list[Any] = [row.why, row.asked_why, row.released_why, row.missing]
    words += EmergencyStep.objects.filter(emergency=row).values_list("why", "facts")
    words += ChannelStop.objects.filter(emergency=row).values_list("why", "rule_why", "recalled")
    said = str(words)
    return any(name in said for name in called)
