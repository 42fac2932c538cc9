"""A column of messages read as one block: folded and matched all at once, only the rows that may hold something one by one.

The block is an array of code points, messages divided by a character that folding takes out of every message. Each step says
which rows need a look and never misses one that the step for a single message would find; the look itself is the same code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shouyue.screening import digits, sound
from shouyue.screening import fold as folding
from shouyue.screening.fold import Folded
from shouyue.screening.lexicon import Hit, Lexicon, Patterns

DIVIDER = 0x1E  # a control character: none is left in a folded text
BLOCK = 1 << 19  # code points: what fits a processor's cache, and keeps memory small

Codes = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
# what a folded character is, as bits
_CJK, _FILLER, _BREAK, _DIGIT, _SOLID = 1, 2, 4, 8, 16


class Look(NamedTuple):
    """A row that may hold something: which of them, its folded text, what rules found, which identifiers may be there."""

    row: int
    text: Folded
    hits: list[Hit]
    triggers: list[int]
    numbers: bool


@lru_cache(maxsize=1)
def _kinds() -> npt.NDArray[np.uint8]:
    """Folded code point → what it is."""
    kinds = np.zeros(0x110000, np.uint8)
    for first, last in folding.CJK_RANGES:
        kinds[first : last + 1] |= _CJK | _SOLID
    solid = folding.solid()
    fillers = np.ones(0x110000, bool)
    fillers[solid] = False
    fillers[0x20000:] = False
    kinds[fillers] |= _FILLER
    kinds[[ord(char) for char in folding.BREAKS]] |= _BREAK
    ascii_solid = [*range(ord("0"), ord("9") + 1), *range(ord("a"), ord("z") + 1)]
    kinds[[*ascii_solid, DIVIDER]] |= _SOLID
    kinds[DIVIDER] &= 0xFF ^ _FILLER
    kinds[[ord(char) for char in digits.SAID]] &= 0xFF ^ _SOLID
    like_digits = [*map(ord, digits.values()), *ascii_solid[:10]]
    kinds[like_digits] = (kinds[like_digits] | _DIGIT) & (0xFF ^ _SOLID)
    return kinds


def _without(codes: Codes, starts: Places, gone: Places) -> tuple[Codes, Places]:
    """The block without the characters at these places, and where each row begins then."""
    if not len(gone):
        return codes, starts
    kept = np.ones(len(codes), bool)
    kept[gone] = False
    return codes[kept], starts - np.searchsorted(gone, starts)


def _folded(texts: Sequence[str]) -> tuple[Codes, Places]:
    """The rows folded, each followed by a divider; where each begins, and the end. Steps 1 to 3 of fold.py."""
    block = "\x1e".join(texts) + "\x1e"
    codes = np.frombuffer(block.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = np.flatnonzero(codes == DIVIDER)
    if len(ends) != len(texts):  # some message holds the divider itself
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1) - 1
    starts = np.concatenate([[0], ends + 1])
    codes = folding.table()[codes]
    codes[ends] = DIVIDER
    codes, starts = _without(codes, starts, np.flatnonzero(codes == folding.MARK))
    kinds = _kinds()[codes]
    at = np.flatnonzero(kinds & (_FILLER | _BREAK))
    at = at[(at > 0) & (at < len(codes) - 1)]
    fillers = at[(kinds[at] & _FILLER) != 0]
    after_cjk = (kinds[fillers - 1] & _CJK) != 0
    next_kind = kinds[fillers + 1]
    one = fillers[after_cjk & ((next_kind & _CJK) != 0)]
    pair = fillers[after_cjk & ((next_kind & _FILLER) != 0)]
    pair = pair[(kinds[np.minimum(pair + 2, len(codes) - 1)] & _CJK) != 0]
    gone = np.sort(np.concatenate([one, pair, pair + 1]))
    if len(gone):
        codes, starts = _without(codes, starts, gone)
        kinds = _kinds()[codes]
        at = np.flatnonzero(kinds & _BREAK)
        at = at[(at > 0) & (at < len(codes) - 1)]
    else:
        at = at[(kinds[at] & _BREAK) != 0]
    between = at[((kinds[at - 1] & _CJK) != 0) & ((kinds[at + 1] & _CJK) != 0)]
    in_a_row = np.diff(between) == 2
    lonely = ~(np.concatenate([in_a_row, [False]]) | np.concatenate([[False], in_a_row]))
    return _without(codes, starts, between[~lonely] if len(between) else between)


@lru_cache(maxsize=1)
def _signs() -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Code point → the digit it stands for; → how that is written."""
    value, written = np.zeros((2, 0x110000), np.int8)
    for char, (digit, how) in digits.signs().items():
        value[ord(char)], written[ord(char)] = digit, how
    return value, written


def _numbers(codes: Codes) -> Places:
    """Places where a number may begin that has the first digits and a length of an identifier: a superset of digits.windows."""
    kinds = _kinds()[codes]
    at = np.flatnonzero(kinds & _DIGIT)
    if len(at) < digits.SHORTEST:
        return at[:0]
    solid = np.cumsum(kinds >= _SOLID, dtype=np.int32)[at]
    gaps = np.diff(at)
    joined = (gaps <= digits.WIDEST_GAP + 1) & (np.diff(solid) == 0)
    # a run must be long enough; most are not, and are left behind here
    ends = np.flatnonzero(~joined)
    begins = np.concatenate([[0], ends + 1])
    sizes = np.diff(np.concatenate([begins, [len(at)]]))
    in_long = np.repeat(sizes >= digits.SHORTEST, sizes)
    rest = np.repeat(begins + sizes, sizes)[in_long]  # where the run of each digit ends
    where = np.flatnonzero(in_long)
    if not len(where):
        return at[:0]
    value, written = (table[codes[at]] for table in _signs())
    sticks = np.concatenate([joined & (gaps == 1) & (written[1:] == written[:-1]), [False]])
    first = where[(where == 0) | ~sticks[where - 1]]
    room = rest[np.searchsorted(where, first)] - first  # digits from here to the end of the run
    padded = np.concatenate([value, np.zeros(20, np.int8)])
    stops = np.concatenate([~sticks, np.zeros(20, bool)])
    a, b, c = padded[first], padded[first + 1], padded[first + 2]

    def long(*lengths: int) -> Bools:
        fits = np.zeros(len(first), bool)
        for size in lengths:
            fits |= (room >= size) & stops[first + size - 1]
        return fits

    mobile = (a == 1) & (b >= 3) & long(11)
    card = ((a >= 4) | (a == 2) | (a == 3) | ((a == 1) & (b == 0) & (c == 3))) & long(15, 16, 17, 18, 19)
    card &= (
        ~((a == 6) & (b != 2))
        & ~((a == 5) & ((b < 1) | (b > 5)))
        & (a != 7)
        & (a != 8)
        & ~((a == 9) & (b != 5))
    )
    born = (10 * padded[first + 6] + padded[first + 7] == 19) | (
        10 * padded[first + 6] + padded[first + 7] == 20
    )
    resident = born & (padded[first + 10] <= 1) & (padded[first + 12] <= 3) & (room >= 17)
    old = (padded[first + 8] <= 1) & (padded[first + 10] <= 3) & (room >= 14)
    landline = (a == 0) & (b >= 1) & long(10, 11, 12)
    return at[first[mobile | card | resident | old & long(14, 15) | landline]]


def looks(texts: Sequence[str], lexicon: Lexicon, *, outbound: bool) -> Iterator[Look]:
    """The rows that may hold something, in order."""
    half = lexicon.halves[outbound]
    codes, starts = _folded(texts)
    block = codes.tobytes().decode("utf-32-le")
    patterns = _by_row(half.patterns, block)
    sounds: dict[int, set[int]] = {}
    if half.heard:
        heard = sound.spelled_out(sound.table()[codes].tobytes().decode("utf-32-le"))
        sounds = _by_row(half.sounds, heard.text)
    numbers = set((np.searchsorted(starts, _numbers(codes), side="right") - 1).tolist())
    for row in sorted({*patterns, *sounds, *numbers}):
        text = block[int(starts[row]) : int(starts[row + 1]) - 1]
        hits, triggers = half.hits(text, patterns.get(row, ()), sounds.get(row, ()))
        if hits or triggers or row in numbers:
            original = texts[row]
            folded = Folded(original, original if text == original else text)
            yield Look(row, folded, hits, triggers, row in numbers)


def _by_row(patterns: Patterns, block: str) -> dict[int, set[int]]:
    """Row → numbers of the patterns that match in it."""
    raw = block.encode()
    found = patterns.find_all(raw)
    by_row: dict[int, set[int]] = {}
    if found:
        ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == DIVIDER)
        rows = np.searchsorted(ends, [end - 1 for _, end in found])
        for row, (n, _) in zip(rows.tolist(), found, strict=True):
            by_row.setdefault(row, set()).add(n)
    return by_row
