"""A history of any size against a pack: parted by debtor on disk, each part judged by the gate's own kinds.

Parts are independent: `jobs` processes read and judge side by side. Memory is that of one part a process, whatever the size
of the files.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from shouyue.audit.deal import Progress, deal, processes, side_by_side
from shouyue.audit.history import BrokenRows, Layout, refuse_copies, settle
from shouyue.audit.judge import VIOLATION, Found, Judged, judge_part, read_part
from shouyue.policy.contacts import Contacts
from shouyue.policy.pack import Pack, load_pack
from shouyue.policy.table import Column


@dataclass(slots=True)
class Audit:
    """The whole result. `rules` holds each rule that spoke or could not be judged, by id and effect."""

    pack: Pack
    files: list[str]
    contacts: int = 0
    debtors: int = 0
    flagged: int = 0  # contacts of ours on which some rule blocks
    first: int = 0
    last: int = 0
    channel: Counter[str] = field(default_factory=Counter)
    staff: Counter[int] = field(default_factory=Counter)
    hour: Counter[int] = field(default_factory=Counter)
    names: dict[int, str] = field(default_factory=dict)
    rules: dict[tuple[str, str], Found] = field(default_factory=dict)
    broken: BrokenRows = field(default_factory=BrokenRows)
    with_text: bool = False
    layouts: list[Layout] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    violations: Path | None = None


def _silent(what: str, done: int, of: int) -> None:
    pass


def audit(
    files: Sequence[Path],
    *,
    pack: str,
    overlay: Path | None = None,
    told: Layout | None = None,
    zone: str = "",
    jobs: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    progress: Progress = _silent,
    violations: Path | None = None,
) -> Audit:
    """Judge `files` under a pack. Raises UnreadableHistory; broken rows are in the result.

    `violations`: where to write a Parquet of every violation. `progress(what, done, of)` is called as work goes on; `of` is 0
    where nobody knows.
    """
    result = Audit(load_pack(pack, overlay=overlay), [str(f) for f in files])
    refuse_copies(files)
    result.layouts = [settle(path, told, zone) for path in files]
    with tempfile.TemporaryDirectory(prefix="shouyue-audit-") as folder, processes(jobs) as pool:
        work = Path(folder)
        began = clock()
        parts, dealt = deal(files, result.layouts, work, jobs, pool, progress)
        result.names, result.broken, result.with_text = dealt.names, dealt.broken, dealt.with_text
        result.seconds["read"] = clock() - began
        began = clock()
        tasks = [
            (part, pack, overlay, work / f"violations-{n:05d}.parquet" if violations else None)
            for n, part in enumerate(parts)
        ]
        for n, judged in enumerate(side_by_side(judge_part, tasks, pool), start=1):
            _merge(result, judged)
            progress("judge", n, len(tasks))
        result.seconds["judge"] = clock() - began
        if violations:
            _gather(sorted(work.glob("violations-*.parquet")), violations)
            result.violations = violations
    return result


@contextmanager
def in_parts(
    files: Sequence[Path], *, told: Layout | None = None, zone: str = "", progress: Progress = _silent
) -> Iterator[tuple[Iterator[tuple[Contacts, dict[str, Column]]], BrokenRows]]:
    """The contacts of the files, part by part, each debtor whole in one of them; and the rows that are none."""
    refuse_copies(files)
    layouts = [settle(path, told, zone) for path in files]

    def each(parts: list[list[Path]]) -> Iterator[tuple[Contacts, dict[str, Column]]]:
        for pieces in parts:
            with read_part(pieces) as part:
                yield part

    with tempfile.TemporaryDirectory(prefix="shouyue-parts-") as folder:
        parts, dealt = deal(files, layouts, Path(folder), 1, None, progress)
        yield each(parts), dealt.broken


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
    result.channel.update(part.channel)
    result.staff.update(part.staff)
    result.hour.update(part.hour)
    for id, found in part.rules.items():
        if id in result.rules:
            result.rules[id].add(found)
        else:
            result.rules[id] = found
