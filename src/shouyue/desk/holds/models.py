"""What is stopped, and what must be kept."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Hold(models.Model):
    """A freeze (no contact leaves) or a legal hold (nothing is erased), over one party, member, account or everything."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=12)  # freeze | preserve
    over = models.CharField(max_length=12)  # party | staff | account | lender
    key = models.CharField(
        max_length=80, blank=True
    )  # the party's id, staff number or account; empty for the lender
    why = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    released_why = models.TextField(blank=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["released_at", "over", "key"])]
