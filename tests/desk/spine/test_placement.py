"""A case file lands whole or not at all, once."""

from __future__ import annotations

import pytest

from shouyue.cli.demo.lender import cases, resident_id
from shouyue.connectors.loanbook import read_cases
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.matters import reads
from shouyue.desk.matters.actions.placement import take_in
from shouyue.desk.matters.models import Balance, Import, Loan, LoanParty
from shouyue.desk.parties.models import Party
from shouyue.desk.parties.reads import representative
from shouyue.terms import PartyRole
from tests.connectors.test_loanbook import GOOD, csv_of
from tests.office import MORNING

pytestmark = pytest.mark.django_db
ROW = {**GOOD, "合同号": "QC9", "案件编号": "AJ9", "借据编号": "JJ9"}


def state():
    return [m.objects.count() for m in (Loan, Balance, LoanParty, Party, Import, Leaf)]


def test_a_repeated_file_changes_nothing(office):
    body = csv_of(ROW)
    rows = read_cases(body, "cases.csv").cases
    first = take_in(cases=rows, filename="cases.csv", body=body, by=office.admin, at=office.at)
    assert (first.new, first.repeated) == (1, False)
    before = state()
    again = take_in(cases=rows, filename="cases.csv", body=body, by=office.admin, at=office.at)
    assert (again.new, again.changed, again.repeated) == (0, 0, True)
    assert state() == before


def test_other_bytes_with_the_same_cases_change_only_what_differs(office):
    for name, row, expected in (
        ("a", ROW, "new"),
        ("b", ROW, "same"),
        ("c", {**ROW, "贷款金额": "10.63万"}, "changed"),
    ):
        body = csv_of(row) + b"\r\n" * (ord(name) - 96)
        taken = take_in(
            cases=read_cases(body, "cases.csv").cases, filename=name, body=body, by=office.admin, at=office.at
        )
        assert getattr(taken, expected) == 1


def test_a_bad_row_never_half_lands(office):
    rows = [
        *cases(office.at.date())[:2],
        {**cases(office.at.date())[2], "dpd": None},
    ]
    rows = [{**r, "client": "另一家", "case_no": f"X{n}"} for n, r in enumerate(rows)]
    before = state()
    with pytest.raises(Exception, match=r"days_past_due"):
        take_in(cases=rows, filename="x.csv", body=b"x", by=office.admin, at=MORNING)
    assert state() == before


def test_a_file_does_not_put_another_in_the_place_of_who_acts_for_a_company(office):
    """A newer file, or an old one taken in again, names somebody else: unverified, until a person says what shows it."""
    first = {
        **ROW, "姓名": "示例运输有限公司", "身份证号": "91350100M000100Y43", "法定代表人姓名": "韩东",
        "法定代表人身份证号": resident_id("19750505", 301), "法定代表人手机号": "13800000301",
    }  # fmt: skip
    other = {**first, "法定代表人姓名": "韩西", "法定代表人身份证号": resident_id("19780606", 302)}
    for n, row in enumerate((first, other, first)):
        read = read_cases(csv_of(row), "cases.csv")
        take_in(
            cases=read.cases,
            filename="cases.csv",
            body=csv_of(row) + b"\n" * n,
            by=office.admin,
            at=office.at,
        )
    loan = reads.by_number("AJ9").loan
    roles = {p.party.name: p.role for p in reads.people_of(loan)}
    assert representative(reads.debtor_of(loan)).name == "韩东"
    assert (roles["韩东"], roles["韩西"]) == ("legal_representative", "unverified")


def test_a_company_comes_with_its_legal_representative_and_a_co_borrower(office):
    row = {
        **ROW, "姓名": "示例运输有限公司", "身份证号": "91350100M000100Y43",
        "法定代表人姓名": "韩东", "法定代表人身份证号": resident_id("19750505", 301), "法定代表人手机号": "13800000301",
        "共借人姓名": "韩雪", "共借人身份证号": resident_id("19780606", 302), "共借人手机号": "13800000302",
    }  # fmt: skip
    body = csv_of(row)
    read = read_cases(body, "cases.csv")
    assert read.errors == ()
    take_in(cases=read.cases, filename="cases.csv", body=body, by=office.admin, at=office.at)
    loan = reads.by_number("AJ9").loan
    debtor = reads.debtor_of(loan)
    acting = representative(debtor)
    assert (debtor.kind, acting.name) == ("company", "韩东")
    assert reads.role_in(loan, acting) == PartyRole.LEGAL_REPRESENTATIVE
    assert not PartyRole.LEGAL_REPRESENTATIVE.owes
    assert {p.role for p in reads.people_of(loan)} >= {
        "debtor",
        "co_borrower",
        "guarantor",
        "legal_representative",
    }
