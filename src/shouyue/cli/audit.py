"""`shouyue audit`: anybody's contact history against a pack."""

from __future__ import annotations

import os
from pathlib import Path

import click

from shouyue.audit.files import UnreadableHistory, names_of
from shouyue.audit.history import Layout, guess
from shouyue.audit.page import write_html
from shouyue.audit.report import summary, write_json
from shouyue.audit.run import audit as run
from shouyue.cli.reading import FILE, progress_bar, read_as
from shouyue.policy.reading import PackError


@click.command()
@click.argument("history", nargs=-1, required=True, type=FILE)
@click.option(
    "--pack", "--policy", "pack", default="cn", show_default=True, help="The law to judge by: cn or us."
)
@click.option("--overlay", type=FILE, help="A lender's own stricter values.")
@read_as
@click.option(
    "--out",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="report.html, .json or .parquet; may be given more than once.",
)
@click.option(
    "--guess", "only_guess", is_flag=True, help="Print the mapping that the column names suggest, and stop."
)
@click.option("--jobs", default=0, help="Processes; 0: one for each processor.")
@click.option("--fail-on-violation", is_flag=True, help="Exit 1 when a rule that blocks was broken.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def audit(
    history: tuple[Path, ...],
    pack: str,
    overlay: Path | None,
    mapping: Path | None,
    zone: str,
    out: tuple[Path, ...],
    only_guess: bool,
    jobs: int,
    fail_on_violation: bool,
    quiet: bool,
) -> None:
    """Judge contact histories (CSV, JSONL, XLSX, Parquet) under a pack.

    Every rule that was broken, with its citation and the rows; every rule that could not be judged, because the history does
    not say; every row that could not be read. Exit 0 done, 1 with --fail-on-violation, 2 unreadable.
    """
    unknown = [p.name for p in out if p.suffix not in {".html", ".json", ".parquet"}]
    if unknown:
        raise click.UsageError(f"{', '.join(unknown)}: reports are .html, .json or .parquet")
    nowhere = [str(p.parent) for p in out if not p.parent.is_dir()]
    if nowhere:
        raise click.UsageError(f"no folder {', '.join(nowhere)} to write a report in")
    try:
        if only_guess:
            for path in history:
                click.echo(f"# {path.name}\n{guess(names_of(path)).to_yaml()}", nl=False)
            return
        told = Layout.read(mapping) if mapping else None
        parquet = next((p for p in out if p.suffix == ".parquet"), None)
        with progress_bar(quiet) as progress:
            found = run(
                history, pack=pack, overlay=overlay, told=told, zone=zone, jobs=jobs or os.cpu_count() or 1,
                progress=progress, violations=parquet,
            )  # fmt: skip
    except (UnreadableHistory, PackError) as why:
        click.echo(str(why), err=True)
        raise SystemExit(2) from why
    for path in out:
        if path.suffix == ".html":
            write_html(found, path)
        elif path.suffix == ".json":
            write_json(found, path)
    for line in summary(found):
        click.echo(line)
    for path in out:
        click.echo(f"written: {path}")
    if fail_on_violation and found.flagged:
        raise SystemExit(1)
