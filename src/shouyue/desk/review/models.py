"""Wordings sent back, what the machine saw, what was drawn, verdicts, findings, and blocks said to be wrong."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.block_appeal import BlockAppeal as BlockState
from shouyue.casework.finding import Finding as FindingState
from shouyue.casework.finding import Level
from shouyue.desk.messages.covered import covered
from shouyue.desk.vault.fields import EncryptedTextField


class Edit(models.Model):
    """A message that a pre-reviewer sent back with words that would do."""

    contact = models.OneToOneField("desk.Contact", models.PROTECT, related_name="edit")
    words = EncryptedTextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"

    @property
    def shown(self) -> str:
        """The words as staff may read them."""
        return covered(self.words)


class Draw(models.Model):
    """One week's lot. The seed is committed to before, and opened after."""

    week = models.DateField(unique=True)  # its Monday
    seed = EncryptedTextField()  # hex
    commitment = models.CharField(max_length=64)
    committed_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"


class Look(models.Model):
    """What the machine saw in one contact of ours that happened, and whether a person looks at it."""

    contact = models.OneToOneField("desk.Contact", models.PROTECT, related_name="look")
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="looks")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="looks")
    at = models.DateTimeField()
    stratum = models.CharField(max_length=8)
    grounds = models.JSONField()  # [[word, weight, detail], …]
    rules = models.JSONField(default=list)  # that would have stopped it, decided again
    probability = models.CharField(max_length=16)  # a fraction, as it was on that day
    drawn = models.BooleanField()
    second = models.BooleanField(default=False)  # a second reviewer looks, blind

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["drawn", "at"])]


class Verdict(models.Model):
    """What one reviewer thought of one contact. The first and the second do not see each other's before both are in."""

    look = models.ForeignKey(Look, models.PROTECT, related_name="verdicts")
    place = models.IntegerField()  # 1 or 2
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=[(one, one) for one in Level])
    rule = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(fields=["look", "place"], name="one_verdict_a_place"),
            models.UniqueConstraint(fields=["look", "reviewer"], name="one_verdict_a_reviewer"),
        ]


class Finding(models.Model):
    """A violation that a reviewer found, against one member of staff: they may appeal it; somebody else answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    look = models.OneToOneField(Look, models.PROTECT, related_name="finding")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="findings")
    rule = models.CharField(max_length=60)
    level = models.CharField(max_length=8, choices=[(one, one) for one in Level])
    note = models.TextField()
    state = models.CharField(
        max_length=12, default=FindingState.STANDS, choices=[(s, s) for s in FindingState]
    )
    found_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    remedy = models.TextField(blank=True)
    remedied_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["staff", "found_at"]), models.Index(fields=["state"])]


class BlockAppeal(models.Model):
    """The writer says that a rule stopped a message wrongly. The answer counts for the rule's false-block rate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    contact = models.OneToOneField("desk.Contact", models.PROTECT, related_name="block_appeal")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="block_appeals")
    rule = models.CharField(max_length=60)
    why = models.TextField()
    state = models.CharField(max_length=8, default=BlockState.OPEN, choices=[(s, s) for s in BlockState])
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["state", "asked_at"])]
