"""One content, one form; commitments that bind and say nothing."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import datetime, timedelta, timezone

import cbor2
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


ENTRIES = st.builds(
    leaf.Entry,
    st.sampled_from(["msg.in/received", "index", "msg.out/leaving"]),
    texts.filter(lambda text: len(text) < 64) | st.sampled_from(["ab" * 16, "0" * 32, "AB" * 16]),
    st.integers(0, 300) | st.integers(0, leaf.LARGEST_INTEGER),
    *[st.sampled_from(["0" * 64, "a1" * 32]) for _ in range(4)],
    st.just("2026-03-02T01:30:00.000000Z"),
    st.dictionaries(texts.filter(lambda text: len(text) < 9), values, max_size=3),
    st.just("desk"),
    st.sampled_from([1, 2]),
)


def plainly(entry: leaf.Entry) -> dict:
    """The fields as they stand in the log, for another library to write."""
    fields = json.loads(entry.to_text())
    fields |= {key: bytes.fromhex(fields[key]) for key in "pcmx"}
    if re.fullmatch("[0-9a-f]{32}", fields["s"]):
        fields["s"] = bytes.fromhex(fields["s"])
    return fields


@given(ENTRIES)
def test_both_forms_of_an_entry_are_those_of_the_standards(entry: leaf.Entry) -> None:
    """The words are RFC 8785; the bytes in the log are deterministic CBOR, as another library writes and reads it."""
    try:
        text = entry.to_text()
        data = entry.to_bytes()
    except leaf.NotCanonical as why:
        assert "bytes" in str(why)  # too many
        return
    assert text == rfc8785.dumps(json.loads(text))
    if entry.version == 1:
        assert data == text
    else:
        assert data == cbor2.dumps(plainly(entry), canonical=True)
        assert cbor2.loads(data) == leaf.read_cbor(data) == plainly(entry)
    assert leaf.Entry.from_bytes(data) == leaf.Entry.from_text(text) == entry
    assert leaf.written(text) == (entry, data)
    for mark, other in zip(leaf.stream_marks(entry.stream), (1, 2), strict=True):
        assert (mark in data) or entry.version != other


@given(ENTRIES, st.data())
def test_no_other_bytes_are_the_same_entry(entry: leaf.Entry, data: st.DataObject) -> None:
    """Whatever is changed in an entry's bytes is refused, or is another entry with exactly those bytes."""
    try:
        good = entry.to_bytes()
    except leaf.NotCanonical:
        return
    at = data.draw(st.integers(0, len(good) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                good[:at] + bytes([good[at] ^ 1 << data.draw(st.integers(0, 7))]) + good[at + 1 :],
                good[:at],
                good + b"\0",
                good[:at] + data.draw(st.binary(min_size=1, max_size=3)) + good[at:],
            ]
        )
    )
    try:
        found = leaf.Entry.from_bytes(changed)
    except leaf.NotCanonical:
        return
    assert found.version == 1 or found.to_bytes() == changed
    assert found != entry or changed == good


@given(st.binary(max_size=200))
def test_whatever_bytes_are_read_or_refused(data: bytes) -> None:
    for first in (b"", b"\xaa", b"{"):
        with contextlib.suppress(leaf.NotCanonical):
            leaf.Entry.from_bytes(first + data)


def in_cbor(**changes: object) -> bytes:
    fields = plainly(entry()) | changes
    return cbor2.dumps({key: value for key, value in fields.items() if value is not None}, canonical=True)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "breaks off after 0 bytes"),
        (b"\xa0", "version None"),
        (in_cbor(v=1), "version 1"),
        (in_cbor(v=3), "version 3"),
        (in_cbor(z=1), r"not known: \['z'\]"),
        (in_cbor(p=None), r"missing: \['p'\]"),
        (in_cbor(p=bytes(31)), "p is not 64 hex"),
        (in_cbor(p="0" * 64), "another form"),
        (in_cbor(s="0" * 32), "another form"),
        (in_cbor(s=bytes(15)), "another form"),
        (in_cbor(n=-1), "n is -1"),
        (in_cbor(n=2**53), "n is"),
        (in_cbor(n=1.5), "begins nothing"),
        (in_cbor(oc={}), "another form"),
        (in_cbor(oc={"x": True}), "begins nothing"),
        (in_cbor(oc={"x": b"x"}), "cannot be written"),
        (in_cbor(oc={1: "x"}), "key is not text"),
        (in_cbor(oc={"x": "催"}), "not ASCII"),
        (in_cbor(t="gossip"), "nothing is sealed about"),
        (in_cbor(a=""), "another form"),
        (in_cbor(at=b"x"), "at is not text"),
        (cbor2.dumps([1]), "not a map"),
        (in_cbor()[:-1], "breaks off"),
        (in_cbor() + b"\0", "1 bytes follow"),
        (b"\x81" * 50, "nested too deeply"),
        (b"\xbf" + in_cbor()[1:] + b"\xff", "begins nothing"),
        (b"\xa1\x61v\x18\x02", "missing"),
        (b"\xa1\x61v\x18", "breaks off"),
        (in_cbor(g="x" * 1100), "allowed"),
        (b"\x9b" + b"\xff" * 8, "breaks off"),
    ],
)
def test_bytes_that_are_no_entry_are_refused_in_words(data: bytes, why: str) -> None:
    with pytest.raises(leaf.NotCanonical, match=why):
        leaf.Entry.from_bytes(data)


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


def test_an_entry_reads_back() -> None:
    assert leaf.Entry.from_bytes(entry().to_bytes()) == entry()
    assert json.loads(entry().to_text())["at"] == "2026-03-02T14:00:00.000000Z"
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
        ("v", 3),
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
    for version in (1, 2):
        fields = json.loads(entry(version=version).to_text())
        fields[field] = value
        data = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
        with pytest.raises(leaf.NotCanonical):
            leaf.Entry.from_text(data)
    with pytest.raises(leaf.NotCanonical):
        leaf.Entry.from_bytes(data)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError):
        leaf.utc(datetime(2026, 3, 2))
