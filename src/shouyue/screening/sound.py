"""How a text sounds: every Chinese character as its syllable without tone, pinyin in Latin letters too.

打duan你的推 sounds like 打断你的腿. One private character stands for one syllable, so that phrases are found as literals.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.metadata import version

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


def characters_sounding(syllable: str) -> list[str]:
    """Every Chinese character that may be read as this syllable, in any tone."""
    return [chr(code) for code, syllables in _readings().items() if syllable in syllables]


class Heard:
    """The sound of a folded text, and where each syllable stands in it."""

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: list[int] | None) -> None:
        self.text = text
        self.at = at  # place of each syllable, and the end; None where nothing moved

    def span(self, start: int, end: int) -> tuple[int, int]:
        return (start, end) if self.at is None else (self.at[start], self.at[end])


def _spelled(run: str, syllables: dict[str, str]) -> list[int] | None:
    """Lengths of the syllables that this run of letters consists of, longest first; None if it does not."""
    if len(run) > 60:
        return None
    lengths: list[int] | None
    best: list[list[int] | None] = [None] * len(run) + [[]]
    for start in range(len(run) - 1, -1, -1):
        for size in range(min(6, len(run) - start), 0, -1):
            lengths = best[start + size]
            if lengths is not None and run[start : start + size] in syllables:
                best[start] = [size, *lengths]
                break
    return best[0]


def sound(text: str) -> Heard:
    """The sound of a folded text."""
    characters, syllables = _tables()
    if _LATIN.search(text) is None:
        return Heard(text.translate(characters), None)
    parts: list[str] = []
    at: list[int] = []
    here = 0
    for run in _LATIN.finditer(text):
        lengths = _spelled(run[0], syllables)
        if lengths is None:
            continue
        at += range(here, run.start())
        parts.append(text[here : run.start()].translate(characters))
        here = run.start()
        for size in lengths:
            at.append(here)
            parts.append(syllables[text[here : here + size]])
            here += size
    at += range(here, len(text) + 1)
    return Heard("".join(parts) + text[here:].translate(characters), at)
