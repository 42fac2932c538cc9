"""A lender's strategies by stage, read strictly: when a reminder goes, on which channel, in which approved words.

    strategies = read_strategies(text, "early.yaml", pack, fields={"client", "amount", …}, today=date(2026, 3, 10))

A strategy is data and can only do less than the law allows. One that would contact in the hours the pack forbids, that
names wording, a field or a fact that does not exist, or a channel on which nothing can be held back, is refused whole, with
file and line. What it means for a case is for the gate to say, each time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from shouyue.policy.decision import Text
from shouyue.policy.match import Test
from shouyue.policy.pack import Pack
from shouyue.policy.practice import tests_of
from shouyue.policy.quiet import closed
from shouyue.policy.reading import PackError, Written, read_text
from shouyue.terms import GATE_OF, Channel, Gate, Stage

CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
PROBE = timedelta(minutes=15)
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Reminder:
    """A step: from this day overdue on, on this channel, in these approved words, where these tests hold."""

    id: str
    day: int
    channel: Channel
    template: str
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Strategy:
    """What is sent by itself in some stages, between which hours, and whether on rest days too."""

    id: str
    what: Text
    stages: tuple[Stage, ...]
    opens: time
    closes: time
    rest_days: bool
    steps: tuple[Reminder, ...]


def read_strategies(
    text: str, name: str, pack: Pack, *, fields: Collection[str], today: date
) -> tuple[Strategy, ...]:
    """The strategies in `text`, or PackError with file and line. `fields` are those that the desk can fill."""
    page = read_text(text, name)
    if not isinstance(page, list) or not page:
        raise PackError(f"{name}:1: a list of strategies is expected; begin with '- id: …'")
    found: dict[str, Strategy] = {}
    for written in page:
        if not isinstance(written, Written):
            raise PackError(f"{name}:1: a strategy has an id, stages, hours and steps; found {written!r}")
        one = _strategy(written, pack, fields, today)
        if one.id in found:
            raise written.place.error(f"strategy {one.id!r} is written twice")
        both = [str(s) for other in found.values() for s in other.stages if s in one.stages]
        if both:
            raise written.place.error(f"stage {both[0]} has a strategy already; one stage, one strategy")
        found[one.id] = one
    return tuple(found.values())


def _strategy(written: Written, pack: Pack, fields: Collection[str], today: date) -> Strategy:
    written.only("id", "zh", "en", "stages", "hours", "rest_days", "steps")
    stages = written.need("stages")
    strange = [s for s in _listed(stages) if s not in set(Stage)]
    if strange or not _listed(stages):
        raise written.place.error(
            f"stages are of {', '.join(Stage)}; found {strange[0] if strange else stages!r}"
        )
    hours = written.need("hours")
    if not isinstance(hours, Written):
        raise written.place.error(f'hours are {{from: "09:00", to: "20:00"}}; found {hours!r}')
    hours.only("from", "to")
    opens, closes = _clock(hours, "from"), _clock(hours, "to")
    if opens >= closes:
        raise hours.place.error(f"from {opens:%H:%M} to {closes:%H:%M} is no stretch of one day")
    rest = written.get("rest_days", False)
    if not isinstance(rest, bool):
        raise written.place.error(f"rest_days is true or false; found {rest!r}")
    kept = tuple(Stage(s) for s in _listed(stages))
    steps: dict[str, Reminder] = {}
    for one in _listed(written.need("steps")):
        if not isinstance(one, Written):
            raise written.place.error(f"a step has an id, day, channel and template; found {one!r}")
        step = _step(one, pack, fields, kept)
        if step.id in steps:
            raise one.place.error(f"step {step.id!r} is written twice")
        _by_day(hours, pack, step.channel, opens, closes, today)
        steps[step.id] = step
    if not steps:
        raise written.place.error("a strategy has at least one step")
    what = Text(str(written.need("zh")), str(written.need("en")))
    return Strategy(str(written.need("id")), what, kept, opens, closes, rest, tuple(steps.values()))


def _step(written: Written, pack: Pack, fields: Collection[str], stages: Collection[Stage]) -> Reminder:
    written.only("id", "day", "channel", "template", "when")
    day = written.need("day")
    if not isinstance(day, int) or isinstance(day, bool) or day < 1:
        raise written.place.error(f"day is a whole number of days overdue from 1 on; found {day!r}")
    if Stage.of(day) not in stages:
        raise written.place.error(
            f"day {day} is in stage {Stage.of(day)}; this strategy is for {', '.join(stages)}"
        )
    if written.need("channel") not in set(Channel):
        raise written.place.error(f"{written['channel']!r} is no channel; known are {', '.join(Channel)}")
    channel = Channel(written["channel"])
    if GATE_OF[channel] is not Gate.HARD:
        raise written.place.error(
            f"on {channel} nothing can be held back before it leaves; a reminder goes by itself only where it can"
        )
    return Reminder(
        str(written.need("id")),
        day,
        channel,
        _template(written, pack, channel, fields),
        tests_of(written, pack.practice.facts if pack.practice else {}, pack.parameters),
    )


def _template(written: Written, pack: Pack, channel: Channel, fields: Collection[str]) -> str:
    name = str(written.need("template"))
    script = pack.scripts.get(name)
    if script is None:
        may = [id for id, s in sorted(pack.scripts.items()) if channel in (s.get("channels") or ())]
        raise written.place.error(
            f"no approved wording {name!r}; for {channel} there are {', '.join(may) or 'none'}"
        )
    if channel not in (script.get("channels") or ()):
        raise written.place.error(
            f"{name!r} is approved for {', '.join(script.get('channels') or ())}, not for {channel}"
        )
    if "debtor" not in (script.get("roles") or ["debtor"]):
        raise written.place.error(f"{name!r} is not approved for the debtor")
    said = {f for tongue in LANGUAGES for f in re.findall(r"\{(\w+)\}", str(script[tongue]))}
    unknown = sorted((said | set(script.get("fields") or ())) - set(fields))
    if unknown:
        raise written.place.error(
            f"{name!r} has the field {unknown[0]!r}, which no reminder can fill; it can fill {', '.join(sorted(fields))}"
        )
    return name


def _by_day(hours: Written, pack: Pack, channel: Channel, opens: time, closes: time, today: date) -> None:
    """Refuse hours in which the pack forbids contact, naming the first such minute and its rule."""
    at = datetime.combine(today, opens, pack.zone)
    end = datetime.combine(today, closes, pack.zone)
    while True:
        last = min(at, end - timedelta(minutes=1))
        found = closed(pack, str(pack.zone), last, channel)
        if found:
            raise hours.place.error(
                f"this would contact by {channel} at {last:%H:%M}: {found[0].title.en} ({found[0].rule})"
            )
        if last < at:
            return
        at += PROBE


def _clock(written: Written, key: str) -> time:
    value: Any = written.need(key)
    if not isinstance(value, str) or not CLOCK.fullmatch(value):
        raise written.place.error(f'{key} is a time of day such as "09:00"; found {value!r}')
    return time.fromisoformat(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
