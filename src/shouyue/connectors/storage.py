"""Where originals are kept: a folder of this machine, or a bucket that speaks S3 and locks what it holds.

Names are digests of contents, so putting the same thing twice is no change, and nothing is ever written over. What is kept
is ciphertext: the place sees sizes and digests, no words. Under an object lock not even its owner can delete or change an
object before its time; erasure of a person destroys the key, which no lock hinders.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit


class StoreUnavailable(Exception):
    """The place did not answer, or not well. Nothing was lost; try again."""


class Store(Protocol):
    def put(self, name: str, data: bytes) -> None:
        """Keep these bytes under this name, for good once this returns. A name that is taken stays as it is."""

    def get(self, name: str) -> bytes | None: ...

    def holds(self, name: str) -> bool: ...

    def delete(self, name: str) -> None:
        """Remove, if it is there. Raises StoreUnavailable where a lock forbids it."""


class Folder:
    """A folder of this machine. Whoever may write there can delete; the log would show it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, data: bytes) -> None:
        path = self.root / name
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fresh.replace(path)
            os.fsync(folder)
        finally:
            os.close(folder)

    def get(self, name: str) -> bytes | None:
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def holds(self, name: str) -> bool:
        return (self.root / name).exists()

    def delete(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)


class Bucket:
    """A bucket with object lock (S3). Needs boto3, the extra `s3`; its keys come from where boto3 looks for them."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        prefix: str = "",
        *,
        lock: str = "",
        days: int = 0,
        clock: Callable[[], datetime],
    ) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix
        self._lock, self._days, self._clock = lock.upper(), days, clock

    @classmethod
    def at(cls, address: str, *, clock: Callable[[], datetime]) -> Bucket:
        """`s3://bucket/prefix?endpoint=https://…&region=…&lock=compliance&days=3650`. Raises ValueError for anything else."""
        parts = urlsplit(address)
        said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        unknown = said.keys() - {"endpoint", "region", "lock", "days"}
        lock, days = said.get("lock", ""), said.get("days", "0")
        if parts.scheme != "s3" or not parts.netloc or unknown:
            raise ValueError(f"{address!r} is no s3://bucket/prefix?endpoint=…&region=…&lock=…&days=…")
        if lock not in ("", "governance", "compliance") or not days.isdigit() or bool(lock) != (days != "0"):
            raise ValueError("a lock is governance or compliance, for a number of days")
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise ValueError("originals in a bucket need boto3: install shouyue[s3]") from None
        client = boto3.client(
            "s3",
            endpoint_url=said.get("endpoint"),
            region_name=said.get("region"),
            config=Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3}),
        )
        prefix = parts.path.strip("/")
        prefix = f"{prefix}/" if prefix else ""
        return cls(client, parts.netloc, prefix, lock=lock, days=int(days), clock=clock)

    def put(self, name: str, data: bytes) -> None:
        """Kept only if nobody holds the name yet: a second writer cannot replace what the first one kept."""
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        more: dict[str, Any] = {}
        if self._lock:
            until = self._clock() + timedelta(days=self._days)
            more = {"ObjectLockMode": self._lock, "ObjectLockRetainUntilDate": until}
        more |= {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": digest, "IfNoneMatch": "*"}
        self._ask("put_object", name, Body=data, fine=("412", "409"), **more)

    def get(self, name: str) -> bytes | None:
        got = self._ask("get_object", name, fine=("404", "NoSuchKey"))
        return None if got is None else bytes(got["Body"])

    def holds(self, name: str) -> bool:
        return self._ask("head_object", name, fine=("404", "NoSuchKey", "NotFound")) is not None

    def delete(self, name: str) -> None:
        self._ask("delete_object", name, fine=("404",))

    def _ask(self, what: str, name: str, *, fine: tuple[str, ...], **more: Any) -> Any:
        """The answer; None where they refused with a code that is `fine`. Raises StoreUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = getattr(self._client, what)(Bucket=self._bucket, Key=self._prefix + name, **more)
            return {**answer, "Body": answer["Body"].read()} if "Body" in answer else answer
        except ClientError as no:
            code = str(no.response.get("Error", {}).get("Code", ""))
            status = str(no.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
            if code in fine or status in fine:
                return None
            raise StoreUnavailable(
                f"the bucket {self._bucket} refused {what} of {name}: {code or status}"
            ) from None
        except BotoCoreError as lost:
            raise StoreUnavailable(f"the bucket {self._bucket} did not answer {what}: {lost}") from None
