"""The envelope of WeCom's callbacks: opens what WeCom seals, refuses everything else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.connectors.channel import Call, CallbackRefused
from shouyue.connectors.wecom.envelope import LARGEST_CALL, Door, Envelope

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
CORP = "ww1234567890abcdef"
AT = datetime.fromtimestamp(1700000000, UTC)
ours = Envelope(token="desk-token", aes_key=KEY, receive_id=CORP)
door = Door(ours)


def posted(message: bytes, *, envelope: Envelope = ours, at: datetime = AT, **changes: str) -> Call:
    sealed = envelope.close(message, salt=b"s" * 16, timestamp=str(int(at.timestamp())), nonce="n1")
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt><![CDATA[{sealed.encrypted}]]></Encrypt></xml>"
    query = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    return Call("POST", query | changes, body.encode())


def test_the_published_vector():
    """Key, vector, padding, order of signing: one example made outside this code."""
    sealed = ours.close(b"echo-42", salt=b"0123456789abcdef", timestamp="1700000000", nonce="1234567890")
    assert sealed.encrypted == (
        "4j/AuRx71kQlxVlzbpsMWEsgEDG5xIMzpTHE55En9d46jVj3L9V6u3a579MBFe36aMmrEEVXOdpsriw81aZU4w=="
    )
    assert sealed.signature == "6f704dfabc83742e6cc36ec20427c3fe2fb20727"


def test_the_check_of_the_address_is_answered_with_the_bare_words():
    sealed = ours.close(b"echo-42", salt=b"x" * 16, timestamp="1700000000", nonce="7")
    query = {"msg_signature": sealed.signature, "timestamp": "1700000000", "nonce": "7"}
    found = door.verify(Call("GET", query | {"echostr": sealed.encrypted}), AT)
    assert found.answer == b"echo-42"
    assert found.payload == b""


@given(st.binary(max_size=3000), st.binary(min_size=16, max_size=16))
def test_what_is_sealed_opens_again(message: bytes, salt: bytes):
    sealed = ours.encrypt(message, salt)
    assert ours.decrypt(sealed) == message
    assert len(base64.b64decode(sealed)) % 32 == 0


@given(st.binary(min_size=1, max_size=200), st.data())
def test_one_flipped_bit_anywhere_is_refused(message: bytes, data: st.DataObject):
    """With the signature as it was: nothing altered gets as far as the cipher."""
    call = posted(message)
    start = call.body.index(b"CDATA[") + 6
    place = data.draw(st.integers(start, call.body.index(b"]]", start) - 1))
    body = bytearray(call.body)
    body[place] = ord("A") if body[place] != ord("A") else ord("B")
    with pytest.raises(CallbackRefused):
        door.verify(Call("POST", call.query, bytes(body)), AT)


@given(st.binary(max_size=400))
def test_hostile_bytes_are_refused_and_never_crash(body: bytes):
    query = {"msg_signature": "0" * 40, "timestamp": "1700000000", "nonce": "n"}
    with pytest.raises(CallbackRefused):
        door.verify(Call("POST", query, body), AT)


@given(st.text(max_size=120))
def test_a_sealed_part_of_any_shape_is_refused_and_never_crashes(sealed: str):
    with pytest.raises(CallbackRefused):
        ours.decrypt(sealed)


@given(st.binary(min_size=0, max_size=160))
def test_correctly_keyed_nonsense_is_refused(blocks: bytes):
    """Whoever has the token and the key, but seals something else inside: length, padding, receiver."""
    blocks += bytes(-len(blocks) % 16)
    sealer = ours._cipher.encryptor()
    sealed = base64.b64encode(sealer.update(blocks) + sealer.finalize()).decode()
    with pytest.raises(CallbackRefused):
        ours.decrypt(sealed)


def test_a_length_beyond_the_message_is_said_as_such():
    body = bytes(16) + (10**6).to_bytes(4, "big") + CORP.encode()
    body += bytes([32 - len(body) % 32]) * (32 - len(body) % 32)
    sealer = ours._cipher.encryptor()
    sealed = base64.b64encode(sealer.update(body) + sealer.finalize()).decode()
    with pytest.raises(CallbackRefused, match="claims 1000000 bytes"):
        ours.decrypt(sealed)


HOSTILE = {
    "entities": b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>',
    "billion laughs": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>',
    "outside file": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><Encrypt>x</Encrypt></xml>',
    "outside entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1/">]><xml><Encrypt>&a;</Encrypt></xml>',
    "not closed": b"<xml><Encrypt>abc",
    "no sealed part": b"<xml><ToUserName>w</ToUserName></xml>",
    "empty": b"",
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?><xml/>',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_are_refused_as_bad_requests(body: bytes):
    query = {"msg_signature": "0" * 40, "timestamp": "1700000000", "nonce": "n"}
    with pytest.raises(CallbackRefused) as refused:
        door.verify(Call("POST", query, body), AT)
    assert refused.value.status == 400


def test_ten_megabytes_are_not_even_read():
    query = {"msg_signature": "0" * 40, "timestamp": "1700000000", "nonce": "n"}
    with pytest.raises(CallbackRefused) as refused:
        door.verify(Call("POST", query, b"<xml>" + b"a" * (10 << 20)), AT)
    assert refused.value.status == 413
    assert str(LARGEST_CALL) in refused.value.reason


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_each_parameter_must_be_there_and_right(name: str):
    with pytest.raises(CallbackRefused):
        door.verify(posted(b"x", **{name: ""}), AT)
    with pytest.raises(CallbackRefused):
        door.verify(posted(b"x", **{name: "1700000001"}), AT)


def test_a_message_for_another_corp_is_refused():
    other = Envelope(token="desk-token", aes_key=KEY, receive_id="ww-another-corp")
    with pytest.raises(CallbackRefused, match="another corp"):
        door.verify(posted(b"x", envelope=other), AT)


def test_a_message_sealed_with_another_token_is_refused():
    other = Envelope(token="not-the-token", aes_key=KEY, receive_id=CORP)
    with pytest.raises(CallbackRefused, match="signature"):
        door.verify(posted(b"x", envelope=other), AT)


@pytest.mark.parametrize("late", [timedelta(minutes=11), timedelta(minutes=-11)])
def test_a_call_of_another_hour_is_refused(late: timedelta):
    call = posted(b"x")
    assert door.verify(call, AT + timedelta(minutes=9)).payload == b"x"
    with pytest.raises(CallbackRefused, match="ten minutes"):
        door.verify(call, AT + late)


def test_the_same_call_twice_is_a_replay_where_calls_are_remembered():
    seen: set[str] = set()

    def once(signature: str, at: datetime) -> bool:
        new = signature not in seen
        seen.add(signature)
        return new

    strict, call = Door(ours, once), posted(b"x")
    assert strict.verify(call, AT).payload == b"x"
    with pytest.raises(CallbackRefused, match="replay"):
        strict.verify(call, AT)


@pytest.mark.parametrize("key", ["short", "A" * 42, "A" * 44, "!" * 43, ""])
def test_a_key_that_is_none_is_said_at_once(key: str):
    with pytest.raises(ValueError, match=r"EncodingAESKey"):
        Envelope(token="t", aes_key=key, receive_id="c")


def test_the_passive_reply_opens_at_the_other_end():
    sealed = ours.close("收到".encode(), salt=b"r" * 16, timestamp="1700000000", nonce="9")
    reply = sealed.reply().decode()
    assert f"<MsgSignature><![CDATA[{ours.signature('1700000000', '9', sealed.encrypted)}]]>" in reply
    assert ours.decrypt(reply.split("<Encrypt><![CDATA[")[1].split("]]>")[0]) == "收到".encode()
