"""Case files: a dry run first; good files whole and once; bad ones not at all, with row, column, found and expected."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from shouyue.desk.matters.models import Import, Loan
from tests.connectors.test_loanbook import GOOD, csv_of

pytestmark = pytest.mark.django_db


def upload(client, body, name="委案.csv"):
    return client.post(reverse("imports"), {"file": SimpleUploadedFile(name, body)})


def test_a_dry_run_takes_nothing_in_and_the_button_takes_it_in_once(office, sign_in):
    client, before = sign_in(office.admin), Loan.objects.count()
    page = upload(client, csv_of({**GOOD, "合同号": "QC-NEW", "案件编号": "AJ-NEW"}))
    assert page.status_code == 302
    shown = client.get(page.url)
    assert "全部行均合格" in shown.content.decode()
    assert Loan.objects.count() == before
    for says in ("已导入：新增 1", "此前已导入"):
        assert says in client.post(page.url, follow=True).content.decode()
    assert Loan.objects.count() == before + 1
    assert Import.objects.filter(filename="委案.csv").count() == 1


def test_a_wrong_cell_is_shown_with_row_column_found_and_expected_and_nothing_is_taken_in(office, sign_in):
    client, before = sign_in(office.admin), Loan.objects.count()
    page = upload(client, csv_of(GOOD, {**GOOD, "合同号": "QC-OTHER", "委案日期": "2026-02-30"}))
    text = client.get(page.url).content.decode()
    for word in ("未导入", "2026-02-30", "委案日期", "日历上没有 2026-02-30"):
        assert word in text
    assert client.post(page.url).status_code == 422
    assert Loan.objects.count() == before


@pytest.mark.parametrize(
    ("body", "name", "says"),
    [
        (b"\x00\x01\x02", "a.csv", "编码"),
        (b"PK\x03\x04junk", "a.xlsx", "工作簿"),
        (b"a,b\r\n1,2\r\n", "a.csv", "缺少列"),
    ],
)
def test_what_is_no_case_file_is_refused_in_the_pages_language(body, name, says, office, sign_in):
    client = sign_in(office.admin)
    text = client.get(upload(client, body, name).url).content.decode()
    assert "这不是案件文件" in text
    assert says in text


def test_no_file_and_an_empty_file_are_said_so(office, sign_in):
    client = sign_in(office.admin)
    assert "请先选择文件" in client.post(reverse("imports")).content.decode()
    assert "文件为空" in upload(client, b"").content.decode()


def test_a_digest_of_nothing_is_not_found(office, sign_in):
    for digest in ("0" * 64, "nonsense"):
        assert sign_in(office.admin).get(reverse("import", args=[digest])).status_code == 404


def test_the_template_is_a_case_file(office, sign_in):
    answer = sign_in(office.admin).get(reverse("empty_file"))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "合同号" in answer.content.decode("utf-8-sig")
