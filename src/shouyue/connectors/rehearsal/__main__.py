"""Run the counterpart: python -m shouyue.connectors.rehearsal --port 8700 --corp var/wecom.json --callback URL

Writes the corp's ids and secrets into the file that the desk reads (SHOUYUE_WECOM), then serves on 127.0.0.1 until
stopped. A file that is there is used again, so that a restarted desk and counterpart still know each other.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import click

from shouyue.connectors.rehearsal.server import Rehearsal


@click.command()
@click.option("--port", type=int, default=0, help="0: any free one")
@click.option(
    "--corp", "file", type=click.Path(path_type=Path), help="write what the desk needs to know here"
)
@click.option(
    "--gateways",
    "doors",
    type=click.Path(path_type=Path),
    help="write addresses and secrets of the gateways here",
)
@click.option(
    "--gateway-callback", default="", help="the desk's address for gateways; the channel's name is added"
)
@click.option("--callback", default="", help="the desk's address for callbacks; tried until it answers")
@click.option("--pace", type=float, default=1.0, help="1: borrowers take their time; 0: all at once")
def main(
    port: int, file: Path | None, doors: Path | None, gateway_callback: str, callback: str, pace: float
) -> None:
    """WeCom's counterpart on this machine, with borrowers who type."""
    with Rehearsal(port=port, pace=pace) as running:
        if doors is not None:
            doors.touch(mode=0o600)
            doors.write_text(json.dumps(running.gateways, indent=2), encoding="utf-8")
        if file is not None:
            if file.exists():
                running.corp.be(file)
            fresh = file.with_name(f"{file.name}.new")
            running.settings.write(fresh)
            fresh.replace(file)
        for name in ("sms", "letter"):
            running.providers[name].tells = True
        for name, provider in running.providers.items():
            provider.url = f"{gateway_callback.rstrip('/')}/{name}" if gateway_callback else ""
        click.echo(f"{running.base}/rehearsal/phone")
        if callback:
            threading.Thread(target=_introduce, args=(running, callback), daemon=True).start()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


def _introduce(running: Rehearsal, callback: str) -> None:
    """The administrator saves the address again and again, until the desk is up."""
    while running.corp.caller.check(callback):
        time.sleep(0.5)


if __name__ == "__main__":
    main()
