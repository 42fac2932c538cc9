"""Reading pictures: resident identity cards and chat screenshots, with a local model and no network.

Every picture is hostile until shown otherwise. It is refused by its first bytes, its size and its number of pixels,
decoded by Pillow, and only the re-encoded pixels reach the model: what hides behind an image never does.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shouyue.connectors.identifiers import resident_id_holds

LARGEST = 8 * 1024 * 1024  # bytes
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600  # pixels given to the model
KINDS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"RIFF": "WEBP"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in a picture, with the model's own certainty (0 to 1) and its place in pixels."""

    text: str
    certainty: float
    left: int
    top: int
    bottom: int = 0

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class IdCard:
    """The front of a resident identity card as read. `valid`: the number's check digit holds (GB 11643)."""

    name: str
    number: str
    valid: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class NotACard:
    """Why this picture is no identity card, in words for the person who sent it."""

    reason: str


class Refused(Exception):
    """These bytes are not read as a picture; the message says why and what to send instead."""


class Damaged(Exception):
    """The header was that of a picture; what follows cannot be decoded."""


def refusal_of(picture: bytes) -> str:
    """Why these bytes are not taken as a picture, or "" when they are. Cheap: nothing is decoded but the header."""
    if not picture:
        return "The file is empty; take the picture again."
    if len(picture) > LARGEST:
        return "The picture is larger than 8 MB; send a smaller one."
    kind = next((kind for head, kind in KINDS.items() if picture.startswith(head)), None)
    if kind is None or (kind == "WEBP" and picture[8:12] != b"WEBP"):
        return "This is not a JPEG, PNG or WebP picture; take a photograph and send that."
    try:
        size = _opened(picture, kind).size
        pixels = size[0] * size[1]
    except Exception as why:
        if not type(why).__name__.startswith("DecompressionBomb"):  # what Pillow calls far too many pixels
            return "The picture is damaged and cannot be opened; take it again."
        pixels = MOST_PIXELS + 1
    if pixels > MOST_PIXELS:
        return "The picture has too many pixels; send a smaller one."
    return ""


def read_id_card(picture: bytes) -> IdCard | NotACard:
    """Read the front of a resident identity card. About half a second on one core; loads the model on first use."""
    refused = refusal_of(picture)
    if refused:
        return NotACard(refused)
    try:
        lines = _lines(picture)
    except Damaged:
        return NotACard("The picture is damaged and cannot be opened; take it again.")
    together = "".join(_plain(line.text) for line in lines)
    number, certainty = _number(lines)
    if not number or not ("公民身份" in together or "身份号码" in together or "姓名" in together):
        return NotACard(
            "No identity card could be recognised; put the front of the card flat and in good light."
        )
    name = _name(lines)
    if not name:
        return NotACard("The name on the card could not be read; take the picture again without glare.")
    return IdCard(name, number, resident_id_holds(number), certainty)


def read_screenshot(picture: bytes) -> list[Line]:
    """The lines of a screenshot from top to bottom; empty for what is no picture."""
    try:
        return [] if refusal_of(picture) else _lines(picture)
    except Damaged:
        return []


def read_bubbles(picture: bytes) -> list[str]:
    """What a picture says, from top to bottom; lines of one bubble are joined, since a number breaks across them.

    Raises Refused with a sentence for what is no picture, is too large, or cannot be decoded.
    """
    refused = refusal_of(picture)
    if refused:
        raise Refused(refused)
    try:
        return bubbles(_lines(picture))
    except Damaged as why:
        raise Refused("The picture is damaged and cannot be opened; take it again.") from why


def bubbles(lines: list[Line]) -> list[str]:
    """Lines that stand close under each other and begin at the same place are one bubble."""
    said: list[str] = []
    last: Line | None = None
    for line in lines:
        height = max(line.bottom - line.top, 1)
        close = last is not None and -height < line.top - last.bottom < 0.7 * height
        if last is not None and close and abs(line.left - last.left) < height:
            words = said[-1][-1:].isascii() and said[-1][-1:].isalpha() and line.text[:1].isascii()
            said[-1] += (" " if words else "") + line.text
        else:
            said.append(line.text)
        last = line
    return said


def _opened(picture: bytes, kind: str) -> Any:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(picture), formats=[kind])


@lru_cache(maxsize=1)
def _model() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR()


def load() -> None:
    """Load the model now, so that the first picture does not wait for it."""
    _model()


def _lines(picture: bytes) -> list[Line]:
    """Decode, turn upright, shrink, drop everything but the pixels, and read."""
    import numpy
    from PIL import ImageOps

    kind = next(kind for head, kind in KINDS.items() if picture.startswith(head))
    try:
        image = _opened(picture, kind)
        image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # a large JPEG is decoded small at once
        image = ImageOps.exif_transpose(image).convert("RGB")
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    except Exception as why:  # the decoders raise whatever their formats suggest
        raise Damaged(type(why).__name__) from why
    found, _ = _model()(numpy.asarray(image)[:, :, ::-1])
    lines = [
        Line(
            text,
            float(certainty),
            int(min(x for x, _ in box)),
            int(min(y for _, y in box)),
            int(max(y for _, y in box)),
        )
        for box, text, certainty in found or []
    ]
    return sorted(lines, key=lambda line: (line.top // 12, line.left))


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _number(lines: list[Line]) -> tuple[str, float]:
    for line in lines:
        found = re.search(r"(?<!\d)(\d{17}[\dXx])(?!\d)", _plain(line.text))
        if found:
            return found.group(1).upper(), line.certainty
    return "", 0.0


def _name(lines: list[Line]) -> str:
    """The word after 姓名, on its line or on the next one to the right."""
    for n, line in enumerate(lines):
        text = _plain(line.text)
        if text.startswith("姓名"):
            rest = text.removeprefix("姓名").lstrip(":：")
            if rest:
                return rest
            beside = [other for other in lines[n + 1 : n + 4] if abs(other.top - line.top) < 40]
            if beside:
                return _plain(beside[0].text)
    return ""
