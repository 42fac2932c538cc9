"""What members and borrowers say in the members' own chats reaches the desk through the archive, and only there."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from shouyue.casework.contact import Contact as State
from shouyue.connectors.archive_library import library_of
from shouyue.connectors.channel import ConnectorDown
from shouyue.connectors.rehearsal.server import Rehearsal
from shouyue.connectors.wecom.client import WeComRefused
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import channels, inbound, outbound
from shouyue.desk.messages.facts import Intent, facts_for
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as party_reads
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Direction, Purpose

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """WeCom's counterpart, the archive and the members' tasks connected as the settings would."""
    with Rehearsal(pace=0) as running:
        running.corp.shift = datetime(2026, 3, 10, 2, tzinfo=UTC) - datetime.now(UTC)
        settings = running.settings
        client = settings.client()
        channels.connect("wecom", sends=settings.member_chat(client))
        channels.connect("archive", pulls=settings.archive(library_of(settings)))
        yield running.corp
        channels.disconnect_all()


@pytest.fixture
def thread(office, world):
    """张伟 and 李娜 are friends, the account is bound, and one thread is open."""
    who = world.accept(world.add("cooperative", member="lina").id)
    parties.bind_account(
        party=office.debtor(), channel=Channel.WECOM, external_id=who, method="friend_request_proof",
        confidence="0.95", by=office.lina, at=office.at,
    )  # fmt: skip
    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NEGOTIATION, channel=Channel.WECOM,
        account="lina", owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def fetched(office):
    office.at += timedelta(seconds=30)
    inbound.look(by="archive", at=office.at)
    drain(at=office.at)
    return list(Contact.objects.order_by("number"))


def test_both_sides_of_a_chat_stand_in_one_thread_in_their_order(office, world, thread):
    world.say("cooperative", "我周五还", member="lina")
    world.type("lina", "cooperative", "好的，张先生，谢谢您。")
    theirs, ours = fetched(office)
    assert [(row.thread_id, row.number) for row in (theirs, ours)] == [(thread.pk, 1), (thread.pk, 2)]
    assert (theirs.direction, theirs.state) == (Direction.INBOUND, State.RECEIVED)
    assert (ours.direction, ours.state, ours.staff) == (Direction.OUTBOUND, State.DELIVERED, office.lina)


def test_fetching_again_changes_nothing(office, world, thread):
    world.type("lina", "cooperative", "您好")
    assert len(fetched(office)) == len(fetched(office)) == 1


def test_what_a_member_typed_is_screened_afterwards(office, world, thread):
    world.type("lina", "cooperative", "再不还钱我们就去你单位")
    (row,) = fetched(office)
    assert row.findings
    assert "reviewed after the fact" in row.why


def test_a_member_saying_stop_is_nobody_asking_us_to_stop(office, world, thread):
    """Words of ours are never heeded as if the borrower had said them."""
    world.type("lina", "cooperative", "请不要再联系我")
    fetched(office)
    assert not office.debtor().stops.exists()
    world.say("cooperative", "请不要再联系我", member="lina")
    fetched(office)
    assert office.debtor().stops.exists()


def test_a_task_that_the_member_confirmed_is_its_own_delivery_and_no_second_contact(office, world, thread):
    text = "张伟先生您好,我是示例汽车金融有限公司工作人员,工号1023。请在方便时回电400-000-0000。"
    sent = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=text, acknowledged=True, by=office.lina, at=office.at
    )
    drain(at=office.at)
    sent.refresh_from_db()
    assert sent.state == State.ACCEPTED, sent.why
    world.confirm(sent.reference)
    (row,) = fetched(office)
    assert (row.pk, row.state) == (sent.pk, State.DELIVERED)


def test_an_account_that_was_unbound_is_nobodys_again_and_nothing_is_sent_to_it(office, world, thread):
    world.say("cooperative", "我周五还", member="lina")
    (before,) = fetched(office)
    text = "张伟先生您好,我是示例汽车金融有限公司工作人员,工号1023。请在方便时回电400-000-0000。"
    asking = {"thread": thread, "text": text, "acknowledged": True, "by": office.lina, "at": office.at}
    waits = outbound.propose(id=uuid.uuid4(), send_at=office.at + timedelta(hours=1), **asking)
    assert waits.state == State.SCHEDULED
    (account,) = party_reads.accounts(office.debtor())
    with pytest.raises(parties.UnableToUnbind, match="at least 4"):
        parties.unbind_account(account=account.pk, why="误", by=office.wangmin, at=office.at)
    for _ in range(2):  # twice is once
        parties.unbind_account(account=account.pk, why="核实为他人微信", by=office.wangmin, at=office.at)
    assert Leaf.objects.filter(kind="audit/unbind_account").count() == 1
    intent = Intent(thread=thread, text="", staff=office.lina, when=office.at)
    assert facts_for(intent, id=uuid.uuid4()).known["recipient.wechat_bound"] is False
    with pytest.raises(outbound.UnableToPropose, match="bound to them no more"):
        outbound.propose(id=uuid.uuid4(), **asking)
    office.at += timedelta(hours=1, minutes=1)
    drain(at=office.at)
    waits.refresh_from_db()
    assert (waits.state, waits.why) == (State.RETURNED, outbound.UNBOUND)
    world.say("cooperative", "我是他爱人", member="lina")
    world.type("lina", "cooperative", "您好")
    after = [row for row in fetched(office) if row.pk not in {before.pk, waits.pk}]
    assert [(row.thread, row.party, row.number) for row in after] == [(None, None, None)] * 2
    before.refresh_from_db()
    assert before.party == office.debtor() and before.thread == thread


def test_an_account_that_was_unbound_may_be_found_to_be_somebody_elses(office, world, thread):
    (account,) = party_reads.accounts(office.debtor())
    parties.unbind_account(account=account.pk, why="核实为他人微信", by=office.wangmin, at=office.at)
    again = parties.bind_account(
        party=office.debtor(2), channel=Channel.WECOM, external_id=account.external_id, method="number",
        confidence="0.9", by=office.lina, at=office.at,
    )  # fmt: skip
    world.say("cooperative", "我是李强", member="lina")
    (row,) = fetched(office)
    assert again.pk != account.pk and row.party == office.debtor(2) and row.thread != thread


def test_a_chat_with_somebody_unknown_is_kept_without_a_thread(office, world):
    world.accept(world.add("stranger", member="lina").id)
    world.type("lina", "stranger", "您好")
    (row,) = fetched(office)
    assert (row.thread, row.party, row.number) == (None, None, None)


@pytest.mark.django_db(transaction=True)
def test_the_schedule_asks_every_channel_though_one_is_silent(office, world, thread):
    """No connection to the database is held open while a channel is asked."""
    world.type("lina", "cooperative", "您好")
    good = channels.puller("archive")

    class Silent:
        channel = good.channel
        parse = good.parse

        def pull(self, cursor, token=""):
            raise WeComRefused("kf/sync_msg", 45009, "api freq out of limit")

    channels.connect("a-silent-one", pulls=Silent())
    with pytest.raises(ConnectorDown, match="a-silent-one"):
        inbound.look(by="schedule", at=office.at)
    drain(at=office.at)
    assert [row.text for row in Contact.objects.all()] == ["您好"]
