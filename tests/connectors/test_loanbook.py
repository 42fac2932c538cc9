"""A case file is read whole, or every wrong cell is named with what was found and expected."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from shouyue.cli.demo.lender import resident_id, vin
from shouyue.connectors.loanbook import UnreadableFile, default_mapping, read_cases, template

GOOD = {
    "委托方": "示例汽车金融有限公司", "资方": "示例银行", "批次号": "B202603", "委案日期": "2026-03-01", "预计退案日期": "2026/6/1",
    "委案金额": "9,655.20", "案件编号": "AJ1", "合同号": "QC2024006620", "借据编号": "JJ1", "产品": "汽车抵押贷款", "贷款金额": "10.62万",
    "逾期天数": "42", "逾期起始日": "20260127", "逾期本金": "8000.00", "逾期利息": "1,500.20", "罚息": "￥155.00",
    "剩余本金": "88344.80", "剩余应还": "90000", "金额截止日": "2026年3月10日", "姓名": "张伟", "身份证号": resident_id("19880412", 101),
    "手机号": "+86 138 0000 0001 / 13900000001", "车牌号": "京A·D12345", "车架号": vin(1),
    "担保人姓名": "刘洋", "担保人身份证号": resident_id("19860923", 211), "担保人手机号": "13800000002", "保证方式": "连带",
}  # fmt: skip


def csv_of(*rows: dict[str, str], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_of(*rows: dict[str, object]) -> bytes:
    book = Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_a_good_file_is_read_in_each_encoding(encoding):
    read = read_cases(csv_of(GOOD, encoding=encoding), "cases.csv")
    assert read.errors == ()
    (case,) = read.cases
    assert case["placed_amount"] == Decimal("9655.20")
    assert case["principal"] == Decimal("106200.00")
    assert case["overdue_since"] == date(2026, 1, 27)
    assert case["mobiles"] == ["13800000001", "13900000001"]
    assert case["plate"] == "京AD12345"
    assert case["guarantors"][0]["guarantee"] == "joint"


def test_a_workbook_reads_as_a_csv_does():
    assert read_cases(xlsx_of(GOOD), "cases.xlsx").cases == read_cases(csv_of(GOOD), "cases.csv").cases


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("委案日期", "2026-02-30", "a date that exists"),
        ("委案日期", "03/01/2026", "a date such as"),
        ("委案金额", "9,655.21", "the sum of its parts, 9,655.20"),
        ("委案金额", "abc", "a sum of money"),
        ("逾期本金", "8000.001", "two places"),
        ("逾期本金", "-1", "not negative"),
        ("身份证号", "9.99999E+17", "as text"),
        ("身份证号", resident_id("19880412", 101)[:-1] + "Y", "18 digits"),
        ("车架号", "LZZZZZZZ0RZ00000I", "without I, O and Q"),
        ("车架号", vin(1)[:-1] + "9", "ninth character"),
        ("车牌号", "A12345", "a plate"),
        ("手机号", "12345", "11 digits"),
        ("逾期天数", "90", "42, the days from"),
        ("姓名", "", "a value"),
        ("预计退案日期", "2026-02-01", "not before"),
        ("委案日期", "2026-03-01 or so", "a date such as"),
        ("逾期本金", "8E+3", "shortened"),
        ("逾期本金", "NaN", "not negative"),
        ("剩余应还", "90000.01", "the sum of its parts, 90,000.00"),
        ("身份证号", "91310000MA1FL0000X", "last character fits"),
        ("借据编号", "JJ1", "each receipt once"),
    ],
)
def test_a_wrong_cell_is_named(column, value, says):
    read = read_cases(csv_of(GOOD, {**GOOD, "合同号": "QC2", "借据编号": "JJ2", column: value}), "cases.csv")
    assert len(read.cases) == 1  # the good row is still read
    assert [(e.row, e.column) for e in read.errors] == [(3, column)]
    assert says in str(read.errors[0])


def test_a_contract_twice_is_named_with_both_rows():
    read = read_cases(csv_of(GOOD, GOOD), "cases.csv")
    (error,) = read.errors
    assert (error.row, error.found) == (3, "QC2024006620")
    assert "row 2" in error.hint


def test_a_number_that_a_spreadsheet_shortened_is_refused():
    read = read_cases(xlsx_of({**GOOD, "身份证号": 999999198804121000.0}), "cases.xlsx")
    assert "as text" in str(read.errors[0])


def test_missing_columns_are_listed():
    with pytest.raises(UnreadableFile, match="合同号"):
        read_cases(csv_of({k: v for k, v in GOOD.items() if k != "合同号"}), "cases.csv")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00\x00", b"PK\x03\x04broken"])
def test_what_is_no_case_file_is_refused(body):
    with pytest.raises(UnreadableFile):
        read_cases(body, "cases.csv")


def test_the_template_has_every_column_of_the_mapping():
    headings = template().decode("utf-8-sig").strip().split(",")
    assert headings == [names[0] for names in default_mapping()["columns"].values()]


@pytest.mark.parametrize("number", [12345678901234567890, 12345678901234567.0, "1.23457E+19"])
@pytest.mark.parametrize("column", ["合同号", "借据编号", "案件编号"])
def test_a_contract_number_that_lost_its_last_digits_is_never_taken_for_the_real_one(column, number):
    (error,) = read_cases(xlsx_of({**GOOD, column: number}), "cases.xlsx").errors
    assert (error.column, error.expected) == (column, "the whole number as text")


def test_columns_of_the_clients_own_are_carried_along():
    (case,) = read_cases(csv_of({**GOOD, "渠道经理": "周波", "空列": ""}), "cases.csv").cases
    assert case["more"] == {"渠道经理": "周波"}


def test_a_companys_code_is_checked_by_its_last_character():
    """91350100M000100Y43 is the worked example of the standard itself (GB 32100)."""
    (case,) = read_cases(csv_of({**GOOD, "身份证号": "91350100M000100Y43"}), "cases.csv").cases
    assert case["id_no"] == "91350100M000100Y43"


@pytest.mark.parametrize("divider", [";", "\t"])
def test_other_dividers_are_seen_by_the_heading(divider):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(GOOD), delimiter=divider)
    writer.writeheader()
    writer.writerow(GOOD)
    assert read_cases(out.getvalue().encode(), "cases.csv").cases == read_cases(csv_of(GOOD), "x.csv").cases


def hurt(body: bytes, change) -> bytes:
    """A workbook whose first sheet is changed underneath."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if "sheet1" in name else part)
    return out.getvalue()


ENTITIES = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (hurt(xlsx_of(GOOD), lambda part: part[: len(part) // 2]), "damaged"),
        (hurt(xlsx_of(GOOD), lambda part: part.replace(b"<worksheet", ENTITIES, 1)), "damaged"),
        (csv_of(GOOD).replace("示例银行".encode(), '"示例银行'.encode()), "quotation mark"),
        (
            csv_of(GOOD)
            .replace("到期日".encode(), "合同号".encode())
            .replace("产品".encode(), "合同号".encode()),
            "twice",
        ),
    ],
    ids=["a sheet cut off", "a sheet with entities", "an open quotation", "a heading twice"],
)
def test_a_file_that_breaks_half_way_is_refused_whole(body, says):
    with pytest.raises(UnreadableFile, match=says):
        read_cases(body, "cases.csv")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_never_crash(body):
    for start in (b"", csv_of(GOOD) + b"\r\n"):
        try:
            read_cases(start + body, "cases.csv")
        except UnreadableFile:
            pass
