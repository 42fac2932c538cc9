"""The one way to what stands beside the repository: law cases and data sets. Absent, a test says so and is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SHOUYUE_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def shared(path: str) -> Path:
    """The file at `path` under shared/, or skip with the sentence that says what is missing."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"shared/{path} is not beside this checkout; set SHOUYUE_SHARED to where it is")
    return found
