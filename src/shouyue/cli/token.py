"""`shouyue token`: admit a program to the HTTP API, or turn it away."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from shouyue.cli.desk import ready

SYSTEM = "the administrator at the console"


@click.group()
def token() -> None:
    """Admit programs to the HTTP API, list them, turn them away."""
    ready()


@token.command()
@click.argument("name")
@click.option("--staff", required=True, help="Staff number of the person the program acts for.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help="What it may do; give it once for each."
)
@click.option("--days", default=90, show_default=True, help="How long the token is valid.")
def new(name: str, staff: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token and print its secret, once."""
    from shouyue.desk.people.reads import staff_by_no
    from shouyue.desk.programs.actions import UnableToAdmit, admit

    try:
        row, secret = admit(
            name=name, staff=staff_by_no(staff), scopes=scopes, days=days, by=SYSTEM, at=datetime.now(UTC)
        )
    except UnableToAdmit as why:
        raise click.ClickException(str(why)) from why
    click.echo(secret)
    click.echo(f"valid until {row.expires_at:%Y-%m-%d}; this secret is not shown again", err=True)


@token.command("list")
def list_() -> None:
    """The programs admitted now."""
    from shouyue.desk.programs.reads import admitted

    for row in admitted(datetime.now(UTC)):
        click.echo(
            f"{row.name}  for {row.staff.staff_no}  {', '.join(row.scopes)}  until {row.expires_at:%Y-%m-%d}"
        )


@token.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why; it is sealed.")
def void(name: str, reason: str) -> None:
    """Turn a program away: its newest token is void from now on."""
    from shouyue.desk.programs.actions import turn_away
    from shouyue.desk.programs.reads import by_name

    row = by_name(name)
    if row is None:
        raise click.ClickException(f"no valid token is named {name!r}; `shouyue token list` shows them")
    turn_away(token=row, reason=reason, by=SYSTEM, at=datetime.now(UTC))
    click.echo(f"{name} is turned away")
