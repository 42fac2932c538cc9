"""The queue before, the sample after, and what both say about rules and people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from shouyue.casework.block_appeal import BlockAppeal as BlockState
from shouyue.casework.finding import Finding as FindingState
from shouyue.casework.finding import Level
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.approvals.models import Approval
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.judged import Again
from shouyue.desk.messages.models import Contact
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import may
from shouyue.desk.review.figures import Agreement, Rate, kappa, rate, share
from shouyue.desk.review.models import BlockAppeal, Draw, Edit, Finding, Look, Verdict
from shouyue.desk.review.risk import SPAN, Risk, weigh
from shouyue.desk.review.sampling import WEIGHTS, Ground
from shouyue.policy.decision import Effect

RED = frozenset(
    {"threat", "insult", "shaming", "impersonation", "false_legal", "third_party_disclosure", "private_payment", "harassment"}
)  # fmt: skip
PROTECTED = frozenset({"DESK.dispute", "DESK.hardship", "CCB-2011.art70.stop", "COMPL-2020.time"})
RECENT = timedelta(days=90)
QUARTER = timedelta(days=91)


class NotYours(Exception):
    """There is no such thing for this person: shown as "not found", and logged."""


# ── before ──


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits: what is asked, the message, who keeps it, and whether this person may decide."""

    approval: Approval
    contact: Contact
    answer: approvals.Answer

    @property
    def rules(self) -> list[dict[str, object]]:
        """The rules for which it waits, the gate's own words."""
        return [one for one in (self.contact.decision or {}).get("spoken", ()) if one["effect"] == "approval"]


def before(staff: Staff, at: datetime) -> list[Waiting]:
    """Messages that wait and that this person may see, the nearest deadline first."""
    asked = [a for a in approvals.waiting() if a.what == "contact" and approvals.may_see(a, staff, at)]
    found = messages.by_ids([a.about for a in asked])
    return [Waiting(a, found[a.about], approvals.may_decide(a, staff, at)) for a in asked if a.about in found]


def edits_of(contacts: Iterable[Contact]) -> dict[UUID, Edit]:
    """Words that a pre-reviewer offered instead, by contact."""
    rows = Edit.objects.filter(contact__in=[c.pk for c in contacts]).select_related("by")
    return {row.contact_id: row for row in rows}


# ── after: what makes a contact risky ──


def grounds_of(contact: Contact, again: Again | None, *, at: datetime) -> list[Ground]:
    """Every reason why this contact deserves a look, with its weight."""
    found: list[tuple[str, str]] = []
    if again is not None:
        effects = {one.rule: one.effect for one in again.decision.spoken}
        blocking = [rule for rule, effect in effects.items() if effect == Effect.BLOCK]
        asking = [rule for rule, effect in effects.items() if effect == Effect.APPROVAL]
        approved = approvals.granted("contact", contact.pk)
        if blocking:
            found.append(("would_block", " ".join(blocking)))
        if asking:
            found.append(("approved_after_doubt" if approved else "needed_approval", " ".join(asking)))
        if any(effect == Effect.WARN for effect in effects.values()):
            found.append(("warned", ""))
        if again.sure & RED:
            found.append(("red_words", " ".join(sorted(again.sure & RED))))
        if again.suspected & RED:
            found.append(("suspected_words", " ".join(sorted(again.suspected & RED))))
        if set(effects) & PROTECTED:
            found.append(("protected", ""))
        if not again.owes:
            found.append(("third_person", ""))
    if not contact.decision:
        found.append(("typed_by_member", ""))
    if messages.provoked_before(contact):
        found.append(("after_provocation", ""))
    if contact.staff_id and _standing().filter(staff=contact.staff_id, found_at__gte=at - RECENT).exists():
        found.append(("recent_finding", ""))
    return [Ground(word, WEIGHTS[word], detail) for word, detail in found]


# ── after: what a person looks at ──


@dataclass(frozen=True, slots=True)
class Place:
    """Whether somebody may judge, as first or second reviewer, or why not."""

    place: int = 0
    why_not: str = ""


def may_judge(look: Look, staff: Staff) -> Place:
    """Never the writer; never the same person twice; the second, an auditor too, only where the lot asks for one."""
    if not look.drawn:
        return Place(why_not="this contact was not drawn")
    if look.staff_id == staff.pk:
        return Place(why_not="nobody reviews their own contacts")
    taken = {v.place: v.reviewer_id for v in look.verdicts.all()}
    if staff.pk in taken.values():
        return Place(why_not="you have judged this contact already")
    if 1 not in taken:
        return Place(1) if may(staff, "review") else Place(why_not="a compliance officer judges it first")
    if look.second and 2 not in taken:
        return (
            Place(2)
            if may(staff, "review_blind")
            else Place(why_not="another officer or an auditor judges it")
        )
    return Place(why_not="this contact is judged already")


def to_judge(staff: Staff, limit: int = 60) -> list[Look]:
    """What this person may judge now: the risky first, then the oldest."""
    rows = (
        Look.objects.filter(drawn=True)
        .annotate(done=Count("verdicts"))
        .filter(Q(done=0) | Q(done=1, second=True))
        .exclude(verdicts__reviewer=staff)
        .exclude(staff=staff)
        .select_related("contact", "contact__matter", "contact__party", "staff", "draw")
        .prefetch_related("verdicts")
    )
    order = {"high": 0, "middle": 1, "low": 2}
    mine: list[Look] = [row for row in rows.order_by("contact__at")[:400] if may_judge(row, staff).place]
    return sorted(mine, key=lambda row: order[row.stratum])[:limit]


def look_for(staff: Staff, pk: int) -> Look:
    """A drawn contact, for who may judge it or has; else NotYours."""
    row = (
        Look.objects.filter(pk=pk, drawn=True)
        .select_related("contact", "contact__thread", "contact__matter", "contact__party", "staff", "draw")
        .prefetch_related("verdicts", "verdicts__reviewer")
        .first()
    )
    if row is None or row.staff_id == staff.pk:
        raise NotYours(f"review {pk}")
    return row


def shown_verdicts(look: Look, staff: Staff) -> list[Verdict]:
    """The verdicts this person may see: all of them once all that were asked for are in, else only their own."""
    rows = sorted(look.verdicts.all(), key=lambda v: v.place)
    complete = len(rows) == (2 if look.second else 1)
    return rows if complete else [v for v in rows if v.reviewer_id == staff.pk]


# ── findings and appeals ──


def _standing() -> QuerySet[Finding]:
    return Finding.objects.exclude(state__in=[FindingState.SET_ASIDE, FindingState.APPEALED])


def findings_of(staff: Staff) -> QuerySet[Finding]:
    """What was found about this person, newest first."""
    return (
        Finding.objects.filter(staff=staff)
        .select_related("look", "look__contact", "look__contact__matter", "look__contact__thread")
        .order_by("-found_at")
    )


def findings_about(people: Iterable[Staff], since: date) -> list[Finding]:
    """What was found about any of these people since a day and was not set aside, newest first."""
    rows = Finding.objects.filter(staff__in=list(people), found_at__date__gte=since)
    return list(
        rows.exclude(state=FindingState.SET_ASIDE)
        .select_related("staff", "look", "look__contact", "look__contact__matter")
        .order_by("-found_at")
    )


def findings(limit: int = 40) -> QuerySet[Finding]:
    return Finding.objects.select_related(
        "staff", "found_by", "look", "look__contact", "look__contact__matter"
    ).order_by("-found_at")[:limit]


def appeals() -> QuerySet[Finding]:
    """Findings that wait for an answer, longest first."""
    return (
        Finding.objects.filter(state=FindingState.APPEALED)
        .select_related("staff", "found_by", "look", "look__contact", "look__contact__matter")
        .order_by("appealed_at")
    )


def finding(pk: UUID) -> Finding:
    return Finding.objects.select_related("staff", "found_by", "look", "look__contact").get(pk=pk)


def block_appeals() -> QuerySet[BlockAppeal]:
    """Blocks said to be wrong that wait for an answer, longest first."""
    return (
        BlockAppeal.objects.filter(state=BlockState.OPEN)
        .select_related("staff", "contact", "contact__matter")
        .order_by("asked_at")
    )


def block_appeals_of(contacts: Iterable[Contact]) -> dict[UUID, BlockAppeal]:
    return {row.contact_id: row for row in BlockAppeal.objects.filter(contact__in=[c.pk for c in contacts])}


def blocking_rules(contact: Contact) -> list[str]:
    """The rules that stopped this contact."""
    return [one["rule"] for one in (contact.decision or {}).get("spoken", ()) if one["effect"] == "block"]


# ── conduct of staff ──


def conduct_of(people: Iterable[Staff], at: datetime) -> dict[int, Risk]:
    """The conduct risk of each of these people, with its grounds; a fixed number of questions asked."""
    ids = [one.pk for one in people]
    since = at - SPAN
    counts: dict[int, Counter[str]] = {pk: Counter() for pk in ids}
    for found in _standing().filter(staff__in=ids, found_at__gte=since, found_at__lte=at):
        counts[found.staff_id][f"finding_{found.level}"] += 1
    judged_clean = Verdict.objects.filter(place=1, level=Level.CLEAN).values("look")
    risky = Look.objects.filter(staff__in=ids, contact__at__gte=since, contact__at__lte=at)
    for look in risky.exclude(pk__in=judged_clean).exclude(finding__isnull=False):
        counts[look.staff_id or 0]["would_block"] += bool(look.rules)
    contested = set(
        BlockAppeal.objects.filter(staff__in=ids)
        .exclude(state=BlockState.RIGHT)
        .values_list("contact", flat=True)
    )
    for contact in messages.blocked_for(ids, since=since, until=at):
        if contact.pk not in contested and set(contact.labels) & RED:
            counts[contact.staff_id or 0]["red_attempt"] += 1
    for staff_id, n in messages.provoked(ids, since=since, until=at).items():
        counts[staff_id]["provoked"] += n
    return {pk: weigh(found) for pk, found in counts.items()}


# ── figures ──


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in a period: how often it stopped something wrongly, and how often what it forbids slipped through."""

    id: str
    blocked: int
    appealed: int
    false_block: Rate
    escape: Rate


@dataclass(frozen=True, slots=True)
class Figures:
    """A period's review in numbers, with the method beside them in `figures.py` and `sampling.py`."""

    since: datetime
    until: datetime
    happened: int
    looked: int
    drawn: int
    judged: int
    strata: tuple[tuple[str, int, int, int], ...]  # stratum, looked at, drawn, judged
    violations: Rate  # of all contacts
    by_level: tuple[tuple[str, Rate], ...]
    agreement: Agreement
    rules: tuple[Rule, ...]


def figures(at: datetime, since: datetime | None = None) -> Figures:
    """What the sample says about every contact of the period: rates with intervals, agreement, and each rule's two errors."""
    since = since or at - QUARTER
    looked = Look.objects.filter(contact__at__gte=since, contact__at__lte=at)
    strata = {
        row["stratum"]: (row["n"], row["taken"])
        for row in looked.values("stratum").annotate(n=Count("pk"), taken=Count("pk", filter=Q(drawn=True)))
    }
    looks = list(looked.filter(drawn=True).prefetch_related("verdicts"))
    first = {row.pk: next((v for v in row.verdicts.all() if v.place == 1), None) for row in looks}
    gone = set(
        Finding.objects.filter(state=FindingState.SET_ASIDE, look__in=[r.pk for r in looks]).values_list(
            "look", flat=True
        )
    )

    def level(row: Look) -> str:
        verdict = first[row.pk]
        return Level.CLEAN if verdict is None or row.pk in gone else verdict.level

    judged = [(row, Fraction(row.probability)) for row in looks if first[row.pk]]
    pairs = [
        (one.level, two.level)
        for row in looks
        if row.second and len(row.verdicts.all()) == 2
        for one, two in [sorted(row.verdicts.all(), key=lambda v: v.place)]
    ]
    blocked: dict[str, int] = {}
    for contact in messages.blocked(since=since, until=at):
        for rule in blocking_rules(contact):
            blocked[rule] = blocked.get(rule, 0) + 1
    wrong: dict[str, tuple[int, int]] = {}
    for row in BlockAppeal.objects.filter(contact__at__gte=since, contact__at__lte=at):
        asked, lost = wrong.get(row.rule, (0, 0))
        wrong[row.rule] = (asked + 1, lost + (row.state == BlockState.WRONG))
    broken = {first[row.pk].rule for row, _ in judged if level(row) != Level.CLEAN}  # type: ignore[union-attr]
    rules = [
        Rule(
            id,
            blocked.get(id, 0),
            wrong.get(id, (0, 0))[0],
            share(wrong.get(id, (0, 0))[1], blocked.get(id, 0)),
            rate(
                (level(row) != Level.CLEAN and first[row.pk].rule == id, p)  # type: ignore[union-attr]
                for row, p in judged
            ),
        )
        for id in sorted({*blocked, *broken})
    ]
    return Figures(
        since=since,
        until=at,
        happened=messages.happened_between(since, at),
        looked=sum(n for n, _ in strata.values()),
        drawn=len(looks),
        judged=len(judged),
        strata=tuple(
            (
                name,
                *strata.get(name, (0, 0)),
                sum(row.stratum == name for row, _ in judged),
            )
            for name in ("high", "middle", "low")
        ),
        violations=rate((level(row) != Level.CLEAN, p) for row, p in judged),
        by_level=tuple(
            (name, rate((level(row) == name, p) for row, p in judged))
            for name in (Level.MINOR, Level.SERIOUS, Level.GRAVE)
        ),
        agreement=kappa(pairs),
        rules=tuple(sorted(rules, key=lambda r: (-(r.escape.total), -r.blocked, r.id))),
    )


def lots(limit: int = 6) -> QuerySet[Draw]:
    """The weeks' lots: committed to before, opened after."""
    return Draw.objects.order_by("-week")[:limit]
