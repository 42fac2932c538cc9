"""Signs: each finds what it was written for, and stands aside where its words are denied or quoted."""

import pytest

from shouyue.screening.fold import fold
from shouyue.screening.plainly import read
from shouyue.screening.signs import signs


@pytest.mark.parametrize("outbound", [True, False])
def test_examples(outbound):
    assert signs(outbound=outbound).failing_examples() == []


def test_without_hyperscan_the_same_signs_are_seen():
    text = read(fold("再不还钱，明天就带几个兄弟去你单位拉横幅，让你同事都知道")).text
    seen = signs(outbound=True).see(text)
    assert seen
    assert seen == signs(outbound=True, plain=True).see(text)


def test_denied_and_quoted():
    known = signs(outbound=True)
    denied = {one.name for one in known.see("我们不会去你单位闹")}
    quoted = {one.name for one in known.see("您听到的“去你单位闹”不是我们说的")}
    assert any(name.startswith("shaming.go") and name.endswith("/d") for name in denied)
    assert any(name.startswith("shaming.") and name.endswith("/q") for name in quoted)
    assert "shaming.go#0" in {one.name for one in known.see("明天去你单位闹")}


@pytest.mark.parametrize(
    "disguised, words, where",
    [
        ("你就是一条🐶", "你就是一条狗", (5, 6)),
        ("去你单亻立门口", "去你单位门口", (2, 5)),
        ("我是fayuan的", "我是法院的", (2, 8)),
        ("ｆａｙuan来人", "法院来人", (0, 6)),
    ],
)
def test_read_aloud_and_back(disguised, words, where):
    as_read = read(fold(disguised))
    assert as_read.text == words
    changed = next(i for i, char in enumerate(words) if char not in disguised)
    assert as_read.span(changed, changed + 1) == where
