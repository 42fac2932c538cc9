"""What the desk hands out passes the court's check, and only what may be shown is in it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from shouyue.desk.ledger import actions, export, reads
from shouyue.desk.ledger.models import Leaf, Stream
from shouyue.desk.vault.actions import destroy_key
from shouyue.evidence.container import unpack
from shouyue.evidence.trust import Trust
from shouyue.evidence.verify import Outcome, Report, verify
from tests.cast import 周敏, 张伟

pytest.importorskip("typst")
pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ZHANG_WEI, ZHOU_MIN = uuid.UUID(int=1), uuid.UUID(int=2)
THREAD = "thread:42"
EXHIBIT = export.Exhibit(THREAD, "张伟 逾期分期", "微信客服", "证明催收经过")


def talk(count: int = 4) -> list[Leaf]:
    sealed = []
    for n in range(count):
        with transaction.atomic():
            parts: dict[str, Any] = {"body": f"第{n}条", "sender": 张伟.mobile, "findings": {"n": n}}
            if n == 2:
                parts["third_person"] = actions.About(ZHOU_MIN, 周敏.mobile)
            sealed.append(
                actions.seal(
                    "msg.in/received", stream=THREAD, subject=ZHANG_WEI, parts=parts, by="wecom", at=AT
                )
            )
            actions.seal("audit", stream="people", subject=None, parts={"act": str(n)}, by="test", at=AT)
    return sealed


def exported(**more: Any) -> dict[str, bytes]:
    words: dict[str, Any] = {"title": "张伟", "purpose": "诉讼", "reason": "起诉", "by": "S009", "at": AT}
    return unpack(export.export(exhibits=[EXHIBIT], **{**words, **more}).package)


def judged(files: dict[str, bytes]) -> Report:
    return verify(files, at="T", trust=Trust(reads.own_trust().policy))


def test_the_whole_thread_goes_out_and_passes() -> None:
    talk()
    files = exported()
    report = judged(files)
    assert report.exit_code == 0, report.words("en")
    assert report.threads[0][2].entries == 4
    everything = b"".join(files.values())
    assert 张伟.mobile.encode() in everything and 周敏.mobile.encode() not in everything
    assert files["03-view/book.pdf"].startswith(b"%PDF")
    assert reads.verify_log().ok
    assert judged(exported(withhold=["sender"])).exit_code == 0
    assert 张伟.mobile.encode() not in b"".join(exported(withhold=["sender"]).values())


def test_an_export_is_itself_in_the_log() -> None:
    talk()
    exported()
    panel = reads.panel(export.EXPORTS)
    assert panel and [row.kind for row in panel.rows] == ["export/package"]


def test_later_messages_do_not_make_an_old_package_wrong() -> None:
    talk()
    files = exported()
    talk()
    actions.catch_up(by="test", at=AT)
    assert judged(files).exit_code == 0
    assert judged(exported()).threads[0][2].entries == 8


def test_erasure_leaves_every_proof_and_no_words() -> None:
    talk()
    before = exported()
    destroy_key(subject=ZHANG_WEI, by="S009", at=AT)
    files = exported()
    report = judged(files)
    assert report.exit_code == 0, report.words("en")
    assert "第1条".encode() not in b"".join(files.values())
    assert judged(before).exit_code == 0
    assert reads.verify_log().ok


def test_what_was_changed_in_the_tables_is_not_handed_out() -> None:
    leaf = talk()[1]
    Leaf.objects.filter(pk=leaf.pk).update(kept=leaf.kept[:-1] + bytes([leaf.kept[-1] ^ 1]))
    with pytest.raises(reads.CustodyBroken):
        exported()


def test_a_message_deleted_from_the_tables_leaves_a_gap_that_the_package_shows() -> None:
    leaf = talk()[3]
    with transaction.atomic():
        actions.catch_up(by="test", at=AT)
    Leaf.objects.filter(pk=leaf.pk).update(stream=Stream.objects.get(name="people"), n=99)
    files = exported()
    report = judged(files)
    assert report.exit_code == 2
    assert report.steps[8].outcome == Outcome.FAILED
    assert "are missing (the log counts 4)" in report.words("en")


def test_nothing_to_export_says_so() -> None:
    talk()
    with pytest.raises(export.UnableToExport, match="nothing was ever sealed"):
        export.export(
            exhibits=[export.Exhibit("thread:none", "x", "x", "x")],
            title="x",
            purpose="x",
            reason="x",
            by="S009",
            at=AT,
        )


@pytest.mark.django_db
def test_a_desk_that_was_silent_says_when() -> None:
    from datetime import timedelta

    start = AT.replace(second=0, microsecond=0)
    for minute in (0, 1, 2, 3, 9, 10, 12, 14):
        actions.heartbeat(by="clock", at=start + timedelta(minutes=minute))
    until = start + timedelta(minutes=20)
    assert [(one["from"][11:16], one["seconds"]) for one in reads.silences(start, until)] == [
        ((start + timedelta(minutes=3)).strftime("%H:%M"), 360),
        ((start + timedelta(minutes=14)).strftime("%H:%M"), 360),
    ]
    assert [one["seconds"] for one in reads.silences(start - timedelta(hours=1), until, most=1)] == [3600]
    assert reads.silences(start, start + timedelta(minutes=3)) == []
