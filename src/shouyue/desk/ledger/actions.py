"""What has happened for good: seal in the caller's transaction, integrate, publish.

    seal        a leaf, in the transaction of the change it proves      → sealed
    integrate   leaves get their index, the tree grows, a head is signed → integrated
    publish     tiles and checkpoint as plain files                      → published

If we die: before `seal` commits, neither the change nor its leaf exists; after it, the integrator finds the leaf. Before
`integrate` commits, nothing of it exists and the leaves still wait; after it, the head and its signature exist and the
publisher finds them. While files are written, some tiles exist that nobody vouches for; writing them again is no change.
After the checkpoint file, the log is published whether or not our row says so; saying so again is no change.
"""

from __future__ import annotations

import dataclasses
import enum
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat

from shouyue.desk.ledger import reads
from shouyue.desk.ledger.files import LogFiles
from shouyue.desk.ledger.keys import log_signer, nobodys_key, storage_key
from shouyue.desk.ledger.models import (
    Anchor,
    Checkpoint,
    Cosignature,
    Leaf,
    LeafPart,
    LogHead,
    LogTile,
    Stream,
    TimeToken,
)
from shouyue.desk.vault.actions import destroy_key, encrypt, subject_key
from shouyue.evidence import leaf as form
from shouyue.evidence import thread
from shouyue.evidence.checkpoint import Checkpoint as Head
from shouyue.evidence.checkpoint import sign_checkpoint
from shouyue.evidence.tree import WIDTH, Edge

BATCH = 4096
INDEX = "log/index"
HEARTBEAT = "log/heartbeat"

Content = bytes | str | int | None | Mapping[str, Any] | list[Any]


class NotInTransaction(RuntimeError):
    """A seal stands in the transaction of the change that it proves; there is none here."""


class AnotherWriter(RuntimeError):
    """Somebody else moved the log's head meanwhile. Nothing of ours was kept; the leaves wait as before."""


@dataclass(frozen=True, slots=True)
class About:
    """A part that is about another person than the stream's: kept and salted under that person's own key."""

    subject: UUID
    content: Content


def seal(
    kind: str,
    *,
    stream: str,
    subject: UUID | None,
    parts: Mapping[str, Content | About],
    by: object,
    at: datetime,
    outside: Mapping[str, Any] | None = None,
) -> Leaf:
    """Append an entry to `stream` in the caller's transaction: if that rolls back, this never was.

    `kind` is what the entry is about, from the closed list in evidence.leaf, and the act: "msg.out/proposed".
    `stream` names what belongs together ("thread:<id>"); `subject` is the person under whose key the parts are kept and
    salted, None for what concerns nobody. `parts` are what happened, word for word; mappings become canonical JSON
    (amounts, times and ids as text; floats are refused). `outside` is the provider's own time and counters: clear text in
    the log, so ASCII, whole numbers, and nothing personal.
    Who acted is a part of its own, `by`, added here unless given.

    Raises NotInTransaction; ValueError for an unknown kind or a part that cannot be written exactly;
    vault.KeyDestroyed for a person who was erased.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"seal({kind!r}) was called outside transaction.atomic()")
    form.split_kind(kind)
    keys = _Keys(at)
    row = _locked_stream(stream, subject, keys)
    everything = dict(parts)
    everything.setdefault("by", str(getattr(by, "staff_no", by)))
    kept: list[LeafPart] = []
    plain: list[bytes] = []
    hard: list[bytes] = []
    for position, (name, content) in enumerate(everything.items()):
        whose = content.subject if isinstance(content, About) else subject
        data = content_bytes(content.content if isinstance(content, About) else content)
        key = keys[whose]
        salt = form.salt_of(key, row.tag, row.count, position)
        plain.append(form.commitment(name, data, salt))
        hard.append(form.commitment(name, data, salt, form.sm3))
        stored = encrypt(data, key=storage_key(key), bound_to=plain[-1].hex())
        kept.append(
            LeafPart(
                position=position,
                name=name,
                subject=whose,
                commitment=plain[-1],
                commitment_sm3=hard[-1],
                stored=stored,
            )
        )
    entry = form.Entry(
        kind=kind,
        stream=row.tag,
        n=row.count,
        previous=row.head,
        commitment=form.payload_root(plain).hex(),
        commitment_sm3=form.payload_root(hard, form.sm3).hex(),
        stored=form.payload_root(bytes(part.stored) for part in kept).hex(),
        at=form.utc(at),
        outside=outside or {},
        gateway=settings.LOG_NODE,
    ).to_bytes()
    leaf = Leaf(stream=row, n=row.count, kind=kind, entry=entry, hash=form.leaf_hash(entry), at=at)
    leaf.save(force_insert=True)
    for part in kept:
        part.leaf = leaf
    LeafPart.objects.bulk_create(kept)
    row.count += 1
    row.head = leaf.digest
    row.save(update_fields=["count", "head"])
    return leaf


class _Keys(dict[UUID | None, bytes]):
    """The keys that one seal needs, each asked for once; never kept longer, so that erasure is at once."""

    def __init__(self, at: datetime) -> None:
        super().__init__({None: nobodys_key()})
        self.at = at

    def __missing__(self, subject: UUID | None) -> bytes:
        assert subject
        self[subject] = key = subject_key(subject=subject, at=self.at)
        return key


def _locked_stream(name: str, subject: UUID | None, keys: _Keys) -> Stream:
    """The stream, locked until the caller's transaction ends, so that numbers have no gaps and the chain no forks."""
    found = Stream.objects.select_for_update().filter(name=name).first()
    if found:
        return found
    if subject is None:
        if not name.isascii() or len(name) > 64:
            raise ValueError(f"a stream of nobody has a short plain name, not {name!r}")
        tag = name
    else:
        tag = form.stream_tag(keys[subject], name)
    fresh, _ = Stream.objects.select_for_update().get_or_create(
        name=name, defaults={"tag": tag, "subject": subject, "head": form.NOTHING_BEFORE}
    )
    return fresh


def content_bytes(content: Content) -> bytes:
    """How a part is written down: bytes as they are, text in UTF-8, anything else as canonical JSON."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, enum.Enum):
        content = content.value
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    plain = _plain(content)
    if isinstance(plain, str):
        return plain.encode()
    if isinstance(plain, dict | list):
        return form.canonical(plain, ascii_only=False)
    return form.canonical([plain], ascii_only=False)[1:-1]  # a number, true, false, null


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(inner) for inner in value), key=str)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


# --- what the log says about itself ---


@transaction.atomic
def index_streams(*, by: object, at: datetime) -> tuple[Leaf, list[thread.Listed]]:
    """Log, in one root, how many entries each stream has and which is its last: no stream can be cut or hidden later.

    Every entry counted here was committed before, so it comes earlier in the log than this entry.
    """
    listed = reads.stream_list()
    leaf = seal(
        "index",
        stream=INDEX,
        subject=None,
        parts={},
        by=by,
        at=at,
        outside={"root": thread.index_root(listed).hex(), "streams": len(listed), "size": reads.log_size()},
    )
    return leaf, listed


@transaction.atomic
def heartbeat(*, by: object, at: datetime) -> Leaf:
    """Log that the desk was alive, and how it was: silence is then evidence too (rule EVR-2019.93)."""
    return seal("heartbeat", stream=HEARTBEAT, subject=None, parts={}, by=by, at=at, outside=reads.health())


# --- integrating ---


def integrate(*, by: object, at: datetime, most: int = BATCH) -> int:
    """Give up to `most` waiting leaves their index, grow the tree and sign its new head. Returns how many.

    Raises AnotherWriter when somebody else did so first.
    """
    with transaction.atomic():
        head, _ = LogHead.objects.get_or_create(origin=settings.LOG_ORIGIN)
        waiting = list(Leaf.objects.filter(index=None).order_by("id").values_list("id", "hash")[:most])
        if not waiting:
            return 0
        peaks = bytes(head.peaks)
        edge = Edge(head.size, [peaks[i : i + 32] for i in range(0, len(peaks), 32)])
        grown: dict[int, list[bytes]] = defaultdict(list)
        for _, leaf_hash in waiting:
            for level, tile_hash in edge.append(bytes(leaf_hash)):
                grown[level].append(tile_hash)
        moved = LogHead.objects.filter(origin=head.origin, size=head.size).update(
            size=edge.size, peaks=b"".join(edge.peaks)
        )
        if moved != 1:
            raise AnotherWriter(f"the log was no longer at size {head.size}; run again")
        _number([(head.size + i, leaf) for i, (leaf, _) in enumerate(waiting)])
        for level, hashes in grown.items():
            _grow_tiles(level, head.size >> (8 * level), hashes)
        note = sign_checkpoint(Head(settings.LOG_ORIGIN, edge.size, edge.root()), [log_signer()])
        Checkpoint.objects.create(size=edge.size, root=edge.root(), note=note.to_bytes(), signed_at=at)
    return len(waiting)


def catch_up(*, by: object, at: datetime) -> int:
    """Integrate everything that waits and publish it. Returns how many entries found their place."""
    gathered = 0
    try:
        while some := integrate(by=by, at=at):
            gathered += some
    except AnotherWriter:
        pass  # then the other one is catching up
    publish(by=by, at=at)
    return gathered


def _number(places: list[tuple[int, int]]) -> None:
    table, index = connection.ops.quote_name(Leaf._meta.db_table), connection.ops.quote_name("index")
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {index} = %s WHERE id = %s AND {index} IS NULL",  # noqa: S608
            places,
        )


def _grow_tiles(level: int, first: int, hashes: list[bytes]) -> None:
    """Add hashes to the level's tiles; `first` is how many the level had."""
    while hashes:
        number, held = divmod(first, WIDTH)
        now, hashes = hashes[: WIDTH - held], hashes[WIDTH - held :]
        tile, _ = LogTile.objects.get_or_create(level=level, number=number, defaults={"hashes": b""})
        if len(tile.hashes) != 32 * held:
            raise RuntimeError(f"tile {level}/{number} holds {len(tile.hashes) // 32} hashes, not {held}")
        tile.hashes = bytes(tile.hashes) + b"".join(now)
        tile.save(update_fields=["hashes"])
        first += len(now)


def publish(*, by: object, at: datetime, files: LogFiles | None = None) -> int | None:
    """Write the newest head and everything under it as files. Returns its size, None when there is nothing new.

    Safe to repeat after dying anywhere; processes take turns, so that the checkpoint never goes back.
    """
    files = files or LogFiles(settings.LOG_FILES)
    with files.alone():
        return _publish(at, files)


def _publish(at: datetime, files: LogFiles) -> int | None:
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None or newest.published_at:
        return None
    if stopped := reads.alarm_of_log():
        raise reads.LogDamaged(f"publishing is stopped: {stopped}")
    reads.check_edge(files)
    before = Checkpoint.objects.exclude(published_at=None).order_by("-size").first()
    for path, data in reads.published_files(before.size if before else 0, newest.size):
        files.keep(path, data)
    files.replace("checkpoint", bytes(newest.note))
    Checkpoint.objects.filter(size=newest.size).update(published_at=at)
    return newest.size


# --- what others said ---


def keep_token(
    *,
    size: int,
    authority: str,
    request: bytes,
    response: bytes,
    chain: bytes,
    their_time: datetime,
    by: object,
    at: datetime,
) -> None:
    """Keep a checked token, untouched. The same authority's second one over the same checkpoint is dropped."""
    TimeToken.objects.get_or_create(
        checkpoint_id=size,
        authority=authority,
        defaults={
            "request": request,
            "response": response,
            "chain": chain,
            "their_time": their_time,
            "at": at,
        },
    )


def keep_cosignature(
    *, size: int, witness: str, line: str, their_time: datetime, by: object, at: datetime
) -> None:
    Cosignature.objects.get_or_create(
        checkpoint_id=size, witness=witness, defaults={"line": line, "their_time": their_time, "at": at}
    )


def keep_anchor(
    *, size: int, place: str, digest: str, record: Mapping[str, Any], by: object, at: datetime
) -> None:
    Anchor.objects.get_or_create(
        checkpoint_id=size, place=place, defaults={"digest": digest, "record": dict(record), "at": at}
    )


def confirm_anchor(*, row: int, record: Mapping[str, Any], by: object, at: datetime) -> None:
    """The anchor is deep enough; that is itself worth an entry."""
    with transaction.atomic():
        Anchor.objects.filter(pk=row).update(record=dict(record), confirmed_at=at)
        seal("anchor/confirmed", stream="log/anchors", subject=None, parts={"record": record}, by=by, at=at)


@transaction.atomic
def alarm(*, reason: str, by: object, at: datetime) -> None:
    """Stop publishing: somebody saw another history of this log. Sealing goes on; a person must look."""
    LogHead.objects.filter(origin=settings.LOG_ORIGIN, alarm="").update(alarm=reason)
    seal("audit/alarm", stream="log/alarms", subject=None, parts={"reason": reason}, by=by, at=at)


@transaction.atomic
def lift_alarm(*, reason: str, by: object, at: datetime) -> None:
    """A person has looked and says why publishing may go on."""
    LogHead.objects.filter(origin=settings.LOG_ORIGIN).update(alarm="")
    seal("audit/alarm_lifted", stream="log/alarms", subject=None, parts={"reason": reason}, by=by, at=at)


@transaction.atomic
def erase(*, subject: UUID, basis: str, by: object, at: datetime) -> Leaf:
    """Destroy a person's key: their parts become unreadable for ever, and every proof stays valid (rule PIPL-47.erase).

    Whoever calls this has made sure that no hold and no retention duty stands against it. What was handed out before is
    beyond our reach; the exports are in the log. Logged before it is done, in the log's own stream, without a name.
    """
    leaf = seal(
        "erase",
        stream="log/erasures",
        subject=None,
        parts={"basis": basis, "streams": reads.tags_of(subject)},
        by=by,
        at=at,
    )
    Stream.objects.filter(subject=subject).update(name=Concat(Value("erased:"), "tag"))
    destroy_key(subject=subject, by=by, at=at)
    return leaf
