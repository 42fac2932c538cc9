"""The log's further keys: added, all of them signing, taken over one from another, and retired."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import transaction

from shouyue.cli.evidence import evidence
from shouyue.desk.ledger import actions, attest, export, keys, reads
from shouyue.desk.ledger.actions import signing
from shouyue.desk.people.actions import enrol
from shouyue.desk.people.models import Role
from shouyue.evidence.checkpoint import Note, open_checkpoint, open_signed_by_all
from shouyue.evidence.container import unpack
from shouyue.evidence.trust import parse_policy
from shouyue.evidence.verify import verify

pytest.importorskip("typst")
pytestmark = pytest.mark.django_db

GUIDES = Path(__file__).parents[3] / "docs/guides"
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    settings.LOG_TIME_URLS = []
    return tmp_path


def say() -> None:
    with transaction.atomic():
        actions.seal("msg.in/received", stream="s", subject=None, parts={"body": "好"}, by="test", at=AT)


def newest() -> bytes:
    say()
    actions.catch_up(by="test", at=AT)
    return reads.published_head().note


def exported() -> dict[str, bytes]:
    exhibit = export.Exhibit("s", "测试", "本系统", "测试")
    made = export.export(exhibits=[exhibit], title="x", purpose="测试", reason="测试", by="t", at=AT)
    return unpack(made.package)


def add(kind: str) -> str:
    return signing.add_key(kind=kind, reason="换新", by="A001", at=AT).id.hex()


def test_every_head_bears_a_line_of_each_key_and_the_package_passes(home: Path) -> None:
    before = reads.own_trust()
    say()
    added = [add("sm2"), add("ml-dsa-44")]
    note, own = newest(), reads.own_trust()
    _, signed = open_signed_by_all(note, parse_policy(own.policy).of_log(keys.log_signer().key.name))
    assert [one.key.kind for one in signed] == ["Ed25519", "ML-DSA-44", "SM2"]
    assert signed[1].seconds == int(AT.timestamp())
    assert before.digest != own.digest
    for file in (home / "keys").glob("log.*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    files = exported()
    report = verify(files, at="T", trust=own)
    assert report.exit_code == 0 and "Ed25519, ML-DSA-44, SM2" in report.words("en"), report.words("en")
    # whoever was given the principal key before there were others is served as well
    assert verify(files, at="T", trust=before).exit_code == 0
    secrets = [file.read_text().encode() for file in (home / "keys").glob("log.*")]
    assert len(secrets) == 2 and not any(secret in data for secret in secrets for data in files.values())
    assert f"09-trust/sm2-{added[0]}.pem" in files
    panel = reads.panel(signing.KEYS)
    assert panel and [row.kind for row in panel.rows] == ["key/added", "key/added"]
    assert reads.verify_log().ok


def test_a_key_is_replaced_by_another_of_its_kind_and_retired() -> None:
    older = add("sm2")
    first = newest()
    given = reads.own_trust()
    newer = add("sm2")
    files = exported()
    for trust in (given, reads.own_trust()):  # for a time both sign: who has either policy is served
        assert verify(files, at="T", trust=trust).exit_code == 0
    signing.retire_key(key_id=older, reason="换新", by="A001", at=AT)
    files = exported()
    assert verify(files, at="T", trust=reads.own_trust()).exit_code == 0
    history = json.loads(files["09-trust/history.json"])["keys"]
    assert [(one["act"], one["id"]) for one in history] == [
        ("added", older),
        ("added", newer),
        ("retired", older),
    ]
    assert history[0]["key"] in given.policy.decode() and all(one["index"] is not None for one in history)
    report = verify(files, at="T", trust=given)
    assert report.exit_code == 1 and f"with its key {older} (SM2)" in report.words("en")
    open_signed_by_all(first, parse_policy(given.policy).of_log(keys.log_signer().key.name))  # stays valid
    assert [kind for kind, _ in keys.further()] == ["sm2"] and keys.further()[0][1].key.id.hex() == newer
    with pytest.raises(signing.NoSuchKey, match=older):
        signing.retire_key(key_id=older, reason="换新", by="A001", at=AT)
    with pytest.raises(signing.NoSuchKey):
        signing.retire_key(key_id=keys.log_signer().key.id.hex(), reason="换新", by="A001", at=AT)


def test_a_key_that_was_sealed_and_never_put_to_use_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(keys, "use", lambda kind, key: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            add("sm2")
    assert len(Note.parse(newest()).lines) == 1 and keys.further() == []
    assert verify(exported(), at="T", trust=reads.own_trust()).exit_code == 0


def test_a_head_that_lacks_a_line_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a second machine to which nobody brought the new key's file."""
    add("sm2")
    monkeypatch.setattr(actions, "log_signers", lambda: [keys.log_signer()])
    say()
    with pytest.raises(export.UnableToExport, match=r"did not sign .* \(SM2\).*lack its file"):
        exported()


def test_a_changed_line_of_the_newest_head_is_found_before_anything_is_published() -> None:
    from shouyue.desk.ledger.models import Checkpoint

    add("sm2")
    newest()
    row = Checkpoint.objects.order_by("-size")[0]
    whole = Note.parse(bytes(row.note))
    line = whole.lines[1]
    other = type(line)(line.name, line.key_id, keys.further()[0][1].sign("another\n", 0).signature)
    Checkpoint.objects.filter(size=row.size).update(note=Note(whole.text, (whole.lines[0], other)).to_bytes())
    with pytest.raises(reads.LogDamaged, match="the SM2 signature"):
        reads.check_edge()
    assert any("SM2" in problem for problem in reads.verify_log().problems)


def test_a_witness_that_knows_the_principal_key_alone_cosigns(settings: Any, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "shouyue.cli", "witness", "--name", "notary.example", "--log"]
    words += [str(keys.log_signer().key), "--home", str(tmp_path / "witness"), "--port", "0"]
    add("sm2"), add("ml-dsa-44")
    newest()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        key, url = process.stdout.readline().split()[1], process.stdout.readline().strip()
        settings.LOG_WITNESSES = f"witness notary {key} {url}\nquorum notary\n"
        assert attest.witness(by="test", at=AT) == 1
        newest()
        assert attest.witness(by="test", at=AT) == 1
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    head = reads.published_head()
    _, signed = open_checkpoint(
        head.note, keys.log_signer().key, [parse_policy(reads.own_trust().policy).witnesses["notary"]]
    )
    assert [one.name for one in signed] == [keys.log_signer().key.name, "notary.example"]


@pytest.mark.skipif(not shutil.which("openssl"), reason="the program openssl is not installed")
def test_the_experts_guide_leads_to_openssl_saying_yes(tmp_path: Path) -> None:
    """The commands of docs/guides/court-expert.md, run as they stand there, in the unpacked package."""
    english, chinese = ((GUIDES / name).read_text() for name in ("court-expert.md", "court-expert.zh.md"))
    block = re.search(r"```sh\n(.*?sm3.*?)```", english, re.DOTALL)
    assert block and block[1].split("#")[0] in chinese and block[1].split("\n", 1)[1] in chinese
    say()
    add("sm2")
    folder = tmp_path / "package"
    for name, data in exported().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    done = subprocess.run(["sh", "-c", block[1]], cwd=folder, capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in done.stdout, done


def test_a_place_that_cannot_be_written_is_said_before_anything_is_sealed(tmp_path: Path) -> None:
    words = ["export", "--matter", "AJ", "--by", "A001", "--reason", "向法院起诉"]
    for out in (tmp_path, tmp_path / "nowhere" / "x.zip"):
        said = CliRunner().invoke(evidence, [*words, "--out", str(out)])
        assert said.exit_code == 1 and "cannot be written" in said.output
    assert reads.panel(export.EXPORTS) is None


def test_at_the_command_line() -> None:
    for number, role in (("A001", Role.ADMINISTRATOR), ("S001", Role.COLLECTOR)):
        enrol(staff_no=number, username=number, display_name=number, role=role, by="test", at=AT)
    run = CliRunner()
    by = ["--by", "A001", "--reason", "法院要求国密签名"]
    said = run.invoke(evidence, ["keys", "add", "sm2", *by])
    assert said.exit_code == 0 and "SM2" in said.output, said.output
    key_id = said.output.split()[0]
    listed = run.invoke(evidence, ["keys"]).output
    assert key_id in listed and "Ed25519" in listed
    assert key_id in run.invoke(evidence, ["keys", "retire", key_id, *by]).output
    assert key_id not in run.invoke(evidence, ["keys"]).output
    gone = run.invoke(evidence, ["keys", "retire", key_id, *by])
    assert gone.exit_code == 1 and "no further key of the id" in gone.output
    others = run.invoke(evidence, ["keys", "add", "sm2", "--by", "S001", "--reason", "x"])
    assert others.exit_code == 1 and "may not change the log's keys" in others.output
    nobody = run.invoke(evidence, ["keys", "add", "sm2", "--by", "nobody", "--reason", "x"])
    assert nobody.exit_code == 1 and "nobody with the staff number" in nobody.output
