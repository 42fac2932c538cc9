"""The board's pages: formula, table and rows of every figure; bad days in words; nothing personal; not for everybody."""

from __future__ import annotations

import csv
import io
import uuid

import pytest
from django.urls import reverse

from shouyue.casework.right import Kind
from shouyue.desk.board.figures import UNIT, Figure, Unit
from shouyue.desk.people.models import Team
from shouyue.desk.rights import actions as rights
from tests.office import MORNING

pytestmark = pytest.mark.django_db


def test_every_figure_opens_with_its_formula_and_its_table(office, sign_in):
    client = sign_in(office.wangmin)
    page = client.get(reverse("board")).content.decode()
    for figure in Figure:
        assert reverse("figure", args=[figure]) in page
        one = client.get(reverse("figure", args=[figure]))
        assert (one.status_code == 200 and "÷" in one.content.decode()) or UNIT[figure] is not Unit.SHARE
        table = b"".join(client.get(reverse("figure_csv", args=[figure]))).decode("utf-8-sig")
        assert next(csv.reader(io.StringIO(table)))[:2] == ["by", "name"]


def test_bad_days_and_strange_figures_are_refused_in_words(office, sign_in):
    client = sign_in(office.wangmin)
    wrong = client.get(reverse("board"), {"since": "2026-03-10", "until": "2026-03-01"})
    assert wrong.status_code == 422 and "早于" in wrong.content.decode()
    assert client.get(reverse("board"), {"since": "yesterday"}).status_code == 422
    assert client.get(reverse("board"), {"since": "1990-01-01"}).status_code == 422
    assert client.get(reverse("board"), {"team": "不存在的组"}).status_code == 422
    assert client.get("/board/luck/").status_code == 404
    assert client.get(reverse("figure", args=["blocked"]), {"page": "-1"}).status_code == 200


def test_a_collector_and_an_administrator_find_no_such_place(office, sign_in):
    for staff in (office.lina, office.chen):
        assert sign_in(staff).get(reverse("board")).status_code == 404


def test_no_cell_of_a_table_is_a_formula(office, sign_in):
    Team.objects.filter(supervisor=office.wangmin).update(name="=HYPERLINK(1)")
    table = b"".join(sign_in(office.wangmin).get(reverse("figure_csv", args=["certified"]))).decode()
    assert "'=HYPERLINK" in table and ",=HYPERLINK" not in table


def test_nothing_personal_stands_on_it(office, sign_in):
    rights.ask(
        id=uuid.uuid4(), kind=Kind.COMPLAINT, matter=office.matter(), party=office.debtor(), words="电话太多",
        by="borrower", at=MORNING,
    )  # fmt: skip
    client = sign_in(office.sunli)
    name = office.debtor().name
    page = client.get(reverse("figure", args=["complaints"])).content.decode()
    rows = b"".join(client.get(reverse("figure_csv", args=["complaints"]), {"rows": 1})).decode()
    assert office.matter().number in page and office.matter().number in rows
    assert name not in page and name not in rows and "电话太多" not in page
