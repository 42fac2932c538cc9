"""The facts of many intents at once: what one intent asks one by one is asked here for all, in a fixed number of questions.

`filled(intents)` only puts into each intent what it would look up itself, so `facts_for` stays the one place where facts are
made. A test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, Q
from django.utils.timezone import localdate

from shouyue.casework.contact import Contact as State
from shouyue.desk.matters.models import Balance, Instalment, LoanParty, Matter, Plan
from shouyue.desk.matters.reads import Named
from shouyue.desk.messages.facts import COUNTED, PAST, PROVOKING, Intent, Past
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.screened import BEFORE
from shouyue.desk.parties.models import Account, Consent, IdentityProof, Stop
from shouyue.desk.people.reads import CertificateState, certificate
from shouyue.terms import Direction, PartyRole

A_DAY = timedelta(days=1)
K = TypeVar("K")
R = TypeVar("R")


def filled(intents: Sequence[Intent]) -> Sequence[Intent]:
    """The intents, each with everything looked up. Their threads may be unsaved: nothing was said in them yet."""
    if not intents:
        return intents
    recipients = {one.thread.party_id for one in intents}
    loans = {one.thread.matter.loan_id for one in intents}
    earliest, latest = min(one.when for one in intents), max(one.when for one in intents)
    people = _by(
        LoanParty.objects.filter(loan__in=loans)
        .select_related("party")
        .prefetch_related("party__points")
        .order_by("pk"),
        lambda row: row.loan_id,
    )
    pasts = _pasts(loans, people, latest)
    said = _said([one.thread.pk for one in intents])
    accounts = _by(
        Account.objects.filter(party__in=recipients, unbound_at=None).order_by("-bound_at"),
        lambda row: row.party_id,
    )
    proofs = _by(IdentityProof.objects.filter(party__in=recipients), lambda row: row.party_id)
    stops = _by(
        Stop.objects.filter(party__in=recipients, since__lte=latest).filter(
            Q(lifted_at=None) | Q(lifted_at__gt=earliest)
        ),
        lambda row: row.party_id,
    )
    consents = _by(
        Consent.objects.filter(party__in=recipients, given_at__lte=latest).filter(
            Q(withdrawn_at=None) | Q(withdrawn_at__gt=earliest)
        ),
        lambda row: row.party_id,
    )
    reached = set(
        Contact.objects.filter(
            party__in=recipients, direction__in=[Direction.OUTBOUND, Direction.REPLY], state__in=COUNTED
        )
        .values_list("party", flat=True)
        .distinct()
    )
    planned = set(
        Plan.objects.filter(matter__loan__in=loans, state="agreed").values_list("matter__loan", flat=True)
    )
    balances = _by(
        Balance.objects.filter(loan__in=loans, as_of__lte=localdate(latest)).order_by("as_of"),
        lambda row: row.loan_id,
    )
    worded = any(one.text for one in intents)
    sums = _sums(loans) if worded else {}
    named = _named(recipients) if worded else {}
    provoked = _provoked([one.thread.pk for one in intents], earliest, latest) if worded else {}
    held: dict[tuple[int, str, datetime], CertificateState] = {}
    for one in intents:
        party, loan, when = one.thread.party_id, one.thread.matter.loan_id, one.when
        mark = (one.staff.pk, str(one.thread.channel), when)
        if mark not in held:
            held[mark] = certificate(one.staff, one.thread.channel, when)
        known: dict[str, Any] = {
            "people": people.get(loan, []),
            "before": said.get(one.thread.pk, []),
            "account": next((a for a in accounts.get(party, ()) if a.channel == one.thread.channel), None),
            "proved": any(row.proved_at <= when for row in proofs.get(party, ())),
            "reached": party in reached,
            "provoked": max(
                (at for at in provoked.get((one.thread.pk, one.staff.pk), ()) if when - A_DAY < at <= when),
                default=None,
            ),
            "past": [row for row in pasts.get(loan, ()) if row.at <= when],
            "held": held[mark],
            "stops": _running(stops.get(party, ()), when, "since", "lifted_at"),
            "consents": _running(consents.get(party, ()), when, "given_at", "withdrawn_at"),
            "plan_runs": loan in planned,
            "balance": next(
                (row for row in reversed(balances.get(loan, [])) if row.as_of <= localdate(when)), None
            ),
            "instalments": sums.get(loan, set()),
            "others": [name for other, name in named.get(party, ()) if other != loan] if one.text else [],
        }
        vars(one).update(known)
    return intents


def _by(rows: Iterable[R], key: Callable[[R], K]) -> dict[K, list[R]]:
    found: dict[K, list[R]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def _running(rows: Iterable[Any], when: datetime, since: str, until: str) -> list[Any]:
    return [
        row
        for row in rows
        if getattr(row, since) <= when and (getattr(row, until) is None or getattr(row, until) > when)
    ]


def _pasts(
    loans: Iterable[UUID], people: Mapping[UUID, Sequence[LoanParty]], latest: datetime
) -> dict[UUID, list[Past]]:
    """For each loan every contact about its debtor, on every loan of theirs, oldest first; nothing of it is decrypted."""
    debtors = {
        loan: row.party_id
        for loan, rows in people.items()
        for row in reversed(rows)
        if row.role == PartyRole.DEBTOR
    }
    owed: dict[UUID, set[UUID]] = {}
    for party, loan in LoanParty.objects.filter(
        party__in=set(debtors.values()), role=PartyRole.DEBTOR
    ).values_list("party", "loan"):
        owed.setdefault(party, set()).add(loan)
    rows = Contact.objects.filter(
        matter__loan__in={*loans, *(pk for some in owed.values() for pk in some)},
        state__in=COUNTED,
        at__lte=latest,
    )
    by_loan: dict[UUID, list[Past]] = {}
    for loan, *row in rows.order_by("at").values_list("matter__loan", *PAST):
        by_loan.setdefault(loan, []).append(Past(*row))
    found = {}
    for loan in loans:
        about = {loan, *owed.get(debtors[loan], ())} if loan in debtors else {loan}
        found[loan] = sorted((row for pk in about for row in by_loan.get(pk, ())), key=lambda row: row.at)
    return found


def _said(threads: Iterable[UUID]) -> dict[UUID | None, list[Contact]]:
    """The last words in each thread, oldest first."""
    rows = Contact.objects.filter(thread__in=list(threads), number__gt=F("thread__numbered") - BEFORE)
    return _by(
        rows.only("thread", "number", "direction", "at", "text", "media").order_by("number"),
        lambda row: row.thread_id,
    )


def _provoked(
    threads: Iterable[UUID], earliest: datetime, latest: datetime
) -> dict[tuple[UUID | None, int | None], list[datetime]]:
    """When each person was provoked in each of these threads."""
    rows = Contact.objects.filter(thread__in=list(threads), state=State.RECEIVED, at__lte=latest)
    found: dict[tuple[UUID | None, int | None], list[datetime]] = {}
    for thread, staff, at, labels in rows.filter(at__gt=earliest - A_DAY).values_list(
        "thread", "staff", "at", "labels"
    ):
        if set(labels) & PROVOKING:
            found.setdefault((thread, staff), []).append(at)
    return found


def _sums(loans: Iterable[UUID]) -> dict[UUID, set[Decimal]]:
    found: dict[UUID, set[Decimal]] = {}
    rows = Instalment.objects.filter(loan__in=loans).values_list("loan", "principal", "interest")
    for loan, principal, interest in rows:
        found.setdefault(loan, set()).add(principal + interest)
    return found


def _named(people: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, Named]]]:
    """What names each matter in which these people have any role, with its loan."""
    found: dict[UUID, list[tuple[UUID, Named]]] = {}
    rows = Matter.objects.filter(loan__people__party__in=people).distinct()
    for party, loan, number, contract, plate, vin in rows.values_list(
        "loan__people__party",
        "loan",
        "number",
        "loan__contract_no",
        "loan__vehicle__plate",
        "loan__vehicle__vin",
    ):
        found.setdefault(party, []).append((loan, Named(number, contract, plate, vin)))
    return found
