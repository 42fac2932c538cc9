"""Hand evidence out: the whole of some streams as a court package, recorded in the log itself.

1 count every stream in a fresh index entry, and bring the log up to date
2 ask witnesses and time authorities for a word on that very checkpoint, where they are configured and answer
3 gather the streams as the index counted them; what is kept must still fit what was sealed (rule ESL-5.original)
4 build the package, seal its digest, and add the log's own record of it
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from cryptography.hazmat.backends.openssl import backend
from django.db import connection, transaction

from shouyue.desk.ledger import actions, reads
from shouyue.evidence import book, onefile
from shouyue.evidence.checkpoint import Checkpoint, Note
from shouyue.evidence.container import pack
from shouyue.evidence.package import Material, ThreadShown, add_export, build
from shouyue.evidence.thread import index_proof

EXPORTS = "log/exports"


class UnableToExport(RuntimeError):
    """The package could not be made; the message says which stream and why."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One stream to hand out, with what the evidence list says of it (rule EVID.bundle)."""

    stream: str
    title: str
    source: str
    purpose: str
    ground: str = "normal_business"  # EVR-2019.94: why it is presumed genuine


@dataclass(frozen=True, slots=True)
class Exported:
    package: bytes
    digest: str  # SHA-256 of the package file
    sums: str  # SHA-256 of its SHA256SUMS, as the log recorded it
    trust: str  # the digest to hand over by another road
    entries: int
    log_size: int


def export(
    *,
    exhibits: Sequence[Exhibit],
    title: str,
    purpose: str,
    reason: str,
    by: object,
    at: datetime,
    withhold: Collection[str] = (),
    attest: Callable[[], object] = lambda: None,
    tool: str = "shouyue evidence export",
) -> Exported:
    """Make the package of these streams. Parts about other persons are withheld, and those named in `withhold`.

    `attest` is called between 1 and 3, outside any transaction. Must not run inside one itself.
    Raises UnableToExport for an unknown stream, and reads.CustodyBroken when what is kept no longer fits what was sealed.
    """
    if not exhibits:
        raise UnableToExport("there is nothing to export")
    index_leaf, listed = actions.index_streams(by=by, at=at)
    _catch_up(by, at, index_leaf.pk)
    attest()
    main = reads.published_head()
    index = reads.shown(index_leaf.pk, main.size)
    threads = []
    for exhibit in exhibits:
        tag = reads.tag_of(exhibit.stream)
        mine = next((one for one in listed if one.tag == tag), None)
        if mine is None:
            raise UnableToExport(f"nothing was ever sealed in {exhibit.stream}")
        place, path = index_proof(listed, mine.tag)
        entries = reads.shown_stream(exhibit.stream, mine.count, main.size, withhold)
        threads.append(
            ThreadShown(
                listed=mine,
                place=place,
                index_path=tuple(path),
                entries=entries,
                title=exhibit.title,
                source=exhibit.source,
                purpose=exhibit.purpose,
                ground=exhibit.ground,
            )
        )
    head = Checkpoint.parse(Note.parse(main.note).text)
    trust = reads.own_trust()
    who = str(getattr(by, "staff_no", by))
    cover = book.Cover(title, purpose, who, at.isoformat(), head, trust.digest)
    material = Material(
        note=main.note,
        threads=tuple(threads),
        index=index,
        trust=trust,
        older=reads.older_heads(main.size),
        tokens=reads.tokens(main.size),
        anchors=reads.anchors(main.size),
        system=system(),
        extraction={
            "at": at.isoformat(),
            "by": who,
            "reason": reason,
            "streams": [exhibit.stream for exhibit in exhibits],
            "tool": tool,
            "version": version("shouyue"),
            "withheld": sorted(withhold),
        },
        view={"book.pdf": book.make(cover, threads)},
        verifiers={"shouyue_verify.py": onefile.python_verifier(), "verify.html": onefile.html_verifier()},
    )
    files = build(material, actions.INDEX)
    sums = hashlib.sha256(files["SHA256SUMS"]).hexdigest()
    with transaction.atomic():
        record = actions.seal(
            "export/package",
            stream=EXPORTS,
            subject=None,
            parts={"reason": reason, "streams": [exhibit.stream for exhibit in exhibits], "title": title},
            by=by,
            at=at,
            outside={"sha256sums": sums},
        )
    _catch_up(by, at, record.pk)
    later = reads.head_over(record.pk)
    recorded = reads.shown(record.pk, later.size)
    files = add_export(files, recorded, later.note, main.size, reads.growth(main.size, later.size))
    package = pack(files)
    return Exported(
        package=package,
        digest=hashlib.sha256(package).hexdigest(),
        sums=sums,
        trust=trust.digest,
        entries=sum(len(thread.entries) for thread in threads),
        log_size=main.size,
    )


def _catch_up(by: object, at: datetime, leaf: int) -> None:
    """Until this entry has its place: another process may be integrating at the same moment."""
    for _ in range(1000):
        actions.catch_up(by=by, at=at)
        if reads.is_published(leaf):
            return
    raise UnableToExport("the log does not come to rest; look at the worker")


def system() -> dict[str, object]:
    """What the court asks about the system (rule EVR-2019.93): versions, database, state of the log."""
    check = reads.health()
    return {
        "database": f"{connection.vendor} {reads.database_version()}",
        "django": version("django"),
        "health": check,
        "machine": platform.machine(),
        "openssl": backend.openssl_version_text(),
        "python": platform.python_version(),
        "shouyue": version("shouyue"),
        "system": platform.system(),
    }
