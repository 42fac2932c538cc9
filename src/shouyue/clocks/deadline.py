"""Legal periods: when they end, what restarts or pauses them, and which date is safe.

Every deadline has two dates. The **safe** date is the corresponding day without any help; alarms use it. The **legal** date
is the same period rolled over rest days (民法典 203); counsel may rely on it, the software never does. How long a period is
comes from a pack: nothing here knows a legal number.

Counting (民法典 200-203): the day on which a period begins is not counted; a period of months or years ends on the
corresponding day, or on the month's last day where there is none; the last day belongs to the period.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shouyue.clocks.calendar import Calendar, UnknownYear
from shouyue.clocks.span import Span

_WORDS = re.compile(r"(\d+)\s*(year|month|week|working day|day)s?$")


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as laws write it: years and months by the calendar, days, working days."""

    months: int = 0
    days: int = 0
    working_days: int = 0

    @classmethod
    def read(cls, text: str) -> Period:
        """From words such as "3 years", "6 months", "15 days", "5 working days", "2 weeks"."""
        found = _WORDS.match(text.strip())
        if not found:
            raise ValueError(
                f"{text!r} is no period; expected for instance '3 years', '15 days' or '5 working days'"
            )
        n, unit = int(found[1]), found[2]
        match unit:
            case "year":
                return cls(months=12 * n)
            case "month":
                return cls(months=n)
            case "week":
                return cls(days=7 * n)
            case "day":
                return cls(days=n)
        return cls(working_days=n)

    def after(self, start: date, calendar: Calendar | None = None) -> date:
        """The last day of the period that begins on `start` (which is not counted)."""
        day = corresponding(start, self.months) + timedelta(days=self.days)
        if self.working_days:
            if calendar is None:
                raise ValueError("a period of working days needs a calendar")
            day = calendar.add(day, self.working_days)
        return day

    def __str__(self) -> str:
        units = ((self.months // 12, "year"), (self.months % 12, "month"), (self.days, "day"))
        parts = [
            f"{n} {unit}{'s' if n > 1 else ''}"
            for n, unit in (*units, (self.working_days, "working day"))
            if n
        ]
        return " ".join(parts) or "0 days"


def corresponding(start: date, months: int) -> date:
    """The same day that many months later (earlier if negative), or that month's last day where there is none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(start.day, last))


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """The last day on which something can still be done. `legal` is None while nobody can know it: no calendar was
    given, or that year's holidays are not published yet."""

    safe: date
    legal: date | None = None

    def left(self, today: date) -> int:
        """Days left to the safe date; 0 on the last day, negative when it has passed."""
        return (self.safe - today).days

    def passed(self, today: date) -> bool:
        """The safe date is over. It may still be in time by the rest-day roll: see `legal`."""
        return today > self.safe

    def alarm(self, today: date, at_days_left: Iterable[int]) -> int | None:
        """The alarm that rings: the least of `at_days_left` that has been reached, or None. 0 when it has passed."""
        left = self.left(today)
        return 0 if left < 0 else min((n for n in at_days_left if left <= n), default=None)


def ends_on(safe: date, calendar: Calendar | None = None) -> Deadline:
    """A deadline whose safe date is known, with its legal date where the calendar can tell."""
    if calendar is None or not calendar.knows(safe.year):
        return Deadline(safe)
    try:
        return Deadline(safe, calendar.roll(safe))
    except UnknownYear:  # the rest days run on into a year that nobody knows
        return Deadline(safe)


def deadline(start: date, period: Period, calendar: Calendar | None = None) -> Deadline:
    """The end of a plain period: an appeal after service, an objection, a complaint to be answered, a suit to follow
    preservation. Nothing interrupts it."""
    return ends_on(period.after(start, calendar), calendar)


def earliest(deadlines: Iterable[Deadline]) -> Deadline:
    """The one to alarm on where the law may be read in several ways, or each instalment has its own."""
    return min(deadlines, key=lambda d: d.safe)


# ── limitation, and enforcement, which interrupts and pauses in the same way (民法典 188, 194, 195; 民诉法 250) ──


@dataclass(frozen=True, slots=True)
class Interruption:
    """What makes the period begin anew: a demand that arrived, an acknowledgement, a part payment, a suit.

    A proceeding has an end: the new period begins there (195: 从中断、有关程序终结时起). `pending` while it lasts.
    """

    on: date
    why: str
    ended: date | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps the creditor from claiming: force majeure, nobody to claim from. `span.end` is the first day without it,
    None while it lasts. It counts only in the last months of the period (194)."""

    span: Span[date]
    why: str


@dataclass(frozen=True, slots=True)
class Limitation:
    """Where the period stands.

    `began` is the day from which it runs now. `deadline` is its end; None while a proceeding is pending. `counted` are
    the interruptions that restarted it, `ignored` those that did not, with the reason; `paused` the obstacles that moved
    the end, `obstructed` one that lasts still (its end is unknown, so the deadline does not count on it).
    `outer` is the limit that nothing moves.
    """

    began: date
    deadline: Deadline | None
    outer: Deadline | None
    counted: tuple[Interruption, ...]
    ignored: tuple[tuple[Interruption, str], ...]
    paused: tuple[Obstacle, ...]
    obstructed: Obstacle | None

    def expired(self, today: date) -> bool:
        return self.deadline is not None and self.deadline.passed(today)


def limitation(
    start: date,
    *,
    period: Period,
    interruptions: Sequence[Interruption] = (),
    obstacles: Sequence[Obstacle] = (),
    tail: Period | None = None,
    outer: Period | None = None,
    harmed: date | None = None,
    calendar: Calendar | None = None,
) -> Limitation:
    """The limitation period of one claim, or the period for enforcing one title.

    `start` is the day the creditor knew (for a loan in instalments the last due date; for a title the last day for
    performance). `tail` is how long before the end an obstacle must stand to count, and how much is left when it goes
    (six months in 194). `outer` runs from `harmed` (or `start`) and is moved by nothing (twenty years in 188).

    An interruption counts if it comes after the day on which the period began to run and not after its safe end. One
    that would be in time only by the rest-day roll is ignored and says so: counsel decides.
    """
    limit = ends_on(outer.after(harmed or start), calendar) if outer else None
    began, counted, ignored = start, [], []
    pending = False
    end, paused, obstructed = _run(began, period, obstacles, tail)
    for event in sorted(interruptions, key=lambda i: (i.on, i.ended or i.on)):
        last = min(end, limit.safe) if limit else end
        if event.on < start:
            ignored.append((event, f"before the period began on {start}"))
        elif pending or event.on < began:
            counted.append(event)  # a proceeding is running: it adds nothing and takes nothing
            if event.ended is not None and event.ended > began and not pending:
                began = event.ended
                end, paused, obstructed = _run(began, period, obstacles, tail)
        elif event.on > last:
            legal = ends_on(last, calendar).legal
            rolled = legal is not None and event.on <= legal
            late = f"after the period had ended on {last}"
            ignored.append(
                (event, f"{late}; in time only by the roll to {legal}: counsel decides" if rolled else late)
            )
        else:
            counted.append(event)
            pending = event.pending
            began = max(event.on, event.ended or event.on)
            end, paused, obstructed = _run(began, period, obstacles, tail)
    if limit:
        end = min(end, limit.safe)
    return Limitation(
        began,
        None if pending else ends_on(end, calendar),
        limit,
        tuple(counted),
        tuple(ignored),
        paused,
        obstructed,
    )


def _run(
    began: date, period: Period, obstacles: Sequence[Obstacle], tail: Period | None
) -> tuple[date, tuple[Obstacle, ...], Obstacle | None]:
    """The end of a run that begins on `began`, the obstacles that moved it, and one that still stands."""
    end = period.after(began)
    if tail is None:
        return end, (), None
    paused: list[Obstacle] = []
    for obstacle in sorted(obstacles, key=lambda o: o.span.start):
        last_months = Span(
            max(began, corresponding(end, -tail.months) - timedelta(days=tail.days)), end + timedelta(days=1)
        )
        if not obstacle.span.overlaps(last_months):
            continue
        if obstacle.span.end is None:
            return end, tuple(paused), obstacle
        moved = tail.after(obstacle.span.end)
        if moved > end:
            end = moved
            paused.append(obstacle)
    return end, tuple(paused), None


# ── guarantees (民法典 686-694) ──


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Where a guarantee stands. `period` is never interrupted or paused. `saved` is the day the creditor did inside it
    what its kind asks for; None while open or when lost. `limitation` then runs against the guarantor (joint only here;
    for a general guarantee it begins when enforcement against the debtor has failed)."""

    period: Deadline
    saved: date | None
    limitation: Limitation | None

    def lost(self, today: date) -> bool:
        """The period is over and nothing saved it: the guarantor owes nothing."""
        return self.saved is None and self.period.passed(today)


def guarantee_period(
    main_due: date,
    *,
    default: Period,
    agreed: date | Period | None = None,
    clear: bool = True,
    calendar: Calendar | None = None,
) -> Deadline:
    """Until when the creditor must act (692). The agreed end, if it is clear and later than the main debt's maturity; else
    `default` from that maturity. Whether the rest-day roll helps here is unsettled, so the legal date is only shown."""
    end = agreed.after(main_due) if isinstance(agreed, Period) else agreed
    if end is None or not clear or end <= main_due:
        end = default.after(main_due)
    return ends_on(end, calendar)


def guarantee(
    period: Deadline,
    *,
    joint: bool,
    claimed: date | None = None,
    sued_debtor: date | None = None,
    limitation_period: Period | None = None,
    interruptions: Sequence[Interruption] = (),
    calendar: Calendar | None = None,
) -> Guarantee:
    """What has become of one guarantor's guarantee. A joint one is saved by a claim on the guarantor (693 II), a general
    one only by a suit or arbitration against the debtor (693 I). A kind not stated is general (686)."""
    act = claimed if joint else sued_debtor
    saved = act if act is not None and not period.passed(act) else None
    running = None
    if joint and saved is not None and limitation_period is not None:
        running = limitation(saved, period=limitation_period, interruptions=interruptions, calendar=calendar)
    return Guarantee(period, saved, running)


# ── validation period of 12 CFR 1006.34(b)(5) ──


def assumed_receipt(sent: date, *, working_days: int, calendar: Calendar) -> date:
    """The first day on which a notice sent on `sent` may be assumed to have been received: weekends and legal public
    holidays are not counted."""
    return calendar.add(sent, working_days)


def validation_period_end(received: date, *, days: int) -> date:
    """The last day of the validation period, which may be a weekend: nothing rolls. A later date is always permitted."""
    return received + timedelta(days=days)
