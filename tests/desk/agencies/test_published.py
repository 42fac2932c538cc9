"""What the public and a borrower read of agencies: who is on the list today, and who acts in their case; nothing more."""

from __future__ import annotations

import pytest
from django.test import Client

from shouyue.desk.agencies import actions
from shouyue.desk.console import frame
from shouyue.desk.rights import actions as rights
from tests.desk.agencies.conftest import NAME

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moment(office, monkeypatch):
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(lambda: office.at))


def public(language="zh-hans"):
    client = Client()
    client.cookies["django_language"] = language
    return client.get("/p/agencies").content.decode()


def test_the_list_is_public_and_changes_with_the_agency(office, agency):
    assert NAME not in public() and "目前没有受托机构" in public()
    actions.inspect(
        agency=agency, on=office.at.date(), on_site=True, found="录音齐全", by=office.sunli, at=office.at
    )
    actions.put_on_list(agency=agency, why="准入评估通过", by=office.sunli, at=office.at)
    assert NAME in public() and agency.registration_no in public()
    assert "Do not pay them" in public("en")
    actions.recall(agency=agency, why="投诉待核实", by=office.sunli, at=office.at)
    assert NAME not in public()


def test_the_list_tells_nothing_of_anybody(office, told):
    said = public()
    for n in range(1, 17):
        assert office.debtor(n).name not in said and office.matter(n).number not in said
    assert "tiaojie" not in said and "8001" not in said


def test_a_borrower_reads_on_their_own_page_who_acts_in_their_case(office, told):
    debtor = office.debtor(5)
    word = rights.open_page(matter=office.matter(5), party=debtor, by=office.lina, at=office.at)
    page = Client()
    page.get(f"/p/own/{word}")
    assert NAME not in page.get("/p/own").content.decode()  # not before they proved who they are
    page.post("/p/own/who", {"name": debtor.name, "id_tail": (debtor.id_no or "")[-6:]})
    assert f"{NAME} 受我们委托处理此事" in page.get("/p/own").content.decode()
