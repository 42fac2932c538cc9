"""Emergencies: what began them, what was stopped, what could not be, and how far the plan has come."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.channel_stop import ChannelStop as StopState
from shouyue.casework.emergency import Emergency as State
from shouyue.casework.playbook import Step


class Emergency(models.Model):
    """One emergency, or one drill of it: over whom, why, since when, and who let go."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    over = models.CharField(max_length=12)  # party | staff | account | lender
    key = models.CharField(max_length=80, blank=True)
    party = models.ForeignKey("desk.Party", models.PROTECT, null=True, related_name="emergencies")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    matter = models.ForeignKey("desk.Matter", models.PROTECT, null=True, related_name="emergencies")
    cause = models.CharField(max_length=24)  # the plan's name in the pack
    why = models.TextField()
    drill = models.BooleanField(default=False)
    state = models.CharField(max_length=20, default=State.OPENED, choices=[(s, s) for s in State])
    freeze = models.UUIDField(null=True)  # the hold that stops; a drill has none
    preserve = models.UUIDField(null=True)  # the hold that keeps
    in_flight = models.JSONField(default=list)  # contacts that were leaving when the stop committed
    missing = models.JSONField(default=list)  # evidence a suit would want and the record has not
    measured = models.JSONField(null=True)  # of a drill
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)  # nothing that it covers waits any more
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    asked_why = models.TextField(blank=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    released_why = models.TextField(blank=True)

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(
                fields=["over", "key"],
                condition=models.Q(drill=False) & ~models.Q(state=State.RELEASED),
                name="one_emergency_a_scope",
            )
        ]


class EmergencyStep(models.Model):
    """One step of the plan as the pack had it when the emergency was called."""

    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="steps")
    n = models.PositiveSmallIntegerField()
    do = models.CharField(max_length=12)
    by_whom = models.CharField(max_length=12)  # desk | legal | compliance | two
    whom = models.JSONField(default=list)  # of notify
    to = models.JSONField(default=dict)  # of a report: zh, en
    citation = models.TextField(blank=True)
    state = models.CharField(max_length=12, default=Step.AHEAD, choices=[(s, s) for s in Step])
    due_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.TextField(blank=True)  # of what was left out, or what was reported
    facts = models.JSONField(default=dict)

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["emergency", "n"], name="a_step_once")]


class ChannelStop(models.Model):
    """One channel account that the stop covers: the proof that nothing leaves, or who must do what by hand."""

    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="channels")
    channel = models.CharField(max_length=20)
    account = models.CharField(max_length=64, blank=True)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=[(s, s) for s in StopState])
    threads = models.PositiveIntegerField(default=0)  # open ones
    taken_back = models.PositiveIntegerField(default=0)  # messages that waited and will not leave
    recalled = models.JSONField(default=list)  # tasks that the channel had: {contact, became}
    rule = models.CharField(max_length=16, blank=True)  # intercept rule: pushed | not_connected | refused
    rule_why = models.TextField(blank=True)
    why = models.TextField(blank=True)  # how it was reconciled
    moved_at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(fields=["emergency", "channel", "account"], name="a_channel_once")
        ]


class EmergencyNotice(models.Model):
    """Somebody was told; `read_at` is when they said that they have read it."""

    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="notices")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    as_whom = models.CharField(max_length=12)  # supervisor | compliance | legal | member
    what = models.CharField(max_length=16)  # called | report_late | released
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["staff", "read_at"])]
        constraints = [models.UniqueConstraint(fields=["emergency", "staff", "what"], name="told_once")]
