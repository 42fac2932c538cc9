"""`shouyue witness`: a small witness server for a partner's log. It needs no database and none of the desk."""

from __future__ import annotations

import os
import re
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from shouyue.connectors.witnessing import LARGEST_REQUEST, Answer, Witness
from shouyue.evidence.checkpoint import Cosigner, LatticeCosigner, VerifierKey


@click.command()
@click.option("--name", required=True, help="This witness's name: an address without https://, for ever.")
@click.option("--log", "logs", multiple=True, required=True, help="A log to watch: its verifier key.")
@click.option(
    "--home", required=True, type=click.Path(path_type=Path), help="Where the key and what was seen are kept."
)
@click.option("--ml-dsa", is_flag=True, help="Sign with ML-DSA-44, which a quantum computer does not break.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8600, show_default=True, help="0 chooses a free one.")
def witness(name: str, logs: tuple[str, ...], home: Path, ml_dsa: bool, address: str, port: int) -> None:
    """Cosign other logs' checkpoints as long as they only grow.

    Run it on another machine, by other people, with another key: only then does it prove something. Put TLS in front.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    cosigner = (
        LatticeCosigner(name, _seed(home / "key-ml-dsa")) if ml_dsa else Cosigner(name, _seed(home / "key"))
    )
    own = Witness(cosigner, [VerifierKey.parse(log) for log in logs], home / "seen")

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def do_POST(self) -> None:
            size = self.headers.get("content-length", "")
            if self.path != "/add-checkpoint":
                self._answer(Answer(404, b""))
            elif not size.isdecimal() or int(size) > LARGEST_REQUEST:
                self._answer(Answer(400, b"a body of known, moderate length is needed\n"))
            else:
                self._answer(own.add(self.rfile.read(int(size)), int(time.time())))

        def do_GET(self) -> None:
            found = re.fullmatch("/([0-9a-f]{64})/checkpoint", self.path)
            note = own.folder / found[1] if found else None
            self._answer(Answer(200, note.read_bytes()) if note and note.exists() else Answer(404, b""))

        def _answer(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("content-type", answer.type)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((address, port), Handler)
    click.echo(f"witness {own.cosigner.key}")
    click.echo(f"http://{address}:{server.server_address[1]}")
    server.serve_forever()


def _seed(path: Path) -> bytes:
    if not path.exists():
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()
