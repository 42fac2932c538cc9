"""`shouyue screen` reads the three kinds of file, covers identifiers in what it prints, and says what it could not read."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from shouyue.cli import main
from tests.shared import shared

ROWS = [
    {"id": "1", "direction": "out", "text": "他电话一三三0000一二三四"},
    {"id": "2", "direction": "in", "text": "在吗"},
]


def run(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(params=["jsonl", "csv", "parquet"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"messages.{request.param}"
    if request.param == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n")
    elif request.param == "csv":
        path.write_text(
            "id,direction,text\n" + "".join(f"{r['id']},{r['direction']},{r['text']}\n" for r in ROWS)
        )
    else:
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


@pytest.mark.parametrize("way", [[], ["--by-rules"]])
def test_each_message_gets_a_line_and_no_identifier_is_printed(file: Path, way: list[str]) -> None:
    said = run("screen", file, *way)
    assert len(said.splitlines()) == 2
    assert "133****1234" in said and "一三三0000" not in said
    objects = [json.loads(line) for line in run("screen", file, "--json", *way).splitlines()]
    by_id = {one["id"]: one for one in objects}
    assert "personal_data" in by_id["1"]["labels"] and by_id["2"]["labels"] == ["neutral"]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "您好", "direction": "out"}\n{"text"\n')
    assert "broken.jsonl:2: not JSON" in run("screen", broken, code=1)
    broken.write_text('{"words": "您好"}\n')
    assert "expected words under 'text', found only words" in run("screen", broken, code=1)
    broken.write_text('{"text": "您好"}\n')
    assert "give --direction" in run("screen", broken, code=1)
    assert "\tclean\t" in run("screen", broken, "--direction", "out")


def test_labelled_files_are_read_as_they_stand() -> None:
    report = run("screen", "--evaluate", shared("data/collection_chat/dev.jsonl"))
    assert "macro-F1" in report and "false alarms per 1,000" in report


def test_the_examples_of_every_rule_hold() -> None:
    assert run("lexicon", "test").endswith(" 0 failed\n")


def test_a_rule_that_could_stall_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "label: threat\ndirection: outbound\nrules:\n  - id: own.bomb\n    patterns: ['(a+)+b']\n"
        "    must_match: [ab]\n    must_not_match: [b]\n"
    )
    assert "own.yaml:5: own.bomb: a repeat without bound" in run("lexicon", "test", tmp_path, code=1)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"text": "1234", "direction": "out", "context": "abc"}', "expected `context` as a list"),
        ('{"text": "1234", "direction": "out", "context": [{"from": "collector"}]}', "expected `context` as a list"),
        ('{"text": 5, "direction": "out"}', "message 1: expected words under 'text', found 5"),
        ('{"text": "a", "direction": "sideways"}', "direction 'sideways' is not one of in, inbound,"),
        ('{"text": "a", "direction": ["in"]}', "does not say its direction"),
        ('{"text": ' + "[" * 100_000 + "]" * 100_000 + "}", "bad.jsonl:1: not JSON"),
        ("[1]", "bad.jsonl:1: expected an object a line"),
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_screened_is_named(tmp_path: Path, line: str, why: str) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(line + "\n")
    assert why in run("screen", bad, code=1)


def test_messages_come_in_the_order_of_the_file_with_and_without_context(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    rows = [{"id": str(n), "direction": "in", "text": "在吗"} for n in range(4)]
    rows[2]["context"] = [{"from": "collector", "text": "您好"}]  # type: ignore[assignment]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    assert [line.split("\t")[0] for line in run("screen", path).splitlines()] == ["0", "1", "2", "3"]


def test_a_hostile_message_does_not_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "hostile.csv"
    path.write_text("text\n\x1b[2J\u202e明天去你家\0\n" + "长" * 200_000 + "\n")
    said = run("screen", path, "--direction", "out")
    assert len(said.splitlines()) == 2
    assert not {"\x1b", "\u202e", "\0"} & set(said)
    path = tmp_path / "surrogate.jsonl"
    path.write_text('{"text": "\\ud800\\udfff你", "direction": "out"}\n')
    run("screen", path)
    assert json.loads(run("screen", path, "--json"))["direction"] == "out"


def test_no_rules_are_no_success(tmp_path: Path) -> None:
    assert "no rules there" in run("lexicon", "test", tmp_path, code=1)
