"""What `make test` and CI run, in order; the first failure stops. Parts that this machine cannot run say so in a line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv/bin"

STEPS: list[tuple[str, list[str], dict[str, str]]] = [
    ("lint", [f"{BIN}/ruff", "check", "."], {}),
    ("format", [f"{BIN}/ruff", "format", "--check", "."], {}),
    ("contracts", [f"{BIN}/lint-imports"], {}),
    ("types", [f"{BIN}/mypy"], {}),
    ("tests on SQLite", [f"{BIN}/pytest", "-q", "-n", "2"], {}),
    (
        "tests on PostgreSQL",
        [f"{BIN}/python", "deploy/postgres.py", f"{BIN}/pytest", "-q", "-n", "2", "--database-only"],
        {},
    ),
]


def main() -> None:
    for name, words, more in STEPS:
        began = time.monotonic()
        print(f"── {name}", flush=True)
        code = subprocess.run(words, cwd=ROOT, env={**os.environ, **more}).returncode
        if code:
            sys.exit(f"{name} failed (exit {code})")
        print(f"── {name}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
