"""`shouyue verify`: check an evidence package, offline, trusting nothing in it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from shouyue.evidence.standalone import run


@click.command()
@click.argument("package", type=click.Path())
@click.option(
    "--language",
    type=click.Choice(["both", "zh", "en"]),
    default="both",
    show_default=True,
    help="In which language to say what was found.",
)
@click.option(
    "--policy", type=click.Path(), help="Whom to trust, as received by another road than the package."
)
@click.option("--authorities", type=click.Path(), help="Root certificates of time authorities (PEM).")
@click.option(
    "--log", type=click.Path(), help="A copy of the published log: all of it is read, for hidden entries."
)
def verify(package: str, language: str, policy: str | None, authorities: str | None, log: str | None) -> None:
    """Check PACKAGE (a .zip, or the folder it was unpacked into) in eleven numbered steps.

    Exit: 0 passed, 1 a check failed, 2 incomplete, 3 cannot be read. The same check is inside each package as one Python file
    and as one page for a browser.
    """
    words = [] if language == "both" else [f"--{language}"]
    words += ["--policy", policy] if policy else []
    words += ["--authorities", authorities] if authorities else []
    words += ["--log", log] if log else []
    sys.exit(run([*words, "--", package], datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")))
