"""Hand evidence out: the whole of some streams as a court package, recorded in the log itself.

1 count every stream in a fresh index entry, and bring the log up to date
2 ask witnesses and time authorities for a word on that very checkpoint, where they are configured and answer
3 gather the streams as the index counted them; what is kept must still fit what was sealed (rule ESL-5.original)
4 make the papers: book, evidence list, cover sheet; sign them where there is a certificate
5 build the package, seal its digest, and add the log's own record of it
6 seal, beside each stream, that it was handed out, with digests of what is kept before and after
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any

import qrcode
from django.conf import settings
from django.db import transaction

from shouyue.desk.ledger import actions, custody, reads, system
from shouyue.desk.ledger.keys import log_signer
from shouyue.evidence import book, onefile
from shouyue.evidence.checkpoint import Checkpoint, FileSigner, NoteRefused, open_signed_by_all
from shouyue.evidence.container import pack
from shouyue.evidence.leaf import canonical, fits_manifest
from shouyue.evidence.package import CAPTURED, EntryShown, Material, PartShown, ThreadShown, add_export, build
from shouyue.evidence.receipt import receipt
from shouyue.evidence.thread import index_proof
from shouyue.evidence.trust import Trust, parse_policy

EXPORTS = "log/exports"

Originals = Callable[[str], bytes | None]  # SHA-256 in hex → the bytes, where they are kept
SignPdf = Callable[[bytes, str], bytes]  # a PDF and why it is signed → the same, signed


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
    about: str = "thread"  # thread | matter | identity | custody
    content: str = ""  # in a line
    kinds: frozenset[str] | None = (
        None  # of which entries the parts are shown; of others only their commitments
    )


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
    originals: Originals = lambda digest: None,
    sign: SignPdf | None = None,
    receipts: bool = False,
    tool: str = "shouyue evidence export",
) -> Exported:
    """Make the package of these streams. Parts about other persons are withheld, and those named in `withhold`.

    `attest` is called between 1 and 3, outside any transaction. Must not run inside one itself.
    Raises UnableToExport for an unknown stream, and reads.CustodyBroken when what is kept no longer fits what was sealed.
    """
    if not exhibits:
        raise UnableToExport("there is nothing to export")
    streams = [exhibit.stream for exhibit in exhibits]
    # 1
    index_leaf, listed = actions.index_streams(by=by, at=at)
    _catch_up(by, at, index_leaf.pk)
    # 2
    attest()
    # 3
    main = reads.published_head()
    trust = reads.own_trust()
    head = _signed_by_all(main, trust)
    who = str(getattr(by, "staff_no", by))
    index = reads.shown(index_leaf.pk, main.size)
    with custody.access(streams=streams, act="exported", reason=reason, by=by, at=at) as held:
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
                    entries=tuple(_with_originals(_only(one, exhibit.kinds), originals) for one in entries),
                    title=exhibit.title,
                    source=exhibit.source,
                    purpose=exhibit.purpose,
                    ground=exhibit.ground,
                    content=exhibit.content,
                    about=exhibit.about,
                )
            )
        # 4
        cover = book.Cover(title, purpose, who, at.isoformat(), head, trust.digest)
        pdf, pages = book.make(cover, threads)
        signed = sign or (lambda paper, why: paper)
        older, tokens = reads.older_heads(main.size), reads.tokens(main.size)
        material = Material(
            note=main.note,
            threads=tuple(threads),
            index=index,
            trust=trust,
            older=older,
            tokens=tokens,
            anchors=reads.anchors(main.size),
            system=system.now(),
            extraction={
                "at": at.isoformat(),
                "by": who,
                "purpose": purpose,
                "reason": reason,
                "repeat": "the same streams up to the same index entry give the same entries, parts and proofs",
                "source_sha256": system.source_digest(),
                "streams": streams,
                "tool": tool,
                "version": version("shouyue"),
                "withheld": sorted(withhold),
            },
            view={"book.pdf": signed(pdf, purpose)},
            pages=pages,
            more={
                "09-trust/history.json": _json({"keys": reads.key_history()}),
                "10-system/health.json": _json(system.around(threads)),
                "10-system/procedure.md": system.procedure(),
                "11-extraction/custody.json": _json(
                    {
                        stream: {"entries": kept.count, "sha256_before": kept.sha256}
                        for stream, kept in held.before.items()
                    }
                ),
            },
            verifiers={
                "shouyue_verify.py": onefile.python_verifier(),
                "verify.html": onefile.html_verifier(),
            },
            receipt=_receipts(head) if receipts else None,
        )

        def papers(listed: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
            sheet = book.cover_sheet(cover, _to_compare(files), _square(trust, head))
            return {
                "00-read-me.pdf": signed(sheet, purpose),
                "01-list.pdf": signed(book.evidence_list(cover, listed), purpose),
            }

        # 5
        files = build(material, actions.INDEX, papers)
        sums = hashlib.sha256(files["SHA256SUMS"]).hexdigest()
        held.more["sha256sums"] = sums
        with transaction.atomic():
            record = actions.seal(
                "export/package",
                stream=EXPORTS,
                subject=None,
                parts={"reason": reason, "streams": streams, "title": title},
                by=by,
                at=at,
                outside={"sha256sums": sums},
            )
    # 6 was sealed as custody.access ended
    _catch_up(by, at, record.pk)
    later = reads.head_over(record.pk)
    _signed_by_all(later, trust)
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


def _signed_by_all(head: reads.SignedHead, trust: Trust) -> Checkpoint:
    """The head, which bears a line of each key that a checker will ask for."""
    try:
        checkpoint, _ = open_signed_by_all(head.note, parse_policy(trust.policy).of_log(settings.LOG_ORIGIN))
    except NoteRefused as wrong:
        raise UnableToExport(
            f"the head of size {head.size} does not bear all of the log's signatures: {wrong}. Was a key added or retired just now, "
            "or does a machine of this desk lack its file? Mend that and export again"
        ) from None
    return checkpoint


def _only(shown: EntryShown, kinds: Collection[str] | None) -> EntryShown:
    """The entry with its parts withheld where its kind is not among those to be shown."""
    if kinds is None or shown.read.kind in kinds:
        return shown
    return replace(shown, parts=tuple(replace(part, content=None, salt=None) for part in shown.parts))


def _with_originals(shown: EntryShown, originals: Originals) -> EntryShown:
    """The entry with the bytes that its manifests describe. One that is no longer kept stays away, and its manifest shows what it was."""
    if not any(part.name in CAPTURED and part.content for part in shown.parts):
        return shown
    return replace(shown, parts=tuple(_with_original(part, shown, originals) for part in shown.parts))


def _with_original(part: PartShown, shown: EntryShown, originals: Originals) -> PartShown:
    if part.name not in CAPTURED or not (part.content or b"").startswith(b"{"):
        return part
    try:
        digest = str(json.loads(part.content or b"")["sha256"])
    except (ValueError, KeyError, TypeError):
        return part
    data = originals(digest)
    if data is None:
        return part
    if not fits_manifest(data, part.content or b""):
        raise reads.CustodyBroken(f"the original {digest[:12]}… of entry {shown.n} is not what was sealed")
    return replace(part, original=data)


def _json(value: Mapping[str, Any]) -> bytes:
    return canonical(value, ascii_only=False)


def _to_compare(files: Mapping[str, bytes]) -> dict[str, str]:
    """What stands on the cover sheet: a digest typed off paper is one that nobody could change afterwards."""
    named = {
        "证据目录 01-list.json（SHA-256）": "01-list.json",
        "阅读本 03-view/book.pdf（SHA-256）": "03-view/book.pdf",
        "核验程序 verifier/shouyue_verify.py（SHA-256）": "verifier/shouyue_verify.py",
        "核验网页 verifier/verify.html（SHA-256）": "verifier/verify.html",
    }
    return {words: hashlib.sha256(files[file]).hexdigest() for words, file in named.items()}


def _square(trust: Trust, head: Checkpoint) -> list[list[bool]]:
    code = qrcode.QRCode(border=0)
    code.add_data(f"shouyue\n{trust.digest}\n{head.origin}\n{head.size}\n{head.root.hex()}")
    code.make()
    return [[bool(dark) for dark in row] for row in code.get_matrix()]


def _receipts(head: Checkpoint) -> Callable[[EntryShown], bytes]:
    signer = log_signer()
    if not isinstance(signer, FileSigner):
        raise UnableToExport("the log's key cannot sign COSE receipts here; leave them out")
    return lambda shown: receipt(signer.sign_bytes, head.root, head.size, shown.index, shown.path)


def _catch_up(by: object, at: datetime, leaf: int) -> None:
    """Until this entry has its place: another process may be integrating at the same moment."""
    for _ in range(1000):
        actions.catch_up(by=by, at=at)
        if reads.is_published(leaf):
            return
    raise UnableToExport("the log does not come to rest; look at the worker")
