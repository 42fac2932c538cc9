"""Sealing: one entry, or thousands, in the caller's transaction. Five statements, however many entries.

1 lock the streams, so that numbers have no gaps and chains no forks
2 ask for the keys of those whom the parts are about
3 commit to the parts and encrypt them                      (kept.py)
4 chain: each entry names the one before it in its stream
5 insert the leaves, move the streams on
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from shouyue.desk.ledger import kept
from shouyue.desk.ledger.keys import nobodys_key
from shouyue.desk.ledger.models import Leaf, Stream
from shouyue.desk.vault.actions import in_database, subject_keys
from shouyue.evidence import leaf as form

Content = bytes | str | int | None | Mapping[str, Any] | list[Any]


class NotInTransaction(RuntimeError):
    """A seal stands in the transaction of the change that it proves; there is none here."""


@dataclass(frozen=True, slots=True)
class About:
    """A part that is about another person than the stream's: kept and salted under that person's own key."""

    subject: UUID
    content: Content


@dataclass(frozen=True, slots=True)
class Fact:
    """What is to be sealed, as `seal` takes it: one of many."""

    kind: str
    stream: str
    subject: UUID | None
    parts: Mapping[str, Content | About]
    outside: Mapping[str, Any] | None = None


class Sealed(NamedTuple):
    """What the log answers for one of many: its number in its stream, and its leaf hash."""

    n: int
    hash: bytes

    @property
    def digest(self) -> str:
        return self.hash.hex()


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
    with connection.cursor() as cursor:
        (row,) = rows_of(cursor, [Fact(kind, stream, subject, parts, outside)], by=by, at=at)
        cursor.execute(f"{_insert(_COLUMNS)} RETURNING id", _adapted(row, at))
        (pk,) = cursor.fetchone()
    return Leaf(
        id=pk,
        stream_id=row.stream,
        n=row.n,
        kind=row.kind,
        entry=row.entry,
        kept=row.kept,
        hash=row.hash,
        at=at,
    )


def seal_many(facts: Sequence[Fact], *, by: object, at: datetime) -> list[Sealed]:
    """Append these entries, in this order, in the caller's transaction. As `seal`, all of them or none."""
    with connection.cursor() as cursor:
        rows = rows_of(cursor, facts, by=by, at=at)
        insert_leaves(cursor, rows, at)
    return [Sealed(row.n, row.hash) for row in rows]


class Row(NamedTuple):
    """A leaf as it goes into the table."""

    stream: int
    n: int
    kind: str
    entry: bytes
    kept: bytes
    hash: bytes


class _Stream:
    """A locked stream and how far it has come in this transaction. `subject` is whose it is, as the database says it."""

    __slots__ = ("about", "count", "head", "id", "own", "subject", "tag")

    def __init__(self, id: int, tag: str, subject: Any, count: int, head: bytes) -> None:
        self.id, self.tag, self.subject, self.count, self.head = id, tag, subject, count, head
        self.about: UUID | None = (
            None  # whom the last entry was about, and how their parts are marked and keyed
        )
        self.own: tuple[bytes, kept.Keyed] | None = None


def rows_of(cursor: CursorWrapper, facts: Sequence[Fact], *, by: object, at: datetime) -> list[Row]:
    """Steps 1 to 4, and the streams moved on: what remains is to insert the rows."""
    if not connection.in_atomic_block:
        raise NotInTransaction(
            f"seal({facts[0].kind if facts else ''!r}) was called outside transaction.atomic()"
        )
    keys = _keys_for(facts, at)
    streams = _locked(cursor, facts, keys)
    rows = _made(facts, streams, keys, by, at)
    _move_on(cursor, list(streams.values()))
    return rows


@dataclass(frozen=True, slots=True)
class Ahead:
    """Entries made before anything was locked, good only if their streams are still where they were then."""

    rows: list[Row]
    before: dict[str, tuple[int, bytes]]
    after: list[_Stream]


def make_ahead(facts: Sequence[Fact], *, by: object, at: datetime) -> Ahead | None:
    """Do the long part, hashing and encrypting, while others may write; None when a stream is still to be opened."""
    with connection.cursor() as cursor:
        streams = _look(cursor, {fact.stream for fact in facts})
    if any(fact.stream not in streams for fact in facts):
        return None
    before = {name: (stream.count, stream.head) for name, stream in streams.items()}
    rows = _made(facts, streams, _keys_for(facts, at), by, at)
    return Ahead(rows, before, list(streams.values()))


def rows_if_still_so(cursor: CursorWrapper, ahead: Ahead) -> list[Row] | None:
    """Lock the streams; the rows made ahead if nobody wrote there meanwhile, and the streams moved on."""
    now = _look(cursor, ahead.before, lock=True)
    if any((stream.count, stream.head) != ahead.before[name] for name, stream in now.items()):
        return None
    _move_on(cursor, ahead.after)
    return ahead.rows


def _made(
    facts: Sequence[Fact],
    streams: Mapping[str, _Stream],
    keys: Mapping[UUID | None, bytes],
    by: object,
    at: datetime,
) -> list[Row]:
    """Steps 3 and 4. Moves `streams` on, in memory."""
    acted = str(getattr(by, "staff_no", by)).encode()
    keyed: dict[UUID | None, kept.Keyed] = {}
    stored = in_database()

    def whose(subject: UUID | None, stream: _Stream) -> tuple[bytes, kept.Keyed]:
        key = keyed.get(subject)
        if key is None:
            key = keyed[subject] = kept.Keyed(keys[subject])
        return kept.mark(subject, subject is not None and stored(subject) == stream.subject), key

    time, node, fresh, rows = form.utc(at), settings.LOG_NODE, kept.nonces(len(facts)), []
    for fact in facts:
        stream, own = streams[fact.stream], streams[fact.stream].own
        if own is None or fact.subject is not stream.about:
            stream.about, own = fact.subject, whose(fact.subject, stream)
            stream.own = own
        parts: list[kept.Part] = []
        for name, content in fact.parts.items():
            if isinstance(content, About):
                other = whose(content.subject, stream)
                parts.append((name, content_bytes(content.content), *other))
            else:
                parts.append((name, content_bytes(content), *own))
        if "by" not in fact.parts:
            parts.append(("by", acted, *own))
        made = kept.make(stream.tag, stream.count, parts, fresh)
        entry = form.entry_bytes(
            fact.kind,
            stream.tag,
            stream.count,
            stream.head,
            made.commitment,
            made.commitment_sm3,
            made.stored,
            time,
            fact.outside or {},
            node,
        )
        stream.head = form.leaf_hash(entry)
        rows.append(Row(stream.id, stream.count, fact.kind, entry, made.kept, stream.head))
        stream.count += 1
    return rows


def _keys_for(facts: Sequence[Fact], at: datetime) -> dict[UUID | None, bytes]:
    """The keys that these entries need, each asked for once; never kept longer, so that erasure is at once."""
    wanted: set[UUID] = set()
    last: UUID | None = None
    for fact in facts:
        if fact.subject is not None and fact.subject is not last:
            wanted.add(last := fact.subject)
        for content in fact.parts.values():
            if isinstance(content, About):
                wanted.add(content.subject)
    found: dict[UUID | None, bytes] = {None: nobodys_key()}
    for subject, key in subject_keys(subjects=wanted, at=at).items():
        found[subject] = key
    return found


# --- the streams ---

_STREAMS = Stream._meta.db_table
_LEAVES = Leaf._meta.db_table
_COLUMNS = ("stream_id", "n", "kind", "entry", "kept", "hash", "at")


def _locked(
    cursor: CursorWrapper, facts: Sequence[Fact], keys: Mapping[UUID | None, bytes]
) -> dict[str, _Stream]:
    """The streams, locked until the caller's transaction ends; always in one order, so that two writers cannot deadlock."""
    names = {fact.stream for fact in facts}
    found = _look(cursor, names, lock=True)
    if missing := sorted(names - found.keys()):
        subjects = {fact.stream: fact.subject for fact in reversed(facts)}
        fresh, stored = [], in_database()
        for name in missing:
            subject = subjects[name]
            if subject is None and (not name.isascii() or len(name) > 64):
                raise ValueError(f"a stream of nobody has a short plain name, not {name!r}")
            tag = name if subject is None else form.stream_tag(keys[subject], name)
            fresh.append((name, tag, subject and stored(subject), 0, form.NOTHING_BEFORE))
        cursor.executemany(
            f"INSERT INTO {_STREAMS} (name, tag, subject, count, head) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608
            # no column named: of two who open a stream at once the second may meet the first one's tag before its name
            " ON CONFLICT DO NOTHING",
            fresh,
        )
        found |= _look(cursor, missing, lock=True)
    return found


def _look(cursor: CursorWrapper, wanted: Iterable[str], *, lock: bool = False) -> dict[str, _Stream]:
    """Those of these streams that exist, by name."""
    found, names = {}, sorted(wanted)
    turn = " ORDER BY name FOR UPDATE" if lock and connection.features.has_select_for_update else ""
    for first in range(0, len(names), 500):
        some = names[first : first + 500]
        cursor.execute(
            f"SELECT name, id, tag, subject, count, head FROM {_STREAMS}"  # noqa: S608
            f" WHERE name IN ({', '.join(['%s'] * len(some))}){turn}",
            some,
        )
        for name, pk, tag, subject, count, head in cursor.fetchall():
            found[name] = _Stream(pk, tag, subject, count, bytes.fromhex(head))
    return found


def _move_on(cursor: CursorWrapper, streams: Sequence[_Stream]) -> None:
    if len(streams) == 1:
        moved = (streams[0].count, streams[0].head.hex(), streams[0].id)
        cursor.execute(f"UPDATE {_STREAMS} SET count = %s, head = %s WHERE id = %s", moved)  # noqa: S608
    elif connection.vendor == "postgresql":
        cursor.execute(
            f"UPDATE {_STREAMS} AS s SET count = v.count, head = v.head"  # noqa: S608
            " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS v (id, count, head) WHERE s.id = v.id",
            ([s.id for s in streams], [s.count for s in streams], [s.head.hex() for s in streams]),
        )
    else:
        cursor.executemany(
            f"UPDATE {_STREAMS} SET count = %s, head = %s WHERE id = %s",  # noqa: S608
            [(stream.count, stream.head.hex(), stream.id) for stream in streams],
        )


# --- the leaves ---


def _insert(columns: Sequence[str]) -> str:
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    return f"INSERT INTO {_LEAVES} ({quoted}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608


def _adapted(row: Row, at: datetime) -> tuple[Any, ...]:
    return (*row, connection.ops.adapt_datetimefield_value(at))


def insert_leaves(
    cursor: CursorWrapper, rows: Sequence[Row], at: datetime, first_index: int | None = None
) -> None:
    """Insert the leaves; with `first_index`, at their places in the log."""
    time = connection.ops.adapt_datetimefield_value(at)
    columns: tuple[str, ...] = _COLUMNS
    values: list[tuple[Any, ...]]
    if first_index is None:
        values = [(*row, time) for row in rows]
    else:
        columns = (*_COLUMNS, "index")
        values = [(*row, time, index) for index, row in enumerate(rows, first_index)]
    if connection.vendor != "postgresql" or len(rows) < 20:
        cursor.executemany(_insert(columns), values)
        return
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    types = ["int8", "int8", "text", "bytea", "bytea", "bytea", "timestamptz", "int8"]
    with cursor.copy(f"COPY {_LEAVES} ({quoted}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types[: len(columns)])
        for value in values:
            copy.write_row(value)


# --- how a part is written down ---


def content_bytes(content: Content) -> bytes:
    """How a part is written down: bytes as they are, text in UTF-8, anything else as canonical JSON."""
    if isinstance(content, bytes):
        return content
    if type(content) is str:
        return content.encode("utf-8", "surrogatepass")
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
