"""Signs: ways of saying a thing, written by hand and weighed by the model.

A rule of the lexicon speaks alone. A sign does not: "你家" beside "今晚" is a sign of a threat, and of a delivery. The model
(model.py) learns on labelled messages what each sign weighs, also where it is denied or quoted, so signs may be wide.
A sign is one line of data/signs/*.yaml: `id`, `label` that it was written for ("" for how a sentence stands), `any` of these
patterns over the text as it reads (plainly.py), `match` and `not`: what it must and must not find.
`{name}` in a pattern stands for any word of classes.yaml, `…` for a gap of up to ten characters.
"""

from __future__ import annotations

import hashlib
import re
import threading
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import yaml

from shouyue.screening import kept
from shouyue.screening.finding import INBOUND, OUTBOUND
from shouyue.screening.fold import fold, table
from shouyue.screening.plainly import read

try:
    import hyperscan
except ImportError:  # no wheel for this machine: slower, the same answers
    hyperscan = None  # type: ignore[assignment]

DATA = Path(__file__).parent / "data/signs"
_NAME = re.compile(r"\{([a-z_]+)\}")
BREAK = re.compile("[，。！？；,!?;：:\n…]")
_OPEN, _CLOSED = "“「『《", "”」』》"
_MARKS = re.compile(f'["{_OPEN}]')


class Sign(NamedTuple):
    id: str
    label: str
    patterns: tuple[str, ...]
    match: tuple[str, ...]
    no_match: tuple[str, ...]


class Seen(NamedTuple):
    """A sign in a text: `name` ends in /d where its clause denies it, in /q where it stands in quotation marks."""

    name: str
    start: int
    end: int


def _plain(pattern: str, classes: dict[str, str]) -> str:
    spelled = _NAME.sub(lambda name: f"(?:{classes[name[1]]})", pattern.replace("…", ".{0,10}"))
    simplified = table()
    return "".join(
        char if char.isascii() else chr(int(simplified[ord(char)]) or ord(char)) for char in spelled
    )


class Signs:
    """The signs of one direction, compiled."""

    def __init__(self, signs: Sequence[Sign], *, deny: str, plain: bool = False) -> None:
        self.signs = tuple(signs)
        self.patterns = [(n, pattern) for n, sign in enumerate(self.signs) for pattern in sign.patterns]
        every = [pattern for _, pattern in self.patterns]
        self.fingerprint = hashlib.sha256(
            "\0".join([deny, *(f"{n} {p}" for n, p in self.patterns)]).encode()
        ).hexdigest()[:32]
        self._filter = [_filterable(pattern) for pattern in every]
        self._compiled: bytes | None = None
        self._local = threading.local()  # a scratch belongs to one thread
        if hyperscan and not plain:
            self._compiled = kept.content(
                "signs",
                key=("2", version("hyperscan"), kept.processor(), self.fingerprint),
                make=self._compile,
            )
        self._places: list[re.Pattern[str] | None] = [None] * len(every)  # compiled when first looked for
        self._names = [f"{sign.id}#{n}" for sign in self.signs for n in range(len(sign.patterns))]
        self._deny = re.compile(deny)

    def _compile(self) -> bytes:
        database = hyperscan.Database()
        database.compile(
            expressions=[pattern.encode() for pattern in self._filter],
            ids=list(range(len(self._filter))),
            flags=[hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH] * len(self._filter),
        )
        made: bytes = hyperscan.dumpb(database)
        return made

    def _possible(self, text: str) -> list[int]:
        """Numbers of the patterns that may match: hyperscan says which, `re` then finds where."""
        if self._compiled is None:
            return list(range(len(self._filter)))
        database = getattr(self._local, "database", None)
        if database is None:
            database = hyperscan.loadb(self._compiled, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
            self._local.database = database
        found: list[int] = []
        add = found.append
        database.scan(text.encode(), lambda number, start, end, flags, context: add(number))
        return sorted(found)

    def see(self, text: str) -> list[Seen]:
        """Every sign once for each of its patterns, at the first place where it stands."""
        seen: list[Seen] = []
        denied = marked = None
        breaks: list[int] = []
        for at in self._possible(text):
            place = self._places[at]
            if place is None:
                place = self._places[at] = re.compile(self.patterns[at][1])
            found = place.search(text)
            if found is None:
                continue
            name = self._names[at]
            if self.signs[self.patterns[at][0]].label:
                if denied is None:  # asked once of a text
                    denied, marked = self._deny.search(text) is not None, _MARKS.search(text) is not None
                    breaks = [mark.end() for mark in BREAK.finditer(text)] if denied else []
                start, end = found.span()
                if denied:
                    before = bisect_right(breaks, start)
                    if self._deny.search(text, breaks[before - 1] if before else 0, end):
                        name += "/d"
                if marked and quoted(text, start):
                    name += "/q"
            seen.append(Seen(name, *found.span()))
        return seen

    def failing_examples(self) -> list[str]:
        """What the signs' own examples say against them: one line each, empty when all is well."""
        failed = []
        for sign in self.signs:
            for wanted, texts in ((True, sign.match), (False, sign.no_match)):
                for text in texts:
                    seen = self.see(read(fold(text)).text)
                    names = {one.name.partition("#")[0] for one in seen if wanted or "/" not in one.name}
                    if (sign.id in names) is not wanted:
                        failed.append(f"{sign.id} {'must match' if wanted else 'must not match'} {text!r}")
        return failed


def _filterable(pattern: str) -> str:
    """A wider pattern that hyperscan reads and compiles small: gaps of any length, no back-references."""
    return re.sub(r"\.\{[0-9]+,[0-9]*\}", ".*", re.sub(r"\\[0-9]", ".*", pattern))


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause around [start, end): between the nearest marks that end one."""
    first = 0
    for mark in BREAK.finditer(text, 0, start):
        first = mark.end()
    last = BREAK.search(text, end)
    return first, last.start() if last else len(text)


def quoted(text: str, at: int) -> bool:
    """Does this place stand in quotation marks?"""
    if any(
        text.rfind(opens, 0, at) > text.rfind(closes, 0, at)
        for opens, closes in zip(_OPEN, _CLOSED, strict=True)
    ):
        return True
    return text.count('"', 0, at) % 2 == 1


@lru_cache(maxsize=4)
def signs(*, outbound: bool, plain: bool = False) -> Signs:
    """The signs that come with Shouyue. `plain` does without hyperscan."""
    classes = yaml.load((DATA / "classes.yaml").read_text(), Loader=yaml.CSafeLoader)
    raw = yaml.load((DATA / f"{'out' if outbound else 'in'}bound.yaml").read_text(), Loader=yaml.CSafeLoader)
    vocabulary = OUTBOUND if outbound else INBOUND
    for one in raw:
        if one["label"] and one["label"] not in vocabulary:
            raise ValueError(f"{one['id']}: {one['label']!r} is not a label of this direction")
        if not one.get("match") or not one.get("not"):
            raise ValueError(f"{one['id']}: a sign needs examples under `match` and `not`")
    return Signs(
        [
            Sign(
                one["id"],
                one["label"],
                tuple(_plain(p, classes) for p in one["any"]),
                tuple(one["match"]),
                tuple(one["not"]),
            )
            for one in raw
        ],
        deny=_plain(classes["deny"], {}),
        plain=plain,
    )
