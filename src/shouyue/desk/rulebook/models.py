"""Which rules are in force for this lender, since when, and what is proposed."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


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
