"""`shouyue demo`: an invented lender's desk on this machine, with a counterpart of WeCom beside it, in one command."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

STARTS_WITHIN = 60  # seconds
PASSWORD = "demo-shouyue-2026"  # noqa: S105 — of invented people on a loopback address


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else any free port."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise click.ClickException("no free port on 127.0.0.1")


@click.command()
@click.option("--port", default=8000, show_default=True, help="Where the desk answers, if free.")
@click.option("--home", default="var/demo", show_default=True, help="Where its database and keys live.")
@click.option(
    "--rehearse", metavar="JOURNEY", help="Play a journey without a browser: friend-request, …, or all."
)
@click.option("--json", "as_json", is_flag=True, help="With --rehearse: print each step as one line of JSON.")
def demo(port: int, home: str, rehearse: str | None, as_json: bool) -> None:
    """Start a lender's desk with people, loans and a borrower who types; or rehearse its journeys."""
    if rehearse:
        from shouyue.cli.demo.rehearse import play

        raise SystemExit(play(rehearse, as_json=as_json))
    os.environ["SHOUYUE_HOME"] = str(Path(home).resolve())
    os.environ.setdefault("SHOUYUE_MODE", "demo")
    if os.environ["SHOUYUE_MODE"] != "demo":
        raise click.ClickException("the demonstration does not run with SHOUYUE_MODE=production")
    port = free_port(port)
    address = f"http://127.0.0.1:{port}"
    os.environ["SHOUYUE_ADDRESS"] = address
    counterpart = free_port(port + 1)
    corp = Path(os.environ["SHOUYUE_HOME"]) / "wecom.json"
    os.environ["SHOUYUE_WECOM"] = str(corp)
    gateways = Path(os.environ["SHOUYUE_HOME"]) / "gateways.json"
    os.environ["SHOUYUE_GATEWAYS"] = str(gateways)

    from shouyue.cli.desk import prepare

    prepare()
    from shouyue.cli.demo.lender import STAFF
    from shouyue.cli.demo.life import at_work

    at_work(at=datetime.now(UTC), password=PASSWORD)
    processes = [
        start(
            "counterpart",
            "-m",
            "shouyue.connectors.rehearsal",
            "--port",
            str(counterpart),
            "--corp",
            str(corp),
            "--callback",
            f"{address}/hooks/wecom",
            "--gateways",
            str(gateways),
            "--gateway-callback",
            f"{address}/hooks/gateway",
        ),
    ]
    until_there(corp, processes)
    stop_forbidden_words(corp, [person.wecom for person in STAFF if person.wecom])
    processes += [
        start("desk", "-m", "shouyue.cli", "serve", "--port", str(port)),
        start("worker", "-m", "shouyue.cli", "worker", "--quiet"),
    ]
    try:
        until_answers(f"{address}/accounts/login/", processes)
        introduce(address, f"http://127.0.0.1:{counterpart}/rehearsal/phone", STAFF)
        wait_for_the_end(processes)
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)


def stop_forbidden_words(corp: Path, members: list[str]) -> None:
    """The members' clients refuse the red lines, as an administrator would have set them."""
    from shouyue.cli.wecom import put_in_force
    from shouyue.connectors.wecom.corp import Corp

    put_in_force(Corp.read(corp), members)


def start(name: str, *words: str) -> subprocess.Popen[bytes]:
    log = Path(os.environ["SHOUYUE_HOME"]) / f"{name}.log"
    with log.open("ab") as file:
        return subprocess.Popen([sys.executable, *words], stdout=file, stderr=file)


def alive(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is not None:
            raise click.ClickException(
                f"a part of the demonstration stopped (exit {process.returncode}); see the logs in {os.environ['SHOUYUE_HOME']}"
            )


def until_there(path: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    began = time.monotonic()
    while not path.exists():
        alive(processes)
        if time.monotonic() - began > STARTS_WITHIN:
            raise click.ClickException(f"{path.name} did not appear within {STARTS_WITHIN} s")
        time.sleep(0.05)


def until_answers(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    began = time.monotonic()
    while True:
        alive(processes)
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
            return
        if time.monotonic() - began > STARTS_WITHIN:
            raise click.ClickException(f"{url} did not answer within {STARTS_WITHIN} s")
        time.sleep(0.1)


def introduce(address: str, phone: str, people: Any) -> None:
    """Where to look, and as whom."""
    click.echo(f"\n  守约 Shouyue   {address}")
    click.echo(f"  a borrower's phone   {phone}\n")
    click.echo("  account      role            name")
    for one in people:
        click.echo(f"  {one.username:<12} {one.role:<15} {one.name}")
    click.echo(f"\n  password of all: {PASSWORD}; or one click on the sign-in page. Ctrl-C ends it.\n")


def wait_for_the_end(processes: list[subprocess.Popen[bytes]]) -> None:
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            alive(processes)
            time.sleep(0.5)
    click.echo(json.dumps({"stopped": True}) if not sys.stdout.isatty() else "\nstopped")
