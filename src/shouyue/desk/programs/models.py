"""Programs that call the desk: what they may do, for whom they act, and what each was answered under which key."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Token(models.Model):
    """Admission of one program. It acts for one member of staff and can never do more than they may.

    Of the secret only its SHA-256 is kept: it has 256 random bits, so there is nothing to guess slowly.
    """

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tokens")
    scopes = models.JSONField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return self.name


class Answer(models.Model):
    """What a program was answered under a key of its own. The same key again gets the same answer."""

    token = models.ForeignKey(Token, models.PROTECT, related_name="answers")
    key = models.CharField(max_length=120)
    contents = models.CharField(max_length=64)  # SHA-256 of what was asked
    status = models.PositiveSmallIntegerField(default=0)  # 0 only inside the transaction that answers
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_a_key")]
