"""A strategy can only do less than the law allows; whatever is wrong with one is refused whole, with file and line."""

from datetime import date

import pytest

from shouyue.policy.pack import load_pack
from shouyue.policy.reading import PackError
from shouyue.policy.strategy import read_strategies
from shouyue.terms import Channel, Stage

PACK = load_pack("cn")
FIELDS = {"client", "staff_no", "contract", "amount", "as_of", "callback"}
DAY = date(2026, 3, 10)
TEXT = """- id: early
  zh: 早期
  en: early
  stages: [M1]
  hours: {from: "09:00", to: "20:00"}
  steps:
    - {id: a, day: 3, channel: sms, template: first_sms, when: {heard_days: absent}}
"""


def read(text=TEXT, pack=PACK):
    return read_strategies(text, "ours.yaml", pack, fields=FIELDS, today=DAY)


def test_a_whole_one_is_read():
    (one,) = read()
    assert one.stages == (Stage.M1,) and not one.rest_days
    assert (one.steps[0].day, one.steps[0].channel) == (3, Channel.SMS)


@pytest.mark.parametrize(
    ("was", "now", "line", "words"),
    [
        ('to: "20:00"', 'to: "22:01"', 5, "would contact by sms at 22:00"),
        ('from: "09:00"', 'from: "07:59"', 5, "would contact by sms at 07:59"),
        ('to: "20:00"', 'to: "08:00"', 5, "no stretch of one day"),
        ('to: "20:00"', 'to: "25:00"', 5, "time of day such as"),
        ("template: first_sms", "template: nice", 7, "no approved wording 'nice'; for sms there are"),
        ("template: first_sms", "template: reminder", 7, "field 'due_on', which no reminder can fill"),
        ("template: first_sms", "template: recording_notice", 7, "approved for phone, ai_call, not for sms"),
        ("template: first_sms", "template: guarantor_claim", 7, "not approved for the debtor"),
        ("heard_days", "hear_days", 7, "no fact 'hear_days'; did you mean heard_days"),
        ("channel: sms", "channel: wecom", 7, "nothing can be held back"),
        ("channel: sms", "channel: pigeon", 7, "'pigeon' is no channel"),
        ("day: 3", "day: 31", 7, "day 31 is in stage M2"),
        ("day: 3", "day: 0", 7, "from 1 on; found 0"),
        ("day: 3", "day: true", 7, "found True"),
        ("stages: [M1]", "stages: [M9]", 1, "found 'M9'"),
        ("stages: [M1]", "stages: []", 1, "stages are of"),
        ("zh: 早期", "zn: 早期", 1, "unknown key 'zn'"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(was, now, line, words):
    with pytest.raises(PackError) as refused:
        read(TEXT.replace(was, now))
    assert str(refused.value).startswith(f"ours.yaml:{line}: ") and words in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "a: b",
        "- x",
        "- id: [",
        "\x00",
        "- {id: a, steps: 3}",
        TEXT + TEXT,
        "- id: early\n  steps: []",
    ],
)
def test_what_is_no_strategy_at_all_is_refused_in_words(text):
    with pytest.raises(PackError, match=r"^ours\.yaml:\d+: "):
        read(text)


def test_one_stage_has_one_strategy():
    with pytest.raises(PackError, match="stage M1 has a strategy already"):
        read(TEXT + TEXT.replace("id: early", "id: other"))


def test_the_edge_of_the_lawful_day_is_lawful():
    assert read(TEXT.replace("09:00", "08:00").replace("20:00", "22:00"))
