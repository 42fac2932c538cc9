"""What a lender does next, as data: rules that read a case's record and say what to do, why, and on which ground.

    found = pack.practice.advise("roads", record, today)

`record` holds the facts of `practice/facts.yaml` by name. The rules are asked in the order in which they are written; the
first that holds is what is recommended, and every other that holds is told beside it. A rule that would come first if only
a fact were known says which: what is not known is named, never guessed. There is no score and nothing is learned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from shouyue.policy.decision import Text
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.match import Test, Unreadable, number, read_tests
from shouyue.policy.parameter import NoValue, Parameter
from shouyue.policy.reading import Written, read
from shouyue.policy.table import NO, YES
from shouyue.terms import Channel, Purpose

PAGES = ("roads", "steps")
FACT_TYPES = ("flag", "count", "money", "word", "list")


@dataclass(frozen=True, slots=True)
class Fact:
    """A word of the record that rules of practice may read."""

    name: str
    type: str
    what: Text
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be done. `channels` are those on which it means contact, the preferred first; none: it reaches
    nobody outside. `place` is where on the desk it is done."""

    id: str
    what: Text
    channels: tuple[Channel, ...]
    purpose: Purpose
    place: str
    rests: bool

    @property
    def contacts(self) -> bool:
        return bool(self.channels)


@dataclass(frozen=True, slots=True)
class Advisory:
    """A rule of practice: where these tests hold, do this, because, on this ground."""

    id: str
    choice: Choice
    tests: tuple[Test, ...]
    because: Text
    citation: str


@dataclass(frozen=True, slots=True)
class Advised:
    """A rule that speaks, with what it saw. `unknown` names facts it lacks: it would speak if they were known so."""

    rule: str
    choice: Choice
    because: Text
    citation: str
    used: tuple[tuple[Fact, Any], ...]
    unknown: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What is recommended, what else speaks, and what might come first if more were known."""

    first: Advised | None
    others: tuple[Advised, ...]
    untold: tuple[Advised, ...]


@dataclass(frozen=True, eq=False)
class Practice:
    """The rules of practice beside a pack, by page."""

    facts: Mapping[str, Fact]
    pages: Mapping[str, tuple[Advisory, ...]]

    def advise(self, page: str, record: Mapping[str, Any], today: date) -> Advice:
        """Ask the rules of a page about a case. Facts that `record` lacks are unknown; one that is None is known to be none."""
        first: Advised | None = None
        others: list[Advised] = []
        untold: list[Advised] = []
        for rule in self.pages[page]:
            lacking, holds = [], True
            for test in rule.tests:
                answer = test.of(record.get(test.fact, UNKNOWN), today)
                if answer == NO:
                    holds = False
                    break
                if answer != YES:
                    lacking.append(self.facts[test.fact])
            if not holds:
                continue
            if lacking:
                if first is None:
                    untold.append(self._said(rule, record, tuple(lacking)))
            elif first is None:
                first = self._said(rule, record)
            elif rule.choice.id not in {first.choice.id, *(o.choice.id for o in others)}:
                others.append(self._said(rule, record))
        return Advice(first, tuple(others), tuple(untold))

    def first(self, page: str, record: Mapping[str, Any], today: date) -> Advised | None:
        """What is recommended, alone: for a list of many cases."""
        for rule in self.pages[page]:
            for test in rule.tests:
                if test.of(record.get(test.fact, UNKNOWN), today) != YES:
                    break
            else:
                return self._said(rule, record)
        return None

    def looks_ahead(self, page: str, fact: str, today: date) -> int | None:
        """Up to how many of something the rules of a page tell one number from another: of what is more, all say the same, and none
        names it. None where there is no such number."""
        most = 0
        for rule in self.pages[page]:
            asks = [test for test in rule.tests if test.fact == fact]
            if any(test.operator not in ("at_most", "below") for test in asks):
                return None
            if not asks and any("{" + fact in words for words in (rule.because.zh, rule.because.en)):
                return None
            try:
                most = max([most, *(math.ceil(number(test.operand, today)) for test in asks)])
            except NoValue:
                return None
        return most

    def order(self, page: str) -> Mapping[str, int]:
        """The place of each rule on its page: what stands first is most pressing."""
        return {rule.id: n for n, rule in enumerate(self.pages[page])}

    def _said(self, rule: Advisory, record: Mapping[str, Any], unknown: tuple[Fact, ...] = ()) -> Advised:
        names = dict.fromkeys(test.fact for test in rule.tests)
        used = tuple((self.facts[n], record[n]) for n in names if record.get(n) is not None)
        return Advised(rule.id, rule.choice, rule.because.filled(record), rule.citation, used, unknown)


def read_practice(folder: Path, name: str, parameters: Mapping[str, Parameter], cites: Any) -> Practice:
    """The rules of practice in a folder. Whatever they name must exist: a fact, a choice, a parameter, a source."""
    facts = {f.name: f for f in map(_fact, read(folder / "facts.yaml", f"{name}/facts.yaml"))}
    return Practice(
        facts,
        {
            page: _page(read(folder / f"{page}.yaml", f"{name}/{page}.yaml"), facts, parameters, cites)
            for page in PAGES
        },
    )


def _fact(written: Written) -> Fact:
    written.only("name", "type", "zh", "en", "of")
    if written.need("type") not in FACT_TYPES:
        raise written.place.error(f"type is one of {', '.join(FACT_TYPES)}; found {written['type']!r}")
    return Fact(
        written.need("name"),
        written["type"],
        Text(written.need("zh"), written.need("en")),
        tuple(map(str, written.get("of", ()))),
    )


def _page(
    page: Written, facts: Mapping[str, Fact], parameters: Mapping[str, Parameter], cites: Any
) -> tuple[Advisory, ...]:
    page.only("choices", "rules")
    choices = {c.id: c for c in map(_choice, page.need("choices"))}
    rules: dict[str, Advisory] = {}
    for written in page.need("rules"):
        rule = _rule(written, choices, facts, parameters, cites)
        if rule.id in rules:
            raise written.place.error(f"rule {rule.id!r} is written twice")
        rules[rule.id] = rule
    return tuple(rules.values())


def _choice(written: Written) -> Choice:
    written.only("id", "zh", "en", "channels", "purpose", "place", "rests")
    try:
        channels = tuple(Channel(one) for one in written.get("channels", ()))
        purpose = Purpose(written.get("purpose", "notice"))
    except ValueError as wrong:
        raise written.place.error(str(wrong)) from wrong
    what = Text(written.need("zh"), written.need("en"))
    return Choice(
        written.need("id"),
        what,
        channels,
        purpose,
        str(written.get("place", "")),
        bool(written.get("rests", False)),
    )


def _rule(
    written: Written,
    choices: Mapping[str, Choice],
    facts: Mapping[str, Fact],
    parameters: Mapping[str, Parameter],
    cites: Any,
) -> Advisory:
    written.only("id", "do", "when", "zh", "en", "cite")
    if written.need("do") not in choices:
        raise written.place.error(f"no choice {written['do']!r}; there are {', '.join(choices)}")
    tests = tests_of(written, facts, parameters)
    return Advisory(
        written.need("id"),
        choices[written["do"]],
        tests,
        Text(written.need("zh"), written.need("en")),
        cites(written),
    )


def tests_of(
    written: Written, facts: Mapping[str, Fact], parameters: Mapping[str, Parameter]
) -> tuple[Test, ...]:
    """The tests under `when`, each of a fact that exists, with words that it can have."""
    when = written.get("when")
    place = when.place if isinstance(when, Written) else written.place
    for fact in when or ():
        if fact not in facts:
            raise place.error(f"no fact {fact!r}{_near(fact, facts)}")
    try:
        tests = read_tests(when, parameters)
    except Unreadable as wrong:
        raise place.error(str(wrong)) from wrong
    for test in tests:
        words = facts[test.fact].words
        strange = [w for w in _operands(test) if words and str(w) not in words]
        if strange:
            raise place.error(f"{test.fact} is never {strange[0]!r}; it is one of {', '.join(words)}")
    return tests


def _operands(test: Test) -> Sequence[Any]:
    return test.operand if test.operator in ("is", "not", "has", "lacks", "has_all", "only") else ()


def _near(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, list(known), n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known)}"
