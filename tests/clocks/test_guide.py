"""The guide's examples run as they are written."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/which-date-is-safe.md"


def test_the_examples_of_the_guide_hold() -> None:
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    assert len(examples) == 2
    exec(compile("\n".join(examples), str(GUIDE), "exec"), {})
