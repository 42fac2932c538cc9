"""One part of a history in memory, judged: sorted once, read by the gate's own kinds, counted by what a report shows."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from shouyue.audit.history import ROW, row_of
from shouyue.policy.contacts import CHANNELS, DIRECTIONS, Contacts
from shouyue.policy.decision import Effect
from shouyue.policy.pack import Pack, load_pack
from shouyue.policy.survey import survey, table_of_history
from shouyue.policy.table import Column
from shouyue.screening import screen_many

SAMPLES = 20  # rows named for each rule in the report; the parquet names all
OURS = tuple(n for n, d in enumerate(DIRECTIONS) if not d.startswith("inbound"))
TIES = ("matter", "agency", "staff", "number", "person", "sender", "role", "result", "direction", "channel")
VIOLATION = pa.schema(
    [
        ("file", pa.int32()), ("row", pa.int64()), ("rule", pa.string()), ("effect", pa.string()), ("at", pa.timestamp("us", tz="UTC")),
        ("channel", pa.string()), ("staff", pa.int64()), ("debtor", pa.int64()),
    ]
)  # fmt: skip


@dataclass(slots=True)
class Found:
    """What one rule said about a history with one effect. `samples` are file, row and time (µs UTC)."""

    effect: str
    rows: int = 0
    unsure: int = 0
    staff: Counter[int] = field(default_factory=Counter)
    channel: Counter[str] = field(default_factory=Counter)
    hour: Counter[int] = field(default_factory=Counter)
    week: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, other: Found) -> None:
        self.rows += other.rows
        self.unsure += other.unsure
        self.staff.update(other.staff)
        self.channel.update(other.channel)
        self.hour.update(other.hour)
        self.week.update(other.week)
        self.samples = sorted({*self.samples, *other.samples})[:SAMPLES]


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


@lru_cache(maxsize=4)
def pack_of(name: str, overlay: Path | None) -> Pack:
    """Loaded once in each process, not once for each part."""
    return load_pack(name, overlay=overlay)


def judge_part(pieces: list[Path], pack: str, overlay: Path | None, violations: Path | None) -> Judged:
    with read_part(pieces) as (history, facts):
        return judge(pack_of(pack, overlay), history, facts, violations)


class read_part(ExitStack):  # noqa: N801  used as `with read_part(pieces) as (history, facts)`
    """The contacts of a part and their words, out of the Arrow files it was dealt into."""

    def __init__(self, pieces: list[Path]) -> None:
        super().__init__()
        self._pieces = pieces

    def __enter__(self) -> tuple[Contacts, dict[str, Column]]:  # type: ignore[override]
        sources = [self.enter_context(pa.memory_map(str(piece))) for piece in self._pieces]
        table = pa.concat_tables([pa.ipc.open_file(source).read_all() for source in sources])
        columns = {name: table.column(name).to_numpy() for name in table.schema.names if name != "text"}
        texts = table.column("text")
        order = in_order(columns)
        return Contacts.in_order(order, **columns), (
            _words(texts, order) if texts.null_count < len(texts) else {}
        )


def in_order(columns: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    """The order by debtor and time. What one debtor was sent at one instant is put in order by what it is, so that it does
    not matter where a row stood in its file; rows alike in everything stand as the files have them.

    Sorting costs a good part of an audit: debtors are few and become small numbers by hashing, so that only time is sorted."""
    debtor, at = columns["debtor"], columns["at"]
    hashed = pa.array(debtor).dictionary_encode()
    names = hashed.dictionary.to_numpy()
    rank = np.empty(len(names), np.uint16 if len(names) <= 1 << 16 else np.uint32)
    rank[np.argsort(names)] = np.arange(len(names), dtype=rank.dtype)
    place = rank[hashed.indices.to_numpy()]
    order = np.argsort(at)
    order = order[np.argsort(place[order], kind="stable")]
    same = (place[order][1:] == place[order][:-1]) & (at[order][1:] == at[order][:-1])
    if same.any():
        tied = np.zeros(len(order), np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        some = order[tied]
        content = [columns[name][some] for name in TIES if name in columns]
        order[tied] = some[np.lexsort((columns["contact"][some], *content, at[some], place[some]))]
    return order


def _words(texts: pa.ChunkedArray, order: NDArray[np.int64]) -> dict[str, Column]:
    """Columns of words, read once for each distinct text: the text, what it says, and what it may say."""
    encoded = texts.combine_chunks().dictionary_encode(null_encoding="encode")
    values = ["" if v is None else v for v in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy(zero_copy_only=False)[order]
    screened = screen_many(values, direction="outbound", by_rules=True)
    identifiers = [tuple({"kind": str(i.kind), "owner": i.owner} for i in s.identifiers) for s in screened]
    return {
        "text": Column(values, codes),
        "labels": Column.few([tuple(sorted(s.sure)) for s in screened], codes),
        "suspected": Column.few([tuple(sorted(s.suspected)) for s in screened], codes),
        "identifiers": Column.few(identifiers, codes),
    }


def judge(
    pack: Pack, history: Contacts, facts: dict[str, Column] | None = None, violations: Path | None = None
) -> Judged:
    """One sorted history, in memory."""
    tally = _Tally(history)
    rules: dict[tuple[str, str], Found] = {}
    flagged = np.zeros(len(history), np.bool_)
    pieces: list[pa.Table] = []
    for heard in survey(pack, table_of_history(pack, history, facts)):
        found = rules.setdefault((heard.rule.id, str(heard.effect)), Found(str(heard.effect)))
        found.unsure += heard.unsure
        if not len(heard.rows):
            continue
        found.add(tally.of(heard.rows, str(heard.effect)))
        if heard.effect is Effect.BLOCK:
            flagged[heard.rows] = True
        if violations is not None:
            pieces.append(_rows(heard.rule.id, str(heard.effect), history, heard.rows))
    if violations is not None:
        pq.write_table(pa.concat_tables(pieces) if pieces else VIOLATION.empty_table(), violations)
    whole = tally.of(slice(None), "")
    return Judged(
        contacts=len(history),
        debtors=int(np.count_nonzero(history.debtor[1:] != history.debtor[:-1])) + bool(len(history)),
        flagged=int((flagged & np.isin(history.direction, OURS)).sum()),
        first=int(history.at.min()) if len(history) else 0,
        last=int(history.at.max()) if len(history) else 0,
        channel=whole.channel,
        staff=whole.staff,
        hour=whole.hour,
        rules=rules,
    )


class _Tally:
    """Counts rows by staff, channel, local hour and week, each as small numbers."""

    def __init__(self, history: Contacts) -> None:
        self._history = history
        seconds = history.at // 1_000_000 + history.offset
        self._hour = (seconds // 3600 % 24).astype(np.uint8)
        week = (seconds // 86_400 + 3) // 7  # weeks begin on Monday; 1970-01-01 was a Thursday
        self._first_week = int(week.min()) if len(week) else 0
        self._week = week - self._first_week
        hashed = pa.array(history.staff).dictionary_encode()
        self._staff, self._names = hashed.indices.to_numpy(), hashed.dictionary.to_pylist()

    def of(self, rows: Any, effect: str) -> Found:
        contact, at = self._history.contact[rows], self._history.at[rows]
        few = np.argpartition(contact, SAMPLES)[:SAMPLES] if len(contact) > SAMPLES else slice(None)
        return Found(
            effect,
            rows=len(contact),
            staff=Counter({self._names[s]: n for s, n in _counted(self._staff[rows])}),
            channel=Counter({CHANNELS[c]: n for c, n in _counted(self._history.channel[rows])}),
            hour=Counter(dict(_counted(self._hour[rows]))),
            week=Counter({_monday(w + self._first_week): n for w, n in _counted(self._week[rows])}),
            samples=sorted(
                (*row_of(c), us) for c, us in zip(contact[few].tolist(), at[few].tolist(), strict=True)
            ),
        )


def _counted(small: NDArray[Any]) -> list[tuple[int, int]]:
    counts = np.bincount(small)
    there = np.flatnonzero(counts)
    return list(zip(there.tolist(), counts[there].tolist(), strict=True))


def _monday(week: int) -> str:
    return str(np.datetime64(int(week) * 7 - 3, "D"))


def _rows(rule: str, effect: str, history: Contacts, rows: NDArray[np.int64]) -> pa.Table:
    contact = history.contact[rows]
    return pa.table(
        {
            "file": pa.array((contact >> 40).astype(np.int32)),
            "row": pa.array(contact & ROW),
            "rule": pa.repeat(rule, len(rows)),
            "effect": pa.repeat(effect, len(rows)),
            "at": pa.array(history.at[rows]).cast(pa.timestamp("us", tz="UTC")),
            "channel": pa.array(CHANNELS).take(pa.array(history.channel[rows])),
            "staff": pa.array(history.staff[rows].astype(np.int64)),
            "debtor": pa.array(history.debtor[rows]),
        },
        schema=VIOLATION,
    )
