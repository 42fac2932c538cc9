"""The counterpart as a process of its own, as the demonstration starts it; and the file by which the desk knows it."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from shouyue.connectors.gateways import connected
from shouyue.connectors.rehearsal.server import Rehearsal
from shouyue.connectors.wecom.corp import Corp


def started(folder: Path) -> tuple[subprocess.Popen, Corp]:
    corp = folder / "corp.json"
    words = ["--corp", str(corp), "--gateways", str(folder / "gateways.json")]
    child = subprocess.Popen(
        [sys.executable, "-m", "shouyue.connectors.rehearsal", *words], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline().startswith("http://127.0.0.1:")
    return child, Corp.read(corp)


def ended(child: subprocess.Popen) -> None:
    child.terminate()
    child.wait(10)
    assert child.stdout is not None
    child.stdout.close()


def test_it_starts_writes_what_the_desk_needs_and_is_the_same_corp_after_a_restart(tmp_path):
    first, corp = started(tmp_path)
    try:
        assert httpx.get(f"{corp.base}/rehearsal/phone").text.startswith("<!doctype html>")
        assert corp.client().get("externalcontact/get_intercept_rule_list")["rule_list"] == []
        assert set(connected(tmp_path / "gateways.json")) == {"sms", "phone", "letter", "visit", "mediation"}
        for name in ("corp.json", "gateways.json"):
            assert (tmp_path / name).stat().st_mode & 0o077 == 0, f"{name} holds secrets"
    finally:
        ended(first)
    second, again = started(tmp_path)
    try:
        assert (again.corpid, again.token, again.aes_key) == (corp.corpid, corp.token, corp.aes_key)
        assert again.archive_keys == corp.archive_keys
    finally:
        ended(second)


def test_an_address_is_checked_before_it_is_called():
    """Like the admin page: the bare word back within a second, or the address is not taken."""
    with Rehearsal(pace=0) as running:
        assert "no answer" in running.corp.caller.check("http://127.0.0.1:9/hooks/wecom")
        assert "status 404" in running.corp.caller.check(f"{running.base}/nowhere")
        assert "bare" in running.corp.caller.check(f"{running.base}/rehearsal/state")
        assert running.corp.caller.url == ""


def test_a_silent_address_is_tried_three_times():
    with Rehearsal(pace=0) as running:
        running.corp.caller.url = "http://127.0.0.1:9/hooks/wecom"
        running.corp.say("cooperative", "在")
        assert running.corp.stage.settle()
        (knock,) = running.corp.caller.knocks
        assert (knock.tries, knock.statuses, knock.done) == (3, [0, 0, 0], False)


def test_of_many_threads_with_a_dead_token_one_fetches_another():
    with Rehearsal(pace=0) as running:
        client = running.settings.client()
        client.get("externalcontact/get_intercept_rule_list")
        running.corp.tokens.clear()  # WeCom forgets it early
        with ThreadPoolExecutor(8) as many:
            calls = [many.submit(client.get, "externalcontact/get_intercept_rule_list") for _ in range(16)]
            assert all(call.result()["errcode"] == 0 for call in calls)
        assert (
            len(running.corp.calls["gettoken"]) == 2
        )  # the first of all, and one for all who met the dead one


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"corpid": None}, "corpid is missing"),
        ({"colour": "red"}, "unknown field colour"),
        ({"aes_key": "x"}, "EncodingAESKey"),
    ],
)
def test_a_corps_file_that_is_wrong_says_which_field(tmp_path, change, says):
    with Rehearsal(pace=0) as running:
        running.settings.write(tmp_path / "corp.json")
    told = json.loads((tmp_path / "corp.json").read_text()) | change
    (tmp_path / "corp.json").write_text(json.dumps({k: v for k, v in told.items() if v is not None}))
    with pytest.raises(ValueError, match=says):
        Corp.read(tmp_path / "corp.json").door()


def test_secrets_may_stand_in_a_file_of_their_own_and_never_show(tmp_path):
    with Rehearsal(pace=0) as running:
        running.settings.write(tmp_path / "all.json")
    told = json.loads((tmp_path / "all.json").read_text())
    hidden = {
        name: told.pop(name) for name in ("token", "aes_key", "secret", "archive_secret", "archive_keys")
    }
    (tmp_path / "secrets.json").write_text(json.dumps(hidden))
    (tmp_path / "corp.json").write_text(json.dumps(told | {"secrets": "secrets.json"}))
    corp = Corp.read(tmp_path / "corp.json")
    assert corp.secret == hidden["secret"]
    assert not any(value in repr(corp) for value in hidden.values() if isinstance(value, str))
