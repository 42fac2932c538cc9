"""Speed of the evidence log: sealing, integrating, proofs, checking, and a thread of 10,000 messages handed out.

On an embedded database in a fresh folder, `synchronous=FULL`, so each transaction waits for the disk.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def say(what: str, value: str) -> None:
    print(f"{what:<58} {value}", flush=True)


def rate(count: int, act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return count / (time.perf_counter() - began)


def times(acts: Sequence[Callable[[], object]]) -> str:
    taken = []
    for act in acts:
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return f"p50 {statistics.median(taken):.2f} ms   p99 {taken[int(len(taken) * 0.99)]:.2f} ms"


def library() -> None:
    from shouyue.evidence import tree
    from shouyue.evidence.checkpoint import Checkpoint, FileSigner, sign_checkpoint
    from shouyue.evidence.proof import Proof

    size, block = 100_000_000, random.Random(1).randbytes(8192)
    note = sign_checkpoint(
        Checkpoint("desk.example/log", size, b"r" * 32), [FileSigner("desk.example/log", b"1" * 32)]
    )
    with tempfile.TemporaryDirectory() as folder:  # 8 KiB a tile, read from files as the published log is
        for n in range(64):
            Path(folder, str(n)).write_bytes(block)

        def read(level: int, number: int) -> bytes:
            return Path(folder, str((level * 31 + number) % 64)).read_bytes()

        draw = random.Random(2)
        wanted = [draw.randrange(size) for _ in range(400)]
        proofs = [
            Proof(i, tuple(tree.inclusion_proof(i, size, read)), note.to_bytes()).to_bytes()
            for i in wanted[:20]
        ]
        say(
            "inclusion proof from tiles at 10^8 entries",
            times([lambda i=i: tree.inclusion_proof(i, size, read) for i in wanted]),
        )
        say("proof file at 10^8 entries, one signature", f"{max(map(len, proofs))} bytes")
    entries = [b'{"a":"received","n":%d' % n + b"x" * 560 + b"}" for n in range(200_000)]
    say(
        "check of a log's entries against its root, one core",
        f"{rate(len(entries), lambda: follow(entries)):,.0f} entries/s",
    )
    with ProcessPoolExecutor(2) as pool:
        halves = [entries[:100_000], entries[100_000:]]
        list(pool.map(follow, [h[:10] for h in halves]))
        say(
            "the same, two processes, entries handed over",
            f"{rate(len(entries), lambda: list(pool.map(follow, halves))):,.0f} entries/s",
        )


def follow(entries: Sequence[bytes]) -> bytes:
    from shouyue.evidence.tree import leaf_hash, root_of

    return root_of([leaf_hash(entry) for entry in entries])


def desk() -> None:
    with empty_desk():
        _desk()


@contextlib.contextmanager
def empty_desk() -> Iterator[None]:
    """A fresh home with an embedded database, tables and nothing in them."""
    home = tempfile.mkdtemp(prefix="shouyue-bench-")
    os.environ |= {
        "SHOUYUE_HOME": home,
        "SHOUYUE_DATABASE": "",
        "SHOUYUE_MODE": "demo",
        "SHOUYUE_TIME_URL": "",
    }
    os.environ["DJANGO_SETTINGS_MODULE"] = "shouyue.desk.settings"
    try:
        import django

        django.setup()
        from django.apps import apps
        from django.db import connection

        with connection.schema_editor() as editor:
            for table in apps.get_models():
                editor.create_model(table)
        yield
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _desk() -> None:
    from django.conf import settings
    from django.db import transaction

    from shouyue.desk.ledger import actions, export
    from shouyue.evidence.container import unpack
    from shouyue.evidence.verify import verify

    person = uuid.UUID(int=1)

    def seal(n: int, stream: str) -> None:
        parts = {"body": f"第{n}条：我周五还款。", "sender": "13800000001"}
        actions.seal("msg.in/received", stream=stream, subject=person, parts=parts, by="wecom", at=AT)

    def one(n: int) -> None:
        with transaction.atomic():
            seal(n, f"thread:{n % 50}")

    one(0)
    say("seal, one transaction each", times([lambda n=n: one(n) for n in range(1000)]))

    def many(count: int, stream: str) -> None:
        for first in range(0, count, 500):
            with transaction.atomic():
                for n in range(first, min(first + 500, count)):
                    seal(n, stream)

    say("seal, 500 in a transaction", f"{rate(10_000, lambda: many(10_000, 'thread:long')):,.0f} entries/s")
    waiting = 11_001
    say("integrate and sign", f"{rate(waiting, lambda: integrate_all(actions)):,.0f} entries/s")
    say(
        "publish as files, fsync",
        f"{rate(waiting, lambda: actions.publish(by='bench', at=AT)):,.0f} entries/s",
    )
    size = sum(
        path.stat().st_size
        for path in (settings.LOG_FILES / "tile").rglob("*")
        if path.is_file() and "entries" not in str(path)
    )
    bundles = sum(
        path.stat().st_size for path in (settings.LOG_FILES / "tile/entries").rglob("*") if path.is_file()
    )
    say("tree on disk", f"{size / waiting:.1f} bytes an entry")
    say("entries on disk", f"{bundles / waiting:.0f} bytes an entry")
    say(
        "database",
        f"{(settings.HOME / 'desk.sqlite3').stat().st_size / waiting:.0f} bytes an entry, words and indexes included",
    )
    began = time.perf_counter()
    made = export.export(
        exhibits=[export.Exhibit("thread:long", "张伟", "微信客服", "诉讼")],
        title="张伟",
        purpose="诉讼",
        reason="起诉",
        by="bench",
        at=AT,
    )
    taken = time.perf_counter() - began
    say(
        "export of a thread of 10,000 messages, book included",
        f"{taken:.1f} s, {len(made.package) / 2**20:.0f} MiB",
    )
    began = time.perf_counter()
    report = verify(unpack(made.package), at="now")
    say("check of that package", f"{time.perf_counter() - began:.1f} s, exit {report.exit_code}")


def integrate_all(actions: object) -> None:
    while actions.integrate(by="bench", at=AT):  # type: ignore[attr-defined]
        pass


def main() -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    library()
    desk()
