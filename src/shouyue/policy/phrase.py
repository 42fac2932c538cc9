"""Words and patterns a pack's speech rules refer to. A phrase that occurs in a text leaves its id as a *mark*.

Marks and the labels of screening share one list of names, so that a rule asks "does it say this?" once, whoever noticed.
Each phrase carries examples that must and must not match; a pack whose examples fail is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_HIDDEN = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_SENTENCE = re.compile(r"(?<=[。!?;\n])")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Full width to half width, hidden marks and spaces away, small letters."""
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).replace("！", "!").lower()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Occurs where one of `any` is found in a sentence in which none of `unless` is found."""

    id: str
    any: re.Pattern[str]
    unless: re.Pattern[str] | None
    matches: tuple[str, ...]
    misses: tuple[str, ...]

    def found(self, folded: str) -> str | None:
        """The words that were found in a folded text, or None."""
        if self.unless is None:
            hit = self.any.search(folded)
            return hit.group() if hit else None
        if not self.any.search(folded):
            return None
        for sentence in _SENTENCE.split(folded):
            hit = self.any.search(sentence)
            if hit and not self.unless.search(sentence):
                return hit.group()
        return None


def compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))


@dataclass(frozen=True, eq=False)
class Phrasebook:
    """All phrases of a pack."""

    phrases: tuple[Phrase, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_marks", lru_cache(maxsize=8192)(self._read))

    def marks(self, text: str | None) -> frozenset[str]:
        """The ids of the phrases that occur in the text."""
        if not text:
            return frozenset()
        return self._marks(text)  # type: ignore[attr-defined]

    def _read(self, text: str) -> frozenset[str]:
        folded = fold(text)
        return frozenset(p.id for p in self.phrases if p.found(folded))

    def quote(self, id: str, text: str) -> str | None:
        """The words in `text` that made the mark."""
        folded = fold(text)
        for p in self.phrases:
            if p.id == id:
                return p.found(folded)
        return None
