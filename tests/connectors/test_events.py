"""What WeCom tells, read: every kind it documents, and everything else kept and flagged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.connectors import channel as ch
from shouyue.connectors.wecom import reading
from shouyue.connectors.wecom.events import parse
from shouyue.terms import Channel

PAIR = {"UserID": "lina", "ExternalUserID": "wmA"}


def told(event: str, change: str = "", **fields: str) -> bytes:
    head = {
        "ToUserName": "ww1",
        "FromUserName": "sys",
        "CreateTime": "1700000000",
        "MsgType": "event",
        "Event": event,
    }
    every = head | ({"ChangeType": change} if change else {}) | fields
    return f"<xml>{''.join(f'<{k}><![CDATA[{v}]]></{k}>' for k, v in every.items())}</xml>".encode()


CONTACT, LINK = "change_external_contact", "customer_acquisition"
KINDS = [
    (told(LINK, "friend_request", LinkId="caw1", State="tok"), ch.FriendRequested, {"link_id": "caw1", "state": "tok"}),
    (told(LINK, "link_unavailable", LinkId="caw1"), ch.LinkChanged, {"change": "link_unavailable"}),
    (told(LINK, "balance_low"), ch.LinkChanged, {"change": "balance_low", "link_id": ""}),
    (told(CONTACT, "add_external_contact", **PAIR, State="t", WelcomeCode="w"), ch.ContactAdded, {"state": "t", "welcome_code": "w"}),
    (told(CONTACT, "add_half_external_contact", **PAIR), ch.ContactHalfAdded, {"userid": "lina", "state": ""}),
    (told(CONTACT, "edit_external_contact", **PAIR), ch.ContactEdited, {"external_userid": "wmA"}),
    (told(CONTACT, "del_external_contact", **PAIR), ch.ContactDeleted, {"by_member": True, "by_transfer": False}),
    (told(CONTACT, "del_external_contact", **PAIR, Source="DELETE_BY_TRANSFER"), ch.ContactDeleted, {"by_transfer": True}),
    (told(CONTACT, "del_follow_user", **PAIR), ch.ContactDeleted, {"by_member": False}),
    (told(CONTACT, "transfer_fail", **PAIR, FailReason="customer_refused"), ch.TransferFailed, {"reason": "customer_refused"}),
    (told(CONTACT, "msg_audit_approved", **PAIR), ch.ConsentChanged, {"agreed": True}),
    (told("change_external_chat", "create", ChatId="wr1"), ch.GroupChanged, {"chat_id": "wr1", "change": "create"}),
    (told("msgaudit_notify", AgentID="2000004"), ch.PullDue, {"what": "archive"}),
    (told("kf_msg_or_event", Token="T", OpenKfId="wk1"), ch.PullDue, {"what": "kf", "token": "T", "account": "wk1", "channel": Channel.KF}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "kind", "fields"), KINDS, ids=[f"{n}-{kind.__name__}" for n, (_, kind, _) in enumerate(KINDS)]
)
def test_every_kind_is_read(payload, kind, fields):
    (event,) = parse(payload)
    assert type(event) is kind
    assert {name: getattr(event, name) for name in fields} == fields
    assert event.at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (event.raw, len(event.external_id) <= 160) == (payload, True)
    assert reading.parse(payload) == (event,)


def test_no_two_of_them_share_an_id_and_the_same_one_always_has_the_same():
    ids = [parse(payload)[0].external_id for payload, _, _ in KINDS if b"DELETE_BY_TRANSFER" not in payload]
    assert len(set(ids)) == len(ids)
    assert ids == [
        parse(payload)[0].external_id for payload, _, _ in KINDS if b"DELETE_BY_TRANSFER" not in payload
    ]


def test_a_repeat_in_another_order_of_fields_is_the_same_event():
    fields = {"State": "t", "WelcomeCode": "w1", **PAIR}
    one = told(CONTACT, "add_external_contact", **fields)
    turned = told(CONTACT, "add_external_contact", **dict(reversed(fields.items())))
    assert one != turned
    assert parse(one)[0].external_id == parse(turned)[0].external_id


@pytest.mark.parametrize(
    "payload",
    [
        told("open_profile_of_tomorrow", "x"),
        told(CONTACT, "unheard_of", **PAIR),
        told(CONTACT, "add_external_contact", UserID="lina"),
        told(CONTACT, "add_external_contact", **PAIR, CreateTime="yesterday"),
        told(CONTACT, "add_external_contact", **PAIR, CreateTime="9" * 30),
        b"<xml/>",
        b"<xml>",
        b"",
        b"plain",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
    ],
)
def test_what_is_not_understood_is_kept_and_flagged(payload):
    (event,) = parse(payload)
    assert isinstance(event, ch.NotUnderstood)
    assert (event.raw, bool(event.what)) == (payload, True)


@given(st.binary(max_size=300))
def test_any_bytes_are_one_event_and_never_crash(payload):
    for read in (parse, reading.parse):
        (event,) = read(payload)
        assert event.raw == payload


@given(st.text(max_size=60))
def test_a_state_comes_back_as_it_was_put_in(state):
    """CDATA carries everything but its own end and what XML forbids."""
    if "]]>" in state or any(
        ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF or ord(c) in (0xFFFE, 0xFFFF) for c in state
    ):
        return
    (event,) = parse(told(LINK, "friend_request", LinkId="c", State=state))
    assert isinstance(event, ch.FriendRequested)
    assert event.state == state.strip()
