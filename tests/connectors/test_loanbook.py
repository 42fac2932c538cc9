"""A case file is read whole, or every wrong cell is named with what was found and expected."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook

from shouyue.cli.demo.lender import resident_id, vin
from shouyue.connectors.loanbook import UnreadableFile, default_mapping, read_cases, template

GOOD = {
    "委托方": "示例汽车金融有限公司", "资方": "示例银行", "批次号": "B202603", "委案日期": "2026-03-01", "预计退案日期": "2026/6/1",
    "委案金额": "9,655.20", "案件编号": "AJ1", "合同号": "QC2024006620", "借据编号": "JJ1", "产品": "汽车抵押贷款", "贷款金额": "10.62万",
    "逾期天数": "42", "逾期起始日": "20260127", "逾期本金": "8000.00", "逾期利息": "1,500.20", "罚息": "￥155.00",
    "剩余应还": "90000", "金额截止日": "2026年3月10日", "姓名": "张伟", "身份证号": resident_id("19880412", 101),
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
    ],
)
def test_a_wrong_cell_is_named(column, value, says):
    read = read_cases(csv_of(GOOD, {**GOOD, "合同号": "QC2", column: value}), "cases.csv")
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
