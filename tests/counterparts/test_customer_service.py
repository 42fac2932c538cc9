"""微信客服 over the wire: the window, the count, the outcomes, and what no answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.connectors import channel as ch
from shouyue.connectors.wecom.customer_service import (
    MESSAGES_A_WINDOW,
    OPEN_FOR,
    CustomerService,
    message_id,
    window,
)


@pytest.fixture
def service(wecom, client):
    return wecom.settings.customer_service(client)


def outgoing(wecom, text="您好", who="cooperative"):
    return ch.Outgoing(to=wecom.corp.borrower(who).external_userid, text=text, account=wecom.corp.open_kfid)


def everything(service, cursor=""):
    page = service.pull(cursor)
    return [event for payload in page.payloads for event in service.parse(payload)]


def test_a_borrower_writes_and_is_answered(wecom, service, desk):
    wecom.corp.say("cooperative", "您好，我想还款")
    assert wecom.corp.stage.settle()
    (due,) = desk.of(ch.PullDue)
    assert (due.what, due.account, due.channel) == ("kf", wecom.corp.open_kfid, ch.Channel.KF)
    (arrived,) = everything(service)
    assert isinstance(arrived, ch.MessageArrived)
    assert (arrived.text, arrived.sender) == ("您好，我想还款", outgoing(wecom).to)
    key = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    assert service.send(outgoing(wecom), key) == ch.Accepted("3f2504e04f8941d39a0c0305e82c3301")
    assert wecom.corp.borrower("cooperative").phone[-1]["text"] == "您好"


def test_nothing_leaves_to_who_never_wrote(wecom, service):
    refused = service.send(outgoing(wecom), "k1")
    assert isinstance(refused, ch.Refused)
    assert (refused.permanent, refused.code) == (True, "95018")


def test_the_sixth_message_and_the_forty_ninth_hour_are_refused(wecom, service):
    wecom.corp.say("cooperative", "在")
    said = [service.send(outgoing(wecom), f"k{n}") for n in range(6)]
    assert [type(one) for one in said] == [ch.Accepted] * 5 + [ch.Refused]
    wecom.corp.say("cooperative", "还在")
    assert isinstance(service.send(outgoing(wecom), "k7"), ch.Accepted)
    wecom.corp.shift += timedelta(hours=48, seconds=1)
    assert isinstance(service.send(outgoing(wecom), "k8"), ch.Refused)


def test_a_member_who_took_over_leaves_no_room_for_the_machine(wecom, service):
    wecom.corp.say("cooperative", "在")
    wecom.corp.serve("cooperative", "我来答", member="lina")
    refused = service.send(outgoing(wecom), "k")
    assert isinstance(refused, ch.Refused) and refused.code == "95018"
    assert [(e.ours, e.sender) for e in everything(service)][-1] == (True, "lina")


def test_too_many_calls_come_back_later(wecom, service):
    wecom.corp.say("cooperative", "在")
    wecom.corp.mischief.rate_limited = 1
    refused = service.send(outgoing(wecom), "k")
    assert isinstance(refused, ch.Refused)
    assert (refused.permanent, refused.code, refused.after) == (False, "45009", timedelta(seconds=60))


def test_a_dead_token_is_renewed_once_and_the_message_leaves(wecom, service):
    wecom.corp.say("cooperative", "在")
    wecom.corp.mischief.dead_token = 1
    assert isinstance(service.send(outgoing(wecom), "k"), ch.Accepted)
    assert len(wecom.corp.sent) == 1


def test_a_lost_answer_is_unknown_although_it_was_sent(wecom, service):
    wecom.corp.say("cooperative", "在")
    wecom.corp.mischief.no_answer = 1
    assert isinstance(service.send(outgoing(wecom), "k"), ch.Unknown)
    assert list(wecom.corp.sent) == ["k"]
    assert isinstance(service.find("k"), ch.Unknown)


def test_nobody_there_is_certainly_not_sent(wecom, client):
    wecom.corp.say("cooperative", "在")
    service = wecom.settings.customer_service(client)
    wecom._server.shutdown()
    wecom._server.server_close()
    client._http.close()
    fresh = wecom.settings.client()
    refused = type(service)(fresh, "wk").send(outgoing(wecom), "k")
    assert isinstance(refused, ch.Refused)
    assert not refused.permanent


def test_a_failure_told_later_finds_its_message(wecom, service):
    wecom.corp.say("cooperative", "在")
    service.send(outgoing(wecom), "aa-bb")
    wecom.corp.fail("aabb", 10)
    receipt = everything(service)[-1]
    assert isinstance(receipt, ch.DeliveryReceipt)
    assert (receipt.reference, receipt.delivered) == ("aabb", False)
    assert "does not accept" in receipt.why
    assert isinstance(service.find("aa-bb"), ch.Refused)


def test_a_link_with_a_case_token_brings_it_back(wecom, service):
    url = service.entry(service.link("m0001"), "tok/张伟")
    assert "scene_param=tok%2F" in url
    wecom.corp.enter("cooperative", scene="m0001", state="tok/张伟")
    (entered,) = everything(service)
    assert isinstance(entered, ch.SessionEntered)
    assert (entered.state, entered.scene) == ("tok/张伟", "m0001")


def test_a_photograph_is_fetched_whole(wecom, client, service):
    wecom.corp.say("threatening", "image")
    (arrived,) = everything(service)
    (photo,) = arrived.media
    assert photo.kind == "image"
    assert client.download(photo.reference).startswith(b"\x89PNG")


def test_the_inbox_is_read_page_by_page_and_again_from_any_cursor(wecom, client):
    service = CustomerService(client, wecom.corp.open_kfid, page=2)
    for n in range(5):
        wecom.corp.say("stalling", str(n))
    first = service.pull("")
    second = service.pull(first.cursor)
    assert (len(first.payloads), first.more, len(second.payloads)) == (2, True, 2)
    assert service.pull("") == first


def test_flooding_comes_as_forty_messages(wecom, service):
    wecom.corp.play("flooding")
    assert wecom.corp.stage.settle()
    texts = [event.text for event in everything(service)]
    assert len(texts) >= 37
    assert texts == list(wecom.corp.borrower("flooding").script.opens)


def test_a_borrower_of_a_script_answers_each_message_in_turn(wecom, service):
    wecom.corp.play("threatening")
    assert wecom.corp.stage.settle()
    for n in range(3):
        service.send(outgoing(wecom, f"第{n}条", "threatening"), f"k{n}")
        assert wecom.corp.stage.settle()
    kinds = [(event.kind, event.text) for event in everything(service)][1:]
    assert kinds == [
        ("text", "我知道你住哪儿，别逼我。"),
        ("image", ""),
        ("text", "你女儿在哪个幼儿园我也清楚，自己掂量。"),
    ]


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"null", b'{"msgid":1}', b"\xff\xfe", b"<xml>"])
def test_an_item_that_makes_no_sense_is_kept_and_flagged(service, payload):
    (event,) = service.parse(payload)
    assert isinstance(event, ch.NotUnderstood)
    assert event.raw == payload


@given(st.text(max_size=80))
def test_a_key_becomes_an_id_that_wecom_takes_and_stays_its_own(key):
    made = message_id(key)
    assert len(made) <= 32
    assert made.isascii()
    assert made == message_id(key)


MOMENT = datetime(2026, 3, 2, tzinfo=UTC)
minutes = st.integers(0, 60 * 24 * 5).map(lambda n: MOMENT + timedelta(minutes=n))


@given(st.lists(minutes, max_size=6), st.lists(minutes, max_size=12), minutes)
def test_the_window_never_allows_more_than_wecom_does(theirs, ours, at):
    found = window(theirs, ours, at)
    wrote = [moment for moment in theirs if moment <= at]
    assert 0 <= found.left <= MESSAGES_A_WINDOW
    if found.left:
        assert at < max(wrote) + OPEN_FOR
    if not wrote:
        assert found.until is None
