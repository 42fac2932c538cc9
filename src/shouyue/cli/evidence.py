"""`shouyue evidence`: hand evidence out, check the log, show whom to trust."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
    if out.is_dir() or not os.access(out.parent, os.W_OK):
        raise click.ClickException(f"{out} cannot be written; name a file in a folder that is there")
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


@evidence.group(invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """The keys with which the log signs its heads: the principal one (Ed25519), and what stands beside it."""
    if context.invoked_subcommand:
        return
    ready()
    from shouyue.desk.ledger.keys import log_signers

    for signer in log_signers():
        click.echo(f"{signer.key.id.hex()}  {signer.key.kind}\n  {signer.key}")


@keys.command()
@click.argument("kind", type=click.Choice(["sm2", "ml-dsa-44"]))
@click.option("--by", "staff_no", required=True, help="Staff number of an administrator.")
@click.option("--reason", required=True, help="Why; sealed in the log.")
def add(kind: str, staff_no: str, reason: str) -> None:
    """Sign every head with one more key: SM2, or ML-DSA-44, which a quantum computer does not break. To replace a key, add
    another of its kind, hand its public half over, and retire the older one when everybody has it.
    """
    ready()
    from shouyue.desk.ledger import actions
    from shouyue.desk.ledger.actions.signing import add_key

    at, by = datetime.now(UTC), _keeper(staff_no)
    key = add_key(kind=kind, reason=reason, by=by, at=at)
    actions.catch_up(by=by, at=at)
    click.echo(f"{key.id.hex()}  {key.kind}\n  {key}")
    click.echo(
        "from now on it signs too; hand it over, and the new trust digest (shouyue evidence trust), by another road"
    )


@keys.command()
@click.argument("key_id")
@click.option("--by", "staff_no", required=True, help="Staff number of an administrator.")
@click.option("--reason", required=True, help="Why; sealed in the log.")
def retire(key_id: str, staff_no: str, reason: str) -> None:
    """Sign no more with this further key, and destroy its private half. What it signed stays valid."""
    ready()
    from shouyue.desk.ledger import actions
    from shouyue.desk.ledger.actions.signing import NoSuchKey, retire_key

    at, by = datetime.now(UTC), _keeper(staff_no)
    try:
        key = retire_key(key_id=key_id, reason=reason, by=by, at=at)
    except NoSuchKey as why:
        raise click.ClickException(f"{why}; see: shouyue evidence keys") from None
    actions.catch_up(by=by, at=at)
    click.echo(
        f"{key.id.hex()}  {key.kind}: retired; destroy the copies of its file on other machines and in backups"
    )


@evidence.command()
@click.option("--lift", is_flag=True, help="Publishing goes on: two people have looked.")
@click.option("--reason", default="", help="What was found, and why publishing may go on; sealed in the log.")
@click.option("--by", "staff_no", default="", help="Staff number of compliance, legal or audit.")
@click.option("--agreed", default="", help="Staff number of a second person of these who agrees.")
def alarm(lift: bool, reason: str, staff_no: str, agreed: str) -> None:
    """Say whether the log may be published; exit 1 while a witness's alarm stops it. With --lift let it go on.

    A witness raises it that was shown another history of this log. Sealing goes on meanwhile; nothing is published.
    """
    ready()
    from shouyue.desk.ledger import actions
    from shouyue.desk.ledger.reads import alarm_of_log, verify_log

    stands = alarm_of_log()
    if not lift:
        click.echo(f"publishing is stopped: {stands}" if stands else "no alarm: the log is published")
        sys.exit(1 if stands else 0)
    by, second = _allowed(staff_no, "lift_alarms"), _allowed(agreed, "lift_alarms")
    found = verify_log()
    if not found.ok:
        raise click.ClickException(
            f"the log does not agree with itself, so the alarm stays: {found.problems[0]}; see: shouyue evidence check"
        )
    try:
        was = actions.lift_alarm(reason=reason, agreed_by=second.staff_no, by=by, at=datetime.now(UTC))
    except actions.UnableToLift as why:
        raise click.ClickException(str(why)) from None
    click.echo(f"lifted, and sealed with both names; it was: {was}")


def _allowed(staff_no: str, act: str) -> Any:
    from django.core.exceptions import ObjectDoesNotExist

    from shouyue.desk.people import reads as people

    try:
        staff = people.staff_by_no(staff_no)
    except ObjectDoesNotExist:
        raise click.ClickException(
            f"there is nobody with the staff number {staff_no or '(none given)'}"
        ) from None
    if not people.may(staff, act):
        raise click.ClickException(f"{staff} ({staff.role}) may not do that; compliance, legal or audit may")
    return staff


def _keeper(staff_no: str) -> Any:
    from django.core.exceptions import ObjectDoesNotExist

    from shouyue.desk.people import reads as people

    try:
        staff = people.staff_by_no(staff_no)
    except ObjectDoesNotExist:
        raise click.ClickException(f"there is nobody with the staff number {staff_no}") from None
    if not people.may(staff, "keep_log_keys"):
        raise click.ClickException(
            f"{staff} ({staff.role}) may not change the log's keys; an administrator may"
        )
    return staff
