"""A borrower's friend request and what it collected on its way."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.friend_request import FriendRequest as State
from shouyue.desk.vault.fields import EncryptedTextField


class CaseToken(models.Model):
    """A one-time word that ties a link to a case, a person and a purpose. Only its digest is kept.

    `purpose` invite: travels as `State` of an acquisition or contact-me link. `purpose` proof: opens the borrower's page.
    """

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256 of the token
    purpose = models.CharField(max_length=10)  # invite | proof
    matter = models.ForeignKey("desk.Matter", models.PROTECT, null=True, related_name="tokens")
    party = models.ForeignKey("desk.Party", models.PROTECT, null=True, related_name="+")
    request = models.ForeignKey("desk.FriendRequest", models.PROTECT, null=True, related_name="tokens")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    link_id = models.CharField(max_length=80, blank=True)

    class Meta:
        app_label = "desk"


class FriendRequest(models.Model):
    """One request to be friends, whoever noticed it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    way = models.CharField(max_length=20)  # link | half | staff_report | unannounced
    channel = models.CharField(max_length=20)  # wecom | wechat_personal
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="friend_requests")
    matter = models.ForeignKey("desk.Matter", models.PROTECT, null=True, related_name="friend_requests")
    party = models.ForeignKey("desk.Party", models.PROTECT, null=True, related_name="friend_requests")
    match = models.JSONField(default=dict)  # how the party was found, with what certainty
    claimed_name = EncryptedTextField(null=True)
    claimed_words = EncryptedTextField(null=True)
    external_id = EncryptedTextField(null=True)
    external_index = models.CharField(max_length=64, blank=True, db_index=True)
    screenshot = models.CharField(max_length=64, blank=True)  # digest of the stored original
    state = models.CharField(max_length=20, default=State.SEEN, choices=[(s, s) for s in State])
    sheet = models.JSONField(default=dict)  # the four-risk decision sheet as it was shown to the decider
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    thread = models.ForeignKey("desk.Thread", models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["state", "expires_at"])]


class IdentityAttempt(models.Model):
    """One photograph offered as proof: what was read from it and what matched. The image lives in quarantine.

    `passed` is empty while it is being read.
    """

    request = models.ForeignKey(FriendRequest, models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    passed = models.BooleanField(null=True)
    facts = models.JSONField(default=dict)
    why_not = models.TextField(blank=True)

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["request", "digest"], name="one_image_once")]


class DebtConfirmation(models.Model):
    """The borrower's own confirmation or dispute: amount, as-of date, typed name, time, device."""

    request = models.OneToOneField(FriendRequest, models.PROTECT, related_name="confirmation")
    at = models.DateTimeField()
    agrees = models.BooleanField()
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    as_of = models.DateField()
    typed_name = EncryptedTextField()
    words = EncryptedTextField(null=True)  # of a dispute
    device = models.JSONField(default=dict)
    leaf = models.CharField(max_length=64, blank=True)

    class Meta:
        app_label = "desk"


class Incident(models.Model):
    """Something that should not have happened and needs a person: an unapproved friend, an unknown link."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=30)
    request = models.ForeignKey(FriendRequest, models.PROTECT, null=True, related_name="incidents")
    party = models.ForeignKey("desk.Party", models.PROTECT, null=True, related_name="+")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    what = models.TextField()
    at = models.DateTimeField()
    state = models.CharField(max_length=20, default="opened")
    closed_at = models.DateTimeField(null=True)
    closed_why = models.TextField(blank=True)

    class Meta:
        app_label = "desk"
