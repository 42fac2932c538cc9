"""A lender's strategies as they were written and approved, and what each reminder of them came to."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class StrategySheet(models.Model):
    """All strategies of the lender as one text. The newest approved one is in force; the others stay as they were."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    body = models.TextField()
    digest = models.CharField(max_length=64)
    why = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # taken out of force with nothing in its place

    class Meta:
        app_label = "desk"


class Reminded(models.Model):
    """What one step of a strategy came to on one day in one matter: the message that it became, or why there was none."""

    id = models.UUIDField(primary_key=True)  # of its message too
    sheet = models.ForeignKey(StrategySheet, models.PROTECT, related_name="reminders")
    matter = models.ForeignKey("desk.Matter", models.PROTECT, related_name="reminders")
    strategy = models.CharField(max_length=40)
    step = models.CharField(max_length=40)
    overdue_since = models.DateField()  # a step goes once in each spell of being overdue
    on = models.DateField()
    channel = models.CharField(max_length=20)
    sent = models.BooleanField()  # a message was proposed; its own state says what became of it
    reason = models.CharField(max_length=40, blank=True)  # else why not: a word the screen knows …
    detail = models.TextField(blank=True)  # … and what the gate said
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["matter", "strategy", "step"])]
