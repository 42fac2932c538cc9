"""An agency speaks only while it is listed, under contract and announced; sees only what it holds; is paid blind to pressure."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.casework.agency import Agency as AgencyState
from shouyue.casework.entrustment import Entrustment as Entrusted
from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.agencies import actions, reads
from shouyue.desk.agencies.actions import UnableToDeal
from shouyue.desk.holds import reads as holds
from shouyue.desk.ledger import actions as ledger
from shouyue.desk.ledger import reads as ledger_reads
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import entrusting, payments
from shouyue.desk.messages import outbound
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.reads import preview
from shouyue.desk.people import actions as people
from shouyue.desk.people import reads as who
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.desk.agencies.conftest import NAME, TODAY

pytestmark = pytest.mark.django_db
WEIGHTS = {"conduct": 40, "quality": 20, "records": 15, "complaints": 15, "security": 10}
NAMED = "【示例诚和信用服务有限公司】您好，示例诚和信用服务有限公司受{client}委托联系您，工号8001。请在方便时回电400-000-0000。"


def thread_of(office, n=5, owner=None):
    matter = office.matter(n)
    owner = owner or office.tiaojie
    return matter_verbs.open_thread(
        matter=matter, party=office.debtor(n), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=NAME if owner == office.tiaojie else matter.loan.client, owner=owner, by=owner, at=office.at,
    )  # fmt: skip


def named(office, n=5):
    return NAMED.format(client=office.matter(n).loan.client)


def rules(decision, effect="block"):
    return {s.rule for s in decision.grounds if s.effect == effect}


# ── on the list, under contract, announced ──


def test_nothing_leaves_by_a_channel_that_the_contract_does_not_name(office, told, wires):
    """The gate obeys at once, in both directions; nobody's knowledge of the contract is taken for a yes."""
    thread, words = thread_of(office), named(office)

    def blocked():
        return "PIPL-21.processor" in rules(
            preview(thread=thread, text=words, by=office.tiaojie, at=office.at).decision
        )

    def agree(*channels):
        who_ = who.agency(told.agency_id)
        actions.agree_channels(
            agency=who_, channels=channels, why="补充协议二", by=office.sunli, at=office.at
        )
        office.tiaojie.refresh_from_db()

    assert not blocked()
    agree("phone", "letter")
    assert blocked()
    sent = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=words, acknowledged=True, by=office.tiaojie, at=office.at
    )
    assert sent.state == "blocked"
    agree("letter", "sms")
    assert who.agency(told.agency_id).channels == ["sms", "letter"] and not blocked()


def test_what_waits_to_leave_is_asked_again_when_the_contract_changes(office, told, wires):
    thread = thread_of(office)
    sent = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=named(office), acknowledged=True, by=office.tiaojie, at=office.at
    )
    assert sent.state != "blocked"
    actions.agree_channels(
        agency=who.agency(told.agency_id), channels=["phone"], why="补充协议二", by=office.sunli, at=office.at
    )
    drain(at=office.at)
    sent.refresh_from_db()
    assert not wires["sms"].sent and sent.state == "returned"


@pytest.mark.parametrize("channels", [[], ["wechat_personal"], ["sms", "wechat_group"], ["pigeon"]])
def test_a_contract_names_channels_that_an_agency_may_use_at_all(office, agency, channels):
    with pytest.raises(people.UnableToAct, match="names the channels"):
        actions.agree_channels(
            agency=agency, channels=channels, why="补充协议二", by=office.sunli, at=office.at
        )
    assert who.agency(agency.pk).channels == ["phone", "sms"]


def test_an_agency_is_inspected_before_it_is_listed_and_the_list_of_the_day_is_sealed(office, agency):
    with pytest.raises(UnableToDeal, match="inspect it before"):
        actions.put_on_list(agency=agency, why="急用", by=office.sunli, at=office.at)
    actions.inspect(
        agency=agency, on=TODAY, on_site=False, found="录音齐全，无违规", by=office.sunli, at=office.at
    )
    before = len(ledger_reads.sealed_since(0))
    actions.put_on_list(agency=agency, why="准入评估通过", by=office.sunli, at=office.at)
    kinds = [row["kind"] for row in ledger_reads.sealed_since(0)[before:]]
    assert "agency/list" in kinds and [a.name for a in who.published(TODAY)] == [agency.name]


def test_an_unlisted_agency_gets_no_matter(office, agency):
    with pytest.raises(UnableToDeal, match=r"CBA-2026\.agency\.list"):
        actions.entrust(
            matter=office.matter(5), agency=agency, to=office.tiaojie, until=TODAY, by=office.wangmin, at=office.at
        )  # fmt: skip
    assert matters.entrusted(office.matter(5)) is None


@pytest.mark.parametrize(("ago", "goes"), [(300, True), (364, True), (370, False)])
def test_twelve_months_after_the_last_inspection_no_new_matter_is_placed(office, agency, ago, goes):
    actions.inspect(
        agency=agency, on=TODAY - timedelta(days=ago), on_site=True, found="录音齐全，无违规", by=office.sunli, at=office.at
    )  # fmt: skip
    actions.put_on_list(agency=agency, why="准入评估通过", by=office.sunli, at=office.at)
    place = {
        "matter": office.matter(5),
        "agency": agency,
        "to": office.tiaojie,
        "until": TODAY,
        "by": office.wangmin,
    }
    if goes:
        assert actions.entrust(**place, at=office.at).state == Entrusted.ENTRUSTED
    else:
        with pytest.raises(UnableToDeal, match=r"CBA-2026\.agency\.check"):
            actions.entrust(**place, at=office.at)


def test_nothing_of_an_agency_leaves_before_the_debtor_was_told(office, placed, wires):
    thread = thread_of(office)
    words = named(office)
    before = preview(thread=thread, text=words, by=office.tiaojie, at=office.at)
    assert "BICP-2022.notify" in rules(before.decision)
    actions.tell(entrustment=placed.pk, receipt="EMS 1000999 本人签收", by=office.wangmin, at=office.at)
    after = preview(thread=thread, text=words, by=office.tiaojie, at=office.at)
    assert "BICP-2022.notify" not in rules(after.decision)


def test_the_lender_tells_the_debtor_by_a_message_that_left_and_names_the_agency(office, placed, wires):
    thread = thread_of(office, owner=office.lina)
    client = office.matter(5).loan.client
    words = f"【{client}】您好，我是{client}工作人员，工号1023。我司已委托示例诚和信用服务有限公司与您联系。请在方便时回电400-000-0000。"
    said = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=words, acknowledged=True, by=office.lina, at=office.at
    )
    tell = {"entrustment": placed.pk, "contact": said.pk, "by": office.wangmin, "at": office.at}
    if said.state == "scheduled":
        with pytest.raises(UnableToDeal, match="when it has left"):
            actions.tell(**tell)
    Contact.objects.filter(pk=said.pk).update(
        state="delivered", text=words.replace("示例诚和信用服务有限公司", "某机构")
    )
    with pytest.raises(UnableToDeal, match="does not name"):
        actions.tell(**tell)
    Contact.objects.filter(pk=said.pk).update(text=words)
    assert actions.tell(**tell).state == Entrusted.TOLD


def test_an_agency_gives_its_own_name_and_for_whom_it_acts(office, told, wires):
    thread = thread_of(office)
    client = office.matter(5).loan.client
    posing = f"【{client}】您好，我是{client}工作人员，工号8001。请在方便时回电400-000-0000。"
    assert "CBA-2026.no-pose" in rules(
        preview(thread=thread, text=posing, by=office.tiaojie, at=office.at).decision
    )
    honest = preview(thread=thread, text=named(office), by=office.tiaojie, at=office.at)
    assert "CBA-2026.no-pose" not in rules(honest.decision)


def test_after_the_contract_nothing_leaves_and_the_placements_end(office, told, wires):
    thread = thread_of(office)
    later = office.at + timedelta(days=300)
    said = preview(thread=thread, text=named(office), by=office.tiaojie, at=later)
    assert "PIPL-21.processor" in rules(said.decision)
    assert actions.keep_watch(by="clock", at=later) == 1
    assert matters.entrustment(told.pk).state == Entrusted.ENDED
    assert who.agency(told.agency_id).state == AgencyState.ENDED
    assert actions.keep_watch(by="clock", at=later) == 0


# ── scope ──


def test_an_agency_sees_what_it_holds_and_nothing_else(office, told):
    assert [m.number for m in matters.visible_to(office.tiaojie)] == [office.matter(5).number]
    for n in (1, 2, 3):
        with pytest.raises(matters.NotYours):
            matters.matter_for(office.tiaojie, office.matter(n).pk)


def test_a_matter_given_to_a_member_without_being_placed_is_not_seen(office, listed):
    matter_verbs.assign(
        matter=office.matter(6), to=office.tiaojie, reason="误分", by=office.wangmin, at=office.at
    )
    assert not matters.visible_to(office.tiaojie).exists()


def test_an_agency_is_shown_nobody_who_was_not_named_by_the_debtor(office, listed):
    loan = office.matter(2).loan
    contact = next(row for row in matters.people_of(loan) if row.role == "reserved_contact")
    assert contact in matters.shown_to(office.tiaojie, loan)
    contact.named_by_debtor = None
    contact.save()
    assert contact not in matters.shown_to(office.tiaojie, loan)
    assert contact in matters.shown_to(office.lina, loan)


def test_one_agency_has_a_matter_at_a_time_and_only_its_own_people(office, placed, agency):
    other = people.admit_agency(
        name="另一家", kind="agency", registration_no="9", contract_no="1", contract_from=TODAY, contract_until=TODAY,
        channels=["sms"], by=office.sunli, at=office.at,
    )  # fmt: skip
    with pytest.raises(entrusting.UnableToEntrust, match="take it back first"):
        entrusting.entrust(
            matter=office.matter(5), agency=other, to=office.tiaojie, until=TODAY, by="x", at=office.at
        )
    with pytest.raises(entrusting.UnableToEntrust, match="does not work for"):
        entrusting.entrust(
            matter=office.matter(6), agency=other, to=office.tiaojie, until=TODAY, by="x", at=office.at
        )
    with pytest.raises(people.UnableToAct, match="not of an agency"):
        people.join_agency(staff=office.lina, agency=other, by=office.sunli, at=office.at)


# ── the same gate and counters ──


@pytest.mark.parametrize("first", ["lina", "tiaojie"])
def test_counters_are_shared_by_the_lender_and_its_agencies(office, told, wires, first):
    """Whoever used up the day's contacts, the other finds them used."""
    second = {"lina": "tiaojie", "tiaojie": "lina"}[first]
    used, asking = (
        thread_of(office, owner=getattr(office, first)),
        thread_of(office, owner=getattr(office, second)),
    )

    def stopped():
        said = preview(thread=asking, text=named(office), by=getattr(office, second), at=office.at)
        return {s.rule for s in said.decision.grounds}

    free = stopped()
    for n in range(12):
        Contact.objects.create(
            pk=uuid.uuid4(), thread=used, matter=used.matter, party=used.party, channel="sms", direction="outbound",
            purpose="notice", staff=getattr(office, first), account=used.account, point="x", text="x", state="delivered",
            at=office.at - timedelta(minutes=n + 1), left_at=office.at - timedelta(minutes=n + 1),
        )  # fmt: skip
    assert "CBA-2026.reasonable" in stopped() - free


# ── paid blind to pressure ──


@pytest.mark.parametrize("key", ["contacts", "calls", "visits", "threats", "recovery"])
def test_no_commission_rests_on_how_often_or_how_hard_somebody_is_pressed(office, listed, key):
    with pytest.raises(UnableToDeal, match="is never paid for"):
        actions.agree_commission(
            agency=listed, begins_on=TODAY, rate=Decimal("0.12"), weights={**WEIGHTS, key: 0}, by=office.sunli, at=office.at
        )  # fmt: skip


@pytest.mark.parametrize("left_out", ["conduct", "records", "complaints", "security"])
def test_a_commission_that_leaves_conduct_out_is_refused_by_the_rule(office, listed, left_out):
    weights = {**WEIGHTS, "quality": WEIGHTS["quality"] + WEIGHTS[left_out], left_out: 0}
    with pytest.raises(UnableToDeal, match=r"CBA-2026\.pay"):
        actions.agree_commission(
            agency=listed,
            begins_on=TODAY,
            rate=Decimal("0.12"),
            weights=weights,
            by=office.sunli,
            at=office.at,
        )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"weights": {**WEIGHTS, "conduct": 41}}, "found 101"),
        ({"rate": Decimal("1.2")}, "between 0 and 1"),
        ({"rate": Decimal("0.12345")}, "at most four places"),
        ({"begins_on": TODAY - timedelta(days=1)}, "has passed"),
    ],
)
def test_a_commission_that_cannot_be_is_refused(office, listed, more, says):
    given_ = {"begins_on": TODAY, "rate": Decimal("0.12"), "weights": WEIGHTS} | more
    with pytest.raises(UnableToDeal, match=says):
        actions.agree_commission(agency=listed, by=office.sunli, at=office.at, **given_)
    assert not reads.commissions(listed)


def paid_for(office, listed, **scores):
    actions.agree_commission(
        agency=listed, begins_on=TODAY, rate=Decimal("0.12"), weights=WEIGHTS, by=office.sunli, at=office.at
    )
    given_ = dict.fromkeys(reads.CRITERIA, 100) | scores
    actions.evaluate(agency=listed, scores=given_, words="季度评价", by=office.sunli, at=office.at)


def test_what_is_owed_is_what_came_in_weighed_by_how_it_did(office, told, listed):
    loan = office.matter(5).loan
    payments.book_payment(
        loan=loan, reference="X1", paid_on=TODAY, amount=Decimal("1000.00"), by="loanbook", at=office.at
    )
    with pytest.raises(reads.UnableToReckon, match="agree on one"):
        reads.owed(listed, since=TODAY, until=TODAY)
    paid_for(office, listed, conduct=50)
    due = reads.owed(listed, since=TODAY, until=TODAY)
    assert (due.recovered, due.score, due.sum) == (Decimal("1000.00"), Decimal(80), Decimal("96.00"))
    assert due.as_of == TODAY


def test_contacts_however_many_and_however_hard_change_no_commission(office, told, listed, wires):
    payments.book_payment(
        loan=office.matter(5).loan, reference="X1", paid_on=TODAY, amount=Decimal("1000.00"), by="loanbook", at=office.at
    )  # fmt: skip
    paid_for(office, listed)
    before = reads.owed(listed, since=TODAY, until=TODAY)
    thread = thread_of(office)
    for words in ("再不还钱我们就去你单位", "最后一次提醒", named(office)):
        outbound.propose(
            id=uuid.uuid4(), thread=thread, text=words, acknowledged=True, by=office.tiaojie, at=office.at
        )
    assert reads.owed(listed, since=TODAY, until=TODAY) == before
    shown = reads.figures(listed, office.at)
    assert shown.contacts == 3 and shown.blocked >= 1 and shown.red_lines


@settings(max_examples=60, deadline=None)
@given(
    recovered=st.decimals(min_value=0, max_value=10**7, places=2),
    scores=st.lists(st.integers(0, 100), min_size=5, max_size=5),
)
def test_a_better_score_never_pays_less_and_nothing_pays_more_than_the_rate(recovered, scores):
    def pays(values):
        weighed = Decimal(sum(WEIGHTS[c] * v for c, v in zip(reads.CRITERIA, values, strict=True))) / 10_000
        return recovered * Decimal("0.12") * weighed

    better = [min(100, one + 1) for one in scores]
    assert 0 <= pays(scores) <= pays(better) <= recovered * Decimal("0.12")


def test_a_contract_runs_on_only_after_an_evaluation(office, listed):
    until = listed.contract_until + timedelta(days=365)
    with pytest.raises(UnableToDeal, match=r"GBT-45251\.agency\.review"):
        actions.renew(agency=listed, until=until, by=office.sunli, at=office.at)
    paid_for(office, listed)
    assert actions.renew(agency=listed, until=until, by=office.sunli, at=office.at).contract_until == until


@pytest.mark.parametrize(
    "act", ["put_on_list", "inspect", "evaluate", "agree_commission", "renew", "entrust", "recall"]
)
def test_a_collector_does_none_of_it(office, listed, act):
    more = {
        "put_on_list": {"why": "试试看"}, "inspect": {"on": TODAY, "on_site": True, "found": "试试看"},
        "evaluate": {"scores": dict.fromkeys(reads.CRITERIA, 1), "words": "试试看"},
        "agree_commission": {"begins_on": TODAY, "rate": Decimal("0.1"), "weights": WEIGHTS},
        "renew": {"until": date(2027, 1, 1)}, "recall": {"why": "试试看"},
        "entrust": {"matter": office.matter(5), "to": office.tiaojie, "until": TODAY},
    }[act]  # fmt: skip
    for by in (office.lina, office.tiaojie):
        with pytest.raises(UnableToDeal, match="ask"):
            getattr(actions, act)(agency=listed, by=by, at=office.at, **more)


# ── recalled ──


def test_a_recalled_agency_stops_at_once_sees_nothing_and_gives_back_what_it_holds(
    office, told, listed, wires
):
    thread = thread_of(office)
    waits = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=named(office), acknowledged=True, send_at=office.at + timedelta(hours=3),
        by=office.tiaojie, at=office.at,
    )  # fmt: skip
    assert waits.state in {"scheduled", "awaiting_approval"}, waits.decision
    done = actions.recall(agency=listed, why="发现威胁借款人", by=office.sunli, at=office.at)
    assert done.matters == (office.matter(5).number,) and done.threads == 1 and done.frozen == ("8001",)
    assert holds.in_force(office.at, staff_no="8001")
    # before anything that follows was done: it cannot leave any more
    assert outbound.release(contact=waits.pk, by="worker", at=office.at + timedelta(hours=3)) is None
    drain(at=office.at + timedelta(hours=3))
    assert Contact.objects.get(pk=waits.pk).state in {"cancelled", "returned"} and not wires["sms"].sent
    assert not matters.visible_to(office.tiaojie).exists()
    assert office.matter(5) in matters.visible_to(office.wangmin) and office.matter(5).owner is None
    assert who.published(TODAY) == []
    with pytest.raises(outbound.UnableToPropose):
        outbound.propose(
            id=uuid.uuid4(), thread=matters.thread(thread.pk), text="再试", by=office.tiaojie, at=office.at
        )
    with pytest.raises(entrusting.UnableToEntrust, match="only the agency itself"):
        entrusting.give_back(entrustment=told.pk, words="已全部删除", by=office.sunli, at=office.at)
    entrusting.give_back(
        entrustment=told.pk, words="纸质交还，电子数据已删除", by=office.tiaojie, at=office.at
    )
    assert matters.entrustment(told.pk).state == Entrusted.GIVEN_BACK
    ledger.catch_up(by="test", at=office.at)
    assert ledger_reads.verify_log().ok


def test_a_recalled_agency_comes_back_only_by_a_second_person(office, told, listed):
    recalled = actions.recall(agency=listed, why="投诉待核实", by=office.sunli, at=office.at)
    assert recalled.frozen
    with pytest.raises(people.UnableToAct, match="a second person must"):
        actions.put_on_list(agency=listed, why="核实无误", by=office.sunli, at=office.at)
    actions.put_on_list(agency=listed, why="核实无误", by=office.hebing, at=office.at)
    assert who.agency(listed.pk).state == AgencyState.LISTED
    assert not holds.in_force(office.at, staff_no="8001")


def test_one_matter_is_taken_back_and_the_agency_works_on(office, told, listed):
    again = actions.entrust(
        matter=office.matter(9),
        agency=listed,
        to=office.tiaojie,
        until=TODAY,
        by=office.wangmin,
        at=office.at,
    )
    actions.withdraw(entrustment=told.pk, why="债务人投诉", by=office.wangmin, at=office.at)
    assert [m.pk for m in matters.visible_to(office.tiaojie)] == [again.matter_id]
    assert matters.entrusted(office.matter(5)) is None


def test_a_matter_that_was_taken_back_is_not_seen_again_by_being_assigned(office, told):
    actions.withdraw(entrustment=told.pk, why="债务人投诉", by=office.wangmin, at=office.at)
    matter_verbs.assign(
        matter=office.matter(5), to=office.tiaojie, reason="误分", by=office.wangmin, at=office.at
    )
    assert not matters.visible_to(office.tiaojie).exists()


def test_what_cannot_follow_is_refused_and_changes_nothing(office, placed):
    with pytest.raises(ImpossibleStep):
        entrusting.give_back(entrustment=placed.pk, words="还没收回", by=office.tiaojie, at=office.at)
    with pytest.raises(entrusting.UnableToEntrust, match="what shows"):
        actions.tell(entrustment=placed.pk, receipt=" ", by=office.wangmin, at=office.at)
    assert matters.entrustment(placed.pk).state == Entrusted.ENTRUSTED
