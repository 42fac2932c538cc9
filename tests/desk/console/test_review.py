"""Review through the door: the queue before with its answers, the sample after with findings and appeals."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from shouyue.desk.approvals import reads as asked_of
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties import actions as parties
from shouyue.desk.review import actions as review
from shouyue.desk.review.models import BlockAppeal, Finding, Look
from shouyue.desk.worker.run import drain
from tests.desk.console.conftest import POLITE, RUDE

pytestmark = pytest.mark.django_db
DATED = POLITE + "如不能协商一致，我司将于2026年4月20日向人民法院起诉。"
BETTER = POLITE + "如不能协商一致，我司将依法向人民法院起诉。"


@pytest.fixture
def asked(office, thread):
    contact = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=DATED, acknowledged=True, by=office.lina, at=office.at
    )
    return asked_of.still_open("contact", contact.pk)


def test_the_queue_says_the_rule_and_leads_to_the_question(office, asked, sign_in):
    page = sign_in(office.wangmin).get(reverse("review_before")).content.decode()
    assert "CLAIM.intent" in page
    assert reverse("approval", args=[asked.pk]) in page
    assert sign_in(office.lina).get(reverse("review_before")).status_code == 404


def test_hold_and_send_back_through_the_page(office, thread, asked, sign_in):
    page = sign_in(office.wangmin)
    held = page.post(reverse("hold_approval", args=[asked.pk]), {"hold-reason": "向法务核实"})
    assert held.status_code == 302
    assert (
        "王敏正在暂扣核查：向法务核实" in sign_in(office.sunli).get(reverse("review_before")).content.decode()
    )
    back = page.post(
        reverse("send_back", args=[asked.pk]), {"edit-words": BETTER, "edit-reason": "立案日期未定"}
    )
    assert back.status_code == 302
    assert messages.get(asked.about).state == "returned"
    writer = sign_in(office.lina).get(reverse("thread", args=[thread.pk])).content.decode()
    assert f'data-use="{BETTER}"' in writer


def test_what_the_gate_would_block_is_answered_in_place(office, asked, sign_in):
    page = sign_in(office.wangmin).post(
        reverse("send_back", args=[asked.pk]),
        {"edit-words": "再不还钱我们就去你单位", "edit-reason": "改得更狠"},
    )
    assert page.status_code == 422
    assert "改写内容同样会被拦截" in page.content.decode()
    assert messages.get(asked.about).state == "awaiting_approval"


@pytest.mark.parametrize("place", ["hold_approval", "send_back"])
def test_a_stranger_finds_nothing(office, asked, sign_in, place):
    assert sign_in(office.zhaolei).post(reverse(place, args=[asked.pk])).status_code == 404


# ── afterwards ──


@pytest.fixture
def scene(office, thread, wires):
    """A contact that turned out to be against the person's wish: drawn for certain."""
    sent = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=POLITE, acknowledged=True, by=office.lina, at=office.at
    )
    drain(at=office.at)
    parties.stop(
        party=office.debtor(),
        kind="opt_out",
        why="来函九时送达",
        by=office.lina,
        at=office.at - timedelta(hours=1),
    )
    review.look(by="schedule", at=office.at)
    return Look.objects.get(contact=sent)


def test_a_verdict_a_finding_its_appeal_and_its_answer_through_the_pages(office, scene, sign_in):
    officer = sign_in(office.sunli)
    address = reverse("review_one", args=[scene.pk])
    assert address in officer.get(reverse("review_after")).content.decode()
    bad = officer.post(address, {"level": "serious", "rule": "", "note": "说不清"})
    assert bad.status_code == 422
    assert "请选择所违反的规则" in bad.content.decode()
    given = officer.post(
        address, {"level": "serious", "rule": "CBA-2026.red.threat", "note": "已收到来函仍联系"}
    )
    assert given.status_code == 302
    drain(at=office.at)

    member = sign_in(office.lina)
    page = member.get(reverse("my_findings")).content.decode()
    assert "已收到来函仍联系" in page
    assert reverse("course", args=["basics"]) in page
    finding = Finding.objects.get()
    member.post(reverse("appeal_finding", args=[finding.pk]), {"reason": "十一时才转交给我"})
    assert (
        "十一时才转交给我" not in officer.get(reverse("review_after")).content.decode()
    )  # who found it does not answer
    other = sign_in(office.hebing)
    assert "十一时才转交给我" in other.get(reverse("review_after")).content.decode()
    other.post(reverse("answer_finding", args=[finding.pk]), {"stands": "no", "reason": "收发登记为十一时"})
    finding.refresh_from_db()
    assert finding.state == "set_aside"


def test_a_blocked_message_is_said_to_be_wrong_from_the_thread(office, thread, sign_in):
    blocked = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=RUDE, acknowledged=True, by=office.lina, at=office.at
    )
    member = sign_in(office.lina)
    page = member.get(reverse("thread", args=[thread.pk])).content.decode()
    assert "规则不适用" in page
    member.post(
        reverse("appeal_block", args=[thread.pk, blocked.pk]),
        {"rule": "CBA-2026.red.threat", "reason": "这是转述"},
    )
    assert "这是转述" in sign_in(office.sunli).get(reverse("review_after")).content.decode()
    appeal = BlockAppeal.objects.get()
    sign_in(office.sunli).post(
        reverse("answer_block", args=[appeal.pk]), {"wrong": "yes", "reason": "语境为转述"}
    )
    assert "CBA-2026.red.threat" in sign_in(office.wangmin).get(reverse("review_figures")).content.decode()


def test_who_has_no_part_in_reviews_finds_nothing(office, scene, sign_in):
    for who in (office.zhaolei, office.zhou):
        assert sign_in(who).get(reverse("review_one", args=[scene.pk])).status_code == 404
    assert sign_in(office.lina).get(reverse("review_after")).status_code == 404
    assert sign_in(office.lina).get(reverse("review_figures")).status_code == 404
    nobody = sign_in(office.zhaolei).post(
        reverse("appeal_block", args=[scene.contact.thread_id, scene.contact_id]),
        {"rule": "x", "reason": "不是我的"},
    )
    assert nobody.status_code == 302
    assert not BlockAppeal.objects.exists()
