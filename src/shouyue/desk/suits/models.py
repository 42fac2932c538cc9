"""Legal procedures: where each stands, its dates, what must be proved and with what, the papers made from the record."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.track import Track
from shouyue.desk.vault.fields import EncryptedTextField


class Suit(models.Model):
    """One procedure on one matter, on one track. Its stages are those of `casework.track.MACHINES[track]`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    matter = models.ForeignKey("desk.Matter", models.PROTECT, related_name="suits")
    track = models.CharField(max_length=12, choices=[(t, t) for t in Track])
    stage = models.CharField(max_length=24, default="preparing")
    why = models.TextField()  # it was opened
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="suits")
    body = models.CharField(max_length=120, blank=True)  # court, notary's office, commission, mediators
    case_no = models.CharField(max_length=80, blank=True)  # 案号
    judge = models.CharField(max_length=40, blank=True)
    clerk = models.CharField(max_length=40, blank=True)
    clerk_phone = EncryptedTextField(null=True)
    dates = models.JSONField(default=dict)  # ISO days by the pack's names of dates
    claim = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    claim_as_of = models.DateField(null=True)  # no amount without its date
    outcome = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["officer", "stage"])]
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "track"],
                condition=models.Q(closed_at=None),
                name="one_procedure_of_a_track_runs",
            )
        ]


class SuitStep(models.Model):
    """A stage that was reached: when, by which paper, by whom."""

    suit = models.ForeignKey(Suit, models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=24)
    on = models.DateField()
    document = models.CharField(max_length=64, blank=True)  # SHA-256 of the paper that shows it
    note = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class Hearing(models.Model):
    """A day in court. One that is put off stays, with the reason."""

    suit = models.ForeignKey(Suit, models.PROTECT, related_name="hearings")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    what = models.CharField(max_length=80, blank=True)
    off_because = models.TextField(blank=True)
    outcome = models.TextField(blank=True)

    class Meta:
        app_label = "desk"


class Fee(models.Model):
    """Money paid to a court or notary, and what came back of it."""

    suit = models.ForeignKey(Suit, models.PROTECT, related_name="fees")
    kind = models.CharField(
        max_length=16
    )  # acceptance | preservation | announcement | enforcement | notary | other
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="CNY")
    as_of = models.DateField()  # of the notice or receipt that says so
    paid_on = models.DateField(null=True)
    refunded = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    refunded_on = models.DateField(null=True)

    class Meta:
        app_label = "desk"


class Measure(models.Model):
    """Preservation 保全: what is kept from disappearing, until when. A renewal is a row that follows the one before."""

    suit = models.ForeignKey(Suit, models.PROTECT, related_name="measures")
    kind = models.CharField(max_length=12)  # of the pack's measures: funds | movables | land
    what = models.CharField(max_length=120)
    begins_on = models.DateField()
    ends_on = models.DateField(null=True)  # as the court's paper says; else the pack's longest
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    before_suit = models.BooleanField(default=False)
    renews = models.ForeignKey("self", models.PROTECT, null=True, related_name="renewed_by")
    lifted_on = models.DateField(null=True)

    class Meta:
        app_label = "desk"


class SuitExhibit(models.Model):
    """Something to prove with. What was said in a mediation is kept apart, and shown only where both sides agree (MED.wall)."""

    suit = models.ForeignKey(Suit, models.PROTECT, related_name="exhibits")
    kind = models.CharField(max_length=24)  # of the pack's kinds of evidence
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=120)
    original = models.CharField(max_length=64, blank=True)  # SHA-256 of what is kept
    pages = models.IntegerField(null=True)
    med_room = models.BooleanField(default=False)
    both_agree = models.CharField(
        max_length=200, blank=True
    )  # the paper in which both sides agreed to its use
    dropped_because = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class SuitTask(models.Model):
    """A gap in the proof that somebody must close: this element lacks this kind of exhibit."""

    suit = models.ForeignKey(Suit, models.PROTECT, related_name="tasks")
    element = models.CharField(max_length=24)
    kind = models.CharField(max_length=24)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(
                fields=["suit", "element", "kind"],
                condition=models.Q(done_at=None),
                name="one_task_a_gap",
            )
        ]


class SuitAlarm(models.Model):
    """An alarm that rang: which deadline, how near. It rings once for each urgency, until somebody has seen it."""

    suit = models.ForeignKey(Suit, models.PROTECT, related_name="alarms")
    due = models.CharField(max_length=120)
    urgency = models.CharField(max_length=8)
    safe = models.DateField()
    rang_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(fields=["suit", "due", "urgency", "safe"], name="one_alarm_an_urgency")
        ]


class SuitPaper(models.Model):
    """A paper made from the record: which template, as of which day, and the two files, kept by their digests."""

    suit = models.ForeignKey(Suit, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=32)
    party = models.ForeignKey("desk.Party", models.PROTECT, null=True, related_name="+")  # whom it is for
    as_of = models.DateField(null=True)  # of every amount in it
    docx = models.CharField(max_length=64)
    pdf = models.CharField(max_length=64)
    template = models.CharField(max_length=80)  # the pack and its fingerprint
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class CalendarFeed(models.Model):
    """An officer's calendar address. The word in it is kept as a digest only; closing it ends it for good."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
