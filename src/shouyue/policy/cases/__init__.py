"""Cases: what was given, and what a pack must make of it. Files of the trade's own form and a pack's own cases run alike.

A pack's mapping from a case to facts is `policy.cases.<pack>`, with `facts_of(pack, given, at) → (Facts, at)`. Where one act
is several questions (one for each debt it means), the mapping also has `facts_for_each`, and the strictest answer counts;
where cases name values a program should be able to work out, it has `computed`.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from shouyue.policy.decision import Decision, Effect
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.policy.pack import Pack
from shouyue.policy.reading import Written, read

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError)
ANSWERS = {"approve": "approval", **{str(e): str(e) for e in Effect}}


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `expect` is an effect; `also` are others that pass too; `speaks` says whether the rule must be among
    those that spoke (None: it must, unless the contact is allowed); `next` is the next lawful moment, if it is tested."""

    id: str
    rule: str
    given: Mapping[str, Any]
    expect: str
    why: str = ""
    also: tuple[str, ...] = ()
    at: str | None = None
    speaks: bool | None = None
    next: str | None = None
    unknown: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """A case and what the gate made of it; `wrong` says in words what differs, None if nothing does."""

    case: Case
    decision: Decision
    wrong: str | None

    def to_data(self) -> dict[str, Any]:
        return {
            "id": self.case.id,
            "rule": self.case.rule,
            "expected": self.case.expect,
            "got": str(self.decision.effect),
            "passed": self.wrong is None,
            "wrong": self.wrong,
            "spoke": [{"rule": s.rule, "effect": str(s.effect)} for s in self.decision.spoken],
            "next_lawful": self.decision.next_lawful.isoformat() if self.decision.next_lawful else None,
        }


def read_cases(path: Path) -> list[Case]:
    """From a JSON Lines file of scenarios, or a pack's YAML of own cases."""
    if path.suffix in (".yaml", ".yml"):
        written = read(path, path.name) or []
        if not isinstance(written, list) or not all(isinstance(w, Written) for w in written):
            raise ValueError(f"{path.name}: a list of cases is expected, each with rule, given, expect")
        return [own_case(w, f"{path.stem}:{w.place.line}") for w in written]
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is not UTF-8 (byte {error.start})") from error
    cases = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            c = json.loads(line, parse_float=Decimal)
        except json.JSONDecodeError as error:
            raise ValueError(f"{path.name}:{number}: not readable as JSON: {error.msg}") from error
        if not isinstance(c, dict) or (
            lacks := [k for k in ("id", "rule_id", "facts", "expected") if k not in c]
        ):
            said = f"lacks {', '.join(lacks)}" if isinstance(c, dict) else f"holds {str(c)[:40]!r}"
            raise ValueError(f"{path.name}:{number} {said}; a case has id, rule_id, facts, expected")
        if c["expected"] not in ANSWERS:
            raise ValueError(
                f"{path.name}:{number}: expected is {c.get('expected')!r}; known are {', '.join(ANSWERS)}"
            )
        given = c["facts"] if set(c) <= PLAIN_KEYS else c
        cases.append(
            Case(
                c["id"], c["rule_id"], given, ANSWERS[c["expected"]], c.get("why", ""),
                tuple(ANSWERS[a] for a in c.get("also_ok", ())),
                values={**c.get("expect", {}), **{k: c[k] for k in ("presumption",) if k in c}},
            )
        )  # fmt: skip
    return cases


PLAIN_KEYS = {"id", "rule_id", "facts", "expected", "why"}


def own_case(w: Any, id: str) -> Case:
    w.only("rule", "name", "given", "at", "expect", "speaks", "next", "unknown", "values")
    if w.need("expect") not in ANSWERS:
        raise w.place.error(f"expect is {w['expect']!r}; known are {', '.join(ANSWERS)}")
    return Case(
        id, w.need("rule"), w.need("given"), ANSWERS[w["expect"]], w.get("name", ""), (), w.get("at"), w.get("speaks"),
        w.get("next"), tuple(w.get("unknown", ())), w.get("values", {}),
    )  # fmt: skip


def own_cases(pack: Pack) -> list[Case]:
    return [own_case(w, f"{w.place.file.rsplit('/', 1)[-1]}:{w.place.line}") for w in pack.cases()]


def facts_of(pack: Pack, case: Case) -> tuple[Facts, datetime]:
    mapping = importlib.import_module(f"shouyue.policy.cases.{pack.name}")
    facts, at = mapping.facts_of(pack, case.given, case.at)
    return _without(case, facts), at


def _without(case: Case, facts: Facts) -> Facts:
    """The facts less those the case says nobody knows."""
    if not case.unknown:
        return facts
    return Facts({n: v for n, v in facts.known.items() if n not in case.unknown}, facts.earlier)


def asked_in(pack: Pack, case: Case) -> list[tuple[Facts, datetime]]:
    """What the gate is asked in a case: one question, or one for each debt the act means (and each calendar that may count)."""
    mapping = importlib.import_module(f"shouyue.policy.cases.{pack.name}")
    if not hasattr(mapping, "facts_for_each"):
        return [facts_of(pack, case)]
    return [(_without(case, facts), at) for facts, at in mapping.facts_for_each(pack, case.given, case.at)]


def decisions_of(pack: Pack, case: Case) -> list[Decision]:
    """The gate's answers to a case."""
    return [decide(pack, facts, at) for facts, at in asked_in(pack, case)]


def judge(pack: Pack, case: Case) -> Result:
    """Take the decision and compare. Of several answers the strictest is shown. What cannot be read is a failure of
    this case alone, and waits for a person."""
    try:
        decisions = decisions_of(pack, case)
    except UNREADABLE as error:
        waits = Decision(Effect.APPROVAL, EPOCH, (), None, None, pack.name, pack.fingerprint)
        return Result(case, waits, f"cannot be read: {error}")
    decision = max(decisions, key=lambda d: d.effect.weight)
    wrong = []
    if case.rule not in {r.id for r in pack.rules}:
        wrong.append(f"pack {pack.name} has no rule {case.rule!r}")
    if str(decision.effect) not in (case.expect, *case.also):
        wrong.append(f"expected {case.expect}, got {decision.effect}")
    silent_is_fine = decision.effect is Effect.ALLOW or case.expect == "allow"
    must_speak = case.speaks if case.speaks is not None else (not silent_is_fine or None)
    spoke = any(case.rule in d.rules for d in decisions)
    if must_speak is not None and spoke is not must_speak:
        wrong.append(f"{case.rule} {'was silent' if must_speak else 'spoke'}")
    if case.next and (not decision.next_lawful or decision.next_lawful != datetime.fromisoformat(case.next)):
        wrong.append(f"next lawful moment expected {case.next}, got {decision.next_lawful}")
    if case.values:
        found = importlib.import_module(f"shouyue.policy.cases.{pack.name}").computed(
            pack, case.given, case.at, decisions
        )
        wrong += [
            f"{k} expected {v}, got {found.get(k)}" for k, v in case.values.items() if found.get(k) != v
        ]
    return Result(case, decision, "; ".join(wrong) or None)


def run(pack: Pack, cases: Iterable[Case]) -> list[Result]:
    return [judge(pack, case) for case in cases]
