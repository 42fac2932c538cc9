"""Other business, by the words: seen where it is asked about, not where it is the reason why somebody cannot pay."""

import pytest

from shouyue.screening.elsewhere import elsewhere, lexicon
from shouyue.screening.fold import fold
from shouyue.screening.tactics import drift


def rules(text, **who):
    return [one.rule.removeprefix("elsewhere.") for one in elsewhere(fold(text), **who)]


def test_every_rule_keeps_its_examples():
    assert lexicon().failing_examples() == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("对了我还有一笔装修贷款，能一起办吗", "other_loan"),
        ("借呗那边怎么协商你教教我", "other_loan"),
        ("我想再贷一辆车，你们利率多少", "other_loan"),
        ("我爸那辆也是在你们这办的", "other_vehicle"),
        ("收割机的尾款什么时候交", "other_vehicle"),
        ("我小舅子那笔贷款到底欠多少", "other_person"),
        ("你帮我问问我同事的车贷逾期几天了", "other_person"),
        ("离婚的话孩子抚养权怎么判，你懂不懂", "private"),
        ("你们公司还招人吗，我想找个活", "private"),
    ],
)
def test_other_business_is_seen(text, rule):
    assert rule in rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "这期我下周三还",
        "车坏了，修车花了四千",
        "信用卡和花呗都逾期了，实在还不起",
        "离婚了，房子归她，我现在没钱",
        "征地款下来就还你们",
        "我老婆会替我还的",
        "找我弟借了点，明天给你转",
        "合同第三页那个服务费我没签过",
        "被另外一辆车撞了，在等保险",
        "您好",
        "",
    ],
)
def test_the_matter_itself_and_its_reasons_are_no_other_business(text):
    assert rules(text) == []


def test_a_relative_who_writes_about_the_debtor_speaks_of_this_matter():
    assert rules("我弟那笔车贷怎么回事", debtor=False) == []


def test_drift_by_words_shows_the_words():
    said = ["好的", "我弟那笔车贷也是你们的吧", "嗯", "借呗那边怎么协商你教教我"]
    found = drift([elsewhere(fold(text)) for text in said])
    assert found is not None and found.places == (1, 3)
    assert "我弟那笔车贷" in found.zh or "弟那笔车贷" in found.zh
    assert drift([elsewhere(fold(text)) for text in said[:3]]) is None
