"""What is costly to make and cheap to load, kept in files: a cache that checks what it reads.

A file is named after everything it was made from (rules, libraries, processor), and starts with the SHA-256 of the rest: a
file that is damaged, or made from something else, is made again. No directory to write to only means a slower start.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path


def directory() -> Path:
    """SHOUYUE_CACHE, or the user's cache directory."""
    own = os.environ.get("SHOUYUE_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shouyue"


def processor() -> str:
    """What compiled automata depend on: the kind of machine and, where it tells, its instruction sets."""
    try:
        with Path("/proc/cpuinfo").open() as info:
            flags = next((line for line in info if line.startswith(("flags", "Features"))), "")
    except OSError:
        flags = ""
    return f"{platform.machine()} {hashlib.sha256(flags.encode()).hexdigest()[:16]}"


def content(name: str, *, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
    """The bytes that `make` makes from what `key` says, from the cache where it holds them undamaged."""
    digest = hashlib.sha256("\0".join((name, *key)).encode()).hexdigest()[:32]
    path = directory() / f"{name}-{digest}"
    try:
        found = path.read_bytes()
        if hashlib.sha256(found[32:]).digest() == found[:32]:
            return found[32:]
    except OSError:
        pass
    made = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new:
            new.write(hashlib.sha256(made).digest() + made)
        Path(new.name).replace(path)
    except OSError:
        pass  # nowhere to keep it: the next start makes it again
    return made


def source(file: str) -> str:
    """A digest of the code that makes something: part of the key, so that a change of the code makes it anew."""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()
