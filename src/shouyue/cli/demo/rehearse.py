"""`shouyue demo --rehearse JOURNEY`: play a journey against the counterpart, print each step with its seals.

Exit 0 only if every step happened and the evidence log verifies.
"""

from __future__ import annotations

from collections.abc import Callable

import click

from shouyue.cli.demo.journeys import court, friend_request, malicious_debtor
from shouyue.cli.demo.stage import Stage, must, set_up

JOURNEYS: dict[str, Callable[[Stage], None]] = {
    "friend-request": friend_request.play,
    "malicious-debtor": malicious_debtor.play,
    "court": court.play,
}


def play(which: str, *, as_json: bool) -> int:
    """Play one journey, or all of them, each on an empty desk. Returns the exit code."""
    if which != "all" and which not in JOURNEYS:
        raise click.ClickException(f"no journey {which!r}; there are {', '.join(JOURNEYS)} and all")
    ok = True
    for name in JOURNEYS if which == "all" else [which]:
        if not as_json:
            click.echo(click.style(f"\n{name}", bold=True))
        with set_up(as_json) as stage:
            try:
                JOURNEYS[name](stage)
                verify(stage)
            except Exception as why:
                if stage.ok:  # it was no step that failed
                    click.echo(f"{name}: {type(why).__name__}: {why}", err=True)
                ok = False
            ok = ok and stage.ok
    return 0 if ok else 1


def verify(stage: Stage) -> None:
    """Integrate, sign and publish the log, then check all of it again from what was stored."""
    from shouyue.desk.ledger import actions, reads

    with stage.step("the evidence log is integrated, published and verified") as shown:
        actions.catch_up(by="rehearsal", at=stage.at)
        checked = reads.verify_log()
        must(checked.ok, f"the log does not verify: {checked.problems}")
        shown |= {"entries": checked.size, "streams": checked.streams}
