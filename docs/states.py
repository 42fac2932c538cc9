"""Writes docs/reference/states.md: every process as its table of states draws it. A test compares."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import shouyue.casework
from shouyue.casework.machine import Machine

TARGET = Path(__file__).parent / "reference" / "states.md"


def machines() -> list[Machine]:
    """Every table of states in casework, by name."""
    found = []
    for module in pkgutil.iter_modules(shouyue.casework.__path__):
        machine = getattr(importlib.import_module(f"shouyue.casework.{module.name}"), "MACHINE", None)
        if isinstance(machine, Machine):
            found.append(machine)
    return sorted(found, key=lambda m: m.name)


def page() -> str:
    parts = ["# States\n\nDrawn from the tables in `casework/` by `python docs/states.py`.\n"]
    for machine in machines():
        owners = "\n".join(f"| `{s}` | {machine.zh[s]} | {machine.owner[s]} |" for s in type(machine.start))
        parts.append(
            f"## {machine.name.capitalize()}\n\n| state | 中文 | whose move |\n|---|---|---|\n{owners}\n\n"
            f"```mermaid\n{machine.diagram()}\n```\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
