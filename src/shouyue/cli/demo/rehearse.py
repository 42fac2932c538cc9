"""`shouyue demo --rehearse JOURNEY`: play a journey against the counterpart, print each step with its seals.

Exit 0 only if every step happened and the evidence log verifies.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import click

from shouyue.cli.demo.journeys import (
    agency_recalled,
    court,
    drill,
    expired_certificate,
    friend_request,
    guarantor,
    hardship,
    held_message,
    malicious_debtor,
    suit,
)
from shouyue.cli.demo.stage import Stage, must, set_up

JOURNEYS: dict[str, Callable[[Stage], None]] = {
    "friend-request": friend_request.play,
    "malicious-debtor": malicious_debtor.play,
    "hardship": hardship.play,
    "court": court.play,
    "expired-certificate": expired_certificate.play,
    "held-message": held_message.play,
    "suit": suit.play,
    "guarantor": guarantor.play,
    "agency-recalled": agency_recalled.play,
    "drill": drill.play,
}


def play(which: str, *, as_json: bool) -> int:
    """Play one journey, or all of them, each on an empty desk. Returns the exit code."""
    if which != "all" and which not in JOURNEYS:
        raise click.ClickException(f"no journey {which!r}; there are {', '.join(JOURNEYS)} and all")
    if (
        which == "all"
    ):  # each in a process of its own: settings, and with them home and database, are read once a process
        words = [sys.executable, "-m", "shouyue.cli", "demo", *(["--json"] if as_json else []), "--rehearse"]
        return max(subprocess.run([*words, name]).returncode for name in JOURNEYS)
    if not as_json:
        click.echo(click.style(f"\n{which}", bold=True))
    with set_up(as_json) as stage:
        try:
            JOURNEYS[which](stage)
            verify(stage)
        except Exception as why:
            if stage.ok:  # it was no step that failed
                click.echo(f"{which}: {type(why).__name__}: {why}", err=True)
            return 1
        return 0 if stage.ok else 1


def verify(stage: Stage) -> None:
    """Integrate, sign and publish the log, then check all of it again from what was stored."""
    from shouyue.desk.ledger import actions, reads

    with stage.step("the evidence log is integrated, published and verified") as shown:
        actions.catch_up(by="rehearsal", at=stage.at)
        checked = reads.verify_log()
        must(checked.ok, f"the log does not verify: {checked.problems}")
        shown |= {"entries": checked.size, "streams": checked.streams}
