"""Wordings that a pre-reviewer sent back."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from shouyue.desk.vault.fields import EncryptedTextField


class Edit(models.Model):
    """A message that a pre-reviewer sent back with words that would do."""

    contact = models.OneToOneField("desk.Contact", models.PROTECT, related_name="edit")
    words = EncryptedTextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
