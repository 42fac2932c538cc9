"""The court package: originals, readable book, entries, proofs, and everything needed to check them.

00-read-me.md            what this is and how to check it
01-list.json             evidence list 证据目录, threads with their verdicts, every original with its digests
02-original/<stream>/    bytes as captured, one file a part: <number>-<part>-<name>
03-view/book.pdf         the same, readable; derived
04-entries/<stream>/     <number>.json: the entry's bytes and its parts' commitments, with the salts of those shown
05-proofs/<stream>/      <number>.tlog-proof; index.json: the thread in the log's index
06-checkpoints/          <size>.note: signed heads; <size>.json: that this one grew into the main one
07-time/                 <size>-<k>.tsq, .tsr and .pem: request, token and certificates
08-anchor/               <size>-<k>.json: what stands in somebody else's ledger
09-trust/                policy, time-authorities.pem
10-system/, 11-extraction/
12-export/               the log's own record of this package, made after all else: entry.json, proof, growth.json
verifier/                the same check as one Python file and one page for a browser
SHA256SUMS, SM3SUMS      over everything but 12-export
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shouyue.evidence.checkpoint import Checkpoint, Note
from shouyue.evidence.leaf import Entry, canonical, sm3
from shouyue.evidence.proof import Proof
from shouyue.evidence.thread import Listed
from shouyue.evidence.trust import Trust

FORMAT = "shouyue-package/1"
EXPORT = "12-export/"


@dataclass(frozen=True, slots=True)
class PartShown:
    """One part of an entry: shown with content and salt, or only its commitments (withheld, or erased)."""

    name: str
    commitment: bytes
    commitment_sm3: bytes
    content: bytes | None = None
    salt: bytes | None = None


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry with its parts and its proof in the main checkpoint's tree."""

    n: int
    entry: bytes
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
    verifiers: Mapping[str, bytes] = field(default_factory=dict)


def folder_of(tag: str) -> str:
    """The folder of a stream: its tag. Streams of nobody have names with strokes and colons, which become `_`."""
    return re.sub("[^A-Za-z0-9_-]", "_", tag)


def text(value: Mapping[str, Any]) -> bytes:
    return canonical(value, ascii_only=False)


def original_path(tag: str, n: int, position: int, part: PartShown) -> str:
    ending = "bin"
    if part.content is not None:
        head = part.content[:12]
        ending = next((e for e, magic in _ENDINGS if head.startswith(magic)), None) or _text_ending(
            part.content
        )
    return f"02-original/{folder_of(tag)}/{n:06}-{position:02}-{part.name}.{ending}"


_ENDINGS = (
    ("jpg", b"\xff\xd8\xff"),
    ("png", b"\x89PNG"),
    ("pdf", b"%PDF"),
    ("amr", b"#!AMR"),
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
            row["file"] = original_path(tag, shown.n, position, part)
            row["salt"] = part.salt.hex()
            files[row["file"]] = part.content
        parts.append(row)
    place = f"{folder_of(tag)}/{shown.n:06}"
    files[f"04-entries/{place}.json"] = text({"entry": shown.entry.decode("ascii"), "parts": parts})
    files[f"05-proofs/{place}.tlog-proof"] = Proof(shown.index, shown.path, note).to_bytes()
    return files


def growth(old: int, new: int, path: Sequence[bytes]) -> bytes:
    return text({"from": old, "path": [base64.b64encode(one).decode() for one in path], "to": new})


def build(material: Material, index_tag: str) -> dict[str, bytes]:
    """All files but 12-export. The digest of SHA256SUMS is what the log then records."""
    main = Checkpoint.parse(Note.parse(material.note).text)
    files: dict[str, bytes] = entry_files(index_tag, material.index, material.note)
    threads, evidence, originals = [], [], _listed_originals(files, material.index.index)
    for number, thread in enumerate(material.threads, 1):
        for shown in thread.entries:
            made = entry_files(thread.listed.tag, shown, material.note)
            files.update(made)
            originals += _listed_originals(made, shown.index)
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
                "content": f"{len(thread.entries)}",
                "copies": 1,
                "from": _at(thread.entries[0].entry) if thread.entries else "",
                "ground": thread.ground,
                "name": thread.title,
                "number": number,
                "purpose": thread.purpose,
                "source": thread.source,
                "to": _at(thread.entries[-1].entry) if thread.entries else "",
            }
        )
    files["01-list.json"] = text(
        {
            "evidence": evidence,
            "format": FORMAT,
            "log": main.origin,
            "originals": originals,
            "size": main.size,
            "threads": threads,
        }
    )
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
    files["10-system/system.json"] = text(material.system)
    files["11-extraction/extraction.json"] = text(material.extraction)
    files |= {f"03-view/{name}": data for name, data in material.view.items()}
    files |= {f"verifier/{name}": data for name, data in material.verifiers.items()}
    files["00-read-me.md"] = read_me(material, main).encode()
    sums = {name: (hashlib.sha256(data).hexdigest(), sm3(data).hex()) for name, data in files.items()}
    files["SHA256SUMS"] = "".join(f"{sums[name][0]}  {name}\n" for name in sorted(sums)).encode()
    files["SM3SUMS"] = "".join(f"{sums[name][1]}  {name}\n" for name in sorted(sums)).encode()
    return files


def _listed_originals(files: Mapping[str, bytes], index: int) -> list[dict[str, Any]]:
    return [
        {
            "file": name,
            "index": index,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "sm3": sm3(data).hex(),
        }
        for name, data in files.items()
        if name.startswith("02-original/")
    ]


def _at(entry: bytes) -> str:
    return Entry.from_bytes(entry).at


def add_export(
    files: Mapping[str, bytes], recorded: EntryShown, note: bytes, main_size: int, path: Sequence[bytes]
) -> dict[str, bytes]:
    """The package with the log's own record of it. `note` carries the log's signature alone: nothing here that nobody checks."""
    later = Checkpoint.parse(Note.parse(note).text)
    return {
        **files,
        EXPORT + "entry.json": recorded.entry,
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
