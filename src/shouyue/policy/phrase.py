"""Words and patterns a pack's speech rules refer to. A phrase that occurs in a text leaves its id as a *mark*.

Marks and the labels of screening share one list of names, so that a rule asks "does it say this?" once, whoever noticed.
Each phrase carries examples that must and must not match; a pack whose examples fail is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from shouyue.policy.decision import Text
from shouyue.policy.needed import Sets, needed

_HIDDEN = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_SENTENCE = re.compile(r"(?<=[。!?;\n])")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Full width to half width, hidden marks and spaces away, small letters."""
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).replace("！", "!").lower()


# What takes the sting out of words that stand just before or after: "we take no visit fee", "that summons is a fake".
_DENIED_BEFORE = re.compile(
    r"(不会|不是|没有|没说|没骂|并非|不得|不许|不准|不要|不用|不需|别信|别听|别怕|别为|别去|请勿|切勿|勿|严禁|禁止|绝不|从不|无需"
    r"|谨防|冒充|停止|拒绝|不收|不爆|不抓|不判|不群发|不上门|不代表|我没|没收|不再|谁说|哪个说|反面|不必|避免|不等于|远程锁死?不)[^,。;!?]{0,10}$"
    r"|(?<![要得可还])不\W{0,2}$"
)
_DENIED_AFTER = re.compile(
    r"^[^。!?]{0,12}(一概没有|都没有|不行|没关系|是假的|是诈骗|是违规|本身就是违规|我们没收|不是我们|都是吓唬人|不成立)"
)
_QUOTED = re.compile(r"[“「『\"][^”」』\"]*[”」』\"]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Occurs where one of `any` is found in a sentence in which none of `unless` is found.

    With `denied: spared` words that are denied ("we take no visit fee") or quoted do not count.
    """

    id: str
    any: re.Pattern[str]
    unless: re.Pattern[str] | None
    matches: tuple[str, ...]
    misses: tuple[str, ...]
    spared: bool = False
    title: Text | None = None  # what it is called where a decision names it

    def found(self, folded: str) -> str | None:
        """The words that were found in a folded text, or None."""
        if not self.any.search(folded):
            return None
        quotes = [m.span() for m in _QUOTED.finditer(folded)] if self.spared else []
        start = 0
        for sentence in _SENTENCE.split(folded):
            if self.unless is None or not self.unless.search(sentence):
                for hit in self.any.finditer(sentence):
                    if not (self.spared and self._denied(sentence, hit, start, quotes)):
                        return hit.group()
            start += len(sentence)
        return None

    @staticmethod
    def _denied(sentence: str, hit: re.Match[str], start: int, quotes: list[tuple[int, int]]) -> bool:
        place = start + hit.start()
        return (
            any(a < place < b for a, b in quotes)
            or _DENIED_BEFORE.search(sentence[: hit.start()]) is not None
            or _DENIED_AFTER.search(sentence[hit.end() :]) is not None
        )


def compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))


@dataclass(frozen=True, eq=False)
class Phrasebook:
    """All phrases of a pack."""

    phrases: tuple[Phrase, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_marks", lru_cache(maxsize=8192)(self._read))
        object.__setattr__(self, "_ways", _ways(self.phrases))

    @cached_property
    def words(self) -> Mapping[str, Text]:
        """What each mark is called."""
        return {phrase.id: phrase.title for phrase in self.phrases if phrase.title}

    def marks(self, text: str | None) -> frozenset[str]:
        """The ids of the phrases that occur in the text."""
        if not text:
            return frozenset()
        return self._marks(text)  # type: ignore[attr-defined]

    def _read(self, text: str) -> frozenset[str]:
        folded = fold(text)
        return frozenset(p.id for p in self.worth_a_look(folded) if p.found(folded))

    def worth_a_look(self, folded: str) -> list[Phrase]:
        """The phrases whose needed characters the text holds; no other can be found in it."""
        ways: dict[str, list[tuple[int, Sets]]] = self._ways  # type: ignore[attr-defined]
        there = frozenset(folded)
        seen = {
            n
            for c in (*there, "")
            for n, sets in ways.get(c, ())
            if all(not s.isdisjoint(there) for s in sets)
        }
        return [self.phrases[n] for n in sorted(seen)]

    def quote(self, id: str, text: str) -> str | None:
        """The words in `text` that made the mark."""
        folded = fold(text)
        for p in self.phrases:
            if p.id == id:
                return p.found(folded)
        return None


def _ways(phrases: Sequence[Phrase]) -> dict[str, list[tuple[int, Sets]]]:
    """For each character, the phrases it may lead to and what else they need. Each way to match stands under its rarest
    needed characters, by the pack's own examples; under "" where it needs none."""
    common = Counter(c for p in phrases for text in (*p.matches, *p.misses) for c in set(fold(text)))
    found: dict[str, list[tuple[int, Sets]]] = {}
    for n, phrase in enumerate(phrases):
        for sets in needed(phrase.any.pattern):
            rare = min(sets, key=lambda s: sum(common[c] + 1 for c in s), default=frozenset([""]))
            for c in rare:
                found.setdefault(c, []).append((n, sets))
    return found
