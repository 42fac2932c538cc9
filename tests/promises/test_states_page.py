"""The page of states is what the tables draw."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_current():
    made = runpy.run_path(str(DOCS / "states.py"))
    assert made["TARGET"].read_text(encoding="utf-8") == made["page"](), (
        "run: .venv/bin/python docs/states.py"
    )
