"""Every verb can be done by somebody: none is called by the demonstration and tests alone. So staff could once be enrolled by nobody."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src"
DEMO = "shouyue.cli.demo"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((SRC / "shouyue").rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), ast.parse(path.read_text())


def verbs(module: str, tree: ast.Module) -> set[str]:
    """What acts by somebody: public functions of a slice that take `by` by name."""
    return {
        f"{module}.{one.name}"
        for one in tree.body
        if module.startswith("shouyue.desk.") and isinstance(one, ast.FunctionDef)
        if not one.name.startswith("_") and any(arg.arg == "by" for arg in one.args.kwonlyargs)
    }


def named(module: str, tree: ast.Module) -> set[str]:
    """Every name of another module that this one uses, and its own."""
    known: dict[str, str] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and one.module:
            known |= {alias.asname or alias.name: f"{one.module}.{alias.name}" for alias in one.names}
    found = set(known.values())
    for one in ast.walk(tree):
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id in known:
            found.add(f"{known[one.value.id]}.{one.attr}")
        elif isinstance(one, ast.Name):
            found.add(f"{module}.{one.id}")
    return found


def test_every_verb_is_called_by_more_than_the_demonstration():
    every, used = set[str](), set[str]()
    for module, tree in modules():
        every |= verbs(module, tree)
        if not module.startswith(DEMO):
            used |= named(module, tree)
    assert len(every) > 150
    assert sorted(every - used) == []
