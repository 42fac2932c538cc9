"""How a message reads aloud: emoji, split characters and pinyin as the words they stand for, with a way back.

fold.py spells; this goes one step further and guesses words, so it feeds what is learned and weighed, never what is proved.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from shouyue.screening.fold import CJK, Folded, fold

_LATIN = re.compile("[a-z]+")
_CHINESE = re.compile(f"[{CJK}]")
_GAP = re.compile(f"(?<=[{CJK}]) +(?=[{CJK}])")


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], re.Pattern[str], dict[str, str]]:
    """What is replaced in the original; where to look for it; pinyin and initials → words."""
    words = yaml.load(
        (Path(__file__).parent / "data/signs/spellings.yaml").read_text(), Loader=yaml.CSafeLoader
    )
    drawn = {**words["emoji"], **words["split"]}
    longest_first = sorted(drawn, key=len, reverse=True)
    return drawn, re.compile("|".join(map(re.escape, longest_first))), words["latin"]


class Read:
    """A text as it reads, and where each of its characters came from in the original."""

    __slots__ = ("_drawn", "_folded", "_typed", "original", "text")

    def __init__(
        self,
        text: str,
        original: str,
        folded: Folded,
        drawn: list[tuple[int, int]] | None,
        typed: list[tuple[int, int]] | None,
    ) -> None:
        self.text = text
        self.original = original
        self._folded = folded
        self._drawn = drawn  # place of each character of what was folded, in the original
        self._typed = typed  # place of each character of `text`, in what was folded

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Code points [start, end) as a span of the original."""
        if self._typed is not None:
            start, end = self._typed[start][0], self._typed[end - 1][1]
        start, end = self._folded.span(start, end)
        if self._drawn is not None and end > start:
            start, end = self._drawn[start][0], self._drawn[end - 1][1]
        return start, end


def _replaced(
    text: str, found: re.Pattern[str], words: dict[str, str]
) -> tuple[str, list[tuple[int, int]] | None]:
    """The text with every find replaced by its word, and the place of each new character; None where nothing moved."""
    parts: list[str] = []
    at: list[tuple[int, int]] = []
    here = 0
    for match in found.finditer(text):
        word = words.get(match[0])
        if word is None:
            continue
        parts += (text[here : match.start()], word)
        at += ((i, i + 1) for i in range(here, match.start()))
        at += (match.span() for _ in word)
        here = match.end()
    if not here:
        return text, None
    at += ((i, i + 1) for i in range(here, len(text)))
    return "".join((*parts, text[here:])), at


def read(folded: Folded) -> Read:
    """The text as it reads. Linear in its length."""
    words, drawings, latin = _tables()
    original, drawn = folded.original, None
    if drawings.search(original):
        spelled, drawn = _replaced(original, drawings, words)
        folded = fold(spelled)
    text, typed = folded.text, None
    runs = _LATIN.findall(text) if not text.isascii() or len(text) < 200 else []
    if runs and (_CHINESE.search(text) or sum(run in latin for run in runs) >= 0.7 * len(runs)):
        text, typed = _replaced(text, _LATIN, latin)
    return Read(text, original, folded, drawn, typed)
