"""What waits for a second person."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.approval import Approval as State


class Approval(models.Model):
    """One question to a second person, with its facts, its deadline and, in the end, an answer with a reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    what = models.CharField(max_length=40)  # friend_request | contact | pack | hold_release | …
    about = models.UUIDField()  # the row that waits
    stream = models.CharField(max_length=80)  # the stream of the log in which the answer is sealed
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    subject = models.UUIDField(null=True, db_index=True)  # the person whom it concerns: erased with them
    asks = models.TextField()  # what is asked and why, in words
    facts = models.JSONField(default=dict)  # what the decider is shown
    needs = models.CharField(
        max_length=40, default="supervisor"
    )  # the role that decides; several apart by commas
    persons = models.IntegerField(default=1)  # how many must say yes; one no is enough
    yeses = models.JSONField(default=list)  # of those so far: by, for, reason, at
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    held_why = models.TextField(blank=True)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=20, default=State.OPEN, choices=[(s, s) for s in State])
    escalated_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_as_stand_in_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["state", "due_at"])]
        constraints = [
            # one open question about one row; a second can be asked once the first is answered
            models.UniqueConstraint(
                fields=["what", "about"],
                condition=models.Q(state__in=[State.OPEN, State.HELD, State.HALF, State.ESCALATED]),
                name="one_open_approval",
            )
        ]
