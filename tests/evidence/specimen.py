"""A small log and a package from it, made with the library alone: what the tests break in every way they can think of."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shouyue.evidence import leaf, package, thread
from shouyue.evidence.checkpoint import (
    Checkpoint,
    Cosigner,
    FileSigner,
    LatticeCosigner,
    Signer,
    sign_checkpoint,
)
from shouyue.evidence.package import EntryShown, PartShown
from shouyue.evidence.sm2_key import SM2Signer
from shouyue.evidence.tree import (
    WIDTH,
    TileReader,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    tree_root,
)
from shouyue.evidence.trust import Trust

ORIGIN = "desk.example/log"
LOG = FileSigner(ORIGIN, b"\1" * 32)
OTHER_LOG = FileSigner("other.example/log", b"\2" * 32)
NATIONAL = SM2Signer(ORIGIN, b"\6" * 32)  # the log's further keys, where a test wants them
LATTICE = LatticeCosigner(ORIGIN, b"\7" * 32)
NOTARY = Cosigner("notary.example", b"\3" * 32)
ARCHIVE = Cosigner("archive.example", b"\4" * 32)
INDEX = "log/index"
KEY = b"k" * 32
SEEN = 1_772_000_000  # seconds, when the witnesses signed
QUORUM = f"""witness notary {NOTARY.key}
witness archive {ARCHIVE.key}
group both 1 notary archive
quorum both
"""
POLICY = f"log {LOG.key}\n{QUORUM}".encode()


def policy_of(*signers: Signer) -> Trust:
    """Whom to trust where the log signs with each of these."""
    return Trust(("".join(f"log {signer.key}\n" for signer in signers) + QUORUM).encode())


PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Original:
    """A part that is the manifest of these bytes, which the package shows beside it."""

    data: bytes


@dataclass
class Log:
    """Entries in one log, in streams."""

    entries: list[bytes] = field(default_factory=list)
    parts: list[tuple[PartShown, ...]] = field(default_factory=list)
    streams: dict[str, list[int]] = field(default_factory=dict)
    made: dict[int, tuple] = field(
        default_factory=dict
    )  # rows of hashes and known ranges, for the present size

    def seal(
        self,
        kind: str,
        tag: str,
        parts: dict[str, bytes | Original],
        outside: dict | None = None,
        at: str = "",
    ) -> int:
        mine = self.streams.setdefault(tag, [])
        shown = []
        for position, (name, given) in enumerate(parts.items()):
            original = given.data if isinstance(given, Original) else None
            content = given if original is None else leaf.canonical(leaf.manifest(original))
            salt = leaf.salt_of(KEY, tag, len(mine), position)
            plain, hard = leaf.commitment(name, content, salt), leaf.commitment(name, content, salt, leaf.sm3)
            shown.append(PartShown(name, plain, hard, content, salt, original))
        entry = leaf.Entry(
            kind,
            tag,
            len(mine),
            leaf_hash(self.entries[mine[-1]]).hex() if mine else leaf.NOTHING_BEFORE,
            leaf.payload([p.commitment for p in shown]).hex(),
            leaf.payload([p.commitment_sm3 for p in shown], leaf.sm3).hex(),
            "0" * 64,
            at or f"2026-03-02T01:{len(self.entries) // 60 % 60:02}:{len(self.entries) % 60:02}.000000Z",
            outside or {},
            "desk",
        ).to_bytes()
        mine.append(len(self.entries))
        self.entries.append(entry)
        self.parts.append(tuple(shown))
        return mine[-1]

    def tiles(self) -> TileReader:
        if len(self.entries) not in self.made:
            rows = [[leaf_hash(entry) for entry in self.entries]]
            while len(rows[-1]) >= WIDTH:
                last = rows[-1]
                rows.append([root_of(last[i * WIDTH : (i + 1) * WIDTH]) for i in range(len(last) // WIDTH)])
            self.made = {len(self.entries): (rows, {})}
        rows, _ = self.made[len(self.entries)]
        return lambda level, number: b"".join(rows[level][number * WIDTH : (number + 1) * WIDTH])

    def proof(self, index: int) -> tuple[bytes, ...]:
        tiles = self.tiles()
        return tuple(inclusion_proof(index, len(self.entries), tiles, self.made[len(self.entries)][1]))

    def head(self, size: int) -> Checkpoint:
        return Checkpoint(ORIGIN, size, tree_root(size, self.tiles()))

    def shown(self, index: int, size: int, hidden: Sequence[str] = ()) -> EntryShown:
        entry = leaf.Entry.from_bytes(self.entries[index])
        parts = tuple(
            replace(p, content=None, salt=None, original=None) if p.name in hidden else p
            for p in self.parts[index]
        )
        return EntryShown(entry.n, self.entries[index], entry, index, self.proof(index), parts)

    def listed(self) -> list[thread.Listed]:
        return [
            thread.Listed(tag, len(mine), leaf_hash(self.entries[mine[-1]]).hex())
            for tag, mine in self.streams.items()
            if mine
        ]


def tag_of(name: str) -> str:
    return name if name.startswith("log/") else leaf.stream_tag(KEY, name)


def a_log(messages: int = 5) -> Log:
    """A thread of `messages` and a picture, another beside it, and the log's own entries between."""
    log = Log()
    for n in range(messages):
        kind = "msg.in/received" if n % 2 else "msg.out/leaving"
        body = f"第{n}条：我周五还款。".encode()
        log.seal(
            kind, tag_of("ours"), {"body": body, "sender": b"13800000001", "by": b"S001"}, {"seq": 100 + n}
        )
        log.seal("msg.in/received", tag_of("theirs"), {"body": f"别人的{n}".encode()})
        if n % 2:
            log.seal("heartbeat", "log/heartbeat", {"by": b"desk"})
    log.seal("document/media", tag_of("ours"), {"attachment": Original(PICTURE), "name": "证件.png".encode()})
    return log


def material(
    log: Log,
    *,
    names: Sequence[str] = ("ours",),
    hidden: Sequence[str] = ("sender",),
    signers: Sequence[Signer] = (LOG,),
    **more: object,
) -> package.Material:
    listed = log.listed()
    at = log.seal(
        "index",
        INDEX,
        {"by": b"desk"},
        {"root": thread.index_root(listed).hex(), "streams": len(listed), "size": len(log.entries)},
    )
    size = len(log.entries)
    head = log.head(size)
    note = sign_checkpoint(head, signers, SEEN).with_lines([NOTARY.cosign(str(head), SEEN)])
    threads = []
    for name in names:
        mine = next(one for one in listed if one.tag == tag_of(name))
        place, path = thread.index_proof(listed, mine.tag)
        entries = tuple(log.shown(i, size, hidden) for i in log.streams[mine.tag])
        threads.append(
            package.ThreadShown(
                mine, place, tuple(path), entries, f"会话 {name}", "WeCom", "证明催收经过", "normal_business"
            )
        )
    fields: dict = {"system": {"version": "0"}, "extraction": {"by": "test"}, "trust": policy_of(*signers)}
    fields.update(more)
    return package.Material(note.to_bytes(), tuple(threads), log.shown(at, size), **fields)


def finished(log: Log, made: package.Material, signers: Sequence[Signer] = (LOG,)) -> dict[str, bytes]:
    """The package, with the log's record of it."""
    files = package.build(made, INDEX)
    size = len(log.entries)
    at = log.seal(
        "export/package",
        "log/exports",
        {"by": b"S009"},
        {"sha256sums": hashlib.sha256(files["SHA256SUMS"]).hexdigest()},
    )
    later = len(log.entries)
    note = sign_checkpoint(log.head(later), signers, SEEN).to_bytes()
    growth = consistency_proof(size, later, log.tiles())
    return package.add_export(files, log.shown(at, later), note, size, growth)


COUNTERS = "log/counters/2026-03"


def a_counted_package(*stated: tuple[int, int, int], tail_cut: int = 0) -> dict[str, bytes]:
    """A thread whose messages bear the provider's numbers 100 to 104, and what the log states: (first, last, missing)."""
    log = a_log(5)
    for first, last, missing in stated:
        kind = "audit/miscounted" if missing else "audit/counted"
        log.seal(
            kind,
            COUNTERS,
            {"by": b"desk"},
            {"of": "archive", "first": first, "last": last, "missing": missing},
        )
    made = material(log, names=("ours", COUNTERS) if stated else ("ours",))
    if tail_cut:
        *others, counters = made.threads
        made = replace(made, threads=(*others, replace(counters, entries=counters.entries[:-tail_cut])))
    return finished(log, made)


def a_package(messages: int = 5, signers: Sequence[Signer] = (LOG,)) -> dict[str, bytes]:
    log = a_log(messages)
    return finished(log, material(log, signers=signers), signers)
