"""The verifier as a program: read a package or a folder, check it, say what was found. Nothing here touches a network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from shouyue.evidence.container import MOST_BYTES, MOST_FILES, ContainerRefused, safe_name, unpack
from shouyue.evidence.trust import Trust
from shouyue.evidence.verify import LogReader, Unreadable, verify

HELP = """shouyue_verify.py [--en|--zh] [--policy FILE] [--authorities FILE.pem] [--log FOLDER] PACKAGE.zip|FOLDER

Exit: 0 passed, 1 a check failed, 2 incomplete, 3 cannot be read.
退出码：0 通过，1 不通过，2 不完整，3 无法读取。
"""


def load(path: Path) -> dict[str, bytes]:
    """The files of a package, or of the folder it was unpacked into. Raises ContainerRefused."""
    if path.is_dir():
        return _load_folder(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ContainerRefused(f"{path.stat().st_size} bytes are more than {MOST_BYTES}")
        return unpack(path.read_bytes())
    except OSError as wrong:
        raise ContainerRefused(f"{path} cannot be opened: {wrong.strerror}") from None


def _load_folder(root: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total, waiting = 0, [root]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            if path.is_symlink():
                raise ContainerRefused(f"{path} is a link; a package holds none")
            if path.is_dir():
                waiting.append(path)
                continue
            name = path.relative_to(root).as_posix()
            if not path.is_file() or not safe_name(name):
                raise ContainerRefused(f"{name[:200]!r} cannot be a file of a package")
            total += path.stat().st_size
            if total > MOST_BYTES or len(files) >= MOST_FILES:
                raise ContainerRefused("the folder holds more than a package may")
            files[name] = path.read_bytes()
    return files


def published(root: Path) -> LogReader:
    """A copy of the published log in a folder."""

    def read(path: str) -> bytes | None:
        try:
            return (root / path).read_bytes()
        except OSError:
            return None

    return read


def run(words: Sequence[str], at: str) -> int:
    """What the program does; `at` is quoted in the verdict. Returns the exit code."""
    languages, policy, roots, places = ["zh", "en"], None, b"", []
    log: LogReader | None = None
    rest = list(words)
    try:
        while rest:
            word = rest.pop(0)
            if word in ("--en", "--zh"):
                languages = [word[2:]]
            elif word == "--policy":
                policy = Path(rest.pop(0)).read_bytes()
            elif word == "--log":
                log = published(Path(rest.pop(0)))
            elif word == "--authorities":
                roots = Path(rest.pop(0)).read_bytes()
            elif word == "--":
                places += rest
                rest = []
            else:
                places.append(word)
    except (IndexError, OSError):
        places = []
    if len(places) != 1 or (places[0].startswith("-") and "--" not in words):
        sys.stdout.write(HELP)
        return 3
    try:
        files = load(Path(places[0]))
        trust = None if policy is None else Trust(policy, roots)
        report = verify(files, at=at, trust=trust, log=log)
    except (ContainerRefused, Unreadable) as wrong:
        sys.stdout.write(f"CANNOT BE READ / 无法读取: {wrong}\n")
        return 3
    sys.stdout.write("\n".join(report.words(language) for language in languages))
    return report.exit_code
