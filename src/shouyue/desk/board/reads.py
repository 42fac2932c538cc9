"""The rows behind each figure. Every figure is read from the same two lists: what counts, and what it is counted against;
its total, its parts and its drill-down cannot disagree, because they are the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import (
    Case,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)  # fmt: skip
from django.db.models.functions import Coalesce, Least

from shouyue.casework.block_appeal import BlockAppeal as Appeal
from shouyue.casework.contact import Contact as Sent
from shouyue.casework.finding import Finding as Found
from shouyue.casework.finding import Level
from shouyue.casework.friend_request import FriendRequest as Friend
from shouyue.casework.promise import Promise as Promised
from shouyue.casework.right import Kind, Right
from shouyue.desk.approvals.models import Approval
from shouyue.desk.board.figures import BESIDE, PARTED, RESULTS, UNIT, By, Count, Figure, Period, Spans, Unit
from shouyue.desk.emergency.models import Emergency
from shouyue.desk.friend_requests.models import FriendRequest
from shouyue.desk.matters.models import Balance, Loan, Matter, Payment, Promise
from shouyue.desk.messages.models import Contact
from shouyue.desk.people.models import Certificate, Role, Staff, Team
from shouyue.desk.people.reads import may
from shouyue.desk.review.models import BlockAppeal, Finding, Look, Verdict
from shouyue.desk.rights.models import RightAsked
from shouyue.terms import Channel, Stage

LEFT = (Sent.LEAVING, Sent.ACCEPTED, Sent.DELIVERED, Sent.UNKNOWN, Sent.FAILED)
ADDED = (Friend.ACCEPTED_BY_MEMBER, Friend.RECONCILED, Friend.ORPHAN, Friend.ENDED)
CHANNELS = [channel.value for channel in Channel if channel is not Channel.INTERNAL]
LAST_DAYS = {  # of every stage but the last, which has none
    str(Stage.of(day)): day for day in range(1000) if Stage.of(day) != Stage.of(day + 1)
}
WHOLE = models.DecimalField(max_digits=20, decimal_places=2)
WORD = models.CharField(max_length=80)
CENT = Decimal("0.01")  # SQLite adds decimals as numbers of its own, with more places than there are


@dataclass(frozen=True, slots=True)
class Question:
    """A period and what it is narrowed to. An empty word narrows nothing. `viewer` sees no team that is not theirs."""

    viewer: Staff
    period: Period
    team: str = ""
    channel: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The two lists of a figure, in one shape: `b_at`, `b_team`, `b_agency`, `b_channel`, `b_client`, `b_stage`, `b_number`, `b_staff`, `b_amount`.

    `distinct`: what is counted is cases, not rows. `stock`: the whole stands as it is through all weeks.
    """

    part: QuerySet[Any]
    whole: QuerySet[Any]
    distinct: bool = False
    stock: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A figure for one name: a team, a channel, a week. `beside` is how people were treated meanwhile."""

    name: str
    value: Count | Spans
    beside: tuple[Count | Spans, ...] = ()


@dataclass(frozen=True, slots=True)
class Behind:
    """One row that a figure counts. Nothing personal: the number of the case leads to who it is, for those who may see it."""

    at: datetime | date | None
    number: str
    staff_no: str
    team: str
    channel: str
    amount: Any
    counted: bool  # in the part as well as in the whole


def teams_for(staff: Staff) -> list[str]:
    """The teams whose figures somebody may see: all, or those that they lead."""
    rows = Team.objects.order_by("name")
    if not may(staff, "see_all_matters"):
        rows = rows.filter(supervisor=staff)
    return list(rows.values_list("name", flat=True))


def clients() -> list[str]:
    return list(Loan.objects.order_by("client").values_list("client", flat=True).distinct())


def currency() -> str:
    """The currency of all loans; of several, which no figure exchanges, all of them."""
    return ", ".join(Loan.objects.order_by("currency").values_list("currency", flat=True).distinct())


def total(figure: Figure, question: Question) -> Count | Spans:
    return Told(figure, question).total


def parted(figure: Figure, question: Question, by: By) -> list[Line]:
    """The figure for each team, channel, client, week or stage. Raises ValueError for what it cannot be parted by."""
    return Told(figure, question, (by,)).parted(by)


class Told:
    """One figure with its parts. Its rows are read once, grouped by everything it will be parted by, and added up here."""

    def __init__(self, figure: Figure, question: Question, bys: Sequence[By] = ()) -> None:
        for by in bys:
            if by not in PARTED[figure]:
                raise ValueError(f"{figure} cannot be parted by {by}; it can by {', '.join(PARTED[figure])}")
        self.figure, self.question, self.bys = figure, question, tuple(bys)
        rows = _rows(figure, question)
        self.span, self.stock = UNIT[figure] is Unit.SPAN, rows.stock
        self._add = _apart if rows.distinct else _together
        self._part = self._read(rows.part, rows.distinct)
        self._whole = [] if self.span else self._read(rows.whole, rows.distinct)

    @property
    def total(self) -> Count | Spans:
        return self._valued(None).get("", self._nothing())

    def parted(self, by: By) -> list[Line]:
        """The figure for each name of this; for every week of the period where there was nothing, too."""
        values = self._valued(by)
        if by is By.WEEK:
            nothing = (
                Count(whole=self._summed(self._whole, None).get("", Decimal(0)))
                if self.stock
                else self._nothing()
            )
            weeks = [monday.isoformat() for monday in _mondays(self.question.period)]
            return [Line(week, values.get(week, nothing)) for week in weeks]
        beside = (
            [Told(other, self.question, (by,))._valued(by) for other in BESIDE]
            if self.figure in RESULTS and by is By.TEAM
            else []
        )
        return [
            Line(name, values.get(name, self._nothing()), tuple(other.get(name, Count()) for other in beside))
            for name in sorted(values.keys() | {name for other in beside for name in other})
        ]

    def _read(self, rows: QuerySet[Any], distinct: bool) -> list[tuple[Any, ...]]:
        """The names of each group in the order of `bys`, and what is added up: a sum, a case's number, or a span of time."""
        if By.WEEK in self.bys:
            rows = _weekly(rows, self.question.period)
        names = [f"b_{by}" for by in self.bys]
        rows = rows.order_by()
        if self.span:
            return list(rows.values_list(*names, "b_amount"))
        if distinct:
            return list(rows.values_list(*names, "b_number").distinct())
        if not names:
            return [(rows.aggregate(b_sum=Sum("b_amount", output_field=WHOLE))["b_sum"],)]
        return list(rows.values_list(*names).annotate(b_sum=Sum("b_amount", output_field=WHOLE)))

    def _valued(self, by: By | None) -> dict[str, Count | Spans]:
        if self.span:
            return {name: Spans.of(seconds) for name, seconds in self._spans(by).items()}
        parts = self._summed(self._part, by)
        if by is By.WEEK and self.stock:
            whole = self._summed(self._whole, None).get("", Decimal(0))
            return {name: Count(part, whole) for name, part in parts.items()}
        wholes = self._summed(self._whole, by)
        return {name: Count(parts.get(name, Decimal(0)), wholes.get(name, Decimal(0))) for name in parts | wholes}  # fmt: skip

    def _summed(self, rows: list[tuple[Any, ...]], by: By | None) -> dict[str, Decimal]:
        return self._add((row[self.bys.index(by)] or "" if by else "", row[-1]) for row in rows)

    def _spans(self, by: By | None) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row in self._part:
            found.setdefault(row[self.bys.index(by)] or "" if by else "", []).append(int(row[-1].total_seconds()))  # fmt: skip
        return found

    def _nothing(self) -> Count | Spans:
        return Spans(0) if self.span else Count()


def _together(rows: Iterable[tuple[str, Any]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name, amount in rows:
        found[name] = found.get(name, Decimal(0)) + Decimal(amount or 0)
    return {
        name: one if one == one.to_integral_value() else one.quantize(CENT) for name, one in found.items()
    }


def _apart(rows: Iterable[tuple[str, Any]]) -> dict[str, Decimal]:
    """How many different ones."""
    found: dict[str, set[Any]] = {}
    for name, one in rows:
        found.setdefault(name, set()).add(one)
    return {name: Decimal(len(ones)) for name, ones in found.items()}


def behind(figure: Figure, question: Question, *, first: int = 0, most: int = 50) -> tuple[list[Behind], int]:
    """The rows that the figure counts against, newest first, from `first` on, and how many there are in all."""
    rows = _rows(figure, question)
    counted = rows.part
    of = rows.whole
    if figure in {Figure.RECOVERY, Figure.COMPLAINTS}:
        of = counted  # the whole is every loan or every contact; what somebody looks for is what was counted
    page = list(of.order_by(F("b_at").desc(nulls_last=True), "pk")[first : first + most])
    known = None
    if of is not counted:
        known = set(counted.filter(pk__in=[row.pk for row in page]).values_list("pk", flat=True))
    listed = [
        Behind(
            row.b_at, row.b_number or "", row.b_staff or "", row.b_team or "", row.b_channel or "", row.b_amount,
            known is None or row.pk in known,
        )
        for row in page
    ]  # fmt: skip
    return listed, of.count()


# ── how rows become figures ──


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _mondays(period: Period) -> list[date]:
    """The days on which the weeks of a period begin, the first perhaps before it."""
    monday = period.since - timedelta(days=period.since.weekday())
    return [monday + timedelta(days=7 * n) for n in range(-(-(period.until - monday).days // 7))]


def _weekly(rows: QuerySet[Any], period: Period) -> QuerySet[Any]:
    """Each row with the Monday of its week, as the database compares: SQLite would call Python for each row to truncate it."""
    moments = isinstance(rows.query.annotations["b_at"].output_field, models.DateTimeField)
    ends = [monday + timedelta(days=7) for monday in _mondays(period)]
    week = Case(
        *(
            When(
                b_at__lt=datetime.combine(end, time.min, _zone()) if moments else end,
                then=Value((end - timedelta(days=7)).isoformat()),
            )
            for end in ends
        ),
        default=Value(""),
        output_field=WORD,
    )
    return rows.annotate(b_week=week)


# ── where the rows are ──


def _rows(figure: Figure, question: Question) -> Rows:
    found = _FOUND[figure](question)
    return Rows(
        _narrowed(found.part, question), _narrowed(found.whole, question), found.distinct, found.stock
    )


def _narrowed(rows: QuerySet[Any], question: Question) -> QuerySet[Any]:
    if not may(question.viewer, "see_all_matters"):
        rows = rows.filter(b_team__in=teams_for(question.viewer))
    for name in ("team", "channel", "client"):
        wanted = getattr(question, name)
        if wanted and By(name) in _narrows(rows):
            rows = rows.filter(**{f"b_{name}": wanted})
    return rows


def _narrows(rows: QuerySet[Any]) -> set[By]:
    """What rows can be narrowed by: a list whose rows all have no channel is not emptied by asking for one."""
    return {
        by
        for by in (By.TEAM, By.CHANNEL, By.CLIENT)
        if not isinstance(rows.query.annotations[f"b_{by}"], Value)
    }


def _shaped(rows: QuerySet[Any], at: str | None, **more: Any) -> QuerySet[Any]:
    shape: dict[str, Any] = {
        "b_at": F(at) if at else Value(None, output_field=models.DateField()),
        "b_team": Value("", output_field=WORD),
        "b_agency": Value("", output_field=WORD),
        "b_channel": Value("", output_field=WORD),
        "b_client": Value("", output_field=WORD),
        "b_stage": Value("", output_field=WORD),
        "b_number": Value("", output_field=WORD),
        "b_staff": Value("", output_field=WORD),
        "b_amount": Value(Decimal(1), output_field=WHOLE),
    }
    return rows.annotate(**shape | {f"b_{name}": value for name, value in more.items()})


def _of_loan(loan: str) -> dict[str, Any]:
    """Team, number and person of the loan's newest case. A loan has one as a rule; joining would count money twice where not."""
    newest = Matter.objects.filter(loan=OuterRef(loan)).order_by("-opened_at")
    return {
        "team": Coalesce(Subquery(newest.values("owner__team__name")[:1]), Value("")),
        "agency": Coalesce(Subquery(newest.values("owner__agency__name")[:1]), Value("")),
        "number": Coalesce(Subquery(newest.values("number")[:1]), Value("")),
        "staff": Coalesce(Subquery(newest.values("owner__staff_no")[:1]), Value("")),
    }


def _of_matter(matter: str) -> dict[str, Any]:
    return {
        "team": Coalesce(F(f"{matter}__owner__team__name"), Value("")),
        "agency": Coalesce(F(f"{matter}__owner__agency__name"), Value("")),
        "number": F(f"{matter}__number"),
        "staff": Coalesce(F(f"{matter}__owner__staff_no"), Value("")),
        "client": F(f"{matter}__loan__client"),
    }


def _stage(days: str) -> Any:
    """terms.Stage, as the database says it: Stage itself is asked for the last day of each. Days nobody told are in no stage."""
    return Case(
        When(**{f"{days}__isnull": True}, then=Value("")),
        *(When(**{f"{days}__lte": last}, then=Value(stage)) for stage, last in LAST_DAYS.items()),
        default=Value(max(Stage)),
        output_field=WORD,
    )


def _dpd_at(loan: str, day: date) -> Any:
    return Subquery(
        Balance.objects.filter(loan=OuterRef(loan), as_of__lte=day)
        .order_by("-as_of")
        .values("days_past_due")[:1]
    )


def _recovery(q: Question) -> Rows:
    paid = Payment.objects.filter(paid_on__gte=q.period.since, paid_on__lt=q.period.until)
    paid = paid.annotate(b_days=_dpd_at("loan", q.period.since))
    since, _ = q.period.moments(_zone())
    over = Matter.objects.filter(loan=OuterRef("pk"), closed_at__lt=since)
    placed = Loan.objects.filter(placed_on__lt=q.period.until).exclude(Exists(over))
    placed = placed.annotate(b_days=_dpd_at("pk", q.period.since))
    return Rows(
        _shaped(paid, "paid_on", client=F("loan__client"), amount=F("amount"), stage=_stage("b_days"), **_of_loan("loan")),
        _shaped(placed, "placed_on", client=F("client"), amount=F("placed_amount"), stage=_stage("b_days"), **_of_loan("pk")),
        stock=True,
    )  # fmt: skip


def _roll(q: Question) -> Rows:
    """Both ends as the lender's files told them: a loan without a balance before the period cannot have moved in it."""

    def at(day: date, field: str) -> Any:
        told = Balance.objects.filter(loan=OuterRef("pk"), as_of__lte=day).order_by("-as_of")
        return Subquery(told.values(field)[:1])

    before, after = q.period.since, q.period.until - timedelta(days=1)
    loans = Loan.objects.annotate(
        b_before=at(before, "days_past_due"), b_after=at(after, "days_past_due"),
        b_owed_before=at(before, "outstanding_total"), b_owed_after=at(after, "outstanding_total"),
    ).filter(b_before__isnull=False, b_before__gt=0)  # fmt: skip
    loans = loans.annotate(b_from=_stage("b_before"), b_to=_stage("b_after"))
    shape = {"client": F("client"), "stage": F("b_from"), **_of_loan("pk")}
    return Rows(
        _shaped(loans.filter(b_to__gt=F("b_from")), None, amount=F("b_owed_after"), **shape),
        _shaped(loans, None, amount=F("b_owed_before"), **shape),
    )


def _promises(q: Question) -> QuerySet[Promise]:
    judged = (Promised.KEPT, Promised.PARTLY_KEPT, Promised.BROKEN)
    return Promise.objects.filter(due_on__gte=q.period.since, due_on__lt=q.period.until, state__in=judged)


def _kept(q: Question) -> Rows:
    shape = {"channel": F("channel"), **_of_matter("matter")}
    return Rows(
        _shaped(_promises(q).filter(state=Promised.KEPT), "due_on", **shape),
        _shaped(_promises(q), "due_on", **shape),
    )


def _kept_amount(q: Question) -> Rows:
    shape = {"channel": F("channel"), **_of_matter("matter")}
    return Rows(
        _shaped(_promises(q), "due_on", amount=Least("paid", "amount"), **shape),
        _shaped(_promises(q), "due_on", amount=F("amount"), **shape),
    )


def _contacts(q: Question) -> QuerySet[Contact]:
    """Ours, proposed in the period, about a case."""
    since, until = q.period.moments(_zone())
    return Contact.objects.filter(at__gte=since, at__lt=until, matter__isnull=False).exclude(
        direction__startswith="inbound"
    )


CONTACT = {"channel": F("channel"), **_of_matter("matter")}


def _reached(q: Question) -> Rows:
    """A case counts as reached when the person behind it wrote or spoke to us on that channel in the period."""
    since, until = q.period.moments(_zone())
    worked = _contacts(q).filter(state__in=LEFT)
    heard = Contact.objects.filter(
        matter=OuterRef("matter"), channel=OuterRef("channel"), at__gte=since, at__lt=until
    ).filter(Q(direction__startswith="inbound", party__isnull=False) | Q(connected=True))
    return Rows(
        _shaped(worked.filter(Exists(heard)), "at", **CONTACT),
        _shaped(worked, "at", **CONTACT),
        distinct=True,
    )


def _blocked(q: Question) -> Rows:
    ours = _contacts(q)
    return Rows(_shaped(ours.filter(state=Sent.BLOCKED), "at", **CONTACT), _shaped(ours, "at", **CONTACT))


def _false_blocks(q: Question) -> Rows:
    blocked = _contacts(q).filter(state=Sent.BLOCKED)
    wrong = BlockAppeal.objects.filter(contact=OuterRef("pk"), state=Appeal.WRONG)
    return Rows(_shaped(blocked.filter(Exists(wrong)), "at", **CONTACT), _shaped(blocked, "at", **CONTACT))


def _looks(q: Question) -> QuerySet[Look]:
    """What was drawn by lot for people to look at, by when the contact happened."""
    since, until = q.period.moments(_zone())
    return Look.objects.filter(
        drawn=True, contact__at__gte=since, contact__at__lt=until, contact__matter__isnull=False
    )


JUDGED = Exists(Verdict.objects.filter(look=OuterRef("pk"), place=1))
LOOK = {"channel": F("contact__channel"), **_of_matter("contact__matter")}


def _escapes(q: Question) -> Rows:
    """The first reviewer's verdict, unless the finding that came of it was set aside."""
    judged = _looks(q).filter(JUDGED)
    bad = Verdict.objects.filter(look=OuterRef("pk"), place=1).exclude(level=Level.CLEAN)
    gone = Finding.objects.filter(look=OuterRef("pk"), state=Found.SET_ASIDE)
    escaped = judged.filter(Exists(bad)).exclude(Exists(gone))
    return Rows(_shaped(escaped, "contact__at", **LOOK), _shaped(judged, "contact__at", **LOOK))


def _reviewed(q: Question) -> Rows:
    drawn = _looks(q)
    return Rows(_shaped(drawn.filter(JUDGED), "contact__at", **LOOK), _shaped(drawn, "contact__at", **LOOK))


def _complaints(q: Question) -> Rows:
    """Complaints that were not refused, whoever they are about, against contacts that left."""
    since, until = q.period.moments(_zone())
    asked = RightAsked.objects.filter(kind=Kind.COMPLAINT, received_at__gte=since, received_at__lt=until)
    left = _contacts(q).filter(state__in=LEFT)
    return Rows(
        _shaped(asked.exclude(state=Right.REFUSED), "received_at", **_of_matter("matter")),
        _shaped(left, "at", **_of_matter("matter")),
    )


def _approvals(q: Question) -> Rows:
    """The "channel" of an approval is what was asked."""
    since, until = q.period.moments(_zone())
    decided = Approval.objects.filter(decided_at__gte=since, decided_at__lt=until)
    rows = _shaped(
        decided, "decided_at", channel=F("what"), team=Coalesce(F("asked_by__team__name"), Value("")),
        agency=Coalesce(F("asked_by__agency__name"), Value("")),
        staff=Coalesce(F("decided_by__staff_no"), Value("")), amount=_between("asked_at", "decided_at"),
    )  # fmt: skip
    return Rows(rows, rows)


def _stops(q: Question) -> Rows:
    since, until = q.period.moments(_zone())
    stopped = Emergency.objects.filter(
        drill=False, opened_at__gte=since, opened_at__lt=until, stopped_at__isnull=False
    )
    rows = _shaped(stopped, "opened_at", amount=_between("opened_at", "stopped_at"), **_of_matter("matter"))
    return Rows(rows, rows)


def _between(start: str, end: str) -> ExpressionWrapper:
    return ExpressionWrapper(F(end) - F(start), output_field=DurationField())


def _orphans(q: Question) -> Rows:
    since, until = q.period.moments(_zone())
    added = FriendRequest.objects.filter(seen_at__gte=since, seen_at__lt=until, state__in=ADDED).filter(
        Q(accepted_at__isnull=False) | Q(reconciled_at__isnull=False) | Q(state=Friend.ORPHAN)
    )
    shape = {
        "channel": F("channel"),
        "team": Coalesce(F("staff__team__name"), Value("")),
        "agency": Coalesce(F("staff__agency__name"), Value("")),
        "staff": F("staff__staff_no"),
        "number": Coalesce(F("matter__number"), Value("")),
    }
    return Rows(
        _shaped(added.filter(state=Friend.ORPHAN), "seen_at", **shape), _shaped(added, "seen_at", **shape)
    )


def _certified(q: Question) -> Rows:
    """Who may contact on any channel at the end of the period, of those who contact for a living."""
    _, until = q.period.moments(_zone())
    staff = Staff.objects.filter(is_active=True, role__in=[Role.COLLECTOR, Role.AGENCY])
    valid = Certificate.objects.filter(
        staff=OuterRef("pk"), granted_at__lt=until, expires_at__gte=until
    ).exclude(revoked_at__lt=until)
    shape = {
        "team": Coalesce(F("team__name"), Value("")),
        "agency": Coalesce(F("agency__name"), Value("")),
        "staff": F("staff_no"),
        "number": F("staff_no"),
    }
    return Rows(_shaped(staff.filter(Exists(valid)), None, **shape), _shaped(staff, None, **shape))


_FOUND: dict[Figure, Callable[[Question], Rows]] = {
    Figure.RECOVERY: _recovery,
    Figure.ROLL: _roll,
    Figure.PROMISE_KEPT: _kept,
    Figure.PROMISE_KEPT_AMOUNT: _kept_amount,
    Figure.REACHED: _reached,
    Figure.BLOCKED: _blocked,
    Figure.FALSE_BLOCK: _false_blocks,
    Figure.ESCAPE: _escapes,
    Figure.REVIEWED: _reviewed,
    Figure.APPROVAL_TIME: _approvals,
    Figure.COMPLAINTS: _complaints,
    Figure.TIME_TO_STOP: _stops,
    Figure.ORPHANS: _orphans,
    Figure.CERTIFIED: _certified,
}
