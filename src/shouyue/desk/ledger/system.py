"""What the court asks about the system (rule EVR-2019.93): what ran, how it was, how it captures."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from cryptography.hazmat.backends.openssl import backend
from django.db import connection

from shouyue.desk.ledger import reads
from shouyue.evidence.package import ThreadShown

BESIDE = timedelta(hours=1)  # of the events: heartbeats before the first and after the last
LIBRARIES = ("cryptography", "django", "typst", "pyhanko", "dbos", "psycopg", "granian")


def now() -> dict[str, object]:
    """Versions and digests of the software, the database, the state of the log."""
    return {
        "database": f"{connection.vendor} {reads.database_version()}",
        "health": reads.health(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "machine": platform.machine(),
        "openssl": backend.openssl_version_text(),
        "python": platform.python_version(),
        "shouyue": version("shouyue"),
        "source_sha256": source_digest(),
        "system": f"{platform.system()} {platform.release()}",
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@lru_cache(maxsize=1)
def source_digest() -> str:
    """One digest over Shouyue's own Python files, each as its digest, two blanks and its name, sorted by name."""
    root = Path(str(files("shouyue")))
    rows = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root).as_posix()}\n"
        for path in sorted(root.rglob("*.py"))
    ]
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def around(threads: Sequence[ThreadShown]) -> dict[str, Any]:
    """How the desk was while these events happened: its sealed heartbeats, when there were none, alarms, and who acted."""
    entries = [shown.read for thread in threads for shown in thread.entries]
    operators = {
        part.content.decode("utf-8", "replace")
        for thread in threads
        for shown in thread.entries
        for part in shown.parts
        if part.name == "by" and part.content
    }
    if not entries:
        return {"alarms": [], "heartbeats": [], "operators": [], "silences": []}
    moments = [datetime.fromisoformat(entry.at) for entry in entries]
    return {
        "alarms": reads.alarms(),
        "heartbeats": reads.heartbeats(min(moments) - BESIDE, max(moments) + BESIDE),
        "operators": sorted(operators),
        "silences": reads.silences(min(moments), max(moments)),
    }


def procedure() -> bytes:
    """How messages are captured, kept and handed out, in Chinese and English."""
    return (files("shouyue.evidence") / "papers" / "procedure.md").read_bytes()
