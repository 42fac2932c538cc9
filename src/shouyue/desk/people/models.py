"""Staff, their roles and teams, who stands in for whom, and certificates that gate the right to contact."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from hashlib import sha256

from django.contrib.auth.models import AbstractUser
from django.db import models

from shouyue.casework.agency import Agency as State


class Role(models.TextChoices):
    """What somebody comes to the desk for (product.md, "Who uses it")."""

    COLLECTOR = "collector"
    SUPERVISOR = "supervisor"
    COMPLIANCE = "compliance"
    LEGAL = "legal"
    TRAINER = "trainer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    AGENCY = "agency"
    SYSTEM = "system"


class Team(models.Model):
    name = models.CharField(max_length=80, unique=True)
    supervisor = models.ForeignKey("desk.Staff", models.PROTECT, null=True, related_name="supervises")

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return self.name


class Agency(models.Model):
    """A firm or a mediator that acts for the lender under a contract (受托机构). Its people are staff with the role agency."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=80, unique=True)  # legal name, as borrowers are told
    kind = models.CharField(max_length=12)  # agency | mediator
    registration_no = models.CharField(max_length=32)
    state = models.CharField(max_length=12, default=State.CANDIDATE, choices=[(s, s) for s in State])
    listed_on = models.DateField(null=True)  # since when it is on the published list
    contract_no = models.CharField(max_length=64)
    contract_from = models.DateField()
    contract_until = models.DateField()
    channels = models.JSONField(
        default=list
    )  # of terms.Channel: those that the contract lets it use, no other
    why = models.TextField(blank=True)  # of the last step
    recalled_by = models.ForeignKey("desk.Staff", models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return self.name


class Staff(AbstractUser):
    """A person who signs in, or (role system) the desk acting by itself. `staff_no` is what a borrower may be told."""

    display_name = models.CharField(max_length=80)
    staff_no = models.CharField(max_length=32, unique=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="members")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="members")
    wecom_userid = models.CharField(max_length=64, unique=True, null=True, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    password_is_first = models.BooleanField(
        default=False
    )  # given by somebody else: to be changed before any work
    role_since = models.DateTimeField(null=True)  # when it was last changed; null: the role they came with

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return self.display_name

    def get_session_auth_hash(self) -> str:
        """A session is of somebody in a role: whoever changes it, like whoever gives a password, ends every one."""
        return self._in_role(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from map(self._in_role, super().get_session_auth_fallback_hash())

    def _in_role(self, value: str) -> str:
        if self.role_since is None:
            return value
        return sha256(f"{value} {self.role} {self.role_since.timestamp()}".encode()).hexdigest()


class Certificate(models.Model):
    """Training passed for a channel. No valid certificate, no contact (R8). Revoked is a record, not a deletion."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="certificates")
    channel = models.CharField(max_length=20)  # terms.Channel, or "*" for all
    course = models.CharField(max_length=80)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.TextField(blank=True)

    class Meta:
        app_label = "desk"


class Delegation(models.Model):
    """While it runs, `deputy` decides what `principal` would: a stand-in (代理审批)."""

    principal = models.ForeignKey(Staff, models.PROTECT, related_name="delegations_given")
    deputy = models.ForeignKey(Staff, models.PROTECT, related_name="delegations_held")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        app_label = "desk"
