"""How fast a history is judged: rows a second, by phase, the memory it took, and the floor below which no phase can go.

python -m bench.audit                                    one million contacts, on one core, then on two
python -m bench.audit --rows 10000000                    the full figure
python -m bench.audit --rows 1000000 4000000 10000000    memory against the size of the file
python -m bench.audit --text                             with words to screen

Each run is a process of its own, so that its memory is its own. CPU seconds are those of all its processes: on a machine
that others use, compare these and not the clock.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shouyue.audit.deal import PART
from shouyue.audit.judge import in_order, judge
from shouyue.audit.run import audit
from shouyue.policy.contacts import Contacts
from shouyue.policy.pack import load_pack

T = TypeVar("T")
WORDS = [
    "【示例汽车金融】您好，您的账单已到还款日，请及时处理，如有疑问请致电400-000-0000。",
    "您好，请问您什么时候方便沟通还款安排？",
    "再不还钱我们就去你单位找你领导。",
    "收到，谢谢您的配合。",
]


def history(rows: int, seed: int = 1) -> dict[str, np.ndarray]:
    """`rows` invented contacts over a year with rows/20 debtors, as prepared columns."""
    rng = np.random.default_rng(seed)
    return {
        "contact": np.arange(1, rows + 1),
        "debtor": rng.integers(1, max(2, rows // 20), rows),
        "person": rng.integers(1, max(2, rows // 15), rows),
        "number": rng.integers(1, max(2, rows // 12), rows),
        "at": 1_767_200_000_000_000 + rng.integers(0, 365 * 86_400, rows) * 1_000_000,
        "offset": np.full(rows, 28_800),
        "channel": rng.choice([0, 1, 2, 3], rows),
        "direction": rng.choice([0, 0, 0, 1], rows),
        "role": np.zeros(rows, np.int64),
        "result": rng.choice([1, 2, 3], rows),
        "sender": np.ones(rows, np.int64),
        "staff": rng.integers(1, 300, rows),
    }


def in_memory(rows: int) -> None:
    """Prepared columns, one process: sort once, then judge under the whole mainland pack."""
    pack = load_pack("cn")
    columns = history(rows)
    began, spent = time.perf_counter(), time.process_time()
    sorted_ = Contacts.in_order(in_order(columns), **columns)
    between = time.perf_counter()
    judge(pack, sorted_)
    ended, spent = time.perf_counter(), time.process_time() - spent
    print(
        f"prepared columns  {rows:>12,} rows  sort {between - began:6.2f} s  judge {ended - between:6.2f} s  "
        f"{rows / (ended - began):>12,.0f} contacts/s on one core ({rows / spent:,.0f} a CPU second)"
    )


def write(path: Path, rows: int, text: bool) -> None:
    """The same history as a Parquet file."""
    columns = history(rows)
    table = {
        "debtor": pa.array(columns["debtor"]),
        "person": pa.array(columns["person"]),
        "number": pa.array(columns["number"]),
        "at": pa.array(columns["at"]).cast(pa.timestamp("us", tz="UTC")),
        "channel": pa.array(np.array(["phone", "ai_call", "sms", "wecom"])[columns["channel"]]),
        "direction": pa.array(np.array(["outbound", "inbound"])[columns["direction"]]),
        "result": pa.array(np.array(["unknown", "fail", "reach", "success"])[columns["result"]]),
        "staff": pa.array(columns["staff"]),
    }
    if text:
        numbered = np.char.add(
            np.array(WORDS)[columns["contact"] % 4], (columns["contact"] % 5000).astype(str)
        )
        table["text"] = pa.array(numbered)
    pq.write_table(pa.table(table), path)


def audited(path: Path, jobs: int) -> tuple[float, float, float, float, float]:
    """Seconds in all, reading, judging, of CPU, and the largest process in MB; as many cores as there are processes."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:jobs])
    pa.set_cpu_count(jobs)
    began = time.perf_counter()
    found = audit([path], pack="cn", jobs=jobs)
    took = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(u.ru_utime + u.ru_stime for u in used)
    return took, found.seconds["read"], found.seconds["judge"], cpu, max(u.ru_maxrss for u in used) / 1024


def alone(act: Callable[..., T], *given: object) -> T:
    """In a process of its own, so that memory is that of the act alone."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(act, *given).result()


def from_file(rows: int, text: bool) -> None:
    """The command's own road: Parquet, dealt into parts by debtor, judged; on one core, then on two."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.parquet"
        alone(write, path, rows, text)
        first = 0.0
        for jobs in (1, 2):
            took, read, judged, cpu, peak = alone(audited, path, jobs)
            first = first or took
            print(
                f"from Parquet{'+text' if text else '     '} {rows:>12,} rows  {jobs} core{'s' if jobs > 1 else ' '}  "
                f"read and deal {read:6.2f} s  judge {judged:6.2f} s  {rows / took:>12,.0f} contacts/s  "
                f"{first / took:4.2f} x  ({rows / cpu:,.0f} a CPU second)  largest process {peak:,.0f} MB"
            )
        print("floor, CPU seconds on one core: " + ", ".join(f"{w} {s:.2f}" for w, s in alone(floor, path)))


def floor(path: Path) -> list[tuple[str, float]]:
    """What must be done whatever the law says: read the columns, write them once by part, sort each part, copy it sorted."""
    pa.set_cpu_count(1)
    spent = [time.process_time()]
    tables = [pa.Table.from_batches([b]) for b in pq.ParquetFile(path).iter_batches(PART, use_threads=False)]
    spent.append(time.process_time())
    with (
        pa.OSFile(str(path.with_suffix(".arrow")), "wb") as sink,
        pa.ipc.new_file(sink, tables[0].schema) as file,
    ):
        for table in tables:
            file.write_table(table)
    spent.append(time.process_time())
    columns = [
        {
            "debtor": t["debtor"].to_numpy(),
            "at": t["at"].cast(pa.int64()).to_numpy(),
            "contact": np.arange(t.num_rows),
        }
        for t in tables
    ]
    begun = time.process_time()
    orders = [in_order(c) for c in columns]
    sort = time.process_time() - begun
    begun = time.process_time()
    for order, c in zip(orders, columns, strict=True):
        Contacts.in_order(order, **c)
    copy = time.process_time() - begun
    return [
        ("reading", spent[1] - spent[0]),
        ("writing parts", spent[2] - spent[1]),
        ("sorting", sort),
        ("copying in order", copy),
    ]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    words.add_argument("--text", action="store_true")
    told, _ = words.parse_known_args()
    alone(in_memory, 1_000_000)
    for rows in told.rows:
        from_file(rows, told.text)


if __name__ == "__main__":
    main()
