"""The published log: plain files that any tlog client can read, written so that a power cut leaves no half of one."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class FilesDisagree(Exception):
    """A file that must never change holds something else than the log says."""


class LogFiles:
    """A directory of immutable tiles and bundles, and one `checkpoint` that is replaced."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, path: str, data: bytes) -> None:
        """Write a file that will never change. The same bytes again are no change; others are refused."""
        there = self.read(path)
        if there is None:
            self._write(path, data)
        elif there != data:
            raise FilesDisagree(
                f"{self.root / path} holds other bytes than the log; the file or the database was changed by hand"
            )

    def replace(self, path: str, data: bytes) -> None:
        self._write(path, data)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """One publisher at a time among the processes that share this disk."""
        self._make(self.root.parent)
        with self.root.with_name(self.root.name + ".lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _write(self, path: str, data: bytes) -> None:
        """Temporary file, fsync, rename, fsync of the directory opened before the write."""
        target = self.root / path
        self._make(target.parent)
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fresh = target.with_name(f".{target.name}.{os.getpid()}")
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view) :]
                os.fsync(fd)
            finally:
                os.close(fd)
            fresh.rename(target)
            os.fsync(folder)
        finally:
            os.close(folder)

    def _make(self, folder: Path) -> None:
        """Make missing directories, each fsynced into its parent."""
        if folder.is_dir():
            return
        self._make(folder.parent)
        parent = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            folder.mkdir(exist_ok=True)
            os.fsync(parent)
        finally:
            os.close(parent)
