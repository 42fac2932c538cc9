"""Witnesses in another process, an authority of time, a chain: asked, checked, kept; and nothing waits for them."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import transaction

from shouyue.desk.ledger import actions, attest, export, reads
from shouyue.desk.ledger.keys import log_signer
from shouyue.desk.ledger.models import Checkpoint, Leaf, LogHead
from shouyue.evidence import ots
from shouyue.evidence.container import unpack
from shouyue.evidence.verify import Outcome, verify

pytestmark = pytest.mark.django_db


def say(count: int = 1) -> Leaf:
    with transaction.atomic():
        for n in range(count):
            leaf = actions.seal("audit", stream="s", subject=None, parts={"act": str(n)}, by="test", at=now())
    return leaf


def now() -> datetime:
    return datetime.now(UTC)


def published(count: int = 1) -> Leaf:
    leaf = say(count)
    actions.catch_up(by="test", at=now())
    return leaf


@pytest.fixture(params=[[], ["--ml-dsa"]], ids=["ed25519", "ml-dsa-44"])
def witness(tmp_path: Path, settings: Any, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A witness in a process of its own, which our policy asks for."""
    words = [sys.executable, "-m", "shouyue.cli", "witness", "--name", "notary.example", "--log"]
    words += [str(log_signer().key), "--home", str(tmp_path / "witness"), "--port", "0", *request.param]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    key, url = process.stdout.readline().split()[1], process.stdout.readline().strip()
    settings.LOG_WITNESSES = f"witness notary {key} {url}\nquorum notary\n"
    settings.LOG_TIME_URLS = []
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_witness_in_another_process(witness: subprocess.Popen[str], settings: Any, tmp_path: Path) -> None:
    leaf = published()
    assert attest.witness(by="test", at=now()) == 1
    assert reads.state_of(leaf) == reads.State.WITNESSED
    published(300)
    assert attest.witness(by="test", at=now()) == 1
    assert attest.witness(by="test", at=now()) == 0
    # we forget what the witness holds: it says so, and we prove growth from there
    from shouyue.desk.ledger.models import Cosignature

    Cosignature.objects.all().delete()
    published()
    assert attest.witness(by="test", at=now()) == 1
    exhibit = export.Exhibit("s", "测试", "本系统", "测试")
    made = export.export(
        exhibits=[exhibit],
        title="x",
        purpose="x",
        reason="x",
        by="t",
        at=now(),
        attest=lambda: attest.everything(by="t", at=now()),
    )
    report = verify(unpack(made.package), at="T", trust=reads.own_trust())
    assert report.exit_code == 0 and report.steps[5].outcome == Outcome.PASSED, report.words("en")
    witness.kill()
    witness.wait()
    later = published()
    with pytest.raises(attest.UnableToAttest, match="cannot be reached"):
        attest.witness(by="test", at=now())
    assert reads.state_of(later) == reads.State.PUBLISHED


def test_a_fork_that_a_witness_sees_stops_publishing(witness: subprocess.Popen[str]) -> None:
    published(3)
    attest.witness(by="test", at=now())
    # the same size with another history, as a restored and changed database would sign it
    from shouyue.desk.ledger.models import Cosignature
    from shouyue.evidence.checkpoint import Checkpoint as Head
    from shouyue.evidence.checkpoint import sign_checkpoint

    Cosignature.objects.all().delete()
    forked = sign_checkpoint(Head(log_signer().key.name, 3, b"x" * 32), [log_signer()])
    Checkpoint.objects.filter(size=3).update(note=forked.to_bytes(), root=b"x" * 32)
    with pytest.raises(attest.UnableToAttest, match="ALARM"):
        attest.witness(by="test", at=now())
    assert "refused the proof" in LogHead.objects.get().alarm
    say()  # sealing goes on
    actions.integrate(by="test", at=now())
    with pytest.raises(reads.LogDamaged, match="publishing is stopped"):
        actions.publish(by="test", at=now())
    actions.lift_alarm(reason="looked", agreed_by="another", by="test", at=now())
    assert reads.alarm_of_log() == ""


@pytest.mark.skipif(not shutil.which("openssl"), reason="the program openssl is not installed")
def test_our_own_authority_stamps_and_says_that_it_is_worth_nothing(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    settings.LOG_TIME_URLS = [attest.OWN, "http://127.0.0.1:9/nobody"]
    leaf = published()
    with pytest.raises(attest.UnableToAttest, match="127"):
        attest.stamp(by="test", at=now())
    assert reads.state_of(leaf) == reads.State.STAMPED
    settings.LOG_TIME_URLS = [attest.OWN]
    assert attest.stamp(by="test", at=now()) == 0
    made = export.export(
        exhibits=[export.Exhibit("s", "测试", "本系统", "测试")],
        title="x",
        purpose="x",
        reason="x",
        by="t",
        at=now(),
    )
    report = verify(unpack(made.package), at="T", trust=reads.own_trust())
    assert report.exit_code == 0 and report.steps[6].outcome == Outcome.PASSED
    assert "worth nothing in court" in report.words("en") and "不具证据效力" in report.words("zh")


class Chain(BaseHTTPRequestHandler):
    """A node of an EVM chain, in memory: one block a request for the newest block; may misbehave."""

    sent: ClassVar[dict[str, str]] = {}
    block = 100
    mood = "good"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        cls, params = type(self), asked["params"]
        answers: dict[str, Any] = {"eth_chainId": "0x539"}
        if asked["method"] == "eth_sendTransaction":
            tx = "0x" + f"{len(cls.sent) + 1:064x}"
            cls.sent[tx] = params[0]["data"]
            answers["eth_sendTransaction"] = tx
        elif asked["method"] == "eth_blockNumber":
            cls.block += 4
            answers["eth_blockNumber"] = hex(cls.block)
        elif params and params[0] in cls.sent:
            data = cls.sent[params[0]] if cls.mood != "lying" else "0x" + "00" * 32
            block = {"blockNumber": "0x64", "blockHash": "0x" + "ab" * 32, "status": "0x1"}
            answers |= {"eth_getTransactionReceipt": block, "eth_getTransactionByHash": {"input": data}}
        answers["eth_getBlockByNumber"] = {"hash": "0x" + "ab" * 32, "number": "0x64"}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": answers.get(asked["method"])}).encode()
        self.send_response(500 if cls.mood == "down" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def chain(settings: Any) -> Iterator[type[Chain]]:
    Chain.sent, Chain.block, Chain.mood = {}, 100, "good"
    server = HTTPServer(("127.0.0.1", 0), Chain)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.LOG_ANCHOR = f"0x{'12' * 20}@http://127.0.0.1:{server.server_address[1]}"
    yield Chain
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_anchor_counts_when_it_is_deep_enough(chain: type[Chain]) -> None:
    leaf = published()
    assert attest.anchor(by="test", at=now()) == 0  # sent
    assert reads.state_of(leaf) == reads.State.PUBLISHED
    assert attest.anchor(by="test", at=now()) == 0  # four blocks deep
    assert attest.anchor(by="test", at=now()) == 1
    assert reads.state_of(leaf) == reads.State.ANCHORED
    assert len(chain.sent) == 1


@pytest.mark.parametrize("mood", ["down", "lying"])
def test_a_chain_that_misbehaves_proves_nothing_and_stops_nothing(chain: type[Chain], mood: str) -> None:
    leaf = published()
    attest.anchor(by="test", at=now())
    chain.mood = mood
    for _ in range(4):
        with pytest.raises(attest.UnableToAttest):
            attest.anchor(by="test", at=now())
    assert reads.state_of(leaf) == reads.State.PUBLISHED
    assert reads.state_of(published()) == reads.State.PUBLISHED


BLOCK = b"\x00" + ots.OTS_BITCOIN + b"\x03\xc0\x84\x3d"  # 1,000,000


class Notebook(BaseHTTPRequestHandler):
    """An OpenTimestamps calendar, in memory; may misbehave."""

    mood = "good"
    asked: ClassVar[list[str]] = []
    ready = False
    url = ""

    def do_POST(self) -> None:
        type(self).asked.append(self.path)
        self.rfile.read(int(self.headers["content-length"]))
        url = b"http://elsewhere.invalid" if self.mood == "elsewhere" else self.url.encode()
        promise = b"\xf0\x04salt\x08\x00" + ots.OTS_PENDING + bytes([len(url) + 1, len(url)]) + url
        self._answer(promise if self.mood != "noise" else b"\x07noise")

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        if self.ready:
            self._answer(b"\xf0\x04more\x08" + BLOCK if self.mood != "lying" else b"\xf0\x04more")
        else:
            self._answer(b"not yet", 404)

    def _answer(self, body: bytes, status: int = 200) -> None:
        if self.mood == "endless":
            body = b"\x08" * 1_000_000
        self.send_response(503 if self.mood == "down" else status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def calendar(settings: Any) -> Iterator[type[Notebook]]:
    Notebook.mood, Notebook.ready, Notebook.asked = "good", False, []
    server = HTTPServer(("127.0.0.1", 0), Notebook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Notebook.url = f"http://127.0.0.1:{server.server_address[1]}"
    settings.LOG_CALENDARS = [Notebook.url]
    yield Notebook
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.django_db(transaction=True)
def test_a_calendar_s_promise_is_kept_completed_and_shown_in_a_package(calendar: type[Notebook]) -> None:
    leaf = published()
    assert attest.anchor(by="test", at=now()) == 0 == attest.anchor(by="test", at=now())
    assert reads.state_of(leaf) == reads.State.PUBLISHED  # a promise is no anchor
    calendar.ready = True
    assert attest.anchor(by="test", at=now()) == 1
    assert reads.state_of(leaf) == reads.State.ANCHORED
    exhibit = export.Exhibit("s", "s", "s", "s")
    made = export.export(exhibits=[exhibit], title="t", purpose="p", reason="r", by="test", at=now())
    files = unpack(made.package)
    report = verify(files, at="T")
    assert report.exit_code == 0
    said = report.words("en")
    assert "compare it with that of Bitcoin block 1000000, which is not asked here" in said
    (name,) = [name for name in files if name.startswith("08-anchor/")]
    lie = files[name].replace(b'"height":1000000', b'"height":1000001')
    assert lie != files[name]
    step = verify({**files, name: lie}, at="T").steps[7]
    assert step.outcome == Outcome.FAILED and "does not lead to the block" in step.found[0][0]


@pytest.mark.parametrize("mood", ["down", "noise", "endless", "elsewhere", "lying"])
def test_a_calendar_that_misbehaves_proves_nothing_and_stops_nothing(
    calendar: type[Notebook], mood: str
) -> None:
    leaf = published()
    calendar.ready = True
    calendar.mood = "good" if mood == "lying" else mood
    if mood == "lying":
        attest.anchor(by="test", at=now())
        calendar.mood = mood
    with pytest.raises(attest.UnableToAttest):
        attest.anchor(by="test", at=now())
    assert reads.state_of(leaf) == reads.State.PUBLISHED
    assert reads.state_of(published()) == reads.State.PUBLISHED
    assert all(path == "/digest" or path.startswith("/timestamp/") for path in calendar.asked)
