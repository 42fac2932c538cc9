"""A column is read as its messages are: the same findings, whatever stands in it."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.screening import screen, screen_many
from tests.screening import disguises
from tests.shared import shared

ODD = [
    "",
    "\x1e",
    "\x1e1\x1e",
    "\ud800",
    ".",
    "打，断，你，的，腿",
    "打.断.你 的-腿..好",
    "。。你",
    "，，你",
    "\0",
    "你。",
    "一" * 50,
]
PIECES = st.sampled_from(
    [*"你，。,.- \n\x1e\ud8000138一三八零X×", "\u200b", "😀", "身份证", "电话", "打断", "13800001234", "京A12345", "空格", "yao ", "wx", "@qq.com", "车架号", "LXX4B2A00R0001234", "LXX4B2A00R00012", "3Q", "34", "PD4930408593919412"]
)  # fmt: skip


def assert_alike(texts: list[str], direction: str = "out") -> None:
    together = screen_many(texts, direction=direction, by_rules=True)
    for text, said in zip(texts, together, strict=True):
        assert said == screen(text, direction=direction, by_rules=True), repr(text)


@settings(deadline=None)
@given(st.lists(st.lists(PIECES, max_size=30).map("".join), max_size=8))
def test_a_column_says_what_its_messages_say(texts: list[str]) -> None:
    assert_alike(texts)


@settings(deadline=None)
@given(st.lists(st.text(), max_size=5))
def test_any_text_may_stand_in_a_column(texts: list[str]) -> None:
    assert_alike([*ODD, *texts])


def test_disguises_are_found_in_a_column_too() -> None:
    rng = random.Random(1)
    cases = [*disguises.known(rng, 300), *disguises.combined(rng, 300, disguises.HELD_OUT)]
    assert_alike([message for *_, message in cases] + list(disguises.innocent(rng, 300)))


@pytest.mark.parametrize("direction", ["in", "out"])
def test_the_labelled_chat_reads_alike(direction: str) -> None:
    lines = shared("data/collection_chat/dev.jsonl").read_text().splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert_alike(texts, direction)
    part = [*texts[:150], *texts[100:200]]  # some of them twice
    judged = screen_many(part, direction=direction)
    assert judged == [screen(text, direction=direction) for text in part]
