"""Cases placed with the desk, from a file or an interface: all of a file or nothing of it, and a repeat changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Model

from shouyue.desk.ledger.actions import Fact, seal_at_once
from shouyue.desk.matters.actions import open_matter
from shouyue.desk.matters.actions.payments import book_payment
from shouyue.desk.matters.models import Balance, Import, Loan, LoanParty, Vehicle
from shouyue.desk.parties.actions import add_point, get_to_know, name_representative
from shouyue.desk.parties.models import Party
from shouyue.desk.parties.reads import index_of, representative
from shouyue.desk.people.reads import Actor, person

IMPORTS = UUID("6f7c1e52-9d0c-4a3e-9c0e-5b6d6a5f0c11")
LOAN = [
    "client",
    "funder",
    "batch_no",
    "placed_on",
    "due_back_on",
    "placed_amount",
    "contract_no",
    "receipt_no",
    "product",
    "principal",
    "currency",
    "signed_on",
    "matures_on",
    "terms_total",
    "terms_paid",
    "due_day",
    "repay_method",
    "rate_year",
    "overdue_since",
    "guarantee_kind",
]
BALANCE = [
    "overdue_principal",
    "overdue_interest",
    "penalty",
    "breach_fee",
    "other_fee",
    "outstanding_principal",
    "outstanding_total",
]
VEHICLE = ["plate", "vin", "model", "colour", "price", "valuation", "valued_on", "mortgage_registered_on"]


@dataclass(frozen=True)
class Taken:
    """What an import did, row by row counted."""

    id: UUID
    new: int
    changed: int
    same: int
    repeated: bool  # this very file was taken in before


@transaction.atomic
def take_in(
    *, cases: Iterable[Mapping[str, Any]], filename: str, body: bytes, by: Actor, at: datetime
) -> Taken:
    """Take a checked case file in, in one transaction. `cases` are rows with the field guide's names, already typed.

    The same bytes a second time are recognised and change nothing; other bytes with the same cases change only what differs.
    """
    rows = list(cases)
    digest = hashlib.sha256(body).hexdigest()
    id = uuid5(IMPORTS, digest)
    known = Import.objects.filter(pk=id).first()
    if known:
        return Taken(id, 0, 0, known.rows, True)
    facts: list[Fact] = []
    done = [_place(row, facts, by=by, at=at) for row in rows]
    taken = Taken(id, done.count("new"), done.count("changed"), done.count("same"), False)
    first = rows[0] if rows else {}
    Import.objects.create(
        pk=id,
        client=first.get("client", ""),
        batch_no=first.get("batch_no", ""),
        filename=filename[:200],
        digest=digest,
        rows=len(rows),
        new=taken.new,
        changed=taken.changed,
        same=taken.same,
        by=person(by),
        at=at,
    )
    whole: dict[str, Any] = {
        "import": str(id),
        "digest": digest,
        "rows": len(rows),
        "new": taken.new,
        "changed": taken.changed,
        "same": taken.same,
    }
    seal_at_once([*facts, Fact("import/cases", "imports", None, whole)], by=by, at=at)
    return taken


def _place(case: Mapping[str, Any], facts: list[Fact], *, by: Actor, at: datetime) -> str:
    """Take one case in; says whether it was `new`, `changed` or the `same` as before. Adds to `facts` what is to be sealed."""
    loan = Loan.objects.filter(client=case["client"], contract_no=case["contract_no"]).first()
    wanted = {name: case[name] for name in LOAN if case.get(name) is not None}
    if loan is None:
        loan = Loan.objects.create(**wanted, more=dict(case.get("more") or {}))
        result = "new"
    else:
        result = "changed" if _update(loan, wanted) else "same"
    changes = [
        _balance(loan, case),
        _vehicle(loan, case),
        _people(loan, case, by=by, at=at),
        _payments(loan, case, by=by, at=at),
    ]
    if result == "same" and any(changes):
        result = "changed"
    open_matter(
        loan=loan,
        number=case["case_no"],
        title=f"{case['product']} {case['contract_no']}",
        by=by,
        at=at,
    )
    if result != "same":
        said = {
            "result": result,
            "contract_no": case["contract_no"],
            "as_of": case["as_of"].isoformat(),
            "overdue": str(sum((case.get(n) or Decimal(0) for n in BALANCE[:5]), Decimal(0))),
        }
        facts.append(Fact("import/case", f"loan:{loan.pk}", None, said))
    return result


def _update(row: Model, wanted: Mapping[str, Any]) -> bool:
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        row.save(update_fields=changed)
    return bool(changed)


def _balance(loan: Loan, case: Mapping[str, Any]) -> bool:
    wanted = {name: case[name] for name in BALANCE if case.get(name) is not None}
    wanted["days_past_due"] = case["dpd"]
    row, new = Balance.objects.get_or_create(loan=loan, as_of=case["as_of"], defaults=wanted)
    return new or _update(row, wanted)


def _vehicle(loan: Loan, case: Mapping[str, Any]) -> bool:
    if not case.get("vin"):
        return False
    wanted = {name: case[name] for name in VEHICLE if case.get(name) is not None}
    row, new = Vehicle.objects.get_or_create(loan=loan, defaults=wanted)
    return new or _update(row, wanted)


def _people(loan: Loan, case: Mapping[str, Any], *, by: Actor, at: datetime) -> bool:
    debtor = {
        "role": "debtor",
        "name": case["name"],
        "id_no": case["id_no"],
        "mobiles": case.get("mobiles") or [case["mobile"]],
        "address": case.get("living_addr") or case.get("household_addr"),
        "employer": case.get("employer"),
        "kind": case.get("kind"),
        "id_type": case.get("id_type"),
    }
    company, new = _one(loan, debtor, by=by, at=at)
    if told := case.get("legal_representative"):
        new |= _represented(loan, company, told, by=by, at=at)
    for group in (case.get("co_borrowers"), case.get("guarantors"), case.get("contacts")):
        for one in group or ():
            new |= _one(loan, one, by=by, at=at)[1]
    return new


def _represented(loan: Loan, company: Party, told: Mapping[str, Any], *, by: Actor, at: datetime) -> bool:
    """Who acts for a company by law. A file names the first; whom it names in place of one on record is unverified until
    somebody says on the company's page what shows it."""
    if company.kind != "company":
        return _one(loan, told, by=by, at=at)[1]
    known = representative(company)
    same = known is not None and (
        known.id_index == index_of("id_no", told["id_no"])
        if told.get("id_no")
        else known.name == told["name"]
    )
    if known is not None and not same:
        return _one(loan, {**told, "role": "unverified"}, by=by, at=at)[1]
    person, new = _one(loan, told, by=by, at=at)
    if known is None:
        name_representative(company=company, person=person, why="as the case file names", by=by, at=at)
    return new


def _one(loan: Loan, one: Mapping[str, Any], *, by: Actor, at: datetime) -> tuple[Party, bool]:
    party = _known_as(loan, one) or get_to_know(
        name=one["name"],
        id_no=one.get("id_no") or None,
        id_type=one.get("id_type") or "resident_id",
        kind=one.get("kind") or "person",
        address=one.get("address") or None,
        employer=one.get("employer") or None,
        by=by,
        at=at,
    )
    _, new = LoanParty.objects.get_or_create(
        loan=loan,
        party=party,
        role=one["role"],
        defaults={
            "relation": one.get("relation") or "",
            "named_by_debtor": one.get("named_by_debtor"),
            "guarantee": one.get("guarantee") or "",
            "guarantee_until": one.get("guarantee_until"),
            "guarantee_cap": one.get("guarantee_cap"),
        },
    )
    for mobile in one.get("mobiles") or ():
        new |= add_point(
            party=party, kind="mobile", value=mobile, source=one.get("source") or "contract", by=by, at=at
        )[1]
    return party, new


def _known_as(loan: Loan, one: Mapping[str, Any]) -> Party | None:
    """Somebody without an identity number is the same person only within one loan, by name and role."""
    if one.get("id_no"):
        return None
    rows = LoanParty.objects.filter(loan=loan, role=one["role"]).select_related("party")
    return next((row.party for row in rows if row.party.name == one["name"]), None)


def _payments(loan: Loan, case: Mapping[str, Any], *, by: Actor, at: datetime) -> bool:
    new = False
    for one in case.get("payments") or ():
        new |= book_payment(
            loan=loan,
            reference=one["reference"],
            paid_on=one["paid_on"],
            amount=one["amount"],
            in_balance=one["paid_on"] <= case["as_of"],
            by=by,
            at=at,
        )[1]
    return new
