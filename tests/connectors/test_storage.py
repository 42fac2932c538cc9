"""Where originals are kept: a folder and a bucket keep the same promises; under a lock nobody deletes before its time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shouyue.connectors.storage import Bucket, Folder, Store, StoreUnavailable

NAME = "ab/" + "ab" * 32
NOW = datetime.now(UTC)


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    moto = pytest.importorskip("moto")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", "invented")
    with moto.mock_aws():
        import boto3

        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="originals")
        client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
        yield


@pytest.fixture(params=["folder", "bucket", "locked"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Folder(tmp_path)
    request.getfixturevalue("amazon")
    lock = "&lock=governance&days=3650" if request.param == "locked" else ""
    bucket = "locked" if lock else "originals"
    return Bucket.at(f"s3://{bucket}/desk?region=us-east-1{lock}", clock=lambda: NOW)


def test_what_was_put_is_there_byte_for_byte(store: Store) -> None:
    body = bytes(range(256)) * 5000
    assert not store.holds(NAME) and store.get(NAME) is None
    store.put(NAME, body)
    assert store.holds(NAME) and store.get(NAME) == body
    store.put("people/1/" + "cd" * 32, b"")
    assert store.get("people/1/" + "cd" * 32) == b""


def test_a_name_that_is_taken_stays_as_it_is(store: Store) -> None:
    store.put(NAME, b"first")
    store.put(NAME, b"second")
    assert store.get(NAME) == b"first"


def test_deleting_what_is_not_there_is_no_fault(store: Store) -> None:
    store.delete(NAME)
    assert not store.holds(NAME)


def test_in_a_locked_bucket_the_kept_version_cannot_be_deleted_before_its_time(amazon: None) -> None:
    import boto3
    from botocore.exceptions import ClientError

    Bucket.at("s3://locked/desk?region=us-east-1&lock=compliance&days=30", clock=lambda: NOW).put(
        NAME, b"kept"
    )
    client = boto3.client("s3", region_name="us-east-1")
    head = client.head_object(Bucket="locked", Key=f"desk/{NAME}")
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert abs(head["ObjectLockRetainUntilDate"] - NOW - timedelta(days=30)) < timedelta(seconds=2)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket="locked", Key=f"desk/{NAME}", VersionId=head["VersionId"])
    got = client.get_object(Bucket="locked", Key=f"desk/{NAME}", VersionId=head["VersionId"])
    assert got["Body"].read() == b"kept"


def test_a_bucket_that_is_not_there_is_said(amazon: None) -> None:
    lost = Bucket.at("s3://nowhere?region=us-east-1", clock=lambda: NOW)
    with pytest.raises(StoreUnavailable, match="nowhere refused put_object"):
        lost.put(NAME, b"x")


ANSWERS = {
    "busy": b"HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    "noise": b"\x00\xff no protocol\r\n\r\n",
    "cut off": b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\nshort",
    "silent": b"",
}


@pytest.fixture(params=ANSWERS)
def liar(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that answers every question the same bad way."""
    pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "invented")
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                asked, _ = listening.accept()
            except OSError:
                return
            with asked:
                asked.recv(65536)
                asked.sendall(ANSWERS[request.param])

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def test_a_bucket_that_answers_badly_raises_one_kind_of_fault_and_never_passes_for_empty(liar: str) -> None:
    bucket = Bucket.at(f"s3://b?region=us-east-1&endpoint={liar}", clock=lambda: NOW)
    with pytest.raises(StoreUnavailable):
        bucket.get(NAME)


@pytest.mark.parametrize(
    "address",
    [
        "http://b",
        "s3:///x",
        "s3://b?lock=compliance",
        "s3://b?days=3",
        "s3://b?lock=always&days=3",
        "s3://b?colour=red",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"s3://bucket|a lock is"):
        Bucket.at(address, clock=lambda: NOW)
