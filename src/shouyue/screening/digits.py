"""Runs of characters that can be read as digits, whatever they are written with.

一三8-零零 O 1叁八… is one run; its digits are read off, and windows of it that begin and end where a writer could begin and
end a number are offered as candidates. Whether one is an identifier is for checks.py to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from shouyue.screening.fold import CJK
from shouyue.screening.sound import characters_sounding

_NUMERALS = {
    "0": "〇零○◯", "1": "一壹弌幺", "2": "二贰弍弐两俩", "3": "三叁弎仨参叄", "4": "四肆", "5": "五伍", "6": "六陆",
    "7": "七柒", "8": "八捌", "9": "九玖",
}  # fmt: skip
_SOUNDS = {
    "ling": "0", "yi": "1", "yao": "1", "er": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "qi": "7", "ba": "8", "jiu": "9",
}  # fmt: skip
_ARMY = {"洞": "0", "拐": "7", "勾": "9", "两": "2"}  # as spoken on the radio
_WORDS = _SOUNDS | {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_LETTERS = {"o": "0", "l": "1", "i": "1"}
_WORDS_BETWEEN = ("空格", "空", "杠", "横杠", "点", "横", "减")
SAID = frozenset("".join(_WORDS_BETWEEN))
# bounded, or unrelated numbers would join; possessive, or a run that fails would be tried in every way it can be cut
_GAP = f"[^0-9a-z{CJK}]{{0,9}}+(?:(?:{'|'.join(_WORDS_BETWEEN)})[^0-9a-z{CJK}]{{0,3}}+)?+"
WIDEST_GAP = 9 + 2 + 3
SHORTEST = 10


@lru_cache(maxsize=1)
def values() -> dict[str, str]:
    """Character → digit, ASCII digits left out."""
    order = {said: n for n, said in enumerate(_SOUNDS)}  # of two readings the later one counts
    heard = sorted(characters_sounding(_SOUNDS), key=lambda one: order[one[1]])
    sounding = {char: _SOUNDS[said] for char, said in heard}
    numerals = {char: digit for digit, chars in _NUMERALS.items() for char in chars}
    return sounding | _ARMY | numerals | _LETTERS


_ANY_WORD = f"(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
# of both engines' subset: words enough to be worth a slower look
SPELLED = f"{_ANY_WORD}[^a-z]{{0,4}}{_ANY_WORD}[^a-z]{{0,4}}{_ANY_WORD}"


@lru_cache(maxsize=2)
def _run(spelled: bool) -> re.Pattern[str]:
    """`spelled`: with the words of _WORDS among the digits, which costs more."""
    one = f"[0-9{''.join(sorted(values()))}]"
    if spelled:
        one = f"(?>{_ANY_WORD}|{one})"
    plainly = (
        f"(?<=[0-9])[0-9]{{{SHORTEST - 1},}}+(?!{_GAP}(?:{one}|[x叉×]))"  # most numbers: nothing but digits
    )
    return re.compile(f"{one}(?:{plainly}|(?:{_GAP}{one}){{{SHORTEST - 1},}}+(?:{_GAP}[x叉×])?+)")


class Run(NamedTuple):
    """The digits of a run, and where each was written."""

    digits: str
    at: list[tuple[int, int]]  # span of each digit in the text
    sort: str  # of each digit: d ASCII, n numeral, s sound, l letter, w word, x check character, ? letter of a word
    first: list[int]  # where one of the shapes begins, and not between two digits that are written as one
    last: set[int]  # where one may end


def _sort(written: str) -> str:
    if written.isascii():
        return "d" if written.isdigit() else "x" if written == "x" else "l" if len(written) == 1 else "w"
    return "x" if written in "叉×" else "n" if any(written in chars for chars in _NUMERALS.values()) else "s"


@lru_cache(maxsize=1)
def signs() -> dict[str, tuple[int, int]]:
    """Character → its digit, and a number for how it is written."""
    known = _units()[1]
    return {
        char: (int(digit), "dnsl".index(how))
        for char, (digit, how) in known.items()
        if len(char) == 1 and how != "x"
    }


@lru_cache(maxsize=1)
def _units() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    known = {char: (digit, _sort(char)) for char, digit in values().items()}
    known |= {str(n): (str(n), "d") for n in range(10)} | {
        word: (digit, "w") for word, digit in _WORDS.items()
    }
    known |= dict.fromkeys("x叉×", ("X", "x"))
    return re.compile(f"{_ANY_WORD}|[{''.join(sorted(char for char in known if len(char) == 1))}]"), known


def are_in(text: str) -> bool:
    """Does a folded text hold ten digits in a row, not spelled as words?"""
    return _run(False).search(text) is not None


def stretches(text: str, *, spelled: bool) -> Iterator[re.Match[str]]:
    """Every ten digits or more in a row in a folded text, `x` at their end included; `spelled`: written as words, too."""
    return _run(spelled).finditer(text)


def read(found: re.Match[str], *, spelled: bool, shape: Callable[..., bool]) -> Run | None:
    """The digits of a stretch; None where no `shape` stands in them, as mostly: times, sums, numbers of orders."""
    unit, known = _units()
    text, (start, end) = found.string, found.span()
    if spelled:
        at = [one.span() for one in unit.finditer(text, start, end)]
        signs = [known[text[first:last]] for first, last in at]
        read_off = "".join([digit for digit, _ in signs])
    else:
        digit, how = _tables()
        read_off = found[0].translate(digit)
    if not shape(read_off):
        return None
    if spelled:
        sort = "".join([how for _, how in signs])
    else:
        at = [(i, i + 1) for i, char in enumerate(found[0], start) if char in known]
        sort = found[0].translate(how)
    if "l" in sort:  # a letter of a word cannot be a digit: no window may hold it
        sort = "".join("?" if how == "l" and _in_a_word(text, *at[i]) else how for i, how in enumerate(sort))
    # a digit that is written as one number with the next begins and ends nothing between the two
    first, last = [0], {len(sort) - 1}
    for i, (a, b, x, y) in enumerate(zip(at, at[1:], sort, sort[1:], strict=False)):
        if a[1] != b[0] or x != y:
            first.append(i + 1)
            last.add(i)
        elif y == "x":
            last.add(i)
    return Run(read_off, at, sort, [n for n in first if shape(read_off, n)], last)


class _Only(dict[int, str | None]):
    """A table for str.translate that takes out what is not in it."""

    def __missing__(self, code: int) -> None:
        return None


@lru_cache(maxsize=1)
def _tables() -> tuple[_Only, _Only]:
    """Character → its digit; → how it is written. What is neither disappears."""
    known = [(ord(char), *said) for char, said in _units()[1].items() if len(char) == 1]
    between = dict.fromkeys(range(128))  # what mostly stands between: found faster than it is missed
    return (
        _Only(between | {code: digit for code, digit, _ in known}),
        _Only(between | {code: how for code, _, how in known}),
    )


def _in_a_word(text: str, start: int, end: int) -> bool:
    """Does this letter stand beside another Latin letter that is no stand-in?"""
    before, after = text[start - 1 : start], text[end : end + 1]
    return ("a" <= before <= "z" and before not in "oli") or ("a" <= after <= "z" and after not in "olix")


class Sought(NamedTuple):
    """A shape of so many digits, the first digits that it knows, and whatever the seeker wants to know it by."""

    size: int
    begins: str
    shape: Callable[[str], bool]
    what: Any


def windows(run: Run, text: str, sought: Iterable[Sought]) -> Iterator[tuple[Any, str, int, int]]:
    """The windows that have a shape and could be a whole number: (what, digits, start, end in the text)."""
    read_off, at, _, firsts, lasts = run
    for size, begins, shape, what in sought:
        if size > len(read_off):
            continue
        for first in firsts:
            last = first + size - 1
            if last in lasts and read_off[first] in begins:
                number = read_off[first : last + 1]
                if "X" not in number[:-1] and shape(number) and _plausible(run, first, last, text):
                    yield what, number, at[first][0], at[last][1]


def _plausible(run: Run, first: int, last: int, text: str) -> bool:
    """No letter of a word inside, no word of the sentence at an edge, no lone comma between two numbers."""
    sort = run.sort[first : last + 1]
    if "?" in sort:
        return False
    size = last - first + 1
    # one stand-in only, at an edge: rather the sentence's own word (1380013800已收)
    alone = sort.count("d") == size - 1
    if alone and (sort[0] == "s" or (sort[-1] in "nsw" and _CHINESE.match(text, run.at[last][1]))):
        return False
    return _one_number(text, run.at[first : last + 1])


_BREAK = re.compile("[,，、；;：:]")
_CHINESE = re.compile(f"[{CJK}]")
# what people write with digits and marks: a time, a day, an amount, an address on the net
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_OTHER = re.compile(
    "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?|(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}"
    f"|[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\\.[0-9]{{1,2}})?|[0-9]+\\.[0-9]{{1,2}}|{_OCTET}(?:\\.{_OCTET}){{3}}|[0-9]{{1,3}}(?:\\.[0-9]{{1,3}}){{3}}(?<!\\.[0-9]{{2}})"
)
_PHONE_GROUPS = ([3, 4, 4], [3, 3, 3, 2], [4, 4, 3], [3, 3, 5], [3, 8], [7, 4], [4, 7], [5, 6], [6, 5])


def _cut_up(written: str, groups: list[int]) -> bool:
    """Digits in groups with a comma or its like between: one number in pieces, rather than a list of days or amounts?"""
    if not (written.isascii() and written.isdigit()):  # nobody writes a list in disguise
        return len(groups) > 2 or min(groups) > 3
    ends = list(accumulate(groups))
    listed = [int(written[end - size : end]) for end, size in zip(ends, groups, strict=True)]
    if all(a < b for a, b in pairwise(listed)):
        return False
    zero = any(written[end - size] == "0" for end, size in zip(ends, groups, strict=True) if size > 1)
    if zero and len(groups) > 2 and set(groups[1:]) != {3}:
        return True  # no amount begins so
    if len(written) == 11:
        return len(groups) > 4 or (groups in _PHONE_GROUPS and (len(groups) > 2 or min(groups) > 4))
    return len(groups) > 4 or (len(groups) > 2 and written.startswith("62"))


def _one_number(text: str, at: list[tuple[int, int]]) -> bool:
    """Could these digits, with what stands between them, be one number, rather than several side by side?"""
    if len(at) == 18 or at[-1][1] - at[0][0] == len(at):  # told by a check character; nothing between
        return True
    groups, marks = [1], []
    for (_, end), (start, _) in pairwise(at):
        if end == start:
            groups[-1] += 1
        else:
            groups.append(1)
            marks.append(text[end:start])
    if marks and all(
        _BREAK.search(mark) for mark in marks
    ):  # a list of numbers, unless every digit stands alone
        return max(groups) == 1 or _cut_up("".join([text[start] for start, _ in at]), groups)
    tokens = [token.strip(",，;；") for token in text[at[0][0] : at[-1][1]].split()]
    others = [_OTHER.fullmatch(token) is not None for token in tokens]
    return not any(others) or not all(
        other or (token.isdigit() and len(token) > 1) for other, token in zip(others, tokens, strict=True)
    )
