"""Files as people have them: whatever encodes, divides or titles them, the same rows; what is no row or no time is told."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from shouyue.audit.files import Piece, UnreadableHistory, names_of, pieces
from shouyue.audit.history import Layout, _moment
from shouyue.audit.run import Audit, audit
from shouyue.cli.audit import audit as command

NAMES = ["客户号", "联系时间", "渠道", "方向", "对象", "结果", "坐席", "内容"]
ROWS = [
    [str(1000 + n % 7), f"2026-03-{2 + n % 5:02} {8 + n % 16:02}:{n % 60:02}:00", "电话", "外呼", "本人", "未接", "王芳", "您好;第\t一,次"]
    for n in range(60)
]  # fmt: skip


def told(path: Path, *more: Path, zone: str = "Asia/Shanghai") -> Audit:
    return audit([path, *more], pack="cn", zone=zone)


def written(rows: list[list[Any]], delimiter: str = ",", names: list[str] = NAMES) -> str:
    page = io.StringIO()
    csv.writer(page, delimiter=delimiter).writerows([names, *rows])
    return page.getvalue()


def sum_of(found: Audit) -> tuple[int, int, int, dict[tuple[str, str], int]]:
    return found.contacts, found.debtors, len(found.broken), {k: f.rows for k, f in found.rules.items()}


@pytest.fixture
def plain(tmp_path: Path) -> Audit:
    path = tmp_path / "plain.csv"
    path.write_text(written(ROWS), "utf-8")
    return told(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_encoding_and_no_delimiter_changes_what_is_found(
    tmp_path: Path, plain: Audit, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "h.csv"
    path.write_bytes(written(ROWS, delimiter).encode(encoding))
    assert sum_of(told(path)) == sum_of(plain)


def test_titles_above_the_heading_and_columns_without_name_are_passed_over(
    tmp_path: Path, plain: Audit
) -> None:
    path = tmp_path / "h.csv"
    path.write_text(
        "2026年3月催收明细,,,\n\n导出人:张三,2026-04-01\n" + written([[*r, ""] for r in ROWS]), "utf-8"
    )
    assert sum_of(told(path)) == sum_of(plain)
    book = Workbook()
    sheet = book.active
    sheet.append(["示例汽车金融 2026年3月催收明细"])
    sheet.merge_cells("A1:H1")
    sheet.append([])
    for row in [NAMES, *ROWS]:
        sheet.append(row)
    other = book.create_sheet("说明")
    other.append(["口径", "自营"])
    book.save(tmp_path / "h.xlsx")
    found = told(tmp_path / "h.xlsx")
    assert sum_of(found)[:2] == sum_of(plain)[:2]
    assert [(b.row, b.found) for b in found.broken] == [(0, "sheet 说明")]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_row_of_another_width_is_broken_and_the_rest_keep_their_numbers(
    tmp_path: Path, encoding: str
) -> None:
    rows: list[list[Any]] = [
        *(list(r) for r in ROWS[:10]), ["1000", "2026-03-02 10:00:00"], *(list(r) for r in ROWS[10:20]),
        [*ROWS[0], "多"], *(list(r) for r in ROWS[20:30]),
    ]  # fmt: skip
    rows[31][2] = "信鸽"
    path = tmp_path / "h.csv"
    path.write_bytes(written(rows).encode(encoding))
    found = told(path)
    assert sorted((b.row, b.column) for b in found.broken) == [(11, ""), (22, ""), (32, "渠道")]
    assert found.contacts == len(rows) - 3


def test_a_line_that_is_no_json_is_broken_and_an_array_is_refused(tmp_path: Path) -> None:
    lines = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in ROWS]
    path = tmp_path / "h.jsonl"
    path.write_text("\n".join([*lines[:5], "{oops", *lines[5:], "[1]"]), "utf-8")
    found = told(path)
    assert [b.row for b in found.broken] == [6, 62] and found.contacts == 60
    array = tmp_path / "a.json"
    array.write_text(json.dumps([dict(zip(NAMES, row, strict=True)) for row in ROWS]), "utf-8")
    with pytest.raises(UnreadableHistory, match="one JSON object a line"):
        told(array)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text(written(ROWS, names=[*NAMES[:7], "坐席"]), "utf-8")
    with pytest.raises(UnreadableHistory, match="more than one column '坐席'"):
        names_of(path)


def test_parquet_of_any_type_says_the_same(tmp_path: Path, plain: Audit) -> None:
    moments = [datetime.fromisoformat(r[1]) for r in ROWS]
    texts = {n: [r[i] for r in ROWS] for i, n in enumerate(NAMES)}
    ways: dict[str, dict[str, Any]] = {
        "ns": {"联系时间": pa.array(moments, pa.timestamp("ns"))},
        "int": {"客户号": pa.array([int(r[0]) for r in ROWS])},
        "float": {"客户号": pa.array([float(r[0]) for r in ROWS])},
        "decimal": {"客户号": pa.array([Decimal(r[0]) for r in ROWS])},
        "dictionary": {"渠道": pa.array([r[2] for r in ROWS]).dictionary_encode()},
        "bytes": {"方向": pa.array([r[3].encode("gbk") for r in ROWS])},
        "nested": {"坐席": pa.array([{"name": r[6]} for r in ROWS])},
    }
    for name, columns in ways.items():
        pq.write_table(pa.table({**texts, **columns}), tmp_path / f"{name}.parquet")
        assert sum_of(told(tmp_path / f"{name}.parquet")) == sum_of(plain), name


def test_one_customer_is_one_however_a_file_writes_the_number(tmp_path: Path) -> None:
    page = tmp_path / "h.csv"
    page.write_text(written(ROWS[:30]), "utf-8")
    rest = {n: [r[i] for r in ROWS[30:]] for i, n in enumerate(NAMES)} | {
        "客户号": [int(r[0]) for r in ROWS[30:]]
    }
    pq.write_table(pa.table(rest), tmp_path / "h.parquet")
    assert told(page, tmp_path / "h.parquet").debtors == 7


def test_a_copy_of_a_file_is_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(written(ROWS), "utf-8")
    with pytest.raises(UnreadableHistory, match="count double"):
        told(tmp_path / "a.csv", tmp_path / "b.csv")


# ── times ──

HERE = timedelta(hours=8)


@given(
    st.datetimes(datetime(2001, 9, 10), datetime(2033, 1, 1)).map(
        lambda t: t.replace(second=0, microsecond=0)
    )
)
def test_a_time_is_the_same_however_it_is_written(t: datetime) -> None:
    half, hour = ("PM" if t.hour >= 12 else "AM"), t.hour % 12 or 12
    ways = [
        f"{t:%Y-%m-%d %H:%M:%S}", f"{t:%Y/%m/%d %H:%M}", f"{t:%Y.%m.%d %H:%M:%S}", f"{t.year}-{t.month}-{t.day} {t.hour}:{t.minute:02}",
        f"{t:%Y年%m月%d日 %H:%M}", f"{t.year}年{t.month}月{t.day}日{t.hour}时{t.minute}分", f"{t:%Y%m%d%H%M%S}",
        f"{t:%Y-%m-%d} {hour}:{t:%M:%S} {half}", f"{t:%Y-%m-%d} {'下午' if t.hour >= 12 else '上午'}{hour}:{t:%M}",
        f"{(t - datetime(1899, 12, 30)) / timedelta(days=1):.6f}",
    ]  # fmt: skip
    assert [_moment(way)[0] for way in ways] == [t] * len(ways)
    there = [
        f"{t:%Y-%m-%dT%H:%M:%S}+08:00", f"{t:%Y-%m-%d %H:%M:%S}+0800", f"{t:%Y-%m-%d %H:%M:%S} GMT+8", f"{t - HERE:%Y-%m-%dT%H:%M:%S}Z",
        str(round((t - HERE).replace(tzinfo=UTC).timestamp())), str(round((t - HERE).replace(tzinfo=UTC).timestamp() * 1000)),
    ]  # fmt: skip
    assert {m.astimezone(UTC) for m in (_moment(way)[0] for way in there) if m} == {
        (t - HERE).replace(tzinfo=UTC)
    }


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-03-02", "time of day"),
        ("2026年3月2日", "time of day"),
        ("46083", "time of day"),
        ("03/04/2026 10:00", "the year first"),
        ("4.3.2026 10:00", "the year first"),
        ("昨天下午", "a time such as"),
        ("2026-02-30 10:00", "a time such as"),
        ("2026-03-02 25:00", "a time such as"),
        ("2026-03-02 13:00 PM", "a time such as"),
    ],
)
def test_what_is_no_time_is_told_with_what_is_expected(said: str, expected: str) -> None:
    moment, wanted = _moment(said)
    assert moment is None
    assert expected in wanted


def test_day_and_hour_may_stand_in_two_columns(tmp_path: Path, plain: Audit) -> None:
    rows = [[r[0], r[1][:10], r[1][11:], *r[2:]] for r in ROWS]
    names = [NAMES[0], "联系日期", "联系时间", *NAMES[2:]]
    path = tmp_path / "h.csv"
    path.write_text(written(rows, names=names), "utf-8")
    assert sum_of(told(path)) == sum_of(plain)
    book = Workbook()
    book.active.append(names)
    for r in ROWS:
        t = datetime.fromisoformat(r[1])
        book.active.append([r[0], t.date(), t.time(), *r[2:]])
    book.save(tmp_path / "h.xlsx")
    assert sum_of(told(tmp_path / "h.xlsx")) == sum_of(plain)


def test_days_without_an_hour_accuse_nobody(tmp_path: Path) -> None:
    """Read as midnights they would all stand in the closed hours."""
    pq.write_table(
        pa.table(
            {n: [r[i] for r in ROWS] for i, n in enumerate(NAMES)}
            | {"联系时间": [datetime(2026, 3, 2) + timedelta(days=n) for n in range(60)]}
        ),
        tmp_path / "midnights.parquet",
    )
    path = tmp_path / "days.csv"
    path.write_text(written([[r[0], r[1][:10], *r[2:]] for r in ROWS]), "utf-8")
    for one in (path, tmp_path / "midnights.parquet"):
        found = told(one)
        assert (found.contacts, len(found.broken)) == (0, 60)
        assert all("time of day" in b.expected for b in found.broken)


def test_a_missing_time_is_broken_and_not_the_year_1970(tmp_path: Path) -> None:
    moments = [None if n % 3 == 0 else datetime.fromisoformat(r[1]) for n, r in enumerate(ROWS)]
    table = {n: [r[i] for r in ROWS] for i, n in enumerate(NAMES)} | {
        "联系时间": pa.array(moments, pa.timestamp("us"))
    }
    pq.write_table(pa.table(table), tmp_path / "h.parquet")
    found = told(tmp_path / "h.parquet")
    assert (found.contacts, len(found.broken)) == (40, 20)
    assert datetime.fromtimestamp(found.first / 1e6, UTC).year == 2026


# ── what is asked wrongly ──


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("columns: [a, b]", "expected pairs"),
        ("{{{", "not readable as YAML"),
        ("just text", "a mapping has columns"),
        ("words: {channel: {座机: phon}}", "did you mean phone"),
        ("words: {chanel: {座机: phone}}", "no field chanel"),
        ("constants: {direction: outward}", "is no direction"),
        ("column: {debtor: a}", "unknown column"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_in_words(tmp_path: Path, mapping: str, said: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(mapping, "utf-8")
    with pytest.raises(UnreadableHistory, match=said):
        Layout.read(path)


def test_a_pack_an_overlay_or_a_folder_that_cannot_be_is_said_before_the_work(tmp_path: Path) -> None:
    history, loose = tmp_path / "h.csv", tmp_path / "loose.yaml"
    history.write_text(written(ROWS), "utf-8")
    loose.write_text(
        "lender: x\nparameters:\n  attempts_per_number: {from: 2026-01-30, value: 9, why: ours}\n", "utf-8"
    )
    for more, said in (
        (["--pack", "nosuch"], "no pack 'nosuch'"),
        (["--overlay", str(loose)], "looser than 6"),
        (["--out", str(tmp_path / "nowhere/r.html")], "no folder"),
    ):
        found = CliRunner().invoke(command, [str(history), "--zone", "Asia/Shanghai", "--quiet", *more])
        assert found.exit_code == 2 and said in found.output and not isinstance(found.exception, OSError)


def test_a_sheet_with_a_heading_and_nothing_else_still_tells_its_columns(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["客户号", "联系时间"])
    book.save(tmp_path / "空.xlsx")
    (only,) = pieces(tmp_path / "空.xlsx")
    assert isinstance(only, Piece)
    assert (only.table.column_names, only.table.num_rows) == (["客户号", "联系时间"], 0)
