"""Agencies at the door: who sees them, what is refused in which words, a recall in one click, and an agency's own page."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from shouyue.casework.finding import Level
from shouyue.cli.demo import agencies
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import outbound
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.wordings import wordings
from shouyue.desk.people import reads as who
from shouyue.desk.review import actions as review
from shouyue.desk.review.models import Look
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db


@pytest.fixture
def played(office, clock):
    agencies.begin(at=office.at)
    office.tiaojie.refresh_from_db()
    return {one.name: one for one in who.agencies()}


@pytest.fixture
def good(played):
    return played[agencies.NAME]


def act(client, agency, what, **given):
    return client.post(reverse("agency_act", args=[agency.pk, what]), given)


def test_conduct_and_performance_stand_side_by_side(office, good, sign_in):
    board = sign_in(office.sunli).get("/agencies/").content.decode()
    assert good.name in board and agencies.OTHER in board
    shown = sign_in(office.sunli).get(reverse("agency", args=[good.pk])).content.decode()
    assert shown.index("行为") < shown.index("业绩") and "92 / 100" in shown and "截至" in shown
    english = sign_in(office.sunli, "en").get(reverse("agency", args=[good.pk])).content.decode()
    assert "Conduct" in english and "How often or how hard somebody is pressed is no part of it." in english


def test_an_agency_is_offered_its_own_signature_and_no_wording_in_which_the_lender_speaks(office, good):
    matter = office.matter(7)
    thread = matters.threads_of(matter)[0]
    assert thread.owner == office.tiaojie
    said = wordings(thread, office.at)
    spoken = [one["filled"] for one in said]
    assert spoken and not any(matter.loan.client in words or f"我是{good.name}" in words for words in spoken)
    assert any(words.startswith(f"【{good.name}】") for words in spoken)
    thread.owner = office.lina
    assert any(matter.loan.client in one["filled"] for one in wordings(thread, office.at))


def test_the_channels_of_the_contract_are_shown_and_agreed_anew(office, good, sign_in):
    client = sign_in(office.sunli)
    shown = client.get(reverse("agency", args=[good.pk])).content.decode()
    assert "合同约定渠道" in shown and 'value="visit"' in shown
    nothing = act(client, good, "channels", why="补充协议二")
    assert nothing.status_code == 422 and who.agency(good.pk).channels == ["phone", "sms", "wecom"]
    same = act(client, good, "channels", channels=["phone", "sms", "wecom"], why="补充协议二")
    assert same.status_code == 422 and "已是合同约定的渠道" in same.content.decode()
    assert act(client, good, "channels", channels=["group"], why="补充协议二").status_code == 422
    assert act(client, good, "channels", channels=["phone", "letter"], why="补充协议二").status_code == 302
    assert who.agency(good.pk).channels == ["phone", "letter"]
    assert (
        act(sign_in(office.wangmin), good, "channels", channels=["sms"], why="补充协议二").status_code == 404
    )
    mine = sign_in(office.tiaojie).get("/my-agency/").content.decode()
    assert "电话、信函" in mine


def test_what_review_found_of_its_people_stands_beside_what_came_in(office, good, sign_in):
    matter = matters.entrustments_of(good)[0].matter
    said = outbound.propose(
        id=uuid.uuid4(), thread=matter_verbs.open_thread(
            matter=matter, party=matters.debtor_of(matter.loan), purpose=Purpose.NOTICE, channel=Channel.SMS,
            account=agencies.NAME, owner=office.tiaojie, by=office.tiaojie, at=office.at,
        ), text="您好", acknowledged=True, by=office.tiaojie, at=office.at,
    )  # fmt: skip
    Contact.objects.filter(pk=said.pk).update(state="delivered")
    review.look(by="t", at=office.at + timedelta(minutes=1))
    look = Look.objects.get(contact=said.pk)
    Look.objects.filter(pk=look.pk).update(drawn=True)
    review.judge(
        look=look.pk,
        level=Level.SERIOUS,
        rule="CBA-2026.red.threat",
        note_="电话中威胁",
        by=office.sunli,
        at=office.at,
    )
    for person, sees in ((office.sunli, True), (office.wu, True), (office.wangmin, False)):
        shown = sign_in(person).get(reverse("agency", args=[good.pk])).content.decode()
        assert "CBA-2026.red.threat" in shown and ("电话中威胁" in shown) == sees
        assert shown.index("质检发现的违规") < shown.index("业绩") < shown.index("质检对其人员的发现")


@pytest.mark.parametrize("who_", ["lina", "tiaojie", "zhou", "chen"])
def test_others_find_no_such_place(office, good, sign_in, who_):
    client = sign_in(getattr(office, who_))
    for address in ("/agencies/", reverse("agency", args=[good.pk])):
        assert client.get(address).status_code == 404
    assert act(client, good, "recall", why="试一试看").status_code == 404
    assert who.agency(good.pk).state == "listed"


@pytest.mark.parametrize("what", ["list", "inspect", "evaluate", "commission", "renew"])
def test_a_supervisor_recalls_and_places_but_keeps_no_list(office, good, sign_in, what):
    assert act(sign_in(office.wangmin), good, what, why="试一试看").status_code == 404


def test_an_auditor_looks_and_changes_nothing(office, good, sign_in):
    client = sign_in(office.wu)
    assert "叫停：立即停止" not in client.get(reverse("agency", args=[good.pk])).content.decode()
    assert act(client, good, "recall", why="试一试看").status_code == 404


def test_a_commission_on_pressure_has_no_field_and_one_without_conduct_is_refused_with_the_law(
    office, good, sign_in
):
    client = sign_in(office.sunli)
    given = {"begins_on": "2026-03-11", "per_cent": "12", "conduct": 0, "quality": 60, "records": 15, "complaints": 15, "security": 10, "contacts": 50}  # fmt: skip
    refused = act(client, good, "commission", **given)
    assert refused.status_code == 422
    said = refused.content.decode()
    assert "考核项未包含行为合规" in said and "name=contacts" not in said and 'name="contacts"' not in said


def test_a_case_is_placed_and_until_its_debtor_is_told_it_says_so(office, good, sign_in):
    client = sign_in(office.wangmin)
    member = str(office.tiaojie.pk)
    wrong = act(client, good, "entrust", number="AJ999", member=member, until="2026-06-30")
    assert wrong.status_code == 422 and "请核对案件号" in wrong.content.decode()
    number = office.matter(9).number
    placed = act(client, good, "entrust", number=number, member=member, until="2026-06-30")
    assert placed.status_code == 302
    row = matters.entrusted(office.matter(9))
    nothing = client.post(reverse("tell_debtor", args=[row.pk]), {"receipt": ""})
    assert nothing.status_code == 422 and "请写明告知的凭据" in nothing.content.decode()
    assert client.post(reverse("tell_debtor", args=[row.pk]), {"receipt": "EMS 77"}).status_code == 302
    assert matters.entrustment(row.pk).state == "told"
    assert sign_in(office.tiaojie).get(reverse("debtor", args=[row.matter_id])).status_code == 200


def test_recalled_in_one_click_its_people_see_nothing_and_say_what_they_gave_back(office, good, sign_in):
    theirs = sign_in(office.tiaojie)
    held = reverse("debtor", args=[office.matter(7).pk])
    assert theirs.get(held).status_code == 200
    assert act(sign_in(office.wangmin), good, "recall", why="借款人投诉威胁").status_code == 302
    assert theirs.get(held).status_code == 404
    page = theirs.get("/my-agency/").content.decode()
    assert "待交还或删除" in page and "贷款人已叫停贵机构" in page
    row = next(r for r in matters.entrustments_of(good) if r.matter_id == office.matter(7).pk)
    assert theirs.post("/my-agency/", {"which": row.pk, "words": ""}).status_code == 422
    assert theirs.post("/my-agency/", {"which": "7", "words": "已全部删除"}).status_code == 404
    assert theirs.post("/my-agency/", {"which": row.pk, "words": "纸质交还，电子已删"}).status_code == 302
    assert matters.entrustment(row.pk).state == "given_back"


def test_an_agency_s_first_page_and_queue_are_its_own(office, good, sign_in):
    client = sign_in(office.tiaojie)
    queue = client.get("/queue/").content.decode()
    assert office.matter(7).number in queue and office.matter(1).number not in queue
    assert client.get(reverse("debtor", args=[office.matter(1).pk])).status_code == 404
