"""From a callback to the supervisor's board, through the real door and a real worker; and how much the outbox carries.

On an embedded database in a fresh folder. The first figure is journey 1's promise: "on her supervisor's board within a second".
"""

from __future__ import annotations

import base64
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.evidence import empty_desk, say

CORP = {"corpid": "wwbench", "token": "token", "secret": "s", "base": "http://127.0.0.1:9"}
KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")


def until(true: Callable[[], Any], seconds: float = 60) -> float:
    """How long it takes, looking every two milliseconds."""
    began = time.perf_counter()
    while not true():
        if time.perf_counter() - began > seconds:
            raise SystemExit("it did not happen within a minute")
        time.sleep(0.002)
    return time.perf_counter() - began


def press(word: str, n: int) -> tuple[str, bytes]:
    """A borrower presses "add" on the link that carries `word`, as WeCom says it."""
    from shouyue.connectors.wecom.envelope import Envelope

    now = int(time.time())
    event = (
        f"<xml><ToUserName>wwbench</ToUserName><FromUserName>sys</FromUserName><CreateTime>{now}</CreateTime>"
        "<MsgType>event</MsgType><Event>customer_acquisition</Event><ChangeType>friend_request</ChangeType>"
        f"<LinkId>L{n}</LinkId><State>{word}</State></xml>"
    ).encode()
    envelope = Envelope(token=CORP["token"], aes_key=KEY, receive_id=CORP["corpid"])
    sealed = envelope.close(event, salt=bytes(16), timestamp=str(now), nonce=f"n{n}")
    query = urlencode(
        {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    )
    return query, f"<xml><Encrypt>{sealed.encrypted}</Encrypt></xml>".encode()


def to_the_board() -> None:
    from django.test import Client

    from shouyue.cli.demo.lender import found
    from shouyue.desk.friend_requests import reads
    from shouyue.desk.friend_requests.actions import invite
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.messages.channels import connect_all
    from shouyue.desk.people.reads import staff_by_no

    at = datetime.now(UTC)
    found(at=at)
    connect_all()
    client, supervisor = Client(headers={"host": "127.0.0.1"}), staff_by_no("2001")
    answered, seen = [], []
    for n, matter in enumerate(matters.visible_to(supervisor), start=1):
        party = matters.debtor_of(matter.loan)
        assert matter.owner and party
        word = invite(matter=matter, party=party, by=matter.owner, at=datetime.now(UTC))
        query, body = press(word, n)
        began = time.perf_counter()
        assert client.post(f"/hooks/wecom?{query}", body, content_type="text/xml").status_code == 200
        answered.append(time.perf_counter() - began)
        until(lambda n=n: reads.board(supervisor, datetime.now(UTC)).count() == n)  # type: ignore[misc]
        seen.append(time.perf_counter() - began)
    for what, took in (("callback answered", answered), ("on the supervisor's board", seen)):
        say(
            f"{what}, {len(took)} requests",
            f"median {statistics.median(took) * 1000:.0f} ms, slowest {max(took) * 1000:.0f} ms",
        )


def through_the_outbox() -> None:
    from django.db import transaction

    from shouyue.desk.outbox import reads
    from shouyue.desk.outbox.actions import note

    count = 2000
    done = reads.counts()["done"]
    with transaction.atomic():
        began = time.perf_counter()
        for n in range(count):
            note(
                "incident_raised",
                key=f"bench-{n}",
                payload={"incident": str(n)},
                by="bench",
                at=datetime.now(UTC),
            )
    say("noted", f"{count / (time.perf_counter() - began):.0f} a second")
    took = until(lambda: reads.counts()["done"] >= done + count)
    say("done by one worker, a word with nothing to do", f"{count / took:.0f} a second")


def main() -> None:
    with empty_desk(), tempfile.TemporaryDirectory() as folder:
        from django.conf import settings
        from django.db import connection

        corp = Path(folder) / "wecom.json"
        corp.write_text(json.dumps(CORP | {"aes_key": KEY}))
        settings.WECOM = str(corp)
        database = f"sqlite:///{connection.settings_dict['NAME']}"
        env = os.environ | {"SHOUYUE_WECOM": str(corp), "SHOUYUE_DATABASE": database}
        log = (Path(folder) / "log").open("w")
        worker = subprocess.Popen(
            [sys.executable, "-m", "shouyue.cli", "worker", "--quiet"], env=env, stderr=log
        )
        try:
            from shouyue.desk.outbox.models import Beat

            until(Beat.objects.exists)
            time.sleep(3)
            to_the_board()
            through_the_outbox()
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(60)


if __name__ == "__main__":
    main()
