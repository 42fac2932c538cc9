"""Rows dealt into parts by debtor, as Arrow files on disk: a rule that counts must see a debtor's whole history, and a part
fits in memory whatever the size of the file. Each process reads a share of the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shouyue.audit.history import BrokenRows, Layout, Share, read, shares_of

PART = 200_000  # rows of a part: small enough for the processor's caches, which is worth a fifth of the time
SHARE = 500_000  # rows of a share: so many at least, unless there are fewer shares than processes
T = TypeVar("T")
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Dealt:
    """What was read besides the rows."""

    rows: int = 0
    names: dict[int, str] = field(default_factory=dict)
    broken: BrokenRows = field(default_factory=BrokenRows)
    with_text: bool = False

    def add(self, other: Dealt) -> None:
        self.rows += other.rows
        self.names |= other.names
        self.broken.add(other.broken)
        self.with_text = self.with_text or other.with_text


def deal(
    files: Sequence[Path],
    layouts: Sequence[Layout],
    work: Path,
    jobs: int,
    pool: Executor | None,
    progress: Progress,
) -> tuple[list[list[Path]], Dealt]:
    """The files of each part. A Parquet file has several shares, any other file is one."""
    rows, sure = _rows_about(files)
    count = max(1, min(512, rows // PART + 1))
    wanted = max(jobs, min(32, rows // SHARE)) if rows > PART else 1
    shares = [
        share
        for number, (path, layout) in enumerate(zip(files, layouts, strict=True))
        for share in shares_of(path, layout, number, wanted)
    ]
    whole = Dealt()
    tasks = [(share, work / f"{n:04d}", count) for n, share in enumerate(shares)]
    if pool is None or len(tasks) == 1:
        for task in tasks:
            before = whole.rows
            whole.add(_deal(*task, partial(_tell, progress, before, rows * sure)))
    else:
        for dealt in side_by_side(_deal, tasks, pool):
            whole.add(dealt)
            progress("read", whole.rows, rows * sure)
    pieces = sorted(work.glob("*/part-*.arrow"), key=lambda piece: (piece.name, piece.parent))
    return [list(group) for _, group in groupby(pieces, key=lambda piece: piece.name)], whole


def _tell(progress: Progress, before: int, of: int, rows: int) -> None:
    progress("read", before + rows, of)


def _deal(share: Share, folder: Path, count: int, told: Callable[[int], None] = lambda rows: None) -> Dealt:
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
        told(dealt.rows)
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


def _rows_about(files: Sequence[Path]) -> tuple[int, bool]:
    """How many rows there are, and whether that is known or a guess by the size of the files."""
    rows, sure = 0, True
    for path in files:
        if path.suffix.lower() in {".parquet", ".pq"}:
            rows += pq.ParquetFile(path).metadata.num_rows
        else:
            rows, sure = rows + path.stat().st_size // 60, False
    return rows, sure


def side_by_side(act: Callable[..., T], tasks: list[tuple[Any, ...]], pool: Executor | None) -> Iterator[T]:
    """`act` of each task, in order, in this process or in those of the pool."""
    if pool is None or len(tasks) <= 1:
        yield from (act(*task) for task in tasks)
        return
    yield from pool.map(act, *zip(*tasks, strict=True))


@contextmanager
def processes(jobs: int) -> Iterator[Executor | None]:
    """`jobs` processes for the whole work, each with one thread; none for one job."""
    if jobs <= 1:
        yield None
        return
    with ProcessPoolExecutor(jobs, initializer=pa.set_cpu_count, initargs=(1,)) as pool:
        yield pool
