"""Somebody else's contact records, read as columns: CSV, JSONL, XLSX and Parquet, any column names, any size.

Files are read in batches and brought into one shape (`Batch`). Every row either becomes a contact or a `Broken`, with what was
found and expected; nothing is dropped in silence. A column the file has not is not invented: what it would tell is unknown.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from numpy.typing import NDArray

from shouyue.audit.files import PARQUET, Odd, UnreadableHistory, names_of, pieces
from shouyue.policy.contacts import DAY, WORDS, key

REQUIRED = ("debtor", "at", "channel", "direction")
KEYS = ("debtor", "person", "number", "agency", "staff")

# under which headings a field is found without being told; the first is what a report calls it
HEADINGS: dict[str, tuple[str, ...]] = {
    "debtor": ("debtor", "debtor_id", "customer", "customer_id", "borrower", "case_no", "客户号", "债务人", "案件编号", "客户编号", "合同号", "contract_no", "客户ID", "借款人", "合同编号", "案件号", "借据号", "loan_id", "case_id", "account_no"),
    "person": ("person", "person_id", "contact_person", "联系人", "被联系人"),
    "number": ("number", "phone", "mobile", "phone_number", "callee", "号码", "手机号", "被叫号码", "联系电话", "account"),
    "at": ("at", "time", "timestamp", "called_at", "sent_at", "start_time", "contact_time", "时间", "联系时间", "拨打时间", "发送时间", "通话开始时间", "呼叫时间", "外呼时间", "通话时间", "催收时间", "联络时间", "开始时间", "操作时间", "datetime", "call_time", "date_time"),
    "date": ("date", "日期", "联系日期", "拨打日期", "通话日期", "催收日期", "呼叫日期", "call_date", "contact_date"),
    "channel": ("channel", "type", "method", "contact_type", "渠道", "联系方式", "催收方式", "行动代码", "催收渠道", "联系渠道", "联络方式", "通道", "contact_channel"),
    "direction": ("direction", "in_out", "call_direction", "方向", "呼叫方向", "呼叫类型", "联系方向", "in/out"),
    "role": ("role", "recipient_role", "relation", "关系", "对象", "联系对象", "与债务人关系", "与本人关系", "与借款人关系", "联系人类型", "contact_role"),
    "result": ("result", "outcome", "disposition", "status", "结果", "通话结果", "催收结果", "联系结果", "呼叫结果", "联络结果", "接通状态", "通话状态"),
    "sender": ("sender", "sender_type", "party_type", "发送方", "机构类型"),
    "agency": ("agency", "agency_id", "vendor", "委外机构", "机构"),
    "staff": ("staff", "agent", "agent_id", "collector", "operator", "user_id", "坐席", "催收员", "工号", "员工", "催收员工号", "坐席工号", "经办人", "操作员", "操作人"),
    "text": ("text", "content", "message", "words", "transcript", "内容", "消息内容", "话术", "催记", "短信内容", "文本内容", "通话内容", "跟进内容", "转写文本"),
}  # fmt: skip
SPOKEN: dict[str, dict[str, str]] = {
    "channel": {
        "电话": "phone", "电催": "phone", "电话外呼": "phone", "人工外呼": "phone", "座机": "phone", "手机": "phone", "call": "phone", "call_out": "phone", "voice": "phone", "机器人": "ai_call", "ai": "ai_call", "智能外呼": "ai_call", "语音机器人": "ai_call", "ivr": "ai_call", "ai外呼": "ai_call",
        "短信": "sms", "text": "sms", "message": "sms", "企微": "wecom", "企业微信": "wecom", "wx": "wecom", "微信客服": "kf",
        "微信": "wechat_personal", "wechat": "wechat_personal", "邮件": "email", "mail": "letter", "信函": "letter", "函件": "letter",
        "外访": "visit", "上门": "visit", "上门催收": "visit", "微信群": "wechat_group", "电子邮件": "email", "律师函": "letter", "催收函": "letter", "调解": "mediation",
    },
    "direction": {
        "out": "outbound", "外呼": "outbound", "呼出": "outbound", "发送": "outbound", "拨出": "outbound", "主叫": "outbound", "出": "outbound", "去电": "outbound", "in": "inbound", "呼入": "inbound",
        "来电": "inbound", "接收": "inbound", "被叫": "inbound", "入": "inbound", "回复": "reply",
    },
    "role": {
        "本人": "debtor", "客户本人": "debtor", "债务人": "debtor", "主贷人": "debtor", "借款人": "debtor", "self": "debtor", "borrower": "debtor", "担保人": "guarantor", "保证人": "guarantor",
        "共借人": "co_borrower", "配偶": "spouse", "联系人": "reserved_contact", "紧急联系人": "reserved_contact", "父母": "reserved_contact",
        "朋友": "reserved_contact", "同事": "reserved_contact", "第三人": "unrelated", "第三方": "unrelated", "邻居": "unrelated", "父亲": "reserved_contact", "母亲": "reserved_contact", "亲属": "reserved_contact", "其他": "unrelated", "单位": "employer",
    },
    "result": {
        "noans": "fail", "busy": "fail", "off": "fail", "dead": "fail", "wrong": "fail", "no_answer": "fail", "无人接听": "fail", "忙线": "fail",
        "关机": "fail", "停机": "fail", "空号": "fail", "未接通": "fail", "未接": "fail", "未接听": "fail", "无人应答": "fail", "占线": "fail", "无法接通": "fail", "失败": "fail", "发送失败": "fail", "拒接": "reach", "rej": "reach", "tpmsg": "reach",
        "接通": "reach", "已接通": "reach", "已接听": "reach", "成功": "reach", "发送成功": "reach", "第三方接听": "reach", "answered": "reach", "connected": "reach", "delivered": "reach", "已送达": "reach", "rpc": "success", "本人接通": "success",
        "承诺还款": "success", "ptp": "success", "ptp-t": "success", "ptp-f": "success",
    },
    "sender": {"自营": "lender", "本行": "lender", "委外": "agency", "外包": "agency", "律所": "law_firm"},
}  # fmt: skip


ROW = (1 << 40) - 1  # the part of a contact's id that is its row


def row_of(contact: int) -> tuple[int, int]:
    """The number of the file and the row in it, from 1 without the heading, that a contact's id stands for."""
    return contact >> 40, contact & ROW


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
        """From a YAML file. Refuses parts, fields and words that there are not."""
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as why:
            raise UnreadableHistory(
                f"{path.name} is not readable as YAML: {' '.join(str(why).split())}"
            ) from why
        if not isinstance(data, dict):
            raise UnreadableHistory(
                f"{path.name}: a mapping has columns, constants, words, zone; found {str(data)[:40]!r}"
            )
        strange = sorted(set(map(str, data)) - {"columns", "constants", "words", "zone"})
        if strange:
            raise UnreadableHistory(
                f"{path.name}: unknown {', '.join(strange)}; a mapping has columns, constants, words, zone"
            )
        columns, constants, words = (_part(path, data, name) for name in ("columns", "constants", "words"))
        unknown = sorted((set(columns) | set(constants)) - set(HEADINGS)) + sorted(set(words) - set(WORDS))
        if unknown:
            raise UnreadableHistory(
                f"{path.name}: no field {', '.join(unknown)}; fields are {', '.join(HEADINGS)} (with words: {', '.join(WORDS)})"
            )
        for name, ours in [(n, w) for n, theirs in words.items() for w in _part(path, words, n).values()] + [
            (n, w) for n, w in constants.items() if n in WORDS
        ]:
            if str(ours) not in WORDS[name]:
                near = difflib.get_close_matches(str(ours), WORDS[name], n=1)
                raise UnreadableHistory(
                    f"{path.name}: {ours!r} is no {name}; "
                    + (
                        f"did you mean {near[0]}?"
                        if near
                        else f"known are {', '.join(w for w in WORDS[name] if w)}"
                    )
                )
        return cls({k: str(v) for k, v in columns.items()}, constants, words, str(data.get("zone") or ""))

    def to_yaml(self) -> str:
        data = {
            "columns": dict(self.columns),
            "constants": dict(self.constants),
            "words": dict(self.words),
            "zone": self.zone,
        }
        return yaml.safe_dump({k: v for k, v in data.items() if v}, allow_unicode=True, sort_keys=False)


def _part(path: Path, data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name) or {}
    if not isinstance(found, dict):
        raise UnreadableHistory(
            f"{path.name}: {name} is {found!r}; expected pairs such as {{debtor: 客户号}}"
        )
    return {str(k): v for k, v in found.items()}


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


def refuse_copies(files: Sequence[Path]) -> None:
    """One file twice, or a copy under another name, would count every contact double."""
    seen: dict[tuple[int, str], Path] = {}
    sizes = Counter(path.stat().st_size for path in files)
    for path in files:
        size = path.stat().st_size
        with path.open("rb") as file:
            what = hashlib.file_digest(file, "sha256").hexdigest() if sizes[size] > 1 else str(path)
        if (size, what) in seen:
            raise UnreadableHistory(
                f"{path.name} and {seen[size, what].name} hold the same bytes; every contact would count double: give each file once"
            )
        seen[size, what] = path


def settle(path: Path, told: Layout | None, zone: str) -> Layout:
    """The mapping to read `path` with. Raises UnreadableHistory, with the nearest guess, when a needed column has no place."""
    names = names_of(path)
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
    if wanted <= 1 or path.suffix.lower() not in PARQUET:
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
    for piece in pieces(share.path, share.groups, share.base):
        if isinstance(piece, Odd):
            broken.tell(Broken(share.path.name, piece.row, "", piece.found[:80], piece.expected))
        else:
            yield _batch(share.path.name, piece.table, share.layout, share.number, piece.rows, broken)


# ── into our shape ──


def _batch(
    file: str, table: pa.Table, mapping: Layout, number: int, places: NDArray[np.int64], broken: BrokenRows
) -> Batch:
    n = table.num_rows
    good = np.ones(n, np.bool_)
    columns: dict[str, NDArray[Any]] = {"contact": (np.int64(number) << 40) + places}
    names: dict[int, str] = {}

    def wrong(rows: NDArray[np.int64], column: str, values: Sequence[Any], expected: str) -> None:
        for i, value in zip(rows.tolist(), values, strict=True):
            if good[i]:
                broken.tell(
                    Broken(file, int(places[i]), column, "" if value is None else str(value)[:80], expected)
                )
        good[rows] = False

    def column(name: str) -> pa.ChunkedArray | None:
        heading = mapping.columns.get(name)
        return table.column(heading) if heading in table.schema.names else None

    at, offset = _times(
        _with_day(column("at"), column("date")), mapping, wrong, mapping.columns.get("at", "at")
    )
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
    """Keys, and for staff what each stands for. A whole number is itself, however a file writes it: the same customer in a
    CSV and in a Parquet file is one."""
    if pa.types.is_signed_integer(source.type) and bits == 63:
        values = pc.fill_null(source, 0).to_numpy().astype(np.int64)
        return np.where((values == 0) & pc.is_valid(source).to_numpy(), key("0"), values), {}
    distinct, codes = _distinct(source)
    made = [_key(v, bits) for v in distinct]
    known = {k: str(v).strip() for k, v in zip(made, distinct, strict=True) if k} if bits == 31 else {}
    return np.array(made or [0], np.int64)[codes] if len(codes) else np.zeros(0, np.int64), known


def _key(value: Any, bits: int) -> int:
    said = "" if value is None else str(value).strip()
    return int(said) if _WHOLE.fullmatch(said) and int(said) < 1 << bits else key(said, bits)


_WHOLE = re.compile(r"[1-9]\d{0,18}")


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
    """µs UTC and the local offset in seconds. Times without zone need the mapping's zone; a day without an hour is no time."""
    assert source is not None
    stamped = _stamps(source.combine_chunks(), mapping.zone, wrong, heading)
    missing = np.flatnonzero(pc.is_null(stamped).to_numpy(zero_copy_only=False))
    wrong(missing, heading, source.take(missing).to_pylist(), "a time such as 2026-03-02T09:30:00+08:00")
    us = pc.fill_null(stamped.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    zone = mapping.zone or "Asia/Shanghai"
    _zone(zone)
    local = pc.fill_null(pc.local_timestamp(stamped.cast(pa.timestamp("us", tz=zone))).cast(pa.int64()), 0)
    local_us = local.to_numpy(zero_copy_only=False)
    if len(us) >= A_FEW and not (local_us % DAY).any():
        wrong(
            np.arange(len(us)), heading, source.to_pylist(), NO_HOUR
        )  # a column of days, written as midnights
    offset = (local_us - us) // 1_000_000
    return us.astype(np.int64), np.where(
        pc.is_valid(stamped).to_numpy(zero_copy_only=False), offset, 0
    ).astype(np.int32)


def _with_day(at: pa.ChunkedArray | None, day: pa.ChunkedArray | None) -> pa.ChunkedArray | None:
    """The times, with the day from a column of its own where they say only the hour."""
    if at is None or day is None or not pa.types.is_string(at.type):
        return at
    days = day.cast(pa.string()).to_pylist()
    whole = [
        f"{on.split('T')[0].split(' ')[0]} {hour}" if on and hour and _HOUR_ONLY.fullmatch(hour) else hour
        for hour, on in zip(at.to_pylist(), days, strict=True)
    ]
    return pa.chunked_array([pa.array(whole, pa.string())])


_HOUR_ONLY = re.compile(r"\s*(?:上午|下午)?\s*\d{1,2}[:时点]\d{1,2}\S*(?:\s*[AaPp][Mm])?\s*")
A_FEW = 20  # so many midnights and nothing else are days
NO_HOUR = "a time of day: without it nobody can say whether the hours were kept"
YEAR_FIRST = "the year first, 2026-03-04 09:30: 03/04/2026 may be in March or in April"
_ZONED = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T,\s]*(上午|下午|AM|PM)?\s*(\d{1,2})[:时点](\d{1,2})分?:?(?:(\d{1,2})(?:[.,](\d{1,6})\d*)?秒?)?"
    r"\s*(AM|PM)?\s*(?:(Z)|(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?)?",
    re.IGNORECASE,
)
_DAY_ONLY = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8}|\d{5}")
_YEAR_LAST = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b.*")
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)


def _stamps(array: pa.Array, zone: str, wrong: Any, heading: str) -> pa.Array:
    kind = array.type
    utc = pa.timestamp("us", tz="UTC")
    if pa.types.is_timestamp(kind):
        if kind.tz:
            return array.cast(utc, safe=False)
        plain = array.cast(pa.timestamp("us"), safe=False)
        return _in_zone(plain, _needed(zone, heading)).cast(utc)
    if pa.types.is_integer(kind):
        big = pc.max(array).as_py() or 0
        scale = 1_000_000 if big < 10**11 else 1_000 if big < 10**14 else 1
        return pc.multiply(array.cast(pa.int64()), scale).cast(utc)
    text = array.cast(pa.string())
    first = next((v for v in text.slice(0, 100).to_pylist() if v), "")
    try:
        if _ZONED.search(first):
            return text.cast(utc)
        if zone and not pc.any(pc.less(pc.utf8_length(text), 16)).as_py():
            return _in_zone(text.cast(pa.timestamp("us")), _needed(zone, heading)).cast(utc)
    except pa.ArrowInvalid:
        pass
    return _one_by_one(text, zone, wrong, heading)


def _in_zone(plain: pa.Array, zone: str) -> pa.Array:
    """Local times of a zone; of an hour that comes twice the first, of one that does not come the moment it is skipped."""
    return pc.assume_timezone(plain, zone, ambiguous="earliest", nonexistent="earliest")


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
        moment, expected = _moment(unicodedata.normalize("NFKC", value or "").strip())
        if moment is None and value:
            wrong(np.array([i]), heading, [value], expected)
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=_zone(_needed(zone, heading)))
        out.append(moment)
    return pa.array(out, pa.timestamp("us", tz="UTC"))


def _moment(said: str) -> tuple[datetime | None, str]:
    """A time as people and machines write it, or None and what is expected: the year first; seconds or milliseconds since
    1970; fourteen digits; the days since 1899 of a spreadsheet."""
    expected = "a time such as 2026-03-02T09:30:00+08:00"
    try:
        if found := _WRITTEN.fullmatch(said):
            return _put_together(*found.groups()), expected
        if re.fullmatch(r"\d{14}", said):
            return datetime.strptime(said, "%Y%m%d%H%M%S"), expected
        if re.fullmatch(r"1\d{9}|1\d{12}", said):
            return datetime.fromtimestamp(int(said[:10]), UTC) + timedelta(
                milliseconds=int(said[10:] or 0)
            ), expected
        if re.fullmatch(r"[2-7]\d{4}\.\d+", said):
            return _EXCEL_DAY_ZERO + timedelta(seconds=round(float(said) * 86_400)), expected
    except ValueError:
        return None, expected
    if _DAY_ONLY.fullmatch(said):
        return None, NO_HOUR
    return None, YEAR_FIRST if _YEAR_LAST.fullmatch(said) else expected


def _put_together(year: str, month: str, day: str, half: str | None, hour: str, minute: str, second: str | None,
                  part: str | None, half_after: str | None, z: str | None, sign: str | None, ahead: str | None,
                  minutes: str | None) -> datetime:  # fmt: skip
    half, of_day = (half or half_after or "").upper(), int(hour)
    if half and not 1 <= of_day <= 12 and half in ("AM", "PM"):
        raise ValueError
    if half in ("下午", "PM") and of_day < 12:
        of_day += 12
    elif half in ("上午", "AM") and of_day == 12:
        of_day = 0
    zone = UTC if z else None
    if sign:
        shift = timedelta(hours=int(ahead or 0), minutes=int(minutes or 0))
        zone = timezone(shift if sign == "+" else -shift)
    return datetime(
        int(year),
        int(month),
        int(day),
        of_day,
        int(minute),
        int(second or 0),
        int((part or "0").ljust(6, "0")),
        zone,
    )
