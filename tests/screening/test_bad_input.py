"""Whatever arrives, reading ends: with findings, or with the finding that it was too long to read."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shouyue.screening import Finding, mask, screen
from shouyue.screening.fold import fold
from shouyue.screening.reading import LONGEST

STRANGE = {
    "ten megabytes": "明天去你家" * 700_000,
    "ten megabytes of digits": "1" * 10_000_000,
    "emoji": "😀" * 50_000,
    "families": "👨‍👩‍👧‍👦" * 20_000,
    "surrogates": "\ud83d\ude00\udfff\ud800" * 1000,
    "nothing but NUL": "\0" * 10_000,
    "overrides": "\u202e你\u202c家\u2066" * 5000,
    "marks": "a" + "\u0301" * 50_000,
    "digits apart": "1 " * 50_000,
    "digits in all hands": "1一①壹医" * 20_000,
    "commas": "你，" * 40_000,
    "provinces": "京a" * 40_000,
    "addresses": "路12号" * 20_000,
    "names": "张三先生" * 20_000,
    "mails": "a@" * 40_000,
    "secrets": "密码：" * 20_000,
    "letters": "a" * 90_000,
    "words": "one two " * 12_000,
    "quotes": "“" * 80_000,
    "lines": "\n" * 90_000,
    "ids": "999999199003150012 " * 5000,
}  # fmt: skip


def assert_sound(text: str, findings: tuple[Finding, ...]) -> None:
    for one in findings:
        assert 0 <= one.start < one.end <= len(text)
        assert 0 <= one.certainty <= 1


@pytest.mark.parametrize("name", list(STRANGE))
@pytest.mark.parametrize("direction", ["in", "out"])
def test_strange_messages_are_read_to_an_end(name: str, direction: str) -> None:
    text = STRANGE[name]
    said = screen(text, direction=direction)
    assert_sound(text, said.findings)
    mask(text, said.findings)


def test_what_was_not_read_is_said() -> None:
    (unread,) = [
        one for one in screen("好" * (LONGEST + 1), direction="out").findings if one.rule == "length.unread"
    ]
    assert (unread.start, unread.end, unread.label) == (LONGEST, LONGEST + 1, "personal_data")


@settings(deadline=None)
@given(st.text())
@example("\ud800")
@example("\x1e\0\u202e")
def test_any_text_gets_an_answer(text: str) -> None:
    for direction in ("in", "out"):
        assert_sound(text, screen(text, direction=direction).findings)


@given(st.text(), st.data())
def test_every_stretch_of_the_folded_text_has_its_place_in_the_original(
    text: str, data: st.DataObject
) -> None:
    folded = fold(text)
    assert len(folded.text) <= len(text)
    if folded.text:
        start = data.draw(st.integers(0, len(folded.text) - 1))
        end = data.draw(st.integers(start + 1, len(folded.text)))
        first, last = folded.span(start, end)
        assert 0 <= first < last <= len(text)
        whole = folded.span(0, len(folded.text))
        assert whole[0] <= first and last <= whole[1]


@given(st.text())
def test_folding_twice_is_folding_once_in_its_characters(text: str) -> None:
    once = fold(text).text
    assert len(fold(once).text) <= len(once)
    assert "\0" not in once and "\u200b" not in once
