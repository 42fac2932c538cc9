"""Which streams of the log make up the evidence of a thread or of a matter, and what the evidence list says of each.

A thread goes out whole, together with how its account was bound to the person and who had looked at it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from shouyue.desk.ledger import custody
from shouyue.desk.ledger.export import Exhibit
from shouyue.desk.ledger.reads import counters_since, tag_of
from shouyue.desk.matters import reads
from shouyue.desk.matters.actions import matter_stream, stream_of
from shouyue.desk.parties.actions import stream_of as stream_of_party
from shouyue.terms import Channel, Purpose

SOURCES = {
    "wecom": "企业微信会话存档",
    "kf": "微信客服",
    "sms": "短信网关",
    "phone": "电话系统",
    "email": "邮件网关",
    "letter": "信函网关",
    "visit": "上门记录",
    "mediation": "调解平台",
    "portal": "本系统债务人页面",
}
# of a person's own stream only what says who they are and what they agreed to is shown
ABOUT_IDENTITY = frozenset(
    {
        "audit/bind_account",
        "audit/unbind_account",
        "document/identity_proved",
        "consent/given",
        "consent/withdrawn",
    }
)


def of_thread(thread: Any, *, purpose: str) -> list[Exhibit]:
    """The thread, the identity of whom it was with, and who looked at it; empty while nothing was sealed in it, and for a
    mediation: what was offered there to settle is no evidence (rule MED.wall)."""
    if not outside_the_room(thread):
        return []
    mine = [_exhibit(thread, purpose), *_identities([thread]), *_custody([stream_of(thread)])]
    return _sealed([*mine, *_counters([thread])])


def of_matter(matter: Any, *, purpose: str) -> list[Exhibit]:
    """The matter's own history and its threads, oldest first, each with the identity of whom it was with; those of a
    mediation stay out (rule MED.wall)."""
    own = Exhibit(
        matter_stream(matter), f"案件 {matter.number} 的处理记录", "本系统", purpose, about="matter"
    )
    shown = [one for one in reads.threads_of(matter) if outside_the_room(one)]
    threads = sorted(shown, key=lambda thread: thread.opened_at)
    streams = [own.stream, *(stream_of(thread) for thread in threads)]
    return _sealed(
        [
            own,
            *(_exhibit(thread, purpose) for thread in threads),
            *_identities(threads),
            *_custody(streams),
            *_counters(threads),
        ]
    )


def outside_the_room(thread: Any) -> bool:
    """Whether what was said in a thread may be shown to a court: not what was said to settle."""
    return thread.purpose != Purpose.MEDIATION and thread.channel != Channel.MEDIATION


def _exhibit(thread: Any, purpose: str) -> Exhibit:
    source = SOURCES.get(thread.channel, thread.channel)
    title = f"与{thread.party.name}的会话（{source}，{thread.opened_at:%Y-%m-%d} 起）"
    ground = "normal_business"
    content = f"{source}，我方账号 {thread.account}，编号消息 {thread.numbered} 条" if thread.account else ""
    return Exhibit(stream_of(thread), title, source, purpose, ground, content=content)


def _identities(threads: Iterable[Any]) -> list[Exhibit]:
    people = {thread.party.pk: thread.party for thread in threads}
    return [
        Exhibit(
            stream_of_party(party),
            f"{party.name}的身份核验与账号绑定",
            "本系统",
            "证明会话账号为本人使用，及其作出的同意",
            about="identity",
            content="身份核验方式与时间、账号绑定依据与可信度、同意与撤回；其余条目只列承诺值",
            kinds=ABOUT_IDENTITY,
        )
        for party in people.values()
    ]


def _custody(streams: Iterable[str]) -> list[Exhibit]:
    return [
        Exhibit(
            custody.stream_of(stream),
            f"保管记录（{stream.partition(':')[0]} {str(tag_of(stream))[:8]}）",
            "本系统",
            "证明证据在保管期间未被改动",
            about="custody",
            content="历次查阅与导出，以及前后全部留存内容的摘要",
        )
        for stream in streams
    ]


def _counters(threads: Sequence[Any]) -> list[Exhibit]:
    """What providers counted since the first of these threads was opened."""
    if not threads:
        return []
    return [
        Exhibit(
            stream,
            f"外部计数核对（{stream.rpartition('/')[2]}）",
            "服务商的编号与总数",
            "证明采集之前无消息遗漏",
            ground="neutral_third_party",
            about="custody",
            content="会话存档序号是否连续、短信与电话总数是否与本系统一致；不一致的同样列出",
        )
        for stream in counters_since(min(thread.opened_at for thread in threads))
    ]


def _sealed(exhibits: list[Exhibit]) -> list[Exhibit]:
    return [one for one in exhibits if tag_of(one.stream)]
