"""What was once refused stays refused, in the right words; the package that was good stays good."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from shouyue.evidence.standalone import run

HERE = Path(__file__).parent / "evidence"
EXPECTED = json.loads((HERE / "expected.json").read_text())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_vector(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["--en", str(HERE / f"{name}.zip")], "2026-03-05 00:00:00 UTC")
    said = capsys.readouterr().out
    assert code == EXPECTED[name]["exit"], said
    assert re.search(EXPECTED[name]["words"], said), said


def test_every_vector_is_expected() -> None:
    assert {path.stem for path in HERE.glob("*.zip")} == set(EXPECTED)
