"""What the lender finds of its agencies: inspections, evaluations, and what they are paid for. Who they are is of `people`."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Inspection(models.Model):
    """Somebody looked at how an agency works, on the spot or from afar."""

    agency = models.ForeignKey("desk.Agency", models.PROTECT, related_name="inspections")
    on = models.DateField()
    on_site = models.BooleanField()
    found = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class Evaluation(models.Model):
    """How an agency did, by criterion, 0 to 100, in somebody's judgement and words (GB/T 45251, 5.4)."""

    agency = models.ForeignKey("desk.Agency", models.PROTECT, related_name="evaluations")
    on = models.DateField()
    scores = models.JSONField()  # criterion → 0..100, every one of reads.CRITERIA
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class Commission(models.Model):
    """What an agency is paid from a day on: a share of what came in, weighed by how it did. There is no field for how often
    or how hard it pressed, and none can be written into `weights`."""

    agency = models.ForeignKey("desk.Agency", models.PROTECT, related_name="commissions")
    begins_on = models.DateField()
    rate = models.DecimalField(
        max_digits=5, decimal_places=4
    )  # of what was recovered: 0.1200 is twelve in a hundred
    weights = models.JSONField()  # criterion → per cent, 100 together
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(fields=["agency", "begins_on"], name="one_commission_a_beginning")
        ]

    @property
    def per_cent(self):  # type: ignore[no-untyped-def]
        return f"{self.rate * 100:.2f}"
