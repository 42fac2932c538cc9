"""What must still happen. A row is written in the same transaction as the change that it follows from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RowState(models.TextChoices):
    WAITING = "waiting"  # for its time, or for a worker
    CLAIMED = "claimed"
    DONE = "done"
    GIVEN_UP = "given_up"  # tried as often as we try; a person must look


class OutboxRow(models.Model):
    """One thing that happened and what became of its consequences.

    `payload` names things by id and holds no bodies: rows outlive erasure. `done` lists the consequences that are
    finished, so that a second attempt goes on where the first stopped.
    """

    key = models.CharField(max_length=200, unique=True)
    what = models.CharField(max_length=60)
    payload = models.JSONField()
    contents = models.CharField(max_length=64)  # SHA-256 of what, payload and not_before as first given
    by = models.CharField(max_length=80)
    noted_at = models.DateTimeField()
    not_before = models.DateTimeField()
    state = models.CharField(max_length=10, choices=RowState.choices, default=RowState.WAITING)
    batch = models.CharField(max_length=60, blank=True)  # the workflow that has claimed it
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.JSONField(default=list)
    reason = models.TextField(blank=True)  # why the last attempt failed
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [
            models.Index(fields=["not_before", "id"], name="outbox_waiting", condition=Q(state="waiting")),
            models.Index(fields=["claimed_at"], name="outbox_claimed", condition=Q(state="claimed")),
            models.Index(fields=["finished_at"], name="outbox_given_up", condition=Q(state="given_up")),
        ]

    def __str__(self) -> str:
        return f"{self.what} #{self.pk}"


class Beat(models.Model):
    """A worker that is alive says so every few seconds. What a silent one had in hand is taken over."""

    worker = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class Strike(models.Model):
    """When a scheduled act was last done, and, if the last time failed, why."""

    name = models.CharField(max_length=60, primary_key=True)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "desk"
