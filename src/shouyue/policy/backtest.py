"""What would another pack have decided? One history, two packs, and the rows on which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.policy.contacts import Contacts
from shouyue.policy.decision import Effect
from shouyue.policy.pack import Pack
from shouyue.policy.survey import survey, table_of_history
from shouyue.policy.table import Column


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Effect weights of every row under both packs (see `Effect.weight`), and the rows per rule."""

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    rules_before: Mapping[str, NDArray[np.int64]]
    rules_after: Mapping[str, NDArray[np.int64]]

    @property
    def stricter(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.after > self.before)

    @property
    def looser(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.after < self.before)

    def to_data(self) -> dict[str, Any]:
        def count(weights: NDArray[np.uint8]) -> dict[str, int]:
            return {str(e): int((weights == e.weight).sum()) for e in Effect if e is not Effect.RECORD}

        changed = {
            id: {"before": len(self.rules_before.get(id, ())), "after": len(self.rules_after.get(id, ()))}
            for id in sorted(self.rules_before.keys() | self.rules_after.keys())
        }
        return {
            "contacts": len(self.before),
            "before": count(self.before),
            "after": count(self.after),
            "stricter": len(self.stricter),
            "looser": len(self.looser),
            "rules": {id: c for id, c in changed.items() if c["before"] != c["after"]},
        }


def backtest(old: Pack, new: Pack, contacts: Contacts, facts: Mapping[str, Column] | None = None) -> Backtest:
    """Judge the history under both. What the history does not tell stays out of both sides alike."""
    (before, rules_before), (after, rules_after) = (_weights(p, contacts, facts) for p in (old, new))
    return Backtest(before, after, rules_before, rules_after)


def _weights(
    pack: Pack, contacts: Contacts, facts: Mapping[str, Column] | None
) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.int64]]]:
    weights = np.full(len(contacts), Effect.ALLOW.weight, np.uint8)
    rules: dict[str, NDArray[np.int64]] = {}
    for heard in survey(pack, table_of_history(pack, contacts, facts)):
        if len(heard.rows):
            weights[heard.rows] = np.maximum(weights[heard.rows], heard.effect.weight)
            known = rules.get(heard.rule.id)
            rules[heard.rule.id] = heard.rows if known is None else np.union1d(known, heard.rows)
    return weights, rules
