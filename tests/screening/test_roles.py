"""What is known of the person on the other side settles what words alone only suggest."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from shouyue.cli import main
from shouyue.screening import screen
from shouyue.screening.roles import with_role

TOLD = "他欠我们公司车贷五万多，半年没还了，您劝劝他"


@pytest.mark.parametrize("role", ["debtor", "guarantor", "co_borrower"])
def test_who_owes_is_told_of_the_debt_and_that_discloses_nothing(role: str) -> None:
    said = screen(TOLD, direction="out")
    assert "third_party_disclosure" in said.labels
    known = with_role(said, TOLD, direction="out", role=role)
    assert "third_party_disclosure" not in known.labels
    assert {one.label for one in said.findings} - {one.label for one in known.findings} == {
        "third_party_disclosure"
    }


@pytest.mark.parametrize(
    "role", ["", "contact_person", "unverified", "unrelated", "reserved_contact", "heir"]
)
def test_to_anybody_else_it_stays_a_disclosure(role: str) -> None:
    said = screen(TOLD, direction="out")
    assert with_role(said, TOLD, direction="out", role=role) == said


def test_a_contact_writes_as_a_third_person_whatever_they_say() -> None:
    text = "好的，我晚点跟他讲"
    said = with_role(screen(text, direction="in"), text, direction="in", role="contact_person")
    assert "third_person" in said.labels
    assert "third_person" not in said.sure, "a role alone blocks nothing"
    assert "third_person" not in with_role(said, text, direction="in", role="debtor").labels


def test_a_contact_who_denies_to_know_them_is_none() -> None:
    text = "你打错了，我不认识这个人"
    said = screen(text, direction="in")
    assert with_role(said, text, direction="in", role="contact_person") == said


def test_a_file_may_say_who_reads(tmp_path) -> None:
    rows = [{"direction": "out", "text": TOLD, "to_role": role} for role in ("debtor", "contact_person")]
    path = tmp_path / "said.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    printed = CliRunner().invoke(main, ["screen", str(path), "--json"])
    assert printed.exit_code == 0, printed.output
    first, second = (json.loads(line) for line in printed.output.splitlines())
    assert "third_party_disclosure" not in first["labels"]
    assert "third_party_disclosure" in second["labels"]
