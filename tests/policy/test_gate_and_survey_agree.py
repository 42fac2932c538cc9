"""The gate and the audit say the same of every contact, by every rule of both packs.

A history is made of contacts taken from the packs' own cases, each with all the facts of its case, so that every rule is met
inside and outside its ground; they follow each other in time, most of one debtor, so that counting rules see them too. The gate is asked
of each contact with those before it, the survey of all at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.policy.cases import asked_in, own_cases
from shouyue.policy.contacts import RESULTS, Contacts
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.facts import UNKNOWN, Facts
from shouyue.policy.gate import absent, decide, table_of
from shouyue.policy.pack import Pack, load_pack
from shouyue.policy.survey import survey, table_of_history
from shouyue.policy.table import Column

UNSURE = "不知道"
Asked = tuple[Facts, datetime]
Said = set[tuple[str, str]]


@cache
def questions(name: str) -> list[Asked]:
    """Every question of the pack's cases."""
    pack = load_pack(name)
    return [question for case in own_cases(pack) for question in asked_in(pack, case)]


def lived(pack: Pack, asked: Sequence[Asked], results: Sequence[int]) -> tuple[Contacts, list[Decision]]:
    """The contacts as one history, and what the gate said of each when its turn came."""
    rows: list[dict[str, int]] = []
    decisions = []
    for (facts, at), result in zip(asked, results, strict=True):
        before = history_of(rows)
        once = Facts(facts.known, before)
        table = table_of(pack, once, at)
        own = {f.name: int(getattr(table.history, f.name)[-1]) for f in fields(Contacts)}
        rows.append({**own, "contact": len(rows) + 1, "result": result})
        decisions.append(decide(pack, once, at))
    return history_of(rows), decisions


def history_of(rows: list[dict[str, int]]) -> Contacts:
    if not rows:
        return Contacts.of([])
    return Contacts.sorted_from(**{name: np.array([r[name] for r in rows]) for name in rows[0]})


def columns_of(pack: Pack, asked: Sequence[Asked], rows: Any) -> dict[str, Column]:
    """All facts of the vocabulary, a value a row."""

    def value(facts: Facts, name: str) -> Any:
        found = facts.get(name)
        return absent(pack, name).one if found is UNKNOWN else found

    return {name: Column([value(facts, name) for facts, _ in asked], rows) for name in pack.facts}


def of_the_gate(decision: Decision) -> tuple[Said, set[str]]:
    """What it said for sure, and the rules it could not judge."""
    loud = [s for s in decision.spoken if s.effect is not Effect.RECORD]
    unsure = {s.rule for s in loud if s.reason.zh.startswith(UNSURE)}
    return {(s.rule, str(s.effect)) for s in loud if s.rule not in unsure}, unsure


def test_a_word_that_nobody_knows_is_in_doubt_for_both() -> None:
    """Every question of the cases that holds a word its fact does not know, asked alone: few, so none is left to chance."""
    pack = load_pack("cn")
    strange = [
        (facts, at)
        for facts, at in questions("cn")
        if any(not pack.may_hold(fact, value) for fact, value in facts.known.items() if value is not None)
    ]
    assert strange
    for question in strange:
        history, (decision,) = lived(pack, [question], [0])
        columns = columns_of(pack, [question], history.contact - 1)
        doubts = {
            heard.rule.id for heard in survey(pack, table_of_history(pack, history, columns)) if heard.unsure
        }
        assert doubts == of_the_gate(decision)[1], question[0].known


@pytest.mark.parametrize("name", ["cn", "us"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_gate_and_the_audit_say_the_same_of_every_contact(name: str, data: st.DataObject) -> None:
    pack = load_pack(name)
    drawn = data.draw(st.lists(st.sampled_from(questions(name)), min_size=1, max_size=25))
    near = data.draw(st.booleans())  # on the days of their cases, or all in a few hours of one day
    start = drawn[0][1]
    asked = sorted(
        ((facts, start + timedelta(minutes=9 * n) if near else at + timedelta(microseconds=n))
         for n, (facts, at) in enumerate(drawn)),
        key=lambda a: a[1],
    )  # fmt: skip
    results = data.draw(st.lists(st.integers(0, len(RESULTS) - 1), min_size=len(asked), max_size=len(asked)))
    history, decisions = lived(pack, asked, results)
    sure: list[Said] = [set() for _ in asked]
    doubts: Counter[str] = Counter()
    turn = history.contact - 1  # which of the contacts stands in each row
    for heard in survey(pack, table_of_history(pack, history, columns_of(pack, asked, turn))):
        doubts[heard.rule.id] += heard.unsure
        for n in turn[heard.rows].tolist():
            sure[n].add((heard.rule.id, str(heard.effect)))
    expected: Counter[str] = Counter()
    for n, decision in enumerate(decisions):
        said, unsure = of_the_gate(decision)
        expected.update(unsure)
        # where a stricter ground is in doubt the gate asks a person; the audit has a milder one that is sure beside the doubt
        assert {s for s in sure[n] if s[0] not in unsure} == said, asked[n]
    for rule in expected.keys() | doubts.keys():
        assert doubts[rule] == expected[rule], rule


@pytest.mark.parametrize("name", ["cn", "us"])
def test_every_rule_is_met(name: str) -> None:
    """The contacts above are no alibi: every rule that is upheld by the gate speaks among them."""
    pack = load_pack(name)
    spoke = {s.rule for facts, at in questions(name) for s in decide(pack, facts, at).spoken}
    assert {rule.id for rule in pack.rules if rule.enforced_by == "gate"} - spoke == set()
