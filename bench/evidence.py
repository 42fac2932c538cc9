"""Speed of the evidence log: sealing, integrating, proofs, checking, and a thread of 10,000 messages handed out.

On an embedded database in a fresh folder, `synchronous=FULL`, so each transaction waits for the disk.
`python -m bench.evidence --offered` runs only the part in which events come at a rate of their own.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from shouyue.evidence.scan import PublishedFolder, scan
from shouyue.evidence.standalone import on_all_cores

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def say(what: str, value: str) -> None:
    print(f"{what:<58} {value}", flush=True)


def rate(count: int, act: Callable[[], object]) -> str:
    """How many in a second by the clock, and in a second of processor time: the second does not move with the machine's load."""
    began, used = time.perf_counter(), cpu()
    act()
    passed, worked = time.perf_counter() - began, cpu() - used
    return f"{count / passed:,.0f}/s by the clock   {count / worked:,.0f} a processor second"


def cpu() -> float:
    """Processor time of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def times(acts: Sequence[Callable[[], object]]) -> str:
    """Each by the clock, and by processor time, which does not wait for others."""
    taken, worked = [], []
    for act in acts:
        began, used = time.perf_counter(), time.process_time()
        act()
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - used) * 1000)

    def both(values: list[float]) -> str:
        values.sort()
        return f"p50 {statistics.median(values):.2f} ms, p99 {values[int(len(values) * 0.99)]:.2f} ms"

    return f"{both(taken)} by the clock   {both(worked)} of the processor"


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
            "inclusion proof from tiles at 10^8 entries, the first of all",
            times([lambda i=i: tree.inclusion_proof(i, size, read) for i in wanted]),
        )
        known: tree.Known = {}
        say(
            "the same, one after the other in one tree, anywhere",
            times([lambda i=i: tree.inclusion_proof(i, size, read, known) for i in wanted]),
        )
        say("proof file at 10^8 entries, one signature", f"{max(map(len, proofs))} bytes")
    with tempfile.TemporaryDirectory() as folder:
        size, entry = 2**19, random.Random(3).randbytes(231)
        for number in range(size // tree.WIDTH):
            path = Path(folder, tree.tile_path("entries", number))
            path.parent.mkdir(parents=True, exist_ok=True)
            first = number * tree.WIDTH
            path.write_bytes(tree.bundle(i.to_bytes(4) + entry[4:] for i in range(first, first + tree.WIDTH)))
        published = PublishedFolder(folder)
        say(f"a published log of {size:,} read whole, one core", rate(size, lambda: scan(published, size)))
        say("the same, a process for each core", rate(size, lambda: on_cores(published, size)))


def desk() -> None:
    with empty_desk():
        _desk()
        offered()


@contextlib.contextmanager
def empty_desk(database: str = "") -> Iterator[None]:
    """A fresh home with an embedded database, or an empty one at this address, tables and nothing in them."""
    home = tempfile.mkdtemp(prefix="shouyue-bench-")
    os.environ |= {
        "SHOUYUE_HOME": home,
        "SHOUYUE_DATABASE": database,
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

    say("seal, 500 in a transaction", rate(10_000, lambda: many(10_000, "thread:long")))
    waiting = 11_001
    say("integrate and sign", rate(waiting, lambda: integrate_all(actions)))
    say(
        "publish as files, fsync",
        rate(waiting, lambda: actions.publish(by="bench", at=AT)),
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
    began, used = time.perf_counter(), cpu()
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
        f"{taken:.1f} s ({cpu() - used:.1f} of the processor), {len(made.package) / 2**20:.0f} MiB",
    )
    began, used = time.perf_counter(), cpu()
    report = verify(unpack(made.package), at="now")
    say(
        "check of that package",
        f"{time.perf_counter() - began:.1f} s ({cpu() - used:.1f} of the processor), exit {report.exit_code}",
    )
    each = 15 * actions.BATCH
    say(f"seal and integrate at once, {actions.BATCH} in a batch", rate(each, lambda: at_once("a", each)))
    say("the same, two processes", rate(2 * each, lambda: two_at_once(each)))
    people = 2 * actions.BATCH
    say("the same, each about another person, never seen", rate(people, lambda: of_many("new", people)))
    say("the same people again", rate(people, lambda: of_many("new", people)))
    say("publish these", rate(3 * each + 2 * people, lambda: actions.publish(by="bench", at=AT)))
    grown = actions.reads.log_size()
    published = PublishedFolder(str(settings.LOG_FILES))
    say("read the whole published log again, one core", rate(grown, lambda: scan(published, grown)))


def on_cores(published: PublishedFolder, size: int) -> None:
    with on_all_cores() as spread:
        scan(published, size, spread=spread)


def at_once(name: str, count: int) -> None:
    """Seal so many of our own streams, some four hundred bytes of words each, as fast as one process can."""
    from shouyue.desk.ledger import actions

    person = uuid.UUID(int=2)
    for first in range(0, count, actions.BATCH):
        facts = [
            actions.Fact(
                "msg.in/received",
                f"thread:{name}{n % 50}",
                person,
                {"body": f"第{n}条：我周五还款。", "sender": "13800000001"},
            )
            for n in range(first, first + actions.BATCH)
        ]
        actions.seal_at_once(facts, by="wecom", at=AT)


def of_many(name: str, count: int) -> None:
    """As `at_once`, where each entry stands in a stream of its own, about a person of its own."""
    from shouyue.desk.ledger import actions

    for first in range(0, count, actions.BATCH):
        facts = [
            actions.Fact(
                "msg.in/received",
                f"thread:{name}{n}",
                uuid.UUID(int=1000 + n),
                {"body": f"第{n}条：我周五还款。", "sender": "13800000001"},
            )
            for n in range(first, first + actions.BATCH)
        ]
        actions.seal_at_once(facts, by="wecom", at=AT)


def two_at_once(each: int) -> None:
    from django.db import connections

    connections.close_all()
    writers = [multiprocessing.get_context("fork").Process(target=at_once, args=(n, each)) for n in "bc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        if writer.exitcode:
            raise RuntimeError(f"a writer ended with {writer.exitcode}")


# --- events that come at a rate of their own ---

RATES = (1_000, 2_000, 5_000, 10_000, 15_000, 20_000)
THREADS = 500  # of as many people
HELD = 0.5  # s: who ends with less than this in waiting has held the rate


class OnTheClock:
    """The clock on the wall: other work of the machine and the disk count."""

    words = "by the clock"

    def now(self) -> float:
        return time.perf_counter()

    def until(self, moment: float) -> None:
        time.sleep(max(0.0, moment - self.now()))


class OnOneProcessor:
    """A clock that runs while this process computes and jumps while it waits: one free core, and a disk that takes no time."""

    words = "of the processor"

    def __init__(self) -> None:
        self.jumped = 0.0

    def now(self) -> float:
        return time.process_time() + self.jumped

    def until(self, moment: float) -> None:
        self.jumped += max(0.0, moment - self.now())


def offered() -> None:
    """Accept → sealed: each event from its own moment of arrival until the commit that seals it and gives it its place.

    Open loop: events arrive evenly, whether or not those before them are done; whenever the writer is free it takes all that have
    come, at most a batch. A rate that is not held shows as a queue that grows.
    """
    from shouyue.desk.ledger import actions

    actions.seal_at_once(
        [arrived(n) for n in range(THREADS)], by="bench", at=AT
    )  # the streams and keys are there
    for clock in (OnOneProcessor(), OnTheClock()):
        for per_second in RATES:
            say(
                f"accept → sealed at {per_second:,}/s, {clock.words}",
                told(per_second, [loop(per_second, clock)]),
            )
    for per_second in RATES:
        say(f"accept → sealed at {per_second:,}/s, two writers", told(per_second, two_writers(per_second)))


def arrived(n: int) -> Any:
    from shouyue.desk.ledger import actions

    who = n % THREADS
    words = {"body": f"第{n}条：我周五还款。", "sender": "13800000001"}
    return actions.Fact("msg.in/received", f"thread:offered{who}", uuid.UUID(int=10_000 + who), words)


class Loop(NamedTuple):
    """What each event waited, in how many batches, and what still waited at the end, in seconds."""

    waited: list[float]
    batches: int
    behind: float


def loop(
    per_second: int, clock: OnTheClock | OnOneProcessor, *, seconds: float = 4.0, mine: int = 0, of: int = 1
) -> Loop:
    """So many events a second for so long; of `of` writers this is number `mine` and takes every `of`-th."""
    from shouyue.desk.ledger import actions

    waited: list[float] = []
    batches, numbers = 0, range(mine, round(per_second * seconds), of)
    facts = [arrived(n) for n in numbers]  # whoever hands them over made them
    began = clock.now()
    while (taken := len(waited)) < len(numbers) and clock.now() < began + 2 * seconds:
        come = min(len(numbers), (int((clock.now() - began) * per_second) - mine) // of + 1)
        if come <= taken:
            clock.until(began + numbers[taken] / per_second)
            continue
        batch = range(taken, min(come, taken + actions.BATCH))
        actions.seal_at_once(facts[batch.start : batch.stop], by="wecom", at=AT)
        sealed = clock.now()
        waited += [sealed - (began + numbers[n] / per_second) for n in batch]
        batches += 1
    last = numbers[len(waited) - 1] if waited else 0
    return Loop(waited, batches, clock.now() - (began + last / per_second))


def two_writers(per_second: int) -> list[Loop]:
    """The same events for two processes, each with people of its own, on two cores and into one log."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as writers:
        return writers.starmap(_one_of_two, [(per_second, 0), (per_second, 1)], chunksize=1)


def _one_of_two(per_second: int, mine: int) -> Loop:
    return loop(per_second, OnTheClock(), mine=mine, of=2)


def told(per_second: int, loops: Sequence[Loop]) -> str:
    waited = sorted(one for found in loops for one in found.waited)
    p50, p99 = statistics.median(waited) * 1000, waited[int(len(waited) * 0.99)] * 1000
    held = f"{len(waited) / sum(found.batches for found in loops):.0f} in a batch"
    behind = max(found.behind for found in loops)
    if behind > HELD:
        held = f"NOT HELD: {behind:.1f} s behind at the end"
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms; {held}"


def integrate_all(actions: object) -> None:
    while actions.integrate(by="bench", at=AT):  # type: ignore[attr-defined]
        pass


def main() -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if "--offered" in sys.argv:
        with empty_desk():
            offered()
        return
    library()
    desk()


if __name__ == "__main__":
    main()
