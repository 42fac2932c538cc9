"""What was once refused stays refused, in the right words; the package that was good stays good."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from shouyue.evidence.standalone import run
from shouyue.evidence.verify import FORMATS

HERE = Path(__file__).parent
FOLDERS = [path.parent for path in sorted(HERE.glob("shouyue-package-*/expected.json"))]
EXPECTED = {folder: json.loads((folder / "expected.json").read_text()) for folder in FOLDERS}
VECTORS = [(folder, name) for folder in FOLDERS for name in EXPECTED[folder]]


@pytest.mark.parametrize(("folder", "name"), VECTORS, ids=[f"{f.name[16:]}-{name}" for f, name in VECTORS])
def test_vector(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["--en", str(folder / f"{name}.zip")], "2026-03-05 00:00:00 UTC")
    said = capsys.readouterr().out
    assert code == EXPECTED[folder][name]["exit"], said
    assert re.search(EXPECTED[folder][name]["words"], said), said


def test_every_format_ever_written_has_vectors_and_each_is_expected() -> None:
    assert [folder.name for folder in FOLDERS] == [name.replace("/", "-") for name in FORMATS]
    for folder in FOLDERS:
        assert {path.stem for path in folder.glob("*.zip")} == set(EXPECTED[folder])
