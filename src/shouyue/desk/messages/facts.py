"""Everything the gate may know about one intended contact, gathered from the slices into one frozen record.

What a slice does not know is left out, and the gate then asks a person; what it looked up and did not find is None.
The words are those of the pack's vocabulary (`packs/<name>/facts.yaml`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.timezone import localdate

from shouyue.casework.contact import Contact as State
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import Balance, Loan, LoanParty, Thread
from shouyue.desk.matters.reads import Named, others_of
from shouyue.desk.messages.attempts import happened
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.screened import last_of, screened_for
from shouyue.desk.messages.wordings import wordings
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Account, Consent, ContactPoint, Party, Stop
from shouyue.desk.people.models import Role, Staff
from shouyue.desk.people.reads import CertificateState, certificate, on_the_list
from shouyue.policy.contacts import Contacts
from shouyue.policy.facts import Facts
from shouyue.screening import Screening
from shouyue.terms import Channel, Direction, PartyRole

# states in which a contact of ours has happened, or is about to: what counting rules count
COUNTED = (State.LEAVING, State.ACCEPTED, State.DELIVERED, State.UNKNOWN, State.FAILED, State.RECEIVED)
REPLY_WITHIN = timedelta(hours=24)
# what the other side says to lead somebody into a mistake
PROVOKING = frozenset({"provocation", "insult", "threat", "inducement"})
OWN_LINK = re.compile(re.escape(settings.ADDRESS) + r"/p/(?:own/)?[\w-]+")


@dataclass(frozen=True)
class Intent:
    """What somebody means to do: these words, in this thread, at this moment."""

    thread: Thread
    text: str
    staff: Staff
    when: datetime
    script: str = ""

    @cached_property
    def words(self) -> str:
        """The text as it is judged: the random word in a link of our own is no word, and must not be read as somebody's
        number or initials. Every other character stays in its place."""
        return OWN_LINK.sub(lambda link: "页" * len(link.group()), self.text)

    @cached_property
    def screened(self) -> Screening:
        return screened_for(
            self.words,
            thread=self.thread,
            direction="out",
            people=self.people,
            before=self.before,
            others=self.others,
        )

    @cached_property
    def loan(self) -> Loan:
        return self.thread.matter.loan

    # asked once for each intent, and shared by everything that reads them

    @cached_property
    def people(self) -> list[LoanParty]:
        """Everybody in the loan, with their numbers."""
        return list(matters.people_of(self.loan).order_by("pk"))

    @cached_property
    def before(self) -> list[Contact]:
        """The last messages of the thread, oldest first."""
        return last_of(self.thread)

    @cached_property
    def others(self) -> list[Named]:
        """The other matters of the recipient, by the names they have."""
        return list(others_of(self.thread.party, self.thread.matter)) if self.text else []

    @cached_property
    def debtor(self) -> Party | None:
        return next((one.party for one in self.people if one.role == PartyRole.DEBTOR), None)

    @cached_property
    def link(self) -> LoanParty | None:
        """What the recipient is to the loan, the strongest role first."""
        rows = {one.role: one for one in self.people if one.party_id == self.thread.party_id}
        return next((rows[role.value] for role in PartyRole if role.value in rows), None)

    @cached_property
    def points(self) -> list[ContactPoint]:
        """The recipient's numbers and addresses, as parties.points orders them."""
        if self.link is None:
            return list(parties.points(self.thread.party))
        return sorted(self.link.party.points.all(), key=lambda one: (one.kind, one.added_at))

    @cached_property
    def account(self) -> Account | None:
        """The recipient's account on the thread's channel."""
        return parties.account_on(self.thread.party, self.thread.channel)

    @cached_property
    def proved(self) -> bool:
        return parties.proofs(self.thread.party).filter(proved_at__lte=self.when).exists()

    @cached_property
    def reached(self) -> bool:
        """Whether anything of ours has ever reached out to them."""
        return had_reached(self.thread.party, by=self.staff, before=self.when)

    @cached_property
    def provoked(self) -> datetime | None:
        """When the other side last provoked the person who writes, within a day."""
        return provoked_at(self.thread, self.staff, self.when)

    @cached_property
    def past(self) -> list[Past]:
        return history(self.loan, self.debtor, before=self.when)

    @cached_property
    def held(self) -> CertificateState:
        return certificate(self.staff, self.thread.channel, self.when)

    @cached_property
    def stops(self) -> list[Stop]:
        return parties.stops(self.thread.party, self.when)

    @cached_property
    def consents(self) -> list[Consent]:
        return parties.consents(self.thread.party, self.when)

    @cached_property
    def plan_runs(self) -> bool:
        return matters.running_plan(self.loan) is not None

    @cached_property
    def balance(self) -> Balance | None:
        return matters.balance(self.loan, localdate(self.when))

    @cached_property
    def instalments(self) -> set[Decimal]:
        return {p.principal + p.interest for p in matters.schedule(self.loan)}

    @cached_property
    def point(self) -> str:
        """The blind index of the number or account that will be used."""
        if self.account:
            return self.account.index
        party = self.thread.party
        valid = [one for one in self.points if one.kind == "mobile" and one.state == "valid"]
        mobile = min(valid, key=lambda one: not parties.may_reach(party, one), default=None)
        return mobile.index if mobile else ""

    @cached_property
    def direction(self) -> str:
        """A reply when they wrote last, within a day; else we begin."""
        last = self.before[-1] if self.before else None
        theirs = last is not None and last.direction == Direction.INBOUND
        return (
            Direction.REPLY
            if theirs and last is not None and self.when - last.at <= REPLY_WITHIN
            else Direction.OUTBOUND
        )


def had_reached(party: Party, *, by: Staff, before: datetime, but: UUID | None = None) -> bool:
    """Whether anything of ours had reached out to this person up to `before`, `but` that one contact. Where an agency speaks,
    anything of that agency: each gives its name once."""
    rows = Contact.objects.filter(
        party=party, direction__in=[Direction.OUTBOUND, Direction.REPLY], state__in=COUNTED, at__lte=before
    )
    if by.role == Role.AGENCY:
        rows = rows.filter(staff__agency=by.agency_id)
    return (rows.exclude(pk=but) if but else rows).exists()


def facts_for(intent: Intent, *, id: UUID) -> Facts:
    """The frozen record for this intent; the contact itself (a repeat of `id`) is not among the earlier ones."""
    thread, loan = intent.thread, intent.loan
    party, debtor, link = thread.party, intent.debtor, intent.link
    role = PartyRole(link.role) if link else PartyRole.UNRELATED
    earlier = [row for row in intent.past if row.pk != id]
    known: dict[str, Any] = {
        "channel": str(thread.channel),
        "direction": str(intent.direction),
        "text": intent.words,
        **_said(intent.screened),
        "identifiers": [{"kind": i.kind, "owner": i.owner} for i in intent.screened.identifiers],
        "purpose": str(thread.purpose),
        "first_contact": not intent.reached,
        "product": loan.product,
        **_recipient(party, role, link, intent),
        **_guarantee(loan, party, link),
        **_sender(intent, thread),
        **_provoked(intent),
        **_stops(party, role, thread.channel, intent.stops),
        "plan": {"signed": True, "breached": False} if intent.plan_runs else None,
        **_consents(intent.consents, str(thread.channel)),
        **_money(intent),
    }
    return Facts.of(known, _table(earlier, debtor=debtor, intent=intent, id=id))


def _said(screened: Screening) -> dict[str, list[str]]:
    """What the words say for sure, and what they may say: only the first can block alone, the second asks a person."""
    return {"labels": sorted(screened.sure), "suspected": sorted(screened.suspected)}


class Past(NamedTuple):
    """What the counting rules read of an earlier contact: nothing of it is decrypted."""

    pk: UUID
    party: UUID | None
    point: str
    left_at: datetime | None
    their_time: datetime | None
    at: datetime
    channel: str
    direction: str
    state: str
    result: str
    connected: bool | None
    staff: int | None
    role: str | None
    agency: int | None


PAST = (*Past._fields[:-2], "staff__role", "staff__agency")


def history(loan: Loan, debtor: Party | None, *, before: datetime) -> list[Past]:
    """Every contact with anybody about this loan's debtor, on every loan of theirs, that happened up to `before`."""
    loans = Q(matter__loan=loan)
    if debtor:
        loans |= Q(
            matter__loan__in=LoanParty.objects.filter(party=debtor, role=PartyRole.DEBTOR).values("loan")
        )
    rows = Contact.objects.filter(loans, state__in=COUNTED, at__lte=before)
    return [Past(*row) for row in rows.order_by("at").values_list(*PAST)]


def _table(rows: list[Past], *, debtor: Party | None, intent: Intent, id: UUID) -> Contacts:
    roles = {one.party_id: one.role for one in sorted(intent.people, key=lambda one: one.role, reverse=True)}
    zone = ZoneInfo(debtor.zone) if debtor and debtor.zone else ZoneInfo("Asia/Shanghai")
    return Contacts.of(
        {
            "contact": str(row.pk),
            "debtor": str(debtor.pk) if debtor else "",
            "person": str(row.party or ""),
            "number": row.point,
            "at": happened(row.channel, row.their_time, row.left_at, row.at).astimezone(zone),
            "channel": row.channel,
            "direction": row.direction,
            "role": roles.get(row.party, "") if row.party else "",
            "result": _result(row),
            "sender": "agency" if row.role == Role.AGENCY else "lender",
            "agency": str(row.agency or ""),
            "staff": row.staff or 0,
        }
        for row in rows
    )


def _result(row: Past) -> str:
    """Whether somebody was reached, as the counting rules use the word."""
    if row.channel in {Channel.PHONE, Channel.AI_CALL}:
        return "success" if row.result and row.connected else "reach" if row.connected else "fail"
    return {"delivered": "reach", "accepted": "reach", "received": "success", "failed": "fail"}.get(
        str(row.state), "unknown"
    )


def _recipient(party: Party, role: PartyRole, link: LoanParty | None, intent: Intent) -> dict[str, Any]:
    when = intent.when
    facts: dict[str, Any] = {
        "recipient.role": str(role),
        "recipient.name": party.name,
        "recipient.person": str(party.pk),
        "recipient.number": intent.point or None,
        "recipient.verified": intent.proved,
        "recipient.wechat_bound": intent.account is not None,
        "recipient.capacity": "none"
        if "no_capacity" in party.flags
        else "limited"
        if "limited_capacity" in party.flags
        else "full",
    }
    if party.zone:
        ahead = when.astimezone(ZoneInfo(party.zone)).utcoffset() or timedelta()
        facts["recipient.utc_offset"] = int(ahead.total_seconds())
    if link is not None and link.named_by_debtor is not None:
        facts["recipient.named_by_debtor"] = link.named_by_debtor
    if party.born_on:
        had_birthday = (when.month, when.day) >= (party.born_on.month, party.born_on.day)
        facts["recipient.age"] = when.year - party.born_on.year - (not had_birthday)
    account = intent.account
    source = next((one for one in intent.points if intent.point and one.index == intent.point), None)
    if account and account.index == intent.point:  # they came to us with it, and proved that it is theirs
        facts["recipient.number_source"] = "debtor_supplied"
    elif source:
        facts["recipient.number_source"] = (
            source.source if parties.may_reach(party, source) else "not_registered"
        )
    return facts


def _guarantee(loan: Loan, party: Party, link: LoanParty | None) -> dict[str, Any]:
    """What a guarantor is liable for and until when: as agreed, from when the debt falls due, and what saved it."""
    if link is None or link.role != PartyRole.GUARANTOR:
        return {}
    agreed = link.guarantee_until
    return {
        "recipient.guarantee": link.guarantee or "unstated",
        "recipient.period_end": agreed,
        "guarantee": {
            "type": link.guarantee or "general",
            "main_due": matters.last_due(loan),
            "agreed_period": agreed.isoformat() if agreed else None,
            "claimed_at": matters.claimed_on(loan, party),
            "suit_filed": matters.sued_on(loan),
            "cap": link.guarantee_cap,
        },
    }


def _sender(intent: Intent, thread: Thread) -> dict[str, Any]:
    held = intent.held
    facts: dict[str, Any] = {
        "sender.type": "agency" if intent.staff.role == Role.AGENCY else "lender",
        "sender.name": intent.loan.client,
        "sender.lender": intent.loan.client,
        "sender.staff": intent.staff.staff_no,
        "sender.account": "desk_wecom_or_trunk",
        # an exam that was not passed, has expired or was revoked is none
        "sender.staff_last_exam": localdate(held.since) if held.valid and held.since else None,
    }
    if intent.staff.role == Role.AGENCY:
        facts |= _agency(intent, thread)
    if thread.account in settings.SENDERS:  # else nobody has said that it is registered: not known
        facts["caller_id.registered"] = True
    return facts


def provoked_at(thread: Thread, staff: Staff, when: datetime) -> datetime | None:
    """When the other side last provoked this person in this thread, within a day."""
    rows = Contact.objects.filter(
        thread=thread, staff=staff, state=State.RECEIVED, at__gt=when - timedelta(days=1), at__lte=when
    )
    said = rows.order_by("-at").values_list("at", "labels")[:200]
    return next((at for at, labels in said if set(labels) & PROVOKING), None)


def _provoked(intent: Intent) -> dict[str, Any]:
    """How long ago, and whether the words are then an approved wording as it stands, or one's own."""
    if not intent.text:  # no words to be read by anybody
        return {}
    last = intent.provoked
    if last is None:
        return {}
    text = intent.text.strip()
    return {
        "provoked_minutes": int((intent.when - last).total_seconds() // 60),
        "approved_wording": any(
            text == one["filled"].strip() for one in wordings(intent.thread, intent.when)
        ),
    }


def _agency(intent: Intent, thread: Thread) -> dict[str, Any]:
    """Who acts for the lender here: on its list, under which contract, and whether this debtor was told of them."""
    agency, today = intent.staff.agency, localdate(intent.when)
    agreed = agency is not None and str(thread.channel) in agency.channels
    placed = matters.entrusted(thread.matter)
    if agency is None or placed is None or placed.agency_id != agency.pk:
        return {
            "sender.name": agency.name if agency else intent.staff.display_name,
            "sender.on_whitelist": agency is not None and on_the_list(agency, today),
            "sender.outsourcing_notice_sent": False,
            "sender.contract_end": agency.contract_until if agency else None,
            "sender.channel_in_contract": agreed,
        }
    return {
        "sender.name": agency.name,
        "sender.agency": str(agency.pk),
        "sender.on_whitelist": on_the_list(agency, today),
        "sender.outsourcing_notice_sent": placed.told_at is not None and placed.told_at <= intent.when,
        "sender.contract_end": min(agency.contract_until, placed.until),
        "sender.channel_in_contract": agreed,
    }


# what the pack calls each reason not to contact somebody; one that it has no word for is the strictest it has
SAID_STOP = {"opt_out", "represented", "do_not_contact"}
DISPUTED = {"dispute", "wrong_person"}
NEEDS_CARE = {"hardship", "vulnerable"}
NAMED = {"no_contact_order", "complaint", "deceased"}


def _stops(party: Party, role: PartyRole, channel: str, stops: Iterable[Stop]) -> dict[str, Any]:
    running = {s.kind: s for s in stops if s.channel in {"*", channel}}
    kinds = set(running)
    unknown = kinds - SAID_STOP - DISPUTED - NEEDS_CARE - NAMED
    stopped = bool(kinds & SAID_STOP or unknown)
    order = running.get("no_contact_order")
    return {
        # its end is not on file: it runs until somebody lifts the stop, and blocks; not knowing is not permission
        "no_contact_order": {"issued": localdate(order.since), "until": None} if order else None,
        "recipient.said_stop": stopped,
        "recipient.opted_out": stopped and not role.owes,
        "dispute.open": bool(kinds & DISPUTED),
        "complaint.open": "complaint" in kinds,
        "hardship.open": bool(kinds & NEEDS_CARE),
        "debtor_status": "deceased" if "deceased" in party.flags or "deceased" in kinds else None,
    }


def night_consent(given: Sequence[Consent], channel: str) -> dict[str, Any] | None:
    """Of several agreements to night contact the latest for this channel; one without channel or hours is no clear one."""
    nights = sorted((one for one in given if one.what == "night_contact"), key=lambda one: one.given_at)
    nights.sort(
        key=lambda one: one.channel in {channel, "*"}
    )  # those for other channels do not cover this one
    if not nights:
        return None
    night = nights[-1]
    return {
        "subject": "debtor",
        "channels": None if night.channel == "*" else [night.channel],
        "form": night.form,
        "window": "{from}-{to}".format_map(night.window) if night.window else None,
        "given_at": night.given_at,
        "revoked_at": None,
        "evidence_id": night.evidence or None,
        "quote": night.words,
    }


def _consents(given: Sequence[Consent], channel: str) -> dict[str, Any]:
    archive = any(one.what == "archive" for one in given)
    return {
        "night_consent": night_consent(given, channel),
        "different_agreement": None,
        "archive_agree": "Agree" if archive else None,
    }


def _money(intent: Intent) -> dict[str, Any]:
    row = intent.balance
    named = _sums(intent.text)
    if row is None:
        return {"ledger.total": None, "ledger.as_of": None, "ledger_match": not named}
    parts = {getattr(row, name) for name in PARTS} | {row.overdue_total}
    if named:
        parts |= intent.instalments
    return {
        "ledger.total": row.overdue_total,
        "ledger.as_of": row.as_of,
        "ledger_match": named <= parts,
        "settled_at": None if row.outstanding_total > 0 else row.as_of,
    }


PARTS = [
    "overdue_principal",
    "overdue_interest",
    "penalty",
    "breach_fee",
    "other_fee",
    "outstanding_principal",
    "outstanding_total",
]
SUM = re.compile(r"(?<![\d.])(\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?)\s*(万)?元")


def _sums(text: str) -> set[Decimal]:
    """The sums of money a text names, exactly: `3,218.40元`, `1.2万元`."""
    return {
        (Decimal(number.replace(",", "")) * (10000 if wan else 1)).quantize(Decimal("0.01"))
        for number, wan in SUM.findall(unicodedata.normalize("NFKC", text))
    }
