"""What would another pack have decided? One history, two packs, and the contacts on which they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.policy.contacts import Contacts
from shouyue.policy.decision import Effect
from shouyue.policy.pack import Pack
from shouyue.policy.survey import survey, table_of_history
from shouyue.policy.table import Column

NAMED = 20  # contacts named of each kind of difference
DECIDED = [str(e) for e in Effect if e is not Effect.RECORD]


@dataclass(slots=True)
class Backtest:
    """Contacts by their gravest effect under both packs, contacts by the rules that spoke, and the first contacts, by their
    id in the history (`policy.contacts.Contacts.contact`), on which the second pack is stricter or looser."""

    contacts: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    rules_before: Counter[str] = field(default_factory=Counter)
    rules_after: Counter[str] = field(default_factory=Counter)
    stricter: int = 0
    looser: int = 0
    stricter_on: list[int] = field(default_factory=list)
    looser_on: list[int] = field(default_factory=list)

    def add(self, other: Backtest) -> None:
        """The same of a further part of the history, in which stand other debtors."""
        self.contacts += other.contacts
        self.before.update(other.before)
        self.after.update(other.after)
        self.rules_before.update(other.rules_before)
        self.rules_after.update(other.rules_after)
        self.stricter += other.stricter
        self.looser += other.looser
        self.stricter_on = sorted(self.stricter_on + other.stricter_on)[:NAMED]
        self.looser_on = sorted(self.looser_on + other.looser_on)[:NAMED]

    def to_data(self) -> dict[str, Any]:
        rules = {
            id: {"before": self.rules_before[id], "after": self.rules_after[id]}
            for id in sorted(self.rules_before.keys() | self.rules_after.keys())
        }
        return {
            "contacts": self.contacts,
            "before": {effect: self.before[effect] for effect in DECIDED},
            "after": {effect: self.after[effect] for effect in DECIDED},
            "stricter": self.stricter,
            "looser": self.looser,
            "rules": {id: c for id, c in rules.items() if c["before"] != c["after"]},
        }


def backtest(old: Pack, new: Pack, contacts: Contacts, facts: Mapping[str, Column] | None = None) -> Backtest:
    """Judge the history under both. What the history does not tell stays out of both sides alike."""
    (before, rules_before), (after, rules_after) = (_weights(p, contacts, facts) for p in (old, new))
    stricter, looser = np.flatnonzero(after > before), np.flatnonzero(after < before)
    return Backtest(
        len(contacts), _counted(before), _counted(after), rules_before, rules_after, len(stricter), len(looser),
        *(sorted(contacts.contact[rows].tolist())[:NAMED] for rows in (stricter, looser)),
    )  # fmt: skip


def _counted(weights: NDArray[np.uint8]) -> Counter[str]:
    return Counter({str(e): int((weights == e.weight).sum()) for e in Effect if e is not Effect.RECORD})


def _weights(
    pack: Pack, contacts: Contacts, facts: Mapping[str, Column] | None
) -> tuple[NDArray[np.uint8], Counter[str]]:
    weights = np.full(len(contacts), Effect.ALLOW.weight, np.uint8)
    rules: dict[str, NDArray[np.int64]] = {}
    for heard in survey(pack, table_of_history(pack, contacts, facts)):
        if len(heard.rows):
            weights[heard.rows] = np.maximum(weights[heard.rows], heard.effect.weight)
            known = rules.get(heard.rule.id)
            rules[heard.rule.id] = heard.rows if known is None else np.union1d(known, heard.rows)
    return weights, Counter({id: len(rows) for id, rows in rules.items()})
