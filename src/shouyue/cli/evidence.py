"""`shouyue evidence`: hand evidence out, check the log, show whom to trust."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from shouyue.cli.desk import ready


@click.group()
def evidence() -> None:
    """Hand evidence out, check the log, show whom to trust."""


@evidence.command()
@click.option("--thread", help="The id of a thread.")
@click.option("--matter", help="The number of a matter: its own history and all its threads.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The package to write (.zip).")
@click.option("--by", "staff_no", required=True, help="Staff number of who hands it out; must be allowed to.")
@click.option("--reason", required=True, help="Why it is handed out; sealed in the log.")
@click.option("--purpose", default="证明逾期催收的经过", show_default=True, help="What it is to prove.")
@click.option("--withhold", multiple=True, help="A part to withhold everywhere, such as sender or facts.")
@click.option("--cose", is_flag=True, help="Add a COSE receipt (RFC 9942) for each entry.")
def export(
    thread: str | None,
    matter: str | None,
    out: Path,
    staff_no: str,
    reason: str,
    purpose: str,
    withhold: tuple[str, ...],
    cose: bool,
) -> None:
    """Make the court package of a thread or a matter, and record it in the log."""
    ready()
    from django.core.exceptions import ObjectDoesNotExist, ValidationError

    from shouyue.connectors.signing import UnableToSign
    from shouyue.desk.ledger.export import UnableToExport
    from shouyue.desk.ledger.reads import CustodyBroken
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.messages.evidence import hand_out
    from shouyue.desk.people import reads as people

    if (thread is None) == (matter is None):
        raise click.UsageError("name one thread or one matter")
    try:
        about = matters.thread(thread) if thread else matters.by_number(matter or "")
    except (ObjectDoesNotExist, ValidationError):
        about = None
    if about is None:
        raise click.ClickException(f"there is no {'thread' if thread else 'matter'} {thread or matter}")
    try:
        staff = people.staff_by_no(staff_no)
    except ObjectDoesNotExist:
        raise click.ClickException(f"there is nobody with the staff number {staff_no}") from None
    try:
        _, made = hand_out(
            about=about,
            reason=reason,
            purpose=purpose,
            withhold=withhold,
            receipts=cose,
            tool=" ".join(["shouyue", *sys.argv[1:]]),
            by=staff,
            at=datetime.now(UTC),
        )
    except (UnableToExport, CustodyBroken, UnableToSign) as why:
        raise click.ClickException(str(why)) from None
    out.write_bytes(made.package)
    click.echo(f"{out}: {made.entries} entries, log size {made.log_size}, {len(made.package)} bytes")
    click.echo(f"SHA-256 of the package  {made.digest}")
    click.echo(f"trust digest            {made.trust}  (hand this over by another road)")


@evidence.command()
def check() -> None:
    """Read the whole log again: entries, chains, tiles, signed heads, files. Exit 1 when something does not agree."""
    ready()
    from shouyue.desk.ledger.reads import verify_log

    found = verify_log()
    click.echo(f"{found.size} entries in {found.streams} streams, {found.waiting} waiting for their place")
    for problem in found.problems:
        click.echo(problem)
    sys.exit(0 if found.ok else 1)


@evidence.command()
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write policy and time-authorities.pem to this folder."
)
def trust(out: Path | None) -> None:
    """Show whom a checker of our packages must trust, and the digest to compare. Hand it over early, by another road."""
    ready()
    from shouyue.desk.ledger.reads import own_trust

    own = own_trust()
    click.echo(own.policy.decode(), nl=False)
    click.echo(f"trust digest {own.digest}")
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "policy").write_bytes(own.policy)
        (out / "time-authorities.pem").write_bytes(own.roots)
