"""Rules compiled once and matched fast: hyperscan says which rules to look at, `re` and `str.find` where they speak.

Without hyperscan everything is done by `re`: slower, the same answers. Compiled automata come from a checked cache (kept.py).
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shouyue.screening import digits, kept, privacy
from shouyue.screening.fold import CJK, Folded, fold
from shouyue.screening.phrasebook import Rule, files_of, read_all
from shouyue.screening.privacy import TRIGGERS
from shouyue.screening.sound import sound, sounding_like

try:
    import hyperscan
except ImportError:  # no wheel for this machine: slower, the same answers
    hyperscan = None  # type: ignore[assignment]

FORMAT = "2"  # of what is kept
MOST_PLACES = 100  # of one rule in one message
DATA = Path(__file__).parent / "data"
_CHINESE = re.compile(f"[{CJK}]+")


class Hit(NamedTuple):
    """A rule that spoke, with its place in the folded text."""

    rule: Rule
    start: int
    end: int
    certainty: float


@lru_cache(maxsize=8)
def _version(package: str) -> tuple[str, ...]:
    from importlib.metadata import version

    return (version(package),)


class Patterns:
    """Which of many patterns, numbered from `first`, match somewhere in a text."""

    def __init__(
        self, patterns: Sequence[str], *, first: int = 0, name: str, key: tuple[str, ...], plain: bool
    ) -> None:
        self.patterns = patterns
        self.numbers = range(first, first + len(patterns))
        self.compiled: bytes | None = None
        self._local = threading.local()  # a scratch belongs to one thread
        if patterns and hyperscan and not plain:
            self.compiled = kept.content(
                name, key=(FORMAT, *_version("hyperscan"), kept.processor(), *key), make=self._compile
            )

    def _compile(self) -> bytes:
        database = hyperscan.Database()
        database.compile(
            expressions=[pattern.encode() for pattern in self.patterns],
            ids=list(self.numbers),
            flags=[hyperscan.HS_FLAG_UTF8] * len(self.patterns),
        )
        made: bytes = hyperscan.dumpb(database)
        return made

    @property
    def database(self) -> Any:
        """This thread's own: a scratch shared by two raises ScratchInUseError."""
        try:
            return self._local.database
        except AttributeError:
            assert self.compiled is not None
            found = self._local.database = hyperscan.loadb(self.compiled, hyperscan.HS_MODE_BLOCK)
            found.scratch = hyperscan.Scratch(found)
            return found

    def find(self, text: str, found: set[int]) -> None:
        """Adds the numbers of the patterns that match."""
        if self.compiled is not None:
            self.database.scan(text.encode(), _add, 0, found)
        else:
            found |= {
                n for n, one in zip(self.numbers, self.patterns, strict=True) if _regex(one).search(text)
            }

    def find_all(self, block: bytes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Numbers and ends in bytes of all matches, one by one; needs hyperscan."""
        found: list[int] = []  # both in one: a million pairs would keep the collector of garbage busy
        add = found.append
        self.database.scan(block, lambda number, start, end, flags, context: add(number << 32 | end))
        both = np.array(found, np.int64)
        return both >> 32, both & 0xFFFFFFFF


def _add(number: int, start: int, end: int, flags: int, found: set[int]) -> None:
    found.add(number)


@lru_cache(maxsize=20_000)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _places(text: str, word: str) -> Iterator[int]:
    """Where a literal stands, overlaps included."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


class _Half:
    """The rules of one direction.

    Triggers of identifiers, patterns and phrases are one database, so that one pass tells what to look for; sounds another.
    """

    def __init__(self, rules: Sequence[Rule], *, name: str, fingerprint: str, plain: bool) -> None:
        self.tested = [(pattern, rule) for rule in rules for pattern in rule.patterns]
        self.written = [(phrase, rule) for rule in rules for phrase in rule.phrases]
        self.heard = [
            (sound(phrase).text, phrase, rule) for phrase, rule in self.written if _by_sound(phrase, rule)
        ]
        self.first_phrase = len(TRIGGERS) + len(self.tested)
        self.first_sound = self.first_phrase + len(self.written)
        key = (fingerprint, kept.source(privacy.__file__), kept.source(digits.__file__))
        self.patterns = Patterns(
            [
                *TRIGGERS,
                *(pattern for pattern, _ in self.tested),
                *(re.escape(phrase) for phrase, _ in self.written),
            ],
            name=f"{name}-patterns",
            key=key,
            plain=plain,
        )
        self.sounds = Patterns(
            [re.escape(said) for said, _, _ in self.heard],
            first=self.first_sound,
            name=f"{name}-sounds",
            key=key,
            plain=plain,
        )

    def look(self, text: str) -> tuple[list[Hit], Collection[int]]:
        """The rules that speak, with their places; and the numbers of the TRIGGERS that were seen."""
        nominated: set[int] = set()
        self.patterns.find(text, nominated)
        if self.heard and self._like_a_phrase.search(text):
            self.sounds.find(sound(text).text, nominated)
        return self.hits(text, nominated)

    @cached_property
    def _like_a_phrase(self) -> re.Pattern[str]:
        """As many characters in a row as the shortest phrase has, each sounding like one of some phrase: few texts have them."""
        sounds = set("".join(said for said, _, _ in self.heard))
        alike = "".join(sounding_like(sounds))
        return re.compile(f"[a-z{alike}]{{{min(len(said) for said, _, _ in self.heard)}}}")

    def hits(self, text: str, nominated: Collection[int]) -> tuple[list[Hit], Collection[int]]:
        """The same from what the engine nominated."""
        if not nominated or max(nominated) < len(TRIGGERS):  # as with most messages
            return [], nominated
        hits: dict[tuple[str, int, int], Hit] = {}
        triggers, sounds = [], []
        for n in nominated:
            if n < len(TRIGGERS):
                triggers.append(n)
            elif n < self.first_phrase:
                pattern, rule = self.tested[n - len(TRIGGERS)]
                for found in _regex(pattern).finditer(text):
                    hits[rule.id, found.start(), found.end()] = Hit(rule, *found.span(), rule.certainty)
            elif n >= self.first_sound:
                sounds.append(n - self.first_sound)
            else:
                phrase, rule = self.written[n - self.first_phrase]
                for start in _places(text, phrase):
                    end = start + len(phrase)
                    hits[rule.id, start, end] = Hit(rule, start, end, rule.certainty)
        if sounds:
            heard = sound(text)
            for n in sounds:
                said, phrase, rule = self.heard[n]
                for at in _places(heard.text, said):
                    start, end = heard.span(at, at + len(said))
                    if len(phrase) > 3 or any(a == b for a, b in zip(phrase, text[start:end], strict=False)):
                        hits.setdefault((rule.id, start, end), Hit(rule, start, end, rule.certainty * 0.9))
        if hits:
            return _standing(sorted(hits.values(), key=_place), text), triggers
        return [], triggers


def _place(hit: Hit) -> tuple[int, int, str]:
    return hit.start, -hit.end, hit.rule.id


def _by_sound(phrase: str, rule: Rule) -> bool:
    """Two characters say nothing by sound, three too little unless the rule asks for it (figures in the reference)."""
    if rule.sound is False or not _CHINESE.fullmatch(phrase):
        return False
    return len(phrase) >= (3 if rule.sound else 4)


def _standing(hits: list[Hit], text: str) -> list[Hit]:
    """The hits that have a word beside them that they need, and none that takes them back; MOST_PLACES of one rule."""
    places: Counter[str] = Counter()
    taken_back: dict[str, bytearray] = {}  # by pattern: rules share theirs
    standing = []
    for hit in hits:
        rule = hit.rule
        if places[rule.id] == MOST_PLACES:
            continue
        for pattern in rule.unless:
            if pattern not in taken_back:
                taken_back[pattern] = _covered(pattern, text)
        if any(1 in taken_back[pattern][hit.start : hit.end] for pattern in rule.unless):
            continue
        if rule.beside:
            before = text[max(0, hit.start - rule.within) : hit.start]
            after = text[hit.end : hit.end + rule.within]
            if not any(word in before or word in after for word in rule.beside):
                continue
        places[rule.id] += 1
        standing.append(hit)
    return standing


def _covered(pattern: str, text: str) -> bytearray:
    """A mark for each character that the pattern covers; empty where it covers none."""
    covered = bytearray()
    for found in _regex(pattern).finditer(text):
        covered = covered or bytearray(len(text))
        covered[found.start() : found.end()] = b"\1" * (found.end() - found.start())
    return covered


class Lexicon:
    """Rules for both directions, compiled."""

    def __init__(self, rules: Iterable[Rule], *, fingerprint: str = "", plain: bool = False) -> None:
        """`plain` does without hyperscan."""
        self.rules = {rule.id: rule for rule in rules}
        self.fast = bool(hyperscan) and not plain
        self.fingerprint = fingerprint or _digest(
            json.dumps([asdict(rule) for rule in self.rules.values()]).encode()
        )
        self.halves = {
            outbound: _Half(
                [rule for rule in self.rules.values() if rule.outbound is outbound],
                name="outbound" if outbound else "inbound",
                fingerprint=self.fingerprint,
                plain=plain,
            )
            for outbound in (True, False)
        }

    @classmethod
    def read(cls, *paths: Path, plain: bool = False) -> Lexicon:
        """The lexicon of these files and directories (their *.yaml). Raises UnableToRead with file and line.

        Rules once read and checked come from the cache, keyed by the bytes of every file.
        """
        files = files_of(paths)
        digest = _digest(*(part for file in files for part in (file.name.encode(), file.read_bytes())))
        raw = kept.content(
            "rules",
            key=(FORMAT, digest),
            make=lambda: json.dumps([asdict(rule) for rule in read_all(files)]).encode(),
        )
        rules = []
        for one in json.loads(raw):
            fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in one.items()}
            rules.append(Rule(**fields))
        return cls(rules, fingerprint=digest, plain=plain)

    def match(self, text: Folded, *, outbound: bool) -> list[Hit]:
        """Every rule that speaks, with its places in the folded text, sorted by place."""
        return self.look(text, outbound=outbound)[0]

    def look(self, text: Folded, *, outbound: bool) -> tuple[list[Hit], Collection[int]]:
        """The same, and the numbers of privacy.TRIGGERS that were seen."""
        return self.halves[outbound].look(text.text)

    def failing_examples(self) -> list[str]:
        """What the rules' own examples say against them: one line each, empty when all is well."""
        failed = []
        for rule in self.rules.values():
            for wanted, texts in ((True, rule.must_match), (False, rule.must_not_match)):
                for text in texts:
                    spoke = any(
                        hit.rule.id == rule.id for hit in self.match(fold(text), outbound=rule.outbound)
                    )
                    if spoke is not wanted:
                        verb = "must match" if wanted else "must not match"
                        failed.append(f"{rule.where}: {rule.id} {verb} {text!r}")
        return failed


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:32]


@lru_cache(maxsize=1)
def default() -> Lexicon:
    """The rules that come with Shouyue."""
    return Lexicon.read(DATA)
