"""Runs of characters that can be read as digits, whatever they are written with.

一三8-零零 O 1叁八… is one run; its digits are read off, and windows of it that begin and end where a writer could begin and
end a number are offered as candidates. Whether one is an identifier is for checks.py to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from shouyue.screening.sound import characters_sounding

_NUMERALS = {
    "0": "〇零○◯", "1": "一壹弌幺", "2": "二贰贰弍两俩", "3": "三叁弎仨", "4": "四肆", "5": "五伍", "6": "六陆",
    "7": "七柒", "8": "八捌", "9": "九玖",
}  # fmt: skip
_SOUNDS = {
    "ling": "0", "yi": "1", "yao": "1", "er": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "qi": "7", "ba": "8", "jiu": "9",
}  # fmt: skip
_ARMY = {"洞": "0", "拐": "7", "勾": "9", "两": "2"}  # as spoken on the radio
_WORDS = _SOUNDS | {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_LETTERS = {"o": "0", "l": "1", "i": "1", "|": "1"}
SEPARATORS = " \n\\-./*,，、_~·•+()（）—:：;；#='\"|空格杠点横减`^&<>\\[\\]【】“”‘’"
SHORTEST = 7


@lru_cache(maxsize=1)
def values() -> dict[str, str]:
    """Character → digit, ASCII digits left out."""
    sounding = {char: digit for said, digit in _SOUNDS.items() for char in characters_sounding(said)}
    numerals = {char: digit for digit, chars in _NUMERALS.items() for char in chars}
    return sounding | _ARMY | numerals | _LETTERS


_LATIN = re.compile("[a-z]{2}")


@lru_cache(maxsize=2)
def _run(spelled: bool) -> re.Pattern[str]:
    """`spelled`: with the words of _WORDS among the digits, which costs more."""
    one = f"[0-9|{''.join(sorted(set(values()) - {'|'}))}]"
    if spelled:
        one = f"(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))}|{one})"
    gap = f"(?:[{SEPARATORS}]|[\U0001f000-\U0001faff\u2600-\u27bf]){{0,3}}"
    return re.compile(f"{one}(?:{gap}{one}){{{SHORTEST - 1},}}(?:{gap}[x叉×])?")


class Run(NamedTuple):
    """The digits of a run, and where each was written."""

    digits: str
    at: list[tuple[int, int]]  # span of each digit in the text
    sort: str  # of each digit: d ASCII, n numeral, s sound, l letter, w word


def _sort(written: str) -> str:
    if written.isascii():
        return "d" if written.isdigit() else "x" if written == "x" else "l" if len(written) == 1 else "w"
    return "x" if written in "叉×" else "n" if any(written in chars for chars in _NUMERALS.values()) else "s"


@lru_cache(maxsize=1)
def _units() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    known = {char: (digit, _sort(char)) for char, digit in values().items()}
    known |= {str(n): (str(n), "d") for n in range(10)} | {
        word: (digit, "w") for word, digit in _WORDS.items()
    }
    known |= dict.fromkeys("x叉×", ("X", "x"))
    words = "|".join(sorted(_WORDS, key=len, reverse=True))
    chars = "".join(sorted(char for char in known if len(char) == 1 and char != "|"))
    return re.compile(f"{words}|[{chars}|]"), known


def runs(text: str) -> Iterator[Run]:
    """Every run of seven digits or more in a folded text, `x` at its end included."""
    unit, known = _units()
    for found in _run(_LATIN.search(text) is not None).finditer(text):
        digits, at, sort = [], [], []
        for written in unit.finditer(text, *found.span()):
            digit, how = known[written[0]]
            start, end = written.span()
            if how == "l" and _in_a_word(text, start, end):
                how = "?"  # cannot be a digit: no window may hold it
            digits.append(digit)
            at.append((start, end))
            sort.append(how)
        yield Run("".join(digits), at, "".join(sort))


def _in_a_word(text: str, start: int, end: int) -> bool:
    """Does this letter stand beside another Latin letter that is no stand-in?"""
    before, after = text[start - 1 : start], text[end : end + 1]
    return ("a" <= before <= "z" and before not in "oli") or ("a" <= after <= "z" and after not in "olix")


def windows(run: Run, size: int, text: str) -> Iterator[tuple[str, int, int]]:
    """The windows of `size` digits that could be a whole number: (digits, start, end in the text)."""
    n = len(run.digits)
    for first in range(n - size + 1):
        last = first + size - 1
        if (first and _sticks(run, first - 1)) or (
            last + 1 < n and run.sort[last + 1] != "x" and _sticks(run, last)
        ):
            continue
        if _plausible(run, first, last, text):
            yield run.digits[first : last + 1], run.at[first][0], run.at[last][1]


def _sticks(run: Run, i: int) -> bool:
    """Are digit i and the next written as one number: the same way, with nothing between?"""
    return run.at[i][1] == run.at[i + 1][0] and run.sort[i] == run.sort[i + 1]


def _plausible(run: Run, first: int, last: int, text: str) -> bool:
    """No letter of a word inside, no word of the sentence at an edge, no lone comma between two numbers."""
    sort = run.sort[first : last + 1]
    if "?" in sort or sort[:-1].count("x"):
        return False
    size = last - first + 1
    if (
        sort.count("d") == size - 1
    ):  # one stand-in only, at an edge: rather the sentence's next word (1380013800 已收)
        if sort[-1] in "nsw" or sort[0] in "nsw":
            return False
        if (sort[0] == "l" and first == 0) or sort[-1] == "l":
            inside = run.at[first][0] - 1, run.at[last][1]
            if any(0 <= i < len(text) and "a" <= text[i] <= "z" for i in inside):
                return False
    gaps = [text[run.at[i][1] : run.at[i + 1][0]] for i in range(first, last)]
    breaks = sum(1 for gap in gaps if gap in (",", "，", "、", "：", ":", "；", ";", "(", "（", "\n"))
    return not (breaks == 1 and sum(map(bool, gaps)) == 1) or size >= 17
