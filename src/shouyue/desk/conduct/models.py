"""What somebody did, as a record of its own: for how they behaved, not what they owe."""

from __future__ import annotations

import uuid

from django.db import models

from shouyue.desk.vault.fields import EncryptedTextField


class Kind(models.TextChoices):
    """A closed list. Asking questions, disputing, complaining and asking for help are rights, and never stand here."""

    PROMISED = "promised"
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    STALLED = "stalled"
    DEMANDED = "demanded"
    FLOODED = "flooded"
    PROVOKED = "provoked"
    INDUCED = "induced"
    INSULTED = "insulted"
    THREATENED = "threatened"
    ESCALATED = "escalated"
    VIOLATED = "violated"
    INCIDENT = "incident"


class ConductEvent(models.Model):
    """One thing that a debtor or a member of staff did, with its grounds and the sealed entry that shows it.

    Contested, it stays and says so until a person has looked; set aside, it stays and counts for nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.CharField(max_length=120, unique=True)  # the same observation twice is one event
    party = models.ForeignKey("desk.Party", models.PROTECT, null=True, related_name="conduct")
    staff = models.ForeignKey("desk.Staff", models.PROTECT, null=True, related_name="conduct")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    grounds = models.JSONField()  # ids and labels, nothing personal in clear
    evidence = models.CharField(max_length=64, blank=True)  # digest of the sealed entry that shows it
    at = models.DateTimeField()
    keep_until = models.DateTimeField()  # then it is erased, unless a hold stands against it
    contested_at = models.DateTimeField(null=True)
    contested_why = EncryptedTextField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["party", "at"]), models.Index(fields=["staff", "at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(party__isnull=False) ^ models.Q(staff__isnull=False),
                name="conduct_of_one_person",
            )
        ]
