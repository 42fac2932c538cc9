"""`shouyue outbox`: what is still to happen, and what was given up."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from shouyue.cli.desk import ready


@click.group(invoke_without_command=True)
@click.pass_context
def outbox(context: click.Context) -> None:
    """What is still to happen, what was given up and why, and which scheduled acts fail. Exits 1 when a person must look."""
    ready()
    if context.invoked_subcommand:
        return
    from shouyue.desk.outbox import reads

    counts = reads.counts()
    click.echo("  ".join(f"{state}: {count}" for state, count in counts.items()))
    for row in reads.given_up():
        click.echo(f"given up #{row.id} {row.what} {row.payload} after {row.attempts} attempts: {row.reason}")
    failing = {name: (failed, why) for name, (_, failed, why) in reads.strikes().items() if why}
    for name, (failed, why) in failing.items():
        click.echo(f"failing {name} since {failed:%Y-%m-%d %H:%M:%S}: {why}")
    context.exit(1 if counts["given_up"] or failing else 0)


@outbox.command()
@click.argument("row", type=int)
def retry(row: int) -> None:
    """Try a row that was given up once more, from where it stopped. Mend the reason first."""
    from shouyue.desk.outbox.actions import try_again

    if not try_again(row=row, by="the administrator at the console", at=datetime.now(UTC)):
        raise click.ClickException(f"#{row} is not among what was given up; `shouyue outbox` lists it")
    click.echo(f"#{row} waits for a worker")
