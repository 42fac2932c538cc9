"""The readable book: the whole thread, Chinese, the same bytes for the same input, no name lost for want of a glyph."""

from __future__ import annotations

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
    first = book.make(cover, threads)
    assert first.startswith(b"%PDF") and first == book.make(cover, threads)


def test_every_entry_is_in_the_book_and_withheld_parts_are_not() -> None:
    cover, threads = made(specimen.a_log(7))
    content = book._content(cover, threads, {})
    rows = content["threads"][0]["entries"]
    assert [row["n"] for row in rows] == [str(n) for n in range(1, 8)]
    assert "13800000001" not in str(content) and "未披露" in str(content)
    assert "第6条：我周五还款。" in str(rows[6])


def test_letters_that_the_font_lacks_are_written_as_numbers() -> None:
    log = specimen.Log()
    log.seal("msg.in/received", specimen.tag_of("ours"), {"body": "𠮷田𪚥 \U0001f600\x00 𰻝".encode()})
    cover, threads = made(log)
    assert book.make(cover, threads).startswith(b"%PDF")
    drawable = book._Drawable(book._covered(book._fonts() / "NotoSerifSC-Regular.otf"))
    assert "催收田".translate(drawable) == "催收田"
    assert "\x00".translate(drawable) == "[U+0000]"
