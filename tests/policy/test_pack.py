"""A pack that contradicts itself is refused with file and line; an overlay is stricter, never looser on statute."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from shouyue.policy.pack import load_pack
from shouyue.policy.parameter import NoValue
from shouyue.policy.reading import PackError

CN = Path(load_pack("cn").folder)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CN, tmp_path / "cn"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("rules/01-hours-and-frequency.yaml", "cap: attempts_per_number", "cap: attempts", "unknown parameter 'attempts'"),
        ("rules/01-hours-and-frequency.yaml", "kind: window", "kind: windows", "unknown kind 'windows'"),
        ("rules/01-hours-and-frequency.yaml", "effect: block", "effect: forbid", "effect is block, approval"),
        ("rules/01-hours-and-frequency.yaml", "CBA-2026 ch. 3", "CBA-1999 ch. 3", "no source 'CBA-1999'"),
        ("rules/01-hours-and-frequency.yaml", "confidence: high", "confidence: sure", "confidence is one of"),
        ("rules/01-hours-and-frequency.yaml", "direction: [", "directon: [", "facts.yaml does not have"),
        ("rules/03-identity.yaml", "must_name:", "must_say_name:", "unknown key 'must_say_name'"),
        ("parameters/sms_per_person.yaml", "value: 2}", "value: 2}\n  - {from: 2026-01-30, value: 1}", "dates overlap"),
        ("parameters/sms_per_person.yaml", "unit:", "unitt:", "unknown key 'unitt'"),
        ("phrases/red-lines.yaml", "'你就是个老赖、骗子'", "'您好'", "should match its example"),
        ("phrases/red-lines.yaml", "(我是|这里是", "((我是|这里是", "not readable"),
        ("sources.yaml", "- {id: CBA-2026,", "- {id: CBA-2026,, ", "not readable as YAML"),
    ],
)  # fmt: skip
def test_a_pack_that_contradicts_itself_is_refused(
    copy: Path, file: str, old: str, new: str, said: str
) -> None:
    edit(copy / file, old, new)
    with pytest.raises(PackError) as refused:
        load_pack(copy)
    assert said in str(refused.value)
    assert str(refused.value).split(":")[0] == f"cn/{file}"
    assert int(str(refused.value).split(":")[1]) > 0


def test_a_rule_without_cases_is_refused(copy: Path) -> None:
    path = copy / "cases" / "16-ai.yaml"
    kept = [line for line in path.read_text("utf-8").splitlines() if "DESK.ai-draft" not in line]
    path.write_text("\n".join(kept), "utf-8")
    with pytest.raises(PackError, match=r"cn/rules/16-ai.yaml:\d+: rule DESK.ai-draft has no case"):
        load_pack(copy)


def test_the_fingerprint_follows_the_law_and_not_the_cases(copy: Path) -> None:
    before = load_pack(copy).fingerprint
    edit(copy / "cases" / "16-ai.yaml", "# given", "# Given")
    assert load_pack(copy).fingerprint == before
    edit(copy / "parameters" / "sms_per_person.yaml", "value: 2}", "value: 1}")
    assert load_pack(copy).fingerprint != before


def overlay(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ours.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_lender_may_be_stricter(tmp_path: Path) -> None:
    ours = overlay(
        tmp_path,
        "parameters:\n  sms_per_person: {from: 2026-06-01, value: 1, why: house rule}\nrules:\n  CBA-2026.reasonable: {effect: block, why: house rule}\n",
    )
    pack = load_pack("cn", ours)
    assert pack.parameters["sms_per_person"].on(date(2026, 5, 31)) == 2
    assert pack.parameters["sms_per_person"].on(date(2026, 6, 1)) == 1
    assert str(pack.rule("CBA-2026.reasonable").effect) == "block"
    assert pack.fingerprint != load_pack("cn").fingerprint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameters:\n  sms_per_person: {from: 2026-06-01, value: 9}\n", "9 is looser than 2"),
        ("parameters:\n  misses_in_a_row: {from: 2026-06-01, value: 2}\n", "2 is looser than 3"),
        ("parameters:\n  night_begins: {from: 2026-06-01, value: '23:00:00'}\n", "only be stricter (fixed)"),
        ("parameters:\n  nights: {from: 2026-06-01, value: 9}\n", "unknown parameter 'nights'"),
        ("rules:\n  PIPL-25.public: {effect: warn, why: we like to}\n", "rests on statute"),
        ("rules:\n  CBA-2026.attempts: {effect: warn}\n", "a recorded reason"),
        ("rules:\n  CBA-2026.nothing: {effect: block}\n", "unknown rule"),
    ],
)
def test_a_lender_may_not_be_looser(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PackError) as refused:
        load_pack("cn", overlay(tmp_path, text))
    assert said in str(refused.value) and str(refused.value).startswith("ours.yaml:")


def test_a_date_before_the_first_value_has_no_value() -> None:
    with pytest.raises(NoValue, match="first is from 2026-01-30"):
        load_pack("cn").parameters["sms_per_person"].on(date(2026, 1, 29))
