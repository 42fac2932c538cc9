"""The rules that come with Shouyue decide alone: what is only spoken of is let through, what is done is not."""

import re
from collections import Counter

import pytest
import yaml

from shouyue.screening import screen, screen_many
from shouyue.screening.finding import SURE
from shouyue.screening.fold import fold
from shouyue.screening.lexicon import DATA, default
from shouyue.screening.phrasebook import folded_pattern
from shouyue.screening.train import Example, invented

OUTBOUND = yaml.safe_load((DATA / "wording-outbound.yaml").read_text(encoding="utf-8"))


def sure(text: str) -> set[str]:
    """The wording rules that would block a message of ours without asking anybody."""
    found = screen(text, direction="outbound", by_rules=True).findings
    return {one.rule for one in found if one.rule in default().rules and one.certainty >= SURE}


@pytest.fixture(scope="module", params=[True, False], ids=["outbound", "inbound"])
def read(request: pytest.FixtureRequest) -> list[tuple[Example, set[tuple[str, str]]]]:
    """Our own messages of one direction, with the rules that are sure of a label."""
    messages = invented(outbound=request.param)
    answers = screen_many(
        [one.text for one in messages], direction="out" if request.param else "in", by_rules=True
    )
    return [
        (
            message,
            {
                (one.rule, one.label)
                for one in said.findings
                if one.rule in default().rules and one.certainty >= SURE
            },
        )
        for message, said in zip(messages, answers, strict=True)
    ]


def test_of_a_thousand_harmless_messages_rules_block_two_at_most(read) -> None:
    harmless = [(message.text, found) for message, found in read if not message.labels]
    blocked = [one for one in harmless if one[1]]
    assert len(blocked) <= 0.002 * len(harmless), blocked


def test_what_a_rule_calls_by_its_name_is_that_nine_times_in_ten(read) -> None:
    spoke: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for message, found in read:
        for rule, label in found:
            spoke[rule] += 1
            right[rule] += label in message.labels
    often = {rule: n for rule, n in spoke.items() if n >= 5}  # of fewer, one message would decide
    assert often
    assert {rule: (right[rule], n) for rule, n in often.items() if right[rule] < 0.9 * n} == {}


DEEDS = ("打断你的腿", "小心你全家", "泼红油漆", "王八蛋", "爆通讯录", "去你单位拉横幅", "等着坐牢", "一天打五十个电话", "半夜拖走", "堵家门", "去网贷借钱", "一笔勾销")  # fmt: skip
SPOKEN_OF = (
    "“{}”这句话是谁对您说的",
    "您收到的短信里写着{}",
    "公司严禁{}",
    "{}这种话我们从不说",
    "{}是违规的，请您留好录音",
    "外包的人说{}，已经被开除",
    "{}的那个人不是我们派的",
    "前任催收员说{}，我们向您道歉",
    "任何人对您说{}，请立刻报警",
    "{}？那不是我们的人",
    "谁跟您说要{}，把录音发给我",
    "没有人会{}",
    "{}一事已经查实，当事人停岗",
)
DONE = (
    "{}",
    "{}，报警也没用",
    "{}，谁劝都不行",
    "{}，不信你试试",
    "你等着，{}",
    "没得商量，{}",
    "{}，我不跟你废话",
    "我们说到做到，{}",
    "{}，去告啊",
    "没钱？{}",
    "不还就{}",
)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_that_is_only_spoken_of_is_let_through(deed: str) -> None:
    assert {said for frame in SPOKEN_OF if sure(said := frame.format(deed))} == set()


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_found_whatever_is_boasted_beside_it(deed: str) -> None:
    assert {said for frame in DONE if not sure(said := frame.format(deed))} == set()


def test_looking_at_the_first_character_alone_passes_nothing_over() -> None:
    """`after` looks at one character before it tries every way on: the same answers, several times sooner."""
    define = OUTBOUND["define"]
    guarded, n = re.subn(r"\(\?=\[[^\]]+\]\)", "", define["after"])
    assert n == 2
    first, plain = (
        re.compile(folded_pattern(re.sub(r"\{([a-z_]+)\}", lambda name: f"(?:{define[name[1]]})", one)))
        for one in (define["after"], guarded)
    )
    texts = [text for rule in default().rules.values() for text in (*rule.must_match, *rule.must_not_match)]
    texts += [one.text for one in invented(outbound=True) if one.twin]
    for text in map(fold, texts):
        assert [found.span() for found in first.finditer(text.text)] == [
            found.span() for found in plain.finditer(text.text)
        ]
