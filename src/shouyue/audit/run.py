"""A history of any size against a pack: parted by debtor on disk, each part judged by the gate's own kinds.

A rule that counts must see a debtor's whole history, so rows are dealt into parts by debtor; a part fits in memory whatever
the size of the file. Parts are independent: `jobs` processes judge them side by side.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shouyue.audit.history import Broken, Layout, Share, read, settle, shares_of
from shouyue.policy.contacts import CHANNELS, Contacts
from shouyue.policy.decision import Effect
from shouyue.policy.pack import Pack, load_pack
from shouyue.policy.survey import survey, table_of_history
from shouyue.policy.table import Column
from shouyue.screening import screen_many

PART = 200_000  # rows of a part: small enough for the processor's caches, which is worth a fifth of the time
T = TypeVar("T")
SAMPLES = 20  # rows named for each rule in the report; the parquet names all
INTS = ("contact", "debtor", "person", "number", "at", "agency", "staff")
VIOLATION = pa.schema(
    [
        ("file", pa.int32()), ("row", pa.int64()), ("rule", pa.string()), ("effect", pa.string()), ("at", pa.timestamp("us", tz="UTC")),
        ("channel", pa.string()), ("staff", pa.int64()), ("debtor", pa.int64()),
    ]
)  # fmt: skip


@dataclass(slots=True)
class Found:
    """What one rule said about a history."""

    effect: str
    rows: int = 0
    unsure: int = 0
    staff: Counter[int] = field(default_factory=Counter)
    channel: Counter[str] = field(default_factory=Counter)
    hour: Counter[int] = field(default_factory=Counter)
    week: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[int, int, str]] = field(default_factory=list)  # file, row, time

    def add(self, other: Found) -> None:
        self.rows += other.rows
        self.unsure += other.unsure
        self.staff.update(other.staff)
        self.channel.update(other.channel)
        self.hour.update(other.hour)
        self.week.update(other.week)
        self.samples = sorted({*self.samples, *other.samples})[:SAMPLES]


@dataclass(slots=True)
class Audit:
    """The whole result. `rules` holds each rule that spoke or could not be judged, by id and effect."""

    pack: Pack
    files: list[str]
    contacts: int = 0
    debtors: int = 0
    flagged: int = 0  # contacts on which some rule blocks
    first: int = 0
    last: int = 0
    channel: Counter[str] = field(default_factory=Counter)
    staff: Counter[int] = field(default_factory=Counter)
    hour: Counter[int] = field(default_factory=Counter)
    names: dict[int, str] = field(default_factory=dict)
    rules: dict[tuple[str, str], Found] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    with_text: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    violations: Path | None = None


@dataclass(slots=True)
class Judged:
    """One part's share of the result."""

    contacts: int
    debtors: int
    flagged: int
    first: int
    last: int
    channel: Counter[str]
    staff: Counter[int]
    hour: Counter[int]
    rules: dict[tuple[str, str], Found]


def audit(
    files: Sequence[Path],
    *,
    pack: str,
    overlay: Path | None = None,
    told: Layout | None = None,
    zone: str = "",
    jobs: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    progress: Callable[[str, int, int], None] = lambda what, done, of: None,
    violations: Path | None = None,
) -> Audit:
    """Judge `files` under a pack. Raises UnreadableHistory; broken rows are in the result.

    `violations`: where to write a Parquet of every violation. `progress(what, done, of)` is called as work goes on.
    """
    loaded = load_pack(pack, overlay=overlay)
    result = Audit(loaded, [str(f) for f in files])
    layouts = [settle(path, told, zone) for path in files]
    with tempfile.TemporaryDirectory(prefix="shouyue-audit-") as folder, _processes(jobs) as pool:
        work = Path(folder)
        began = clock()
        parts = _deal_all(files, layouts, work, jobs, pool, result, progress)
        result.seconds["read"] = clock() - began
        began = clock()
        tasks = [
            (part, pack, overlay, work / f"violations-{n:05d}.parquet" if violations else None)
            for n, part in enumerate(parts)
        ]
        for n, judged in enumerate(_side_by_side(_judge, tasks, pool), start=1):
            _merge(result, judged)
            progress("judge", n, len(tasks))
        result.seconds["judge"] = clock() - began
        if violations:
            _gather(sorted(work.glob("violations-*.parquet")), violations)
            result.violations = violations
    return result


def _deal_all(
    files: Sequence[Path],
    layouts: Sequence[Layout],
    work: Path,
    jobs: int,
    pool: Executor | None,
    result: Audit,
    progress: Callable[[str, int, int], None],
) -> list[list[Path]]:
    """Deal rows into parts by debtor, as Arrow files on disk, `jobs` processes side by side; the files of each part.

    Each process reads a share of the rows; a Parquet file has several shares, any other file is one.
    """
    rows = _rows_about(files)
    count = max(1, min(512, rows // PART + 1))
    wanted = jobs if rows > PART else 1
    shares = [
        share
        for number, (path, layout) in enumerate(zip(files, layouts, strict=True))
        for share in shares_of(path, layout, number, wanted)
    ]
    tasks = [(share, work / f"{n:04d}", count) for n, share in enumerate(shares)]
    done = 0
    for dealt in _side_by_side(_deal, tasks, pool):
        result.names |= dealt.names
        result.broken += dealt.broken
        result.with_text = result.with_text or dealt.with_text
        done += dealt.rows
        progress("read", done, 0)
    pieces = sorted(work.glob("*/part-*.arrow"), key=lambda piece: (piece.name, piece.parent))
    return [list(group) for _, group in groupby(pieces, key=lambda piece: piece.name)]


@dataclass(slots=True)
class Dealt:
    """What one share brought besides its rows."""

    rows: int = 0
    names: dict[int, str] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    with_text: bool = False


def _deal(share: Share, folder: Path, count: int) -> Dealt:
    """Deal a share's rows into `count` parts by debtor, one Arrow file for each part in `folder`."""
    folder.mkdir()
    dealt = Dealt()
    writers: dict[int, pa.RecordBatchFileWriter] = {}
    sinks: list[Any] = []
    for batch in read(share, dealt.broken):
        dealt.names |= batch.names
        arrays = {name: pa.array(values) for name, values in batch.columns.items()}
        arrays["text"] = (
            batch.text.cast(pa.string())
            if batch.text is not None
            else pa.nulls(len(batch.columns["at"]), pa.string())
        )
        dealt.with_text = dealt.with_text or batch.text is not None
        table = pa.table(arrays)
        dealt.rows += table.num_rows
        for part, piece in _by_debtor(table, batch.columns["debtor"], count):
            if part not in writers:
                sink = pa.OSFile(str(folder / f"part-{part:05d}.arrow"), "wb")
                sinks.append(sink)
                writers[part] = pa.ipc.new_file(sink, piece.schema)
            writers[part].write_table(piece)
    for writer in writers.values():
        writer.close()
    for sink in sinks:
        sink.close()
    return dealt


def _by_debtor(table: pa.Table, debtor: Any, count: int) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each part. One stable sort by part, then slices: cheaper than a filter for each part."""
    if count == 1:
        yield 0, table
        return
    which = ((debtor * np.int64(-7046029254386353131) >> np.int64(33)) % count).astype(np.uint16)
    order = np.argsort(which, kind="stable")
    dealt = table.take(pa.array(order))
    ends = np.cumsum(np.bincount(which, minlength=count))
    for part, end in enumerate(ends.tolist()):
        begin = int(ends[part - 1]) if part else 0
        if end > begin:
            yield part, dealt.slice(begin, end - begin)


def _rows_about(files: Sequence[Path]) -> int:
    rows = 0
    for path in files:
        if path.suffix.lower() in {".parquet", ".pq"}:
            rows += pq.ParquetFile(path).metadata.num_rows
        else:
            rows += path.stat().st_size // 60
    return rows


def _side_by_side(act: Callable[..., T], tasks: list[tuple[Any, ...]], pool: Executor | None) -> Iterator[T]:
    """`act` of each task, in order, in this process or in those of the pool."""
    if pool is None or len(tasks) <= 1:
        yield from (act(*task) for task in tasks)
        return
    yield from pool.map(act, *zip(*tasks, strict=True))


@contextmanager
def _processes(jobs: int) -> Iterator[Executor | None]:
    """`jobs` processes for the whole audit, each with one thread; none for one job."""
    if jobs <= 1:
        yield None
        return
    with ProcessPoolExecutor(jobs, initializer=pa.set_cpu_count, initargs=(1,)) as pool:
        yield pool


@lru_cache(maxsize=4)
def _pack(name: str, overlay: Path | None) -> Pack:
    """Loaded once in each process, not once for each part."""
    return load_pack(name, overlay=overlay)


def _judge(pieces: list[Path], pack: str, overlay: Path | None, violations: Path | None) -> Judged:
    with ExitStack() as opened:
        sources = [opened.enter_context(pa.memory_map(str(piece))) for piece in pieces]
        table = pa.concat_tables([pa.ipc.open_file(source).read_all() for source in sources])
        columns = {name: table.column(name).to_numpy() for name in table.schema.names if name != "text"}
        texts = table.column("text")
        loaded = _pack(pack, overlay)
        order = np.lexsort((columns["contact"], columns["at"], columns["debtor"]))
        history = Contacts.sorted_from(**columns)
        facts = _words(texts, order) if texts.null_count < len(texts) else {}
        return judge(loaded, history, facts, violations)


def _words(texts: pa.ChunkedArray, order: Any) -> dict[str, Column]:
    """Columns of words: the text and its labels, read once for each distinct text."""
    encoded = texts.combine_chunks().dictionary_encode(null_encoding="encode")
    values = ["" if v is None else v for v in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy(zero_copy_only=False)[order]
    screened = screen_many(values, direction="outbound", by_rules=True)
    labels = [tuple(sorted(s.labels - {"clean", "neutral"})) for s in screened]
    identifiers = [tuple({"kind": str(i.kind), "owner": i.owner} for i in s.identifiers) for s in screened]
    return {
        "text": Column(values, codes),
        "labels": Column.few(labels, codes),
        "identifiers": Column.few(identifiers, codes),
    }


def judge(
    pack: Pack, history: Contacts, facts: dict[str, Column] | None = None, violations: Path | None = None
) -> Judged:
    """One sorted history, in memory."""
    local_hour = ((history.at // 1_000_000 + history.offset) // 3600 % 24).astype(np.int64)
    day = (history.at // 1_000_000 + history.offset) // 86_400
    week = (day + 3) // 7  # weeks begin on Monday; 1970-01-01 was a Thursday
    ours = np.isin(history.direction, [0, 2])
    rules: dict[tuple[str, str], Found] = {}
    flagged = np.zeros(len(history), np.bool_)
    pieces: list[pa.Table] = []
    for heard in survey(pack, table_of_history(pack, history, facts)):
        found = rules.setdefault((heard.rule.id, str(heard.effect)), Found(str(heard.effect)))
        found.unsure = max(found.unsure, heard.unsure)
        rows = heard.rows
        if not len(rows):
            continue
        found.rows += len(rows)
        found.staff += _count(history.staff[rows])
        found.channel += Counter({CHANNELS[c]: n for c, n in _count(history.channel[rows]).items()})
        found.hour += _count(local_hour[rows])
        found.week += Counter({_monday(w): n for w, n in _count(week[rows]).items()})
        ids = np.sort(history.contact[rows])[:SAMPLES]
        where = (
            {int(c): int(a) for c, a in zip(history.contact[rows], history.at[rows], strict=True)}
            if len(rows) <= SAMPLES
            else {}
        )
        found.samples = [(int(i) >> 40, int(i) & ((1 << 40) - 1), str(where.get(int(i), ""))) for i in ids]
        if heard.effect is Effect.BLOCK:
            flagged[rows] = True
        if violations is not None:
            pieces.append(_rows(heard.rule.id, str(heard.effect), history, rows))
    if violations is not None:
        pq.write_table(pa.concat_tables(pieces) if pieces else VIOLATION.empty_table(), violations)
    return Judged(
        contacts=len(history),
        debtors=len(np.unique(history.debtor)),
        flagged=int((flagged & ours).sum()),
        first=int(history.at.min()) if len(history) else 0,
        last=int(history.at.max()) if len(history) else 0,
        channel=Counter({CHANNELS[c]: n for c, n in _count(history.channel).items()}),
        staff=_count(history.staff),
        hour=_count(local_hour),
        rules=rules,
    )


def _count(values: Any) -> Counter[int]:
    found, counts = np.unique(values, return_counts=True)
    return Counter(dict(zip(found.tolist(), counts.tolist(), strict=True)))


def _monday(week: int) -> str:
    return str(np.datetime64(int(week) * 7 - 3, "D"))


def _rows(rule: str, effect: str, history: Contacts, rows: Any) -> pa.Table:
    contact = history.contact[rows]
    return pa.table(
        {
            "file": pa.array((contact >> 40).astype(np.int32)),
            "row": pa.array(contact & ((1 << 40) - 1)),
            "rule": pa.array([rule] * len(rows)),
            "effect": pa.array([effect] * len(rows)),
            "at": pa.array(history.at[rows]).cast(pa.timestamp("us", tz="UTC")),
            "channel": pa.array([CHANNELS[c] for c in history.channel[rows]]),
            "staff": pa.array(history.staff[rows].astype(np.int64)),
            "debtor": pa.array(history.debtor[rows]),
        },
        schema=VIOLATION,
    )


def _gather(parts: Sequence[Path], target: Path) -> None:
    with pq.ParquetWriter(target, VIOLATION) as writer:
        for part in parts:
            writer.write_table(pq.read_table(part))


def _merge(result: Audit, part: Judged) -> None:
    result.contacts += part.contacts
    result.debtors += part.debtors
    result.flagged += part.flagged
    result.first = min(filter(None, (result.first, part.first)), default=0)
    result.last = max(result.last, part.last)
    result.channel += part.channel
    result.staff += part.staff
    result.hour += part.hour
    for id, found in part.rules.items():
        if id in result.rules:
            result.rules[id].add(found)
        else:
            result.rules[id] = found
