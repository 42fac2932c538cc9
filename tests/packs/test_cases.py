"""Every case of every pack, and the scenarios that stand beside the repository."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from shouyue.policy.cases import Case, judge, own_cases, read_cases, run
from shouyue.policy.decision import Effect
from shouyue.policy.pack import load_pack
from tests.shared import shared


def test_every_case_of_the_mainland_pack_holds() -> None:
    pack = load_pack("cn")
    wrong = [f"{r.case.id} {r.case.rule}: {r.wrong}" for r in run(pack, own_cases(pack)) if r.wrong]
    assert not wrong, "\n".join(wrong)


def test_every_rule_has_at_least_three_cases() -> None:
    pack = load_pack("cn")
    told = Counter(c.rule for c in own_cases(pack))
    assert not [r.id for r in pack.rules if told[r.id] < 3]
    assert not [rule for rule in told if rule not in {r.id for r in pack.rules}]


def test_every_rule_has_a_case_in_which_it_speaks_and_one_in_which_it_is_silent() -> None:
    pack = load_pack("cn")
    spoke: dict[str, set[bool]] = {}
    for r in run(pack, own_cases(pack)):
        spoke.setdefault(r.case.rule, set()).add(r.case.rule in r.decision.rules)
    assert not [rule for rule, seen in spoke.items() if seen != {True, False}]


def test_the_mainland_scenarios() -> None:
    pack = load_pack("cn")
    results = run(pack, read_cases(shared("cases/prc.jsonl")))
    wrong = [f"{r.case.id} {r.case.rule}: {r.wrong}" for r in results if r.wrong]
    assert results and not wrong, "\n".join(wrong)


OUR_OWN = {"DESK.one-matter", "DESK.cooldown"}  # rules of the house that no reference has


def test_all_170_rules_of_the_reference_are_there() -> None:
    text = shared("reference/rules-prc.md").read_text("utf-8")
    import re

    wanted = set(re.findall(r"^\| ([A-Z][\w-]*\.[\w.-]+|[A-Z]+-[\w.-]*\d[\w.-]*) \| ", text, re.M))
    wanted = {
        w
        for w in wanted
        if not re.fullmatch(
            r"(CBA-2026|GBT-45251|NIFA-2018|NIFA-2018 / NIFA-2024|CCB-2011|CFC-2024|BICP-2022|AFC-2023)", w
        )
    }
    have = {r.id for r in load_pack("cn").rules}
    assert len(have - OUR_OWN) == 170
    assert wanted <= have, wanted - have


@pytest.mark.parametrize("rule", [r.id for r in load_pack("cn").rules])
def test_every_rule_says_itself_in_both_languages(rule: str) -> None:
    r = load_pack("cn").rule(rule)
    for text in (r.title, *(g.reason for g in r.grounds)):
        assert any("\u4e00" <= c <= "\u9fff" for c in text.zh), text.zh
        assert text.en and not any("\u4e00" <= c <= "\u9fff" for c in text.en), text.en
    assert r.citation and r.enforced_by


def test_a_case_that_cannot_be_read_fails_alone_and_waits_for_a_person() -> None:
    pack = load_pack("cn")
    good = own_cases(pack)[0]
    strange = replace(good, id="strange", given={**good.given, "recipent": {"role": "debtor"}})
    bad, fine = run(pack, [strange, good])
    assert bad.wrong and "recipent" in bad.wrong and bad.decision.effect is Effect.APPROVAL
    assert fine.wrong is None


def test_a_role_no_list_has_is_a_stranger_and_a_word_no_list_has_is_not_known() -> None:
    pack = load_pack("cn")
    text = "您好,李强的车贷还没还,请转告他。"
    neighbour = Case(
        "n", "CBA-2026.third.content", {"recipient": {"role": "neighbour"}, "text": text}, "block"
    )
    assert judge(pack, neighbour).wrong is None
    guess = {"recipient": {"role": "reserved_contact", "named_by_debtor": True}, "trigger": "he_is_slow"}
    assert judge(pack, Case("t", "CBA-2026.third.trigger", guess, "block")).wrong is None
