"""The log as it may be shown, proved and checked."""

from __future__ import annotations

import hashlib
import itertools
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.timezone import localdate

from shouyue.desk.ledger import kept
from shouyue.desk.ledger.files import LogFiles
from shouyue.desk.ledger.keys import log_signers, nobodys_key
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
from shouyue.desk.vault.actions import existing_key
from shouyue.evidence import leaf as form
from shouyue.evidence import thread
from shouyue.evidence.checkpoint import Checkpoint as Head
from shouyue.evidence.checkpoint import Note, NoteRefused, open_checkpoint, parse_line
from shouyue.evidence.leaf import Entry
from shouyue.evidence.package import EntryShown, PartShown, Token
from shouyue.evidence.tree import (
    WIDTH,
    Edge,
    Known,
    TileReader,
    bundle,
    consistency_proof,
    each_once,
    inclusion_proof,
    leaf_hash,
    root_of,
    tile_path,
    tile_width,
    tree_root,
)
from shouyue.evidence.trust import Trust


class LogDamaged(RuntimeError):
    """The log does not agree with itself. Nothing more may be signed until a person has looked."""


class State(StrEnum):
    """How far an entry has come. Each word says who would have to lie for the entry to be false."""

    SEALED = "sealed"  # committed with the change it proves
    INTEGRATED = "integrated"  # has its index under a head that we signed
    PUBLISHED = "published"  # that head and its tiles are out as files
    WITNESSED = "witnessed"  # another party signed that the log only grew
    STAMPED = "stamped"  # a time authority fixed the latest moment
    ANCHORED = "anchored"  # the head's digest stands in somebody else's ledger


@dataclass(frozen=True, slots=True)
class Milestones:
    """For each size of the log, how far it has come: the largest size that reached each state."""

    integrated: int
    published: int
    witnessed: int
    stamped: int
    anchored: int

    def holds(self, state: State, index: int | None) -> bool:
        """Whether this very state is true of the entry, whatever else is."""
        if state == State.SEALED:
            return True
        return index is not None and index < getattr(self, state.value)

    def state(self, index: int | None) -> State:
        if index is None:
            return State.SEALED
        for state in (State.ANCHORED, State.STAMPED, State.WITNESSED, State.PUBLISHED):
            if index < getattr(self, state.value):
                return state
        return State.INTEGRATED


def milestones() -> Milestones:
    published = Checkpoint.objects.exclude(published_at=None).order_by("-size").first()

    def largest(table: type[Cosignature] | type[TimeToken] | type[Anchor], **which: object) -> int:
        last = table.objects.filter(**which).order_by("-checkpoint_id").first()
        return last.checkpoint_id if last else 0

    return Milestones(
        integrated=log_size(),
        published=published.size if published else 0,
        witnessed=largest(Cosignature),
        stamped=largest(TimeToken),
        anchored=largest(Anchor, confirmed_at__isnull=False),
    )


def sealed_since(leaf: int) -> list[dict[str, Any]]:
    """What was sealed after this leaf (0: everything), oldest first: id, kind, stream, n and digest of each."""
    rows = Leaf.objects.filter(pk__gt=leaf).select_related("stream").order_by("pk")
    return [
        {"id": row.pk, "kind": row.kind, "stream": row.stream.name, "n": row.n, "digest": row.digest}
        for row in rows
    ]


def state_of(leaf: Leaf) -> State:
    """How far this entry has come; asks the database anew, since the integrator works elsewhere."""
    index = Leaf.objects.values_list("index", flat=True).get(pk=leaf.pk)
    return milestones().state(index)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a stream in the evidence panel."""

    n: int
    kind: str
    at: datetime
    digest: str
    index: int | None
    state: State


@dataclass(frozen=True, slots=True)
class Panel:
    """What the evidence panel of a thread shows."""

    stream: str
    tag: str
    count: int
    rows: list[Row]  # newest first
    reached: dict[
        State, int
    ]  # of these rows, how many each state holds for; a stamp says nothing about witnesses
    log_size: int  # of the newest signed head
    root: str  # of that head, hex; empty before the first
    signed_at: datetime | None
    published_size: int
    published_at: datetime | None


def panel(stream: str, *, most: int = 200) -> Panel | None:
    """The evidence panel of a stream, newest `most` entries; None when nothing was ever sealed in it."""
    row = Stream.objects.filter(name=stream).first()
    if row is None:
        return None
    far = milestones()
    newest = Checkpoint.objects.order_by("-size").first()
    published = Checkpoint.objects.exclude(published_at=None).order_by("-size").first()
    leaves = Leaf.objects.filter(stream=row).order_by("-n")[:most]
    return Panel(
        stream=stream,
        tag=row.tag,
        count=row.count,
        rows=[
            Row(leaf.n, leaf.kind, leaf.at, leaf.digest, leaf.index, far.state(leaf.index)) for leaf in leaves
        ],
        reached={state: sum(far.holds(state, leaf.index) for leaf in leaves) for state in State},
        log_size=newest.size if newest else 0,
        root=bytes(newest.root).hex() if newest else "",
        signed_at=newest.signed_at if newest else None,
        published_size=published.size if published else 0,
        published_at=published.published_at if published else None,
    )


def log_size() -> int:
    """How many entries have their index."""
    head = LogHead.objects.filter(origin=settings.LOG_ORIGIN).first()
    return head.size if head else 0


def waits() -> bool:
    """Whether an entry is sealed and has no place yet."""
    return Leaf.objects.filter(index=None).exists()


def stream_list() -> list[thread.Listed]:
    """Every stream with its count and last entry, in the order of their tags, as one statement saw them."""
    rows = Stream.objects.filter(count__gt=0).values_list("tag", "count", "head")
    return sorted(thread.Listed(*row) for row in rows)


def health() -> dict[str, int | str]:
    """The state of the desk as a heartbeat records it: counts, free disk, the newest token."""
    token = TimeToken.objects.order_by("-id").first()
    return {
        "entries": log_size(),
        "free": shutil.disk_usage(settings.HOME).free // 2**20,  # MiB
        "streams": Stream.objects.count(),
        "token": hashlib.sha256(bytes(token.response)).hexdigest() if token else "",
        "waiting": Leaf.objects.filter(index=None).count(),
    }


def find_sealed(stream: str, kind: str, *, part: str, content: str, among: int = 50) -> str | None:
    """The digest of the newest entry of this kind, among the last few of the stream, whose part says exactly this."""
    rows = Leaf.objects.filter(stream__name=stream, kind=kind).order_by("-n")[:among]
    for row in rows:
        if any(one.name == part and one.content == content.encode() for one in shown_parts(row.pk)):
            return row.digest
    return None


# --- tiles and proofs ---


def tiles() -> TileReader:
    """The tree's tiles as the tables hold them; what is not full at level 0 from the leaves themselves."""

    def read(level: int, number: int) -> bytes:
        found = _kept_tile(level, number)
        return leaf_hashes(number, WIDTH) if found is None and level == 0 else found or b""

    return each_once(read)


def _kept_tile(level: int, number: int) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT hashes FROM {LogTile._meta.db_table} WHERE level = %s AND number = %s",  # noqa: S608
            (level, number),
        )
        row = cursor.fetchone()
    return bytes(row[0]) if row else None


def leaf_hashes(tile: int, count: int) -> bytes:
    """The hashes of the first `count` leaves under this tile of level 0, from the leaves."""
    index = connection.ops.quote_name("index")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT hash FROM {Leaf._meta.db_table} WHERE {index} >= %s AND {index} < %s ORDER BY {index}",  # noqa: S608
            (tile * WIDTH, tile * WIDTH + count),
        )
        return b"".join(bytes(row[0]) for row in cursor.fetchall())


class CustodyBroken(RuntimeError):
    """What is kept of an entry is no longer what was sealed. It must not be handed out as evidence."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    size: int
    note: bytes


def published_head() -> SignedHead:
    """The newest published head, with the witnesses' lines that we hold."""
    row = Checkpoint.objects.exclude(published_at=None).order_by("-size").first()
    if row is None:
        raise LogDamaged("no head of the log was ever published")
    return SignedHead(row.size, with_cosignatures(row))


def newest_published() -> SignedHead | None:
    return published_head() if Checkpoint.objects.exclude(published_at=None).exists() else None


def has_token(size: int, authority: str) -> bool:
    return TimeToken.objects.filter(checkpoint_id=size, authority=authority).exists()


def has_anchor(size: int, place: str) -> bool:
    return Anchor.objects.filter(checkpoint_id=size, place=place).exists()


def unconfirmed_anchors(place: str, *, most: int = 20) -> list[tuple[int, dict[str, object]]]:
    """The newest and the oldest that wait: one that never comes true keeps no other from being asked about."""
    waiting = Anchor.objects.filter(place=place, confirmed_at=None)
    rows = {
        row.pk: row for row in (*waiting.order_by("id")[: most // 2], *waiting.order_by("-id")[: most // 2])
    }
    return [(pk, rows[pk].record) for pk in sorted(rows)]


def witnessed_size(witness: str) -> int:
    """The largest size that this witness cosigned for us; 0 before the first."""
    row = Cosignature.objects.filter(witness=witness).order_by("-checkpoint_id").first()
    return row.checkpoint_id if row else 0


def alarm_of_log() -> str:
    """Why publishing is stopped; empty when it is not."""
    head = LogHead.objects.filter(origin=settings.LOG_ORIGIN).first()
    return head.alarm if head else ""


def tags_of(subject: UUID) -> list[str]:
    """What the log calls this person's streams."""
    return sorted(Stream.objects.filter(subject=subject).values_list("tag", flat=True))


def with_cosignatures(row: Checkpoint) -> bytes:
    lines = row.cosignatures.order_by("witness").values_list("line", flat=True)
    return Note.parse(bytes(row.note)).with_lines(parse_line(line) for line in lines).to_bytes()


def head_over(leaf: int) -> SignedHead:
    """The earliest signed head that covers this entry, with our signature alone."""
    index = Leaf.objects.values_list("index", flat=True).get(pk=leaf)
    row = Checkpoint.objects.filter(size__gt=index).order_by("size")[0]
    return SignedHead(row.size, bytes(row.note))


def is_published(leaf: int) -> bool:
    index = Leaf.objects.values_list("index", flat=True).get(pk=leaf)
    return index is not None and index < milestones().published


def tag_of(stream: str) -> str | None:
    return Stream.objects.filter(name=stream).values_list("tag", flat=True).first()


def growth(old: int, new: int) -> list[bytes]:
    """The proof that the log of size `old` is the beginning of the one of size `new`."""
    return consistency_proof(old, new, tiles())


def older_heads(main: int, *, most: int = 200) -> list[tuple[bytes, list[bytes]]]:
    """Stamped or anchored heads before the main one, each with the proof that it grew into it; evenly chosen if many."""
    stamped = Q(tokens__isnull=False) | Q(anchors__isnull=False)
    rows = list(Checkpoint.objects.filter(stamped, size__lt=main).order_by("size").distinct())
    step = -(-len(rows) // most) or 1
    return [(with_cosignatures(row), growth(row.size, main)) for row in rows[::step]]


def tokens(main: int) -> list[Token]:
    """Time tokens over the main head and those that `older_heads` chose."""
    sizes = {main} | {Head.parse(Note.parse(note).text).size for note, _ in older_heads(main)}
    rows = TimeToken.objects.filter(checkpoint_id__in=sizes).order_by("checkpoint_id", "id")
    return [
        Token(row.checkpoint_id, bytes(row.request), bytes(row.response), bytes(row.chain)) for row in rows
    ]


def anchors(main: int) -> list[tuple[int, dict[str, object]]]:
    sizes = {main} | {Head.parse(Note.parse(note).text).size for note, _ in older_heads(main)}
    rows = Anchor.objects.filter(checkpoint_id__in=sizes).order_by("checkpoint_id", "id")
    return [
        (row.checkpoint_id, {"digest": row.digest, "place": row.place, "record": row.record}) for row in rows
    ]


def own_trust() -> Trust:
    """Whom this desk itself names: its log, its witnesses and how many of them, its time authorities."""
    policy = "".join(f"log {signer.key}\n" for signer in log_signers()) + (
        settings.LOG_WITNESSES or "quorum none\n"
    )
    own = settings.HOME / "keys" / "time" / "root.pem"
    roots = own.read_bytes() if "own:" in settings.LOG_TIME_URLS and own.exists() else b""
    return Trust(policy.encode(), roots + settings.LOG_AUTHORITIES)


def shown(leaf: int, size: int) -> EntryShown:
    """One entry of the log's own, with its parts and its proof in the tree of this size."""
    row = Leaf.objects.select_related("stream").get(pk=leaf)
    return next(_shown([row], size, frozenset()))


def shown_parts(leaf: int) -> tuple[PartShown, ...]:
    """What an entry says, as far as it may be read: opened, checked against its commitments. Raises CustodyBroken."""
    row = Leaf.objects.select_related("stream").get(pk=leaf)
    return _opened(row, form.Entry.from_bytes(bytes(row.entry)), frozenset(), {None: nobodys_key()})


def shown_stream(stream: str, count: int, size: int, withhold: Collection[str]) -> tuple[EntryShown, ...]:
    """The first `count` entries of a stream, with proofs in the tree of this size. Raises CustodyBroken."""
    rows = Leaf.objects.filter(stream__name=stream, n__lt=count).order_by("n").select_related("stream")
    return tuple(_shown(list(rows), size, frozenset(withhold)))


def _shown(rows: list[Leaf], size: int, withhold: frozenset[str]) -> Iterator[EntryShown]:
    read = tiles()
    known: Known = {}
    keys: dict[UUID | None, bytes | None] = {None: nobodys_key()}
    for row in rows:
        assert row.index is not None
        entry = form.Entry.from_bytes(bytes(row.entry))
        parts = _opened(row, entry, withhold, keys)
        path = inclusion_proof(row.index, size, read, known)
        yield EntryShown(row.n, bytes(row.entry), entry, row.index, tuple(path), parts)


def _opened(
    row: Leaf, entry: form.Entry, withhold: frozenset[str], keys: dict[UUID | None, bytes | None]
) -> tuple[PartShown, ...]:
    where = f"entry {row.n} of {entry.stream}"
    contents: dict[UUID | None, Iterator[bytes]] = {}
    try:
        lying = kept.read(bytes(row.kept), row.stream.subject)
        if lying.stored.hex() != entry.stored:
            raise CustodyBroken(f"what is kept of {where} is not what was sealed")
        for subject in lying.boxes.keys() & {None, row.stream.subject}:  # those of others stay closed
            if subject is not None and subject not in keys:
                keys[subject] = existing_key(subject=subject)
            if key := keys[subject]:
                contents[subject] = iter(lying.opened(subject, key, bytes.fromhex(entry.commitment)))
    except kept.NotKept as wrong:
        raise CustodyBroken(f"what is kept of {where} cannot be read: {wrong}") from None
    made = []
    for position, part in enumerate(lying.parts):
        content, key = None, None
        if part.subject in contents:
            content, key = next(contents[part.subject], None), keys[part.subject]
        if key is None or part.name in withhold:
            made.append(PartShown(part.name, part.commitment, part.commitment_sm3))
            continue
        salt = form.salt_of(key, entry.stream, entry.n, position)
        if content is None or form.commitment(part.name, content, salt) != part.commitment:
            raise CustodyBroken(f"part {part.name} of {where} is not what was sealed")
        made.append(PartShown(part.name, part.commitment, part.commitment_sm3, content, salt))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a stream: how many entries, and one digest over their bytes and stored parts as they are now."""

    count: int
    sha256: str


def kept_of(stream: str, count: int | None = None) -> Kept:
    """Of the first `count` entries, of all where None is given. Reads what is stored, opens nothing."""
    leaves = Leaf.objects.filter(stream__name=stream).order_by("n").values_list("n", "entry", "kept")
    if count is not None:
        leaves = leaves.filter(n__lt=count)
    state, found = hashlib.sha256(), 0
    for n, entry, parts in leaves.iterator(chunk_size=2000):
        state.update(n.to_bytes(8, "big") + bytes(entry) + bytes(parts))
        found += 1
    return Kept(found, state.hexdigest())


def heartbeats(since: datetime, until: datetime, *, most: int = 500) -> list[dict[str, Any]]:
    """How the desk was between these moments, as its heartbeats sealed it; evenly chosen if many."""
    rows = Leaf.objects.filter(stream__name="log/heartbeat", at__gte=since, at__lte=until).order_by("n")
    step = -(-rows.count() // most) or 1
    return [
        {"at": form.Entry.from_bytes(bytes(row.entry)).at, "n": row.n, "digest": row.digest}
        | dict(form.Entry.from_bytes(bytes(row.entry)).outside)
        for row in rows[::step]
    ]


ALIVE_EACH = timedelta(minutes=1)  # as worker/schedule.py strikes


def silences(since: datetime, until: datetime, *, most: int = 200) -> list[dict[str, Any]]:
    """When the desk sealed no heartbeat for three strokes or more between these moments: silence is evidence too.

    Every heartbeat is looked at, however many; of more silences than `most` the longest are told.
    """
    beats = Leaf.objects.filter(stream__name="log/heartbeat", at__gt=since, at__lt=until).order_by("n")
    moments = itertools.chain([since], beats.values_list("at", flat=True).iterator(chunk_size=5000), [until])
    found = [
        (before, after) for before, after in itertools.pairwise(moments) if after - before >= 3 * ALIVE_EACH
    ]
    longest = sorted(found, key=lambda one: one[0] - one[1])[:most]
    return [
        {"from": form.utc(before), "seconds": int((after - before).total_seconds()), "to": form.utc(after)}
        for before, after in sorted(longest)
    ]


def alarms() -> list[dict[str, Any]]:
    """When publishing was stopped and why, and when it went on."""
    rows = Leaf.objects.filter(stream__name="log/alarms").select_related("stream").order_by("n")
    return [
        {
            "at": row.at.isoformat(),
            "kind": row.kind,
            "digest": row.digest,
            "reason": next(
                (str(p.content, "utf-8") for p in shown_parts(row.pk) if p.name == "reason" and p.content), ""
            ),
        }
        for row in rows
    ]


def key_history() -> list[dict[str, Any]]:
    """Which further keys the log signed with, from when to when, as it sealed that itself."""
    rows = Leaf.objects.filter(stream__name="log/keys").select_related("stream").order_by("n")
    found = []
    for row in rows:
        parts = {part.name: (part.content or b"").decode() for part in shown_parts(row.pk)}
        about = form.Entry.from_bytes(bytes(row.entry)).outside
        found.append(
            {
                "act": row.kind.partition("/")[2],
                "at": row.at.isoformat(),
                "digest": row.digest,
                "id": about["id"],
                "index": row.index,
                "key": parts["key"],
                "kind": about["kind"],
                "reason": parts["reason"],
            }
        )
    return found


def handed_out(about: str) -> list[HandedOut]:
    """The packages that left about this thread or matter, newest first."""
    return list(HandedOut.objects.filter(about=about).order_by("-at"))


COUNTERS = (
    "log/counters/"  # what others counted: a stream a month, so that a package takes only its thread's months
)


def counters_on(at: datetime) -> str:
    return f"{COUNTERS}{localdate(at):%Y-%m}"


def counters_since(at: datetime) -> list[str]:
    """The streams of what others counted in this month and in those after it."""
    found = Stream.objects.filter(name__startswith=COUNTERS, name__gte=counters_on(at), count__gt=0)
    return list(found.order_by("name").values_list("name", flat=True))


def counted_lately(limit: int = 6) -> list[Entry]:
    """What others counted, newest first."""
    rows = Leaf.objects.filter(stream__name__startswith=COUNTERS).order_by("-id")[:limit]
    return [Entry.from_bytes(bytes(row.entry)) for row in rows]


def package(pk: UUID) -> HandedOut | None:
    return HandedOut.objects.filter(pk=pk).first()


def database_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        return str(cursor.fetchone()[0]).split(" on ")[0]


def proof_of(leaf: Leaf, size: int) -> list[bytes]:
    """The inclusion proof of an integrated leaf in the tree of this size."""
    if leaf.index is None:
        raise ValueError(f"entry {leaf.pk} has no index yet")
    return inclusion_proof(leaf.index, size, tiles())


def published_files(before: int, size: int) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of each bundle and tile that the log of `size` has beyond the one of `before` entries."""
    read = tiles()
    for number in range(before // WIDTH, -(-size // WIDTH)):
        width = tile_width(0, number, size)
        first = number * WIDTH
        entries = (
            Leaf.objects.filter(index__gte=first, index__lt=first + width)
            .order_by("index")
            .values_list("entry", flat=True)
        )
        yield tile_path("entries", number, width), bundle(bytes(one) for one in entries)
    level = 0
    while size >> (8 * level):
        for number in range((before >> (8 * level)) // WIDTH, -(-(size >> (8 * level)) // WIDTH)):
            width = tile_width(level, number, size)
            yield tile_path(level, number, width), read(level, number)[: 32 * width]
        level += 1


PUBLIC = re.compile(r"checkpoint|tile/(entries|[0-9]{1,2})(/x[0-9]{3}){0,6}/[0-9]{3}(\.p/[0-9]{1,3})?")


def published(path: str) -> bytes | None:
    """A file of the published log, None when there is none of this name."""
    return LogFiles(settings.LOG_FILES).read(path) if PUBLIC.fullmatch(path) else None


# --- checks ---


def check_edge(files: LogFiles | None = None) -> None:
    """Before signing or publishing anew: does what we hold lead to what we signed? Raises LogDamaged.

    1 the newest head was signed by our key, and the log's head says the same size
    2 the last entry's bytes give its hash, and the tiles give the signed root
    3 the published checkpoint is no longer than the tables, and has the root that they give for its size
    """
    files = files or LogFiles(settings.LOG_FILES)
    newest = Checkpoint.objects.order_by("-size").first()
    size = log_size()
    if (newest.size if newest else 0) != size:
        raise LogDamaged(f"the log is at size {size} but the newest signed head at {newest and newest.size}")
    read = tiles()
    ours, *further = (signer.key for signer in log_signers())
    if newest:
        try:
            signed, _ = open_checkpoint(bytes(newest.note), ours, further)
        except NoteRefused as wrong:
            raise LogDamaged(f"the newest head, size {size}, is not ours: {wrong}") from None
        last = Leaf.objects.get(index=size - 1)
        if leaf_hash(bytes(last.entry)) != bytes(last.hash):
            raise LogDamaged(f"entry {size - 1} was changed: its bytes no longer give its hash")
        if signed.root != tree_root(size, read):
            raise LogDamaged(f"the tiles of size {size} do not lead to the root that was signed")
    out = files.read("checkpoint")
    if out is not None:
        try:
            there, _ = open_checkpoint(out, ours, further)
        except NoteRefused as wrong:
            raise LogDamaged(f"the published checkpoint in {files.root} is not ours: {wrong}") from None
        if there.size > size:
            raise LogDamaged(
                f"size {there.size} was published but the database holds {size}: it was restored from an older copy"
            )
        if there.root != tree_root(there.size, read):
            raise LogDamaged(f"another root was published for size {there.size}: the log would fork")


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What a full check of the log found."""

    size: int
    streams: int
    waiting: int  # sealed, not yet integrated
    problems: list[str]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify_log(*, most_problems: int = 20) -> LogCheck:
    """Read everything again: every entry's bytes, index, chain and count, every tile, every signed head, the files.

    Unlike the court's verifier this trusts our tables for what exists; it is for rehearsals, tests and the nightly look.
    """
    problems: list[str] = []
    edge = Edge()
    signed = {row.size: bytes(row.root) for row in Checkpoint.objects.all()}
    try:
        check_edge()
    except LogDamaged as wrong:
        problems.append(str(wrong))
    ends: dict[int, tuple[int, str]] = {}
    level_one: list[bytes] = []
    row_hashes: list[bytes] = []
    for leaf in Leaf.objects.exclude(index=None).order_by("index").iterator(chunk_size=2000):
        if len(problems) >= most_problems:
            break
        if leaf.index != edge.size:
            problems.append(f"index {edge.size} is missing")
            break
        problems += _check_leaf(leaf, ends)
        edge.append([bytes(leaf.hash)])
        row_hashes.append(bytes(leaf.hash))
        if len(row_hashes) == WIDTH:
            if _kept_tile(0, len(level_one)) != b"".join(row_hashes):
                problems.append(f"tile 0/{len(level_one)} does not hold the hashes of its entries")
            level_one.append(root_of(row_hashes))
            row_hashes = []
        if edge.size in signed and signed[edge.size] != edge.root():
            problems.append(f"the head signed for size {edge.size} has another root than its entries")
    waiting = Leaf.objects.filter(index=None).order_by("stream_id", "n")
    for leaf in waiting.iterator(chunk_size=2000):
        problems += _check_leaf(leaf, ends)
    for stream in Stream.objects.all().iterator(chunk_size=2000):
        count, head = ends.get(stream.pk, (0, form.NOTHING_BEFORE))
        if (stream.count, stream.head) != (count, head):
            problems.append(f"stream {stream.tag} says {stream.count} entries; {count} are there")
    problems += _check_tiles(level_one)
    return LogCheck(edge.size, len(ends), waiting.count(), problems[:most_problems])


def _check_leaf(leaf: Leaf, ends: dict[int, tuple[int, str]]) -> list[str]:
    """The entry's own bytes, and its place after the one before it in its stream."""
    where = f"entry {leaf.index if leaf.index is not None else f'(not yet integrated, row {leaf.pk})'}"
    problems = []
    if leaf_hash(bytes(leaf.entry)) != bytes(leaf.hash):
        problems.append(f"{where} was changed: its bytes no longer give its hash")
    try:
        entry = form.Entry.from_bytes(bytes(leaf.entry))
    except form.NotCanonical as wrong:
        return [*problems, f"{where} cannot be read: {wrong}"]
    n, head = ends.get(leaf.stream_id, (0, form.NOTHING_BEFORE))
    if (entry.n, leaf.n) != (n, n) or entry.previous != head or entry.kind != leaf.kind:
        problems.append(f"{where} does not follow entry {n - 1} of its stream {entry.stream}")
    ends[leaf.stream_id] = (n + 1, leaf.digest)
    return problems


def _check_tiles(level_one: list[bytes]) -> list[str]:
    problems, level, hashes = [], 1, level_one
    while hashes:
        for number in range(-(-len(hashes) // WIDTH)):
            want = b"".join(hashes[number * WIDTH : (number + 1) * WIDTH])
            row = LogTile.objects.filter(level=level, number=number).first()
            if row is None or bytes(row.hashes) != want:
                problems.append(f"tile {level}/{number} does not hold the hashes of its entries")
        full = len(hashes) // WIDTH
        hashes = [root_of(hashes[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]
        level += 1
    return problems
