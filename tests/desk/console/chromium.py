"""A real browser for tests and screens: found by deploy/browser.py, with a Chinese font from a wheel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn

from deploy.browser import find

WIDE, PHONE = (1440, 900), (390, 844)
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{fonts}</dir><dir>/usr/share/fonts</dir>
<cachedir>{cache}</cachedir>{aliases}</fontconfig>"""
ALIAS = '<alias binding="strong"><family>{}</family><prefer><family>Noto Sans SC</family></prefer></alias>'


def font_file(folder: Path) -> Path:
    """A fontconfig file in `folder` by which Chinese is drawn on a machine that has no Chinese font."""
    file = folder / "fonts.conf"
    names = ("sans-serif", "system-ui", "monospace")
    file.write_text(
        FONTS.format(
            fonts=Path(pylopdf_fonts_zh_cn.__file__).parent,
            cache=folder / "fontconfig",
            aliases="".join(map(ALIAS.format, names)),
        )
    )
    return file


@contextmanager
def browser(folder: Path) -> Iterator[Any]:
    """A Chromium, or None where there is none."""
    path = find()
    if path is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    os.environ["FONTCONFIG_FILE"] = str(font_file(folder))
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "1"  # playwright runs a loop in this thread; the server has its own
    )
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()
