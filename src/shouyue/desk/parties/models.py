"""People and companies, how they can be reached, what they agreed to and what they forbade."""

from __future__ import annotations

import uuid

from django.db import models

from shouyue.desk.vault.fields import EncryptedTextField


class Party(models.Model):
    """A borrower, guarantor, contact or company. What it is to a loan is said by matters.LoanParty, not here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(
        max_length=10, default="person", choices=[("person", "person"), ("company", "company")]
    )
    name = EncryptedTextField()
    name_index = models.CharField(max_length=64, db_index=True)
    id_type = models.CharField(max_length=20, default="resident_id")  # uscc for a company
    id_no = EncryptedTextField(null=True)
    id_index = models.CharField(max_length=64, null=True, unique=True)
    address = EncryptedTextField(null=True)
    employer = EncryptedTextField(null=True)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")  # IANA; empty means not known
    language = models.CharField(max_length=10, default="zh-hans")
    born_on = models.DateField(null=True)
    flags = models.JSONField(default=list)  # minor, elderly, ill, disabled, pregnant, disaster, deceased, …
    known_since = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)  # a row without a name from then on

    class Meta:
        app_label = "desk"


class ContactPoint(models.Model):
    """A number or address. A wrong one is locked and kept, never deleted: it is evidence of the mistake."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="points")
    kind = models.CharField(max_length=12)  # mobile | landline | email | address | wechat
    value = EncryptedTextField()
    index = models.CharField(max_length=64, db_index=True)
    source = models.CharField(
        max_length=40
    )  # contract | debtor_supplied | …; lawful sources are the pack's business
    state = models.CharField(max_length=12, default="valid")  # valid | invalid | locked
    registered = models.BooleanField(default=False)  # of a company: as the register of companies has it
    added_at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["party", "kind", "index"], name="one_point_once")]


class Representation(models.Model):
    """Who acts for a company by law (法定代表人), since when, until when, and what shows it. One at a time."""

    company = models.ForeignKey(Party, models.PROTECT, related_name="representations")
    person = models.ForeignKey(Party, models.PROTECT, related_name="represents")
    why = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=models.Q(until=None), name="one_representative_a_company"
            )
        ]


class Chop(models.Model):
    """A company's seal 印章: which, who may use it, and how its print looks (an original, kept by its digest).

    What was stamped with a retired chop, or with one whose print differs, binds nobody without another proof.
    """

    company = models.ForeignKey(Party, models.PROTECT, related_name="chops")
    kind = models.CharField(
        max_length=12
    )  # official 公章 | contract 合同专用章 | finance 财务专用章 | personal 法定代表人名章
    number = models.CharField(max_length=40, blank=True)  # as recorded with the police 备案编号
    specimen = models.CharField(max_length=64)  # SHA-256 of the picture of its print
    signatories = models.ManyToManyField(Party, related_name="may_sign_with")
    valid_from = models.DateField()
    retired_on = models.DateField(null=True)
    why_retired = models.TextField(blank=True)

    class Meta:
        app_label = "desk"


class Account(models.Model):
    """How we know that this WeChat account is this person: method, confidence, since when, until when."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="accounts")
    channel = models.CharField(max_length=20)
    external_id = EncryptedTextField()
    index = models.CharField(max_length=64, db_index=True)
    method = models.CharField(max_length=40)  # friend_request_proof | kf_token | number | …
    confidence = models.DecimalField(max_digits=3, decimal_places=2)
    bound_at = models.DateTimeField()
    unbound_at = models.DateTimeField(null=True)
    why_unbound = models.TextField(blank=True)

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "index"], condition=models.Q(unbound_at=None), name="one_owner_an_account"
            )
        ]


class IdentityProof(models.Model):
    """What was shown to prove who somebody is. The photograph itself is an original kept by its digest."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="proofs")
    how = models.CharField(max_length=40)  # id_card_photo | code_to_reserved_mobile | video | …
    facts = models.JSONField(default=dict)  # what matched, with what certainty; nothing personal in clear
    original = models.CharField(max_length=64, blank=True)  # SHA-256 of the stored original
    proved_at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class Consent(models.Model):
    """Something a person agreed to, in which words, and whether they took it back."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="consents")
    what = models.CharField(
        max_length=30
    )  # recording | archive | night_contact | third_person | sensitive_data
    channel = models.CharField(max_length=20, default="*")
    form = models.CharField(max_length=40)  # express | standard_contract_clause | wecom_event | …
    words = models.TextField(blank=True)
    window = models.JSONField(null=True)  # {"from": "22:00", "to": "23:00"} where it is about hours
    evidence = models.CharField(max_length=64, blank=True)  # digest of the leaf that proves it
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"


class Stop(models.Model):
    """A reason not to contact somebody, at all or in one way. In force from `since` until `lifted_at`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    party = models.ForeignKey(Party, models.PROTECT, related_name="stops")
    kind = models.CharField(
        max_length=30
    )  # opt_out | represented | no_contact_order | deceased | dispute | complaint
    channel = models.CharField(max_length=20, default="*")
    why = models.TextField()
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["party", "lifted_at"])]
