"""The roads to an enforceable title, as a pack tells them: dates, the periods between them, and what must be proved.

    known = pack.procedures
    stand = known.stand(record, pack.parameters, today, pack.calendar)   # every deadline, and every date that is missing

Every deadline has its safe date, by which alarms ring, and the legal one beside it (clocks.deadline). A period whose first
day is not in the record is not guessed: it is `Missing`, with what lacks, why it matters and where it is read off. Where
the law may be read in several ways (a loan called in before its last instalment), all run and the earliest rings.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from shouyue.clocks.calendar import Calendar
from shouyue.clocks.deadline import (
    Deadline,
    Guarantee,
    Interruption,
    Limitation,
    Obstacle,
    deadline,
    earliest,
    ends_on,
    guarantee,
    guarantee_period,
    limitation,
)
from shouyue.policy.decision import Text
from shouyue.policy.parameter import Parameter
from shouyue.policy.periods import length
from shouyue.policy.reading import Written

CLOCKS = ("plain", "limitation", "guarantee", "guarantor_limitation", "hearing", "enforcement", "instalments",
          "preserved_before_suit", "preservation")  # fmt: skip
SUED = ("suit_filed", "arbitration_filed")  # what saves a general guarantee


class MissingDate(LookupError):
    """A period cannot be counted: the day on which it begins is not in the record."""


class Urgency(StrEnum):
    PASSED = "passed"
    URGENT = "urgent"
    NEAR = "near"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class Day:
    """A date that a procedure may have, and the paper it is read off."""

    id: str
    what: Text
    paper: Text


@dataclass(frozen=True, slots=True)
class Due:
    """A period of a track. `ours`: we lose something when it passes."""

    id: str
    clock: str
    tracks: tuple[str, ...]
    what: Text
    starts: tuple[str, ...]
    period: Parameter | None
    alarm: Parameter
    until: tuple[str, ...]
    since: str
    ours: bool
    citation: str


@dataclass(frozen=True, slots=True)
class Element:
    """Something the claimant must show, and the kinds of exhibits it takes."""

    id: str
    tracks: tuple[str, ...]
    when: str
    what: Text
    needs: tuple[str, ...]
    citation: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that touches the claim's clocks. `against` is the person it concerns, "" for the debtors together."""

    kind: str
    on: date
    against: str = ""
    ended: date | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Guarantor:
    key: str
    name: str
    joint: bool
    agreed: date | None
    claimed: date | None


@dataclass(frozen=True, slots=True)
class Measure:
    """Something kept from disappearing: `kind` is of the pack's `measures`; `ends` as the court's paper says, if it does."""

    key: str
    kind: str
    name: str
    begins: date
    ends: date | None = None
    before_suit: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one procedure. `stages` are those it has been in."""

    track: str
    stages: frozenset[str]
    ended: bool
    dates: Mapping[str, date]
    last_due: date | None = None
    first_unpaid: date | None = None
    events: Sequence[Event] = ()
    obstacles: Sequence[Obstacle] = ()
    guarantors: Sequence[Guarantor] = ()
    instalments: Sequence[tuple[int, date]] = ()
    measures: Sequence[Measure] = ()
    hearings: Sequence[tuple[str, date]] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """A deadline with its two dates. `about` is the guarantor, measure or instalment it belongs to; `lost` says that the
    period is over and nothing saved what it protected."""

    due: Due
    deadline: Deadline
    since: date
    warns: int
    urgency: Urgency
    key: str = ""
    about: str = ""
    lost: bool = False
    limitation: Limitation | None = None

    @property
    def id(self) -> str:
        return f"{self.due.id}:{self.key}" if self.key else self.due.id


@dataclass(frozen=True, slots=True)
class Missing:
    """A deadline that nobody can count, since one of `dates` would be needed."""

    due: Due
    dates: tuple[Day, ...]

    @property
    def why(self) -> Text:
        zh = "或".join(day.what.zh for day in self.dates)
        en = " or ".join(day.what.en for day in self.dates)
        paper = self.dates[0].paper
        return Text(
            f"无法计算“{self.due.what.zh}”：没有{zh}。请依{paper.zh}补录（{self.due.citation}）。",
            f"“{self.due.what.en}” cannot be counted: {en} is not in the record; enter it from {paper.en}"
            f" ({self.due.citation}).",
        )


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the clocks of one procedure stand, soonest first."""

    running: tuple[Running, ...]
    missing: tuple[Missing, ...]

    @property
    def next(self) -> Running | None:
        """The soonest of ours that has not passed; else the last that has."""
        ours = [one for one in self.running if one.due.ours]
        ahead = [one for one in ours if one.urgency is not Urgency.PASSED]
        return ahead[0] if ahead else ours[-1] if ours else None


LAST_DUE = Day(
    "last_due",
    Text("最后一期到期日", "the day on which the last instalment falls due"),
    Text("借款合同或还款计划", "the contract or its schedule"),
)
FIRST_INSTALMENT = Day(
    "instalments",
    Text("各期到期日", "the due days of the instalments"),
    Text("公证债权文书", "the notarial deed"),
)


@dataclass(frozen=True, eq=False)
class Procedures:
    """Everything a pack says of procedures."""

    dates: Mapping[str, Day]
    stages: Mapping[str, Mapping[str, tuple[str, ...]]]
    dues: tuple[Due, ...]
    measures: Mapping[str, Parameter]
    evidence: Mapping[str, Text]
    elements: tuple[Element, ...]
    tail: Parameter
    outer: Parameter
    last_days: Parameter

    def elements_of(self, track: str, conditions: Iterable[str]) -> list[Element]:
        """What must be shown on a track where these conditions hold (guarantor, mortgage, accelerated)."""
        holds = {"", *conditions}
        return [e for e in self.elements if track in e.tracks and e.when in holds]

    def longest(self, kind: str, begins: date) -> date:
        """The last day of a measure of that kind that begins on a day, where the court's paper names none earlier."""
        return length(self.measures[kind], begins).after(begins)

    def lacking(self, track: str, stage: str, dates: Mapping[str, date]) -> list[Day]:
        """The dates without which a step to `stage` cannot be taken."""
        return [self.dates[n] for n in self.stages.get(track, {}).get(stage, ()) if n not in dates]

    def stand(
        self, record: Record, today: date, calendar: Calendar | None, *, clocks: Container[str] = CLOCKS
    ) -> Stand:
        """Every deadline that runs, and every one that cannot be counted; of these clocks alone, if named."""
        running: list[Running] = []
        missing: list[Missing] = []
        for due in self.dues:
            if due.clock not in clocks:
                continue
            if record.track not in due.tracks or record.ended or any(n in record.dates for n in due.until):
                continue
            if due.since and due.since not in record.stages:
                continue
            try:
                running += self._run(due, record, today, calendar)
            except MissingDate as lacks:
                missing.append(Missing(due, lacks.args[0]))
        running.sort(key=lambda one: (one.deadline.safe, one.id))
        return Stand(tuple(running), tuple(missing))

    def _run(self, due: Due, record: Record, today: date, calendar: Calendar | None) -> list[Running]:
        warns = int(due.alarm.on(today))

        def running(end: Deadline, since: date, **more: Any) -> Running:
            return Running(due, end, since, warns, self.urgency(end, warns, today), **more)

        match due.clock:
            case "limitation":
                return self._limitation(due, record, today, calendar, running)
            case "enforcement":
                return self._enforcement(due, record, calendar, running)
            case "guarantee":
                return self._guarantees(due, record, today, calendar, running)
            case "guarantor_limitation":
                return self._guarantors_limitation(due, record, today, calendar, running)
            case "hearing":
                return [
                    running(Deadline(day, day), today, key=key)
                    for key, day in record.hearings
                    if day >= today
                ]
            case "instalments":
                return self._instalments(due, record, calendar, running)
            case "preserved_before_suit":
                return [
                    running(deadline(m.begins, length(_need(due), m.begins), calendar), m.begins, key=m.key, about=m.name)
                    for m in record.measures
                    if m.before_suit
                ]  # fmt: skip
            case "preservation":
                return [
                    running(self._preserved(m, calendar), m.begins, key=m.key, about=m.name)
                    for m in record.measures
                ]
        return [
            running(deadline(start, length(_need(due), start), calendar), start)
            for start in self._start(due, record)
        ]

    def _preserved(self, one: Measure, calendar: Calendar | None) -> Deadline:
        """As the court's paper says, else the longest that the law allows."""
        if one.ends:
            return ends_on(one.ends, calendar)
        return deadline(one.begins, length(self.measures[one.kind], one.begins), calendar)

    def urgency(self, end: Deadline, warns: int, today: date) -> Urgency:
        rings = end.alarm(today, (int(self.last_days.on(today)), warns))
        if end.passed(today):
            return Urgency.PASSED
        if rings is None:
            return Urgency.CALM
        return Urgency.URGENT if end.left(today) <= int(self.last_days.on(today)) else Urgency.NEAR

    def _start(self, due: Due, record: Record) -> list[date]:
        """The first known of the dates a period may begin with. One that waits for a stage must have it by then."""
        known = [record.dates[name] for name in due.starts if name in record.dates]
        if known:
            return known[:1]
        if due.since:
            raise MissingDate(tuple(self.dates[name] for name in due.starts))
        return []

    def _limitation(
        self,
        due: Due,
        record: Record,
        today: date,
        calendar: Calendar | None,
        running: Callable[..., Running],
    ) -> list[Running]:
        """From the last instalment, and from the day the loan was called in where it was; the earlier end counts."""
        starts = [d for d in (record.last_due, record.dates.get("loan_accelerated_on")) if d is not None]
        if not starts:
            raise MissingDate((LAST_DUE,))
        found = [
            limitation(
                start,
                period=length(_need(due), today),
                interruptions=[_interruption(e) for e in record.events if not e.against],
                obstacles=record.obstacles,
                tail=length(self.tail, today),
                outer=length(self.outer, today),
                calendar=calendar,
            )
            for start in starts
        ]
        counting = [one for one in found if one.deadline is not None]
        if not counting:
            return []  # a proceeding is pending: the period begins anew when it ends
        first = min(counting, key=lambda one: one.deadline.safe)  # type: ignore[union-attr]
        assert first.deadline is not None
        return [running(first.deadline, first.began, limitation=first, lost=first.expired(today))]

    def _enforcement(
        self, due: Due, record: Record, calendar: Calendar | None, running: Callable[..., Running]
    ) -> list[Running]:
        found = []
        for start in self._start(due, record):
            one = limitation(
                start,
                period=length(_need(due), start),
                interruptions=[_interruption(e) for e in record.events if not e.against and e.on >= start],
                obstacles=record.obstacles,
                tail=length(self.tail, start),
                calendar=calendar,
            )
            if one.deadline:
                found.append(running(one.deadline, one.began, limitation=one))
        return found

    def _instalments(
        self, due: Due, record: Record, calendar: Calendar | None, running: Callable[..., Running]
    ) -> list[Running]:
        """Each instalment has a period of its own; the first that still runs, and any that has passed."""
        if not record.instalments:
            raise MissingDate((FIRST_INSTALMENT,))
        return [
            running(deadline(day, length(_need(due), day), calendar), day, key=str(n), about=str(n))
            for n, day in record.instalments
        ]

    def _guarantees(
        self,
        due: Due,
        record: Record,
        today: date,
        calendar: Calendar | None,
        running: Callable[..., Running],
    ) -> list[Running]:
        """One clock a guarantor; one that was saved in time runs no more."""
        found = []
        for one in record.guarantors:
            state = self.guarantee_of(one, record, today, calendar)
            if state.saved is None:
                found.append(
                    running(state.period, record.last_due or today, key=one.key, about=one.name, lost=state.lost(today))
                )  # fmt: skip
        return found

    def guarantee_of(
        self, guarantor: Guarantor, record: Record, today: date, calendar: Calendar | None
    ) -> Guarantee:
        """Where one guarantee stands, by the earliest reading of when its period begins. Raises MissingDate."""
        due = next(d for d in self.dues if d.clock == "guarantee")
        starts = [d for d in (record.last_due, record.dates.get("loan_accelerated_on")) if d is not None]
        if guarantor.agreed is None and record.first_unpaid is not None:
            starts.append(record.first_unpaid)
        if not starts:
            raise MissingDate((LAST_DUE,))
        default = length(_need(due), today)
        period = earliest(
            guarantee_period(start, default=default, agreed=guarantor.agreed, calendar=calendar)
            for start in starts
        )
        limited = next((d for d in self.dues if d.clock == "guarantor_limitation"), None)
        return guarantee(
            period,
            joint=guarantor.joint,
            claimed=guarantor.claimed,
            sued_debtor=min((e.on for e in record.events if e.kind in SUED and not e.against), default=None),
            limitation_period=length(_need(limited), today) if limited else None,
            interruptions=[_interruption(e) for e in record.events if e.against == guarantor.key],
            calendar=calendar,
        )

    def _guarantors_limitation(
        self,
        due: Due,
        record: Record,
        today: date,
        calendar: Calendar | None,
        running: Callable[..., Running],
    ) -> list[Running]:
        found = []
        for one in record.guarantors:
            if record.last_due is None and "loan_accelerated_on" not in record.dates:
                continue  # said once, by the period itself
            state = self.guarantee_of(one, record, today, calendar)
            if state.limitation and state.limitation.deadline:
                found.append(
                    running(state.limitation.deadline, state.limitation.began, key=one.key, about=one.name,
                            limitation=state.limitation)
                )  # fmt: skip
        return found


def _need(due: Due) -> Parameter:
    assert due.period is not None
    return due.period


def _interruption(event: Event) -> Interruption:
    return Interruption(event.on, event.kind, event.ended, event.pending)


def read_procedures(
    page: Written,
    parameters: Mapping[str, Parameter],
    cites: Callable[[Written], str],
) -> Procedures:
    """From `procedures.yaml`. Whatever it names must exist: a parameter, a date, a kind of evidence, a source."""
    page.only("dates", "stages", "dues", "measures", "evidence", "elements")

    def parameter(written: Written, name: str) -> Parameter:
        if name not in parameters:
            raise written.place.error(f"no parameter {name!r} in parameters/")
        return parameters[name]

    dates = {
        id: Day(id, Text(d.need("zh"), d.need("en")), Text(d.need("paper_zh"), d.need("paper_en")))
        for id, d in page.need("dates").items()
    }

    def known(written: Written, names: Sequence[str]) -> tuple[str, ...]:
        for name in names:
            if name not in dates:
                raise written.place.error(f"no date {name!r}; there are {', '.join(dates)}")
        return tuple(names)

    dues = []
    for d in page.need("dues"):
        d.only(
            "id", "clock", "tracks", "zh", "en", "from", "period", "alarm", "until", "since", "ours", "cite"
        )
        clock = d.get("clock", "plain")
        if clock not in CLOCKS:
            raise d.place.error(f"clock is one of {', '.join(CLOCKS)}; found {clock!r}")
        if clock in ("plain", "enforcement") and not d.get("from"):
            raise d.place.error(f"{d.need('id')}: 'from' names the dates it begins with")
        dues.append(
            Due(
                d.need("id"), clock, tuple(d.need("tracks")), Text(d.need("zh"), d.need("en")),
                known(d, d.get("from", ())), parameter(d, d["period"]) if "period" in d else None,
                parameter(d, d.need("alarm")), known(d, d.get("until", ())), d.get("since", ""), bool(d.need("ours")),
                cites(d),
            )
        )  # fmt: skip
    evidence = {id: Text(e.need("zh"), e.need("en")) for id, e in page.need("evidence").items()}
    elements = []
    for e in page.need("elements"):
        e.only("id", "tracks", "when", "zh", "en", "cite", "needs")
        for kind in e.need("needs"):
            if kind not in evidence:
                raise e.place.error(f"no kind of evidence {kind!r}; there are {', '.join(evidence)}")
        elements.append(
            Element(e.need("id"), tuple(e.need("tracks")), e.get("when", ""), Text(e.need("zh"), e.need("en")),
                    tuple(e["needs"]), cites(e))
        )  # fmt: skip
    return Procedures(
        dates=dates,
        stages={
            track: {stage: known(stages, names) for stage, names in stages.items()}
            for track, stages in page.need("stages").items()
        },
        dues=tuple(dues),
        measures={kind: parameter(page, name) for kind, name in page.need("measures").items()},
        evidence=evidence,
        elements=tuple(elements),
        tail=parameter(page, "suspension_tail"),
        outer=parameter(page, "limitation_outer"),
        last_days=parameter(page, "last_days_alarm"),
    )
