"""The callback door: what is WeCom's is kept before it is answered; what is not leaves nothing but a line in the log."""

from __future__ import annotations

import base64
import logging
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from shouyue.connectors.wecom import events
from shouyue.connectors.wecom.envelope import Door, Envelope
from shouyue.desk.messages import channels
from shouyue.desk.messages.models import RawEvent
from shouyue.desk.outbox import reads as outbox

pytestmark = pytest.mark.django_db
CORP = "ww1234567890abcdef"
KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
OURS = Envelope(token="token", aes_key=KEY, receive_id=CORP)
EVENT = (
    f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
    "<CreateTime>1772416800</CreateTime><MsgType><![CDATA[event]]></MsgType>"
    "<Event><![CDATA[change_external_contact]]></Event><ChangeType><![CDATA[add_external_contact]]></ChangeType>"
    "<UserID><![CDATA[LiNa]]></UserID><ExternalUserID><![CDATA[wmZhang]]></ExternalUserID></xml>"
).encode()


@pytest.fixture
def wecom():
    door = Door(OURS)
    channels.connect("wecom", door=door, parse=events.parse)
    channels.connect(f"wecom/{CORP}", door=door)
    yield Client()
    channels.disconnect_all()


def now(ago: timedelta = timedelta(0)) -> str:
    return str(int((datetime.now(UTC) - ago).timestamp()))


def signed(message: bytes, *, envelope: Envelope = OURS, ago: timedelta = timedelta(0), nonce: str = "n1"):
    sealed = envelope.close(message, salt=bytes(16), timestamp=now(ago), nonce=nonce)
    query = urlencode({"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": nonce})
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt><![CDATA[{sealed.encrypted}]]></Encrypt></xml>"
    return query, body.encode()


def post(client: Client, query: str, body: bytes, corp: str = CORP):
    return client.post(f"/hooks/wecom/{corp}?{query}", body, content_type="text/xml")


def test_the_check_of_the_address_gets_its_words_back_bare(wecom):
    sealed = OURS.close(b"4711", salt=bytes(16), timestamp=now(), nonce="n")
    told = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": "n"}
    answer = wecom.get(f"/hooks/wecom/{CORP}", {**told, "echostr": sealed.encrypted})
    assert (answer.status_code, answer.content) == (200, b"4711")
    assert not RawEvent.objects.exists()


@pytest.mark.parametrize("corp", [CORP, ""])
def test_an_event_is_kept_and_its_understanding_noted_before_the_answer(wecom, corp):
    query, body = signed(EVENT)
    path = f"/hooks/wecom/{corp}".rstrip("/")
    answer = wecom.post(f"{path}?{query}", body, content_type="text/xml")
    assert (answer.status_code, answer.content) == (200, b"success")
    (kept,) = RawEvent.objects.all()
    assert base64.b64decode(kept.body) == EVENT
    assert [row.what for row in outbox.pending()] == ["event_received"]


def test_the_same_call_again_is_answered_and_kept_once(wecom, caplog):
    query, body = signed(EVENT)
    answers = [post(wecom, query, body).content for _ in range(3)]
    assert answers == [b"success"] * 3
    assert RawEvent.objects.count() == 1
    assert len(outbox.pending()) == 1
    assert caplog.text.count("nothing new is kept") == 2


def test_the_same_event_in_a_new_envelope_is_kept_once(wecom):
    for nonce in ("n1", "n2"):
        assert post(wecom, *signed(EVENT, nonce=nonce)).status_code == 200
    assert RawEvent.objects.count() == 1


def test_a_call_replayed_later_is_refused_and_logged(wecom, caplog):
    """A channel repeats within seconds; the very call a minute later is somebody else's."""
    query, body = signed(EVENT)
    assert post(wecom, query, body).status_code == 200
    RawEvent.objects.update(received_at=datetime.now(UTC) - timedelta(minutes=2))
    assert post(wecom, query, body).status_code == 403
    assert RawEvent.objects.count() == 1
    assert "a replay" in caplog.text


STRANGER = Envelope(token="other", aes_key=KEY, receive_id=CORP)
ELSEWHERE = Envelope(token="token", aes_key=KEY, receive_id="wwsomebodyelse")
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'


def bad_calls():
    query, body = signed(EVENT)
    yield "wrong signature", 403, *signed(EVENT, envelope=STRANGER), CORP
    yield "meant for another corp", 403, *signed(EVENT, envelope=ELSEWHERE), CORP
    yield "an old call", 403, *signed(EVENT, ago=timedelta(hours=1)), CORP
    yield "the nonce of another call", 403, query.replace("nonce=n1", "nonce=n2"), body, CORP
    yield "no signature", 400, "timestamp=1&nonce=2", body, CORP
    yield "no XML", 400, query, b"<xml><Encrypt>", CORP
    yield "an XML bomb", 400, query, BOMB, CORP
    yield "no sealed part", 400, query, b"<xml><A/></xml>", CORP
    yield "ten megabytes", 413, query, b"<xml>" + b"x" * (10 << 20) + b"</xml>", CORP
    yield "an unknown corp", 404, query, body, "wwunknown"


@pytest.mark.parametrize(
    ("status", "query", "body", "corp"), [pytest.param(*call[1:], id=call[0]) for call in bad_calls()]
)
def test_what_is_not_theirs_is_refused_logged_and_leaves_nothing(wecom, caplog, status, query, body, corp):
    with caplog.at_level(logging.WARNING, "shouyue.hooks"):
        answer = post(wecom, query, body, corp)
    assert (answer.status_code, answer.content) == (status, b"")
    assert "refused" in caplog.text
    assert not RawEvent.objects.exists()
    assert outbox.pending() == []


def test_a_body_that_lies_about_its_length_is_not_read_to_its_end(wecom):
    answer = wecom.post(
        "/hooks/wecom", b"x" * 100, content_type="text/xml", headers={"content-length": "many"}
    )
    assert answer.status_code == 413


def test_without_a_corp_the_door_is_shut(client):
    assert client.post("/hooks/wecom", b"", content_type="text/xml").status_code == 404
