"""Conduct over a thread: called by its name only when the counters show it, and never against somebody in need."""

from datetime import UTC, datetime, timedelta

import pytest

from shouyue.screening.finding import Finding
from shouyue.screening.tactics import Turn, drift, over_thread, weighed

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def turns(*labels, every=timedelta(seconds=20)):
    return [Turn(START + n * every, False, frozenset(one.split())) for n, one in enumerate(labels)]


def names(found):
    return [one.tactic for one in found]


def test_a_flood_is_many_empty_messages_not_many_messages():
    assert names(over_thread(turns(*["irrelevant"] * 25))) == ["flooding"]
    assert names(over_thread(turns(*["dispute_debt"] * 25))) == []
    assert names(over_thread(turns(*["irrelevant"] * 19))) == []


def test_a_slow_flood_is_none():
    assert names(over_thread(turns(*["irrelevant"] * 25, every=timedelta(minutes=2)))) == []


def test_putting_off_counts_from_the_last_word_that_meant_something():
    day = timedelta(days=1)
    found = over_thread(turns("stalling", "stalling", "stalling", every=day))
    assert names(found) == ["putting_off"]
    assert found[0].counted == 3 and found[0].places == (0, 1, 2)
    assert names(over_thread(turns("stalling", "stalling", "promise_to_pay", "stalling", every=day))) == []
    assert names(over_thread(turns("stalling", "stalling", "hardship", "stalling", every=day))) == []


def test_escalation_climbs():
    assert "escalation" in names(over_thread(turns("insult", "neutral", "threat")))
    assert "escalation" not in names(over_thread(turns("threat", "insult")))
    assert "escalation" not in names(over_thread(turns("insult", "insult")))


def test_to_announce_a_complaint_is_a_right_and_no_rung():
    assert names(over_thread(turns("insult", "complaint_threat", "complaint_threat"))) == []


def test_distress_stands_first():
    found = over_thread(turns("insult", "threat", "vulnerable", "provocation", "provocation"))
    assert found[0].tactic == "distress"
    assert found[0].places == (2,)


def test_our_own_messages_never_count():
    ours = [turn._replace(ours=True) for turn in turns(*["irrelevant"] * 40)]
    assert over_thread(ours) == []
    assert over_thread([]) == []


def test_drift_needs_more_than_one_word():
    off = [Finding(0, 2, "off_matter", "model.off_matter", (("物业费", 2.0),))]
    assert drift([[], off, []]) is None
    found = drift([[], off, [], off])
    assert found is not None and found.places == (1, 3) and found.words == ("物业费",)


@pytest.mark.parametrize(
    ("others", "certainty", "stays"),
    [
        ((), 0.55, True),
        (("dispute_debt",), 0.55, False),
        (("dispute_debt",), 0.9, True),
        (("hardship", "third_person", "stop_contact"), 0.55, True),
    ],
)
def test_a_mere_hint_of_distress_gives_way_to_plain_business_only(others, certainty, stays):
    hint = Finding(0, 2, "vulnerable", "model.vulnerable", (), certainty)
    found = weighed([hint, *(Finding(0, 2, label, f"model.{label}", (), 0.8) for label in others)])
    assert (hint in found) is stays
    assert len(found) == len(others) + stays
