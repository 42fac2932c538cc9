"""Exams sat, training to take again, exemptions asked for, reminders given. Certificates themselves are of `people`."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.exam import Exam as State
from shouyue.casework.retraining import Retraining as RetrainingState


class Exam(models.Model):
    """One sitting: what was drawn, in which order, what was answered, and how it was marked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exams")
    course = models.CharField(max_length=40)
    edition = models.UUIDField()  # rulebook.Edition whose pack was examined
    drawn = models.JSONField()  # [{"question": id, "order": [choice, …]}, …]
    learned = models.JSONField()  # rule → how it read on that day
    state = models.CharField(max_length=12, default=State.RUNNING, choices=[(s, s) for s in State])
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    answers = models.JSONField(default=dict)  # question → positions ticked, in the pack's own order
    handed_in_at = models.DateTimeField(null=True)
    right = models.IntegerField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["staff", "course", "begun_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["staff"], condition=models.Q(state=State.RUNNING), name="one_exam_at_a_time"
            )
        ]


class Retraining(models.Model):
    """A course that somebody must take again by a day, and why. Overdue, their certificates of that course fall."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.CharField(max_length=120, unique=True)  # one cause asks once
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="retrainings")
    course = models.CharField(max_length=40)
    cause = models.CharField(max_length=12)  # violation | law | trainer
    why = models.TextField()
    rules = models.JSONField(default=list)  # that were broken, or that have changed
    fell = models.JSONField(default=list)  # the certificates that fell by it: people.Certificate
    state = models.CharField(
        max_length=12, default=RetrainingState.OPEN, choices=[(s, s) for s in RetrainingState]
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["state", "due_at"])]


class Exemption(models.Model):
    """Leave to contact on a channel without its exam, for a short while. A second person grants it, in `approvals`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exemptions")
    channel = models.CharField(max_length=20)
    days = models.IntegerField()
    why = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class Reminder(models.Model):
    """Somebody was told that a certificate ends in so many days. Once for each of 90, 60, 30 and 7."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reminders")
    certificate = models.BigIntegerField()  # people.Certificate
    channel = models.CharField(max_length=20)
    days = models.IntegerField()
    ends_at = models.DateTimeField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["certificate", "days"], name="reminded_once")]
