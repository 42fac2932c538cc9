"""Rules and wordings change in the open: proposed with a reason, approved by a second person, effective at a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from shouyue.casework.wording import MACHINE
from shouyue.casework.wording import Wording as WordingState
from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals.models import Approval
from shouyue.desk.ledger.actions import seal
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, may, person
from shouyue.desk.rulebook.models import Edition, Wording
from shouyue.desk.rulebook.reads import canonical, fields_of, loaded
from shouyue.screening import screen
from shouyue.terms import Channel, PartyRole

STREAM = "rulebook"
ANSWER_WITHIN = timedelta(days=2)
# what a wording may ask for; the desk fills it from the record
FIELDS = frozenset({"client", "staff", "staff_no", "contract", "amount", "as_of", "callback"})


class UnableToAdopt(Exception):
    """This edition cannot be put in force so."""


class UnableToWord(Exception):
    """This wording cannot be proposed or retired so."""


@transaction.atomic
def propose(
    *, pack: str, overlay: dict[str, Any], why: str, effective_at: datetime, by: Actor, at: datetime
) -> Edition:
    """Propose an edition. The pack and overlay are loaded now, so a broken one is refused here, with file and line."""
    found = loaded(pack, canonical(overlay))
    if effective_at < at:
        raise UnableToAdopt("rules cannot change in the past; choose a moment from now on")
    edition = Edition.objects.create(
        pack=pack,
        overlay=overlay,
        fingerprint=found.fingerprint,
        why=why,
        proposed_by=person(by),
        proposed_at=at,
        effective_at=effective_at,
    )
    seal(
        "decision/propose_edition",
        stream=STREAM,
        subject=None,
        parts={
            "edition": str(edition.pk),
            "pack": pack,
            "overlay": overlay,
            "fingerprint": edition.fingerprint,
            "effective_at": effective_at.isoformat(),
            "why": why,
        },
        by=by,
        at=at,
    )
    return edition


@transaction.atomic
def approve(*, edition: UUID, by: Staff, at: datetime) -> Edition:
    """Put an edition in force. Never the person who proposed it."""
    row = Edition.objects.select_for_update().get(pk=edition)
    if row.approved_at is not None:
        return row
    if row.proposed_by_id == by.pk:
        raise UnableToAdopt("whoever proposed these rules cannot approve them; a second officer must")
    row.approved_by, row.approved_at = by, at
    row.effective_at = max(row.effective_at, at)
    row.save()
    seal(
        "decision/approve_edition",
        stream=STREAM,
        subject=None,
        parts={"edition": str(row.pk)},
        by=by,
        at=at,
    )
    return row


# ── wordings of the lender's own ──


@transaction.atomic
def propose_wording(
    *,
    name: str,
    titles: tuple[str, str],
    texts: tuple[str, str],
    channels: Sequence[str],
    roles: Sequence[str],
    why: str,
    by: Staff,
    at: datetime,
) -> Wording:
    """Propose a wording, or the next version of one, in Chinese and English. A second officer puts it in force.

    Raises UnableToWord, naming what was found, for an unknown field, a field of one language only, an amount without its date,
    words that screening finds fault with, or an unknown channel or role.
    """
    if not may(by, "change_rules"):
        raise UnableToWord("wordings are compliance's; ask an officer")
    zh, en = (text.strip() for text in texts)
    _check_words(zh, en)
    unknown = sorted({*channels} - {*Channel}) + sorted({*roles} - {*PartyRole})
    if unknown or not channels or not roles:
        raise UnableToWord(f"choose channels and roles that exist; found {', '.join(unknown) or 'none'}")
    if Wording.objects.filter(name=name, state=WordingState.PROPOSED).exists():
        raise UnableToWord(f"a version of {name} waits for its decision already")
    row = Wording.objects.create(
        name=name, title_zh=titles[0].strip(), title_en=titles[1].strip(), zh=zh, en=en, channels=sorted(channels),
        roles=sorted(roles), why=why.strip(), proposed_by=by, proposed_at=at,
    )  # fmt: skip
    _seal_wording(
        row,
        "proposed",
        {"zh": zh, "en": en, "channels": row.channels, "roles": row.roles, "why": row.why},
        by,
        at,
    )
    approvals.ask(
        what="wording",
        about=row.pk,
        stream=STREAM,
        asks=row.why,
        facts={"wording": name},
        due_at=at + ANSWER_WITHIN,
        needs="compliance",
        by=by,
        at=at,
    )
    return row


def _check_words(zh: str, en: str) -> None:
    try:
        asked, also = fields_of(zh), fields_of(en)
    except ValueError as broken:
        raise UnableToWord(f"a brace stands alone: {broken}; write fields as {{client}}") from broken
    unknown = sorted((asked | also) - FIELDS)
    if unknown:
        raise UnableToWord(f"unknown field {', '.join(unknown)}; known are {', '.join(sorted(FIELDS))}")
    if asked != also:
        raise UnableToWord(f"{', '.join(sorted(asked ^ also))} stands in one language only")
    if "amount" in asked and "as_of" not in asked:
        raise UnableToWord("an amount needs its date; add {as_of}")
    for text in (zh, en):
        if len(text) < 8:
            raise UnableToWord(f"a wording has at least 8 characters in each language; found “{text}”")
        faults = sorted(screen(text, direction="out").labels - {"clean"})
        if faults:
            raise UnableToWord(f"screening finds fault with these words: {', '.join(faults)}")


@transaction.atomic
def decide_wording(*, approval: Approval, grant: bool, reason: str, by: Staff, at: datetime) -> Wording:
    """The second officer puts it in force, and the version before it retires; or refuses it."""
    row = Wording.objects.select_for_update(of=("self",)).get(pk=approval.about)
    approvals.decide(approval=approval.pk, grant=grant, reason=reason, by=by, at=at)
    if not grant:
        return _move(row, WordingState.REFUSED, reason, by, at)
    for before in Wording.objects.select_for_update().filter(name=row.name, state=WordingState.IN_FORCE):
        _move(before, WordingState.RETIRED, "a newer version took its place", by, at)
    return _move(row, WordingState.IN_FORCE, reason, by, at)


@transaction.atomic
def retire_wording(*, wording: UUID, reason: str, by: Staff, at: datetime) -> Wording:
    """Take a wording out of use at once; one officer is enough to stop."""
    if not may(by, "change_rules"):
        raise UnableToWord("wordings are compliance's; ask an officer")
    if len(reason.strip()) < approvals.LEAST_REASON:
        raise UnableToWord("say in at least 4 characters why it is taken out of use")
    row = Wording.objects.select_for_update(of=("self",)).get(pk=wording)
    return _move(row, WordingState.RETIRED, reason.strip(), by, at)


@transaction.atomic
def lapse_wording(*, approval: str, what: str, about: str, by: Actor, at: datetime) -> None:
    """No second officer answered: that is a no."""
    if what == "wording":
        row = Wording.objects.select_for_update(of=("self",)).get(pk=about)
        _move(row, WordingState.REFUSED, "nobody decided in time", by, at)


def _move(row: Wording, to: WordingState, why: str, by: Actor, at: datetime) -> Wording:
    MACHINE.check(WordingState(row.state), to)
    row.state = to
    if to == WordingState.IN_FORCE:
        row.in_force_at = at
    else:
        row.ended_at = at
    row.save(update_fields=["state", "in_force_at", "ended_at"])
    _seal_wording(row, to.value, {"reason": why}, by, at)
    return row


def _seal_wording(row: Wording, act: str, parts: Mapping[str, Any], by: Actor, at: datetime) -> None:
    seal(
        f"decision/wording_{act}",
        stream=STREAM,
        subject=None,
        parts={"wording": str(row.pk), "name": row.name, **parts},
        by=by,
        at=at,
    )
