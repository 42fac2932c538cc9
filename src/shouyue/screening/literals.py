"""Every place where one of many literals stands, by one Aho-Corasick automaton. Without daachorse: slower, the same answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from shouyue.screening import kept

try:
    import daachorse
except ImportError:  # no wheel for this machine
    daachorse = None  # type: ignore[assignment]


class Literals:
    """Words compiled once; `key` says what they were made from, `plain` does without daachorse.

    `words` gives them, and is asked only where they are not compiled yet.
    """

    def __init__(
        self, words: Callable[[], Sequence[str]], *, name: str, key: tuple[str, ...], plain: bool = False
    ) -> None:
        self._words = words
        self._automaton: Any = None
        if daachorse and not plain:
            automaton = daachorse.CharwiseDoubleArrayAhoCorasick
            made = kept.content(
                name,
                key=("1", version("daachorse"), *key),
                make=lambda: automaton(list(words())).serialize(),
            )
            self._automaton = automaton.deserialize(made)

    @cached_property
    def words(self) -> Sequence[str]:
        return self._words()

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(start, end, number of the word), overlaps included, in no particular order."""
        if self._automaton is not None:
            found: list[tuple[int, int, int]] = self._automaton.find_overlapping(text)
            return found
        found = []
        for number, word in enumerate(self.words):
            start = text.find(word)
            while start >= 0:
                found.append((start, start + len(word), number))
                start = text.find(word, start + 1)
        return found
