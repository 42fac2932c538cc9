"""敏感词: words that a member's client refuses to send (page 95130). Literal words only: no context, no negation.

The only thing of WeCom's that stops a member's own typing. The desk's list is compiled by priority into at most 100
rules of at most 300 words of at most 32 characters; what did not fit is said, not swallowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from shouyue.connectors.wecom.client import Client

RULES, WORDS, LONGEST, NAME = 100, 300, 32, 20
MEANINGS = {"mobile": 1, "email": 2, "red_packet": 3}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule to be. `blocks`: the client refuses; else it only warns."""

    name: str
    words: tuple[str, ...]
    meanings: tuple[int, ...] = ()
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A word that is not in any rule, and why."""

    word: str
    why: str


@dataclass(frozen=True, slots=True)
class Compiled:
    rules: tuple[Rule, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What `put_in_force` did with one rule: added, updated, deleted or kept."""

    name: str
    rule_id: str
    did: str


def literals(pattern: str, *, most: int = 400) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that a pattern can match, and the alternatives of it that are no list of words.

    Each outermost alternative is spelled out where it consists of characters, small classes, choices and `?`, in at most
    `most` ways. What has a gap in it, as `寻找.{0,9}拖欠`, cannot be a word of WeCom's.
    """
    tree = parser.parse(pattern)
    first = tree[0] if len(tree) == 1 else None
    branches = first[1][1] if first is not None and first[0] is op.BRANCH else [tree]
    words: dict[str, None] = {}
    beyond = []
    for branch in branches:
        try:
            spelled = _spelled(branch, most)
        except ValueError as why:
            beyond.append(str(why))
        else:
            words |= dict.fromkeys(word for word in spelled if word)
    return tuple(words), tuple(beyond)


def _spelled(tree: Any, most: int) -> list[str]:
    """Every text that this piece of a pattern matches. Raises ValueError where there is no such list."""
    found = [""]
    for what, value in tree:
        if what is op.LITERAL:
            parts = [chr(value)]
        elif what is op.IN and all(kind is op.LITERAL for kind, _ in value):
            parts = [chr(code) for _, code in value]
        elif what is op.SUBPATTERN:
            parts = _spelled(value[3], most)
        elif what is op.BRANCH:
            parts = [word for branch in value[1] for word in _spelled(branch, most)]
        elif what is op.MAX_REPEAT and value[:2] == (0, 1):
            parts = ["", *_spelled(value[2], most)]
        else:
            raise ValueError(f"{str(what).lower()} is no list of words")
        found = [before + part for before in found for part in parts]
        if len(found) > most:
            raise ValueError(f"more than {most} words")
    return found


def compile_rules(
    words: Iterable[str],
    *,
    prefix: str = "守约",
    meanings: Sequence[str] = (),
    rules: int = RULES,
    blocks: bool = True,
) -> Compiled:
    """Words, most important first, into rules. `meanings` (mobile, email, red_packet) go into the first rule."""
    if len(prefix) > NAME - 4:
        raise ValueError(f"the prefix {prefix!r} leaves no room for a number in {NAME} characters")
    kept: dict[str, None] = {}
    left: list[LeftOut] = []
    for word in words:
        bare = word.strip()
        if not bare:
            continue
        if len(bare) > LONGEST:
            left.append(LeftOut(bare, f"{len(bare)} characters; a rule takes at most {LONGEST}"))
        elif bare in kept:
            continue
        elif len(kept) == rules * WORDS:
            left.append(LeftOut(bare, f"no room: {rules} rules of {WORDS} words are full"))
        else:
            kept[bare] = None
    every = list(kept)
    made = tuple(
        Rule(
            f"{prefix}-{n // WORDS + 1:03d}",
            tuple(every[n : n + WORDS]),
            tuple(MEANINGS[m] for m in meanings) if n == 0 else (),
            blocks,
        )
        for n in range(0, len(every), WORDS)
    )
    return Compiled(made, tuple(left))


class Intercepts:
    """The rules in force at a corp."""

    def __init__(self, client: Client) -> None:
        self._call = client

    def put_in_force(
        self, rules: Sequence[Rule], *, members: Sequence[str], prefix: str = "守约"
    ) -> tuple[Change, ...]:
        """Make the corp's rules whose names begin with the prefix equal to these, for these members.

        Touches no rule of another name. Safe to repeat: what is already right is kept. Raises WeComRefused half-way
        where the corp has no room; a repeat goes on from there.
        """
        there = {
            one["rule_name"]: one["rule_id"]
            for one in self._call.get("externalcontact/get_intercept_rule_list").get("rule_list", ())
            if one["rule_name"].startswith(f"{prefix}-")
        }
        done = []
        for name in sorted(there.keys() - {rule.name for rule in rules}):
            self._call.post("externalcontact/del_intercept_rule", {"rule_id": there[name]})
            done.append(Change(name, there[name], "deleted"))
        for rule in rules:
            if rule.name in there:
                done.append(self._bring_up_to_date(there[rule.name], rule, members))
            else:
                done.append(Change(rule.name, self._add(rule, members), "added"))
        return tuple(done)

    def _add(self, rule: Rule, members: Sequence[str]) -> str:
        body = {
            "rule_name": rule.name,
            "word_list": list(rule.words),
            "semantics_list": list(rule.meanings),
            "intercept_type": 1 if rule.blocks else 2,
            "applicable_range": {"user_list": list(members)},
        }
        return str(self._call.post("externalcontact/add_intercept_rule", body)["rule_id"])

    def _bring_up_to_date(self, rule_id: str, rule: Rule, members: Sequence[str]) -> Change:
        now = self._call.post("externalcontact/get_intercept_rule", {"rule_id": rule_id})["rule"]
        covered = now.get("applicable_range", {}).get("user_list", [])
        join, leave = sorted(set(members) - set(covered)), sorted(set(covered) - set(members))
        if not join and not leave and _same(now, rule):
            return Change(rule.name, rule_id, "kept")
        # their update has another shape than their add: the meanings in extra_rule, the range as a difference
        body: dict[str, Any] = {
            "rule_id": rule_id,
            "rule_name": rule.name,
            "word_list": list(rule.words),
            "extra_rule": {"semantics_list": list(rule.meanings)},
            "intercept_type": 1 if rule.blocks else 2,
        }
        if join:
            body["add_applicable_range"] = {"user_list": join}
        if leave:
            body["remove_applicable_range"] = {"user_list": leave}
        self._call.post("externalcontact/update_intercept_rule", body)
        return Change(rule.name, rule_id, "updated")


def _same(now: dict[str, Any], rule: Rule) -> bool:
    return (
        now.get("word_list", []) == list(rule.words)
        and now.get("extra_rule", {}).get("semantics_list", []) == list(rule.meanings)
        and now.get("intercept_type") == (1 if rule.blocks else 2)
    )
