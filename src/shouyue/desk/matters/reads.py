"""Loans, matters and threads as they may be shown, and to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from shouyue.casework.entrustment import OPEN as IN_HAND
from shouyue.casework.matter import Matter as State
from shouyue.desk.matters.models import (
    Balance,
    ClaimEvent,
    Entrustment,
    Import,
    Instalment,
    Loan,
    LoanParty,
    Matter,
    MatterChange,
    Payment,
    PaymentShare,
    Plan,
    Promise,
    Thread,
)
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Agency, Role, Staff
from shouyue.desk.people.reads import may
from shouyue.terms import PartyRole, Stage


class NotYours(Exception):
    """There is no such matter for this person: shown as "not found", and logged."""


def visible_to(staff: Staff) -> QuerySet[Matter]:
    """The matters this person may see: their own, their team's, or all, by role. Administrators and trainers see none."""
    rows = Matter.objects.select_related("loan", "owner", "loan__vehicle")
    if may(staff, "see_all_matters"):
        return rows
    if may(staff, "see_team"):
        return rows.filter(Q(owner__team__supervisor=staff) | Q(owner=staff) | Q(owner=None))
    if staff.role == Role.COLLECTOR:
        return rows.filter(owner=staff)
    if staff.role == Role.AGENCY:  # what is in their agency's hands now, and in theirs
        return rows.filter(
            owner=staff, entrustments__agency=staff.agency, entrustments__state__in=IN_HAND
        ).distinct()
    return rows.none()


def matter_for(staff: Staff, pk: UUID | str) -> Matter:
    """The matter, or NotYours, without telling whether it exists."""
    found = visible_to(staff).filter(pk=pk).first()
    if found is None:
        raise NotYours(f"matter {pk}")
    return found


def thread_for(staff: Staff, pk: UUID | str) -> Thread:
    """The thread, if its matter may be seen, or NotYours."""
    found = (
        Thread.objects.select_related("matter", "matter__loan", "party", "owner")
        .filter(pk=pk, matter__in=visible_to(staff))
        .first()
    )
    if found is None:
        raise NotYours(f"thread {pk}")
    return found


def get(pk: UUID | str) -> Matter:
    return Matter.objects.select_related("loan", "owner").get(pk=pk)


def by_number(number: str) -> Matter | None:
    return Matter.objects.select_related("loan", "owner").filter(number=number).first()


def thread(pk: UUID | str) -> Thread:
    return Thread.objects.select_related("matter", "matter__loan", "party", "owner").get(pk=pk)


def threads_of(matter: Matter) -> QuerySet[Thread]:
    return Thread.objects.filter(matter=matter).select_related("party", "owner").order_by("-opened_at")


def open_thread(*, party: Party, channel: str, account: str) -> Thread | None:
    """The one open thread of this person with this account of ours. The newest wins where two are open."""
    return threads_with(party=party, channel=channel, account=account).filter(state="open").first()


def threads_with(*, party: Party, channel: str, account: str) -> QuerySet[Thread]:
    """Every thread there was between this person and this account of ours, newest first."""
    return (
        Thread.objects.filter(party=party, channel=channel, account=account)
        .select_related("matter", "matter__loan", "owner")
        .order_by("-opened_at")
    )


def has_account(account: str) -> bool:
    return Thread.objects.filter(account=account).exists()


def threads_covered(over: str, key: str) -> QuerySet[Thread]:
    """Every thread that a stop over a party, a member, an account or the whole lender covers."""
    whose = {
        "party": Q(party_id=key or None),
        "staff": Q(owner__staff_no=key),
        "account": Q(account=key),
        "lender": Q(),
    }
    return Thread.objects.filter(whose[over]).select_related("party", "owner", "owner__team")


def open_matters_of(party: Party) -> QuerySet[Matter]:
    """The open matters in which this person has any role, newest first."""
    return (
        Matter.objects.filter(loan__people__party=party)
        .exclude(state=State.CLOSED)
        .select_related("loan", "owner")
        .distinct()
        .order_by("-opened_at")
    )


class Named(NamedTuple):
    """A matter as words may name it."""

    number: str
    contract: str
    plate: str | None
    vin: str | None


def others_of(party: Party, matter: Matter) -> list[Named]:
    """What names each other loan's matter in which this person has any role: one matter, one chat."""
    rows = Matter.objects.filter(loan__people__party=party).exclude(loan=matter.loan_id).distinct()
    return [
        Named(*row)
        for row in rows.values_list(
            "number", "loan__contract_no", "loan__vehicle__plate", "loan__vehicle__vin"
        )
    ]


def sums_elsewhere(party: Party, matter: Matter) -> dict[str, set[Decimal]]:
    """Instalments and totals of each other loan in which this person has any role, by its matter's number.

    Without sums that this loan has too: these name nothing.
    """
    numbers = dict(
        Matter.objects.filter(loan__people__party=party)
        .exclude(loan=matter.loan_id)
        .values_list("loan", "number")
    )
    if not numbers:
        return {}
    found: dict[UUID, set[Decimal]] = {}
    for loan, principal, interest in Instalment.objects.filter(
        loan__in=[*numbers, matter.loan_id]
    ).values_list("loan", "principal", "interest"):
        found.setdefault(loan, set()).add(principal + interest)
    for loan, overdue, total in Balance.objects.filter(loan__in=[*numbers, matter.loan_id]).values_list(
        "loan", "overdue_principal", "outstanding_total"
    ):
        found.setdefault(loan, set()).update((overdue, total))
    own = found.get(matter.loan_id, set())
    return {number: found.get(loan, set()) - own for loan, number in numbers.items()}


def last_closed(party: Party) -> datetime | None:
    """When the last matter in which this person has any role was closed."""
    found: datetime | None = Matter.objects.filter(loan__people__party=party).aggregate(
        last=Max("closed_at")
    )["last"]
    return found


def ids_with(party: Party) -> list[UUID]:
    """Every matter in which this person has any role."""
    return list(Matter.objects.filter(loan__people__party=party).distinct().values_list("pk", flat=True))


def called(party: Party) -> set[str]:
    """The numbers by which somebody's words may name what this person owes: of the case, the contract and the car."""
    rows = Matter.objects.filter(loan__people__party=party, loan__people__role=PartyRole.DEBTOR)
    found = rows.values_list("number", "loan__contract_no", "loan__vehicle__plate", "loan__vehicle__vin")
    return {word for row in found for word in row if word}


def others_with(party: Party) -> list[UUID]:
    """Everybody else on the loans in which this person has any role."""
    loans = LoanParty.objects.filter(party=party).values("loan")
    rows = LoanParty.objects.filter(loan__in=loans).exclude(party=party)
    return list(rows.distinct().values_list("party", flat=True))


def worked_by(party: Party) -> tuple[set[str], set[str]]:
    """Who worked on this person's matters or spoke with them, by staff number, and on which accounts of ours."""
    threads = Thread.objects.filter(Q(party=party) | Q(matter__loan__people__party=party))
    owners = Matter.objects.filter(loan__people__party=party).values_list("owner__staff_no", flat=True)
    staff = {*threads.values_list("owner__staff_no", flat=True), *owners}
    return {one for one in staff if one}, {one for one in threads.values_list("account", flat=True) if one}


def role_in(loan: Loan, party: Party) -> PartyRole:
    """What this person is to this loan; somebody who is nothing to it is unrelated."""
    roles = set(LoanParty.objects.filter(loan=loan, party=party).values_list("role", flat=True))
    for role in PartyRole:
        if role.value in roles:
            return role
    return PartyRole.UNRELATED


def link(loan: Loan, party: Party) -> LoanParty | None:
    """The row that says what this person is to this loan, the strongest role first."""
    rows = {row.role: row for row in LoanParty.objects.filter(loan=loan, party=party)}
    return next((rows[role.value] for role in PartyRole if role.value in rows), None)


def people_of(loan: Loan) -> QuerySet[LoanParty]:
    return LoanParty.objects.filter(loan=loan).select_related("party").prefetch_related("party__points")


def debtor_of(loan: Loan) -> Party | None:
    found = LoanParty.objects.filter(loan=loan, role=PartyRole.DEBTOR).select_related("party").first()
    return found.party if found else None


def balance(loan: Loan, on: date | None = None) -> Balance | None:
    """The newest balance known (as of `on`). None means that no amount may be named."""
    rows = Balance.objects.filter(loan=loan)
    if on:
        rows = rows.filter(as_of__lte=on)
    return rows.order_by("-as_of").first()


def payments(loan: Loan) -> QuerySet[Payment]:
    return Payment.objects.filter(loan=loan).order_by("-paid_on")


def schedule(loan: Loan) -> QuerySet[Instalment]:
    return Instalment.objects.filter(loan=loan).order_by("number")


def imports() -> QuerySet[Import]:
    return Import.objects.select_related("by").order_by("-at")


@dataclass(frozen=True)
class Debt:
    """A debt as shown: every part, its sum, the day it is true for."""

    principal: Decimal
    interest: Decimal
    penalty: Decimal
    breach_fee: Decimal
    other_fee: Decimal
    total: Decimal
    outstanding: Decimal
    as_of: date
    days_past_due: int
    stage: Stage
    currency: str


def debt(loan: Loan, at: datetime) -> Debt | None:
    """What is overdue as of the newest balance not after `at`, by the lender's calendar."""
    row = balance(loan, timezone.localdate(at))
    return _debt(loan, row) if row else None


def _debt(loan: Loan, row: Balance) -> Debt:
    return _told(loan.currency, *(getattr(row, name) for name in TOLD))


TOLD = ("overdue_principal", "overdue_interest", "penalty", "breach_fee", "other_fee", "outstanding_total", "as_of", "days_past_due")  # fmt: skip


def _told(
    currency: str,
    principal: Decimal,
    interest: Decimal,
    penalty: Decimal,
    breach_fee: Decimal,
    other_fee: Decimal,
    outstanding: Decimal,
    as_of: date,
    days_past_due: int,
) -> Debt:
    return Debt(
        principal=principal,
        interest=interest,
        penalty=penalty,
        breach_fee=breach_fee,
        other_fee=other_fee,
        total=principal + interest + penalty + breach_fee + other_fee,
        outstanding=outstanding,
        as_of=as_of,
        days_past_due=days_past_due,
        stage=Stage.of(days_past_due),
        currency=currency,
    )


def _cents(found: Decimal | None) -> Decimal:
    """A sum as money: SQLite adds decimals as numbers of its own, with more places than there are."""
    return (found or Decimal(0)).quantize(Decimal("0.01"))


def shares_since(row: Balance) -> dict[str, Decimal]:
    """What payments already paid of this balance, by part."""
    found = PaymentShare.objects.filter(balance=row).values_list("part").annotate(sum=Sum("amount"))
    return {part: _cents(paid) for part, paid in found}


def paid_since(loan: Loan, since: datetime) -> Decimal:
    """What came in on this loan after `since`: by the day it was paid, and on that very day by when it was booked."""
    day = timezone.localdate(since)
    later = Q(paid_on__gt=day) | Q(paid_on=day, recorded_at__gt=since)
    found = Payment.objects.filter(later, loan=loan).aggregate(sum=Sum("amount"))["sum"]
    return _cents(found)


def waits_for_money(loan: Loan) -> bool:
    """Whether a promise or plan on this loan is judged by what comes in."""
    return (
        Promise.objects.filter(matter__loan=loan, state="open").exists()
        or Plan.objects.filter(matter__loan=loan, state__in=["agreed", "broken"]).exists()
    )


def promises_of(matter: Matter) -> QuerySet[Promise]:
    """The promises on this matter, newest first."""
    return Promise.objects.filter(matter=matter).select_related("party").order_by("-made_at")


def promise_for(matter: Matter, pk: UUID) -> Promise:
    """One promise of this matter, or NotYours."""
    found = Promise.objects.filter(matter=matter, pk=pk).first()
    if found is None:
        raise NotYours(f"promise {pk} of matter {matter.pk}")
    return found


def broken_promises(party: Party) -> int:
    """How many promises this person broke, in whole or in part."""
    return Promise.objects.filter(party=party, state__in=["broken", "partly_kept"]).count()


def plans_of(matter: Matter) -> QuerySet[Plan]:
    """The plans on this matter, newest first, with their instalments."""
    return (
        Plan.objects.filter(matter=matter)
        .select_related("party")
        .prefetch_related("parts")
        .order_by("-proposed_at")
    )


def running_plan(loan: Loan) -> Plan | None:
    """The plan that is agreed and not broken, replaced or fulfilled."""
    return (
        Plan.objects.filter(matter__loan=loan, state="agreed")
        .select_related("matter")
        .prefetch_related("parts")
        .first()
    )


def last_plan(matter: Matter) -> Plan | None:
    """The plan that a new one would follow: the one that runs, else the newest that was broken."""
    rows = Plan.objects.filter(matter=matter, state__in=["agreed", "broken"])
    return rows.order_by("state", "-agreed_at").first()  # "agreed" before "broken"


def plan(pk: UUID | str) -> Plan:
    return Plan.objects.select_related("matter", "matter__loan", "party").prefetch_related("parts").get(pk=pk)


def promise(pk: UUID | str) -> Promise:
    return Promise.objects.select_related("matter", "party").get(pk=pk)


def owned_by(staff: Staff) -> int:
    """How many open cases stand in this person's name."""
    return Matter.objects.filter(owner=staff).exclude(state="closed").count()


def find(staff: Staff, words: str, limit: int = 20) -> list[Matter]:
    """The visible matters whose number, or whose loan's contract number, is exactly this; letters' case does not matter."""
    wanted = words.strip()
    if not wanted:
        return []
    exact = Q(number__iexact=wanted) | Q(loan__contract_no__iexact=wanted)
    return list(visible_to(staff).filter(exact).order_by("number")[:limit])


def party_for(staff: Staff, pk: UUID | str) -> Party:
    """Somebody with a role in a matter that this person may see, or NotYours."""
    found = Party.objects.filter(pk=pk, loans__loan__matters__in=visible_to(staff)).distinct().first()
    if found is None:
        raise NotYours(f"party {pk}")
    return found


def changes_of(matter: Matter) -> QuerySet[MatterChange]:
    """The change log of a matter, newest first."""
    return MatterChange.objects.filter(matter=matter).order_by("-at")


def debtors_among(loans: Any) -> QuerySet[Any]:
    """The ids of these loans' debtors, as a question within another. `loans` are ids, or such a question."""
    return LoanParty.objects.filter(loan__in=loans, role=PartyRole.DEBTOR).values("party")


def debtors_of(loans: Any) -> dict[UUID, Party]:
    """The debtor of each loan, in two questions."""
    loans = loans if isinstance(loans, QuerySet) else list(loans)
    by_id = {party.pk: party for party in Party.objects.filter(pk__in=debtors_among(loans))}
    links = LoanParty.objects.filter(loan__in=loans, role=PartyRole.DEBTOR).order_by("pk")
    return {loan: by_id[party] for loan, party in links.values_list("loan", "party") if party in by_id}


def debts_of(loans: Any, at: datetime) -> dict[UUID, Debt]:
    """The debt of each loan as of its newest balance, in one question. A loan without a balance is left out. `loans` are ids, or
    find them."""
    loans = loans if isinstance(loans, QuerySet) else list(loans)
    told = Balance.objects.filter(loan=OuterRef("loan"), as_of__lte=timezone.localdate(at))
    newest = told.order_by("-as_of").values("pk")[:1]
    rows = Balance.objects.filter(loan__in=loans, pk=Subquery(newest))
    return {
        loan: _told(currency, *told)
        for loan, currency, *told in rows.values_list("loan", "loan__currency", *TOLD)
    }


# ── many cases, of which a page will be shown: what puts them in order, and nothing that must be decrypted ──


class Case(NamedTuple):
    """A matter and its loan as lists of many read them."""

    pk: UUID
    number: str
    state: str
    overlays: list[str]
    opened_at: datetime
    owner_id: int | None
    loan_id: UUID
    overdue_since: date | None
    matures_on: date | None
    guarantee_kind: str
    mortgaged_on: date | None
    vehicle: str | None


_CASE = (
    "pk", "number", "state", "overlays", "opened_at", "owner", "loan", "loan__overdue_since", "loan__matures_on",
    "loan__guarantee_kind", "loan__vehicle__mortgage_registered_on", "loan__vehicle__control",
)  # fmt: skip


def cases_of(matters: QuerySet[Matter]) -> list[Case]:
    """Each of these matters as a case, by number."""
    return [Case(*row) for row in matters.order_by("number").values_list(*_CASE)]


def case_of(matter: Matter) -> Case:
    """The same of a matter that is there already."""
    loan, car = matter.loan, getattr(matter.loan, "vehicle", None)
    return Case(
        matter.pk, matter.number, matter.state, matter.overlays, matter.opened_at, matter.owner_id, loan.pk, loan.overdue_since,
        loan.matures_on, loan.guarantee_kind, car.mortgage_registered_on if car else None, car.control if car else None,
    )  # fmt: skip


def several(matters: Iterable[UUID]) -> dict[UUID, Matter]:
    """These matters, whole."""
    return {row.pk: row for row in Matter.objects.filter(pk__in=list(matters)).select_related("loan", "owner", "loan__vehicle")}  # fmt: skip


class Owes(NamedTuple):
    """A debtor as lists of many read them."""

    pk: UUID
    zone: str
    flags: list[str]


def owing(loans: Any) -> dict[UUID, Owes]:
    """Who is the debtor of each loan, in one question. `loans` are ids, or find them."""
    links = LoanParty.objects.filter(loan__in=loans, role=PartyRole.DEBTOR).order_by("pk")
    return {loan: Owes(*one) for loan, *one in links.values_list("loan", "party", "party__zone", "party__flags")}  # fmt: skip


class Guarantees(NamedTuple):
    """Who guarantees a loan, and how."""

    party: UUID
    how: str
    until: date | None


def guarantees_of(loans: Any) -> dict[UUID, list[Guarantees]]:
    """Who guarantees each loan, in one question, in the order they were recorded. `loans` are ids, or find them."""
    found: dict[UUID, list[Guarantees]] = {}
    links = LoanParty.objects.filter(loan__in=loans, role=PartyRole.GUARANTOR).order_by("pk")
    for loan, party, how, until in links.values_list("loan", "party", "guarantee", "guarantee_until"):
        found.setdefault(loan, []).append(Guarantees(party, how, until))
    return found


# ── the claim's clocks: what may begin a period anew, and from which days periods run ──

# kinds of events that interrupt, as the pack calls them; a missed call is none (rule CLK.lim.call)
INTERRUPTS = (
    "demand_arrived", "sms_demand", "letter_demand", "guarantee_claimed", "part_payment", "promise", "plan_signed", "ask_time",
    "security_given", "acknowledgement", "autodebit_success", "suit_filed", "arbitration_filed", "payment_order",
    "preservation", "enforcement", "police_report", "joined", "set_off", "assignment_notice_arrived", "mediation_request",
)  # fmt: skip


@dataclass(frozen=True)
class ClockEvent:
    """One event as clocks use it; `proof` says how it is shown. `party` is None for the debtors together."""

    kind: str
    on: date
    ended_on: date | None
    pending: bool
    party: UUID | None
    proof: str


def clock_events(loan: Loan) -> list[ClockEvent]:
    """Everything that touched the claim's clocks: what was recorded, every payment, every promise. Oldest first."""
    return clock_events_of([loan.pk])[loan.pk]


def clock_events_of(loans: Sequence[UUID]) -> dict[UUID, list[ClockEvent]]:
    """The same for many loans, in four questions."""
    found: defaultdict[UUID, list[ClockEvent]] = defaultdict(list, {pk: [] for pk in loans})
    for e in ClaimEvent.objects.filter(loan__in=loans):
        found[e.loan_id].append(ClockEvent(e.kind, e.on, e.ended_on, e.pending, e.party_id, e.proof))
    for loan, paid_on, reference in Payment.objects.filter(loan__in=loans).values_list(
        "loan", "paid_on", "reference"
    ):
        found[loan].append(ClockEvent("part_payment", paid_on, None, False, None, reference))
    owing = set(
        LoanParty.objects.filter(
            loan__in=loans, role__in=[PartyRole.DEBTOR, PartyRole.CO_BORROWER]
        ).values_list("loan", "party")
    )
    for pk, loan, party, made_at in Promise.objects.filter(matter__loan__in=loans).values_list(
        "pk", "matter__loan", "party", "made_at"
    ):
        if (loan, party) in owing:
            found[loan].append(ClockEvent("promise", timezone.localdate(made_at), None, False, None, str(pk)))
    return {loan: sorted(events, key=lambda event: event.on) for loan, events in found.items()}


def last_due(loan: Loan) -> date | None:
    """The day on which the last instalment falls due, as far as the record knows."""
    last = Instalment.objects.filter(loan=loan).order_by("-due_on").first()
    return last.due_on if last else loan.matures_on


def last_dues_of(loans: Any) -> dict[UUID, date]:
    """The same for many loans, in one question; one without instalments is left out. `loans` are ids, or find them."""
    rows = Instalment.objects.filter(loan__in=loans)
    return dict(rows.values_list("loan").annotate(last=Max("due_on")))


def promises_by_matter(matters: Any) -> dict[UUID, list[Promise]]:
    """The promises on each matter, newest first, in one question."""
    found: dict[UUID, list[Promise]] = {}
    for row in Promise.objects.filter(matter__in=matters).order_by("-made_at"):
        found.setdefault(row.matter_id, []).append(row)
    return found


def plans_by_matter(matters: Any) -> dict[UUID, list[Plan]]:
    """The plans on each matter that wait, run or were broken, newest first, with their instalments."""
    rows = Plan.objects.filter(matter__in=matters, state__in=["proposed", "agreed", "broken"])
    found: dict[UUID, list[Plan]] = {}
    for row in rows.prefetch_related("parts").order_by("-proposed_at"):
        found.setdefault(row.matter_id, []).append(row)
    return found


def open_threads_of(matters: Iterable[Matter]) -> list[Thread]:
    """The open threads of these matters, the newest first, in one question."""
    return list(
        Thread.objects.filter(matter__in=list(matters), state="open")
        .select_related("owner")
        .order_by("-opened_at")
    )


def open_threads_of_people(people: Iterable[Party]) -> list[Thread]:
    """The open threads with any of these people, in one question."""
    return list(Thread.objects.filter(party__in=list(people), state="open").order_by("opened_at"))


def same_car(loan: Loan) -> list[str]:
    """The contract numbers of other loans for a car of the same VIN."""
    vehicle = getattr(loan, "vehicle", None)
    if vehicle is None or not vehicle.vin:
        return []
    others = Loan.objects.filter(vehicle__vin=vehicle.vin).exclude(pk=loan.pk)
    return list(others.order_by("contract_no").values_list("contract_no", flat=True))


def guarantors_of(loan: Loan) -> list[LoanParty]:
    """Who guarantees the loan, in the order they were recorded."""
    rows = LoanParty.objects.filter(loan=loan, role=PartyRole.GUARANTOR).select_related("party")
    return list(rows.order_by("pk"))


def claimed_on(loan: Loan, party: Party) -> date | None:
    """When a guarantor was first clearly asked to perform, as proved."""
    rows = ClaimEvent.objects.filter(loan=loan, party=party, kind="guarantee_claimed").order_by("on")
    first = rows.first()
    return first.on if first else None


def sued_on(loan: Loan) -> date | None:
    """When the debtor was first sued or taken to arbitration."""
    rows = ClaimEvent.objects.filter(loan=loan, party=None, kind__in=["suit_filed", "arbitration_filed"])
    first = rows.order_by("on").first()
    return first.on if first else None


# ── agencies ──


def entrusted(matter: Matter) -> Entrustment | None:
    """In whose hands a matter is now, None for the lender's own."""
    return Entrustment.objects.filter(matter=matter, ended_at=None).select_related("agency").first()


def entrustment(pk: UUID | str) -> Entrustment:
    return Entrustment.objects.select_related("matter", "matter__loan", "agency").get(pk=pk)


def placement_for(pk: UUID | str) -> Entrustment | None:
    """A placement by its id, None where there is none."""
    rows = Entrustment.objects.select_related("matter", "matter__loan", "agency")
    return rows.filter(pk=pk).first()


def entrustments_of(agency: Agency) -> list[Entrustment]:
    """Everything that was ever placed with an agency, the newest first."""
    rows = Entrustment.objects.filter(agency=agency).select_related("matter", "matter__loan", "member")
    return list(rows.order_by("-since"))


def recovered_by(agency: Agency, *, since: date, until: date) -> Decimal:
    """What came in on loans while they were in an agency's hands, between two days, both included."""
    total = Decimal("0.00")
    for one in entrustments_of(agency):
        first = max(since, timezone.localdate(one.since))
        last = min(until, timezone.localdate(one.ended_at)) if one.ended_at else until
        rows = Payment.objects.filter(loan=one.matter.loan, paid_on__gte=first, paid_on__lte=last)
        total += rows.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")
    return total


def shown_to(staff: Staff, loan: Loan) -> list[LoanParty]:
    """The people of a loan that this person may see: an agency those who owe and who were named by the debtor (PIPL 21)."""
    rows = people_of(loan)
    if staff.role != Role.AGENCY:
        return list(rows)
    return [row for row in rows if PartyRole(row.role).owes or row.named_by_debtor]
