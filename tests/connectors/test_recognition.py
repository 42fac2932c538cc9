"""Pictures from outside: a card is read, a chat is read, and what hides behind a picture never reaches the model."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from shouyue.cli.demo.cards import id_card, screenshot
from shouyue.connectors.identifiers import resident_id_holds
from shouyue.connectors.recognition import (
    LARGEST,
    IdCard,
    NotACard,
    read_id_card,
    read_screenshot,
    refusal_of,
)
from tests.cast import 刘洋, 张伟


def changed(picture: bytes, change, kind="JPEG", **how) -> bytes:
    out = io.BytesIO()
    change(Image.open(io.BytesIO(picture))).save(out, kind, **how)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IEND", b"")


@pytest.mark.parametrize("person", [张伟, 刘洋], ids=lambda one: one.mobile)
def test_the_name_and_number_of_a_card_are_read(person):
    card = read_id_card(id_card(person.name, person.id_no))
    assert isinstance(card, IdCard)
    assert (card.name, card.number, card.valid) == (person.name, person.id_no, True)
    assert card.confidence > 0.8


@pytest.mark.parametrize(
    "change",
    [
        lambda im: im.rotate(3, expand=True, fillcolor="#777"),
        lambda im: im.filter(ImageFilter.GaussianBlur(1.2)),
        lambda im: im.resize((640, 403)),
        lambda im: im.point(lambda v: v // 2),
    ],
    ids=["askew", "blurred", "small", "dark"],
)
def test_a_card_photographed_badly_is_read_or_refused_and_never_misread_as_valid(change):
    card = read_id_card(changed(id_card(张伟.name, 张伟.id_no), change, quality=70))
    assert isinstance(card, NotACard) or not card.valid or (card.name, card.number) == (张伟.name, 张伟.id_no)


def test_a_card_lying_on_its_side_by_its_own_mark_is_turned_upright():
    picture = Image.open(io.BytesIO(id_card(张伟.name, 张伟.id_no))).rotate(90, expand=True)
    marked = picture.getexif()
    marked[0x0112] = 6  # orientation: turn 90° clockwise to view
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=marked)
    card = read_id_card(out.getvalue())
    assert isinstance(card, IdCard)
    assert card.number == 张伟.id_no


def test_a_wrong_check_digit_is_read_and_said_to_be_wrong():
    wrong = 张伟.id_no[:-1] + ("1" if 张伟.id_no[-1] != "1" else "2")
    card = read_id_card(id_card(张伟.name, wrong))
    assert isinstance(card, IdCard)
    assert (card.number, card.valid) == (wrong, False)


def test_a_chat_is_no_card_and_its_lines_come_from_top_to_bottom():
    picture = screenshot("你好，我是张伟", "我想还款", "请加我微信")
    assert isinstance(read_id_card(picture), NotACard)
    told = [line.text for line in read_screenshot(picture)]
    places = [next(n for n, line in enumerate(told) if word in line) for word in ("张伟", "还款", "微信")]
    assert places == sorted(places)


def test_an_empty_wall_is_no_card():
    out = io.BytesIO()
    Image.new("RGB", (800, 500), "white").save(out, "PNG")
    assert isinstance(read_id_card(out.getvalue()), NotACard)
    assert read_screenshot(out.getvalue()) == []


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("x.txt", "x")
    return out.getvalue()


HOSTILE = {
    "nothing": b"",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "svg behind spaces": b"   \n<svg onload='x'/>",
    "html": b"<!doctype html><script>1</script>",
    "pdf": b"%PDF-1.7\n",
    "gif": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "tiff": b"II*\x00" + bytes(40),
    "heic": b"\x00\x00\x00\x18ftypheic" + bytes(40),
    "postscript": b"%!PS-Adobe-3.0 EPSF",
    "zip": archive(),
    "elf": b"\x7fELF" + bytes(60),
    "sound that says it is an image": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40),
    "only the first bytes of a jpeg": b"\xff\xd8\xff" + bytes(100),
    "only the first bytes of a png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a jpeg that is html": b"\xff\xd8\xff<html><script>1</script>",
    "more pixels than a room": png(60_000, 60_000),
    "a thin line round the world": png(2_000_000_000, 1),
    "too many bytes": b"\xff\xd8\xff" + bytes(LARGEST),
}


@pytest.mark.parametrize("picture", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_photograph_is_refused_in_a_sentence(picture):
    why = refusal_of(picture)
    assert why.endswith(".")
    assert read_id_card(picture) == NotACard(why)
    assert read_screenshot(picture) == []


@pytest.mark.parametrize(
    "picture",
    [
        id_card(张伟.name, 张伟.id_no)[:4000],
        png(300, 300, chunk(b"IDAT", zlib.compress(b"\x00" * 100))),
        png(300, 300, chunk(b"IDAT", b"not compressed at all")),
        png(300, 300),
    ],
    ids=["cut off", "too few pixels", "no pixels that can be unpacked", "no pixels"],
)
def test_a_picture_that_breaks_only_when_decoded_is_no_card_and_no_crash(picture):
    assert isinstance(read_id_card(picture), NotACard)
    assert read_screenshot(picture) == []


def test_what_hangs_behind_a_picture_never_reaches_the_model():
    """A polyglot, picture and archive in one, is read for its pixels only."""
    both = id_card(张伟.name, 张伟.id_no) + archive()
    card = read_id_card(both)
    assert isinstance(card, IdCard)
    assert card.number == 张伟.id_no


def test_a_check_digit_of_x_counts():
    number = next(
        body + "X" for n in range(1000) if resident_id_holds((body := f"99999919880412{n:03d}") + "X")
    )
    assert resident_id_holds(number)
    assert not resident_id_holds(number[:-1] + "0")


def test_no_library_of_a_display_is_needed():
    """The headless OpenCV: a server has no libGL."""
    spec = find_spec("cv2")
    assert spec and spec.submodule_search_locations
    built = list(Path(next(iter(spec.submodule_search_locations))).glob("*.so*"))
    assert built
    assert not any(b"libGL.so" in part.read_bytes() for part in built)
