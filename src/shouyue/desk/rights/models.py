"""What people ask for by right, and the links to their own page."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.right import Kind
from shouyue.casework.right import Right as State
from shouyue.desk.vault.fields import EncryptedTextField


class PageLink(models.Model):
    """A word that opens somebody's own page about one matter. Only its digest is kept; it goes to their reserved number."""

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256 of the word
    matter = models.ForeignKey("desk.Matter", models.PROTECT, related_name="page_links")
    party = models.ForeignKey("desk.Party", models.PROTECT, related_name="page_links")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.IntegerField(default=0)  # of proving who holds it
    proved_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"


class RightAsked(models.Model):
    """One right, exercised by one person on one matter. It is never conduct and never counts against them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=20, choices=[(k, k) for k in Kind])
    matter = models.ForeignKey("desk.Matter", models.PROTECT, related_name="rights")
    party = models.ForeignKey("desk.Party", models.PROTECT, related_name="rights")
    words = EncryptedTextField(null=True)
    facts = models.JSONField(
        default=dict
    )  # plain choices: channel, consent, instalments; nothing personal in clear
    documents = models.JSONField(default=list)  # digests of originals
    state = models.CharField(max_length=20, default=State.RECEIVED, choices=[(s, s) for s in State])
    stop = models.UUIDField(null=True)  # that the gate obeys until the answer
    plan = models.UUIDField(null=True)  # matters.Plan that came of it
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )  # of a complaint
    received_at = models.DateTimeField()
    due_on = models.DateField()  # the safe date: rest days do not move it
    legal_on = models.DateField(
        null=True
    )  # rolled over rest days; None where the calendar does not know the year
    warn_on = models.DateField()
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = EncryptedTextField(null=True)
    answered_at = models.DateTimeField(null=True)
    leaf = models.CharField(max_length=64, blank=True)  # digest of the entry that sealed its receipt

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["state", "due_on"])]
