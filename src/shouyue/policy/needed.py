"""What a pattern cannot do without: sets of characters, one of each of which every text that it matches must hold.

    needed("套现|以贷还贷")  →  [({套}, {现}), ({以}, {贷}, {还})]      one entry for each way to match

A text that lacks them needs no closer look. This only ever saves work: a pattern that cannot be read so is always tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

_parser: Any = re._parser  # type: ignore[attr-defined]  # the standard library's own reader of patterns
Sets = tuple[frozenset[str], ...]


def needed(pattern: str) -> list[Sets]:
    """For each top-level alternative, what it needs; an empty entry can match without anything."""
    return [_of(branch) for branch in _alternatives(_parser.parse(pattern))]


def _alternatives(nodes: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The ways a sequence can go, where it is nothing but a choice (also behind one shared beginning)."""
    nodes = list(nodes)
    while len(nodes) == 1 and str(nodes[0][0]) == "SUBPATTERN":
        nodes = list(nodes[0][1][3])
    for place, (op, argument) in enumerate(nodes):
        if str(op) == "BRANCH":
            for branch in argument[1]:
                for way in _alternatives(branch):
                    yield [*nodes[:place], *way, *nodes[place + 1 :]]
            return
    yield nodes


def _of(nodes: Sequence[Any]) -> Sets:
    found: list[frozenset[str]] = []
    for op, argument in nodes:
        name = str(op)
        if name == "LITERAL":
            found.append(frozenset(chr(argument)))
        elif name == "IN":
            found += _class(argument)
        elif name == "SUBPATTERN":
            found += _of(argument[3])
        elif name in ("MAX_REPEAT", "MIN_REPEAT") and argument[0] >= 1:
            found += _of(argument[2])
        elif name == "BRANCH":
            parts = [_of(branch) for branch in argument[1]]
            if all(parts):
                found.append(frozenset().union(*(min(part, key=len) for part in parts)))
    return tuple(dict.fromkeys(found))


def _class(members: Sequence[Any]) -> list[frozenset[str]]:
    if all(str(op) == "LITERAL" for op, _ in members):
        return [frozenset(chr(c) for _, c in members)]
    return []
