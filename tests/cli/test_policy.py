"""`shouyue policy`, as a lawyer and a program use it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from shouyue.cli.policy import policy
from shouyue.policy.cases.cn import facts_of
from shouyue.policy.gate import decide
from shouyue.policy.pack import load_pack

AT = "2026-03-10T22:05:00+08:00"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(policy, list(arguments))
    return result.exit_code, result.output


def test_list_and_show() -> None:
    assert "172 rules" in run("list")[1]
    code, page = run("show", "CBA-2026.third.reset", "--lang", "en")
    assert code == 0 and "unconfirmed" in page and "cn/rules/02-who.yaml:" in page
    code, page = run("show", "CBA-2026.atempts")
    assert code == 1 and "CBA-2026.attempts" in page


def test_a_wrong_expectation_is_one_line_and_exit_one(tmp_path: Path) -> None:
    case = {
        "id": "X-1",
        "rule_id": "CBA-2026.hours",
        "facts": {"local_time": AT, "channel": "sms"},
        "expected": "allow",
    }
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(case), "utf-8")
    code, said = run("test", str(file))
    assert code == 1
    assert said.startswith("X-1 CBA-2026.hours: expected allow, got block") and "0 passed, 1 failed" in said
    code, said = run("test", str(file), "--json")
    assert code == 1 and json.loads(said)[0]["got"] == "block"


def test_explain_says_the_next_lawful_moment(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(
        json.dumps({"at": AT, "channel": "sms", "direction": "outbound", "night_consent": None}), "utf-8"
    )
    code, said = run("explain", str(file))
    assert code == 0 and "2026-03-11T08:00:00+08:00" in said
    file.write_text(json.dumps({"at": AT, "chanel": "sms"}), "utf-8")
    code, said = run("explain", str(file))
    assert code == 1 and "channel" in said


def test_sealed_decisions_are_taken_again(tmp_path: Path) -> None:
    pack, at = load_pack("cn"), datetime.fromisoformat(AT)
    facts, _ = facts_of(pack, {"channel": "wecom", "text": "请还款", "unanswered_today_this_number": 2})
    sealed = {"facts": json.loads(facts.to_json()), "at": AT, "decision": decide(pack, facts, at).to_data()}
    file = tmp_path / "sealed.jsonl"
    changed = {**sealed, "decision": {**sealed["decision"], "effect": "allow"}}
    file.write_text("\n".join(json.dumps(s, ensure_ascii=False) for s in (sealed, changed)), "utf-8")
    code, said = run("replay", str(file))
    assert code == 1 and "1 the same, 1 different" in said and "was allow, is block" in said


def test_diff_and_backtest_of_an_overlay(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text("parameters:\n  sms_per_person: {from: 2026-06-01, value: 1, why: house rule}\n", "utf-8")
    assert "sms_per_person: 2 (2026-01-30) →" in run("diff", "cn", f"cn+{ours}")[1]
    history = tmp_path / "history.csv"
    row = "2026-06-02T1{}:00:00+08:00,C1,C1,138,debtor,sms,outbound,reach"
    history.write_text(
        "\n".join(
            ["at,debtor,person,number,role,channel,direction,result", *(row.format(i) for i in range(3))]
        )
    )
    code, said = run("backtest", str(history), "--from", "cn", "--to", f"cn+{ours}")
    assert code == 0 and "stricter on 1, looser on 0" in said
    code, said = run("diff", "cn", f"cn+{tmp_path / 'none.yaml'}")
    assert code == 2


def test_a_backtest_reads_what_an_audit_reads(tmp_path: Path) -> None:
    """Foreign headings and words, several files, times without zone, broken rows: the same mapping, guess and refusals."""
    ours = tmp_path / "ours.yaml"
    ours.write_text("parameters:\n  sms_per_person: {from: 2026-06-01, value: 1, why: house rule}\n", "utf-8")
    heading = "客户号,手机号,联系时间,关系,渠道,方向,结果"
    row = "{},138,2026-06-02 1{}:00:00,本人,短信,外呼,接通"
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("\n".join([heading, *(row.format("C1", i) for i in range(2))]), "utf-8")
    second.write_text(
        "\n".join([heading, row.format("C1", 2), row.format("C2", 0).replace("短信", "传真")]), "utf-8"
    )
    packs = ("--from", "cn", "--to", f"cn+{ours}")
    code, said = run("backtest", str(first), *packs)
    assert code == 2 and "name no zone" in said and "--zone" in said
    code, said = run(
        "backtest", str(first), str(second), *packs, "--zone", "Asia/Shanghai", "--json", "--quiet"
    )
    told = json.loads(said)
    assert code == 0 and told["contacts"] == 3 and (told["stricter"], told["looser"]) == (1, 0)
    assert told["stricter_on"] == [{"file": "a.csv", "row": 2}]
    assert told["broken"] == 1 and told["broken_rows"][0]["found"] == "传真"
    nothing = tmp_path / "c.csv"
    nothing.write_text("when,whom\n1,2\n", "utf-8")
    code, said = run("backtest", str(nothing), *packs)
    assert code == 2 and "lacks debtor" in said and "nearest" in said


AT_TEN = '"at": "2026-03-10T10:00:00+08:00"'


@pytest.mark.parametrize(
    ("verb", "written", "said"),
    [
        ("test", "not json", "not readable as JSON"),
        ("test", "[1, 2]", "a case has id, rule_id, facts, expected"),
        ("test", '{"id": "A"}', "lacks rule_id, facts, expected"),
        ("test", "", "no case in"),
        ("test", '{"id": "A", "rule_id": "NOPE", "facts": {}, "expected": "allow"}', "has no rule 'NOPE'"),
        (
            "test",
            '{"id": "A", "rule_id": "CBA-2026.hours", "facts": [], "expected": "allow"}',
            "names with values",
        ),
        (
            "test",
            '{"id": "A", "rule_id": "CBA-2026.hours", "facts": {"local_time": "2026-03-10T10:00:00"}, "expected": "allow"}',
            "is no time with its zone",
        ),
        ("explain", "{oops", "not readable as JSON"),
        ("explain", "null", "a JSON object is expected"),
        ("explain", '{"channel": "phone", "at": 5}', "a time with its zone is expected"),
        ("explain", '{"query": 5}', "an act is expected"),
        ("explain", '{"known": 5, ' + AT_TEN + "}", "names of facts with their values"),
        ("explain", '{"known": {}, "earlier": [{"x": 1}], ' + AT_TEN + "}", "earlier holds no contacts"),
        ("explain", '{"recipient": {"said_stop": "yes"}, ' + AT_TEN + "}", "true or false"),
        ("replay", "oops", "not readable as JSON"),
        ("replay", "[]", "a JSON object is expected"),
        ("replay", '{"facts": {}}', "lacks at, decision"),
        ("replay", '{"facts": {}, "at": "x", "decision": {}}', "a time with its zone is expected"),
        (
            "replay",
            '{"facts": {"known": {"chanel": 1}}, ' + AT_TEN + ', "decision": {}}',
            "did you mean channel",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    tmp_path: Path, verb: str, written: str, said: str
) -> None:
    file = tmp_path / "given.jsonl"
    file.write_text(written, "utf-8")
    code, answer = run(verb, str(file))
    assert code == 1 and said in answer
    file.write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8" in run(verb, str(file))[1]
