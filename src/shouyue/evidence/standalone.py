"""The verifier as a program: read a package or a folder, check it, say what was found. Nothing here touches a network."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from pathlib import Path

from shouyue.evidence.checkpoint import Note, NoteRefused, open_signed_by_all
from shouyue.evidence.container import MOST_BYTES, MOST_FILES, ContainerRefused, safe_name, unpack
from shouyue.evidence.scan import PublishedFolder, Spread, scan
from shouyue.evidence.tree import NotProved
from shouyue.evidence.trust import PolicyRefused, Trust, parse_policy
from shouyue.evidence.verify import Unreadable, verify

HELP = """shouyue_verify.py [--en|--zh] [--policy FILE] [--authorities FILE.pem] [--log FOLDER] PACKAGE.zip|FOLDER
shouyue_verify.py --policy FILE LOG-FOLDER       the whole published log alone / 只核验整个公开日志

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


def check_log(root: Path, trust: Trust, languages: Sequence[str], spread: Spread) -> int:
    """Read a whole published log: signed by a trusted key, and every entry under the signed root. Says so; the exit code."""
    read = PublishedFolder(str(root))
    policy = parse_policy(trust.policy)
    note = read("checkpoint") or b""
    origin = Note.parse(note).text.split("\n")[0]
    logs = policy.of_log(origin)
    if not logs:
        raise Unreadable(f"the log {origin[:200]} is not among those that are trusted")
    try:
        head, signed = open_signed_by_all(note, logs, list(policy.witnesses.values()))
        roots, _ = scan(read, head.size, spread=spread)
        if roots[head.size] != head.root:
            raise NotProved("the entries do not lead to the signed root")
    except (NoteRefused, NotProved) as wrong:
        sys.stdout.write(f"RESULT: FAILED / 结论：不通过: {wrong}\n")
        return 1
    by = ", ".join(f"{one.name} ({one.key.kind})" for one in signed)
    said = {
        "zh": f"日志 {origin}：{head.size} 条，根 {head.root.hex()}，签名 {by}\n信任摘要 {trust.digest}\n结论：通过\n",
        "en": f"log {origin}: {head.size} entries, root {head.root.hex()}, signed by {by}\n"
        f"trust digest {trust.digest}\nRESULT: passed\n",
    }
    sys.stdout.write("\n".join(said[language] for language in languages))
    return 0


@contextmanager
def on_all_cores() -> Iterator[Spread]:
    """The work dealt out to a process for each core, none of which can die unseen: that raises BrokenProcessPool."""
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        yield pool.map


def run(words: Sequence[str], at: str) -> int:
    """What the program does; `at` is quoted in the verdict. Returns the exit code."""
    languages, policy, roots, places = ["zh", "en"], None, b"", []
    log: PublishedFolder | None = None
    rest = list(words)
    try:
        while rest:
            word = rest.pop(0)
            if word in ("--en", "--zh"):
                languages = [word[2:]]
            elif word == "--policy":
                policy = Path(rest.pop(0)).read_bytes()
            elif word == "--log":
                log = PublishedFolder(rest.pop(0))
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
    trust = None if policy is None else Trust(policy, roots)
    place = Path(places[0])
    try:
        with on_all_cores() if log or (place / "checkpoint").is_file() else nullcontext(map) as spread:
            if (place / "checkpoint").is_file() and trust:
                return check_log(place, trust, languages, spread)
            report = verify(load(place), at=at, trust=trust, log=log, spread=spread)
    except BrokenProcessPool:
        sys.stdout.write(
            "CANNOT BE READ / 无法读取: a worker of this machine died while reading the log; run again\n"
        )
        return 3
    except (ContainerRefused, Unreadable, NoteRefused, PolicyRefused) as wrong:
        sys.stdout.write(f"CANNOT BE READ / 无法读取: {wrong}\n")
        return 3
    sys.stdout.write("\n".join(report.words(language) for language in languages))
    return report.exit_code
