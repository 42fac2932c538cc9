"""Who somebody is, how they can be reached, what stops us. Values are masked unless unmasking was logged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from shouyue.desk.parties.models import (
    Account,
    Chop,
    Consent,
    ContactPoint,
    IdentityProof,
    Party,
    Representation,
    Stop,
)
from shouyue.desk.vault.actions import blind_index
from shouyue.screening import Kind, mask

Those = Iterable[UUID] | QuerySet[Any]  # the ids of people, or a question that finds them


def normalised(kind: str, value: str) -> str:
    """One spelling for what people write in many: width folded, separators and +86 dropped, letters upper-cased."""
    text = unicodedata.normalize("NFKC", value).strip()
    if kind in {"mobile", "landline"}:
        digits = re.sub(r"\D", "", text)
        return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
    if kind in {"id_no", "plate", "vin"}:
        return re.sub(r"[\s·•.-]", "", text).upper()
    if kind == "email":
        return text.lower()
    return re.sub(r"\s+", "", text)


def index_of(kind: str, value: str) -> str:
    """The blind index under which this value can be found."""
    return blind_index(f"party.{kind}", normalised(kind, value))


_COLUMN = {Kind.RESIDENT_ID: "id_no", Kind.USCC: "id_no", Kind.PASSPORT: "id_no", Kind.PERSON_NAME: "name"}


def identifier_index(kind: str, canonical: str) -> str:
    """The same for an identifier that screening found in a text."""
    return index_of(_COLUMN.get(Kind(kind), kind), canonical)


def get(pk: UUID | str) -> Party:
    return Party.objects.get(pk=pk)


def several(pks: Iterable[UUID]) -> dict[UUID, Party]:
    """These people by id, in one question."""
    return Party.objects.in_bulk(list(pks))


def find(pk: str) -> Party | None:
    """The person of this id, None for what is no id or nobody's."""
    try:
        return Party.objects.filter(pk=UUID(pk)).first()
    except ValueError:
        return None


def locked(pk: UUID | str | None) -> Party:
    """The row of a person who must exist, locked until the caller's transaction ends: limits and stops are judged under it."""
    assert pk
    return Party.objects.select_for_update().get(pk=pk)


def lock_all(people: Collection[UUID]) -> None:
    """The rows of these people, locked in the one order that everybody takes them in, so that nobody waits in a circle."""
    list(Party.objects.select_for_update().filter(pk__in=people).order_by("pk").values_list("pk"))


def by_name(name: str) -> QuerySet[Party]:
    """Everybody of this name: namesakes are normal, a name alone proves nothing."""
    return Party.objects.filter(name_index=index_of("name", name))


def by_point(kind: str, value: str) -> QuerySet[Party]:
    return Party.objects.filter(
        points__kind=kind, points__index=index_of(kind, value), points__state="valid"
    ).distinct()


def by_account(channel: str, external_id: str) -> Account | None:
    """The binding in force of this account, with its party."""
    return (
        Account.objects.filter(channel=channel, index=index_of("account", external_id), unbound_at=None)
        .select_related("party")
        .first()
    )


def accounts(party: Party) -> QuerySet[Account]:
    return Account.objects.filter(party=party).order_by("-bound_at")


def account_on(party: Party, channel: str) -> Account | None:
    return Account.objects.filter(party=party, channel=channel, unbound_at=None).order_by("-bound_at").first()


def no_longer_bound(party: Party, channel: str) -> bool:
    """Whether every account that this person had on this channel was taken from them: then nobody is there to write to."""
    rows = Account.objects.filter(party=party, channel=channel)
    return rows.exists() and not rows.filter(unbound_at=None).exists()


def points(party: Party, kind: str | None = None) -> QuerySet[ContactPoint]:
    found = ContactPoint.objects.filter(party=party).order_by("kind", "added_at")
    return found.filter(kind=kind) if kind else found


def may_reach(party: Party, point: ContactPoint) -> bool:
    """Whether a valid point may be used for this party: a company is reached where its register or its contract says."""
    return party.kind != "company" or point.registered or point.source == "contract"


def representations(company: Party) -> QuerySet[Representation]:
    """Who acted for a company by law, the one who does now first."""
    return Representation.objects.filter(company=company).select_related("person").order_by("-since")


def representative(company: Party) -> Party | None:
    """Who acts for a company by law now; nobody where nobody was named."""
    running = representations(company).filter(until=None).first()
    return running.person if running else None


def chops(company: Party) -> QuerySet[Chop]:
    """A company's seals, those in use first."""
    rows = Chop.objects.filter(company=company).prefetch_related("signatories")
    return rows.order_by("retired_on", "kind", "valid_from")


@dataclass(frozen=True)
class MaskedChop:
    id: int
    kind: str
    number: str
    users: tuple[str, ...]
    specimen: str
    valid_from: date
    retired_on: date | None
    why_retired: str


@dataclass(frozen=True)
class CompanyShown:
    """Who acts for a company and where it is lawfully reached, masked."""

    representative: str
    representatives: tuple[tuple[str, Representation], ...]
    points: tuple[MaskedPoint, ...]
    unlawful: tuple[MaskedPoint, ...]  # known, and neither the register's nor the contract's, or locked
    chops: tuple[MaskedChop, ...]


def company(party: Party) -> CompanyShown:
    by_right: dict[bool, list[MaskedPoint]] = {True: [], False: []}
    for p in points(party):
        shown = MaskedPoint(
            p.pk,
            mask(p.value, _SHOWN_AS.get(p.kind, Kind.ADDRESS)),
            p.state,
            p.source,
            p.registered,
            p.kind,
        )
        by_right[p.state == "valid" and may_reach(party, p)].append(shown)
    acted = tuple((masked_name(one.person), one) for one in representations(party))
    return CompanyShown(
        next((name for name, one in acted if one.until is None), ""),
        acted,
        tuple(by_right[True]),
        tuple(by_right[False]),
        tuple(
            MaskedChop(
                c.pk,
                c.kind,
                c.number,
                tuple(masked_name(s) for s in c.signatories.all()),
                c.specimen,
                c.valid_from,
                c.retired_on,
                c.why_retired,
            )
            for c in chops(party)
        ),
    )


def chop_of(company: Party, pk: int) -> Chop | None:
    """One of this company's seals."""
    return Chop.objects.filter(company=company, pk=pk).first()


_SHOWN_AS = {"mobile": Kind.MOBILE, "landline": Kind.MOBILE, "email": Kind.EMAIL}


def why_not_binding(chop: Chop, signatory: Party, on: date) -> list[str]:
    """Why a print of this seal on a paper of that day does not bind the company: nothing where it does. That the print is this
    seal's, a person has compared."""
    why = []
    if on < chop.valid_from:
        why.append(f"the seal is valid from {chop.valid_from} only")
    if chop.retired_on is not None and chop.retired_on <= on:
        why.append(f"the seal was retired on {chop.retired_on}")
    if not chop.signatories.filter(pk=signatory.pk).exists():
        why.append("whoever used it is not one of those who may")
    return why


def proofs(party: Party) -> QuerySet[IdentityProof]:
    return IdentityProof.objects.filter(party=party).order_by("-proved_at")


def consents(party: Party, at: datetime, what: str | None = None) -> list[Consent]:
    """The consents in force at this moment."""
    held = Consent.objects.filter(party=party, given_at__lte=at).filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gt=at)
    )
    return list(held.filter(what=what) if what else held)


def bound(people: Iterable[UUID]) -> set[tuple[UUID, str]]:
    """Of these people each with each channel on which an account of theirs is in force, in one question."""
    return set(
        Account.objects.filter(party__in=list(people), unbound_at=None).values_list("party", "channel")
    )


def nights_of(people: Those, at: datetime) -> dict[UUID, list[Consent]]:
    """The agreements to night contact in force of those of these people who gave one, in one question."""
    rows = people if isinstance(people, QuerySet) else list(people)
    held = Consent.objects.filter(party__in=rows, what="night_contact", given_at__lte=at)
    found: dict[UUID, list[Consent]] = {}
    for one in held.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=at)).order_by("given_at"):
        found.setdefault(one.party_id, []).append(one)
    return found


def stops(party: Party, at: datetime) -> list[Stop]:
    """The reasons in force not to contact this person."""
    return list(
        Stop.objects.filter(party=party, since__lte=at).filter(Q(lifted_at=None) | Q(lifted_at__gt=at))
    )


def reachable(people: Those) -> set[UUID]:
    """Those of whom a valid mobile number or an account in force is known, in two questions."""
    rows = people if isinstance(people, QuerySet) else list(people)
    numbers = ContactPoint.objects.filter(party__in=rows, kind="mobile", state="valid")
    bound = Account.objects.filter(party__in=rows, unbound_at=None)
    return {*numbers.values_list("party", flat=True), *bound.values_list("party", flat=True)}


def proved(people: Those, at: datetime) -> set[UUID]:
    """Those who have proved who they are."""
    people = people if isinstance(people, QuerySet) else list(people)
    rows = IdentityProof.objects.filter(party__in=people, proved_at__lte=at)
    return set(rows.values_list("party", flat=True))


def stops_of(people: Those, at: datetime) -> dict[UUID, list[Stop]]:
    """The reasons in force not to contact each of these people, in one question. `people` are they, or find them."""
    people = people if isinstance(people, QuerySet) else list(people)
    rows = Stop.objects.filter(party__in=people, since__lte=at).filter(
        Q(lifted_at=None) | Q(lifted_at__gt=at)
    )
    found: dict[UUID, list[Stop]] = {}
    for row in rows.order_by("since"):
        found.setdefault(row.party_id, []).append(row)
    return found


def called(party: Party) -> set[str]:
    """The names and numbers by which somebody's words may name this person."""
    words = {party.name, party.id_no or "", *(point.value for point in party.points.all())}
    words |= {account.external_id for account in party.accounts.all()}
    return {word for word in words if len(word) > 1}


@dataclass(frozen=True)
class MaskedPoint:
    """A number as shown by default; `id` is what unmasking asks for. A locked one is kept and never used again."""

    id: int
    value: str
    state: str
    source: str
    registered: bool = False
    kind: str = "mobile"


@dataclass(frozen=True)
class Masked:
    """A person as shown by default: enough to tell people apart, not enough to find them."""

    id: UUID
    name: str
    id_no: str
    mobiles: tuple[MaskedPoint, ...]
    address: str
    employer: str
    kind: str
    flags: tuple[str, ...]
    zone: str


def masked(party: Party) -> Masked:
    return Masked(
        id=party.pk,
        name=masked_name(party),
        id_no=mask(party.id_no, Kind.RESIDENT_ID) if party.id_no else "",
        mobiles=tuple(
            MaskedPoint(p.pk, mask(p.value, Kind.MOBILE), p.state, p.source)
            for p in party.points.all()
            if p.kind == "mobile"
        ),
        address=mask(party.address, Kind.ADDRESS) if party.address else "",
        employer=mask(party.employer, Kind.PERSON_NAME) if party.employer else "",
        kind=party.kind,
        flags=tuple(party.flags),
        zone=party.zone,
    )


def masked_name(party: Party | None) -> str:
    """The name as shown in lists. A company's is in a public register and is no personal data: it is shown whole."""
    if party is None:
        return ""
    return party.name if party.kind == "company" else mask(party.name, Kind.PERSON_NAME)


def masked_value(kind: str, value: str | None) -> str:
    """One value as shown by default (`kind` of screening.finding.Kind); empty stays empty."""
    return mask(value, kind) if value else ""
