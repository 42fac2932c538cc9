"""A message in a member's name is a task: nothing arrives before the member confirms."""

from __future__ import annotations

import pytest

from shouyue.connectors import channel as ch
from shouyue.connectors.rehearsal.corp import Impossible
from shouyue.connectors.wecom.client import WeComRefused


@pytest.fixture
def chat(wecom, client):
    return wecom.settings.member_chat(client)


@pytest.fixture
def who(wecom):
    return wecom.corp.accept(wecom.corp.add("cooperative", member="lina").id)


def test_a_task_arrives_once_the_member_confirms_it(wecom, chat, who):
    sent = chat.send(ch.Outgoing(to=who, text="您好", account="lina"), "k")
    assert isinstance(sent, ch.Accepted)
    assert [one.state for one in chat.result(sent.reference, "lina")] == ["waiting"]
    wecom.corp.confirm(sent.reference)
    (done,) = chat.result(sent.reference, "lina")
    assert (done.state, done.external_userid) == ("sent", who)
    assert wecom.corp.borrower(who).phone[-1]["text"] == "您好"


def test_a_cancelled_task_cannot_be_confirmed(wecom, chat, who):
    sent = chat.send(ch.Outgoing(to=who, text="您好", account="lina"), "k")
    chat.cancel(sent.reference)
    with pytest.raises(Impossible):
        wecom.corp.confirm(sent.reference)


def test_a_customer_who_left_meanwhile_does_not_get_it(wecom, chat, who):
    sent = chat.send(ch.Outgoing(to=who, text="您好", account="lina"), "k")
    wecom.corp.unfriend("cooperative", member="lina")
    wecom.corp.confirm(sent.reference)
    assert [one.state for one in chat.result(sent.reference, "lina")] == ["failed"]


def test_nobody_is_written_to_through_a_member_who_is_no_friend(chat, who):
    assert isinstance(chat.send(ch.Outgoing(to=who, text="您好", account="wangmin"), "k"), ch.Refused)


def test_a_member_is_reminded_three_times_and_no_more(chat, who):
    sent = chat.send(ch.Outgoing(to=who, text="您好", account="lina"), "k")
    for _ in range(3):
        chat.remind(sent.reference)
    with pytest.raises(WeComRefused):
        chat.remind(sent.reference)


def test_a_lost_answer_is_unknown(wecom, chat, who):
    wecom.corp.mischief.no_answer = 1
    assert isinstance(chat.send(ch.Outgoing(to=who, text="您好", account="lina"), "k"), ch.Unknown)
    assert isinstance(chat.find("k"), ch.Unknown)
