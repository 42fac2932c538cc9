"""`shouyue wecom` against the counterpart."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from shouyue.cli.wecom import red_lines, wecom
from shouyue.connectors.rehearsal.server import Rehearsal
from shouyue.connectors.wecom.intercept import literals


@pytest.fixture
def world(tmp_path):
    with Rehearsal(pace=0) as running:
        file = tmp_path / "corp.json"
        running.settings.write(file)
        yield running.corp, str(file)


def test_a_corp_in_order_passes_the_check(world):
    _, file = world
    said = CliRunner().invoke(wecom, ["check", "--corp", file])
    assert said.exit_code == 0, said.output
    assert said.output.count("✓") == 4


def test_a_wrong_secret_is_named(world, tmp_path):
    _, file = world
    told = json.loads(Path(file).read_text()) | {"archive_secret": "wrong"}
    (tmp_path / "wrong.json").write_text(json.dumps(told))
    said = CliRunner().invoke(wecom, ["check", "--corp", str(tmp_path / "wrong.json")])
    assert said.exit_code == 1
    assert "✗ the archive's secret" in said.output
    assert "the secret is wrong" in said.output


def test_red_lines_in_force_stop_a_member_and_putting_them_twice_changes_nothing(world):
    corp, file = world
    corp.accept(corp.add("cooperative", member="lina").id)
    once = CliRunner().invoke(wecom, ["intercept", "--corp", file, "--member", "lina", "--apply", "--json"])
    assert once.exit_code == 0, once.output
    told = json.loads(once.output)
    assert told["stops"] + told["warns"] > 100
    again = json.loads(
        CliRunner()
        .invoke(wecom, ["intercept", "--corp", file, "--member", "lina", "--apply", "--json"])
        .output
    )
    assert {change["did"] for change in again["changes"]} == {"kept"}
    stopping = next(rule for rule in corp.rules.values() if rule["intercept_type"] == 1)
    assert corp.type("lina", "cooperative", f"您好，{stopping['word_list'][0]}") == ""
    assert corp.type("lina", "cooperative", "您好，请问何时方便通话？") != ""


def test_without_apply_nothing_is_put_in_force(world):
    corp, file = world
    assert CliRunner().invoke(wecom, ["intercept", "--corp", file]).exit_code == 0
    assert corp.rules == {}


def test_every_word_of_the_red_lines_is_said_to_stop_warn_or_be_left_out():
    stops, warns, _ = red_lines()
    both = {w for r in stops.rules for w in r.words} & {w for r in warns.rules for w in r.words}
    assert both == set()
    assert all(rule.blocks for rule in stops.rules)
    assert not any(rule.blocks for rule in warns.rules)


def test_a_word_that_context_can_make_harmless_only_warns():
    """ "谨防骗子" is a kind word, and the client knows no context; nothing excuses "老赖"."""
    stops, warns, _ = red_lines()
    stopping = {word for rule in stops.rules for word in rule.words}
    warning = {word for rule in warns.rules for word in rule.words}
    assert "老赖" in stopping
    assert "骗子" in warning


@given(st.recursive(
    st.sampled_from("甲乙丙丁"),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        inner.map(lambda one: f"(?:{one})?"),
    ),
    max_leaves=6,
))  # fmt: skip
def test_every_word_spelled_out_is_matched_by_its_pattern(pattern):
    words, beyond = literals(pattern)
    assert beyond == ()
    assert all(re.fullmatch(pattern, word) for word in words)


@pytest.mark.parametrize(
    ("pattern", "words", "gaps"),
    [
        ("老赖|骗子", ("老赖", "骗子"), 0),
        ("去你(单位|家)", ("去你单位", "去你家"), 0),
        ("傻[逼叉]", ("傻逼", "傻叉"), 0),
        ("要?不要脸", ("不要脸", "要不要脸"), 0),
        ("寻找[^。]{0,12}拖欠|老赖", ("老赖",), 1),
        ("欠.{3}钱", (), 1),
    ],
)
def test_patterns_become_words_where_they_can(pattern, words, gaps):
    found, beyond = literals(pattern)
    assert (found, len(beyond)) == (words, gaps)
