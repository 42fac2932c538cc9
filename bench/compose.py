"""A pause in typing: from the browser's question to the answer under the box, through the real view, as the demonstration's staff.

Everything a request does is in it: session, rights, the thread's facts, the gate, screening with context and models, the page.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bench.evidence import empty_desk, say

WORDS = (
    "您好，请问您这个月什么时候方便还款？",
    "您好，本期应还3286.50元，截至今日尚未入账，请您通过官方APP办理",
    "再不还钱，明天就带几个兄弟去你单位拉横幅，让你同事都知道",
    "他电话一三三0000一二三四，你自己打",
    "我们不会联系您的家人，也不会去您单位，请放心",
)

BEFORE = 6  # earlier messages of the thread


def typed() -> Iterator[str]:
    """Each message as it stands at three pauses in typing."""
    for words in WORDS * 20:
        for part in (1, 2, 3):
            yield words[: len(words) * part // 3]


def rounds() -> None:
    from django.test import Client

    from shouyue.cli.demo.lender import found
    from shouyue.desk.console.sign_in.second_factor import BY_DEMO_DOOR
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.matters.actions import open_thread
    from shouyue.desk.messages.channels import connect_all
    from shouyue.desk.messages.outbound import propose
    from shouyue.desk.people.reads import staff_by_no
    from shouyue.terms import Channel, Purpose

    found(at=datetime.now(UTC))
    connect_all()
    at = datetime.now(UTC)
    matter = matters.visible_to(staff_by_no("2001"))[0]
    debtor, owner = matters.debtor_of(matter.loan), matter.owner
    assert debtor and owner
    thread = open_thread(
        matter=matter, party=debtor, purpose=Purpose.NOTICE, channel=Channel.SMS, account=matter.loan.client,
        owner=owner, by=owner, at=at,
    )  # fmt: skip
    for n in range(BEFORE):
        propose(
            id=uuid4(), thread=thread, text=WORDS[0], acknowledged=True, by=owner, at=at + timedelta(days=n)
        )
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(owner)
    session = client.session
    session[BY_DEMO_DOOR] = True
    session.save()
    wall, work = [], []
    for n, text in enumerate(typed()):
        began, working = time.perf_counter(), time.process_time()
        answer = client.post(f"/threads/{thread.pk}/advice/", {"text": text}, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.status_code
        if n >= 15:  # the first requests load what every later one finds loaded
            wall.append(time.perf_counter() - began)
            work.append(time.process_time() - working)
    for what, taken in (("on the clock", wall), ("of the processor", work)):
        taken.sort()
        say(
            f"compose box, round trip, {what}",
            f"p50 {1000 * taken[len(taken) // 2]:.1f} ms, p99 {1000 * taken[len(taken) * 99 // 100]:.1f} ms",
        )


def main() -> None:
    with empty_desk():
        rounds()


if __name__ == "__main__":
    main()
