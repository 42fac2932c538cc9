"""`shouyue policy explain` reads a collector's record with the act in question, one answer for each debt it means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from shouyue.cli import main

RECORD: dict[str, Any] = {
    "facts": {
        "parties": {"C": {"role": "consumer", "location": {"known_zone": "America/Chicago"}}},
        "debts": {"D1": {"type": "auto", "status": "open"}, "D2": {"type": "medical", "status": "open"}},
        "points": {"mobile": {"medium": "mobile", "owner": "C", "place": None}},
        "timeline": [
            {"at": "2026-03-09T10:00:00-05:00", "event": "call_received", "from": "C", "point": "mobile",
             "outcome": "conversation", "discussed": ["D2"]}
        ],
        "background": ["validation_given_period_over", "initial_disclosures_made"],
    },
    "query": {"action": "contact", "at": "2026-03-10T11:00:00-05:00", "channel": "call", "to": "C", "point": "mobile",
              "debts": ["D1", "D2"], "purpose": "collect", "message": {"disclosures": ["from_debt_collector"]}},
}  # fmt: skip


def explain(tmp_path: Path, record: dict[str, Any], *options: str, code: int = 0) -> str:
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record))
    result = CliRunner().invoke(main, ["policy", "explain", str(file), "--pack", "us", *options])
    assert result.exit_code == code, result.output
    return result.output


def test_each_debt_has_its_answer(tmp_path: Path) -> None:
    first, second = (json.loads(line) for line in explain(tmp_path, RECORD, "--json").splitlines())
    assert (first["effect"], second["effect"]) == ("allow", "block")
    assert second["next_lawful"].startswith("2026-03-16T08:00:00")


def test_in_words_with_the_citation(tmp_path: Path) -> None:
    said = explain(tmp_path, RECORD, "--lang", "en")
    assert "The debt was talked about on the telephone in the seven calendar days." in said
    assert "12 CFR part 1006 (Regulation F) 1006.14(b)(2)(i)(B)" in said


def test_a_record_that_cannot_be_read_says_what_is_wrong(tmp_path: Path) -> None:
    broken = json.loads(json.dumps(RECORD))
    broken["facts"]["timeline"][0]["event"] = "call_recieved"
    assert "did you mean call_received?" in explain(tmp_path, broken, code=1)
