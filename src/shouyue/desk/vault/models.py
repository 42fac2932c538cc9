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
