"""One spelling for every disguise, with a way back to the original.

Folding never makes text longer: a character becomes one character or none. Three steps, each reversible by position:

1. characters: full-width, circled, mathematical, superscript → plain; upper → lower; traditional → simplified; look-alike
   letters → Latin; accents, zero-width, bidi, tag and variation marks → nothing; every white space but the line end → space
2. fillers: one or two of * . - _ ~ · space emoji … between two Chinese characters → nothing
3. breaks: a comma and its like → nothing, where every character stands alone between them (打，断，你)

Chinese and ASCII punctuation are both kept as they are, since they mean something to rules.
The table is made from the Unicode data of this Python and OpenCC's single characters (2 s), then kept in a file.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from importlib.metadata import version

import numpy as np
import numpy.typing as npt

from shouyue.screening import kept

MARK = 0  # folds to nothing
CJK_RANGES = ((0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF))
CJK = "".join(f"{chr(first)}-{chr(last)}" for first, last in CJK_RANGES)  # a character class body
BREAKS = ",，、;；:：!！?？"  # end a clause, or stand between every two characters of a disguise
_KEPT = frozenset("，。！？：；（）、“”‘’《》【】「」『』—…～￥")  # the punctuation of ordinary Chinese
_NO_FILLERS = (frozenset(BREAKS + "。\n()[]{}<>\"'%") | _KEPT) - frozenset("—…～")
# letters of other scripts that look like Latin ones
_LOOKALIKES = dict(zip("аеорсхуіјѕԁԛԝһνοαικρτυхɑɡ", "aeopcxyijsdqwhvoaikptuxag", strict=True))
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that print as nothing
_ONES = frozenset(range(10))
_LETTERS = (0x1F150, 0x1F170, 0x1F1E6)  # white on black in circles and squares; flags: 26 each


def _one(char: str, simplified: dict[str, str]) -> int:
    """The code point that this character folds to; MARK for none."""
    if char in _KEPT or char == "\n":
        return ord(char)
    code, category = ord(char), unicodedata.category(char)
    if category == "Cs":
        return 0xFFFD
    if category in {"Zs", "Zl", "Zp"} or char in "\t\r":
        return ord(" ")
    if char in _BLANKS or category in {"Cf", "Mn", "Me", "Cc"} or 0x1F3FB <= code <= 0x1F3FF:  # skin tones
        return MARK
    number = unicodedata.numeric(char, -1)
    if number in _ONES and not char.isalpha() and char != "〇":  # Chinese numerals stay
        return ord("0") + int(number)
    for first in _LETTERS:
        if first <= code < first + 26:
            return ord("a") + code - first
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) > 1:  # a ligature or a unit: it stays
        return code
    if plain.isalpha() and not "\u1100" <= plain <= "\ud7ff":
        plain = unicodedata.normalize("NFD", plain)[0]
    plain = plain.lower() if len(plain.lower()) == 1 else plain
    plain = _LOOKALIKES.get(plain, plain)
    return ord(simplified.get(plain, plain))


def _simplified() -> dict[str, str]:
    from opencc import OpenCC

    every = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    found = OpenCC("t2s").convert("\n".join(every)).split("\n")
    return {
        char: plain for char, plain in zip(every, found, strict=True) if char != plain and len(plain) == 1
    }


def _make() -> npt.NDArray[np.uint32]:
    simplified = _simplified()
    made = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    for code in (*range(0x20000), *range(0x2F800, 0x2FA20), *range(0xE0000, 0xE0200)):
        made[code] = _one(chr(code), simplified)
    return made


@lru_cache(maxsize=1)
def _key() -> tuple[str, ...]:
    return kept.source(__file__), unicodedata.unidata_version, version("opencc")


@lru_cache(maxsize=1)
def table() -> npt.NDArray[np.uint32]:
    """Code point → folded code point, MARK for none; (0x110000,) uint32."""
    return np.frombuffer(kept.content("fold", key=_key(), make=lambda: _make().tobytes()), dtype=np.uint32)


def is_filler(code: int) -> bool:
    """May this folded character stand between two Chinese ones without meaning anything? Rare characters may not."""
    if code >= 0x10000:
        return code < 0x20000
    return chr(code) not in _NO_FILLERS and unicodedata.category(chr(code))[0] in "PSZ"


def _ranges(codes: list[int]) -> str:
    """A character class body for these sorted code points."""
    parts: list[str] = []
    start = before = codes[0]
    for code in [*codes[1:], -1]:
        if code != before + 1:
            parts.append(f"\\u{start:04x}-\\u{before:04x}")
            start = code
        before = code
    return "".join(parts)


@lru_cache(maxsize=1)
def solid() -> list[int]:
    """Code points of the first plane that are no fillers."""
    return [code for code in range(0x10000) if not is_filler(code)]


def _classes() -> bytes:
    """Of the first plane: what stays as it is and is no filler; what is no filler."""
    folded = table()[:0x10000]
    plain = [code for code in solid() if folded[code] == code and code != MARK]
    return f"{_ranges(plain)}\n{_ranges(solid())}".encode()


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What may need folding; the fillers of step 2; breaks that stand in a row; those of step 3.

    Big classes are said as "all but" characters of the first plane: only those does `re` look up in a table.
    """
    plain, solid = kept.content("fold-classes", key=_key(), make=_classes).decode().split("\n")
    filler, brk = f"(?:[^{solid}](?<![\U00020000-\U0010ffff]))", f"[{BREAKS}]"
    return (
        re.compile(f"[^{plain}]"),
        re.compile(f"[^{solid}](?<=[{CJK}][^\U00020000-\U0010ffff]){filler}?(?=[{CJK}])"),
        re.compile(f"{brk}[{CJK}]{brk}"),
        re.compile(f"{brk}(?<=[{CJK}].)(?=[{CJK}])(?:(?=.{brk}[{CJK}])|(?<=[{CJK}]{brk}[{CJK}].))"),
    )


@lru_cache(maxsize=1)
def _translation() -> dict[int, int | None]:
    """The table as str.translate wants it: only what changes."""
    folded = table()
    changed = np.flatnonzero((folded != np.arange(len(folded), dtype=np.uint32)) | (folded == MARK))
    return {code: new or None for code, new in zip(changed.tolist(), folded[changed].tolist(), strict=True)}


class Folded:
    """A text in its folded form, and where each of its characters came from."""

    __slots__ = ("_at", "original", "text")

    def __init__(self, original: str, text: str) -> None:
        self.original = original
        self.text = text
        self._at: list[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Code points [start, end) of the folded text as a span of the original, trailing marks included."""
        if self.text is self.original:
            return start, end
        if self._at is None:
            self._at = _origins(self.original)
        if start >= end:
            return (where := self._at[start] if start < len(self._at) else len(self.original)), where
        last, marks = self._at[end - 1] + 1, _translation()
        while last < len(self.original) and marks.get(ord(self.original[last]), 1) is None:
            last += 1
        return self._at[start], last


def _origins(original: str) -> list[int]:
    """For each folded character the place in the original that it came from."""
    translation = _translation()
    _, filler, _, brk = _patterns()
    at = [i for i, char in enumerate(original) if translation.get(ord(char), 1) is not None]
    text = original.translate(translation)
    for dropped in (filler, brk):
        gone = {i for found in dropped.finditer(text) for i in range(*found.span())}
        if gone:
            at = [place for i, place in enumerate(at) if i not in gone]
            text = dropped.sub("", text)
    return at


def fold(original: str) -> Folded:
    """The folded form of a text. Linear in its length, whatever it holds."""
    suspicious, filler, in_a_row, brk = _patterns()
    text = original
    if suspicious.search(text):
        text = filler.sub("", text.translate(_translation()))
    if in_a_row.search(text):
        text = brk.sub("", text)
    return Folded(original, text)
