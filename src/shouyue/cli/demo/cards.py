"""Pictures of identity cards and chats of nobody, drawn for the demonstration and for tests."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont


def font(size: int) -> ImageFont.FreeTypeFont:
    spec = find_spec("pylopdf_fonts_zh_cn")
    assert spec and spec.submodule_search_locations
    folder = Path(next(iter(spec.submodule_search_locations)))
    return ImageFont.truetype(str(folder / "NotoSansSC-Regular.otf"), size)


def id_card(name: str, number: str, kind: str = "JPEG") -> bytes:
    """The front of a card with this name and number."""
    image = Image.new("RGB", (1000, 630), "#e8eef4")
    draw = ImageDraw.Draw(image)
    draw.text((60, 60), f"姓 名  {name}", font=font(40), fill="black")
    draw.text((60, 140), "性 别  男    民 族  汉", font=font(36), fill="black")
    draw.text((60, 300), "住 址  示例市和平区守约路7号", font=font(36), fill="black")
    draw.text((60, 520), f"公民身份号码   {number}", font=font(44), fill="black")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def screenshot(*lines: str) -> bytes:
    """A phone's screen with these lines of chat."""
    image = Image.new("RGB", (720, 120 + 90 * len(lines)), "#ededed")
    draw = ImageDraw.Draw(image)
    for n, line in enumerate(lines):
        draw.rounded_rectangle((40, 50 + 90 * n, 680, 115 + 90 * n), 10, fill="white")
        draw.text((60, 62 + 90 * n), line, font=font(32), fill="black")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def seal_print(words: str) -> bytes:
    """The red print of a round seal with these words across it."""
    image = Image.new("RGB", (420, 420), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 10, 410, 410), outline="#c0392b", width=8)
    for n, line in enumerate(words.split()):
        wide = draw.textlength(line, font=font(34))
        draw.text(((420 - wide) / 2, 170 + 50 * n), line, font=font(34), fill="#c0392b")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
