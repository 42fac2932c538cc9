"""Conduct risk of staff: its grounds are rows, each of which may be contested; what is contested counts for nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.casework.finding import Level
from shouyue.desk.review import actions, reads
from shouyue.desk.review.risk import POINTS, weigh
from tests.desk.review.test_after import OPENING, find, risky, send, thread  # noqa: F401
from tests.desk.spine.test_cool_down import INSULT, says


@given(st.dictionaries(st.sampled_from(sorted(POINTS)), st.integers(0, 1000)))
def test_more_of_anything_never_lowers_the_risk_and_no_ground_has_no_end(counts):
    found = weigh(counts)
    assert found.points == sum(one.points for one in found.grounds)
    assert all(0 < one.points <= POINTS[one.word][1] for one in found.grounds)
    for word in POINTS:
        assert weigh({**counts, word: counts.get(word, 0) + 1}).points >= found.points


def risk(office, hours=5):
    return reads.conduct_of([office.lina, office.zhaolei], office.at + timedelta(hours=hours))[office.lina.pk]


def grounds(office):
    return {one.word: one.count for one in risk(office).grounds}


@pytest.mark.django_db
def test_a_contact_that_would_be_blocked_counts_until_a_person_has_judged_it(office, risky):  # noqa: F811
    assert grounds(office) == {"would_block": 1}
    actions.judge(look=risky.pk, level=Level.CLEAN, by=office.sunli, at=office.at + timedelta(hours=2))
    assert grounds(office) == {}


@pytest.mark.django_db
def test_a_finding_counts_by_its_level_and_while_it_is_appealed_for_nothing(office, risky):  # noqa: F811
    found = find(office, risky, Level.GRAVE)
    assert (grounds(office), risk(office).level) == ({"finding_grave": 1}, "high")
    actions.appeal(finding=found.pk, why="来函次日才到", by=office.lina, at=office.at + timedelta(hours=3))
    assert risk(office).level == "low"
    actions.answer_appeal(
        finding=found.pk,
        stands=True,
        reason="登记为当日",
        by=office.hebing,
        at=office.at + timedelta(hours=4),
    )
    assert risk(office).level == "high"


@pytest.mark.django_db
def test_a_stopped_red_line_counts_until_it_is_said_to_be_wrong(office, thread):  # noqa: F811
    blocked = send(office, thread, text=OPENING + "再不还钱我们就去你单位，让所有人都知道")
    assert grounds(office) == {"red_attempt": 1}
    asked = actions.appeal_block(
        contact=blocked.pk,
        rule=reads.blocking_rules(blocked)[0],
        why="转述客户原话",
        by=office.lina,
        at=office.at,
    )
    assert grounds(office) == {}
    actions.answer_block(appeal=asked.pk, wrong=False, reason="并非转述", by=office.sunli, at=office.at)
    assert grounds(office) == {"red_attempt": 1}


@pytest.mark.django_db
def test_being_provoked_is_shown_and_makes_nobody_risky(office, wires, thread):  # noqa: F811
    for n in range(9):
        says(office, wires, INSULT + "！" * n, n=str(n))
    assert set(grounds(office)) == {"provoked"}
    assert risk(office).level == "low"
