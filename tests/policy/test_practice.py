"""Rules of practice: read strictly, asked in order, with what they saw, and what they would need to know."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shouyue.policy.pack import load_pack
from shouyue.policy.practice import PAGES, read_practice
from shouyue.policy.reading import PackError

DAY = date(2026, 3, 10)
FACTS = """
- {name: dpd, type: count, zh: 逾期天数, en: days overdue}
- {name: state, type: word, zh: 状态, en: state, of: [working, legal]}
"""
PAGE = """
choices:
  - {{id: wait, zh: 等待, en: wait}}
  - {{id: call, zh: 致电, en: call, channels: [phone]}}
rules:
  - {{id: A, do: call, when: {{{when}}}, cite: [X], zh: "逾期{{dpd}}天", en: "{{dpd}} days"}}
  - {{id: B, do: wait, when: {{state: working}}, cite: [X], zh: 等, en: wait}}
"""


def practice(tmp_path, when="dpd: {above: 30}", page=PAGE):
    (tmp_path / "facts.yaml").write_text(FACTS)
    for name in PAGES:
        (tmp_path / f"{name}.yaml").write_text(page.format(when=when))
    return read_practice(tmp_path, "mine", {}, lambda written: "，".join(written.need("cite")))


def test_the_first_rule_that_holds_is_recommended_and_others_are_told(tmp_path):
    said = practice(tmp_path).advise("steps", {"dpd": 31, "state": "working"}, DAY)
    assert said.first.rule == "A" and said.first.because.en == "31 days"
    assert said.first.used[0][1] == 31 and said.first.citation == "X"
    assert [one.rule for one in said.others] == ["B"] and not said.untold


def test_what_is_not_known_is_named_and_never_guessed(tmp_path):
    said = practice(tmp_path).advise("steps", {"state": "working"}, DAY)
    assert said.first.rule == "B"
    assert [(one.rule, [f.name for f in one.unknown]) for one in said.untold] == [("A", ["dpd"])]


def test_known_to_be_none_is_not_unknown(tmp_path):
    said = practice(tmp_path).advise("steps", {"state": "working", "dpd": None}, DAY)
    assert not said.untold


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("dbd: {above: 3}", "no fact 'dbd'; did you mean dpd"),
        ("dpd: {over: 3}", "'over' is no operator"),
        ("state: sleeping", "state is never 'sleeping'; it is one of working, legal"),
        ("dpd: {above: patience}", "unknown parameter 'patience'"),
    ],
)
def test_a_rule_that_names_what_does_not_exist_is_refused_with_file_and_line(tmp_path, when, words):
    with pytest.raises(PackError, match=r"mine/(roads|steps)\.yaml:6: ") as refused:
        practice(tmp_path, when)
    assert words in str(refused.value)


def test_a_choice_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PackError, match="no choice 'dance'; there are wait, call"):
        practice(tmp_path, page=PAGE.replace("do: call", "do: dance"))


@pytest.mark.parametrize("page", PAGES)
def test_every_choice_of_the_mainland_practice_has_a_rule_and_every_rule_its_ground(page):
    rules = load_pack("cn").practice.pages[page]
    assert all(rule.tests and rule.citation and rule.because.zh and rule.because.en for rule in rules)
    assert len({rule.id for rule in rules}) == len(rules)


def test_practice_changes_no_decision_and_so_no_fingerprint(tmp_path):
    """What a lender does next is no law: a pack with other rules of practice decides alike."""
    import shutil

    folder = tmp_path / "cn"
    shutil.copytree(load_pack("cn").folder, folder)
    before = load_pack(folder).fingerprint
    with (folder / "practice/steps.yaml").open("a") as page:
        page.write("# another day\n")
    assert load_pack(folder).fingerprint == before == load_pack("cn").fingerprint


@pytest.mark.parametrize(
    ("when", "ahead"),
    [
        ("dpd: {at_most: 60}", 60),
        ("dpd: {below: 7}", 7),
        ("dpd: {at_least: 60}", None),
        ("dpd: present", None),
        ("state: legal", None),  # its words name the number, whatever it is
    ],
)
def test_how_far_rules_look_is_read_off_them(tmp_path, when, ahead):
    assert practice(tmp_path, when).looks_ahead("steps", "dpd", DAY) == ahead


@given(limit=st.integers(0, 400), further=st.integers(1, 4000), word=st.sampled_from(["at_most", "below"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_beyond_that_every_number_says_the_same(tmp_path, limit, further, word):
    rules = practice(tmp_path, f"dpd: {{{word}: {limit}}}")
    ahead = rules.looks_ahead("steps", "dpd", DAY)
    said = [
        rules.first("steps", {"dpd": n, "state": "working"}, DAY) for n in (ahead + 1, ahead + further, None)
    ]
    assert [one.rule for one in said] == ["B", "B", "B"]
    if ahead and word == "at_most":
        assert rules.first("steps", {"dpd": ahead, "state": "working"}, DAY).rule == "A"
