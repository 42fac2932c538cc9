"""Courses teach the day's numbers; a question that rests on no rule is refused, with file and line."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from shouyue.policy.courses import NotInThePack, course_of, courses_of, reads
from shouyue.policy.pack import load_pack
from shouyue.policy.reading import PackError

DAY = date(2026, 11, 30)


@pytest.fixture
def folder(tmp_path):
    """A copy of the pack that a test may break."""
    copy = tmp_path / "cn"
    shutil.copytree(load_pack("cn").folder, copy)
    return copy


def change(file, old, new):
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_the_mainland_pack_asks_at_least_forty_questions_each_resting_on_rules_it_has():
    pack = load_pack("cn")
    questions = [q for course in courses_of(pack, DAY) for q in course.questions]
    assert len(questions) >= 40
    assert len({q.id for q in questions}) == len(questions)
    rules = {rule.id for rule in pack.rules}
    for q in questions:
        assert q.cites
        assert set(q.cites) <= rules, q.id
        assert 0 < len(q.right) < len(q.choices), q.id
        for text in (q.asks, q.because, *(c.text for c in q.choices)):
            assert text.zh.strip() and text.en.strip() and "{" not in text.zh + text.en, q.id


def test_a_pack_without_training_has_no_courses():
    assert courses_of(load_pack("us"), DAY) == ()
    with pytest.raises(NotInThePack, match="it has none"):
        course_of(load_pack("us"), "basics", DAY)


def test_a_question_that_cites_no_rule_of_the_pack_is_refused(folder):
    change(folder / "training/questions/basics.yaml", "cite: [CBA-2026.hours,", "cite: [NO.SUCH,")
    with pytest.raises(PackError, match=r"basics\.yaml:\d+: question 'night' cites 'NO\.SUCH'"):
        courses_of(load_pack(folder), DAY)


def test_a_question_that_cites_nothing_is_refused(folder):
    bank = folder / "training/questions/basics.yaml"
    lines = bank.read_text("utf-8").splitlines(keepends=True)
    lines.pop(next(n for n, line in enumerate(lines) if line.startswith("  cite:")))
    bank.write_text("".join(lines), "utf-8")
    with pytest.raises(PackError, match="'night' cites no rule; write cite"):
        courses_of(load_pack(folder), DAY)


def test_a_number_that_is_no_parameter_is_refused(folder):
    change(folder / "training/basics.zh.md", "{night_begins}", "{night_falls}")
    with pytest.raises(PackError, match=r"basics\.zh\.md: \{night_falls\} is no parameter"):
        courses_of(load_pack(folder), DAY)


def test_choices_that_read_alike_once_a_number_changed_are_refused(folder):
    change(
        folder / "training/questions/basics.yaml", "23:30至次日06:30", "22:00至次日08:00"
    )  # a wrong answer that is right
    with pytest.raises(PackError, match="two of its choices read alike"):
        courses_of(load_pack(folder), DAY)


def test_a_course_that_draws_more_than_it_has_is_refused(folder):
    change(folder / "training/courses.yaml", "draw: 12", "draw: 99")
    with pytest.raises(PackError, match="draws 99 questions and has"):
        courses_of(load_pack(folder), DAY)


def test_a_course_teaches_the_number_of_the_day_and_its_rules_read_otherwise_once_it_changed(folder):
    parameter = folder / "parameters/attempts_per_number.yaml"
    parameter.write_text(parameter.read_text("utf-8") + "  - {from: 2026-12-15, value: 4}\n", "utf-8")
    pack = load_pack(folder)
    before, after = date(2026, 12, 14), date(2026, 12, 15)
    assert "不超过 6 次" in course_of(pack, "basics", before).page.zh
    assert "不超过 4 次" in course_of(pack, "basics", after).page.zh
    rules = course_of(pack, "basics", before).rules
    old, new = reads(pack, rules, before), reads(pack, rules, after)
    assert {rule for rule in rules if old[rule] != new[rule]} == {"CBA-2026.attempts"}
    assert reads(pack, ["GONE"], after) == {"GONE": "repealed"}


def test_training_changes_no_decision(folder):
    before = load_pack(folder).fingerprint
    change(folder / "training/basics.zh.md", "## 一", "## 壹")
    assert load_pack(folder).fingerprint == before
