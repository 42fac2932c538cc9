"""One content, one form; commitments that bind and say nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shouyue.evidence import leaf

texts = st.text(st.characters(max_codepoint=0x7F))
values = st.recursive(
    texts | st.integers(-leaf.LARGEST_INTEGER, leaf.LARGEST_INTEGER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(texts, values, max_size=6))
def test_our_form_is_rfc_8785(value: dict) -> None:
    data = leaf.canonical(value)
    assert data == rfc8785.dumps(value)
    if len(data) <= leaf.LARGEST_ENTRY:
        assert leaf.parse(data) == value


@given(
    st.sampled_from(["msg.in/received", "index", "msg.out/leaving"]),
    texts.filter(lambda text: len(text) < 64),
    st.integers(0, leaf.LARGEST_INTEGER),
    st.dictionaries(texts.filter(lambda text: len(text) < 9), st.integers(0, 2**53 - 1), max_size=3),
)
def test_an_entry_put_together_by_hand_is_rfc_8785_too(kind: str, stream: str, n: int, outside: dict) -> None:
    data = leaf.Entry(
        kind,
        stream,
        n,
        "0" * 64,
        "a" * 64,
        "b" * 64,
        "c" * 64,
        "2026-03-02T01:30:00.000000Z",
        outside,
        "desk",
    ).to_bytes()
    assert data == rfc8785.dumps(json.loads(data))
    back = leaf.Entry.from_bytes(data)
    assert (back.kind, back.stream, back.n, back.outside) == (kind, stream, n, outside)


def test_sm3_is_the_same_from_either_library() -> None:
    slow = leaf._SlowSm3(leaf.hashes.Hash(leaf.hashes.SM3()))
    slow.update(b"a")
    again = slow.copy()
    again.update(b"bc")
    # GB/T 32905, example 1
    assert again.digest() == leaf.sm3(b"abc")
    assert again.digest().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert slow.digest() == leaf.sm3(b"a")


@given(
    st.dictionaries(
        st.text(st.characters(max_codepoint=0xD7FF)), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_chinese_parts_are_rfc_8785_too(value: dict) -> None:
    assert leaf.canonical(value, ascii_only=False) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"a": 1.0},
        {"a": 2**53},
        {"a": "催"},
        {"催": "a"},
        {"a": "𠮷"},
        {"a": None},
        {"a": True},
        {"a": b"x"},
    ],
    ids=str,
)
def test_what_has_no_exact_form_is_refused(wrong: dict) -> None:
    with pytest.raises(leaf.NotCanonical):
        leaf.canonical(wrong)


def test_half_a_character_and_rare_keys_are_refused_in_parts() -> None:
    for wrong in ({"a": "\ud800"}, {"𠮷": "a"}):
        with pytest.raises(leaf.NotCanonical):
            leaf.canonical(wrong, ascii_only=False)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1.5}',
        b'{"a":NaN}',
        b'{"a":9007199254740992}',
        b'{"a":"\\u0061"}',
        b'["a"]',
        b'{"a":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"a":"\xff"}',
        b"{",
        b'{"a":"' + b"x" * 1100 + b'"}',
    ],
)
def test_bytes_in_another_form_are_refused(data: bytes) -> None:
    with pytest.raises(leaf.NotCanonical):
        leaf.parse(data)


def test_sm3_is_the_published_one() -> None:
    assert leaf.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_commitment_binds_name_and_content(one: bytes, other: bytes) -> None:
    salt = bytes(32)
    assert (leaf.commitment("body", one, salt) == leaf.commitment("body", other, salt)) == (one == other)
    assert leaf.commitment("body", one, salt) != leaf.commitment("reason", one, salt)
    assert leaf.commitment("colour", one, salt) != leaf.commitment("colours", one, salt)


def test_salts_differ_by_person_stream_number_and_part() -> None:
    salts = {
        leaf.salt_of(key, tag, n, part)
        for key in (b"a" * 32, b"b" * 32)
        for tag in ("0" * 32, "1" * 32)
        for n in (0, 1)
        for part in (0, 1)
    }
    assert len(salts) == 16


def entry(**changes: object) -> leaf.Entry:
    fields: dict = {
        "kind": "msg.out/proposed",
        "stream": "0" * 32,
        "n": 0,
        "previous": leaf.NOTHING_BEFORE,
        "commitment": "1" * 64,
        "commitment_sm3": "2" * 64,
        "stored": "3" * 64,
        "at": leaf.utc(datetime(2026, 3, 2, 22, 0, tzinfo=timezone(timedelta(hours=8)))),
        "outside": {"seq": 7},
        "gateway": "desk",
    }
    return leaf.Entry(**{**fields, **changes})


def test_an_entry_reads_back() -> None:
    data = entry().to_bytes()
    assert leaf.Entry.from_bytes(data) == entry()
    assert json.loads(data)["at"] == "2026-03-02T14:00:00.000000Z"
    assert leaf.Entry.from_bytes(entry(kind="heartbeat").to_bytes()).kind == "heartbeat"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gossip/heard"},
        {"kind": "msg.out/Two Words"},
        {"outside": {"x": "y" * 1100}},
        {"outside": {"n": 0.5}},
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_is_refused(change: dict) -> None:
    with pytest.raises(ValueError):
        entry(**change).to_bytes()


@pytest.mark.parametrize(
    "field,value",
    [
        ("v", 2),
        ("n", -1),
        ("n", "0"),
        ("p", "0" * 63),
        ("c", "G" * 64),
        ("oc", []),
        ("t", "gossip"),
        ("z", 1),
    ],
)
def test_an_entry_with_a_wrong_field_is_refused(field: str, value: object) -> None:
    fields = json.loads(entry().to_bytes())
    fields[field] = value
    data = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(ValueError):
        found = leaf.Entry.from_bytes(data)
        found.to_bytes()


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError):
        leaf.utc(datetime(2026, 3, 2))
