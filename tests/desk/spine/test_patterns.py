"""What a thread shows that no message does: counted, shown, recorded once; distress first, and always to a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from shouyue.connectors.channel import MessageArrived
from shouyue.desk.conduct import reads as conduct
from shouyue.desk.conduct.models import Kind
from shouyue.desk.ledger import reads as ledger
from shouyue.desk.matters import actions as matters
from shouyue.desk.matters.reads import sums_elsewhere
from shouyue.desk.messages import inbound
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.patterns import in_distress, patterns
from shouyue.desk.messages.queue import queue
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.cast import 张伟
from tests.desk.console.conftest import clock, sign_in  # noqa: F401
from tests.office import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(office: Office) -> Any:
    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NEGOTIATION, channel=Channel.SMS,
        account=office.matter().loan.client, owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


@pytest.fixture
def says(office: Office, wires: Any, thread: Any) -> Any:
    """They write, so many seconds after the office opened."""
    count = iter(range(10_000))

    def said(*texts: str, every: float = 20, start: float = 0) -> Any:
        for n, text in enumerate(texts):
            when = office.at + timedelta(seconds=start + n * every)
            one = MessageArrived(
                external_id=f"m{next(count)}", channel=Channel.SMS, account=office.matter().loan.client, at=when,
                raw=b"", sender=张伟.mobile, text=text,
            )  # fmt: skip
            payload = repr(one).encode()
            wires["sms"].events[payload] = (one,)
            inbound.receive(connector="sms", payload=payload, by="gateway", at=when)
        drain(at=when)
        return thread

    return said


def tactics(thread: Any) -> list[str]:
    return [one.tactic for one in patterns(thread)]


def recorded(office: Office) -> list[Any]:
    return [m for m in conduct.timeline(party=office.debtor().pk) if "tactic" in m.grounds]


def test_a_flood_is_counted_and_recorded_once_with_its_messages(office, says):
    thread = says(*["你们利息怎么算的"] * 24)
    (flood,) = [one for one in patterns(thread) if one.tactic == "flooding"]
    assert flood.of == 24 and flood.counted == 23  # the first repeats nothing
    assert "24" in flood.zh and "24" in flood.en
    (event,) = recorded(office)
    assert event.kind == Kind.FLOODED and event.grounds["counted"] >= 12
    assert set(event.grounds["contacts"]) <= {str(pk) for pk in Contact.objects.values_list("pk", flat=True)}
    own = ledger.panel(f"conduct:{office.debtor().pk}")
    assert own and "conduct/recorded" in [row.kind for row in own.rows]


def test_a_backlog_that_we_fetched_late_is_no_flood(office, says, wires):
    """Counted by when they wrote: a gateway that was down for a day delivers everything at once."""
    late = office.at + timedelta(days=2)
    texts = []
    for n in range(24):
        one = MessageArrived(
            external_id=f"late{n}", channel=Channel.SMS, account=office.matter().loan.client,
            at=office.at + timedelta(hours=n), raw=b"", sender=张伟.mobile, text="在吗在吗在吗",
        )  # fmt: skip
        texts.append(one)
    wires["sms"].events[b"backlog"] = tuple(texts)
    inbound.receive(connector="sms", payload=b"backlog", by="gateway", at=late)
    drain(at=late)
    assert "flooding" not in tactics(Contact.objects.get(number=24).thread)


def test_putting_off_is_recorded_and_a_date_starts_anew(office, says):
    day = 24 * 3600
    thread = says("再说吧，过两天", "最近忙，过段时间再说", "以后再说吧，别急", every=day)
    assert "putting_off" in tactics(thread)
    (event,) = recorded(office)
    assert event.kind == Kind.STALLED and event.grounds["counted"] == 3
    says("我下周五还3000元", start=4 * day)
    assert "putting_off" not in tactics(thread)


def test_distress_comes_first_and_reaches_a_person(office, says):
    thread = says("你骂我啊，你倒是骂我啊", "有种你骂我，我录着音呢", "我不想活了，活着没意思")
    assert tactics(thread)[0] == "distress"
    for who in (office.lina, office.wangmin):
        first = queue(who, office.at + timedelta(minutes=10))[0]
        assert first.case.pk == office.matter().pk and first.here[0].word == "distress" and first.distress
        assert first.thread == thread.pk


def test_nothing_is_recorded_against_somebody_in_distress(office, says):
    thread = says("我不想活了，活着没意思", "你骂我啊，你倒是骂我啊", "有种你骂我，我录着音呢")
    assert "provocation" in tactics(thread)
    assert recorded(office) == []
    inbound.look_after(contact=in_distress()[0].pk, what="已回电并告知主管", by=office.lina, at=office.at)
    says("你骂我啊，你敢骂我吗", start=300)  # care is still due: the stop that it set is in force
    assert recorded(office) == []


def test_distress_is_over_when_somebody_looked_and_said_what_they_did(office, says):
    says("我不想活了，活着没意思")
    (row,) = in_distress()
    with pytest.raises(inbound.UnableToLookAfter):
        inbound.look_after(contact=row.pk, what="好 ", by=office.lina, at=office.at)
    for _ in range(2):
        inbound.look_after(contact=row.pk, what="已回电并告知主管", by=office.lina, at=office.at)
    assert not in_distress()
    assert "distress" not in tactics(row.thread)
    sealed = [
        one for one in ledger.panel(f"thread:{row.thread_id}").rows if one.kind == "msg.in/looked_after"
    ]
    assert len(sealed) == 1


def test_distress_of_nobody_we_know_is_found_too(office, wires):
    one = MessageArrived(
        external_id="x", channel=Channel.SMS, account="a", at=office.at, raw=b"", sender="13900009999", text="我不想活了",
    )  # fmt: skip
    wires["sms"].events[b"x"] = (one,)
    inbound.receive(connector="sms", payload=b"x", by="gateway", at=office.at)
    drain(at=office.at)
    assert [row.thread for row in in_distress()] == [None]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_shows_counters_messages_and_what_to_say(language, office, says, sign_in):  # noqa: F811
    thread = says("你骂我啊，你倒是骂我啊", "有种你骂我，我录着音呢", "我不想活了，活着没意思")
    page = sign_in(office.lina, language).get(reverse("thread", args=[thread.pk])).content.decode()
    said = {one.tactic: one for one in patterns(thread)}
    assert page.index('id="distress"') < page.index('id="conversation"') < page.index('id="patterns"')
    for one in said.values():
        assert (one.en if language == "en" else one.zh) in page
        assert f'href="#c-{one.places[-1].contact}"' in page
    row = in_distress()[0]
    sign_in(office.lina).post(reverse("look_after", args=[thread.pk, row.pk]), {"what": "已回电，平稳"})
    assert not in_distress()


def test_only_who_may_see_the_thread_looks_after_it(office, says, sign_in):  # noqa: F811
    thread = says("我不想活了，活着没意思")
    row = in_distress()[0]
    answer = sign_in(office.zhaolei).post(
        reverse("look_after", args=[thread.pk, row.pk]), {"what": "已回电，平稳"}
    )
    assert answer.status_code == 404 and in_distress()


# ── one matter, one chat ──


@pytest.fixture
def other(office: Office) -> Any:
    """Another loan in which the same person guarantees: its matter must not be spoken of here."""
    from shouyue.desk.matters.models import LoanParty

    matter = office.matter(5)
    LoanParty.objects.create(loan=matter.loan, party=office.debtor(), role="guarantor")
    return matter


def test_naming_another_matter_is_drift_and_says_which(office, says, other):
    thread = says(f"合同{other.loan.contract_no}那笔怎么样了", "那辆车的", f"案号{other.number}，帮我看看")
    (moved,) = [one for one in patterns(thread) if one.tactic == "drift"]
    assert moved.counted == 2 and other.number in moved.zh
    assert all("off_matter" not in row.labels for row in Contact.objects.filter(thread=thread))


def test_a_longer_number_is_not_the_other_matter(office, says, other):
    thread = says(f"单号{other.loan.contract_no}88", f"{other.number}0")
    assert "drift" not in tactics(thread)


def test_what_we_write_about_another_matter_is_labelled(office, thread, other):
    from shouyue.desk.messages.screened import screened_for

    said = screened_for(f"您合同尾号{other.loan.contract_no[-4:]}的款项", thread=thread, direction="out")
    assert "off_matter" in said.sure
    own = screened_for(
        f"您合同尾号{office.matter().loan.contract_no[-4:]}的款项", thread=thread, direction="out"
    )
    assert "off_matter" not in own.sure


def test_sliding_to_other_business_by_words_is_drift_and_says_which_words(office, says):
    thread = says("我弟那笔车贷也是你们的吧", "好吧", "借呗那边怎么协商你教教我")
    (moved,) = [one for one in patterns(thread) if one.tactic == "drift"]
    assert moved.counted == 2 and "车贷" in moved.zh and "借呗" in moved.zh and "借呗" in moved.en
    assert all("off_matter" not in row.labels for row in Contact.objects.filter(thread=thread))


def test_one_word_of_other_business_is_no_drift_nor_are_reasons_not_to_pay(office, says):
    thread = says("信用卡花呗都逾期了，还不上", "离婚了，没钱", "我弟那笔车贷也是你们的吧", "这期我周五还")
    assert "drift" not in tactics(thread)


def test_a_sum_that_only_their_other_loan_has_names_it(office, says, other):
    sums = sums_elsewhere(office.debtor(), office.matter())[other.number]
    total = max(sums)
    thread = says(f"那{total}的怎么还", f"就是{total:,}那个")
    (moved,) = [one for one in patterns(thread) if one.tactic == "drift"]
    assert other.number in moved.zh


def test_a_sum_of_this_matter_names_no_other(office, says, other):
    balance = office.matter().loan.balances.latest("as_of")
    thread = says(f"我还{balance.overdue_principal}行吗", f"{balance.outstanding_total}是对的吗")
    assert "drift" not in tactics(thread)
