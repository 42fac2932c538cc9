"""Emergencies: what began them, what was stopped, what could not be."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.emergency import Emergency as State


class Emergency(models.Model):
    """One emergency over one person: why, since when, and what happened at each step."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    party = models.ForeignKey("desk.Party", models.PROTECT, related_name="emergencies")
    matter = models.ForeignKey("desk.Matter", models.PROTECT, null=True, related_name="emergencies")
    cause = models.CharField(
        max_length=24
    )  # threat | flooding | provocation | leak | unapproved_friend | order | hand
    why = models.TextField()
    state = models.CharField(max_length=20, default=State.OPENED, choices=[(s, s) for s in State])
    freeze = models.UUIDField()  # the hold that stops
    preserve = models.UUIDField()  # the hold that keeps
    in_flight = models.JSONField(default=list)  # contacts that were leaving when the stop committed
    by_hand = models.JSONField(default=list)  # what no switch can stop, and what a person must do about it
    missing = models.JSONField(default=list)  # evidence a suit would want and the record has not
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(
                fields=["party"], condition=~models.Q(state=State.RELEASED), name="one_emergency_a_person"
            )
        ]
