"""How a text sounds: every Chinese character as its syllable without tone, pinyin in Latin letters too.

打duan你的推 sounds like 打断你的腿. One private character stands for one syllable, so that phrases are found as literals.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator
from functools import lru_cache
from importlib.metadata import version
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from shouyue.screening import kept

_FIRST = 0xE000  # of the private characters
_LATIN = re.compile("[a-z]+")


def _syllable(reading: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", reading) if not unicodedata.combining(c))
    return plain.lower()


@lru_cache(maxsize=1)
def _readings() -> dict[int, list[str]]:
    """Character → its syllables, the usual one first."""

    def make() -> bytes:
        from pypinyin.pinyin_dict import pinyin_dict

        readings = {
            code: dict.fromkeys(_syllable(reading) for reading in said.split(","))
            for code, said in sorted(pinyin_dict.items())
            if 0x3400 <= code <= 0x9FFF
        }
        return "\n".join(f"{code} {' '.join(syllables)}" for code, syllables in readings.items()).encode()

    lines = kept.content("sound", key=(kept.source(__file__), version("pypinyin")), make=make).decode()
    split = (line.split(" ") for line in lines.split("\n"))
    return {int(code): syllables for code, *syllables in split}


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[int, int], dict[str, str]]:
    """Character → private character of its usual syllable; syllable → private character."""
    usual = {code: syllables[0] for code, syllables in _readings().items()}
    private = {syllable: chr(_FIRST + n) for n, syllable in enumerate(sorted(set(usual.values())))}
    return {code: ord(private[syllable]) for code, syllable in usual.items()}, private


def characters_sounding(syllables: Collection[str]) -> Iterator[tuple[str, str]]:
    """Every Chinese character that may be read as one of these syllables, in any tone, with the syllable."""
    for code, readings in _readings().items():
        for syllable in readings:
            if syllable in syllables:
                yield chr(code), syllable


def sounding_like(sounds: Collection[str]) -> Iterator[str]:
    """These characters of a heard text, and every Chinese character that becomes one of them."""
    yield from sounds
    codes = set(map(ord, sounds))
    yield from (chr(code) for code, private in _tables()[0].items() if private in codes)


class Heard:
    """The sound of a folded text, and where each syllable stands in it."""

    __slots__ = ("_steps", "text")

    def __init__(self, text: str, steps: list[tuple[int, int]] | None = None) -> None:
        self.text = text
        self._steps = steps or []  # from this place of the sound on, this many characters further in the text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of the sound as a span of the folded text."""
        return self.place(start), self.place(end)

    def place(self, at: int) -> int:
        """Where in the folded text a place of the sound is."""
        if not self._steps:
            return at
        step = bisect_right(self._steps, at, key=itemgetter(0)) - 1
        return at + self._steps[step][1] if step >= 0 else at


@lru_cache(maxsize=4096)
def _spelled(run: str) -> tuple[int, ...] | None:
    """Lengths of the syllables that this run of letters consists of, longest first; None if it does not."""
    if len(run) > 60:
        return None
    syllables = _tables()[1]
    best: list[tuple[int, ...] | None] = [None] * len(run) + [()]
    for start in range(len(run) - 1, -1, -1):
        for size in range(min(6, len(run) - start), 0, -1):
            rest = best[start + size]
            if rest is not None and run[start : start + size] in syllables:
                best[start] = (size, *rest)
                break
    return best[0]


def sound(text: str) -> Heard:
    """The sound of a folded text."""
    return spelled_out(text.translate(_tables()[0]))


def spelled_out(heard: str) -> Heard:
    """The same where the Chinese characters have been replaced already: pinyin in Latin letters."""
    if _LATIN.search(heard) is None:
        return Heard(heard)
    syllables = _tables()[1]
    parts: list[str] = []
    steps: list[tuple[int, int]] = []
    here = size_so_far = 0
    for run in _LATIN.finditer(heard):
        lengths = _spelled(run[0])
        if lengths is None:
            continue
        parts.append(heard[here : run.start()])
        size_so_far += run.start() - here
        here = run.start()
        for size in lengths:
            parts.append(syllables[heard[here : here + size]])
            here += size
            size_so_far += 1
            steps.append((size_so_far, here - size_so_far))
    parts.append(heard[here:])
    return Heard("".join(parts), steps)


@lru_cache(maxsize=4096)
def syllables(run: str) -> str:
    """A run of letters as the syllables that it consists of; empty if it does not."""
    known, here, said = _tables()[1], 0, []
    for size in _spelled(run) or ():
        said.append(known[run[here : here + size]])
        here += size
    return "".join(said)


@lru_cache(maxsize=1)
def table() -> npt.NDArray[np.uint32]:
    """Code point → code point of its sound; (0x110000,) uint32."""
    every = np.arange(0x110000, dtype=np.uint32)
    characters = _tables()[0]
    every[list(characters)] = list(characters.values())
    return every
