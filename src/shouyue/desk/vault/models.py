from __future__ import annotations

from django.db import models


class SubjectKey(models.Model):
    """The key under which one person's data is kept and their commitments are salted.

    Destroying it (`key` empty) makes the data unreadable and the salts unguessable while every proof stays valid.
    """

    subject = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField(null=True)  # AES key wrap under the master key; null once destroyed
    made_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"


class KeyShare(models.Model):
    """What one holder keeps of a person's key while a legal hold stands: closed to that holder, useless alone (escrow.py)."""

    subject = models.UUIDField()
    holder = models.CharField(max_length=60)
    share = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["subject", "holder"], name="one_share_a_holder")]
