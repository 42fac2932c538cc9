"""One rule of a pack: what it is called, where it comes from, whom it concerns, and the grounds on which it speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from shouyue.policy.decision import Effect, Text
from shouyue.policy.match import Test, every
from shouyue.policy.table import NO, Table, Truth, both, decided, inverse


class Kind(Protocol):
    """A kind of rule. It judges a table: YES where its ground exists, MAYBE where a fact it needs is unknown.

    `reads` names the facts it uses. `until` is the first moment (µs UTC) after the contact's at which it would no
    longer say YES if only time passed, or None where time does not help; `detail` gives figures for the reason.
    Both are asked only of a table of one.
    """

    @property
    def reads(self) -> tuple[str, ...]: ...
    @property
    def timeless(self) -> bool: ...
    def judge(self, table: Table) -> Truth: ...
    def until(self, table: Table) -> int | None: ...
    def detail(self, table: Table) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground of a rule: speaks where `where` holds, `unless` does not, and the kind says so."""

    kind_name: str
    kind: Kind
    where: tuple[Test, ...]
    unless: tuple[Test, ...]
    effect: Effect
    reason: Text
    lifts: tuple[str, ...] = ()
    timeless: bool = field(init=False, default=False)  # only facts decide: another moment changes nothing

    def __post_init__(self) -> None:
        dated = any(test.dated for test in (*self.where, *self.unless))
        object.__setattr__(self, "timeless", self.kind.timeless and not dated)

    def judge(self, table: Table, scope: Truth, open_tests: tuple[Test, ...]) -> Truth:
        """Where it speaks inside `scope`. `open_tests` are those of `where` not yet known to hold."""
        result = both(scope, every(open_tests, table)) if open_tests else scope
        if _never(result):
            return NO
        if self.unless:
            result = both(result, inverse(every(self.unless, table)))
            if _never(result):
                return NO
        return both(result, self.kind.judge(table))

    @property
    def reads(self) -> tuple[str, ...]:
        return (*(t.fact for t in self.where), *(t.fact for t in self.unless), *self.kind.reads)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as data. `since` is the day it came into force: before it the rule is silent.

    `enforced_by` names the part of the system that upholds it ("gate" for contact rules).
    `statute` rules may only be made stricter by an overlay.
    """

    id: str
    title: Text
    demands: Text
    where: tuple[Test, ...]
    grounds: tuple[Ground, ...]
    cites: tuple[str, ...]
    citation: str
    confidence: str
    since: date | None
    enforced_by: str
    statute: bool
    topic: str
    note: Text | None
    file: str
    line: int
    data: Mapping[str, Any] = field(default_factory=dict, compare=False)
    timeless: bool = field(init=False, default=False)  # its scope, once it is in force
    first_day: int | None = field(init=False, default=None)  # `since` in days since 1970

    def __post_init__(self) -> None:
        object.__setattr__(self, "timeless", not any(test.dated for test in self.where))
        first = None if self.since is None else (self.since - date(1970, 1, 1)).days
        object.__setattr__(self, "first_day", first)

    @property
    def decides(self) -> tuple[tuple[str, ...], int]:
        """Which roles decide where it asks for approval (none named: the desk's own order), and how many persons."""
        said = self.data.get("decides") or {}
        return tuple(said.get("by", ())), int(said.get("persons", 1))

    @property
    def effect(self) -> Effect:
        """The strictest effect it can have."""
        return max((g.effect for g in self.grounds), key=lambda e: e.weight)

    def scope(self, table: Table, open_tests: tuple[Test, ...]) -> Truth:
        """Where the rule concerns the contact at all. `open_tests` are those of `where` not yet known to hold."""
        result = every(open_tests, table)
        first = self.first_day
        if first is None or _never(result):
            return result
        day = table.day
        if isinstance(day, int):
            return result if day >= first else NO
        earliest, latest = table.days
        if earliest >= first:
            return result
        return both(result, decided(day >= first)) if latest >= first else NO


@dataclass(frozen=True, slots=True)
class Question:
    """A rule as it is put to contacts of which some facts are known: what these settle is not asked again. `tests` of its
    `where` are still open; `grounds` are those that can still speak, each with its own open tests."""

    rule: Rule
    tests: tuple[Test, ...]
    grounds: tuple[tuple[Ground, tuple[Test, ...]], ...]

    @classmethod
    def of(cls, rule: Rule, settled: Callable[[Test], int | None]) -> Question | None:
        """`settled` answers a test from what is known, None where that leaves it open. None if the rule cannot speak."""
        tests = _open(rule.where, settled)
        if tests is None:
            return None
        asked = ((ground, _open(ground.where, settled)) for ground in rule.grounds)
        grounds = tuple((ground, open_tests) for ground, open_tests in asked if open_tests is not None)
        return cls(rule, tests, grounds) if grounds else None


def _open(tests: tuple[Test, ...], settled: Callable[[Test], int | None]) -> tuple[Test, ...] | None:
    """The tests that are still open; None if one has failed."""
    answers = [(test, settled(test)) for test in tests]
    return None if any(a == NO for _, a in answers) else tuple(t for t, a in answers if a is None)


def _never(result: Truth) -> bool:
    return result == NO if isinstance(result, int) else not result.any()
