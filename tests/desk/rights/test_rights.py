"""A right is obeyed at once, answered in time by somebody whom it is not about, and never held against anybody."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from shouyue.casework.right import Kind
from shouyue.casework.right import Right as State
from shouyue.desk.conduct import actions as conduct
from shouyue.desk.conduct import reads as conduct_reads
from shouyue.desk.conduct.models import ConductEvent
from shouyue.desk.conduct.models import Kind as Kind_
from shouyue.desk.console import frame
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as party_reads
from shouyue.desk.rights import actions, reads
from shouyue.desk.rights.models import RightAsked
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.cast import 张伟, 赵强

pytestmark = pytest.mark.django_db


def ask(office, kind, words="说明一下情况", **more):
    return actions.ask(
        id=uuid.uuid4(), kind=kind, matter=office.matter(), party=office.debtor(), words=words, by="borrower", at=office.at, **more
    )  # fmt: skip


def stops(office):
    return {s.kind for s in party_reads.stops(office.debtor(), office.at)}


@pytest.mark.parametrize(
    ("kind", "stop"), [(Kind.DISPUTE, "dispute"), (Kind.HARDSHIP, "hardship"), (Kind.COMPLAINT, "complaint")]
)
def test_what_must_rest_rests_from_the_moment_it_is_asked_until_the_answer(office, kind, stop):
    row = ask(office, kind)
    assert stop in stops(office)
    actions.take_in_hand(right=row.pk, by=office.sunli, at=office.at)
    actions.answer(
        right=row.pk, outcome=State.PARTLY, words="已核对，说明如下", by=office.sunli, at=office.at
    )
    assert stop not in stops(office)
    assert not ConductEvent.objects.exists()  # exercising a right is never conduct


def test_a_preference_a_withdrawal_and_a_representative_are_done_at_once(office):
    parties.give_consent(
        party=office.debtor(),
        what="night_contact",
        form="express",
        words="可以夜间联系",
        by="x",
        at=office.at,
    )
    assert ask(office, Kind.PREFERENCE, facts={"channel": "phone"}).state == State.GRANTED
    assert ask(office, Kind.WITHDRAWAL, words="", facts={"consent": "night_contact"}).state == State.GRANTED
    assert ask(office, Kind.REPRESENTATIVE, words="王律师，电话见函").state == State.GRANTED
    assert {"opt_out", "represented"} <= stops(office)
    assert not party_reads.consents(office.debtor(), office.at, "night_contact")


def asked_at(office, channel, clock):
    """What the gate says of a harmless notice to the debtor at this hour of that day, in the lender's zone."""
    matter, hour = office.matter(), localtime(office.at).replace(hour=int(clock[:2]), minute=int(clock[3:]))
    thread = matter_verbs.open_thread(
        matter=matter, party=office.debtor(), purpose=Purpose.NOTICE, channel=channel, account=matter.loan.client,
        owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    text = f"【示例汽车金融】您好,我是示例汽车金融有限公司工作人员,工号{office.lina.staff_no}。请在方便时回电400-000-0000。"
    decision = messages.preview(thread=thread, text=text, by=office.lina, at=hour).decision
    return decision.effect, decision.next_lawful and localtime(decision.next_lawful).strftime("%H:%M")


def test_night_contact_is_allowed_only_as_agreed_and_no_longer_once_it_is_taken_back(office):
    assert asked_at(office, Channel.SMS, "22:40") == ("block", "08:00")
    agreed = {"channel": "sms", "from": "22:30", "to": "23:30"}
    assert ask(office, Kind.NIGHT, words="我上夜班，这个时间方便", facts=agreed).state == State.GRANTED
    (consent,) = party_reads.consents(office.debtor(), office.at, "night_contact")
    assert (consent.form, consent.words, bool(consent.evidence)) == (
        "express",
        "我上夜班，这个时间方便",
        True,
    )
    assert asked_at(office, Channel.SMS, "22:40")[0] == "allow"
    assert asked_at(office, Channel.SMS, "22:10") == ("block", "22:30")
    assert asked_at(office, Channel.SMS, "23:30") == ("block", "08:00")
    assert asked_at(office, Channel.PHONE, "22:40") == ("block", "08:00")
    # another one for another way leaves the first as it is
    ask(office, Kind.NIGHT, words="电话也可以", facts=agreed | {"channel": "phone", "from": "22:00"})
    assert asked_at(office, Channel.SMS, "22:10") == ("block", "22:30")
    assert asked_at(office, Channel.SMS, "22:40")[0] == "allow"
    ask(office, Kind.WITHDRAWAL, words="", facts={"consent": "night_contact"})
    assert asked_at(office, Channel.SMS, "22:40") == ("block", "08:00")


def test_a_night_consent_without_channel_or_hours_is_for_a_person_to_judge(office):
    parties.give_consent(
        party=office.debtor(), what="night_contact", form="express", words="晚上可以", by="x", at=office.at
    )
    assert asked_at(office, Channel.SMS, "22:40")[0] == "approval"
    for said in (
        {"channel": "sms"},
        {"channel": "sms", "from": "22:00", "to": "22:00"},
        {"from": "22:00", "to": "23:00"},
    ):
        with pytest.raises(actions.UnableToAsk, match="from when until when"):
            ask(office, Kind.NIGHT, facts=said)


def test_the_period_is_the_packs_and_the_alarm_ignores_rest_days(office):
    row = ask(office, Kind.COMPLAINT)
    assert row.due_on == (office.at + timedelta(days=15)).date()
    assert row.warn_on < row.due_on
    actions.take_in_hand(right=row.pk, by=office.sunli, at=office.at)
    longer = actions.set_complexity(
        right=row.pk, complexity="complex", why="须向资方核实", by=office.sunli, at=office.at
    )
    assert longer.due_on == (office.at + timedelta(days=30)).date()


def test_a_complaint_is_never_seen_or_answered_by_whom_it_is_about(office):
    row = ask(office, Kind.COMPLAINT, about=office.sunli)
    assert row.pk not in {r.pk for r in reads.waiting(office.sunli)}
    with pytest.raises(actions.UnableToAnswer, match="never by whom it is about"):
        actions.take_in_hand(right=row.pk, by=office.sunli, at=office.at)
    assert row.pk in {r.pk for r in reads.waiting(office.hebing)}
    with pytest.raises(actions.UnableToAnswer):
        actions.take_in_hand(right=row.pk, by=office.lina, at=office.at)  # nor by a collector


def test_a_refusal_without_a_reason_is_none_and_nobody_answers_what_another_has_in_hand(office):
    row = ask(office, Kind.DELETION)
    with pytest.raises(actions.UnableToAnswer, match="take it in hand first"):
        actions.answer(right=row.pk, outcome=State.REFUSED, words="不能删除", by=office.sunli, at=office.at)
    actions.take_in_hand(right=row.pk, by=office.sunli, at=office.at)
    with pytest.raises(actions.UnableToAnswer, match="at least 4"):
        actions.answer(right=row.pk, outcome=State.REFUSED, words=" 否 ", by=office.sunli, at=office.at)
    with pytest.raises(actions.UnableToAnswer, match="take it in hand first"):
        actions.answer(right=row.pk, outcome=State.GRANTED, words="可以删除", by=office.hebing, at=office.at)


def test_a_plan_that_is_asked_for_is_answered_by_the_second_persons_decision(office):
    from shouyue.casework.plan import equal_parts
    from shouyue.desk.approvals import reads as approvals
    from shouyue.desk.matters.actions.plans import decide_plan

    owed = matters.debt(office.matter().loan, office.at)
    parts = equal_parts(owed.total, 3, (office.at + timedelta(days=20)).date())
    row = ask(
        office, Kind.PLAN, words="想分三期还清", facts={"parts": [{"due_on": p.due_on.isoformat(), "amount": str(p.amount)} for p in parts]}
    )  # fmt: skip
    assert row.state == State.RECEIVED
    decide_plan(
        approval=approvals.about("plan", row.plan),
        grant=True,
        reason="方案可行",
        by=office.wangmin,
        at=office.at,
    )
    drain(at=office.at)
    assert RightAsked.objects.get(pk=row.pk).state == State.GRANTED


# ── the page ──


@pytest.fixture
def page(office, wires, monkeypatch):
    """A browser that opened the link, before its owner is proved."""
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(lambda: office.at))
    word = actions.open_page(matter=office.matter(), party=office.debtor(), by=office.lina, at=office.at)
    client = Client()
    assert client.get(f"/p/own/{word}").status_code == 302
    return client


def proved(client):
    answer = client.post(reverse("portal:prove"), {"name": 张伟.name, "id_tail": 张伟.id_no[-6:]})
    assert answer.status_code == 302
    return client


def test_nothing_is_shown_before_the_owner_is_proved_and_five_wrong_tries_lock_the_link(office, page):
    debt = matters.debt(office.matter().loan, office.at)
    for left in (4, 3, 2, 1):
        answer = page.post(reverse("portal:prove"), {"name": 赵强.name, "id_tail": 赵强.id_no[-6:]})
        assert answer.status_code == 422
        assert f"还可尝试 {left} 次" in answer.content.decode()
        assert f"{debt.total:,.2f}" not in answer.content.decode()
    page.post(reverse("portal:prove"), {"name": "张伟", "id_tail": "000000"})
    assert page.get(reverse("portal:own")).status_code == 404
    assert (
        page.post(reverse("portal:prove"), {"name": 张伟.name, "id_tail": 张伟.id_no[-6:]}).status_code == 404
    )


def test_the_amount_stands_with_its_parts_and_day_and_a_dispute_reaches_the_queue(office, page):
    debt = matters.debt(office.matter().loan, office.at)
    client = proved(page)
    text = client.get(reverse("portal:own")).content.decode()
    assert f"{debt.total:,.2f}" in text
    assert f"{debt.as_of:%Y-%m-%d}" in text
    form = client.get(reverse("portal:ask", args=["dispute"])).context["form"]
    answer = client.post(
        reverse("portal:ask", args=["dispute"]), {"id": form["id"].value(), "words": "三月的款已经还了"}
    )
    assert answer.status_code == 302
    (row,) = reads.waiting(office.sunli)
    assert (row.kind, row.words) == ("dispute", "三月的款已经还了")
    assert "dispute" in stops(office)


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("dispute", {"words": ""}, "这个字段是必填项"),
        ("plan", {"count": "3", "first_on": "2026-02-30", "words": "想分期"}, "没有这个日期"),
        ("plan", {"count": "0", "first_on": "2026-04-01", "words": "想分期还"}, "大于或等于1"),
        ("plan", {"count": "3", "first_on": "2026-01-01", "words": "想分期还"}, "首期不得早于今天"),
        ("hardship", {"ground": "laziness", "words": "没钱还了"}, "选择一个有效的选项"),
        (
            "night_contact",
            {"channel": "*", "begins": "22:00", "ends": "23:00", "words": "上夜班"},
            "选择一个有效的选项",
        ),
        (
            "night_contact",
            {"channel": "sms", "begins": "22:00", "ends": "22:00", "words": "上夜班"},
            "起止时间相同",
        ),
        (
            "night_contact",
            {"channel": "sms", "begins": "25:00", "ends": "22:00", "words": "上夜班"},
            "输入一个有效的时间",
        ),
    ],
)
def test_wrong_input_says_what_is_wrong_and_keeps_nothing(office, page, kind, given, says):
    answer = proved(page).post(reverse("portal:ask", args=[kind]), {"id": str(uuid.uuid4()), **given})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not RightAsked.objects.exists()


def test_a_paper_that_is_no_picture_is_refused_with_its_name(office, page):
    from django.core.files.uploadedfile import SimpleUploadedFile

    bad = SimpleUploadedFile("病历.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png")
    answer = proved(page).post(
        reverse("portal:ask", args=["hardship"]), {"id": str(uuid.uuid4()), "ground": "illness", "words": "住院治疗中", "papers": bad}
    )  # fmt: skip
    assert answer.status_code == 422
    assert "病历.svg 不是可接收的图片" in answer.content.decode()


def test_the_person_sees_how_they_acted_by_our_record_and_contests_it(office, page):
    def record(key, party=None):
        party = party or office.debtor()
        words = {"kind": Kind_.STALLED, "grounds": {}, "evidence": "ab" * 32, "by": "worker", "at": office.at}
        return conduct.record(key=key, party=party, **words)

    mine, theirs = record("a"), record("b", office.debtor(2))
    assert page.post(reverse("portal:contest", args=[mine.pk]), {"why": "不是这样的"}).status_code == 404
    client = proved(page)
    shown = client.get(reverse("portal:own")).content.decode()
    assert "我们所记录的您的行为" in shown and "拖延" in shown and "ababababab" in shown
    assert client.post(reverse("portal:contest", args=[theirs.pk]), {"why": "不是这样的"}).status_code == 404
    short = client.post(reverse("portal:contest", args=[mine.pk]), {"why": "不"})
    assert short.status_code == 422 and "请用一句话写明哪里不符" in short.content.decode()
    said = client.post(reverse("portal:contest", args=[mine.pk]), {"why": "当天已约定周五还款"})
    assert said.status_code == 302
    again = client.post(reverse("portal:contest", args=[mine.pk]), {"why": "当天已约定周五还款"})
    assert again.status_code == 422 and "正待答复" in again.content.decode()
    (moment,) = conduct_reads.timeline(party=office.debtor().pk)
    assert (moment.standing, moment.counts) == ("contested", False)
    assert conduct_reads.contested() == [ConductEvent.objects.get(pk=mine.pk)]
    held = json.loads(client.post(reverse("portal:held"), {"as": "file"}).content)
    assert [one["standing"] for one in held["conduct"]] == ["contested"]
    conduct.answer(
        event=ConductEvent.objects.get(pk=mine.pk),
        stands=False,
        reason="约定属实",
        by=office.sunli,
        at=office.at,
    )
    shown = client.get(reverse("portal:own")).content.decode()
    assert "约定属实" in shown and "当天已约定周五还款" not in shown


def test_what_is_held_is_handed_over_in_full_and_holds_nothing_of_others(office, page):
    client = proved(page)
    answer = client.post(reverse("portal:held"), {"as": "file"})
    held = json.loads(answer.content)
    assert held["you"]["id_no"] == 张伟.id_no
    text = answer.content.decode()
    others = [
        link.party for link in matters.people_of(office.matter().loan) if link.party_id != office.debtor().pk
    ]
    assert others
    for other in others:
        assert not other.id_no or other.id_no not in text
        assert all(p.value not in text for p in party_reads.points(other))


def test_the_page_says_in_words_what_is_held_and_agreed_to_with_the_hours_of_here(office, page):
    client = proved(page)
    form = client.get(reverse("portal:ask", args=["night_contact"])).context["form"]
    given = {
        "id": form["id"].value(),
        "channel": "sms",
        "begins": "22:00",
        "ends": "23:30",
        "words": "上夜班，晚上方便",
    }
    assert client.post(reverse("portal:ask", args=["night_contact"]), given).status_code == 302
    shown = client.post(reverse("portal:held")).content.decode()
    for words in ("夜间联系", "22:00–23:30", "上夜班，晚上方便", "来自合同", "已付于", "同意夜间联系"):
        assert words in shown, words
    for raw in ("night_contact", "debtor_supplied", "mobile ·", "id_no"):
        assert raw not in shown, raw
    held = json.loads(client.post(reverse("portal:held"), {"as": "file"}).content)
    assert held["consents"][-1]["given_at"].endswith("+08:00")


def test_only_a_consent_that_was_given_can_be_taken_back(office, page):
    client = proved(page)
    asked = reverse("portal:ask", args=["withdrawal"])
    offered = [value for value, _ in client.get(asked).context["form"].fields["consent"].choices]
    assert offered == [one.what for one in party_reads.consents(office.debtor(), office.at)] == ["recording"]
    answer = client.post(asked, {"id": str(uuid.uuid4()), "consent": "recording"})
    assert answer.status_code == 302
    assert "您目前没有可撤回的同意" in client.get(asked).content.decode()


def test_what_one_asked_for_can_be_taken_back_by_oneself_only(office, page):
    client = proved(page)
    mine = ask(office, Kind.DISPUTE)
    other = actions.ask(
        id=uuid.uuid4(), kind=Kind.DISPUTE, matter=office.matter(2), party=office.debtor(2), words="不是我的", by="borrower", at=office.at
    )  # fmt: skip
    assert client.post(reverse("portal:withdraw", args=[other.pk])).status_code == 404
    client.post(reverse("portal:withdraw", args=[mine.pk]))
    assert RightAsked.objects.get(pk=mine.pk).state == State.WITHDRAWN
    assert "dispute" not in stops(office)


def test_a_guarantor_reads_that_the_loan_is_somebody_elses_and_what_they_guaranteed(office, page):
    matter = office.matter(3)
    (row,) = matters.guarantors_of(matter.loan)
    row.guarantee_until, row.guarantee_cap = date(2028, 8, 17), Decimal("50000.00")
    row.save()
    word = actions.open_page(matter=matter, party=row.party, by=office.lina, at=office.at)
    client = Client()
    client.get(reverse("portal:enter_own", args=[word]))
    client.post(reverse("portal:prove"), {"name": row.party.name, "id_tail": row.party.id_no[-6:]})
    shown = client.get(reverse("portal:own")).content.decode()
    for words in ("并非借款人", "连带责任保证", "50,000.00", "约定保证期间至 2028-08-17"):
        assert words in shown
    assert "并非借款人" not in proved(page).get(reverse("portal:own")).content.decode()


def test_the_link_goes_by_sms_through_the_gate_and_to_nobody_who_owes_nothing(office, wires):
    actions.send_page(matter=office.matter(), party=office.debtor(), by=office.lina, at=office.at)
    drain(at=office.at)
    sent = Contact.objects.get(script="own_page")
    assert sent.state in {"accepted", "delivered", "scheduled"}, (sent.state, sent.decision)
    contact = next(
        link.party for link in matters.people_of(office.matter().loan) if link.role == "reserved_contact"
    )
    with pytest.raises(actions.UnableToAsk, match="owes nothing"):
        actions.send_page(matter=office.matter(), party=contact, by=office.lina, at=office.at)
