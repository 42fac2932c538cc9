"""What is left of an emergency when the person it was about is erased: its plan, its steps and their times."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from shouyue.desk.emergency.models import ChannelStop, Emergency, EmergencyStep
from shouyue.desk.parties.models import Party
from shouyue.desk.people.reads import Actor


@transaction.atomic
def forget(*, party: Party, by: Actor, at: datetime) -> None:
    """Blank why it was called and let go, and what its steps found. Sealed by whoever calls this."""
    theirs = Emergency.objects.filter(
        Q(party=party) | Q(over="party", key=str(party.pk)) | Q(matter__loan__people__party=party)
    )
    theirs = Emergency.objects.filter(pk__in=theirs.values("pk"))
    EmergencyStep.objects.filter(emergency__in=theirs).update(why="", facts={})
    ChannelStop.objects.filter(emergency__in=theirs).update(why="", rule_why="", recalled=[])
    theirs.update(why="", asked_why="", released_why="", missing=[], in_flight=[])
