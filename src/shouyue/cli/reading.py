"""How a command reads somebody's contact history: the options it takes, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from shouyue.audit.deal import Progress

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def read_as(command: Callable[..., Any]) -> Callable[..., Any]:
    """--mapping and --zone."""
    zone = click.option("--zone", default="", help="Zone of times that name none, such as Asia/Shanghai.")
    mapping = click.option(
        "--mapping", type=FILE, help="YAML that says which column is what; see shouyue audit --guess."
    )
    return mapping(zone(command))


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Progress]:
    """A bar for each thing that goes on; gone when it is done."""
    from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Shown

    with Shown(
        TextColumn("{task.description:<6}"), BarColumn(), TextColumn("{task.completed:>12,.0f}"), TimeElapsedColumn(),
        disable=quiet, transient=True,
    ) as shown:  # fmt: skip
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=of or None)
            shown.update(tasks[what], completed=done, total=of or None)

        yield progress
