"""Before: a message is sent back with better words. After: looked at by machine, drawn, judged, found, appealed, remedied (R9).

Holding, releasing and refusing what waits are answers of `approvals`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from shouyue.casework.block_appeal import MACHINE as BLOCK
from shouyue.casework.block_appeal import BlockAppeal as BlockState
from shouyue.casework.contact import Contact as Sent
from shouyue.casework.finding import MACHINE as FINDING
from shouyue.casework.finding import Finding as FindingState
from shouyue.casework.finding import Level
from shouyue.desk.approvals.models import Approval
from shouyue.desk.ledger.actions import Fact, seal, seal_at_once
from shouyue.desk.messages import judged, outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.covered import hides, uncovered
from shouyue.desk.messages.models import Contact
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, may, name_of
from shouyue.desk.review.models import BlockAppeal, Draw, Edit, Finding, Look, Verdict
from shouyue.desk.review.reads import blocking_rules, grounds_of, may_judge
from shouyue.desk.review.sampling import PROBABILITY, SECOND, Ground, commitment, drawn, stratum
from shouyue.desk.rulebook.reads import pack_on
from shouyue.policy.decision import Effect

APPEAL_WITHIN = timedelta(days=7)
LEAST_WORDS = 4
AT_ONCE = 500  # contacts looked at in one go
TOGETHER = 100  # and kept in one transaction


class UnableToReview(Exception):
    """This cannot be reviewed, sent back or answered so."""


class UnableToAppeal(Exception):
    """This finding or block cannot be appealed so."""


def stream_of(row: Finding | BlockAppeal | Look | Draw) -> str:
    """A finding and a block have streams of their own; what was looked at is sealed by the week."""
    match row:
        case Finding():
            return f"finding:{row.pk}"
        case BlockAppeal():
            return f"block:{row.pk}"
        case Look():
            return f"sample:{row.draw.week}"
    return f"sample:{row.week}"


def _in_words(text: str, what: str) -> str:
    if len(text.strip()) < LEAST_WORDS:
        raise UnableToReview(f"{what} needs at least {LEAST_WORDS} characters; found “{text.strip()}”")
    return text.strip()


# ── before ──


@transaction.atomic
def edit_and_return(*, approval: Approval, words: str, reason: str, by: Staff, at: datetime) -> Contact:
    """Send a message back with words that would do. The gate has read them first: what it would block is not offered. A link
    that was shown covered and left in place is the message's own.

    The writer decides whether to send them: whoever reviews never writes in somebody else's thread.
    """
    contact = messages.get(approval.about)
    words = uncovered(_in_words(words, "the new wording"), [contact.text or ""])
    if contact.text == words:
        raise UnableToReview("these are the words as they were; release them or change them")
    if hides(words):
        raise UnableToReview("the link was changed; leave it as it stands, or take it out")
    assert contact.thread and contact.staff
    said = messages.preview(thread=contact.thread, text=words, by=contact.staff, at=at).decision
    if said.effect == Effect.BLOCK and said.next_lawful is None:
        rules = ", ".join(one.rule for one in said.spoken if one.effect == Effect.BLOCK)
        raise UnableToReview(f"the gate would block these words too: {rules}")
    returned = outbound.approve(approval=approval, grant=False, reason=reason, by=by, at=at)
    Edit.objects.create(contact=returned, words=words, by=by, at=at)
    seal(
        "review/edited",
        stream=approval.stream,
        subject=returned.party_id,
        parts={"contact": str(returned.pk), "body": words, "reason": reason},
        by=by,
        at=at,
    )
    return returned


def forget(*, party: Party, by: Actor, at: datetime) -> None:
    """What was written about messages to this person goes with the messages: better words, grounds, appeals. Levels, rules
    and what followed stay. Whoever calls this seals the erasure first."""
    Edit.objects.filter(contact__party=party).update(words="")
    Look.objects.filter(contact__party=party).update(grounds=[])
    Verdict.objects.filter(look__contact__party=party).update(note="")
    Finding.objects.filter(look__contact__party=party).update(note="", appeal="", answer="", remedy="")
    BlockAppeal.objects.filter(contact__party=party).update(why="", answer="")


# ── after: the machine and the lot ──


def look(*, by: Actor, at: datetime) -> int:
    """Look at every contact of ours that has happened and was not looked at yet; returns how many. The lot falls at once."""
    _open_past_lots(at)
    found = messages.not_in(Look.objects.values("contact"), before=at, most=AT_ONCE)
    for first in range(0, len(found), TOGETHER):
        _keep_looks([_weighed(contact, at) for contact in found[first : first + TOGETHER]], by=by, at=at)
    return len(found)


def _weighed(contact: Contact, at: datetime) -> Look:
    """Decide this contact again with what is known now, weigh it, and draw. Nothing is kept yet."""
    lot = _lot(contact.at, at)
    again = judged.again(contact)
    grounds = grounds_of(contact, again, at=at)
    layer = stratum(grounds)
    probability = PROBABILITY[layer]
    seed = bytes.fromhex(lot.seed or "")
    taken = contact.staff_id is not None and drawn(seed, contact.pk, probability)
    return Look(
        contact=contact,
        draw=lot,
        staff=contact.staff,
        at=at,
        stratum=layer,
        grounds=[[g.word, g.weight, g.detail] for g in grounds],
        rules=[s.rule for s in again.decision.spoken if s.effect == Effect.BLOCK] if again else [],
        probability=str(probability),
        drawn=taken,
        second=taken and drawn(seed, contact.pk, SECOND, "second"),
    )


@transaction.atomic
def _keep_looks(rows: Sequence[Look], *, by: Actor, at: datetime) -> None:
    """Keep what was found, and seal it, in one short transaction. Looked at twice, a contact is looked at once."""
    known = set(
        Look.objects.filter(contact__in=[row.contact_id for row in rows]).values_list("contact", flat=True)
    )
    fresh = Look.objects.bulk_create(row for row in rows if row.contact_id not in known)
    facts = [
        Fact(
            "review/looked",
            stream_of(row),
            None,
            {
                "contact": str(row.contact_id),
                "stratum": row.stratum,
                "grounds": row.grounds,
                "drawn": row.drawn,
                "second": row.second,
                "by": name_of(by),
            },
        )
        for row in fresh
    ]
    seal_at_once(facts, by=by, at=at)


@transaction.atomic
def look_again(*, contact: UUID, by: Actor, at: datetime) -> Look | None:
    """Something more is known of a contact that was looked at: when a call took place, what was said in it. It is decided again.

    What is found is added, never taken away, and a contact may rise into a stratum and into the sample, never fall out: the
    lot is the same, so it stands where it would have stood had everything been known. None for one not looked at yet.
    """
    row = Look.objects.select_for_update(of=("self",)).select_related("draw").filter(contact=contact).first()
    if row is None:
        return None
    what = messages.get(contact)
    again = judged.again(what)
    grounds = grounds_of(what, again, at=at)
    now = {g.word: [g.word, g.weight, g.detail] for g in grounds}
    rules = [s.rule for s in again.decision.spoken if s.effect == Effect.BLOCK] if again else []
    merged = {**{word: [word, weight, detail] for word, weight, detail in row.grounds}, **now}
    more = sorted(set(rules) - set(row.rules))
    if list(merged.values()) == row.grounds and not more:
        return row
    layer = stratum([Ground(*one) for one in merged.values()])
    probability = max(PROBABILITY[layer], Fraction(row.probability))
    row.grounds, row.rules = list(merged.values()), [*row.rules, *more]
    if PROBABILITY[layer] > Fraction(row.probability):
        row.stratum, row.probability = layer, str(probability)
        seed = bytes.fromhex(row.draw.seed or "")
        row.drawn = row.drawn or (row.staff_id is not None and drawn(seed, what.pk, probability))
        row.second = row.drawn and drawn(seed, what.pk, SECOND, "second")
    row.save(update_fields=["grounds", "rules", "stratum", "probability", "drawn", "second"])
    _seal(
        row,
        "looked_again",
        {
            "contact": str(what.pk),
            "stratum": row.stratum,
            "grounds": row.grounds,
            "drawn": row.drawn,
            "second": row.second,
        },
        by,
        at,
    )
    return row


def _lot(happened: datetime, at: datetime) -> Draw:
    """The lot of the week in which a contact happened. A week that nobody committed to before begins its lot now."""
    day = localdate(happened)
    monday = day - timedelta(days=day.weekday())
    return _commit(monday, at)


@transaction.atomic
def _commit(monday: date, at: datetime) -> Draw:
    row = Draw.objects.filter(week=monday).first()
    if row:
        return row
    seed = secrets.token_bytes(32)
    row = Draw.objects.create(week=monday, seed=seed.hex(), commitment=commitment(seed), committed_at=at)
    _seal(row, "committed", {"week": monday.isoformat(), "commitment": row.commitment}, "review", at)
    return row


@transaction.atomic
def commit_to_lot(*, by: Actor, at: datetime) -> Draw:
    """Commit to the coming week's lot, before any of its contacts can be known; and to this week's if nobody has."""
    today = localdate(at)
    monday = today - timedelta(days=today.weekday())
    _commit(monday, at)
    return _commit(monday + timedelta(days=7), at)


@transaction.atomic
def _open_past_lots(at: datetime) -> None:
    """Seal the seeds of weeks that are over by more than a day: from then on anybody can draw again."""
    over = localdate(at) - timedelta(days=8)
    for row in Draw.objects.select_for_update().filter(opened_at=None, week__lte=over):
        row.opened_at = at
        row.save(update_fields=["opened_at"])
        _seal(row, "opened", {"week": row.week.isoformat(), "seed": row.seed or ""}, "review", at)


# ── after: people ──


@transaction.atomic
def judge(*, look: int, level: Level, rule: str = "", note_: str = "", by: Staff, at: datetime) -> Verdict:
    """One reviewer's verdict. The first opens a finding when it is not clean; a second one is only compared.

    Raises UnableToReview for who wrote the contact, who has judged it already, or a violation without rule and words.
    """
    row = Look.objects.select_for_update(of=("self",)).select_related("contact", "staff", "draw").get(pk=look)
    answer = may_judge(row, by)
    if answer.why_not:
        raise UnableToReview(answer.why_not)
    if level != Level.CLEAN:
        if rule not in {r.id for r in pack_on(at).rules}:
            raise UnableToReview(
                f"name the rule that was broken; {rule or 'nothing'} is none of the rules in force"
            )
        note_ = _in_words(note_, "a violation")
    verdict = Verdict.objects.create(
        look=row,
        place=answer.place,
        reviewer=by,
        level=level,
        rule=rule if level != Level.CLEAN else "",
        note=note_,
        at=at,
    )
    _seal(
        row,
        "judged",
        {"contact": str(row.contact_id), "place": answer.place, "level": level, "rule": rule},
        by,
        at,
    )
    if answer.place == 1 and level != Level.CLEAN:
        assert row.staff
        _find(row, verdict, by, at)
    return verdict


def _find(row: Look, verdict: Verdict, by: Staff, at: datetime) -> Finding:
    assert row.staff
    found = Finding.objects.create(
        look=row,
        staff=row.staff,
        rule=verdict.rule,
        level=verdict.level,
        note=verdict.note,
        found_by=by,
        found_at=at,
    )
    words = {"finding": str(found.pk), "staff": row.staff.staff_no, "rule": found.rule, "level": found.level}
    _seal(found, "found", {**words, "contact": str(row.contact_id), "why": found.note}, by, at)
    note(
        "violation_found",
        key=f"violation_found:{found.pk}",
        payload=words,
        by=by,
        at=at,
    )
    return found


@transaction.atomic
def appeal(*, finding: UUID, why: str, by: Staff, at: datetime) -> Finding:
    """The member says that it was not so; it counts for nothing until another officer has answered."""
    row = _finding(finding)
    if row.staff_id != by.pk:
        raise UnableToAppeal("only the member whom a finding is about appeals it")
    if at > row.found_at + APPEAL_WITHIN:
        raise UnableToAppeal(f"a finding is appealed within {APPEAL_WITHIN.days} days")
    if len(why.strip()) < LEAST_WORDS:
        raise UnableToAppeal("say in a sentence what was not so")
    row.appeal, row.appealed_at = why.strip(), at
    row = _move(row, FindingState.APPEALED, {"why": row.appeal}, by, at)
    _note("finding_appealed", row, by, at)
    return row


@transaction.atomic
def answer_appeal(*, finding: UUID, stands: bool, reason: str, by: Staff, at: datetime) -> Finding:
    """Another officer than the one who found it upholds the finding or sets it aside, with a reason."""
    row = _finding(finding)
    if not may(by, "answer_appeals") or by.pk in {row.found_by_id, row.staff_id}:
        raise UnableToReview("another officer answers: neither who found it nor whom it is about")
    row.answer, row.answered_by, row.answered_at = _in_words(reason, "the answer"), by, at
    row = _move(
        row, FindingState.UPHELD if stands else FindingState.SET_ASIDE, {"reason": row.answer}, by, at
    )
    _note("finding_upheld" if stands else "finding_set_aside", row, by, at)
    return row


def _note(what: str, row: Finding, by: Actor, at: datetime) -> None:
    """Without the words: what is noted outlives erasure, and the words may be about the person contacted."""
    payload = {"finding": str(row.pk), "staff": row.staff.staff_no}
    note(what, key=f"{what}:{row.pk}", payload=payload, by=by, at=at)


@transaction.atomic
def remedy(*, finding: UUID, what: str, by: Staff, at: datetime) -> Finding:
    """What was done about it: an apology, a corrected record, a talk. Closes the finding."""
    row = _finding(finding)
    if not may(by, "review") or row.staff_id == by.pk:
        raise UnableToReview("a compliance officer says what was done about it, never the member")
    row.remedy, row.remedied_at = _in_words(what, "a remedy"), at
    return _move(row, FindingState.REMEDIED, {"remedy": row.remedy}, by, at)


def _finding(pk: UUID) -> Finding:
    return Finding.objects.select_for_update(of=("self",)).select_related("staff").get(pk=pk)


def _move(row: Finding, to: FindingState, words: Mapping[str, Any], by: Actor, at: datetime) -> Finding:
    FINDING.check(FindingState(row.state), to)
    row.state = to
    row.save()
    _seal(row, to.value, {"finding": str(row.pk), **words}, by, at)
    return row


# ── blocks said to be wrong ──


@transaction.atomic
def appeal_block(*, contact: UUID, rule: str, why: str, by: Staff, at: datetime) -> BlockAppeal:
    """The writer says that a rule stopped their message wrongly. Nothing leaves by it; a right answer mends the rule."""
    row = messages.get(contact)
    if row.staff_id != by.pk or row.state != Sent.BLOCKED:
        raise UnableToAppeal("only the writer of a blocked message says that the block was wrong")
    if rule not in blocking_rules(row):
        raise UnableToAppeal(f"{rule} did not block this message")
    if len(why.strip()) < LEAST_WORDS:
        raise UnableToAppeal("say in a sentence why the rule does not fit")
    known = BlockAppeal.objects.filter(contact=row).first()
    if known:
        return known
    made = BlockAppeal.objects.create(contact=row, staff=by, rule=rule, why=why.strip(), asked_at=at)
    _seal(made, "block_appealed", {"contact": str(row.pk), "rule": rule, "why": made.why}, by, at)
    return made


@transaction.atomic
def answer_block(*, appeal: UUID, wrong: bool, reason: str, by: Staff, at: datetime) -> BlockAppeal:
    """A reviewer says whether the rule was right. The message stays stopped: it is written anew, past a better rule."""
    row = BlockAppeal.objects.select_for_update().get(pk=appeal)
    if not may(by, "answer_appeals") or row.staff_id == by.pk:
        raise UnableToReview("another officer answers, never the writer")
    to = BlockState.WRONG if wrong else BlockState.RIGHT
    BLOCK.check(BlockState(row.state), to)
    row.state, row.answer, row.answered_by, row.answered_at = to, _in_words(reason, "the answer"), by, at
    row.save()
    _seal(row, f"block_{to.value}", {"rule": row.rule, "reason": row.answer}, by, at)
    return row


def _seal(
    row: Finding | BlockAppeal | Look | Draw, act: str, parts: Mapping[str, Any], by: Actor, at: datetime
) -> None:
    contact = (  # a week's sample is about many people, and says nothing in words
        row.look.contact
        if isinstance(row, Finding)
        else row.contact
        if isinstance(row, BlockAppeal)
        else None
    )
    seal(
        f"review/{act}",
        stream=stream_of(row),
        subject=contact.party_id if contact else None,
        parts={**parts, "by": name_of(by)},
        by=by,
        at=at,
    )
