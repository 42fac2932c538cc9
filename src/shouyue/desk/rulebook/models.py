"""Which rules and which wordings are in force for this lender, since when, and what is proposed."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.wording import Wording as State


class Edition(models.Model):
    """A pack with this lender's overlay, in force from `effective_at`. The newest effective edition decides."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    pack = models.CharField(max_length=20)  # cn, us
    overlay = models.JSONField(default=dict)  # stricter values of this lender; never looser on statute
    fingerprint = models.CharField(max_length=80)
    why = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["effective_at"])]


class Wording(models.Model):
    """A wording (话术) of the lender's own beside those of the pack: owned by compliance, put in force by a second officer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.SlugField(max_length=40)  # its versions share it
    title_zh = models.CharField(max_length=60)
    title_en = models.CharField(max_length=120)
    zh = models.TextField()
    en = models.TextField()
    channels = models.JSONField()
    roles = models.JSONField()
    why = models.TextField()
    state = models.CharField(max_length=12, default=State.PROPOSED, choices=[(s, s) for s in State])
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["state", "name"])]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state=State.IN_FORCE), name="one_wording_in_force"
            )
        ]
