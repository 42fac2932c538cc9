"""The readable book of a package: the whole thread on numbered pages, in Chinese, made from what the entries show.

Derived, and marked as such: what counts are the originals. Needs typst and the font wheel (extra `evidence`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from shouyue.evidence.checkpoint import Checkpoint
from shouyue.evidence.leaf import Entry
from shouyue.evidence.package import EntryShown, ThreadShown, original_path
from shouyue.evidence.tree import leaf_hash

LONGEST_SHOWN = 4000  # letters of a message; of anything else
LONGEST_BESIDE = 200
CHINA = timezone(timedelta(hours=8))
SPOKEN = ("body", "text", "transcript")
ACTS = {
    "msg.in": "收到",
    "msg.out": "发出",
    "recall": "撤回",
    "call": "通话",
    "visit": "上门",
    "approval": "审批",
    "decision": "判断",
    "document": "文书",
    "consent": "同意",
    "identity": "身份",
    "conduct": "行为",
    "thread": "会话",
    "request": "好友申请",
}
PARTS = {
    "body": "内容",
    "text": "内容",
    "sender": "发送人",
    "recipient": "接收人",
    "by": "经办",
    "raw": "原始报文",
    "receipt": "回执",
    "facts": "所据事实",
    "decision": "判断",
    "findings": "识别结果",
    "reason": "理由",
    "transcript": "转写（衍生）",
    "approval": "审批",
    "attachment": "附件",
}


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the first page. Texts are the desk's own words."""

    title: str
    purpose: str
    made_by: str
    made_at: str
    log: Checkpoint
    trust_digest: str


def make(cover: Cover, threads: Sequence[ThreadShown]) -> bytes:
    """The PDF (PDF/A-2b). The same input gives the same bytes."""
    import typst

    fonts = _fonts()
    drawable = _Drawable(_covered(fonts / "NotoSerifSC-Regular.otf"))
    content = _content(cover, threads, drawable)
    pdf = typst.compile(
        Path(str(files("shouyue.evidence") / "book.typ")),
        font_paths=[fonts],
        ignore_system_fonts=True,
        pdf_standards=["a-2b"],
        sys_inputs={"book": json.dumps(content, ensure_ascii=False)},
        timestamp=datetime.fromisoformat(cover.made_at).replace(microsecond=0),
    )
    assert isinstance(pdf, bytes)
    return pdf


@lru_cache(maxsize=1)
def _fonts() -> Path:
    import pylopdf_fonts_zh_cn

    return Path(pylopdf_fonts_zh_cn.__file__).parent


class _Drawable(dict[int, str]):
    """For `str.translate`: a letter that the font cannot draw is written as its number, [U+20BB7], and not lost."""

    def __init__(self, ranges: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self.ranges = ranges

    def __missing__(self, letter: int) -> str:
        drawn = letter == 10 or any(first <= letter <= last for first, last in self.ranges)
        self[letter] = shown = chr(letter) if drawn else f"[U+{letter:04X}]"
        return shown


@lru_cache(maxsize=2)
def _covered(font: Path) -> list[tuple[int, int]]:
    """The ranges of letters that an OpenType font can draw: the format 12 table of its `cmap`."""
    data = font.read_bytes()

    def number(at: int, width: int) -> int:
        return int.from_bytes(data[at : at + width], "big")

    tables = {data[12 + 16 * i : 16 + 16 * i]: number(20 + 16 * i, 4) for i in range(number(4, 2))}
    cmap = tables[b"cmap"]
    for i in range(number(cmap + 2, 2)):
        table = cmap + number(cmap + 8 + 8 * i, 4)
        if number(table, 2) == 12:
            groups = [table + 16 + 12 * g for g in range(number(table + 12, 4))]
            return [(number(g, 4), number(g + 4, 4)) for g in groups]
    raise ValueError(f"{font.name} has no table of letters that can be read here")


def _content(cover: Cover, threads: Sequence[ThreadShown], drawable: Mapping[int, str]) -> dict[str, Any]:
    def text(words: str) -> str:
        return words.replace("\r", "").replace("\t", " ").translate(drawable)

    return {
        "title": text(cover.title),
        "purpose": text(cover.purpose),
        "by": text(cover.made_by),
        "at": _local(cover.made_at),
        "log": cover.log.origin,
        "size": str(cover.log.size),
        "root": cover.log.root.hex(),
        "trust": cover.trust_digest,
        "threads": [
            {
                "title": text(thread.title),
                "tag": thread.listed.tag,
                "source": text(thread.source),
                "purpose": text(thread.purpose),
                "count": str(len(thread.entries)),
                "complete": len(thread.entries) == thread.listed.count,
                "entries": [_row(thread.listed.tag, shown, text) for shown in thread.entries],
            }
            for thread in threads
        ],
    }


def _row(tag: str, shown: EntryShown, text: Callable[[str], str]) -> dict[str, Any]:
    entry = Entry.from_bytes(shown.entry)
    about, _, act = entry.kind.partition("/")
    parts = []
    for position, part in enumerate(shown.parts):
        label = PARTS.get(part.name, part.name)
        if part.content is None:
            parts.append({"label": label, "words": "（未披露，仅列承诺值）", "quiet": True})
            continue
        try:
            words = part.content.decode("utf-8")
        except UnicodeDecodeError:
            words = ""
        most = LONGEST_SHOWN if part.name in SPOKEN else LONGEST_BESIDE
        if not words or len(words) > most:
            where = original_path(tag, shown.n, position, part)
            words = f"（{len(part.content)} 字节，见 {where}）" if part.content else "（空）"
        parts.append({"label": label, "words": text(words), "quiet": part.name not in SPOKEN})
    return {
        "n": str(shown.n + 1),
        "at": _local(entry.at),
        "kind": ACTS.get(about, about) + (f" · {act}" if act else ""),
        "mine": about == "msg.out",
        "index": str(shown.index),
        "digest": leaf_hash(shown.entry).hex(),
        "parts": parts,
    }


def _local(at: str) -> str:
    """Beijing time, as courts write it."""
    return datetime.fromisoformat(at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
