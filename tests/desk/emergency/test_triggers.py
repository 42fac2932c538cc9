"""What calls a plan by itself, each through the road on which it comes: the right plan, over whom it says, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from shouyue.connectors.channel import ContactAdded, FriendRequested, MessageArrived
from shouyue.connectors.rehearsal.people import scripts
from shouyue.desk.conduct.actions import PATTERN_OF
from shouyue.desk.emergency import reads
from shouyue.desk.emergency.models import Emergency
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.messages import inbound
from shouyue.desk.messages.patterns import in_distress
from shouyue.desk.parties import actions as parties
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.suits import reads as suits
from shouyue.desk.worker.run import drain
from tests.desk.emergency.test_plan import arrives, on_wecom

pytestmark = pytest.mark.django_db

ASKS = (  # of the matter, each of them, and without a label of its own
    "你们利息怎么算的", "我的合同号多少", "违约金怎么来的", "把明细发我", "查一下我的账单", "银行卡号发我", "你们地址在哪", "我要看合同",
    "我问一下逾期多少天了", "下个月可以吗", "现在一共欠多少", "这个罚息是什么", "车我已经卖了", "费用能解释一下吗", "征信什么时候更新",
    "合同在哪里签的", "抵押登记在哪办", "协商要找谁", "客服电话多少", "律师函是你们发的吗", "担保人要做什么", "上期扣了没有", "余额是多少",
)  # fmt: skip
SMALL_TALK = scripts()["flooding"].opens


def says(office: Any, wires: Any, *texts: str, every: float = 12) -> Iterator[str]:
    """The debtor writes, one after another; after each, the desk does what follows."""
    for text in texts:
        office.at += timedelta(seconds=every)
        arrives(office, wires, MessageArrived, sender="wmZhangWei", to=("lina",), text=text)
        yield text


def writes(office: Any, wires: Any, text: str, to: str = "wmZhangWei") -> None:
    """李娜 types by hand; the archive sees it."""
    arrives(office, wires, MessageArrived, sender="lina", to=(to,), ours=True, text=text)


def threat(office: Any, wires: Any) -> None:
    [*says(office, wires, "再打电话我就找人打断你的腿")]


def flood(office: Any, wires: Any) -> None:
    [*says(office, wires, *SMALL_TALK)]


def provocations(office: Any, wires: Any) -> None:
    [*says(office, wires, *["来啊，你敢骂我吗？你骂啊，我录着音呢"] * 3)]


def others_data(office: Any, wires: Any) -> None:
    writes(office, wires, "马超身份证99999919920830109X，他家电话13900000002，欠了我们三万")


def told_a_stranger(office: Any, wires: Any) -> None:
    writes(office, wires, "您是张伟的家属吗？他的车贷逾期欠我们三万，请转告他还钱", to="wmStranger")


def befriended(office: Any, wires: Any) -> None:
    """He pressed the link that he was given, and 李娜 accepted before anybody had approved."""
    word = friend_requests.invite(matter=office.matter(), party=office.debtor(), by=office.lina, at=office.at)
    arrives(office, wires, FriendRequested, link_id="cus1", state=word)
    arrives(office, wires, ContactAdded, userid="lina", external_userid="wmZhangWei", state=word)


def forbidden(office: Any, wires: Any) -> None:
    parties.stop(
        party=office.debtor(), kind="no_contact_order", why="公安机关2026年第1号", by=office.chen, at=office.at
    )  # fmt: skip
    drain(at=office.at)


TRIGGERS: list[tuple[Callable[[Any, Any], None], str, str]] = [
    (threat, "threat", "party"),
    (flood, "flooding", "party"),
    (provocations, "provocation", "party"),
    (others_data, "leak", "staff"),
    (told_a_stranger, "leak", "staff"),
    (befriended, "unapproved_friend", "party"),
    (forbidden, "order", "party"),
]


@pytest.mark.parametrize("trigger,cause,over", TRIGGERS, ids=[t[0].__name__ for t in TRIGGERS])
def test_each_trigger_calls_its_plan_once_and_again_calls_no_second(office, wires, trigger, cause, over):
    if trigger is not befriended:  # he becomes a friend in it
        on_wecom(office)
    assert not reads.running()
    trigger(office, wires)
    (called,) = reads.running()
    key = str(office.debtor().pk) if over == "party" else office.lina.staff_no
    assert (called.cause, called.over, called.key) == (cause, over, key)
    plan = pack_on(office.at).playbooks.plan(cause)
    assert [s.do for s in reads.steps_of(called)] == [s.do for s in plan.steps]
    assert called.opened_by is None and called.state != "opened"
    told, procedures = len(reads.notices_of(called)), len(suits.of_matter(office.matter()))
    office.at += timedelta(minutes=1)
    trigger(office, wires)
    assert list(Emergency.objects.values_list("pk", flat=True)) == [called.pk]
    assert len(reads.notices_of(called)) == told
    assert len(suits.of_matter(office.matter())) == procedures


def test_every_plan_that_calls_itself_is_tried_here_and_every_tactic_it_names_exists(office):
    plans = pack_on(office.at).playbooks.plans
    assert {cause for _, cause, _ in TRIGGERS} == {id for id, plan in plans.items() if plan.calls}
    named = {call.word for plan in plans.values() for call in plan.calls if call.kind == "tactic"}
    assert named <= set(PATTERN_OF)


# ── a flood is what the thread's page calls one ──


def test_the_flood_is_called_at_the_message_that_completes_it_and_says_what_it_counted(office, wires):
    on_wecom(office)
    for n, _ in enumerate(says(office, wires, *SMALL_TALK[:21]), start=1):
        assert bool(reads.of(office.debtor())) == (n >= 20)
    assert reads.of(office.debtor()).why.startswith("flooding: ")


@pytest.mark.parametrize(
    "texts,every",
    [
        (SMALL_TALK[:19], 12),  # too few
        (SMALL_TALK[:30], 35),  # too slow
        (ASKS, 12),  # many, and each of them asks
        (tuple(t for pair in zip(ASKS[:16], SMALL_TALK[:16], strict=True) for t in pair), 12),  # half of each
    ],
    ids=["few", "slow", "asked", "half"],
)
def test_what_is_no_flood_calls_nothing(office, wires, texts, every):
    on_wecom(office)
    [*says(office, wires, *texts, every=every)]
    assert not reads.running()


def test_while_distress_waits_for_a_person_no_flood_is_called(office, wires):
    on_wecom(office)
    [*says(office, wires, "我不想活了，活着没意思", *SMALL_TALK[:25])]
    assert not reads.running()
    assert in_distress()


def test_two_provocations_or_two_days_of_them_call_nothing(office, wires):
    on_wecom(office)
    [*says(office, wires, *["来啊，你敢骂我吗？你骂啊，我录着音呢"] * 2)]
    office.at += timedelta(days=1, hours=1)
    [*says(office, wires, "来啊，你敢骂我吗？你骂啊，我录着音呢")]
    assert not reads.running()


# ── a leak ──


@pytest.mark.parametrize(
    "text",
    ["您好，请问今天方便接电话吗", "您的贷款已逾期，请尽快处理", "请您在方便时回电400-000-0000"],
)
def test_what_a_member_may_write_to_the_debtor_is_no_leak(office, wires, text):
    on_wecom(office)
    writes(office, wires, text)
    assert not reads.running()


def test_a_second_member_who_leaks_is_another_stop(office, wires):
    on_wecom(office)
    others_data(office, wires)
    arrives(
        office, wires, MessageArrived, sender="zhaolei", to=("wmStranger",), ours=True,
        text="您是张伟的家属吗？他的车贷逾期欠我们三万，请转告他还钱",
    )  # fmt: skip
    assert {(row.cause, row.key) for row in reads.running()} == {
        ("leak", office.lina.staff_no),
        ("leak", office.zhaolei.staff_no),
    }


def test_the_same_message_fetched_twice_calls_nothing_more(office, wires):
    on_wecom(office)
    threat(office, wires)
    payload = next(reversed(wires["wecom"].events))
    _, new = inbound.receive(connector="wecom", payload=payload, by="callback", at=office.at)
    drain(at=office.at)
    assert not new and Emergency.objects.count() == 1
