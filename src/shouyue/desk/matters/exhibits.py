"""Which streams of the log make up the evidence of a thread or of a matter, and what the evidence list says of each."""

from __future__ import annotations

from typing import Any

from shouyue.desk.ledger.export import Exhibit
from shouyue.desk.ledger.reads import tag_of
from shouyue.desk.matters import reads
from shouyue.desk.matters.actions import matter_stream, stream_of
from shouyue.terms import Channel, Purpose

SOURCES = {
    "wecom": "企业微信会话存档",
    "kf": "微信客服",
    "sms": "短信网关",
    "phone": "电话系统",
    "portal": "本系统债务人页面",
}


def of_thread(thread: Any, *, purpose: str) -> list[Exhibit]:
    """The thread alone; empty while nothing was sealed in it, and for a mediation: what was offered there to settle is no
    evidence (rule MED.wall)."""
    return _sealed([_exhibit(thread, purpose)]) if outside_the_room(thread) else []


def of_matter(matter: Any, *, purpose: str) -> list[Exhibit]:
    """The matter's own history and its threads, oldest first; those of a mediation stay out (rule MED.wall)."""
    own = Exhibit(matter_stream(matter), f"案件 {matter.number} 的处理记录", "本系统", purpose)
    threads = sorted(reads.threads_of(matter), key=lambda thread: thread.opened_at)
    return _sealed([own, *(_exhibit(thread, purpose) for thread in threads if outside_the_room(thread))])


def outside_the_room(thread: Any) -> bool:
    """Whether what was said in a thread may be shown to a court: not what was said to settle."""
    return thread.purpose != Purpose.MEDIATION and thread.channel != Channel.MEDIATION


def _exhibit(thread: Any, purpose: str) -> Exhibit:
    source = SOURCES.get(thread.channel, thread.channel)
    title = f"与{thread.party.name}的会话（{source}，{thread.opened_at:%Y-%m-%d} 起）"
    return Exhibit(stream_of(thread), title, source, purpose)


def _sealed(exhibits: list[Exhibit]) -> list[Exhibit]:
    return [one for one in exhibits if tag_of(one.stream)]
