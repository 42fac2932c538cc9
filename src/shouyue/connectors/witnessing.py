"""Witnesses (C2SP tlog-witness): asking them to cosign, and being one for a partner's log.

A witness signs a checkpoint only if the log it saw before is the beginning of this one. What it has seen is stored before it
answers, so that it can never sign two histories.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from shouyue.evidence.checkpoint import (
    Checkpoint,
    Cosigner,
    LatticeCosigner,
    Line,
    Note,
    NoteRefused,
    VerifierKey,
    open_checkpoint,
    parse_line,
)
from shouyue.evidence.proof import decode_hashes
from shouyue.evidence.tree import NotProved, check_consistency

LARGEST_REQUEST = 200_000
SIZE_TYPE = "text/x.tlog.size"


class WitnessUnavailable(Exception):
    """No cosignature this time. Ask again later; sealing goes on."""


class WitnessConflict(Exception):
    """The witness saw another history of this log: a fork, or a bug. Stop publishing until a person has looked."""


class WitnessElsewhere(Exception):
    """The witness holds another size; prove growth from there."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness holds size {size}")
        self.size = size


def request(old: int, path: Sequence[bytes], note: bytes) -> bytes:
    """The body of add-checkpoint."""
    rows = [f"old {old}", *(base64.b64encode(one).decode() for one in path)]
    return "\n".join(rows).encode() + b"\n\n" + note


def add_checkpoint(url: str, body: bytes, key: VerifierKey, text: str, *, client: httpx.Client) -> Line:
    """Ask a witness. Returns its cosignature over `text`, unchecked but for the name.

    Raises WitnessElsewhere, WitnessConflict (alarm), WitnessUnavailable (try later).
    """
    try:
        answer = client.post(url.rstrip("/") + "/add-checkpoint", content=body)
    except httpx.HTTPError as wrong:
        raise WitnessUnavailable(f"{key.name} cannot be reached: {wrong}") from None
    if answer.status_code == 200:
        try:
            lines = [parse_line(row) for row in answer.text.split("\n") if row]
        except NoteRefused as wrong:
            raise WitnessUnavailable(f"{key.name} answered something else: {wrong}") from None
        for line in lines:
            if (line.name, line.key_id) == (key.name, key.id):
                return line
        raise WitnessUnavailable(f"{key.name} answered without its own signature")
    if answer.status_code == 409 and answer.headers.get("content-type", "").startswith(SIZE_TYPE):
        size = answer.text.strip()
        if size.isdecimal() and len(size) < 20:
            raise WitnessElsewhere(int(size))
    if answer.status_code in (409, 422):
        raise WitnessConflict(f"{key.name} refused the proof ({answer.status_code}): {answer.text[:200]}")
    raise WitnessUnavailable(f"{key.name} answered {answer.status_code}: {answer.text[:200]}")


# --- being one ---


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    type: str = "text/plain"


class Witness:
    """A witness for the logs it knows, keeping what it saw as one file a log."""

    def __init__(
        self, cosigner: Cosigner | LatticeCosigner, logs: Sequence[VerifierKey], folder: Path
    ) -> None:
        self.cosigner = cosigner
        self.logs = {log.name: log for log in logs}
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def seen(self, origin: str) -> bytes | None:
        """The newest note that we cosigned."""
        try:
            return self._place(origin).read_bytes()
        except FileNotFoundError:
            return None

    def add(self, body: bytes, seconds: int) -> Answer:
        """Answer one add-checkpoint request; `seconds` since 1970 is the time we state."""
        try:
            old, path, note = self._parse(body)
            origin = Note.parse(note).text.split("\n")[0]
        except (ValueError, UnicodeDecodeError) as wrong:
            return Answer(400, f"{wrong}\n".encode())
        log = self.logs.get(origin)
        if log is None:
            return Answer(404, b"this log is not known here\n")
        try:
            head, _ = open_checkpoint(note, log)
        except NoteRefused as wrong:
            return Answer(403, f"{wrong}\n".encode())
        with self._alone(origin):
            before = self.seen(origin)
            held = Checkpoint.parse(Note.parse(before).text) if before else Checkpoint(origin, 0, b"")
            if old > head.size:
                return Answer(400, b"the old size is larger than the new one\n")
            if old != held.size:
                return Answer(409, f"{held.size}\n".encode(), SIZE_TYPE)
            try:
                if old:
                    check_consistency(old, held.root, head.size, head.root, path)
                elif path:
                    raise NotProved("a proof from size 0 must be empty")
            except NotProved as wrong:
                return Answer(409 if old == head.size else 422, f"{wrong}\n".encode())
            line = self.cosigner.cosign(str(head), seconds)
            self._keep(origin, Note.parse(note).with_lines([line]).to_bytes())
        return Answer(200, str(line).encode())

    @staticmethod
    def _parse(body: bytes) -> tuple[int, tuple[bytes, ...], bytes]:
        if len(body) > LARGEST_REQUEST:
            raise ValueError("the request is too large")
        above, gap, note = body.partition(b"\n\n")
        rows = above.decode("ascii").split("\n")
        word, _, size = rows[0].partition(" ")
        if not gap or word != "old" or not size.isdecimal() or len(size) > 18 or str(int(size)) != size:
            raise ValueError("the request does not begin with the old size")
        if len(rows) > 64:
            raise ValueError("a proof has at most 63 hashes")
        return int(size), decode_hashes(rows[1:]), note

    def _place(self, origin: str) -> Path:
        return self.folder / hashlib.sha256(origin.encode()).hexdigest()

    @contextmanager
    def _alone(self, origin: str) -> Iterator[None]:
        with self._place(origin).with_suffix(".lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _keep(self, origin: str, note: bytes) -> None:
        """Durable before we answer."""
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fresh = self._place(origin).with_suffix(".fresh")
            with fresh.open("wb") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._place(origin))
            os.fsync(folder)
        finally:
            os.close(folder)
