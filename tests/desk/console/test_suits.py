"""The legal officer's pages: the board, one procedure, what is refused and in which words, the calendar that tells no names."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from icalendar import Calendar

from shouyue.cli.demo.procedures import begin
from shouyue.desk.ledger.reads import sealed_since
from shouyue.desk.matters import reads as matters
from shouyue.desk.suits import reads

pytestmark = pytest.mark.django_db


@pytest.fixture
def played(office, clock):
    begin(at=office.at)
    return {(s.matter.number[-2:], s.track): s for s in reads.running()}


def page(client, suit):
    return client.get(reverse("suit", args=[suit.pk])).content.decode()


def test_the_officer_begins_at_the_board_and_the_soonest_deadline_stands_first(office, played, sign_in):
    client = sign_in(office.chen)
    assert client.get("/").headers["Location"] == "/suits/"
    board = client.get("/suits/").content.decode()
    first = re.search(r'class="card urgent".*?<li.*?</li>', board, re.S)
    assert first and "上诉期届满" in first[0] and "剩 4 天" in first[0]
    assert "高*" in board and "高远" not in board
    for track in ("realisation", "mediation"):
        assert client.get(f"/suits/?track={track}").content.decode().count('class="ticket"') == 1
    assert client.get("/suits/?show=ended").status_code == 200


@pytest.mark.parametrize("who", ["lina", "wangmin", "zhou", "admin"])
def test_others_find_no_such_place(office, played, sign_in, who):
    client = sign_in(getattr(office, who))
    suit = played["10", "suit"]
    for address in ("/suits/", reverse("suit", args=[suit.pk])):
        assert client.get(address).status_code == 404
    assert client.post(reverse("suit_act", args=[suit.pk, "claim"])).status_code == 404


def test_an_auditor_looks_and_changes_nothing(office, played, sign_in):
    client = sign_in(office.wu)
    suit = played["10", "suit"]
    assert "确认进入" not in page(client, suit)
    assert client.post(reverse("suit_act", args=[suit.pk, "claim"])).status_code == 404


def test_a_step_is_taken_with_its_dates_and_an_impossible_one_is_refused_in_the_page_s_language(
    office, played, sign_in
):
    client, suit = sign_in(office.chen), played["10", "suit"]
    act = reverse("suit_act", args=[suit.pk, "step"])
    today = office.at.date().isoformat()
    refused = client.post(act, {"to": "effective", "on": today})
    assert refused.status_code == 422
    said = refused.content.decode()
    assert "登记“生效”须有生效日" in said and "请依生效证明录入" in said
    assert reads.get(suit.pk).stage == "judgment"
    assert client.post(act, {"to": "done", "on": today}).status_code == 422  # no choice of the form
    told = client.post(act, {"to": "effective", "on": today, "effective_on": today, "perform_by": today})
    assert told.status_code == 302 and reads.get(suit.pk).stage == "effective"


def test_what_cannot_be_counted_says_so_on_the_page(office, played, sign_in):
    from shouyue.desk.matters.models import Loan

    suit = played["03", "suit"]
    Loan.objects.filter(pk=suit.matter.loan_id).update(matures_on=None)
    said = page(sign_in(office.chen), suit)
    assert "无法计算“诉讼时效届满”：没有最后一期到期日" in said
    english = page(sign_in(office.chen, "en"), suit)
    assert "cannot be counted: the day on which the last instalment falls due is not in the record" in english


def test_a_paper_is_made_downloaded_and_the_reading_sealed(office, played, sign_in):
    client, suit = sign_in(office.chen), played["13", "suit"]
    act = reverse("suit_act", args=[suit.pk, "paper"])
    assert client.post(act, {"kind": "statement_of_claim"}).status_code == 302
    (made,) = reads.papers(suit)
    before = len(sealed_since(0))
    docx = client.get(reverse("suit_paper", args=[suit.pk, made.pk, "docx"]))
    assert "示例市和平区人民法院" in "\n".join(p.text for p in Document(io.BytesIO(docx.content)).paragraphs)
    pdf = client.get(reverse("suit_paper", args=[suit.pk, made.pk, "pdf"]))
    assert pdf.content.startswith(b"%PDF-") and pdf["Content-Disposition"].startswith("attachment")
    assert len(sealed_since(0)) == before + 2
    assert client.get(reverse("suit_paper", args=[suit.pk, made.pk, "exe"])).status_code == 404
    other = played["10", "suit"]
    assert client.get(reverse("suit_paper", args=[other.pk, made.pk, "pdf"])).status_code == 404
    lacking = client.post(
        reverse("suit_act", args=[played["03", "suit"].pk, "paper"]), {"kind": "statement_of_claim"}
    )
    assert lacking.status_code == 422 and "民事起诉状缺少受理机构" in lacking.content.decode()


def test_an_exhibit_of_the_mediation_is_marked_and_in_no_row(office, played, sign_in):
    said = page(sign_in(office.chen), played["12", "mediation"])
    assert "调解材料：不得提交" in said
    assert "调解笔录" not in said.split("份证据材料")[0]


def test_a_file_of_any_bytes_is_kept_and_never_read(office, played, sign_in):
    client, suit = sign_in(office.chen), played["03", "suit"]
    given = {
        "kind": "demand",
        "title": "催收函签收",
        "source": "邮政",
        "file": io.BytesIO(b"<script>\x00" * 9),
    }
    given["file"].name = "../../x.html"
    assert client.post(reverse("suit_act", args=[suit.pk, "exhibit"]), given).status_code == 302
    assert any(e.original for e in reads.exhibits(suit))


# ── the calendar ──


def address_of(client) -> str:
    client.post("/suits/calendar/")
    told = client.get("/suits/").content.decode()
    return re.search(r"http://testserver(/calendar/[\w-]+\.ics)", told)[1]


def test_the_calendar_has_every_deadline_on_its_safe_date_and_names_nobody(office, played, sign_in):
    client = sign_in(office.chen)
    address = address_of(client)
    assert address not in client.get("/suits/").content.decode()  # told once
    answer = Client().get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    book = Calendar.from_ical(answer.content)
    events = {str(e["summary"]): e for e in book.walk("VEVENT")}
    (appeal,) = [e for name, e in events.items() if "上诉期届满" in name]
    assert appeal["dtstart"].dt == office.at.date() + timedelta(days=4)
    assert {a["trigger"].dt for a in appeal.walk("VALARM")} >= {timedelta(days=-1), timedelta(days=-7)}
    assert any(name.endswith("开庭") for name in events)
    text = answer.content.decode()
    for suit in reads.running():
        for person in matters.people_of(suit.matter.loan):
            assert person.party.name not in text and (person.party.id_no or "…") not in text
    assert "¥" not in text and "元" not in text


def test_an_address_ends_when_a_new_one_is_made_or_it_is_closed_or_the_officer_leaves(
    office, played, sign_in
):
    client = sign_in(office.chen)
    first = address_of(client)
    second = address_of(client)
    assert Client().get(first).status_code == 404 and Client().get(second).status_code == 200
    office.chen.is_active = False
    office.chen.save()
    assert Client().get(second).status_code == 404
    office.chen.is_active = True
    office.chen.save()
    sign_in(office.chen).post("/suits/calendar/", {"close": "1"})
    assert Client().get(second).status_code == 404
    assert Client().get("/calendar/guess.ics").status_code == 404


def test_the_debtor_s_page_shows_the_procedures_and_each_guarantor_s_clock(office, played, sign_in):
    suit = played["10", "suit"]
    client = sign_in(office.chen)
    shown = client.get(reverse("debtor", args=[suit.matter_id])).content.decode()
    assert reverse("suit", args=[suit.pk]) in shown and "连带责任保证" in shown and "已主张" in shown
    theirs = sign_in(office.lina).get(reverse("debtor", args=[suit.matter_id])).content.decode()
    assert reverse("suit", args=[suit.pk]) not in theirs and "判决/调解书" in theirs


def test_an_officer_opens_another_track_from_the_debtor_s_page(office, played, sign_in):
    client = sign_in(office.chen)
    matter = office.matter(3)
    opened = client.post(reverse("new_suit", args=[matter.pk]), {"track": "realisation", "why": "抵押权明确"})
    assert opened.status_code == 302 and opened.headers["Location"].startswith("/suits/")
    assert {s.track for s in reads.of_matter(matter)} == {"suit", "realisation"}
    assert (
        sign_in(office.lina)
        .post(reverse("new_suit", args=[matter.pk]), {"track": "suit", "why": "试试"})
        .status_code
        == 404
    )
