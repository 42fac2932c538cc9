"""Rights are asked for, obeyed at once, and answered in time with a reason (PIPL 44-50, COMPL-2020, CIR-2013 25)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils.timezone import localdate

from shouyue.casework.plan import Part
from shouyue.casework.right import COMPLEXITY, DONE_AT_ONCE, MACHINE, PERIOD, STOPS, Kind
from shouyue.casework.right import Right as State
from shouyue.clocks.deadline import Deadline, Period, deadline
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import plans
from shouyue.desk.matters.models import Matter
from shouyue.desk.messages import outbound
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import actions as party_verbs
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.rights.models import PageLink, RightAsked
from shouyue.desk.rights.reads import MOST_TRIES, digest_of, held_about, may_answer
from shouyue.desk.rulebook.reads import NoRulesInForce, longest_plan, pack_on, script
from shouyue.terms import Channel, Purpose

LINK_FOR = timedelta(days=7)
LEAST_WORDS = 4
# Days to answer and days before that from which to warn, where no rules are in force or their pack sets none. No law: a right
# is never refused because the desk knows no number, and somebody must still be told by when to answer.
WITHOUT_RULES = (15, 5)


class UnableToAsk(Exception):
    """This right cannot be exercised so; the sentence says what is missing."""


class UnableToProve(UnableToAsk):
    """What was given does not show that the holder of the link is the person it is for."""


class UnableToAnswer(Exception):
    """This answer cannot be given, or not by this person."""


def stream_of(row: RightAsked | UUID) -> str:
    return f"right:{row.pk if isinstance(row, RightAsked) else row}"


# ── the page and who holds its link ──


@transaction.atomic
def open_page(*, matter: Matter, party: Party, by: Actor, at: datetime) -> str:
    """A word that opens this person's own page on this matter for a week; an earlier one ends. Shown to nobody else."""
    PageLink.objects.filter(matter=matter, party=party, expires_at__gt=at).update(expires_at=at)
    word = secrets.token_urlsafe(24)
    PageLink.objects.create(
        digest=digest_of(word), matter=matter, party=party, made_at=at, expires_at=at + LINK_FOR
    )
    seal(
        "request/page_opened",
        stream=party_verbs.stream_of(party),
        subject=party.pk,
        parts={"link": digest_of(word), "matter": matter.number},
        by=by,
        at=at,
    )
    return word


@transaction.atomic
def send_page(*, matter: Matter, party: Party, by: Staff, at: datetime) -> None:
    """Send somebody the link of their own page, by SMS to their reserved number, through the gate like any other message.

    Raises UnableToAsk for who owes nothing or has no valid number; matters.UnableToOpen where another thread runs there.
    """
    if not matters.role_in(matter.loan, party).owes:
        raise UnableToAsk("this person owes nothing on this loan; a page of theirs would disclose it")
    if not parties.points(party, "mobile").filter(state="valid").exists():
        raise UnableToAsk("no valid mobile number is known; give the page by letter or in person")
    word = open_page(matter=matter, party=party, by=by, at=at)
    thread = matter_verbs.open_thread(
        matter=matter,
        party=party,
        purpose=Purpose.DOCUMENTS,
        channel=Channel.SMS,
        account=matter.loan.client,
        owner=by,
        by=by,
        at=at,
    )
    outbound.propose(
        id=uuid5(party.pk, digest_of(word)),
        thread=thread,
        text=script(
            "own_page",
            at,
            language=party.language,
            client=matter.loan.client,
            link=f"{settings.ADDRESS}/p/own/{word}",
            staff_no=by.staff_no,
        ),
        script="own_page",
        acknowledged=True,
        by=by,
        at=at,
    )


def prove(*, digest: str, name: str, id_tail: str, by: Actor, at: datetime) -> PageLink:
    """The holder of the link types their name and the last six characters of their identity number.

    The link went to the reserved number (what one has); name and number are what one knows. Raises UnableToProve with the
    tries left; after five the link is locked. A wrong try is counted and sealed even though it is refused.
    """
    with transaction.atomic():
        row = PageLink.objects.select_for_update().get(digest=digest)
        if row.tries >= MOST_TRIES:
            raise UnableToProve("too many tries; please call the number in the message you got")
        party = row.party
        fits = parties.normalised("name", name) == parties.normalised(
            "name", party.name
        ) and secrets.compare_digest(
            id_tail.strip().upper().encode(), (party.id_no or "")[-6:].upper().encode()
        )
        if fits and party.id_no:
            row.proved_at = at
            row.save(update_fields=["proved_at"])
            party_verbs.prove_identity(
                party=party,
                how="link_to_reserved_mobile_and_id_digits",
                facts={"name": True, "id_tail": True},
                original="",
                by=by,
                at=at,
            )
            return row
        row.tries += 1
        row.save(update_fields=["tries"])
        seal(
            "audit/page_not_proved",
            stream=party_verbs.stream_of(party),
            subject=party.pk,
            parts={"link": digest, "tries": row.tries},
            by=by,
            at=at,
        )
        left = MOST_TRIES - row.tries
    raise UnableToProve(
        f"name and number do not fit; tries left: {left}"
        if left
        else "too many tries; please call the number in the message you got"
    )


# ── asking ──


@transaction.atomic
def ask(
    *,
    id: UUID,
    kind: Kind,
    matter: Matter,
    party: Party,
    words: str = "",
    facts: Mapping[str, Any] | None = None,
    documents: Sequence[str] = (),
    about: Staff | None = None,
    by: Actor,
    at: datetime,
) -> RightAsked:
    """Take a right down, once for its id, give it its deadline, and obey it where it must be obeyed before it is answered.

    `facts`: a preference's or withdrawal's `channel` ("*": every one), a withdrawal's `consent`, a consent's to night contact
    `channel`, `from` and `to` ("22:00"), a plan's `parts` (due_on, amount), a hardship's `ground`. Raises UnableToAsk for what says too little; plans.UnableToPlan and
    casework.plan.NoPlan for a plan that is none.
    """
    known = RightAsked.objects.filter(pk=id).first()
    if known:
        return known
    said = dict(facts or {})
    if kind not in DONE_AT_ONCE | {Kind.PLAN} and len(words.strip()) < LEAST_WORDS:
        raise UnableToAsk("say in a few words what it is about, so that somebody can answer it")
    day = localdate(at)
    until, warn = _due(kind, day, at)
    row = RightAsked.objects.create(
        pk=id,
        kind=kind,
        matter=matter,
        party=party,
        words=words.strip(),
        facts=said,
        documents=list(documents),
        about=about,
        received_at=at,
        due_on=until.safe,
        legal_on=until.legal,
        warn_on=warn,
    )
    leaf = seal(
        f"request/{kind.value}",
        stream=stream_of(row),
        subject=party.pk,
        parts={
            "right": str(row.pk),
            "matter": matter.number,
            "words": words.strip(),
            "facts": said,
            "documents": list(documents),
            "due_on": until.safe.isoformat(),
        },
        by=by,
        at=at,
    )
    row.leaf = leaf.digest
    row.save(update_fields=["leaf"])
    _obey(row, by=by, at=at)
    note("right_asked", key=f"right_asked:{row.pk}", payload={"right": str(row.pk)}, by=by, at=at)
    return row


def _due(kind: Kind, day: date, at: datetime) -> tuple[Deadline, date]:
    """The deadline and the day from which to warn, by the pack in force.

    Where no rules are in force, or they name no period, the right is taken down all the same, with the shortest period we know.
    """
    try:
        pack = pack_on(at)
    except NoRulesInForce:
        until = deadline(day, Period(days=WITHOUT_RULES[0]), None)
        return until, until.safe - timedelta(days=WITHOUT_RULES[1])
    days, ahead = (
        int(pack.parameters[name].on(day)) if name in pack.parameters else short
        for name, short in zip(PERIOD[kind], WITHOUT_RULES, strict=True)
    )
    until = deadline(day, Period(days=days), pack.calendar)
    return until, until.safe - timedelta(days=ahead)


def _longest_plan(at: datetime) -> int | None:
    """Where no rules are in force a proposal is kept all the same; a person decides it."""
    try:
        return longest_plan(at)
    except NoRulesInForce:
        return None


def _obey(row: RightAsked, *, by: Actor, at: datetime) -> None:
    """What takes effect at once: the gate asks for stops and consents, and finds them changed from this moment on."""
    kind = Kind(row.kind)
    why = f"asked for by right {row.pk}"
    channel = str(row.facts.get("channel") or "*")
    if kind in STOPS:
        row.stop = party_verbs.stop(party=row.party, kind=STOPS[kind], why=why, by=by, at=at).pk
        row.save(update_fields=["stop"])
    elif kind == Kind.PREFERENCE:
        party_verbs.stop(party=row.party, kind="opt_out", why=why, channel=channel, by=by, at=at)
    elif kind == Kind.REPRESENTATIVE:
        if len((row.words or "").strip()) < LEAST_WORDS:
            raise UnableToAsk("name the person who speaks for you and how they are reached")
        party_verbs.stop(party=row.party, kind="represented", why=why, by=by, at=at)
    elif kind == Kind.NIGHT:
        hours = row.facts.get("from"), row.facts.get("to")
        if channel == "*" or None in hours or hours[0] == hours[1]:
            raise UnableToAsk("say on which channel you may be reached at night, and from when until when")
        party_verbs.give_consent(
            party=row.party, what="night_contact", form="express", words=row.words or why, channel=channel,
            window={"from": hours[0], "to": hours[1]}, by=by, at=at,
        )  # fmt: skip
    elif kind == Kind.WITHDRAWAL:
        consent = str(row.facts.get("consent") or "")
        if not consent:
            raise UnableToAsk("say which consent you take back")
        party_verbs.withdraw_consent(party=row.party, what=consent, channel=channel, by=by, at=at)
    elif kind == Kind.PLAN:
        parts = [
            Part(date.fromisoformat(p["due_on"]), plans.exact(p["amount"]))
            for p in row.facts.get("parts", ())
        ]
        row.plan = plans.propose_plan(
            id=uuid5(row.pk, "plan"),
            matter=row.matter,
            party=row.party,
            parts=parts,
            why=row.words or "proposed by the borrower",
            longest=_longest_plan(at),
            follows=matters.last_plan(row.matter),
            by=by,
            at=at,
        ).pk
        row.save(update_fields=["plan"])
    if kind in DONE_AT_ONCE:
        _move(row, State.GRANTED, answer="done at once", by=by, at=at)


@transaction.atomic
def hand_over(*, party: Party, matter: Matter, by: Actor, at: datetime) -> dict[str, Any]:
    """Give somebody everything that is held about them. The handing over is sealed; its words are not kept again."""
    held = held_about(party, matter, at)
    seal(
        "export/own_data",
        stream=party_verbs.stream_of(party),
        subject=party.pk,
        parts={
            "matter": matter.number,
            "counts": {k: len(v) for k, v in held.items() if isinstance(v, list)},
        },
        by=by,
        at=at,
    )
    return held


@transaction.atomic
def withdraw(*, right: UUID, by: Actor, at: datetime) -> RightAsked:
    """The person takes back what they asked for; what was stopped for its sake may go on."""
    row = _locked(right)
    if row.state == State.WITHDRAWN:
        return row
    return _move(row, State.WITHDRAWN, answer="taken back by the person", by=by, at=at)


# ── answering ──


@transaction.atomic
def take_in_hand(*, right: UUID, by: Staff, at: datetime) -> RightAsked:
    """Somebody who may answer it begins to. Raises UnableToAnswer."""
    row = _locked(right)
    if not may_answer(by, row):
        raise UnableToAnswer("this is answered by compliance, never by whom it is about")
    if row.state == State.IN_HAND and row.handler_id == by.pk:
        return row
    row.handler = by
    row.save(update_fields=["handler"])
    if row.state == State.RECEIVED:
        MACHINE.check(State(row.state), State.IN_HAND)
        row.state = State.IN_HAND
        row.save(update_fields=["state"])
    _seal(row, "in_hand", {}, by=by, at=at)
    return row


@transaction.atomic
def set_complexity(*, right: UUID, complexity: str, why: str, by: Staff, at: datetime) -> RightAsked:
    """A complaint is complex or special: its period is longer, for a reason (rule COMPL-2020.time). Never shortened later."""
    row = _locked(right)
    if row.kind != Kind.COMPLAINT or complexity not in COMPLEXITY:
        raise UnableToAnswer(f"only a complaint is {', '.join(COMPLEXITY)}")
    if not may_answer(by, row):
        raise UnableToAnswer("this is answered by compliance, never by whom it is about")
    if len(why.strip()) < LEAST_WORDS:
        raise UnableToAnswer("say in at least 4 characters why it takes longer")
    pack = pack_on(at)
    received = localdate(row.received_at)
    days = int(pack.parameters[COMPLEXITY[complexity]].on(received))
    until = deadline(received, Period(days=days), pack.calendar)
    row.facts = {**row.facts, "complexity": complexity}
    row.due_on, row.legal_on = until.safe, until.legal
    row.warn_on = until.safe - timedelta(days=int(pack.parameters["complaint_alarm"].on(received)))
    row.save(update_fields=["facts", "due_on", "legal_on", "warn_on"])
    _seal(
        row,
        "complexity",
        {"complexity": complexity, "why": why, "due_on": until.safe.isoformat()},
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def answer(*, right: UUID, outcome: State, words: str, by: Staff, at: datetime) -> RightAsked:
    """Answer with words that the person reads on their page. A refusal without a reason is none (rule PIPL-44.rights).

    What the gate obeyed for its sake ends with the answer: a dispute that was answered pauses nothing any more.
    """
    row = _locked(right)
    if outcome not in {State.GRANTED, State.PARTLY, State.REFUSED}:
        raise UnableToAnswer("an answer grants, grants in part, or refuses")
    if not may_answer(by, row):
        raise UnableToAnswer("this is answered by compliance, never by whom it is about")
    if row.handler_id != by.pk:
        raise UnableToAnswer("take it in hand first, so that it is known who answers")
    if len(words.strip()) < LEAST_WORDS:
        raise UnableToAnswer("write the answer in at least 4 characters; the person reads it")
    return _move(row, outcome, answer=words.strip(), by=by, at=at)


def _move(row: RightAsked, to: State, *, answer: str, by: Actor, at: datetime) -> RightAsked:
    MACHINE.check(State(row.state), to)
    row.state, row.answer, row.answered_at = to, answer, at
    row.save(update_fields=["state", "answer", "answered_at"])
    if row.stop:
        party_verbs.lift_stop(stop=row.stop, why=f"right {row.pk} is {to.value}", by=by, at=at)
    _seal(row, to.value, {"answer": answer}, by=by, at=at)
    return row


@transaction.atomic
def answer_by_plan(*, plan: str, became: str, by: Actor, at: datetime) -> None:
    """The plan that somebody proposed was decided by a second person: that is the answer."""
    row = RightAsked.objects.select_for_update(of=("self",)).filter(plan=plan).first()
    outcomes = {"agreed": State.GRANTED, "refused": State.REFUSED, "withdrawn": State.WITHDRAWN}
    if row is None or row.state not in {State.RECEIVED, State.IN_HAND} or became not in outcomes:
        return
    if row.state == State.RECEIVED:
        row.state = State.IN_HAND
        row.save(update_fields=["state"])
    _move(row, outcomes[became], answer=matters.plan(plan).reason or became, by=by, at=at)


def _locked(pk: UUID | str) -> RightAsked:
    return (
        RightAsked.objects.select_for_update(of=("self",))
        .select_related("matter", "matter__loan", "party", "handler", "about")
        .get(pk=pk)
    )


def _seal(row: RightAsked, act: str, facts: Mapping[str, Any], *, by: Actor, at: datetime) -> None:
    seal(
        f"request/{act}",
        stream=stream_of(row),
        subject=row.party_id,
        parts={"right": str(row.pk), "facts": facts},
        by=by,
        at=at,
    )


@transaction.atomic
def forget(*, party: Party, by: Actor, at: datetime) -> list[str]:
    """Blank what a person wrote when they exercised a right; that they did, and when, stays. Sealed by whoever calls this.

    Returns the documents to destroy.
    """
    lists = RightAsked.objects.filter(party=party).values_list("documents", flat=True)
    originals = [digest for documents in lists for digest in documents]
    RightAsked.objects.filter(party=party).update(words=None, answer=None, facts={}, documents=[])
    PageLink.objects.filter(party=party).delete()
    return originals
