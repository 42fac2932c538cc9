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

import os
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat

from shouyue.desk.ledger import reads
from shouyue.desk.ledger.actions.sealing import (
    About,
    Content,
    Fact,
    NotInTransaction,
    Sealed,
    content_bytes,
    insert_leaves,
    make_ahead,
    rows_if_still_so,
    rows_of,
    seal,
    seal_many,
)
from shouyue.desk.ledger.files import LogFiles
from shouyue.desk.ledger.keys import log_signers
from shouyue.desk.ledger.models import (
    Anchor,
    Checkpoint,
    Cosignature,
    HandedOut,
    Leaf,
    LogHead,
    LogTile,
    Stream,
    TimeToken,
)
from shouyue.desk.vault import originals
from shouyue.desk.vault.actions import destroy_key
from shouyue.evidence import thread
from shouyue.evidence.checkpoint import Checkpoint as Head
from shouyue.evidence.checkpoint import sign_checkpoint
from shouyue.evidence.tree import WIDTH, Edge

__all__ = [
    "About",
    "Content",
    "Fact",
    "NotInTransaction",
    "Sealed",
    "content_bytes",
    "seal",
    "seal_at_once",
    "seal_many",
]

BATCH = 4096
INDEX = "log/index"
HEARTBEAT = "log/heartbeat"


class UnableToLift(Exception):
    """The alarm over the log stays: nobody may publish it yet. The message says what is missing."""


class Made(Protocol):
    """A package as `export` made it."""

    @property
    def package(self) -> bytes: ...
    @property
    def digest(self) -> str: ...
    @property
    def sums(self) -> str: ...
    @property
    def trust(self) -> str: ...
    @property
    def entries(self) -> int: ...
    @property
    def log_size(self) -> int: ...


class AnotherWriter(RuntimeError):
    """Somebody else moved the log's head meanwhile. Nothing of ours was kept; the leaves wait as before."""


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: sealed and integrated in one transaction, under a head that is signed."""

    index: int
    hash: bytes
    size: int
    root: bytes


def seal_at_once(facts: Sequence[Fact], *, by: object, at: datetime) -> list[Place]:
    """Seal these entries and integrate them, in one transaction: each caller gets its place in the log.

    The road of those who write many: as the last thing in the transaction of the change, or alone. Alone, hashing and
    encrypting come before the transaction, so that several processes share the work and wait for each other only to write;
    where another wrote to one of the same streams meanwhile, they are done again inside it. What was sealed before and still
    waits gets its place first, so that the entries of a stream stand in the log in their order. The head is locked after the
    streams, and by nobody who then waits for a stream.
    """
    if not facts:
        return []
    ahead = None if connection.in_atomic_block else make_ahead(facts, by=by, at=at)
    with transaction.atomic():
        with connection.cursor() as cursor:
            rows = ahead and rows_if_still_so(cursor, ahead)
            rows = rows or rows_of(cursor, facts, by=by, at=at)
            head = _locked_head()
            waiting = _waiting()  # with their streams locked by now, none of these can come later than ours
            _number([(head.size + i, leaf) for i, (leaf, _) in enumerate(waiting)])
            insert_leaves(cursor, rows, at, first_index=head.size + len(waiting))
        size, root = _grow(head, [*(leaf_hash for _, leaf_hash in waiting), *(row.hash for row in rows)], at)
    return [Place(size - len(rows) + i, row.hash, size, root) for i, row in enumerate(rows)]


def integrate(*, by: object, at: datetime, most: int = BATCH) -> int:
    """Give up to `most` waiting leaves their index, grow the tree and sign its new head. Returns how many.

    Raises AnotherWriter when somebody else did so first.
    """
    with transaction.atomic():
        head = _locked_head()
        waiting = _waiting(most)
        if not waiting:
            return 0
        _number([(head.size + i, leaf) for i, (leaf, _) in enumerate(waiting)])
        _grow(head, [leaf_hash for _, leaf_hash in waiting], at)
    return len(waiting)


def _waiting(most: int | None = None) -> list[tuple[int, bytes]]:
    """(id, leaf hash) of entries that have no place yet, in the order in which they were sealed."""
    index = connection.ops.quote_name("index")
    few = "" if most is None else f" LIMIT {most:d}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, hash FROM {Leaf._meta.db_table} WHERE {index} IS NULL ORDER BY id{few}"  # noqa: S608
        )
        return [(leaf, bytes(leaf_hash)) for leaf, leaf_hash in cursor.fetchall()]


class _LogEnd(NamedTuple):
    """Where the log ends: its size, and the complete subtrees of its right edge."""

    size: int
    peaks: bytes


_HEADS = LogHead._meta.db_table


def _locked_head() -> _LogEnd:
    """The log's end, ours until the transaction ends. Who comes by another road still meets the compare-and-swap.

    Each process looks first, once, whether what we hold leads to what we signed and published; else it signs nothing.
    """
    _look_once(settings.LOG_ORIGIN, os.getpid())
    turn = " FOR UPDATE" if connection.features.has_select_for_update else ""
    asked = f"SELECT size, peaks FROM {_HEADS} WHERE origin = %s{turn}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(asked, [settings.LOG_ORIGIN])
        row = cursor.fetchone()
        if row is None:
            LogHead.objects.get_or_create(origin=settings.LOG_ORIGIN)
            cursor.execute(asked, [settings.LOG_ORIGIN])
            row = cursor.fetchone()
    return _LogEnd(row[0], bytes(row[1]))


@cache
def _look_once(origin: str, process: int) -> None:
    reads.check_edge()


def _grow(head: _LogEnd, leaves: Sequence[bytes], at: datetime) -> tuple[int, bytes]:
    """Append these leaf hashes, whose rows have their indexes by now; sign. Returns the new size and root."""
    peaks = head.peaks
    edge = Edge(head.size, [peaks[i : i + 32] for i in range(0, len(peaks), 32)])
    grown: dict[int, list[bytes]] = defaultdict(list)
    for level, tile_hash in edge.append(leaves):
        grown[level].append(tile_hash)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_HEADS} SET size = %s, peaks = %s WHERE origin = %s AND size = %s",  # noqa: S608
            [edge.size, b"".join(edge.peaks), settings.LOG_ORIGIN, head.size],
        )
        moved = cursor.rowcount
    if moved != 1:
        raise AnotherWriter(f"the log was no longer at size {head.size}; run again")
    _keep_full_tiles(head.size, leaves)
    for level, hashes in grown.items():
        _grow_tiles(level, head.size >> (8 * level), hashes)
    root = edge.root()
    note = sign_checkpoint(Head(settings.LOG_ORIGIN, edge.size, root), log_signers(), int(at.timestamp()))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Checkpoint._meta.db_table} (size, root, note, signed_at) VALUES (%s, %s, %s, %s)",  # noqa: S608
            [edge.size, root, note.to_bytes(), connection.ops.adapt_datetimefield_value(at)],
        )
    return edge.size, root


def catch_up(*, by: object, at: datetime) -> int:
    """Integrate everything that waits and publish it. Returns how many entries found their place.

    Looks first whether what we hold leads to what we signed and published; where it does not, raises reads.LogDamaged and signs
    nothing: a database that was restored from an older copy would else sign a second history.
    """
    gathered = 0
    if reads.waits():
        reads.check_edge()
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
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {table} AS l SET {index} = v.place FROM unnest(%s::bigint[], %s::bigint[]) AS v (place, id)"  # noqa: S608
                f" WHERE l.id = v.id AND l.{index} IS NULL",
                ([place for place, _ in places], [leaf for _, leaf in places]),
            )
        else:
            cursor.executemany(
                f"UPDATE {table} SET {index} = %s WHERE id = %s AND {index} IS NULL",  # noqa: S608
                places,
            )


def _keep_full_tiles(size: int, leaves: Sequence[bytes]) -> None:
    """Keep each tile of leaf hashes that these complete, once and for good; what is not full is read from the leaves."""
    first, held = divmod(size, WIDTH)
    if held + len(leaves) < WIDTH:
        return
    run = (reads.leaf_hashes(first, held) if held else b"") + b"".join(leaves)
    full = len(run) // (32 * WIDTH)
    LogTile.objects.bulk_create(
        LogTile(level=0, number=first + i, hashes=run[32 * WIDTH * i : 32 * WIDTH * (i + 1)])
        for i in range(full)
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


PACKAGES = "packages"  # the room of packages that wait to be taken away
KEPT_FOR = timedelta(days=1)


@transaction.atomic
def keep_package(
    *, about: str, title: str, purpose: str, reason: str, made: Made, by: object, at: datetime
) -> HandedOut:
    """Remember a package that was made, and hold the file for a day. That it was made is in the log already."""
    originals.keep(made.package, room=PACKAGES)
    return HandedOut.objects.create(
        about=about,
        title=title,
        purpose=purpose,
        reason=reason,
        digest=made.digest,
        sums=made.sums,
        trust=made.trust,
        entries=made.entries,
        log_size=made.log_size,
        size=len(made.package),
        by=str(getattr(by, "staff_no", by)),
        at=at,
    )


@transaction.atomic
def take_package(*, package: UUID, by: object, at: datetime) -> tuple[HandedOut, bytes]:
    """The file, for whoever takes it away; sealed. Raises originals.NoSuchOriginal once it is gone."""
    row = HandedOut.objects.get(pk=package)
    body = originals.fetch(row.digest, room=PACKAGES)
    seal(
        "access/package",
        stream="log/exports",
        subject=None,
        parts={"sha256": row.digest},
        by=by,
        at=at,
    )
    return row, body


def clear_packages(*, by: object, at: datetime) -> int:
    """Destroy our copies of packages that are older than a day: what left is with those who took it."""
    gone = 0
    for row in HandedOut.objects.filter(destroyed_at=None, at__lt=at - KEPT_FOR):
        originals.destroy(row.digest, room=PACKAGES)
        HandedOut.objects.filter(pk=row.pk).update(destroyed_at=at)
        gone += 1
    return gone


@transaction.atomic
def alarm(*, reason: str, by: object, at: datetime) -> None:
    """Stop publishing: somebody saw another history of this log. Sealing goes on; a person must look."""
    LogHead.objects.filter(origin=settings.LOG_ORIGIN, alarm="").update(alarm=reason)
    seal("audit/alarm", stream="log/alarms", subject=None, parts={"reason": reason}, by=by, at=at)


@transaction.atomic
def lift_alarm(*, reason: str, agreed_by: str, by: object, at: datetime) -> str:
    """Two people have looked and say why publishing may go on. Returns what the alarm was.

    Whoever calls this has made sure that both may. Raises UnableToLift without a reason, a second person or an alarm.
    """
    if len(reason.strip()) < 4:
        raise UnableToLift("say in at least 4 characters what was found and why publishing may go on")
    if not agreed_by or agreed_by == str(getattr(by, "staff_no", by)):
        raise UnableToLift("a second person must agree")
    head = LogHead.objects.select_for_update().filter(origin=settings.LOG_ORIGIN).exclude(alarm="").first()
    if head is None:
        raise UnableToLift("there is no alarm: the log is published")
    was, head.alarm = head.alarm, ""
    head.save(update_fields=["alarm"])
    seal(
        "audit/alarm_lifted",
        stream="log/alarms",
        subject=None,
        parts={"alarm": was, "reason": reason.strip(), "agreed_by": agreed_by},
        by=by,
        at=at,
    )
    return was


@transaction.atomic
def erase(
    *,
    subject: UUID,
    basis: str,
    agreed_by: str = "",
    streams: Collection[str] = (),
    by: object,
    at: datetime,
) -> Leaf:
    """Destroy a person's key: their parts become unreadable for ever, and every proof stays valid (rule PIPL-47.erase).

    `streams` are others in which the person has a part, such as a matter's: packages of those are named and forgotten, too.
    Whoever calls this has made sure that no hold and no retention duty stands against it. What was handed out before is
    beyond our reach; the exports are in the log. Logged before it is done, in the log's own stream, without a name.
    """
    left = HandedOut.objects.filter(
        about__in=[*streams, *Stream.objects.filter(subject=subject).values_list("name", flat=True)]
    )
    leaf = seal(
        "erase",
        stream="log/erasures",
        subject=None,
        parts={
            "basis": basis,
            "agreed_by": agreed_by,
            "streams": reads.tags_of(subject),
            "handed_out": sorted(left.values_list("digest", flat=True)),
        },
        by=by,
        at=at,
    )
    left.update(about="erased", title="", purpose="", reason="")
    Stream.objects.filter(subject=subject).update(name=Concat(Value("erased:"), "tag"))
    destroy_key(subject=subject, by=by, at=at)
    return leaf
