"""The court package: originals, readable book, entries, proofs, and everything needed to check them.

00-read-me.md, .pdf      what this is and how to check it; digests to compare on paper
01-list.json, .pdf       evidence list 证据目录, threads with their verdicts, every original with its digests
02-original/<stream>/    bytes as captured, one file a part: <number>-<part>-<name>; a medium beside its manifest
03-view/                 book.pdf: the same, readable; derived
04-entries/<stream>/     <number>.json: the entry and its parts' commitments, with the salts of those shown
05-proofs/<stream>/      <number>.tlog-proof, on request <number>.cose; index.json: the thread in the log's index
06-checkpoints/          <size>.note: signed heads; <size>.json: that this one grew into the main one
07-time/                 <size>-<k>.tsq, .tsr and .pem: request, token and certificates
08-anchor/               <size>-<k>.json: what stands in somebody else's ledger
09-trust/                policy, time-authorities.pem, keys.json: the names and keys in it, spelt out; sm2-<id>.pem for openssl;
                         history.json: which further keys signed from when to when
10-system/               what ran, its health around these events, how it captures
11-extraction/           who, when, why, with what; what was kept before and after
12-export/               the log's own record of this package, made after all else: entry.json, proof, growth.json
verifier/                the same check as one Python file and one page for a browser
SHA256SUMS, SM3SUMS      over everything but 12-export

Short facts stand in the entry's own file; words that people wrote, raw bytes and media are files of their own.
An entry stands here as JSON; what stands in the log is the same fields in CBOR (see evidence.leaf). In formats 1 and 2 it was the
JSON itself; format 1 had no media and a file for every part. Both are still read.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shouyue.evidence.checkpoint import COSIGNATURE, ML_DSA_44, PRIVATE, SM2, Checkpoint, Note, VerifierKey
from shouyue.evidence.leaf import Entry, canonical, sm3
from shouyue.evidence.proof import Proof
from shouyue.evidence.thread import Listed
from shouyue.evidence.trust import Trust, parse_policy

FORMAT = "shouyue-package/3"
EXPORT = "12-export/"


@dataclass(frozen=True, slots=True)
class PartShown:
    """One part of an entry: shown with content and salt, or only its commitments (withheld, or erased)."""

    name: str
    commitment: bytes
    commitment_sm3: bytes
    content: bytes | None = None
    salt: bytes | None = None
    original: bytes | None = None  # what the manifest in `content` describes


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry with its parts and its proof in the main checkpoint's tree."""

    n: int
    entry: bytes
    read: Entry  # what these bytes say
    index: int
    path: tuple[bytes, ...]
    parts: tuple[PartShown, ...]


@dataclass(frozen=True, slots=True)
class ThreadShown:
    """A whole stream, and its place in the log's index."""

    listed: Listed
    place: int
    index_path: tuple[bytes, ...]
    entries: tuple[EntryShown, ...]
    title: str
    source: str  # where the messages come from: WeCom archive, SMS gateway …
    purpose: str  # what they are to prove
    ground: str  # why they are presumed genuine, EVR-2019.94: normal_business, neutral_third_party, …
    content: str = ""  # in a line; empty counts the entries
    about: str = "thread"  # thread | matter | identity | custody: how the book shows it


@dataclass(frozen=True, slots=True)
class Token:
    size: int
    request: bytes
    response: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a package is made of; gathered by the desk."""

    note: bytes  # the main checkpoint, with cosignatures
    threads: tuple[ThreadShown, ...]
    index: EntryShown  # the index entry that counts the threads
    trust: Trust
    older: Sequence[tuple[bytes, Sequence[bytes]]] = ()  # (note, growth to the main one)
    tokens: Sequence[Token] = ()
    anchors: Sequence[tuple[int, Mapping[str, Any]]] = ()
    system: Mapping[str, Any] = field(default_factory=dict)
    extraction: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, bytes] = field(default_factory=dict)  # name → derived file
    pages: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # tag → pages of the book
    more: Mapping[str, bytes] = field(default_factory=dict)  # further files of 10 and 11, by their whole name
    verifiers: Mapping[str, bytes] = field(default_factory=dict)
    receipt: Callable[[EntryShown], bytes] | None = None  # a COSE receipt for each entry, where one is wanted


Papers = Callable[[Mapping[str, Any], Mapping[str, bytes]], Mapping[str, bytes]]  # list, files so far → PDFs


def folder_of(tag: str) -> str:
    """The folder of a stream: its tag. Streams of nobody have names with strokes and colons, which become `_`."""
    return re.sub("[^A-Za-z0-9_-]", "_", tag)


def text(value: Mapping[str, Any]) -> bytes:
    return canonical(value, ascii_only=False)


PEOPLES_WORDS = frozenset({"body", "transcript"})
CAPTURED = frozenset({"raw", "attachment"})  # a manifest where the bytes stand beside it
LONGEST_INLINE = 2000


def words_of(part: PartShown) -> str | None:
    """The content that stands in the entry's own file; None when it is a file of its own."""
    whole = part.name in PEOPLES_WORDS or (part.name in CAPTURED and part.original is None)
    if part.content is None or whole or len(part.content) > LONGEST_INLINE:
        return None
    try:
        return part.content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def original_path(tag: str, n: int, position: int, name: str, content: bytes) -> str:
    head = content[:12]
    ending = next((e for e, magic in _ENDINGS if head.startswith(magic)), None) or _text_ending(content)
    return f"02-original/{folder_of(tag)}/{n:06}-{position:02}-{name}.{ending}"


_ENDINGS = (
    ("jpg", b"\xff\xd8\xff"),
    ("png", b"\x89PNG"),
    ("pdf", b"%PDF"),
    ("amr", b"#!AMR"),
    ("gif", b"GIF8"),
    ("mp3", b"ID3"),
    ("wav", b"RIFF"),
    ("ogg", b"OggS"),
    ("zip", b"PK\x03\x04"),
)


def _text_ending(content: bytes) -> str:
    try:
        words = content.decode("utf-8")
    except UnicodeDecodeError:
        return "bin"
    return "json" if words[:1] in "{[" and words[:1] else "txt"


def entry_files(tag: str, shown: EntryShown, note: bytes) -> dict[str, bytes]:
    """The files of one entry: its bytes and commitments, its proof, its originals."""
    files: dict[str, bytes] = {}
    parts: list[dict[str, Any]] = []
    for position, part in enumerate(shown.parts):
        row: dict[str, Any] = {
            "commitment": part.commitment.hex(),
            "name": part.name,
            "sm3": part.commitment_sm3.hex(),
        }
        if part.content is not None and part.salt is not None:
            row["salt"] = part.salt.hex()
            words = words_of(part)
            if words is None:
                row["file"] = original_path(tag, shown.n, position, part.name, part.content)
                files[row["file"]] = part.content
            else:
                row["text"] = words
            if part.original is not None:
                row["original"] = original_path(tag, shown.n, position, f"{part.name}-file", part.original)
                files[row["original"]] = part.original
        parts.append(row)
    place = f"{folder_of(tag)}/{shown.n:06}"
    files[f"04-entries/{place}.json"] = text({"entry": shown.read.to_text().decode(), "parts": parts})
    files[f"05-proofs/{place}.tlog-proof"] = Proof(shown.index, shown.path, note).to_bytes()
    return files


def growth(old: int, new: int, path: Sequence[bytes]) -> bytes:
    return text({"from": old, "path": [base64.b64encode(one).decode() for one in path], "to": new})


def build(material: Material, index_tag: str, papers: Papers = lambda listed, files: {}) -> dict[str, bytes]:
    """All files but 12-export. The digest of SHA256SUMS is what the log then records."""
    main = Checkpoint.parse(Note.parse(material.note).text)
    files: dict[str, bytes] = entry_files(index_tag, material.index, material.note)
    threads, evidence, originals = [], [], _listed_originals(files, material.index, 0)
    for number, thread in enumerate(material.threads, 1):
        mine: list[dict[str, Any]] = []
        for shown in thread.entries:
            made = entry_files(thread.listed.tag, shown, material.note)
            if material.receipt:
                place = f"{folder_of(thread.listed.tag)}/{shown.n:06}"
                made[f"05-proofs/{place}.cose"] = material.receipt(shown)
            files.update(made)
            mine += _listed_originals(made, shown, number)
        originals += mine
        files[f"05-proofs/{folder_of(thread.listed.tag)}/index.json"] = text(
            {
                "count": thread.listed.count,
                "entry": f"{folder_of(index_tag)}/{material.index.n:06}",
                "head": thread.listed.head,
                "path": [base64.b64encode(one).decode() for one in thread.index_path],
                "place": thread.place,
            }
        )
        threads.append(
            {
                "complete": len(thread.entries) == thread.listed.count,
                "entries": len(thread.entries),
                "log_size": material.index.index,
                "tag": thread.listed.tag,
                "title": thread.title,
            }
        )
        evidence.append(
            {
                "content": thread.content or f"{len(thread.entries)} 条记录",
                "copies": 1,
                "entries": len(thread.entries),
                "from": thread.entries[0].read.at if thread.entries else "",
                "ground": thread.ground,
                "name": thread.title,
                "number": number,
                "originals": len(mine),
                "pages": list(material.pages.get(thread.listed.tag, ())),
                "purpose": thread.purpose,
                "sha256": digest_of_all(mine, "sha256"),
                "size": sum(row["size"] for row in mine),
                "sm3": digest_of_all(mine, "sm3"),
                "source": thread.source,
                "tag": thread.listed.tag,
                "to": thread.entries[-1].read.at if thread.entries else "",
            }
        )
    listed = {
        "evidence": evidence,
        "format": FORMAT,
        "log": main.origin,
        "originals": originals,
        "size": main.size,
        "threads": threads,
    }
    files["01-list.json"] = text(listed)
    files[f"06-checkpoints/{main.size}.note"] = material.note
    for note, path in material.older:
        old = Checkpoint.parse(Note.parse(note).text)
        files[f"06-checkpoints/{old.size}.note"] = note
        files[f"06-checkpoints/{old.size}.json"] = growth(old.size, main.size, path)
    for k, token in enumerate(material.tokens):
        stem = f"07-time/{token.size}-{k}"
        files |= {f"{stem}.tsq": token.request, f"{stem}.tsr": token.response, f"{stem}.pem": token.chain}
    for k, (size, record) in enumerate(material.anchors):
        files[f"08-anchor/{size}-{k}.json"] = text(record)
    files["09-trust/policy"] = material.trust.policy
    files["09-trust/time-authorities.pem"] = material.trust.roots
    files["09-trust/keys.json"] = text(spelt_out(material.trust))
    for key in parse_policy(material.trust.policy).logs:
        if key.type == PRIVATE and key.public.startswith(SM2):
            files[f"09-trust/sm2-{key.id.hex()}.pem"] = sm2_pem(key)
    files["10-system/system.json"] = text(material.system)
    files["11-extraction/extraction.json"] = text(material.extraction)
    files |= {f"03-view/{name}": data for name, data in material.view.items()}
    files |= {f"verifier/{name}": data for name, data in material.verifiers.items()}
    files |= material.more
    files["00-read-me.md"] = read_me(material, main).encode()
    files |= papers(listed, files)
    sums = {name: (hashlib.sha256(data).hexdigest(), sm3(data).hex()) for name, data in files.items()}
    files["SHA256SUMS"] = "".join(f"{sums[name][0]}  {name}\n" for name in sorted(sums)).encode()
    files["SM3SUMS"] = "".join(f"{sums[name][1]}  {name}\n" for name in sorted(sums)).encode()
    return files


def _listed_originals(files: Mapping[str, bytes], shown: EntryShown, number: int) -> list[dict[str, Any]]:
    rows = []
    for name, data in files.items():
        if name.startswith("02-original/"):
            rows.append(
                {
                    "evidence": number,
                    "file": name,
                    "index": shown.index,
                    "n": shown.n,
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "size": len(data),
                    "sm3": sm3(data).hex(),
                    "time": shown.read.at,
                }
            )
    return rows


def digest_of_all(rows: Sequence[Mapping[str, Any]], kind: str) -> str:
    """One digest for a whole item of the list: over lines of digest, two blanks and file, sorted by file."""
    lines = "".join(f"{row[kind]}  {row['file']}\n" for row in sorted(rows, key=lambda row: row["file"]))
    return (hashlib.sha256(lines.encode()).digest() if kind == "sha256" else sm3(lines.encode())).hex()


def spelt_out(trust: Trust) -> dict[str, Any]:
    """The policy for people: which keys sign for whom, of which kind."""
    policy = parse_policy(trust.policy)
    named = [("log", key) for key in policy.logs] + [("witness", key) for key in policy.witnesses.values()]
    return {
        "keys": [
            {
                "begins": f"— {key.name} {base64.b64encode(key.id)[:5].decode()}",  # its lines in a note
                "id": key.id.hex(),
                "key": key.public.hex(),
                "kind": key.kind + (", with the time" if key.type in (COSIGNATURE, ML_DSA_44) else ""),
                "name": key.name,
                "what": what,
            }
            for what, key in named
        ],
        "quorum": policy.quorum,
        "time_authorities": [one.subject.rfc4514_string() for one in trust.certificates()],
        "trust_digest": trust.digest,
    }


def sm2_pem(key: VerifierKey) -> bytes:
    """The public key as openssl reads it: SubjectPublicKeyInfo, an EC key on the curve sm2."""
    spki = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + key.public[len(SM2) :]
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(spki) + b"-----END PUBLIC KEY-----\n"


def add_export(
    files: Mapping[str, bytes], recorded: EntryShown, note: bytes, main_size: int, path: Sequence[bytes]
) -> dict[str, bytes]:
    """The package with the log's own record of it. `note` carries the log's signature alone: nothing here that nobody checks."""
    later = Checkpoint.parse(Note.parse(note).text)
    return {
        **files,
        EXPORT + "entry.json": recorded.read.to_text(),
        EXPORT + "proof.tlog-proof": Proof(recorded.index, recorded.path, note).to_bytes(),
        EXPORT + "growth.json": growth(main_size, later.size, path),
    }


def read_me(material: Material, main: Checkpoint) -> str:
    rows = "\n".join(
        f"- {thread.title}: `{thread.listed.tag}`, {len(thread.entries)}" for thread in material.threads
    )
    return f"""# 证据包 / Evidence package

日志 / log: `{main.origin}`　长度 / size: {main.size}　根 / root: `{main.root.hex()}`

会话 / threads:

{rows}

信任摘要 / trust digest: `{material.trust.digest}`
请与从其他途径取得的摘要比对。Compare it with the digest you received by another road.

## 如何核验

1. 断网即可。解压后运行：`python3 verifier/shouyue_verify.py 本文件夹`（需要 Python 3.11 与 cryptography）；或在浏览器中打开
   `verifier/verify.html`，把压缩包拖入页面。
2. 也可手工核对：`sha256sum -c SHA256SUMS`；Windows：`certutil -hashfile 文件 SHA256`。
3. 时间戳：`openssl ts -verify -in 07-time/….tsr -queryfile 07-time/….tsq -CAfile 09-trust/time-authorities.pem -attime <时间戳的 Unix 时间>`

原件在 `02-original/`，逐字节保存；`03-view/` 为便于阅读而生成。未披露的部分只列承诺值。

## How to check it

1. Offline. Unpacked: `python3 verifier/shouyue_verify.py FOLDER` (Python 3.11 and cryptography); or open `verifier/verify.html`
   in a browser and drop the package on it.
2. By hand: `sha256sum -c SHA256SUMS`; Windows: `certutil -hashfile FILE SHA256`.
3. Time stamps: `openssl ts -verify -in 07-time/….tsr -queryfile 07-time/….tsq -CAfile 09-trust/time-authorities.pem -attime <the stamp's Unix time>`

Originals are in `02-original/`, byte for byte; `03-view/` is derived for reading. Of what is withheld only commitments are shown.
"""
