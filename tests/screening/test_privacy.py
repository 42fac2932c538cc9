"""Identifiers are found behind any disguise, checked, masked, and told whose they are."""

import csv
import json
import random
import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.screening import Finding, Kind, Parties, checks, mask, screen
from shouyue.screening.fold import fold
from shouyue.screening.privacy import identifiers
from tests.screening import disguises
from tests.shared import shared


def found(text: str, **more: object) -> tuple[Finding, ...]:
    return screen(text, direction="out", by_rules=True, **more).identifiers  # type: ignore[arg-type]


def recall(cases: Iterable[tuple[str, str, str, str]]) -> float:
    hits = [
        any(one.kind == kind and one.canonical == number for one in identifiers(fold(message).text))
        for kind, number, _, message in cases
    ]
    return sum(hits) / len(hits)


@pytest.mark.parametrize("name", list(disguises.KNOWN))
def test_each_known_disguise_is_seen_through(name: str) -> None:
    rng = random.Random(name)
    for kind, make in disguises.NUMBERS.items():
        for frame in disguises.FRAMES:
            number = make(rng)
            written = disguises.KNOWN[name](number, rng)
            message = frame.format(written)
            (one,) = [one for one in found(message) if one.kind == kind]
            assert one.canonical_masked == mask(number, kind)
            assert written.rstrip("\ufe0f\u20e3") in message[one.start : one.end]


def test_random_combinations_of_disguises_are_seen_through() -> None:
    rng = random.Random(7)
    assert recall(disguises.combined(rng, 1500, disguises.UNSEEN)) >= 0.99
    assert recall(disguises.combined(rng, 1500, disguises.HELD_OUT)) >= 0.99


def test_numbers_by_a_second_hand_are_seen_through() -> None:
    lines = shared("data/collection_chat/dev.jsonl").read_text().splitlines()
    chat = [text for text in (json.loads(line)["text"] for line in lines) if not re.search("[0-9]", text)]
    assert recall(disguises.by_a_second_hand(random.Random(5), 3000, chat)) >= 0.99


def test_comments_by_strangers_hold_no_number() -> None:
    kinds = set(disguises.NUMBERS)
    with shared("data/cold/dev.csv").open(encoding="utf-8") as lines:
        texts = [row["text"] for row in csv.DictReader(lines)]
    wrong = [text for text in texts if any(one.kind in kinds for one in identifiers(fold(text).text))]
    assert len(wrong) <= len(texts) / 10_000, wrong


def test_what_only_looks_like_a_number_is_left_alone() -> None:
    kinds = set(disguises.NUMBERS)
    for message in disguises.innocent(random.Random(3), 4000):
        assert not [one for one in identifiers(fold(message).text) if one.kind in kinds], message


@pytest.mark.parametrize(
    ("text", "kind", "masked"),
    [
        ("批号99999919900315001Ⅹ", None, None),  # the check character would be 2
        ("身份证999999900315001", Kind.RESIDENT_ID, "999999*******01"),
        ("座机010-00001234", None, None),
        ("打他单位电话 021-6000 1234", Kind.LANDLINE, "0216*****34"),
        ("就是那辆湘Z·3K8Q1", Kind.PLATE, "湘Z****1"),
        ("湘 Z D 0 7 7 2 5", Kind.PLATE, "湘Z*****5"),
        ("车架号LXX4B2A00R0001234", Kind.VIN, "LXX**********1234"),
        ("税号91350100M000100Y43", Kind.USCC, "9135**********0Y43"),
        ("护照号E00001234", Kind.PASSPORT, "E******34"),
        ("发到zhang_san＠qq.com", Kind.EMAIL, "z********@qq.com"),
        ("发 zhangsan艾特qq点com", Kind.EMAIL, "z*******@qq.com"),
        ("加我微信：zhang_0001", Kind.WECHAT_ID, "z********1"),
        ("扣扣10001000", Kind.QQ_ID, "1******0"),
        ("她住高新区石桥路12号3单元", Kind.ADDRESS, "高新区石桥路******"),
        ("你爱人赵敏，让她还", Kind.PERSON_NAME, "赵*"),
        ("密钥 sk-abcdef0123456789abcdef", Kind.SECRET, "*" * 25),
        ("系统账号cs0827 密码Yl@2026", Kind.SECRET, "*" * 7),
        ("身份证_999999199003150012_正面.jpg", Kind.RESIDENT_ID, "999999**********12"),  # a file's name
        ("公民身份号码\n9999991990\n03150012", Kind.RESIDENT_ID, "999999**********12"),  # a picture's text
        ("请打12378投诉，或致电400-000-3300", None, None),
        ("合同HT-2024-01266，本期3,286.50元，3月12日前", None, None),
        ("尾号0628的卡", None, None),
        ("号码152****0000已易主", None, None),
        ("IP 192.168.100.123", None, None),
        ("订单1380000,3天后到", None, None),
        ("转了13,800,001,234元", None, None),
    ],
)  # fmt: skip
def test_kinds(text: str, kind: Kind | None, masked: str | None) -> None:
    assert [(one.kind, one.canonical_masked) for one in found(text)] == ([(kind, masked)] if kind else [])


@pytest.mark.parametrize(
    ("text", "kind", "masked"),
    [
        ("+8613800001234", Kind.MOBILE, "138****1234"),
        ("008613800001234 找他", Kind.MOBILE, "138****1234"),
        ("tel 0086-10-62000000", Kind.LANDLINE, "0106*****00"),
        ("豫Z 一二三四五停在楼下", Kind.PLATE, "豫Z****5"),
        ("护照本上写的P1234567", Kind.PASSPORT, "P*****67"),
        ("港澳通行证C12345678", Kind.PASSPORT, "C******78"),
        ("sunny@vip.163.com", Kind.EMAIL, "s****@vip.163.com"),
        ("+v abcd1234", Kind.WECHAT_ID, "a******4"),
        ("薇是sunny99ok", Kind.WECHAT_ID, "s*******k"),
        ("加Q 99887766", Kind.QQ_ID, "9******6"),
        ("QQ号是一二三四五六七八", Kind.QQ_ID, "1******8"),
        ("城西翠湖花园二期5号楼三单元四零一", Kind.ADDRESS, "城西翠湖花园***********"),
        ("联系人：欧阳娜娜", Kind.PERSON_NAME, "欧***"),
        ("订单8613800001234已发出", None, None),
        ("价格在3@5.20之间", None, None),
        ("通行证过期了", None, None),
        ("QQ群里一二十个人", None, None),
        ("豫剧《一二三》", None, None),
        ("翠湖花园二期还没交房", None, None),
    ],
)
def test_kinds_as_others_write_them(text: str, kind: Kind | None, masked: str | None) -> None:
    assert [(one.kind, one.canonical_masked) for one in found(text)] == ([(kind, masked)] if kind else [])


def test_words_between_the_parts_of_a_number_do_not_hide_it() -> None:
    before = [{"from": "collector", "text": said} for said in ("138", "等下", "0000")]
    (one,) = found("1234", context=before)
    assert (one.kind, one.canonical_masked, one.earlier) == (Kind.MOBILE, "138****1234", 3)


def test_a_number_split_over_messages_is_joined() -> None:
    before = [
        {"from": "collector", "text": "他电话133"},
        {"from": "debtor", "text": "什么"},
        {"from": "collector", "text": "0000"},
    ]
    (one,) = found("1234", context=before)
    assert (one.canonical_masked, one.earlier, one.start, one.end) == ("133****1234", 2, 0, 4)
    (one,) = found(
        "后面1234啊",
        context=[{"from": "collector", "text": "前面133"}, {"from": "collector", "text": "中间0000"}],
    )
    assert (one.canonical_masked, one.start, one.end) == ("133****1234", 2, 6)
    assert not found("1234", context=[{"from": "debtor", "text": "1330000"}])


def test_whose_it_is_is_told_by_blind_index() -> None:
    parties = Parties(
        index=lambda kind, value: f"blind({kind},{value})",
        owners={"blind(mobile,13300001234)": "other", "blind(mobile,13300005678)": "lender"},
    )
    other, lender, nobody = found("13300001234 一三三0000五六七八 13300000000", parties=parties)
    assert (other.owner, other.label) == ("other", "personal_data")
    assert (lender.owner, lender.label) == ("lender", "")
    assert (nobody.owner, nobody.label) == (None, "personal_data")
    assert lender.blind_index == "blind(mobile,13300005678)"


def test_nothing_found_is_kept_in_clear() -> None:
    (one,) = found("电话一三三0000１２３４")
    assert "13300001234" not in repr(one) and "0000" not in repr(one)


@given(st.sampled_from(Kind), st.text(min_size=1, max_size=40))
def test_masking_covers_and_is_done_once(kind: Kind, value: str) -> None:
    masked = mask(value, kind)
    assert masked.count("*") >= min(3, len(value) - 1)
    assert mask(masked, kind) == masked
    assert len(masked) == len(value)


@given(st.integers(0, 10**6))
def test_a_masked_message_holds_no_identifier(seed: int) -> None:
    rng = random.Random(seed)
    ((kind, number, _, message),) = disguises.known(rng, 1)
    findings = screen(message, direction="out", by_rules=True).findings
    masked = mask(message, findings)
    assert number not in masked
    assert not [one for one in found(masked) if one.kind == kind]


def test_no_finding_quotes_an_identifier_in_its_grounds() -> None:
    number = "13300001234"
    for text in (
        f"他电话{number}",
        f"你老婆的号是{number}，我现在就打",
        "微信号zhang_0001，明天去你单位闹",
        "你爱人赵敏，让她还",
    ):
        said = screen(text, direction="out")
        assert said.identifiers
        for one in said.identifiers:
            written = text[one.start : one.end]
            assert not [word for f in said.findings for word, _ in f.grounds if written in word], said
        assert number[3:7] not in repr([f.grounds for f in said.findings if not f.kind])


@given(
    st.sampled_from(list(disguises.NUMBERS)),
    st.integers(),
    st.text("0123456789", max_size=12),
    st.text("0123456789", max_size=9),
)
def test_digits_that_hold_an_identifier_are_never_passed_over(
    kind: str, seed: int, before: str, after: str
) -> None:
    number = disguises.NUMBERS[kind](random.Random(seed))
    assert checks.any_shape(before + number + after)


@given(st.from_regex("[0-9]{10,19}X?", fullmatch=True))
def test_a_shape_that_stands_anywhere_is_a_shape_of_the_whole(digits: str) -> None:
    shapes = (
        checks.resident_id_shape,
        checks.is_old_resident_id,
        checks.is_mobile,
        checks.card_shape,
        checks.landline_shape,
    )
    parts = [
        digits[first:last] for first in range(len(digits)) for last in range(first + 10, len(digits) + 1)
    ]
    held = any(shape(part) for part in parts for shape in shapes)
    assert checks.any_shape(digits) or not held
