"""People become known, are reached, prove who they are, agree, forbid and take back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.desk.ledger.actions import seal
from shouyue.desk.outbox.actions import note
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
from shouyue.desk.parties.reads import index_of, locked
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.vault import originals


class UnableToUnmask(Exception):
    """A full value is shown only to somebody who says why."""


class UnableToBind(Exception):
    """This account already belongs to somebody else."""


class UnableToUnbind(Exception):
    """An account is taken from a person only with a reason."""


class UnableToRepresent(Exception):
    """This company cannot be represented, or its seal used, so."""


CHOPS = ("official", "contract", "finance", "personal")
# what may be unmasked: the column, or the kind of contact point
COLUMNS = ("name", "id_no", "address", "employer")


def stream_of(party: Party | UUID) -> str:
    """The stream of the log in which what concerns this person, and no thread, is sealed."""
    return f"party:{party.pk if isinstance(party, Party) else party}"


@transaction.atomic
def get_to_know(
    *,
    name: str,
    id_no: str | None = None,
    id_type: str = "resident_id",
    kind: str = "person",
    address: str | None = None,
    employer: str | None = None,
    born_on: date | None = None,
    zone: str = "Asia/Shanghai",
    flags: tuple[str, ...] = (),
    by: Actor,
    at: datetime,
) -> Party:
    """Record a person or company, once: the same identity number is the same party."""
    index = index_of("id_no", id_no) if id_no else None
    if index and (known := Party.objects.filter(id_index=index).first()):
        return known
    party = Party.objects.create(
        kind=kind,
        name=name,
        name_index=index_of("name", name),
        id_type=id_type,
        id_no=id_no,
        id_index=index,
        address=address,
        employer=employer,
        born_on=born_on,
        zone=zone,
        flags=list(flags),
        known_since=at,
    )
    seal(
        "import/known",
        stream=stream_of(party),
        subject=party.pk,
        parts={"name": name, "id_no": id_no or ""},
        by=by,
        at=at,
    )
    return party


@transaction.atomic
def add_point(
    *,
    party: Party,
    kind: str,
    value: str,
    source: str,
    registered: bool = False,
    by: Actor,
    at: datetime,
) -> tuple[ContactPoint, bool]:
    """Add a number or address; the second value says whether it was new. `registered`: a company's, as its register has it."""
    index = index_of(kind, value)
    known = ContactPoint.objects.filter(party=party, kind=kind, index=index).first()
    if known:
        return known, False
    point = ContactPoint.objects.create(
        party=party, kind=kind, value=value, index=index, source=source, registered=registered, added_at=at
    )
    seal(
        "import/point",
        stream=stream_of(party),
        subject=party.pk,
        parts={"kind": kind, "value": value, "source": source},
        by=by,
        at=at,
    )
    return point, True


@transaction.atomic
def name_representative(
    *, company: Party, person: Party, why: str, by: Actor, at: datetime
) -> Representation:
    """From now on this person, and nobody before them, represents the company by law (法定代表人).

    Raises UnableToRepresent for a person's, without a ground, and for who represents it already.
    """
    if company.kind != "company" or person.kind == "company":
        raise UnableToRepresent("a company is represented by a person; check which is which")
    if len(why.strip()) < 4:
        raise UnableToRepresent("say in at least 4 characters what shows who represents the company")
    row = Party.objects.select_for_update().get(pk=company.pk)
    before = Representation.objects.filter(company=row, until=None).first()
    if before is not None:
        if before.person_id == person.pk:
            raise UnableToRepresent("this person represents the company already")
        before.until = at
        before.save(update_fields=["until"])
    named = Representation.objects.create(company=row, person=person, why=why.strip(), since=at)
    seal(
        "audit/representative_named",
        stream=stream_of(row),
        subject=row.pk,
        parts={
            "person": str(person.pk),
            "before": str(before.person_id) if before else "",
            "why": why.strip(),
        },
        by=by,
        at=at,
    )
    return named


@transaction.atomic
def register_chop(
    *,
    company: Party,
    kind: str,
    specimen: str,
    signatories: Sequence[Party],
    valid_from: date,
    number: str = "",
    by: Actor,
    at: datetime,
) -> Chop:
    """Record a company's seal with a picture of its print and who may use it.

    Raises UnableToRepresent for somebody who is no company, an unknown kind, a seal that nobody may use, and for one whose
    print is in use here already.
    """
    if company.kind != "company":
        raise UnableToRepresent("only a company has a seal here; a person signs")
    if kind not in CHOPS:
        raise UnableToRepresent(f"{kind} is no kind of seal; there are {', '.join(CHOPS)}")
    if not signatories:
        raise UnableToRepresent("nobody would be allowed to use this seal; name who may sign with it")
    Party.objects.select_for_update().get(pk=company.pk)
    if Chop.objects.filter(company=company, specimen=specimen, retired_on=None).exists():
        raise UnableToRepresent("this very print is on record already; retire that seal first")
    chop = Chop.objects.create(
        company=company, kind=kind, number=number, specimen=specimen, valid_from=valid_from
    )
    chop.signatories.set(signatories)
    seal(
        "document/chop_registered",
        stream=stream_of(company),
        subject=company.pk,
        parts={
            "kind": kind,
            "number": number,
            "specimen": specimen,
            "signatories": [str(one.pk) for one in signatories],
            "valid_from": valid_from.isoformat(),
        },
        by=by,
        at=at,
    )
    return chop


@transaction.atomic
def retire_chop(*, chop: Chop, on: date, why: str, by: Actor, at: datetime) -> Chop:
    """This seal is no longer used from that day; it stays, since papers carry its print.

    Raises UnableToRepresent without a reason and for a day before it was valid.
    """
    if len(why.strip()) < 4:
        raise UnableToRepresent("say in at least 4 characters why the seal is retired")
    row = Chop.objects.select_for_update().get(pk=chop.pk)
    if on < row.valid_from:
        raise UnableToRepresent(
            f"{on} lies before {row.valid_from}, from which the seal is valid; look at the date"
        )
    if row.retired_on is None:
        row.retired_on, row.why_retired = on, why.strip()
        row.save(update_fields=["retired_on", "why_retired"])
        seal(
            "document/chop_retired",
            stream=stream_of(row.company_id),
            subject=row.company_id,
            parts={"kind": row.kind, "specimen": row.specimen, "on": on.isoformat(), "why": why},
            by=by,
            at=at,
        )
    return row


def show_print(*, chop: Chop, by: Staff, at: datetime) -> bytes:
    """The picture of a seal's print, to compare a paper with; the reading is sealed. Raises originals.NoSuchOriginal."""
    body = originals.fetch(chop.specimen)
    with transaction.atomic():
        seal(
            "audit/print_shown",
            stream=stream_of(chop.company_id),
            subject=chop.company_id,
            parts={"specimen": chop.specimen},
            by=by,
            at=at,
        )
    return body


@transaction.atomic
def lock_point(*, point: ContactPoint, why: str, by: Actor, at: datetime) -> None:
    """A wrong number: never use it again, keep it as evidence of why."""
    point.state = "locked"
    point.save(update_fields=["state"])
    seal(
        "audit/lock_point",
        stream=stream_of(point.party_id),
        subject=point.party_id,
        parts={"index": point.index, "why": why},
        by=by,
        at=at,
    )


@transaction.atomic
def bind_account(
    *, party: Party, channel: str, external_id: str, method: str, confidence: str, by: Actor, at: datetime
) -> Account:
    """This account is this person, known by `method`. Raises UnableToBind when it is bound to another."""
    index = index_of("account", external_id)
    held = Account.objects.select_for_update().filter(channel=channel, index=index, unbound_at=None).first()
    if held:
        if held.party_id != party.pk:
            raise UnableToBind("this account is bound to another person; unbind it first, with a reason")
        return held
    account = Account.objects.create(
        party=party,
        channel=channel,
        external_id=external_id,
        index=index,
        method=method,
        confidence=confidence,
        bound_at=at,
    )
    seal(
        "audit/bind_account",
        stream=stream_of(party),
        subject=party.pk,
        parts={"channel": channel, "account": external_id, "method": method, "confidence": confidence},
        by=by,
        at=at,
    )
    return account


@transaction.atomic
def unbind_account(*, account: int, why: str, by: Actor, at: datetime) -> Account:
    """This account is not this person, or no longer. From now on what comes from it comes from nobody known, and nothing is
    sent to it; what was said before stays theirs. The row stays, until when and why. Once.

    Raises UnableToUnbind without a reason.
    """
    Party.objects.select_for_update().get(accounts=account)  # nothing leaves for them meanwhile
    row = Account.objects.select_for_update(of=("self",)).select_related("party").get(pk=account)
    if row.unbound_at:
        return row
    if len(why.strip()) < 4:
        raise UnableToUnbind("write the reason in at least 4 characters")
    row.unbound_at, row.why_unbound = at, why.strip()
    row.save(update_fields=["unbound_at", "why_unbound"])
    seal(
        "audit/unbind_account",
        stream=stream_of(row.party),
        subject=row.party.pk,
        parts={"channel": row.channel, "account": row.external_id, "why": row.why_unbound},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def prove_identity(
    *, party: Party, how: str, facts: dict[str, Any], original: str, by: Actor, at: datetime
) -> IdentityProof:
    proof = IdentityProof.objects.create(party=party, how=how, facts=facts, original=original, proved_at=at)
    seal(
        "document/identity_proved",
        stream=stream_of(party),
        subject=party.pk,
        parts={"how": how, "facts": facts, "original": original},
        by=by,
        at=at,
    )
    return proof


@transaction.atomic
def give_consent(
    *,
    party: Party,
    what: str,
    form: str,
    words: str,
    channel: str = "*",
    window: dict[str, str] | None = None,
    by: Actor,
    at: datetime,
) -> Consent:
    """Record what the person agreed to, in which form and words."""
    leaf = seal(
        "consent/given",
        stream=stream_of(party),
        subject=party.pk,
        parts={"what": what, "channel": channel, "form": form, "words": words, "window": window or {}},
        by=by,
        at=at,
    )
    return Consent.objects.create(
        party=party,
        what=what,
        channel=channel,
        form=form,
        words=words,
        window=window,
        evidence=leaf.digest,
        given_at=at,
    )


@transaction.atomic
def withdraw_consent(*, party: Party, what: str, channel: str = "*", by: Actor, at: datetime) -> int:
    """Take consents back; every one of that kind (and channel) ends now. Returns how many."""
    running = Consent.objects.filter(party=party, what=what, withdrawn_at=None)
    if channel != "*":
        running = running.filter(channel__in=[channel, "*"])
    ended = running.update(withdrawn_at=at)
    seal(
        "consent/withdrawn",
        stream=stream_of(party),
        subject=party.pk,
        parts={"what": what, "channel": channel},
        by=by,
        at=at,
    )
    return ended


@transaction.atomic
def stop(*, party: Party, kind: str, why: str, channel: str = "*", by: Actor, at: datetime) -> Stop:
    """From now on this person is not contacted on `channel` ("*": at all). The gate obeys at once."""
    locked(
        party.pk
    )  # what is being let out to them is in the record first; whoever lets out after this sees the stop
    running = Stop.objects.filter(party=party, kind=kind, channel=channel, lifted_at=None).first()
    if running:
        return running
    row = Stop.objects.create(party=party, kind=kind, channel=channel, why=why, since=at)
    seal(
        "hold/stop",
        stream=stream_of(party),
        subject=party.pk,
        parts={"kind": kind, "channel": channel, "why": why},
        by=by,
        at=at,
    )
    note(
        "party_stopped",
        key=f"party_stopped:{row.pk}",
        payload={"party": str(party.pk), "stop": str(row.pk)},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def lift_stop(*, stop: UUID, why: str, by: Actor, at: datetime) -> None:
    row = Stop.objects.select_for_update().get(pk=stop)
    if row.lifted_at is None:
        row.lifted_at = at
        row.save(update_fields=["lifted_at"])
        seal(
            "hold/lift_stop",
            stream=stream_of(row.party_id),
            subject=row.party_id,
            parts={"kind": row.kind, "why": why},
            by=by,
            at=at,
        )


@transaction.atomic
def unmask(*, party: UUID, what: str, reason: str, by: Staff, at: datetime) -> str:
    """The full value, to somebody who says why; the reading is sealed. `what` is a column or a point's id.

    Raises UnableToUnmask without a reason or for something that cannot be shown.
    """
    if len(reason.strip()) < 4:
        raise UnableToUnmask("say in a few words why you need the full value")
    row = Party.objects.get(pk=party)
    if what in COLUMNS:
        value = getattr(row, what)
    else:
        point = ContactPoint.objects.filter(party=row, pk=what if what.isdigit() else 0).first()
        if point is None:
            raise UnableToUnmask(
                f"there is no {what!r} to show; known are {', '.join(COLUMNS)} and contact points"
            )
        value = point.value
    seal(
        "audit/unmask",
        stream=stream_of(row),
        subject=row.pk,
        parts={"what": what, "reason": reason.strip()},
        by=by,
        at=at,
    )
    return value or ""


@transaction.atomic
def note_archive_consent(*, external_userid: str, agreed: bool, by: Actor, at: datetime) -> None:
    """WeCom says whether this account agrees to archiving. From an account bound to nobody there is nothing to note."""
    account = Account.objects.filter(
        channel="wecom", index=index_of("account", external_userid), unbound_at=None
    ).first()
    if account is None:
        return
    if agreed:
        give_consent(
            party=account.party, what="archive", form="wecom_event", words="", channel="wecom", by=by, at=at
        )
    else:
        withdraw_consent(party=account.party, what="archive", channel="wecom", by=by, at=at)


@transaction.atomic
def forget(*, party: Party, by: Actor, at: datetime) -> list[str]:
    """Blank everything personal in this slice's tables; what a person was to the desk stays as a row without a name.

    Whoever calls this seals the erasure first. Returns the originals that are to be destroyed: identity cards, prints of seals.
    """
    proofs, prints = (
        party.proofs.values_list("original", flat=True),
        party.chops.values_list("specimen", flat=True),
    )
    originals = [digest for digest in (*proofs, *prints) if digest]
    party.points.all().delete()
    party.accounts.all().delete()
    party.proofs.all().delete()
    party.chops.update(specimen="", number="", why_retired="")
    party.representations.update(why="")
    party.represents.update(why="")
    party.consents.update(words="", evidence="")
    party.stops.update(why="")
    party.name, party.name_index, party.id_no, party.id_index = "", "", None, None
    party.address = party.employer = party.born_on = None
    party.flags, party.erased_at = [], at
    party.save()
    return originals
