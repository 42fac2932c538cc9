"""敏感词: the desk's words in the members' clients, as far as WeCom takes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.connectors.wecom.client import WeComRefused
from shouyue.connectors.wecom.intercept import LONGEST, RULES, WORDS, Intercepts, Rule, compile_rules


@pytest.fixture
def intercepts(client):
    return Intercepts(client)


@pytest.fixture
def friend(wecom):
    wecom.corp.accept(wecom.corp.add("cooperative", member="lina").id)
    return "cooperative"


def test_a_member_cannot_send_what_a_rule_stops(wecom, intercepts, friend):
    intercepts.put_in_force(compile_rules(["去你单位"]).rules, members=["lina"])
    assert wecom.corp.type("lina", friend, "再不还钱我们就去你单位") == ""
    assert [one["word"] for one in wecom.corp.stopped] == ["去你单位"]
    assert wecom.corp.type("lina", friend, "您好，请问何时方便？") != ""


def test_another_member_is_not_stopped_by_it(wecom, intercepts):
    wecom.corp.accept(wecom.corp.add("cooperative", member="wangmin").id)
    intercepts.put_in_force(compile_rules(["去你单位"]).rules, members=["lina"])
    assert wecom.corp.type("wangmin", "cooperative", "去你单位") != ""


def test_putting_in_force_twice_changes_nothing_and_a_change_updates(wecom, intercepts):
    rules = compile_rules([f"词{n}" for n in range(WORDS + 1)], meanings=["red_packet"]).rules
    assert [one.did for one in intercepts.put_in_force(rules, members=["lina"])] == ["added", "added"]
    assert [one.did for one in intercepts.put_in_force(rules, members=["lina"])] == ["kept", "kept"]
    grown = intercepts.put_in_force(rules, members=["wangmin"])
    assert [one.did for one in grown] == ["updated", "updated"]
    assert {tuple(r["applicable_range"]["user_list"]) for r in wecom.corp.rules.values()} == {("wangmin",)}
    shrunk = intercepts.put_in_force(compile_rules(["词0"]).rules, members=["wangmin"])
    assert sorted(one.did for one in shrunk) == ["deleted", "updated"]


def test_rules_of_others_are_left_alone(wecom, intercepts, client):
    theirs = Rule("行政部", ("打牌",))
    intercepts.put_in_force([theirs], members=["lina"], prefix="行政")
    intercepts.put_in_force(compile_rules(["去你单位"]).rules, members=["lina"])
    intercepts.put_in_force([], members=["lina"])
    assert [rule["rule_name"] for rule in wecom.corp.rules.values()] == ["行政部"]


def test_the_add_shape_is_refused_as_an_update(wecom, client, intercepts):
    (added,) = intercepts.put_in_force(compile_rules(["词"]).rules, members=["lina"])
    body = {"rule_id": added.rule_id, "rule_name": "守约-001", "word_list": ["词"], "intercept_type": 1}
    with pytest.raises(WeComRefused):
        client.post("externalcontact/update_intercept_rule", body | {"semantics_list": [1]})


@given(st.lists(st.text("去你单位家里报警ab", max_size=LONGEST + 3), max_size=40), st.integers(0, 3))
def test_every_word_is_in_a_rule_or_said_to_be_left_out(words, room):
    """Once, in order of importance, within every limit."""
    done = compile_rules(words, rules=room)
    kept = [word for rule in done.rules for word in rule.words]
    wanted = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    assert sorted({*kept, *(one.word for one in done.left_out)}) == sorted(wanted)
    assert len(kept) == len(set(kept))
    assert kept == [word for word in wanted if word in set(kept)]
    assert len(done.rules) <= room
    assert all(0 < len(rule.words) <= WORDS and 1 <= len(rule.name) <= 20 for rule in done.rules)
    assert all(len(word) <= LONGEST for word in kept)


def test_the_hundred_and_first_rule_does_not_fit_and_that_is_said():
    done = compile_rules(f"w{n}" for n in range(RULES * WORDS + 2))
    assert len(done.rules) == RULES
    assert [one.word for one in done.left_out] == [f"w{RULES * WORDS}", f"w{RULES * WORDS + 1}"]
