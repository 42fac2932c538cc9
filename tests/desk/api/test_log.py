"""The evidence log over HTTP: what a follower of such logs asks for, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shouyue.desk.ledger import actions
from shouyue.desk.ledger.keys import log_signer
from shouyue.evidence.checkpoint import open_checkpoint
from shouyue.evidence.tree import leaf_hash, root_of, unbundle

pytestmark = pytest.mark.django_db


def test_a_stranger_follows_the_log(client: Any) -> None:
    assert client.get("/log/checkpoint").status_code == 404
    for _ in range(3):
        actions.heartbeat(by="test", at=datetime.now(UTC))
    actions.catch_up(by="test", at=datetime.now(UTC))
    answer = client.get("/log/checkpoint")
    head, _ = open_checkpoint(answer.content, log_signer().key)
    assert answer["cache-control"] == "no-cache"
    entries = unbundle(client.get("/log/tile/entries/000.p/3").content)
    assert root_of([leaf_hash(entry) for entry in entries]) == head.root
    assert client.get("/log/tile/0/000.p/3").content == b"".join(leaf_hash(entry) for entry in entries)


@pytest.mark.parametrize(
    "path", ["", "../keys/master", "tile", "tile/0/../../checkpoint", ".lock", "tile/0/000.p/x"]
)
def test_nothing_else_is_handed_out(client: Any, path: str) -> None:
    assert client.get(f"/log/{path}").status_code == 404
