"""The readable book: the whole thread, Chinese, the same bytes for the same input, no name lost for want of a glyph."""

from __future__ import annotations

import dataclasses

import pytest

from shouyue.evidence import book
from tests.evidence import specimen

pytest.importorskip("typst")
pytest.importorskip("pylopdf_fonts_zh_cn")


def made(log: specimen.Log) -> tuple[book.Cover, tuple]:
    material = specimen.material(log)
    head = log.head(len(log.entries))
    cover = book.Cover("张伟 逾期分期", "证明催收经过", "S009", "2026-03-05T00:00:00+00:00", head, "0" * 64)
    return cover, material.threads


def test_the_book_is_a_pdf_and_always_the_same() -> None:
    cover, threads = made(specimen.a_log(5))
    first, pages = book.make(cover, threads)
    assert first.startswith(b"%PDF") and (first, pages) == book.make(cover, threads)
    assert pages == {threads[0].listed.tag: (4, 4)}


def test_every_entry_is_in_the_book_and_withheld_parts_are_not() -> None:
    cover, threads = made(specimen.a_log(7))
    content = book._content(cover, threads, {}, {})
    rows = content["threads"][0]["entries"]
    assert [row["n"] for row in rows] == [str(n) for n in range(1, 9)]
    assert "13800000001" not in str(content) and rows[0]["withheld"] == "发送人"
    assert "第6条：我周五还款。" in str(rows[6])


def test_a_long_thread_has_its_pages_in_the_list() -> None:
    cover, threads = made(specimen.a_log(120))
    _, pages = book.make(cover, threads)
    first, last = pages[threads[0].listed.tag]
    assert first == 4 and last > 8


def test_letters_that_the_font_lacks_are_written_as_numbers() -> None:
    log = specimen.Log()
    log.seal(
        "msg.in/received",
        specimen.tag_of("ours"),
        {"body": "𠮷田𪚥 \U0001f600\x00 𰻝".encode(), "reason": "𠮷".encode()},
    )
    cover, threads = made(log)
    assert book.make(cover, threads)[0].startswith(b"%PDF")
    rare = dataclasses.replace(cover, title="𠮷田 \U0001f600", purpose="𪚥", made_by="𰻝")
    listed = {"evidence": [], "originals": []}
    assert book.evidence_list(rare, listed).startswith(b"%PDF")
    assert book.cover_sheet(rare, {"x": "y"}, [[True]]).startswith(b"%PDF")
    drawable = book.drawable()
    assert "催收田".translate(drawable) == "催收田"
    assert "\x00".translate(drawable) == "[U+0000]"


def test_a_picture_is_shown_and_one_that_only_looks_like_a_picture_does_not_stop_the_book() -> None:
    log = specimen.Log()
    for data in (specimen.PICTURE, b"\x89PNG but not really", b"\xff\xd8\xff\x00"):
        log.seal("document/media", specimen.tag_of("ours"), {"attachment": specimen.Original(data)})
    cover, threads = made(log)
    content = book._content(cover, threads, {}, dict(book._pictures(threads)))
    assert [row["spoken"][0]["picture"] != "" for row in content["threads"][0]["entries"]] == [True] * 3
    assert book.make(cover, threads)[0].startswith(b"%PDF")


def test_what_was_taken_back_keeps_its_words_and_says_so() -> None:
    log = specimen.Log()
    ours = specimen.tag_of("ours")
    log.seal("msg.in/understood", ours, {"body": "我没钱".encode(), "contact": b"c1"})
    log.seal("recall/recalled", ours, {"contact": b"c1"})
    log.seal("document/transcript", ours, {"transcript": "明天还".encode()})
    cover, threads = made(log)
    rows = book._content(cover, threads, {}, {})["threads"][0]["entries"]
    assert rows[0]["gone"] == "其后被撤回，原文保留" and rows[0]["spoken"][0]["words"] == "我没钱"
    assert rows[2]["spoken"][0]["words"] == "【转写，衍生材料】明天还"
