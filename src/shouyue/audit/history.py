"""Somebody else's contact records, read as columns: CSV, JSONL, XLSX and Parquet, any column names, any size.

Files are read in batches and brought into one shape (`Batch`). Every row either becomes a contact or a `Broken`, with what was
found and expected; nothing is dropped in silence. A column the file has not is not invented: what it would tell is unknown.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from numpy.typing import NDArray

from shouyue.policy.contacts import WORDS, key

BATCH = 131_072  # rows read at once
REQUIRED = ("debtor", "at", "channel", "direction")
KEYS = ("debtor", "person", "number", "agency", "staff")

# under which headings a field is found without being told; the first is what a report calls it
HEADINGS: dict[str, tuple[str, ...]] = {
    "debtor": ("debtor", "debtor_id", "customer", "customer_id", "borrower", "case_no", "客户号", "债务人", "案件编号", "客户编号", "合同号", "contract_no"),
    "person": ("person", "person_id", "contact_person", "联系人", "被联系人"),
    "number": ("number", "phone", "mobile", "phone_number", "callee", "号码", "手机号", "被叫号码", "联系电话", "account"),
    "at": ("at", "time", "timestamp", "called_at", "sent_at", "start_time", "contact_time", "时间", "联系时间", "拨打时间", "发送时间", "通话开始时间"),
    "channel": ("channel", "type", "method", "contact_type", "渠道", "联系方式", "催收方式", "行动代码"),
    "direction": ("direction", "in_out", "call_direction", "方向", "呼叫方向"),
    "role": ("role", "recipient_role", "relation", "关系", "对象", "联系对象"),
    "result": ("result", "outcome", "disposition", "status", "结果", "通话结果", "催收结果"),
    "sender": ("sender", "sender_type", "party_type", "发送方", "机构类型"),
    "agency": ("agency", "agency_id", "vendor", "委外机构", "机构"),
    "staff": ("staff", "agent", "agent_id", "collector", "operator", "user_id", "坐席", "催收员", "工号", "员工"),
    "text": ("text", "content", "message", "words", "transcript", "内容", "消息内容", "话术", "催记"),
}  # fmt: skip
SPOKEN: dict[str, dict[str, str]] = {
    "channel": {
        "电话": "phone", "电催": "phone", "call": "phone", "call_out": "phone", "voice": "phone", "机器人": "ai_call", "ai": "ai_call",
        "短信": "sms", "text": "sms", "message": "sms", "企微": "wecom", "企业微信": "wecom", "wx": "wecom", "微信客服": "kf",
        "微信": "wechat_personal", "wechat": "wechat_personal", "邮件": "email", "mail": "letter", "信函": "letter", "函件": "letter",
        "外访": "visit", "上门": "visit", "调解": "mediation",
    },
    "direction": {
        "out": "outbound", "外呼": "outbound", "呼出": "outbound", "发送": "outbound", "in": "inbound", "呼入": "inbound",
        "来电": "inbound", "接收": "inbound",
    },
    "role": {
        "本人": "debtor", "借款人": "debtor", "self": "debtor", "borrower": "debtor", "担保人": "guarantor", "保证人": "guarantor",
        "共借人": "co_borrower", "配偶": "spouse", "联系人": "reserved_contact", "紧急联系人": "reserved_contact", "父母": "reserved_contact",
        "朋友": "reserved_contact", "同事": "reserved_contact", "第三人": "unrelated", "其他": "unrelated", "单位": "employer",
    },
    "result": {
        "noans": "fail", "busy": "fail", "off": "fail", "dead": "fail", "wrong": "fail", "no_answer": "fail", "无人接听": "fail", "忙线": "fail",
        "关机": "fail", "停机": "fail", "空号": "fail", "未接通": "fail", "未接": "fail", "拒接": "reach", "rej": "reach", "tpmsg": "reach",
        "接通": "reach", "answered": "reach", "connected": "reach", "delivered": "reach", "已送达": "reach", "rpc": "success", "本人接通": "success",
        "承诺还款": "success", "ptp": "success", "ptp-t": "success", "ptp-f": "success",
    },
    "sender": {"自营": "lender", "本行": "lender", "委外": "agency", "外包": "agency", "律所": "law_firm"},
}  # fmt: skip


ROW = (1 << 40) - 1  # the part of a contact's id that is its row


def row_of(contact: int) -> tuple[int, int]:
    """The number of the file and the row in it, from 1 without the heading, that a contact's id stands for."""
    return contact >> 40, contact & ROW


class UnreadableHistory(Exception):
    """A file cannot be read as a history: what is missing, what was found, what to do."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One row that is no contact, and why. `row` counts from 1 without the heading."""

    file: str
    row: int
    column: str
    found: str
    expected: str


LISTED = 100_000  # broken rows that are listed one by one


@dataclass(slots=True)
class BrokenRows:
    """Rows that are no contact: every one is counted, by file, column and what was expected; the first are listed, so that
    a file in which every row is broken takes no more memory than another. `len` is the count."""

    listed: list[Broken] = field(default_factory=list)
    counted: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def tell(self, row: Broken) -> None:
        self.counted[row.file, row.column, row.expected] += 1
        if len(self.listed) < LISTED:
            self.listed.append(row)

    def add(self, other: BrokenRows) -> None:
        self.counted.update(other.counted)
        self.listed = (self.listed + other.listed)[:LISTED]

    def __len__(self) -> int:
        return self.counted.total()

    def __iter__(self) -> Iterator[Broken]:
        return iter(self.listed)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands in a file: `columns` (field → heading), `constants` (field → word for every row), `words`
    (field → their word → ours), `zone` for times that name none."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    zone: str = ""

    @classmethod
    def read(cls, path: Path) -> Layout:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        strange = sorted(set(data) - {"columns", "constants", "words", "zone"})
        if strange:
            raise UnreadableHistory(
                f"{path}: unknown {', '.join(strange)}; a mapping has columns, constants, words, zone"
            )
        unknown = sorted((set(data.get("columns", {})) | set(data.get("constants", {}))) - set(HEADINGS))
        if unknown:
            raise UnreadableHistory(
                f"{path}: no field {', '.join(unknown)}; fields are {', '.join(HEADINGS)}"
            )
        return cls(
            data.get("columns", {}), data.get("constants", {}), data.get("words", {}), data.get("zone", "")
        )

    def to_yaml(self) -> str:
        data = {
            "columns": dict(self.columns),
            "constants": dict(self.constants),
            "words": dict(self.words),
            "zone": self.zone,
        }
        return yaml.safe_dump({k: v for k, v in data.items() if v}, allow_unicode=True, sort_keys=False)


@dataclass(slots=True)
class Batch:
    """Some rows in our shape: the columns of `policy.contacts.Contacts`, unsorted, and the words where there are any."""

    columns: dict[str, NDArray[Any]]
    text: pa.Array | None
    names: dict[int, str]  # staff key → as the file writes it


def guess(headings: Sequence[str]) -> Layout:
    """The mapping that these headings suggest: exact names first, then near ones."""
    plain = {_plain(name): name for name in headings}
    columns: dict[str, str] = {}
    for wanted, names in HEADINGS.items():
        exact = next((plain[_plain(n)] for n in names if _plain(n) in plain), None)
        if exact is None:
            near = [
                m for n in names[:4] for m in difflib.get_close_matches(_plain(n), plain, n=1, cutoff=0.82)
            ]
            exact = plain[near[0]] if near else None
        if exact is not None and exact not in columns.values():
            columns[wanted] = exact
    return Layout(columns)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", str(name)).strip().lower().replace(" ", "_").replace("-", "_")


def headings(path: Path) -> list[str]:
    """The column names of a file."""
    return list(next(_tables(path)).schema.names)


def settle(path: Path, told: Layout | None, zone: str) -> Layout:
    """The mapping to read `path` with. Raises UnreadableHistory, with the nearest guess, when a needed column has no place."""
    names = headings(path)
    guessed = guess(names)
    columns = dict((told.columns if told else {}) or {})
    for wanted, name in columns.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
            raise UnreadableHistory(
                f"{path.name} has no column {name!r} for {wanted}; near are {', '.join(near) or 'none'}; it has {', '.join(names)}"
            )
    constants = dict(told.constants) if told else {}
    for wanted, name in guessed.columns.items():
        if wanted not in columns and wanted not in constants and name not in columns.values():
            columns[wanted] = name
    missing = [f for f in REQUIRED if f not in columns and f not in constants]
    if missing:
        hints = []
        for wanted in missing:
            near = [
                m
                for n in HEADINGS[wanted]
                for m in difflib.get_close_matches(_plain(n), [_plain(x) for x in names], n=1, cutoff=0.5)
            ]
            hints.append(f"{wanted} (nearest: {near[0] if near else 'none'})")
        raise UnreadableHistory(
            f"{path.name} lacks {'; '.join(hints)}. It has: {', '.join(names)}. Name them in a mapping: "
            "columns: {field: heading}, or constants: {direction: outbound}"
        )
    return Layout(columns, constants, told.words if told else {}, zone or (told.zone if told else ""))


# ── reading ──


@dataclass(frozen=True, slots=True)
class Share:
    """Some rows of a file, which one process reads: all of them, or some row groups of a Parquet file."""

    path: Path
    layout: Layout
    number: int  # the file's own, for ids
    groups: tuple[int, ...] | None = None
    base: int = 0  # rows of the file that stand before


def shares_of(path: Path, layout: Layout, number: int, wanted: int) -> list[Share]:
    """The file in about `wanted` shares of equal size, where it can be read from the middle; else whole."""
    if wanted <= 1 or path.suffix.lower() not in {".parquet", ".pq"}:
        return [Share(path, layout, number)]
    import pyarrow.parquet as pq

    about = pq.ParquetFile(path).metadata
    each = max(1, -(-about.num_rows // wanted))
    shares: list[Share] = []
    groups: list[int] = []
    base = held = 0
    for group in range(about.num_row_groups):
        groups.append(group)
        held += about.row_group(group).num_rows
        if held >= each or group == about.num_row_groups - 1:
            shares.append(Share(path, layout, number, tuple(groups), base))
            base, held, groups = base + held, 0, []
    return shares or [Share(path, layout, number)]


def read(share: Share, broken: BrokenRows) -> Iterator[Batch]:
    """The contacts of a share of a file, batch by batch; broken rows are added to `broken`."""
    base = share.base
    for table in _tables(share.path, share.groups):
        yield _batch(share.path.name, table, share.layout, share.number, base, broken)
        base += table.num_rows


def _tables(path: Path, groups: tuple[int, ...] | None = None) -> Iterator[pa.Table]:
    kind = path.suffix.lower()
    try:
        if kind in {".parquet", ".pq"}:
            import pyarrow.parquet as pq

            file = pq.ParquetFile(path)
            if not file.metadata.num_rows:
                yield file.schema_arrow.empty_table()
            for batch in file.iter_batches(BATCH, row_groups=groups):
                yield pa.Table.from_batches([batch])
        elif kind in {".jsonl", ".ndjson", ".json"}:
            yield from _json(path)
        elif kind == ".xlsx":
            yield from _xlsx(path)
        elif kind in {".csv", ".tsv", ".txt"}:
            yield from _csv(path, "\t" if kind == ".tsv" else ",")
        else:
            raise UnreadableHistory(
                f"{path.name}: {kind or 'no ending'} is not read; give .csv, .jsonl, .xlsx or .parquet"
            )
    except (pa.ArrowInvalid, OSError) as why:
        raise UnreadableHistory(f"{path.name} cannot be read: {why}") from why


def _csv(path: Path, delimiter: str) -> Iterator[pa.Table]:
    with path.open("rb") as probe:
        head = probe.read(1 << 20)
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(head)  # a character cut at the end is no error
    except UnicodeDecodeError:
        with path.open(encoding="gb18030", newline="", errors="replace") as file:
            rows = csv.reader(file, delimiter=delimiter)
            yield from _in_tables([n.strip() for n in next(rows)], rows)
        return
    if not head.strip():
        raise UnreadableHistory(f"{path.name} is empty")
    yield from _fast_csv(path, delimiter)


def _fast_csv(path: Path, delimiter: str) -> Iterator[pa.Table]:
    import pyarrow.csv as pcsv

    with path.open("rb") as file:
        first = file.readline().decode("utf-8-sig")
    names = [n.strip() for n in next(csv.reader([first], delimiter=delimiter))]
    bad: list[str] = []

    def skipped(row: Any) -> str:
        bad.append(str(row.number))
        return "skip"

    reader = pcsv.open_csv(
        path,
        read_options=pcsv.ReadOptions(column_names=names, skip_rows=1, block_size=16 << 20),
        parse_options=pcsv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            invalid_row_handler=skipped,
        ),
        convert_options=pcsv.ConvertOptions(
            column_types={n: pa.string() for n in names}, strings_can_be_null=False
        ),
    )
    empty = True
    for batch in reader:
        empty = False
        yield pa.Table.from_batches([batch])
    if empty:
        yield pa.table({n: pa.array([], pa.string()) for n in names})
    if bad:
        raise UnreadableHistory(
            f"{path.name}: rows {', '.join(bad[:10])} have another number of cells than the heading"
        )


def _in_tables(names: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[pa.Table]:
    held: list[Sequence[Any]] = []

    def table() -> pa.Table:
        cells = [[_cell(row[n]) if n < len(row) else None for row in held] for n in range(len(names))]
        return pa.table(
            {name: pa.array(column, pa.string()) for name, column in zip(names, cells, strict=True)}
        )

    first = True
    for row in rows:
        held.append(row)
        if len(held) == BATCH:
            first = False
            yield table()
            held.clear()
    if held or first:
        yield table()


def _cell(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _json(path: Path) -> Iterator[pa.Table]:
    names: dict[str, None] = {}
    held: list[dict[str, Any]] = []
    first = True

    def table() -> pa.Table:
        return pa.table({n: pa.array([_cell(_flat(row.get(n))) for row in held], pa.string()) for n in names})

    with io.open(path, encoding="utf-8-sig") as file:  # noqa: UP020
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as why:
                raise UnreadableHistory(f"{path.name}, line {number}: no JSON: {why}") from why
            if not isinstance(row, dict):
                raise UnreadableHistory(
                    f"{path.name}, line {number}: found {type(row).__name__}, expected an object"
                )
            names.update(dict.fromkeys(row))
            held.append(row)
            if len(held) == BATCH:
                first = False
                yield table()
                held.clear()
    if held or first:
        yield table()


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _xlsx(path: Path) -> Iterator[pa.Table]:
    from openpyxl import load_workbook

    try:
        sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
    except Exception as why:
        raise UnreadableHistory(f"{path.name}: damaged or protected; save it anew as .xlsx") from why
    rows = sheet.iter_rows(values_only=True)
    try:
        names = [str(n or "").strip() for n in next(rows)]
    except StopIteration:
        raise UnreadableHistory(f"{path.name} is empty") from None
    yield from _in_tables(names, rows)


# ── into our shape ──


def _batch(file: str, table: pa.Table, mapping: Layout, number: int, base: int, broken: BrokenRows) -> Batch:
    n = table.num_rows
    good = np.ones(n, np.bool_)
    columns: dict[str, NDArray[Any]] = {
        "contact": (np.int64(number) << 40) + base + 1 + np.arange(n, dtype=np.int64)
    }
    names: dict[int, str] = {}

    def wrong(rows: NDArray[np.int64], column: str, values: Sequence[Any], expected: str) -> None:
        for i, value in zip(rows.tolist(), values, strict=True):
            if good[i]:
                broken.tell(
                    Broken(file, base + i + 1, column, "" if value is None else str(value)[:80], expected)
                )
        good[rows] = False

    def column(name: str) -> pa.ChunkedArray | None:
        heading = mapping.columns.get(name)
        return table.column(heading) if heading in table.schema.names else None

    at, offset = _times(column("at"), mapping, wrong, mapping.columns.get("at", "at"))
    columns |= {"at": at, "offset": offset}
    for name, words in WORDS.items():
        source = column(name)
        if source is None:
            told = mapping.constants.get(name, "")
            if told and told not in words:
                raise UnreadableHistory(
                    f"constants: {name}: {told!r} is none of {', '.join(w for w in words if w)}"
                )
            columns[name] = np.full(n, words.index(told) if told in words else _nothing(words), np.uint8)
        else:
            columns[name] = _coded(name, source, words, mapping, wrong)
    for name in KEYS:
        source = column(name)
        if source is None:
            columns[name] = np.full(n, key(mapping.constants.get(name)), np.int64)
            continue
        columns[name], known = _keys(source, 31 if name in {"agency", "staff"} else 63)
        if name == "staff":
            names = known
        if name == "debtor":
            empty = np.flatnonzero(columns[name] == 0)
            wrong(empty, mapping.columns["debtor"], [None] * len(empty), "whose debt it is")
    if column("person") is None:
        columns["person"] = columns["debtor"]
    text = column("text")
    if not good.all():
        columns = {name: values[good] for name, values in columns.items()}
        text = text.filter(pa.array(good)) if text is not None else None
    return Batch(columns, text.combine_chunks() if text is not None else None, names)


def _nothing(words: Sequence[str]) -> int:
    return words.index("") if "" in words else 0


def _distinct(source: pa.ChunkedArray) -> tuple[list[Any], NDArray[np.int64]]:
    encoded = source.combine_chunks().dictionary_encode(null_encoding="encode")
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _keys(source: pa.ChunkedArray, bits: int) -> tuple[NDArray[np.int64], dict[int, str]]:
    if pa.types.is_integer(source.type):
        values = pc.fill_null(source, 0).to_numpy().astype(np.int64)
        return values, {int(v): str(v) for v in np.unique(values)} if bits == 31 else {}
    distinct, codes = _distinct(source)
    made = [key(str(v).strip() if v is not None else None, bits) for v in distinct]
    known = {k: str(v) for k, v in zip(made, distinct, strict=True) if v is not None} if bits == 31 else {}
    return np.array(made or [0], np.int64)[codes] if len(codes) else np.zeros(0, np.int64), known


def _coded(
    name: str, source: pa.ChunkedArray, words: Sequence[str], mapping: Layout, wrong: Any
) -> NDArray[np.uint8]:
    distinct, codes = _distinct(source)
    theirs = {
        str(k).strip().lower(): v
        for k, v in {**SPOKEN.get(name, {}), **dict(mapping.words.get(name, {}))}.items()
    }
    table = np.zeros(max(1, len(distinct)), np.uint8)
    for n, value in enumerate(distinct):
        word = "" if value is None else unicodedata.normalize("NFKC", str(value)).strip().lower()
        word = str(theirs.get(word, word))
        if word in words:
            table[n] = words.index(word)
        elif word == "":
            table[n] = _nothing(words)
        else:
            table[n] = _nothing(words)
            rows = np.flatnonzero(codes == n)
            wrong(
                rows,
                mapping.columns[name],
                [value] * len(rows),
                f"a {name}: {', '.join(w for w in words if w)}; or map it under words",
            )
    if name in {"channel", "direction"}:
        nothing = [n for n, v in enumerate(distinct) if v is None or not str(v).strip()]
        rows = np.flatnonzero(np.isin(codes, nothing)) if nothing else np.zeros(0, np.int64)
        wrong(rows, mapping.columns[name], [None] * len(rows), f"a {name}")
    return table[codes] if len(codes) else np.zeros(0, np.uint8)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise UnreadableHistory(f"{name!r} is no time zone; give a name such as Asia/Shanghai") from None


def _times(
    source: pa.ChunkedArray | None, mapping: Layout, wrong: Any, heading: str
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """µs UTC and the local offset in seconds. Times without zone need the mapping's zone."""
    assert source is not None
    stamped = _stamps(source, mapping.zone, wrong, heading)
    us = pc.fill_null(stamped.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    zone = mapping.zone or "Asia/Shanghai"
    _zone(zone)
    local = pc.local_timestamp(stamped.cast(pa.timestamp("us", tz=zone))).cast(pa.int64())
    offset = (pc.fill_null(local, 0).to_numpy(zero_copy_only=False) - us) // 1_000_000
    return us.astype(np.int64), offset.astype(np.int32)


def _stamps(source: pa.ChunkedArray, zone: str, wrong: Any, heading: str) -> pa.Array:
    array = source.combine_chunks()
    kind = array.type
    utc = pa.timestamp("us", tz="UTC")
    if pa.types.is_timestamp(kind):
        if kind.tz:
            return array.cast(utc)
        return pc.assume_timezone(array.cast(pa.timestamp("us")), _needed(zone, heading)).cast(utc)
    if pa.types.is_integer(kind):
        big = pc.max(array).as_py() or 0
        scale = 1_000_000 if big < 10**11 else 1_000 if big < 10**14 else 1
        return pc.multiply(array.cast(pa.int64()), scale).cast(utc)
    text = array.cast(pa.string())
    try:
        if not len(text) or text[0].as_py() is None or not _has_zone(text[0].as_py()):
            raise pa.ArrowInvalid("mixed")
        return text.cast(utc)
    except pa.ArrowInvalid:
        pass
    return _one_by_one(text, zone, wrong, heading)


def _has_zone(text: str) -> bool:
    return text.endswith("Z") or "+" in text[10:] or "-" in text[10:]


def _needed(zone: str, heading: str) -> str:
    if not zone:
        raise UnreadableHistory(
            f"the times in {heading!r} name no zone; say which: --zone Asia/Shanghai, or zone: in the mapping"
        )
    _zone(zone)
    return zone


def _one_by_one(text: pa.Array, zone: str, wrong: Any, heading: str) -> pa.Array:
    out: list[datetime | None] = []
    for i, value in enumerate(text.to_pylist()):
        moment = None
        try:
            moment = datetime.fromisoformat(str(value).strip().replace("/", "-"))
        except ValueError:
            wrong(np.array([i]), heading, [value], "a time such as 2026-03-02T09:30:00+08:00")
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=_zone(_needed(zone, heading)))
        out.append(moment)
    return pa.array(out, pa.timestamp("us", tz="UTC"))
