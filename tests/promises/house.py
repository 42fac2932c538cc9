"""Reading the house's own source: which functions are verbs, what they call, and where tables are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import shouyue

SOURCE = Path(shouyue.__file__).parent
DESK = SOURCE / "desk"
REPOSITORY = SOURCE.parent.parent


# what seals, under each name by which it is called
SEALS = {
    (module, name)
    for module in ("ledger.actions", "ledger.actions.sealing")
    for name in ("seal", "seal_many", "seal_at_once")
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def module_name(path: Path) -> str:
    """`messages.inbound` for src/shouyue/desk/messages/inbound.py."""
    return ".".join(path.relative_to(DESK).with_suffix("").parts).removesuffix(".__init__")


def home_of(module: str) -> Path:
    """The file of a module of the desk; need not exist."""
    place = DESK / module.replace(".", "/")
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def verb_modules() -> list[Path]:
    """Where verbs live: each slice's actions (a file, or a folder of them), and the two roads."""
    roads = [DESK / "messages/inbound.py", DESK / "messages/outbound.py"]
    rooms = [*DESK.glob("*/actions.py"), *DESK.glob("*/actions/*.py")]
    return sorted([*rooms, *(road for road in roads if road.exists())])


@dataclass(frozen=True)
class Function:
    module: str
    node: ast.FunctionDef

    @property
    def name(self) -> str:
        return f"{self.module.replace('.actions', '')}.{self.node.name}"

    @property
    def keywords(self) -> set[str]:
        return {arg.arg for arg in self.node.args.kwonlyargs}


@cache
def functions() -> dict[tuple[str, str], Function]:
    """Every function at the top of a module of verbs, by module and name."""
    return {
        (module_name(path), node.name): Function(module_name(path), node)
        for path in verb_modules()
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
    }


def verbs() -> list[Function]:
    """The public functions that change something: they write a table, or call what does."""
    changing = _reaching(SEALS | {key for key, f in functions().items() if any(table_writes(f.node))})
    return [f for key, f in functions().items() if key in changing and not f.node.name.startswith("_")]


@cache
def _names(module: str) -> dict[str, tuple[str, str]]:
    """What a name in this module stands for elsewhere at the desk: (module, function), or (module, "") for a module."""
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree(home_of(module))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shouyue.desk"):
            home = (node.module or "").removeprefix("shouyue.desk").removeprefix(".")
            for alias in node.names:
                whole = f"{home}.{alias.name}".lstrip(".")
                is_module = home_of(whole).exists()
                found[alias.asname or alias.name] = (whole, "") if is_module else (home, alias.name)
    return found


@cache
def calls(function: Function) -> tuple[tuple[str, str], ...]:
    """The desk's own functions that this one calls, as (module, name)."""
    names = _names(function.module)
    found = []
    for node in ast.walk(function.node):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name):
                found.append(names.get(name, (function.module, name)))
            case ast.Attribute(value=ast.Name(id=base), attr=name) if base in names:
                found.append((names[base][0], name))
    return tuple(found)


def sealing() -> set[tuple[str, str]]:
    """The functions that seal, themselves or through what they call."""
    return _reaching(SEALS)


def _reaching(goal: set[tuple[str, str]]) -> set[tuple[str, str]]:
    found = set(goal)
    while True:
        more = {
            key for key, f in functions().items() if key not in found and any(c in found for c in calls(f))
        }
        if not more:
            return found
        found |= more


def imported_tables(path: Path) -> dict[str, str]:
    """Tables of other slices that a module imports: local name → slice."""
    own = module_name(path).split(".")[0]
    found = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shouyue.desk."):
            parts = (node.module or "").split(".")
            if parts[-1] == "models" and parts[2] != own:
                found |= {alias.asname or alias.name: parts[2] for alias in node.names}
    return found


WRITES = {
    "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "update", "delete", "save",
}  # fmt: skip


def table_writes(code: ast.AST) -> Iterator[tuple[int, str]]:
    """Where code writes a table: (line, what is written there)."""
    for node in ast.walk(code):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in WRITES:
            continue
        receiver = ast.unparse(node.func.value)
        queryset = ".objects" in receiver or ".filter(" in receiver or ".all()" in receiver
        # a row's own save() and delete() have no positional argument; a picture's save(file) has
        row = node.func.attr in {"save", "delete"} and not node.args
        if queryset or row:
            yield node.lineno, ast.unparse(node)[:90]
