"""After erasure everything on disk together says nothing about the person, and every proof still holds."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from shouyue.desk.ledger import actions, reads
from shouyue.desk.ledger.models import Leaf, Stream
from shouyue.desk.vault.actions import KeyDestroyed, existing_key
from shouyue.desk.vault.models import SubjectKey
from shouyue.evidence.leaf import commitment, salt_of
from tests.cast import 张伟

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ZHANG_WEI = uuid.UUID(int=1)
THREAD = "thread:42"
NUMBERS = [f"1380000{n:04}" for n in range(300)]  # the attacker's guesses; his is among them


def talk() -> Leaf:
    with transaction.atomic():
        leaf = actions.seal(
            "msg.in/received",
            stream=THREAD,
            subject=ZHANG_WEI,
            parts={"sender": 张伟.mobile, "body": "我周五还款"},
            by="wecom",
            at=AT,
        )
    actions.catch_up(by="test", at=AT)
    return leaf


def everything_on_disk(files: Path) -> bytes:
    found = [path.read_bytes() for path in files.rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        found += [Path(name + end).read_bytes() for end in ("", "-wal") if Path(name + end).exists()]
    else:
        for table in (Leaf, Stream, SubjectKey):
            for row in table.objects.values_list():
                found += [bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row]
    return b"\0".join(found)


def guesses(salt: Callable[[int], bytes]) -> list[bytes]:
    """Every digest of a guessed number that somebody might have stored, plain or under a salt that they know."""
    made = []
    for number in NUMBERS:
        data = number.encode()
        made += [hashlib.sha256(data).digest(), hashlib.sha256(bytes(32) + data).digest(), data]
        made += [commitment("sender", data, salt(part)) for part in range(3)]
    return made


@pytest.mark.django_db(transaction=True)
def test_guessing_every_number_finds_nothing_after_erasure(settings: Any) -> None:
    leaf = talk()
    key = existing_key(subject=ZHANG_WEI)
    tag = reads.tag_of(THREAD)
    assert key and tag
    wrapped = bytes(SubjectKey.objects.get().wrapped or b"")
    before = everything_on_disk(settings.LOG_FILES)
    with_key = guesses(lambda part: salt_of(key, tag, 0, part))
    assert any(
        guess in before for guess in with_key
    )  # whoever has the key can recognise him: the test can fail
    assert wrapped in before

    actions.erase(subject=ZHANG_WEI, basis="超过保存期限", by="S009", at=AT)
    actions.catch_up(by="test", at=AT)

    after = everything_on_disk(settings.LOG_FILES)
    without = guesses(lambda part: hashlib.sha256(tag.encode() + bytes([part])).digest())
    assert not any(guess in after for guess in without)
    assert key not in after and wrapped not in after
    assert THREAD.encode() not in after
    for secret in (张伟.mobile, "我周五还款"):
        assert secret.encode() not in after
    assert reads.verify_log().ok
    assert reads.state_of(leaf) == reads.State.PUBLISHED
    with pytest.raises(KeyDestroyed):
        talk()


@pytest.mark.django_db
def test_an_erasure_is_itself_in_the_log_without_a_name(settings: Any) -> None:
    talk()
    tag = reads.tag_of(THREAD)
    leaf = actions.erase(subject=ZHANG_WEI, basis="本人请求", by="S009", at=AT)
    assert leaf.kind == "erase"
    (part,) = [part for part in reads.shown_parts(leaf.pk) if part.name == "streams"]
    assert part.content and tag and tag.encode() in part.content
    assert str(ZHANG_WEI).encode() not in b"".join(p.content or b"" for p in reads.shown_parts(leaf.pk))
