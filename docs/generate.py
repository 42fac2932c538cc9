"""Write the pages of the reference that the program itself knows best: settings, commands, the API's description.

.venv/bin/python docs/generate.py [FOLDER]        (default: docs/reference; `make docs` runs it)
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

import shouyue
from shouyue.cli import main
from shouyue.policy.describe import reference
from shouyue.policy.pack import load_pack

HERE = Path(__file__).resolve().parent
SETTINGS = Path(shouyue.__file__).parent / "desk/settings.py"


def settings() -> dict[str, str]:
    """Each setting with what it does, as the head of settings.py says."""
    said = ast.get_docstring(ast.parse(SETTINGS.read_text())) or ""
    found: dict[str, str] = {}
    for line in said.splitlines():
        if named := re.match(r"(SHOUYUE_\w+)\s+(.*)", line):
            last = named[1]
            found[last] = named[2]
        elif found and line.startswith(" "):
            found[last] += " " + line.strip()
    return found


def settings_page() -> str:
    rows = "\n".join(f"| `{name}` | {what.replace('|', '/')} |" for name, what in settings().items())
    return (
        "# Settings\n\nEverything an operator may change is an environment variable, read once at the start.\n\n"
        f"| variable | what it does |\n|---|---|\n{rows}\n"
    )


def commands(group: click.Command = main, path: str = "shouyue") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words it is called by."""
    if not isinstance(group, click.Group):
        yield path, group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        inner = group.get_command(context, name)
        assert inner
        yield from commands(inner, f"{path} {name}")


def commands_page() -> str:
    parts = ["# Commands\n"]
    for path, command in commands():
        context = click.Context(command, info_name=path, terminal_width=100)
        parts += [f"## {path}\n", "```", command.get_help(context), "```\n"]
    return "\n".join(parts)


def openapi() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouyue.desk.settings")
    import django

    django.setup()
    from shouyue.desk.api.v1 import description

    return json.dumps(description(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def rules(pack: str, lang: str) -> str:
    """Every rule of a pack with its source, numbers and doubts."""
    return reference(load_pack(pack), lang)


PAGES = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "openapi.json": openapi,
    **{
        f"rules-{pack}{'.zh' if lang == 'zh' else ''}.md": partial(rules, pack, lang)
        for pack in ("cn", "us")
        for lang in ("en", "zh")
    },
}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page())
