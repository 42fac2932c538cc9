"""A column of messages read as one block: folded and matched all at once, only the rows that may hold something one by one.

The block is an array of code points, messages divided by a character that folding takes out of every message. Each step says
which rows need a look and never misses one that the step for a single message would find; the look itself is the same code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shouyue.screening import checks, digits, privacy, sound
from shouyue.screening import fold as folding
from shouyue.screening.fold import Folded
from shouyue.screening.lexicon import Hit, Lexicon, Patterns

DIVIDER = 0x1E  # a control character: none is left in a folded text
BLOCK = 1 << 18  # code points: what fits a processor's cache, and keeps memory small

Codes = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
# what a folded character is, as bits
_CJK, _FILLER, _BREAK, _DIGIT, _SOLID, _CHANGES, _GONE, _LATIN = 1, 2, 4, 8, 16, 32, 64, 128


# a row that may hold something: which, its folded text, what rules found, which identifiers may be there, and whether numbers
Look = tuple[int, Folded, list[Hit], Collection[int], bool]


@lru_cache(maxsize=1)
def _kinds() -> npt.NDArray[np.uint8]:
    """Code point → what it is when folded, and whether folding changes it."""
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
    kinds[ascii_solid] |= _SOLID
    kinds[ascii_solid[10:]] |= _LATIN
    kinds[[ord(char) for char in digits.SAID]] &= 0xFF ^ _SOLID
    like_digits = [*map(ord, digits.values()), *ascii_solid[:10]]
    kinds[like_digits] = (kinds[like_digits] | _DIGIT) & (0xFF ^ _SOLID)
    folded = folding.table()
    kinds = kinds[folded]
    kinds[folded != np.arange(0x110000, dtype=np.uint32)] |= _CHANGES
    kinds[folded == folding.MARK] = _GONE
    kinds[DIVIDER] = _SOLID
    return kinds


class Block(NamedTuple):
    """Rows folded, each followed by a divider."""

    codes: Codes
    kinds: npt.NDArray[np.uint8]  # of each code
    starts: Places  # where each row begins, and the end

    def without(self, gone: Places) -> Block:
        """The block without the characters at these places."""
        if not len(gone):
            return self
        kept = np.ones(len(self.codes), bool)
        kept[gone] = False
        return Block(self.codes[kept], self.kinds[kept], self.starts - np.searchsorted(gone, self.starts))


def _folded(texts: Sequence[str]) -> Block:
    """Steps 1 to 3 of fold.py, for all rows at once."""
    joined = "\x1e".join(texts) + "\x1e"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = np.flatnonzero(codes == DIVIDER)
    kinds = _kinds()[codes]
    if len(ends) != len(texts):  # some message holds the divider itself
        every, ends = ends, np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1) - 1
        kinds[np.setdiff1d(every, ends)] = _GONE
    changed = np.flatnonzero((kinds & _CHANGES) != 0)
    if len(changed):
        codes = codes.copy()
        codes[changed] = folding.table()[codes[changed]]
    block = Block(codes, kinds, np.concatenate([[0], ends + 1])).without(np.flatnonzero((kinds & _GONE) != 0))
    kinds = block.kinds
    at = np.flatnonzero((kinds & (_FILLER | _BREAK)) != 0)
    at = at[(at > 0) & (at < len(kinds) - 1)]
    fillers = at[(kinds[at] & _FILLER) != 0]
    after_cjk = (kinds[fillers - 1] & _CJK) != 0
    next_kind = kinds[fillers + 1]
    one = fillers[after_cjk & ((next_kind & _CJK) != 0)]
    pair = fillers[after_cjk & ((next_kind & _FILLER) != 0)]
    pair = pair[(kinds[np.minimum(pair + 2, len(kinds) - 1)] & _CJK) != 0]
    gone = np.sort(np.concatenate([one, pair, pair + 1]))
    if len(gone):
        block = block.without(gone)
        kinds = block.kinds
        at = np.flatnonzero((kinds & _BREAK) != 0)
        at = at[(at > 0) & (at < len(kinds) - 1)]
    else:
        at = at[(kinds[at] & _BREAK) != 0]
    between = at[((kinds[at - 1] & _CJK) != 0) & ((kinds[at + 1] & _CJK) != 0)]
    in_a_row = np.diff(between) == 2
    lonely = ~(np.concatenate([in_a_row, [False]]) | np.concatenate([[False], in_a_row]))
    return block.without(between[~lonely] if len(between) else between)


@lru_cache(maxsize=1)
def _signs() -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Code point → the digit it stands for; → how that is written."""
    value, written = np.zeros((2, 0x110000), np.int8)
    for char, (digit, how) in digits.signs().items():
        value[ord(char)], written[ord(char)] = digit, how
    return value, written


_MOBILE, _CARD, _UNIONPAY, _PROVINCE, _AREA = 1, 2, 4, 8, 16
_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], np.int8)  # twice a digit, its own digits added


@lru_cache(maxsize=1)
def _beginnings() -> npt.NDArray[np.uint8]:
    """The first three digits of a number → what it may be, as bits, by the same checks that judge it."""
    may = np.zeros(1000, np.uint8)
    for n in range(1000):
        begin = f"{n:03}"
        if checks.is_mobile(begin + "0" * 8):
            may[n] |= _MOBILE
        if any(checks.card_shape(f"{begin}{d}" + "0" * rest) for d in range(10) for rest in range(11, 16)):
            may[n] |= _CARD | (_UNIONPAY if begin.startswith("62") else 0)
        if checks.is_province(begin[:2]):
            may[n] |= _PROVINCE
        if n < 100 and begin[1] != "0":
            may[n] |= _AREA
    return may


def _numbers(block: Block) -> Places:
    """Places where a number may begin that has the first digits and a length of an identifier: a superset of digits.windows."""
    codes, kinds = block.codes, block.kinds
    at = np.flatnonzero((kinds & _DIGIT) != 0)
    if len(at) < digits.SHORTEST:
        return at[:0]
    gaps = np.diff(at)
    solid = np.cumsum((kinds & _SOLID) != 0, dtype=np.int32)[
        at
    ]  # no digit is solid, and nothing solid may stand between
    joined = (gaps <= digits.WIDEST_GAP + 1) & (solid[1:] == solid[:-1])
    # a run must be long enough; most are not, and are left behind here
    ends = np.flatnonzero(~joined)
    begins = np.concatenate([[0], ends + 1])
    sizes = np.diff(np.concatenate([begins, [len(at)]]))
    enough = sizes >= digits.SHORTEST
    kept = np.repeat(enough, sizes)
    at, gaps, joined = at[kept], np.append(gaps, 0)[kept], np.append(joined, False)[kept]
    if not len(at):
        return at
    sizes = sizes[enough]
    rest = np.repeat(np.cumsum(sizes), sizes)  # where the run of each digit ends
    value, written = (table[codes[at]] for table in _signs())
    sticks = joined & (gaps == 1) & (written == np.append(written[1:], -1))
    first = np.flatnonzero(~np.concatenate([[False], sticks[:-1]]))
    room = rest[first] - first  # digits from here to the end of the run
    padded = np.concatenate([value, np.zeros(20, np.int8)])
    stops = np.concatenate([~sticks, np.zeros(20, bool)])
    begin = _beginnings()[100 * padded[first].astype(np.int16) + 10 * padded[first + 1] + padded[first + 2]]
    likely = begin != 0  # most begin like nothing that is known; the rest is looked at closely
    first, room, begin = first[likely], room[likely], begin[likely]
    number = padded[first[:, None] + np.arange(19)]

    def whole(size: int, what: int) -> Bools:
        return ((begin & what) != 0) & (room >= size) & stops[first + size - 1]

    def day(at: int) -> Bools:
        month, date = (10 * number[:, n] + number[:, n + 1] for n in (at, at + 2))
        return (month >= 1) & (month <= 12) & (date >= 1) & (date <= 31)

    found = whole(11, _MOBILE)
    for size in (15, 16, 17, 18, 19):
        card = np.flatnonzero(whole(size, _CARD))
        doubled = number[card, :size].copy()
        doubled[:, size % 2 :: 2] = _DOUBLED[doubled[:, size % 2 :: 2]]
        found[card] |= (doubled.sum(axis=1) % 10 == 0) | ((begin[card] & _UNIONPAY) != 0)
    century = 10 * number[:, 6] + number[:, 7]
    resident = (begin & _PROVINCE) != 0
    found |= resident & (room >= 17) & ((century == 19) | (century == 20)) & day(10)
    found |= (whole(14, _PROVINCE) | whole(15, _PROVINCE)) & day(8)
    exchange = np.where(number[:, 1] < 3, number[:, 3], number[:, 4])  # what follows the area code
    area = (whole(10, _AREA) | whole(11, _AREA) | whole(12, _AREA)) & (exchange >= 2) & (exchange <= 8)
    found |= area
    return at[first[found]]


def looks(texts: Sequence[str], lexicon: Lexicon, *, outbound: bool) -> Iterator[Look]:
    """The rows that may hold something, in order."""
    half = lexicon.halves[outbound]
    folded = _folded(texts)
    codes, starts = folded.codes, folded.starts
    block = codes.tobytes().decode("utf-32-le")
    nominated: dict[int, list[int]] = {}
    _nominate(half.patterns, block, nominated)
    if half.heard:
        _nominate(half.sounds, _heard(folded), nominated)
    numbers = set((np.searchsorted(starts, _numbers(folded), side="right") - 1).tolist())
    rows = sorted({*nominated, *numbers})
    for row, begin, end in zip(rows, starts[rows].tolist(), (starts[1:][rows] - 1).tolist(), strict=True):
        text = block[begin:end]
        hits: list[Hit] = []
        triggers: Collection[int] = ()
        if row in nominated:
            hits, triggers = half.hits(text, nominated[row])
            triggers = privacy.standing(text, triggers)
        if hits or triggers or row in numbers:
            original = texts[row]
            read = Folded(original, original if text == original else text)
            yield row, read, hits, triggers, row in numbers


def _heard(block: Block) -> str:
    """How the rows sound."""
    heard = sound.table()[block.codes].tobytes().decode("utf-32-le")
    letters = np.flatnonzero((block.kinds & _LATIN) != 0)
    if not len(letters):
        return heard
    apart = np.flatnonzero(np.diff(letters) > 1)
    first = letters[np.concatenate([[0], apart + 1])].tolist()
    last = letters[np.append(apart, len(letters) - 1)].tolist()
    parts: list[str] = []
    here = 0
    for start, before_end in zip(first, last, strict=True):
        said = sound.syllables(heard[start : before_end + 1])
        if said:
            parts += heard[here:start], said
            here = before_end + 1
    return "".join((*parts, heard[here:]))


def _nominate(patterns: Patterns, block: str, by_row: dict[int, list[int]]) -> None:
    """Adds to each row the numbers of the patterns that match in it."""
    raw = block.encode()
    numbers, ends = patterns.find_all(raw)
    if len(numbers):
        signs = np.frombuffer(raw, np.uint8)
        kept = ~_in_longer(signs, numbers, ends)
        rows = np.searchsorted(np.flatnonzero(signs == DIVIDER), ends[kept] - 1)
        for place in np.unique(rows << 32 | numbers[kept]).tolist():
            by_row.setdefault(place >> 32, []).append(place & 0xFFFFFFFF)


_OF_CODES = np.zeros(256, bool)
_OF_CODES[list(b"0123456789abcdefghijklmnopqrstuvwxyz")] = True


def _in_longer(signs: npt.NDArray[np.uint8], numbers: Places, ends: Places) -> Bools:
    """What looks like a vehicle's number and is part of a longer code: most are numbers of orders and policies."""
    longer = numbers == privacy.VEHICLE
    ends = ends[longer]
    before = _OF_CODES[signs[ends[:, None] - np.arange(1, checks.VIN_SIZE + 2)]].all(1)
    longer[longer] = before | _OF_CODES[signs[ends]]
    return longer
