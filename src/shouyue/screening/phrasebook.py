"""Reading rules from YAML, strictly: a rule that could stall, or that shows no example, is refused with its file and line.

A file holds `label`, `direction` (outbound | inbound), optionally `define` (names for parts of patterns) and `rules`, each:

    - id: threat.body                  unique; may be sealed and cited, so it never changes its meaning
      what: {zh: 扬言伤害身体, en: harm to the body is announced}
      phrases: [打断你的腿]              found also with fillers inside, in traditional characters, by sound (from 4 characters)
      patterns: ['(?:打|砍)断.{0,6}腿']  regular expressions of the subset below, over the FOLDED text (see fold.py)
      unless: ['不会.{0,4}打断']         a match that overlaps the hit takes it back; may look around
      beside: [律师, 起诉]               the hit counts only with one of these within `within` (12) characters
      sound: true                      false: never by sound; true: three characters too, where one of them is unchanged
      certainty: 0.9
      say: cn.script.reminder          id of an approved wording
      kind: secret                     an identifier of this kind: shown and printed masked only (internal names, account lists)
      must_match: [...]                at least one each: a rule without examples is refused
      must_not_match: [...]

Patterns: literals, classes, groups, alternatives, `.`, `?`, `{n,m}` with m <= 40, `{name}` of a definition. No *, +, look-around,
references, anchors, \\w or \\b: what is left means the same in both engines and cannot stall.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import yaml

from shouyue.screening.finding import INBOUND, OUTBOUND, Kind
from shouyue.screening.fold import table

LONGEST_GAP = 40
MOST_WAYS = 100_000  # in which one pattern may be tried at one place


class UnableToRead(ValueError):
    """A rule that cannot be used: file, line, what was found and what to do."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may not, or need not, be overlooked. Patterns are in folded spelling."""

    id: str
    label: str
    outbound: bool
    what: Mapping[str, str]
    where: str  # file:line
    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    within: int = 12
    sound: bool | None = None
    certainty: float = 1.0
    say: str = ""
    kind: str = ""  # of identifier, for a lender's secrets
    must_match: tuple[str, ...] = field(default=(), repr=False)
    must_not_match: tuple[str, ...] = field(default=(), repr=False)


def folded_pattern(pattern: str) -> str:
    """The pattern with its literals as fold.py would spell them."""
    spelled = table()
    out = []
    for i, char in enumerate(pattern):
        code = int(spelled[ord(char)])
        escape = char.isascii() and i and pattern[i - 1] == "\\"
        out.append(char if escape or not code else chr(code))
    return "".join(out)


def _ways(tree: Any, *, looks: bool) -> int:
    """An upper bound on the ways one pattern can be tried at one place; raises ValueError for what is not in the subset."""
    ways = 1
    for what, value in tree:
        if what is op.MAX_REPEAT or what is op.MIN_REPEAT:
            least, most, inner = value
            if most is op.MAXREPEAT or most > LONGEST_GAP:
                raise ValueError(
                    f"a repeat without bound or over {LONGEST_GAP}; write {{{least},{LONGEST_GAP}}} or less"
                )
            each = _ways(inner, looks=looks)
            ways *= (
                most - least + 1 if each == 1 else min(sum(each**n for n in range(least, most + 1)), 10**9)
            )
        elif what is op.SUBPATTERN:
            ways *= _ways(value[3], looks=looks)
        elif what is op.BRANCH:
            ways *= sum(_ways(part, looks=looks) for part in value[1])
        elif what in (op.ASSERT, op.ASSERT_NOT):
            if not looks:
                raise ValueError("looking around is not for patterns; put it into `unless`")
            ways *= _ways(value[1], looks=looks)
        elif what is op.AT:
            if not looks:
                raise ValueError("anchors and \\b are not for patterns; put them into `unless`")
        elif what is op.IN:
            if any(kind is op.CATEGORY and "WORD" in str(code) for kind, code in value):
                raise ValueError("\\w does not know Chinese characters here; write the class out")
        elif what not in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.RANGE, op.CATEGORY):
            raise ValueError(f"{str(what).lower()} is not in the subset; see phrasebook.py")
        if ways > MOST_WAYS:
            raise ValueError(
                f"could be tried in more than {MOST_WAYS:,} ways at one place and stall; shorten its gaps"
            )
    return ways


def checked_pattern(pattern: str, *, looks: bool = False) -> str:
    """The pattern in folded spelling. Raises ValueError with what to change."""
    spelled = folded_pattern(pattern)
    try:
        tree = parser.parse(spelled, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    _ways(tree, looks=looks)
    if not looks and re.compile(spelled, re.ASCII).match("") is not None:
        raise ValueError("matches nothing at all, and so everything")
    return spelled


_FIELDS = {
    "id": str, "label": str, "what": dict, "phrases": list, "patterns": list, "unless": list, "beside": list, "within": int,
    "sound": bool, "certainty": (int, float), "say": str, "kind": str, "must_match": list, "must_not_match": list,
    "direction": str,
}  # fmt: skip


def _lines(node: yaml.Node) -> dict[str, int]:
    """Key → line of a mapping's entries; and key[n] for the entries of lists in it."""
    found = {}
    for key, value in node.value:
        found[key.value] = key.start_mark.line + 1
        if isinstance(value, yaml.SequenceNode):
            found |= {f"{key.value}[{n}]": item.start_mark.line + 1 for n, item in enumerate(value.value)}
    return found


def read(path: Path, text: str) -> list[Rule]:
    """The rules of one file. Raises UnableToRead at the first line that cannot be used."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise UnableToRead(f"{path.name}:{line}", f"not YAML: {getattr(error, 'problem', error)}") from error
    if not isinstance(data, dict) or not isinstance(data.get("rules"), list):
        raise UnableToRead(f"{path.name}:1", "expected `label`, `direction` and a list `rules`")
    define = data.get("define") or {}
    if not isinstance(define, dict) or not all(isinstance(part, str) for part in define.values()):
        raise UnableToRead(
            f"{path.name}:1", "`define` gives names to parts of patterns, each a pattern in words"
        )
    assert isinstance(node, yaml.MappingNode)
    rules_node = next(value for key, value in node.value if key.value == "rules")
    return [
        _rule(path, entry, rule, data, define)
        for entry, rule in zip(rules_node.value, data["rules"], strict=True)
    ]


def _rule(path: Path, node: yaml.Node, raw: Any, head: Mapping[str, Any], define: Mapping[str, str]) -> Rule:
    first = node.start_mark.line + 1
    if not isinstance(raw, dict):
        raise UnableToRead(f"{path.name}:{first}", f"expected a rule, found {reprlib.repr(raw)}")
    lines = _lines(node)

    def refuse(where: str, why: str) -> UnableToRead:
        return UnableToRead(f"{path.name}:{lines.get(where, first)}", f"{raw.get('id', 'a rule')}: {why}")

    for key, value in raw.items():
        if key not in _FIELDS:
            raise refuse(key, f"`{key}` is not a field of a rule; there are {', '.join(_FIELDS)}")
        if not isinstance(value, _FIELDS[key]):  # type: ignore[arg-type]
            raise refuse(key, f"`{key}` is {reprlib.repr(value)}, which is of the wrong type")
        if isinstance(value, list):
            for n, item in enumerate(value):
                if not isinstance(item, str) or not item:
                    raise refuse(f"{key}[{n}]", f"`{key}` holds {reprlib.repr(item)}; expected words")
    label, direction = raw.get("label", head.get("label")), raw.get("direction", head.get("direction"))
    if not raw.get("id"):
        raise refuse("id", "a rule needs an `id`")
    if direction not in ("outbound", "inbound"):
        raise refuse("direction", f"`direction` is {direction!r}; expected outbound or inbound")
    if not isinstance(label, str) or label not in (OUTBOUND if direction == "outbound" else INBOUND):
        raise refuse("label", f"{label!r} is not a label of {direction} messages")
    if raw.get("kind", "") not in {"", *Kind}:
        raise refuse("kind", f"{raw['kind']!r} is not a kind of identifier; there are {', '.join(Kind)}")
    if not 0 < raw.get("certainty", 1) <= 1:
        raise refuse("certainty", f"`certainty` is {raw['certainty']!r}; expected more than 0, at most 1")
    if not 0 < raw.get("within", 12) <= LONGEST_GAP:
        raise refuse("within", f"`within` is {raw['within']!r}; expected 1 to {LONGEST_GAP} characters")
    if not raw.get("phrases") and not raw.get("patterns"):
        raise refuse("id", "has neither `phrases` nor `patterns`")
    for needed in ("must_match", "must_not_match"):
        if not raw.get(needed):
            raise refuse("id", f"has no examples under `{needed}`; a rule without examples is refused")

    def patterns(key: str, *, looks: bool) -> tuple[str, ...]:
        found = []
        for n, pattern in enumerate(raw.get(key, ())):
            try:
                found.append(checked_pattern(_defined(pattern, define), looks=looks))
            except ValueError as error:
                raise refuse(f"{key}[{n}]", str(error)) from error
        return tuple(found)

    return Rule(
        id=raw["id"], label=label, outbound=direction == "outbound", what=raw.get("what", {}), where=f"{path.name}:{first}",
        phrases=tuple(_spelled(phrase, refuse) for phrase in raw.get("phrases", ())),
        patterns=patterns("patterns", looks=False), unless=patterns("unless", looks=True),
        beside=tuple(_spelled(word, refuse) for word in raw.get("beside", ())), within=raw.get("within", 12),
        sound=raw.get("sound"), certainty=float(raw.get("certainty", 1.0)), say=raw.get("say", ""), kind=raw.get("kind", ""),
        must_match=tuple(raw["must_match"]), must_not_match=tuple(raw["must_not_match"]),
    )  # fmt: skip


def _defined(pattern: str, define: Mapping[str, str]) -> str:
    """Names in braces replaced by what the file defines, definitions in definitions too."""
    for _ in range(8):
        named = re.sub(
            r"\{([a-z_]+)\}", lambda name: f"(?:{define[name[1]]})" if name[1] in define else name[0], pattern
        )
        if named == pattern:
            break
        if len(named) > 20_000:
            raise ValueError("grows beyond 20,000 characters when its names are put in")
        pattern = named
    if left := re.search(r"\{[a-z_]+\}", pattern):
        raise ValueError(f"{left[0]} is not defined (or defined by itself)")
    return pattern


def _spelled(phrase: str, refuse: Any) -> str:
    from shouyue.screening.fold import fold

    spelled = fold(phrase).text.strip()
    if len(spelled) < 2:
        raise refuse(
            "phrases",
            f"{phrase!r} is shorter than two characters when folded; write a pattern with its neighbours",
        )
    return spelled


def read_all(paths: Iterable[Path]) -> list[Rule]:
    """The rules of files and directories (their *.yaml), in order of name. Raises UnableToRead, also for an id used twice."""
    rules: dict[str, Rule] = {}
    for path in files_of(paths):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UnableToRead(path.name, f"expected YAML in UTF-8: {error}") from error
        for rule in read(path, text):
            if rule.id in rules:
                raise UnableToRead(rule.where, f"{rule.id} is already defined in {rules[rule.id].where}")
            rules[rule.id] = rule
    return list(rules.values())


def files_of(paths: Iterable[Path]) -> list[Path]:
    return [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
