"""`shouyue erase`, `shouyue escrow`: forget a person, and keep the key of one who must not be forgotten in three hands."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from shouyue.cli.desk import ready

FILE = click.Path(dir_okay=False, path_type=Path)
PRESENT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("party", type=click.UUID)
@click.option(
    "--basis", required=True, help="Why: the term is over, the person asked for it, …; sealed in the log."
)
@click.option("--by", "staff_no", required=True, help="Staff number of compliance or legal.")
@click.option("--agreed", required=True, help="Staff number of a second person who agrees.")
@click.option("--look", is_flag=True, help="Only say what stands against it.")
def erase(party: UUID, basis: str, staff_no: str, agreed: str, look: bool) -> None:
    """Forget a person for good. A legal hold, an open matter or a period of law stands against it."""
    ready()
    from django.core.exceptions import ObjectDoesNotExist

    from shouyue.desk.erasure.actions import UnableToErase, erase_person
    from shouyue.desk.erasure.reads import obstacles
    from shouyue.desk.parties import reads as parties
    from shouyue.desk.people import reads as people

    at = datetime.now(UTC)
    try:
        if look:
            for line in obstacles(parties.get(party), at) or ["nothing stands against it"]:
                click.echo(line)
            return
        by, other = people.staff_by_no(staff_no), people.staff_by_no(agreed)
        erase_person(party=party, basis=basis, agreed=other, by=by, at=at)
    except ObjectDoesNotExist as nobody:
        raise click.ClickException(f"{nobody} Look at the id and the staff numbers.") from None
    except UnableToErase as why:
        raise click.ClickException(f"not erased: {why}") from None
    click.echo("erased; the log keeps that it was done, and every proof stays valid")


@click.group()
def escrow() -> None:
    """The keys of people under a legal hold, in the hands of three others, two of whom must come together."""


@escrow.command("key")
@click.argument("name")
@click.option(
    "--out",
    required=True,
    type=FILE,
    help="Where this holder's secret is written; it never leaves the holder.",
)
def escrow_key(name: str, out: Path) -> None:
    """Make a holder's key, on the holder's own machine, and print the line for SHOUYUE_ESCROW."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if out.exists():
        raise click.ClickException(f"{out} is there already; a key is never written over")
    if not name.isidentifier():
        raise click.ClickException("a holder's name is one word of letters and digits")
    key = X25519PrivateKey.generate()
    out.touch(mode=0o600)
    out.write_text(base64.b64encode(key.private_bytes_raw()).decode())
    click.echo(f"{name} {base64.b64encode(key.public_key().public_bytes_raw()).decode()}")


@escrow.command("share")
@click.argument("party", type=click.UUID)
@click.argument("name")
@click.option("--out", required=True, type=FILE, help="The file to take away.")
def escrow_share(party: UUID, name: str, out: Path) -> None:
    """Write what a holder keeps of a person's key, for that holder to take away; nobody else can open it."""
    ready()
    from shouyue.desk.vault.reads import shares_of

    found = shares_of(party)
    if name not in found:
        raise click.ClickException(
            f"of this person's key {', '.join(found) or 'nobody'} keeps a share, not {name}"
        )
    out.write_text(
        json.dumps({"party": str(party), "holder": name, "share": base64.b64encode(found[name]).decode()})
    )
    click.echo(f"{out}: for {name}")


@escrow.command("open")
@click.argument("share", type=PRESENT)
@click.option("--key", required=True, type=PRESENT, help="The holder's secret.")
@click.option("--out", required=True, type=FILE, help="Where the opened half is written.")
def escrow_open(share: Path, key: Path, out: Path) -> None:
    """Open one's own share, on one's own machine. What comes out is half of a key: hand it over in person."""
    ready()
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from shouyue.desk.vault.escrow import NoEscrow, about, open_share

    try:
        kept = json.loads(share.read_text())
        private = X25519PrivateKey.from_private_bytes(base64.b64decode(key.read_text(), validate=True))
        halves = open_share(base64.b64decode(kept["share"]), private, about(UUID(kept["party"])))
    except NoEscrow as wrong:
        raise click.ClickException(str(wrong)) from None
    except (ValueError, KeyError, TypeError) as wrong:
        raise click.ClickException(f"{share} or {key} is not what `escrow` wrote: {wrong}") from None
    out.touch(mode=0o600)
    out.write_text(json.dumps({"party": kept["party"], "holder": kept["holder"], "halves": halves}))
    click.echo(f"{out}: bring it together with another holder")


@escrow.command("unite")
@click.argument("opened", type=PRESENT, nargs=2)
@click.option("--by", "staff_no", required=True, help="Staff number of who puts the key back.")
@click.option("--why", required=True, help="Why the key is taken out of escrow; sealed in the log.")
def escrow_unite(opened: tuple[Path, Path], staff_no: str, why: str) -> None:
    """Put a person's key back, from what two holders opened."""
    ready()
    from django.core.exceptions import ObjectDoesNotExist

    from shouyue.desk.erasure.actions import reopen
    from shouyue.desk.people import reads as people
    from shouyue.desk.vault.escrow import NoEscrow

    try:
        brought = [json.loads(path.read_text()) for path in opened]
        parties = {UUID(one["party"]) for one in brought}
        halves = {str(one["holder"]): dict(one["halves"]) for one in brought}
        if len(parties) != 1:
            raise NoEscrow("these two are about different people")
        by = people.staff_by_no(staff_no)
        reopen(subject=parties.pop(), opened=halves, why=why, by=by, at=datetime.now(UTC))
    except (NoEscrow, ObjectDoesNotExist) as wrong:
        raise click.ClickException(str(wrong)) from None
    except (ValueError, KeyError, TypeError) as wrong:
        raise click.ClickException(f"this is not what `escrow open` wrote: {wrong}") from None
    click.echo("the key stands again")
