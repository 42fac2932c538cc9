"""Loans, their money and vehicle, who owes, the matters that come of them, and the threads in which we talk."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from shouyue.casework.entrustment import Entrustment as Entrusted
from shouyue.casework.matter import Matter as State
from shouyue.desk.vault.fields import EncryptedTextField


def money(**more: object) -> models.DecimalField:
    return models.DecimalField(max_digits=16, decimal_places=2, **more)  # type: ignore[arg-type]


class Import(models.Model):
    """One case file taken in: by whom, from what bytes, with what result. Repeating it changes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client = models.CharField(max_length=80)
    batch_no = models.CharField(max_length=64)
    filename = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.IntegerField()
    new = models.IntegerField()
    changed = models.IntegerField()
    same = models.IntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class Loan(models.Model):
    """A contract for a car. Amounts that change with time live in Balance, each with its as-of date."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client = models.CharField(max_length=80)  # 委托方
    funder = models.CharField(max_length=80)  # 资方
    batch_no = models.CharField(max_length=64)
    placed_on = models.DateField()
    due_back_on = models.DateField()
    placed_amount = money()
    contract_no = models.CharField(max_length=64)
    receipt_no = models.CharField(max_length=64)
    product = models.CharField(max_length=80)
    principal = money()
    currency = models.CharField(max_length=3, default="CNY")
    signed_on = models.DateField(null=True)
    matures_on = models.DateField(null=True)
    terms_total = models.IntegerField(null=True)
    terms_paid = models.IntegerField(null=True)
    due_day = models.IntegerField(null=True)
    repay_method = models.CharField(max_length=20, blank=True)
    rate_year = models.DecimalField(max_digits=8, decimal_places=6, null=True)
    overdue_since = models.DateField()
    guarantee_kind = models.CharField(max_length=40, blank=True)
    more = models.JSONField(default=dict)  # columns of the client's own that we carry and never judge by

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(fields=["client", "contract_no"], name="one_contract_a_client")
        ]


class Balance(models.Model):
    """What is owed, part by part, as of a day. No amount without its date."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="balances")
    as_of = models.DateField()
    overdue_principal = money()
    overdue_interest = money()
    penalty = money()
    breach_fee = money(default=0)
    other_fee = money(default=0)
    outstanding_principal = money(null=True)
    outstanding_total = money()
    days_past_due = models.IntegerField()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["loan", "as_of"], name="one_balance_a_day")]

    @property
    def overdue_total(self):  # type: ignore[no-untyped-def]
        return (
            self.overdue_principal + self.overdue_interest + self.penalty + self.breach_fee + self.other_fee
        )


class Instalment(models.Model):
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="schedule")
    number = models.IntegerField()
    due_on = models.DateField()
    principal = money()
    interest = money()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["loan", "number"], name="one_instalment_a_number")]


class Payment(models.Model):
    """Money that came in, as the lender's books say. Promises are judged by these alone."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="payments")
    reference = models.CharField(max_length=64)
    paid_on = models.DateField()
    amount = money()
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["loan", "reference"], name="one_payment_once")]


class PaymentShare(models.Model):
    """What part of the debt a payment paid, in the lawful order, against the balance that was known then."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="shares")
    balance = models.ForeignKey(Balance, models.PROTECT, related_name="+")
    part = models.CharField(max_length=12)  # of casework.allocation.LAWFUL_ORDER
    amount = money()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["payment", "part"], name="one_share_a_part")]


class Promise(models.Model):
    """Somebody said that they will pay so much by such a day. One is open on a matter at a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    matter = models.ForeignKey("desk.Matter", models.PROTECT, related_name="promises")
    party = models.ForeignKey("desk.Party", models.PROTECT, related_name="promises")
    contact = models.UUIDField(null=True)  # in which it was said
    channel = models.CharField(max_length=20)
    amount = money()
    due_on = models.DateField()
    state = models.CharField(max_length=12, default="open")
    reason = models.TextField(blank=True)  # of superseding or cancelling
    paid = money(default=0)  # that had come in when it was judged
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["state", "due_on"])]
        constraints = [
            models.UniqueConstraint(
                fields=["matter"], condition=models.Q(state="open"), name="one_open_promise_a_matter"
            )
        ]


class Plan(models.Model):
    """Instalments over what is overdue, with the day that the sum is true for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    matter = models.ForeignKey("desk.Matter", models.PROTECT, related_name="plans")
    party = models.ForeignKey("desk.Party", models.PROTECT, related_name="plans")
    state = models.CharField(max_length=12, default="proposed")
    total = money()
    as_of = models.DateField()  # of the total
    why = models.TextField()  # the ground it was proposed on
    reason = models.TextField(blank=True)  # of the last step
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(
                fields=["matter"], condition=models.Q(state="agreed"), name="one_plan_runs_a_matter"
            )
        ]


class PlanPart(models.Model):
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="parts")
    number = models.IntegerField()
    due_on = models.DateField()
    amount = money()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="one_part_a_number")]


class Vehicle(models.Model):
    loan = models.OneToOneField(Loan, models.PROTECT, related_name="vehicle")
    plate = EncryptedTextField(null=True)
    vin = models.CharField(max_length=17)
    model = models.CharField(max_length=80, blank=True)
    colour = models.CharField(max_length=20, blank=True)
    price = money(null=True)
    valuation = money(null=True)
    valued_on = models.DateField(null=True)
    mortgage_registered_on = models.DateField(null=True)
    control = models.CharField(
        max_length=20, default="borrower"
    )  # borrower | third_party | impounded | surrendered | missing

    class Meta:
        app_label = "desk"


class LoanParty(models.Model):
    """What somebody is to a loan. Debtors, co-borrowers and guarantors owe; contacts do not and must not learn of it."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="people")
    party = models.ForeignKey("desk.Party", models.PROTECT, related_name="loans")
    role = models.CharField(max_length=24)  # terms.PartyRole
    relation = models.CharField(max_length=20, blank=True)  # 父母, 配偶, 同事 …
    named_by_debtor = models.BooleanField(null=True)
    guarantee = models.CharField(max_length=10, blank=True)  # joint | general
    guarantee_until = models.DateField(null=True)
    guarantee_cap = money(null=True)

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["loan", "party", "role"], name="one_role_once")]


class ClaimEvent(models.Model):
    """Something that touches the claim's clocks: a demand that arrived, an acknowledgement, a suit. Each with its proof.

    `party` is whom it concerns alone (a guarantor); nobody means the debtors together (LIMITATION 15).
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="claim_events")
    party = models.ForeignKey("desk.Party", models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=32)  # of matters.reads.INTERRUPTS
    on = models.DateField()
    ended_on = models.DateField(null=True)  # of a proceeding
    pending = models.BooleanField(default=False)
    proof = models.CharField(max_length=200)  # a digest, a sealed entry, a number at a court or carrier
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["loan", "on"])]


class Matter(models.Model):
    """One business with one loan: "overdue instalments of contract …". Threads are bound to exactly one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=32, unique=True)  # 案件编号, shown to people
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="matters")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=20, default=State.NEW, choices=[(s, s) for s in State])
    overlays = models.JSONField(default=list)  # paused, emergency, deceased, insolvent
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="matters")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["owner", "state"])]


class MatterChange(models.Model):
    """The change log of a matter: before, after, which kind, who, when, why."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=24)
    before = models.CharField(max_length=80, blank=True)
    after = models.CharField(max_length=80, blank=True)
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"


class Thread(models.Model):
    """One matter, one chat (一事一聊): a person, a matter, a purpose, a channel account, one owner who writes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="threads")
    party = models.ForeignKey("desk.Party", models.PROTECT, related_name="threads")
    purpose = models.CharField(max_length=20)  # terms.Purpose
    channel = models.CharField(max_length=20)  # terms.Channel
    account = models.CharField(max_length=64)  # ours: the member's userid, the kf id, the SMS signature
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="threads")
    state = models.CharField(max_length=12, default="open")  # proposed | open | closed
    numbered = models.IntegerField(default=0)  # how many contacts have a number in this thread
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["party", "channel", "state"])]


class Entrustment(models.Model):
    """A matter in the hands of an agency: since when, until when, how the debtor was told, and how it ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="entrustments")
    agency = models.ForeignKey("desk.Agency", models.PROTECT, related_name="entrustments")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, default=Entrusted.ENTRUSTED, choices=[(s, s) for s in Entrusted])
    since = models.DateTimeField()
    until = models.DateField()
    told_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=200, blank=True)  # the message's id, or the receipt of a letter
    ended_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True)  # it ended
    given_back_at = models.DateTimeField(null=True)
    given_back = models.TextField(blank=True)  # in the agency's words

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["agency", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["matter"], condition=models.Q(ended_at=None), name="one_agency_a_matter"
            )
        ]
