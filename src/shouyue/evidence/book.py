"""The readable papers of a package, in Chinese, made from what the entries show: book, evidence list, cover sheet.

Derived, and marked as such: what counts are the originals. Needs typst and the font wheel (extra `evidence`).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from shouyue.evidence.checkpoint import Checkpoint
from shouyue.evidence.package import EntryShown, PartShown, ThreadShown, original_path, words_of
from shouyue.evidence.tree import leaf_hash

LONGEST_SHOWN = 4000  # letters of a message; of anything else
LONGEST_BESIDE = 200
LARGEST_PICTURE, MOST_PICTURES = 3_000_000, 300
CHINA = timezone(timedelta(hours=8))
SPOKEN = ("body", "text", "transcript")
UNSAID = (
    "event",
    "contact",
    "digest",
    "versions",
)  # of the desk's own book-keeping: in the entry's file, not in the book
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
    "party": "当事人",
    "account": "账号",
    "conduct": "行为",
    "thread": "会话",
    "matter": "案件",
    "hold": "冻结",
    "access": "查阅",
    "export": "导出",
    "import": "导入",
    "audit": "记录",
    "request": "好友申请",
}
WORDS = {
    "received": "原文到达",
    "understood": "入会话",
    "placed": "归入会话",
    "seen": "成员手工发出",
    "proposed": "拟发",
    "blocked": "拦截",
    "scheduled": "待发",
    "approved": "批准",
    "returned": "退回",
    "leaving": "发送中",
    "accepted": "渠道接收",
    "delivered": "送达",
    "failed": "失败",
    "cancelled": "取消",
    "unknown": "结果不明",
    "media": "附件原件",
    "transcript": "语音转写（衍生）",
    "recalled": "撤回原消息",
    "edited": "修改原消息",
    "identity_proved": "身份核验",
    "bind_account": "绑定账号",
    "unbind_account": "解除绑定",
    "given": "作出",
    "withdrawn": "撤回",
    "evidence": "查阅证据",
    "package": "证据包",
    "opened": "开启",
    "closed": "结束",
}
PARTS = {
    "body": "内容",
    "text": "内容",
    "after": "之后",
    "before": "之前",
    "sender": "发送人",
    "recipient": "接收人",
    "member": "成员账号",
    "by": "经办",
    "raw": "原始报文",
    "receipt": "回执",
    "facts": "所据事实",
    "decision": "判断",
    "findings": "识别结果",
    "labels": "识别标签",
    "identified": "身份依据",
    "number": "会话内编号",
    "reason": "理由",
    "why": "原因",
    "transcript": "转写（衍生）",
    "approval": "审批",
    "attachment": "附件",
    "channel": "渠道",
    "account": "账号",
    "method": "绑定方式",
    "confidence": "可信度",
    "how": "核验方式",
    "name": "名称",
    "kind": "种类",
    "what": "事项",
    "of": "所指消息编号",
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


Pages = dict[str, tuple[int, int]]  # tag of a thread → first and last page


def make(cover: Cover, threads: Sequence[ThreadShown]) -> tuple[bytes, Pages]:
    """The book as PDF/A-2b, and on which of its pages each thread stands. The same input gives the same bytes."""
    import typst

    pictures = dict(_pictures(threads))
    content = _content(cover, threads, drawable(), pictures)
    try:
        pdf, marks = _typeset("book", content, cover.made_at, pictures)
    except typst.TypstError:  # a picture that only looks like one: named by its file instead of shown
        if not pictures:
            raise
        pdf, marks = _typeset("book", _content(cover, threads, drawable(), {}), cover.made_at, {})
    pages: Pages = {}
    for mark in marks:
        first, _ = pages.get(mark["tag"], (mark["page"], 0))
        pages[mark["tag"]] = (first, mark["page"])
    return pdf, pages


def evidence_list(cover: Cover, listed: Mapping[str, Any]) -> bytes:
    """The evidence list 证据目录 on paper: each item with its pages and digests, each medium one by one."""
    drawn = drawable()
    media = [
        {**_short(row), "file": row["file"].rsplit("/", 1)[1], "time": _local(row["time"])}
        for row in listed["originals"]
        if "-file." in row["file"] and "-raw-" not in row["file"]
    ]
    items = [
        {
            "number": str(one["number"]),
            "name": one["name"].translate(drawn),
            "source": one["source"].translate(drawn),
            "purpose": one["purpose"].translate(drawn),
            "content": one["content"].translate(drawn),
            "ground": GROUNDS.get(one["ground"], one["ground"]),
            "pages": "–".join(dict.fromkeys(map(str, one["pages"]))) or "—",
            "span": f"{_local(one['from'])} 至 {_local(one['to'])}" if one["from"] else "—",
            "count": f"{one['entries']} / {one['originals']}",
            "tag": one["tag"],
            "sha256": one["sha256"],
            "sm3": one["sm3"],
        }
        for one in listed["evidence"]
    ]
    content = {**_cover(cover, drawn), "items": items, "media": media}
    return _typeset("list", content, cover.made_at, {})[0]


def cover_sheet(cover: Cover, digests: Mapping[str, str], square: Sequence[Sequence[bool]]) -> bytes:
    """The sheet in front 核验说明: what this is, how to check it, digests to compare on paper; `square` is their QR code."""
    rows = ["".join("1" if dark else "0" for dark in row) for row in square]
    named = [{"name": name, "value": value} for name, value in digests.items()]
    content = {**_cover(cover, drawable()), "digests": named, "square": rows}
    return _typeset("sheet", content, cover.made_at, {})[0]


GROUNDS = {
    "normal_business": "正常业务活动中形成（证据规定第94条）",
    "neutral_third_party": "中立第三方平台提供（证据规定第94条）",
    "archive": "档案管理方式保管（证据规定第94条）",
    "agreed_method": "按约定方式保存、传输、提取（证据规定第94条）",
    "notarised": "经公证（证据规定第94条）",
}


def _short(row: Mapping[str, Any]) -> dict[str, str]:
    return {"index": str(row["index"]), "size": str(row["size"]), "sha256": row["sha256"], "sm3": row["sm3"]}


def _typeset(
    name: str, content: Mapping[str, Any], at: str, pictures: Mapping[str, bytes]
) -> tuple[bytes, list[dict[str, Any]]]:
    """The template of this name with this content: the PDF, and what it marked."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        for file in (f"{name}.typ", "paper.typ"):
            Path(folder, file).write_bytes((files("shouyue.evidence") / "papers" / file).read_bytes())
        for picture, data in pictures.items():
            Path(folder, picture).write_bytes(data)
        compiler = typst.Compiler(
            Path(folder, f"{name}.typ"),
            font_paths=[fonts()],
            ignore_system_fonts=True,
            sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        )
        moment = datetime.fromisoformat(at).replace(microsecond=0)
        pdf = compiler.compile(pdf_standards=["a-2b"], timestamp=moment)
        assert isinstance(pdf, bytes)
        return pdf, json.loads(compiler.query("<mark>", field="value"))


def _pictures(threads: Sequence[ThreadShown]) -> Iterator[tuple[str, bytes]]:
    """The pictures that the book shows: small enough, and not too many."""
    left = MOST_PICTURES
    for thread in threads:
        for shown in thread.entries:
            for position, part in enumerate(shown.parts):
                data = part.original or b""
                ending = {b"\xff\xd8\xff": "jpg", b"\x89PN": "png"}.get(data[:3])
                if ending and left and len(data) <= LARGEST_PICTURE and part.name == "attachment":
                    left -= 1
                    yield _picture(thread.listed.tag, shown.n, position, ending), data


def _picture(tag: str, n: int, position: int, ending: str) -> str:
    return f"{tag}-{n}-{position}.{ending}".replace(":", "_").replace("/", "_")


def drawable() -> _Drawable:
    return _Drawable(_covered(fonts() / "NotoSerifSC-Regular.otf"))


@lru_cache(maxsize=1)
def fonts() -> Path:
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


def _cover(cover: Cover, drawable: Mapping[int, str]) -> dict[str, str]:
    return {
        "title": cover.title.translate(drawable),
        "purpose": cover.purpose.translate(drawable),
        "by": cover.made_by.translate(drawable),
        "at": _local(cover.made_at),
        "log": cover.log.origin,
        "size": str(cover.log.size),
        "root": cover.log.root.hex(),
        "trust": cover.trust_digest,
    }


def _content(
    cover: Cover,
    threads: Sequence[ThreadShown],
    drawable: Mapping[int, str],
    pictures: Mapping[str, bytes],
) -> dict[str, Any]:
    def text(words: str) -> str:
        return words.replace("\r", "").replace("\t", " ").translate(drawable)

    return {
        **_cover(cover, drawable),
        "threads": [
            {
                "title": text(thread.title),
                "tag": thread.listed.tag,
                "source": text(thread.source),
                "purpose": text(thread.purpose),
                "count": str(len(thread.entries)),
                "complete": len(thread.entries) == thread.listed.count,
                "accounts": _accounts(thread, text) if thread.about == "identity" else [],
                "entries": _rows(thread, text, pictures),
            }
            for thread in threads
        ],
    }


Text = Callable[[str], str]


def _said(shown: EntryShown) -> dict[str, str]:
    """What the entry's parts say in words, as far as they are shown and short."""
    return {part.name: words for part in shown.parts if (words := words_of(part)) is not None}


def _accounts(thread: ThreadShown, text: Text) -> list[dict[str, str]]:
    """How accounts were bound to this person and what proved who it is, in a table before the entries."""
    rows = []
    for shown in thread.entries:
        entry, said = shown.read, _said(shown)
        act = entry.kind.partition("/")[2]
        if act in ("bind_account", "unbind_account", "identity_proved") and len(said) > 1:
            rows.append(
                {
                    "n": str(shown.n + 1),
                    "what": WORDS[act],
                    "account": text(" ".join(said.get(key, "") for key in ("channel", "account")).strip()),
                    "how": text(said.get("method") or said.get("how") or said.get("why") or ""),
                    "confidence": text(said.get("confidence", "")),
                    "at": _local(entry.at),
                }
            )
    return rows


def _rows(thread: ThreadShown, text: Text, pictures: Mapping[str, bytes]) -> list[dict[str, Any]]:
    gone: dict[str, str] = {}
    for shown in thread.entries:
        kind = shown.read.kind
        if kind.startswith("recall") and "contact" in (said := _said(shown)):
            edited = kind.endswith("/edited")
            gone[said["contact"]] = "其后被修改，两种文本均保留" if edited else "其后被撤回，原文保留"
    return [_row(thread.listed.tag, shown, text, pictures, gone) for shown in thread.entries]


def _row(
    tag: str, shown: EntryShown, text: Text, pictures: Mapping[str, bytes], gone: Mapping[str, str]
) -> dict[str, Any]:
    entry = shown.read
    about, _, act = entry.kind.partition("/")
    spoken: list[dict[str, Any]] = []
    beside: list[str] = []
    withheld: list[str] = []
    taken_back = ""
    for position, part in enumerate(shown.parts):
        label = PARTS.get(part.name, part.name)
        if part.content is None:
            withheld.append(label)
            continue
        words = _words(part)
        if part.name == "contact" and about.startswith("msg"):
            taken_back = gone.get(words, "")
        if part.original is not None and part.name == "attachment":
            spoken.append(_medium(tag, shown.n, position, part, pictures))
        elif part.name == "transcript":
            spoken.append({"words": "【转写，衍生材料】" + text(words[:LONGEST_SHOWN]), "picture": ""})
        elif part.name in SPOKEN and words:
            if len(words) > LONGEST_SHOWN:
                words = f"{words[:LONGEST_SHOWN]} …（全文见 {_file(tag, shown.n, position, part)}）"
            spoken.append({"words": text(words), "picture": ""})
        elif part.name not in UNSAID and words not in ("", "[]", "{}", "null"):
            beside.append(f"{label}：{_beside(tag, shown.n, position, part, text, words)}")
    return {
        "n": str(shown.n + 1),
        "at": _local(entry.at),
        "kind": ACTS.get(about, about) + (f" · {WORDS.get(act, act)}" if act else ""),
        "mine": about == "msg.out",
        "gone": taken_back,
        "index": str(shown.index),
        "digest": leaf_hash(shown.entry).hex(),
        "file": f"{shown.n:06}",
        "long": sum(len(one["words"]) for one in spoken) + sum(map(len, beside)) > 600,
        "spoken": spoken,
        "beside": "　".join(beside),
        "withheld": "、".join(dict.fromkeys(withheld)),
    }


def _words(part: PartShown) -> str:
    try:
        return (part.content or b"").decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _file(tag: str, n: int, position: int, part: PartShown) -> str:
    if part.original is not None:
        return original_path(tag, n, position, f"{part.name}-file", part.original)
    return original_path(tag, n, position, part.name, part.content or b"")


def _beside(tag: str, n: int, position: int, part: PartShown, text: Text, words: str) -> str:
    if part.original is not None:
        return f"{len(part.original)} 字节，见 {_file(tag, n, position, part)}"
    if words and len(words) <= LONGEST_BESIDE:
        return text(words)
    place = f"04-entries/{tag}/{n:06}.json" if words_of(part) is not None else _file(tag, n, position, part)
    return f"{len(part.content or b'')} 字节，见 {place}"


def _medium(
    tag: str, n: int, position: int, part: PartShown, pictures: Mapping[str, bytes]
) -> dict[str, str]:
    data = part.original or b""
    shown = next((p for p in (_picture(tag, n, position, e) for e in ("jpg", "png")) if p in pictures), "")
    return {"words": f"附件原件：{_file(tag, n, position, part)}（{len(data)} 字节）", "picture": shown}


def _local(at: str) -> str:
    """Beijing time, as courts write it."""
    return datetime.fromisoformat(at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
