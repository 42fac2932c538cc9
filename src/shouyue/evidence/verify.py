"""Check a package, in numbered steps, trusting nothing in it but what the checker brought or compared.

  1 sums          every file is as listed, and none is missing or added
  2 openings      each original fits its commitment, and the commitments fit the entry (SHA-256 and SM3)
  3 entries       each entry is in its one canonical form and where its name says
  4 proofs        each entry is in the log, at its index, under the main checkpoint
  5 checkpoints   the log signed each, and each older one grew into the main one
  6 witnesses     enough of the trusted witnesses cosigned the main checkpoint
  7 time          tokens of trusted authorities fix the latest moment of what they cover
  8 anchors       the checkpoint's digest stands in somebody else's ledger
  9 completeness  no message of a thread is missing
 10 export        the log itself recorded this very package
 11 wording       the package claims no more than was found

A step passed, failed, is not present, or is there and was not checked here. Neither of the last two is ever passed: steps 6 to 8
may be so, the others may not.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cryptography import x509

from shouyue.evidence.checkpoint import (
    Checkpoint,
    Note,
    NoteRefused,
    Signed,
    open_checkpoint,
    open_signed_by_all,
)
from shouyue.evidence.container import safe_name
from shouyue.evidence.leaf import (
    Entry,
    NotCanonical,
    commitment,
    fits_manifest,
    parse,
    sm3,
    stream_marks,
    written,
)
from shouyue.evidence.ots import ProofRefused, follow
from shouyue.evidence.proof import Proof, decode_hashes
from shouyue.evidence.scan import LogReader, Spread, scan
from shouyue.evidence.thread import (
    Completeness,
    Listed,
    agree_with_index,
    agree_with_numbers,
    check_chain,
    check_index,
    counted,
)
from shouyue.evidence.timestamp import TokenRefused, check_token, requested
from shouyue.evidence.tree import NotProved, check_consistency, check_inclusion, leaf_hash
from shouyue.evidence.trust import Policy, PolicyRefused, Trust, parse_policy

Said = tuple[str, str]  # English, Chinese
LARGEST_RECORD = 1_000_000
LARGEST_LIST = 200_000_000
FORMATS = ("shouyue-package/1", "shouyue-package/2", "shouyue-package/3")


class Unreadable(ValueError):
    """This is no package that can be judged at all."""


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "not present"
    UNCHECKED = "not checked here"


NAMES: tuple[Said, ...] = (
    ("sums", "文件摘要"),
    ("openings", "原件与承诺"),
    ("entries", "日志条目"),
    ("proofs", "包含证明"),
    ("checkpoints", "日志签名"),
    ("witnesses", "见证"),
    ("time", "时间戳"),
    ("anchors", "链上存证"),
    ("completeness", "完整性"),
    ("export", "导出记录"),
    ("wording", "表述"),
)
OPTIONAL = (6, 7, 8)  # may be missing, or beyond what is checked here; none may fail
COMPLETENESS = 9  # failing here alone is "incomplete", not "false"
OUTCOMES_ZH = {
    Outcome.PASSED: "通过",
    Outcome.FAILED: "不通过",
    Outcome.ABSENT: "无",
    Outcome.UNCHECKED: "此处未核验",
}


@dataclass(slots=True)
class Step:
    number: int
    outcome: Outcome
    found: list[Said] = field(default_factory=list)

    @property
    def name(self) -> Said:
        return NAMES[self.number - 1]


@dataclass(slots=True)
class Report:
    """What was found. `exit_code`: 0 all that must pass passed, 1 a check failed, 2 incomplete."""

    steps: list[Step]
    threads: list[tuple[str, str, Completeness]]  # tag, title, verdict
    trust_digest: str
    trust_brought: bool
    checked_at: str
    origin: str = ""
    size: int = 0
    root: str = ""

    @property
    def exit_code(self) -> int:
        if any(step.outcome == Outcome.FAILED and step.number != COMPLETENESS for step in self.steps):
            return 1
        if any(step.outcome != Outcome.PASSED and step.number not in OPTIONAL for step in self.steps):
            return 2
        return 0 if self.threads and all(verdict.complete for _, _, verdict in self.threads) else 2

    def words(self, language: str) -> str:
        """The whole report in "en" or "zh"."""
        zh = language == "zh"
        pick = 1 if zh else 0
        rows = []
        for step in self.steps:
            outcome = OUTCOMES_ZH[step.outcome] if zh else step.outcome.value
            rows.append(f"{step.number:>2} {step.name[pick]}: {outcome}")
            rows += [f"     {said[pick]}" for said in step.found[:20]]
            if len(step.found) > 20:
                more = len(step.found) - 20
                rows.append(f"     … 另有 {more} 项" if zh else f"     … and {more} more")
        rows.append("")
        for tag, title, verdict in self.threads:
            rows.append(f"{title} [{tag}]: {verdict.words(self.checked_at)[pick]}")
        rows.append(
            f"日志 {self.origin}，长度 {self.size}，根 {self.root}"
            if zh
            else f"log {self.origin}, size {self.size}, root {self.root}"
        )
        if self.trust_brought:
            rows.append(
                f"信任依据由核验人提供：{self.trust_digest}"
                if zh
                else f"trust was brought by the checker: {self.trust_digest}"
            )
        else:
            rows.append(
                f"信任依据取自证据包本身，请与从其他途径取得的摘要比对：{self.trust_digest}"
                if zh
                else f"trust was taken from the package itself; compare this digest with one you got elsewhere: {self.trust_digest}"
            )
        last = {
            0: ("RESULT: passed", "结论：通过"),
            1: ("RESULT: FAILED", "结论：不通过"),
            2: ("RESULT: incomplete", "结论：不完整"),
        }
        beyond = [step for step in self.steps if step.outcome == Outcome.UNCHECKED]
        names = ("、" if zh else ", ").join(f"{step.number} {step.name[pick]}" for step in beyond)
        but = (f"（此处未核验：{names}）" if zh else f" (not checked here: {names})") if names else ""
        rows.append(last[self.exit_code][pick] + but)
        return "\n".join(rows) + "\n"


def verify(
    files: Mapping[str, bytes],
    *,
    at: str,
    trust: Trust | None = None,
    log: LogReader | None = None,
    spread: Spread = map,
) -> Report:
    """Judge the package. `at` is the checker's own time, quoted in the verdict; nothing else depends on it.

    Without `trust` the package's own 09-trust is used, and the report says so with its digest. With `log`, the whole published
    log is read as well, and completeness is checked by method 4 too: nobody hid a second run of the thread in it. `spread`
    deals that reading out to many cores (see scan). Raises Unreadable when there is nothing to judge.
    """
    return _Check(files, at, trust, log, spread).run()


@dataclass(slots=True)
class _Read:
    """An entry file, read: the entry's bytes, its parts, its proof's index once known."""

    path: str
    data: bytes
    entry: Entry
    parts: list[dict[str, Any]]
    index: int = -1


class _Check:
    def __init__(
        self,
        files: Mapping[str, bytes],
        at: str,
        trust: Trust | None,
        log: LogReader | None = None,
        spread: Spread = map,
    ) -> None:
        self.files = files
        self.published = log
        self.spread = spread
        self.at = at
        self.brought = trust is not None
        self.trust = trust or Trust(
            files.get("09-trust/policy", b""), files.get("09-trust/time-authorities.pem", b"")
        )
        self.entries: dict[str, _Read] = {}
        self.opened: dict[str, _Read] = {}  # original → the entry that shows it
        self.threads: list[tuple[str, str, Completeness]] = []
        self.checkpoints: dict[int, Checkpoint] = {}
        self.cosigned: list[Signed] = []

    def run(self) -> Report:
        try:
            self.list = self._json("01-list.json", LARGEST_LIST)
        except NotCanonical as wrong:
            raise Unreadable(f"01-list.json: {wrong}") from None
        if self.list.get("format") not in FORMATS:
            raise Unreadable(f"a package of the format {self.list.get('format')!r} is not known here")
        self._shape_of_list()
        try:
            self.policy: Policy = parse_policy(self.trust.policy)
        except (PolicyRefused, NoteRefused) as wrong:
            raise Unreadable(f"09-trust/policy: {wrong}") from None
        self.logs = self.policy.of_log(self.list["log"])
        if not self.logs:
            raise Unreadable(f"the log {self.list['log']} is not among those that are trusted")
        self.log = self.logs[0]
        steps = (
            self._sums,
            self._openings,
            self._entries,
            self._proofs,
            self._checkpoints,
            self._witnesses,
            self._time,
            self._anchors,
            self._completeness,
            self._export,
            self._wording,
        )
        self._read_entries()
        report = Report([], self.threads, self.trust.digest, self.brought, self.at, self.list["log"])
        for number, step in enumerate(steps, 1):
            outcome, found = step()
            report.steps.append(Step(number, outcome, found))
        main = self.checkpoints.get(self.list["size"])
        report.size, report.root = self.list["size"], main.root.hex() if main else "?"
        return report

    # reading

    def _json(self, name: str, most: int = LARGEST_RECORD) -> dict[str, Any]:
        if name not in self.files:
            raise NotCanonical("the file is missing")
        return parse(self.files[name], ascii_only=False, most=most)

    def _shape_of_list(self) -> None:
        listed = self.list
        good = isinstance(listed.get("log"), str) and _number(listed.get("size"))
        good = good and isinstance(listed.get("originals"), list) and isinstance(listed.get("threads"), list)
        for thread in listed.get("threads", []) if good else []:
            good = good and isinstance(thread, dict) and isinstance(thread.get("tag"), str)
            good = good and isinstance(thread.get("title"), str) and _number(thread.get("entries"))
            good = good and safe_name(_folder(thread["tag"]))
        if not good:
            raise Unreadable("01-list.json does not have the fields of an evidence list")

    def _read_entries(self) -> None:
        """Take every entry file apart; what cannot be read is said in step 3."""
        self.unread: list[Said] = []
        for name in sorted(self.files):
            if not name.startswith("04-entries/"):
                continue
            try:
                self.entries[name[11:].removesuffix(".json")] = self._entry(name)
            except NotCanonical as wrong:
                self.unread.append((f"{name}: {wrong}", f"{name}：{wrong}"))

    def _entry(self, name: str) -> _Read:
        record = self._json(name)
        data, parts = record.get("entry"), record.get("parts")
        if not isinstance(data, str) or not data.isascii() or not isinstance(parts, list):
            raise NotCanonical("the file does not hold an entry and its parts")
        for part in parts:
            shown = isinstance(part, dict) and all(isinstance(value, str) for value in part.values())
            if not shown or not {"name", "commitment", "sm3"} <= part.keys():
                raise NotCanonical("a part has no name and commitments")
            if not all(_hex(part[key]) for key in ("commitment", "sm3", "salt") if key in part):
                raise NotCanonical("a commitment or salt is not 64 hex digits")
            if ("salt" in part) != (("file" in part) or ("text" in part)) or {"file", "text"} <= part.keys():
                raise NotCanonical("a part shows a salt without its content, or content without a salt")
            if "original" in part and "salt" not in part:
                raise NotCanonical("a part names an original without the manifest that describes it")
        entry, leaf = written(data.encode())
        return _Read(name, leaf, entry, parts)

    # the steps

    def _sums(self) -> tuple[Outcome, list[Said]]:
        found: list[Said] = []
        covered = {n for n in self.files if not n.startswith("12-export/")} - {"SHA256SUMS", "SM3SUMS"}
        for sums, digest in (("SHA256SUMS", _sha256_hex), ("SM3SUMS", _sm3_hex)):
            if sums not in self.files:
                found.append((f"{sums} is missing", f"缺 {sums}"))
                continue
            listed: dict[str, str] = {}
            for number, row in enumerate(self.files[sums].decode("utf-8", "replace").split("\n")[:-1], 1):
                value, _, name = row.partition("  ")
                if not _hex(value) or name in listed:
                    found.append((f"{sums}, line {number}: not understood", f"{sums} 第 {number} 行无法识别"))
                    break
                listed[name] = value
            if not self.files[sums].endswith(b"\n"):
                found.append((f"{sums} breaks off", f"{sums} 不完整"))
            for name in sorted(listed.keys() - covered):
                found.append((f"{name} is missing ({sums})", f"缺文件 {name}（{sums}）"))
            for name in sorted(covered - listed.keys()):
                found.append((f"{name} was added ({sums})", f"多出文件 {name}（{sums}）"))
            for name in sorted(listed.keys() & covered):
                if digest(self.files[name]) != listed[name]:
                    found.append((f"{name} was changed ({sums})", f"文件 {name} 已被改动（{sums}）"))
        if found:
            return Outcome.FAILED, found
        return Outcome.PASSED, [(f"{len(covered)} files", f"{len(covered)} 个文件")]

    def _openings(self) -> tuple[Outcome, list[Said]]:
        found: list[Said] = []
        opened = self.opened
        withheld = 0
        for read in self.entries.values():
            for part in read.parts:
                if "salt" not in part:
                    withheld += 1
                    continue
                name = part.get("file", f"{part['name']} in {read.path}")
                content = self._shown(name, read, found) if "file" in part else part["text"].encode()
                if content is None:
                    continue
                try:
                    fits = commitment(part["name"], content, bytes.fromhex(part["salt"])).hex()
                    hard = commitment(part["name"], content, bytes.fromhex(part["salt"]), sm3).hex()
                except ValueError as wrong:
                    found.append((f"{read.path}: {wrong}", f"{read.path}：{wrong}"))
                    continue
                if (fits, hard) != (part["commitment"], part["sm3"]):
                    found.append(
                        (
                            f"{name} does not fit the commitment in {read.path}",
                            f"{name} 与 {read.path} 中的承诺不符",
                        )
                    )
                elif "original" in part:
                    data = self._shown(part["original"], read, found)
                    if data is not None and not fits_manifest(data, content):
                        found.append(
                            (
                                f"{part['original']} does not fit the manifest {part['name']} in {read.path}",
                                f"{part['original']} 与 {read.path} 中 {part['name']} 所列摘要不符",
                            )
                        )
            plain = [bytes.fromhex(part["commitment"]) for part in read.parts]
            if not read.entry.binds(plain, [bytes.fromhex(part["sm3"]) for part in read.parts]):
                found.append(
                    (f"{read.path}: the parts do not fit the entry", f"{read.path}：各部分与条目承诺不符")
                )
        for name in sorted(self.files):
            if name.startswith("02-original/") and name not in opened:
                found.append((f"{name} belongs to no entry", f"{name} 不属于任何条目"))
        if found:
            return Outcome.FAILED, found
        if not self.entries:
            return Outcome.ABSENT, [("there are no entries", "没有条目")]
        words = (
            f"{len(opened)} originals shown, {withheld} parts withheld",
            f"展示原件 {len(opened)} 件，未披露 {withheld} 件",
        )
        return Outcome.PASSED, [words]

    def _shown(self, name: str, read: _Read, found: list[Said]) -> bytes | None:
        """The original of this name, noted as opened by this entry; None, and said, when it is not here."""
        content = self.files.get(name) if name.startswith("02-original/") else None
        if content is None:
            found.append((f"{read.path}: the original {name} is missing", f"{read.path}：缺原件 {name}"))
        elif name in self.opened:
            found.append((f"{name} is shown for two parts", f"{name} 被两处引用"))
        else:
            self.opened[name] = read
        return content

    def _entries(self) -> tuple[Outcome, list[Said]]:
        found = list(self.unread)
        for place, read in self.entries.items():
            if place != f"{_folder(read.entry.stream)}/{read.entry.n:06}":
                found.append(
                    (
                        f"{read.path} holds entry {read.entry.n} of {read.entry.stream}",
                        f"{read.path} 实为 {read.entry.stream} 的第 {read.entry.n} 条",
                    )
                )
        if found:
            return Outcome.FAILED, found
        if not self.entries:
            return Outcome.ABSENT, []
        return Outcome.PASSED, [(f"{len(self.entries)} entries", f"{len(self.entries)} 条")]

    def _proofs(self) -> tuple[Outcome, list[Said]]:
        found: list[Said] = []
        name = f"06-checkpoints/{self.list['size']}.note"
        note = self.files.get(name)
        if note is None:
            return Outcome.ABSENT, [(f"the main checkpoint {name} is missing", f"缺主检查点 {name}")]
        try:
            main = Checkpoint.parse(Note.parse(note).text)  # who signed it is step 5's question
        except NoteRefused as wrong:
            return Outcome.FAILED, [(f"{name}: {wrong}", f"{name}：{wrong}")]
        for place, read in self.entries.items():
            proof_name = f"05-proofs/{place}.tlog-proof"
            try:
                if proof_name not in self.files:
                    raise NotProved("the proof is missing")
                proof = Proof.parse(self.files[proof_name])
                if proof.note != note:
                    raise NotProved(f"the proof is not under the main checkpoint {name}")
                check_inclusion(proof.index, main.size, leaf_hash(read.data), proof.path, main.root)
                read.index = proof.index
            except NotProved as wrong:
                found.append((f"{proof_name}: {wrong}", f"{proof_name}：{wrong}"))
        taken: dict[int, str] = {}
        for place, read in self.entries.items():
            if read.index >= 0 and taken.setdefault(read.index, place) != place:
                found.append((f"index {read.index} is used twice", f"序号 {read.index} 被用两次"))
        for extra in sorted(self.files):
            if (
                extra.startswith("05-proofs/")
                and extra.endswith(".tlog-proof")
                and extra[10:-11] not in self.entries
            ):
                found.append((f"{extra} proves nothing that is here", f"{extra} 没有对应的条目"))
        if found:
            return Outcome.FAILED, found
        if not self.entries:
            return Outcome.ABSENT, []
        words = f"{len(self.entries)} entries lead to the root", f"{len(self.entries)} 条均归于日志根"
        return Outcome.PASSED, [words]

    def _checkpoints(self) -> tuple[Outcome, list[Said]]:
        found: list[Said] = []
        others = list(self.policy.witnesses.values())
        main_name = f"06-checkpoints/{self.list['size']}.note"
        names = [n for n in self.files if re.fullmatch(r"06-checkpoints/[0-9]{1,19}\.note", n)]
        if main_name not in names:
            return Outcome.ABSENT, [
                (f"the main checkpoint {main_name} is missing", f"缺主检查点 {main_name}")
            ]
        for name in sorted(names, key=lambda n: (n != main_name, n)):
            try:
                if name == main_name:
                    head, signed = open_signed_by_all(self.files[name], self.logs, others)
                else:  # older ones may come from before a key was added
                    head, signed = open_checkpoint(self.files[name], self.log, [*self.logs[1:], *others])
                if name != f"06-checkpoints/{head.size}.note":
                    raise NoteRefused(f"this is the checkpoint of size {head.size}")
                if name == main_name:
                    self.cosigned = signed
                else:
                    self._check_growth(
                        f"06-checkpoints/{head.size}.json", head, self.checkpoints[self.list["size"]]
                    )
                self.checkpoints[head.size] = head
            except (NoteRefused, NotProved) as wrong:
                found.append((f"{name}: {wrong}", f"{name}：{wrong}"))
                if name == main_name:
                    return Outcome.FAILED, found
        if found:
            return Outcome.FAILED, found
        kinds = ", ".join(key.kind for key in self.logs)
        words = (
            f"{len(names)} signed by {self.log.name}; the main one with {kinds}",
            f"{len(names)} 个检查点由 {self.log.name} 签名；主检查点的签名算法：{kinds}",
        )
        return Outcome.PASSED, [words, *self._not_ours(self.files[main_name])]

    def _not_ours(self, note: bytes) -> list[Said]:
        """Lines under the log's name that are of keys which the policy does not name."""
        known = {(key.name, key.id) for key in self.logs}
        mine = [line for line in Note.parse(note).lines if line.name == self.log.name]
        return [
            (
                f"a line of the log's key {line.key_id.hex()}, which the policy does not name, was not checked",
                f"日志另有一行签名，其公钥 {line.key_id.hex()} 不在信任策略内，未核验",
            )
            for line in mine
            if (line.name, line.key_id) not in known
        ]

    def _check_growth(self, name: str, old: Checkpoint, new: Checkpoint) -> None:
        try:
            record = self._json(name)
        except NotCanonical as wrong:
            raise NotProved(f"{name}: {wrong}") from None
        path: Any = record.get("path")
        if (record.get("from"), record.get("to")) != (old.size, new.size) or not _texts(path):
            raise NotProved(f"{name} is not about the growth from {old.size} to {new.size}")
        check_consistency(old.size, old.root, new.size, new.root, decode_hashes(path))

    def _witnesses(self) -> tuple[Outcome, list[Said]]:
        if self.policy.quorum == "none":
            return Outcome.ABSENT, [("the policy asks for no witness", "信任策略未要求见证")]
        by = {signed.key for signed in self.cosigned}
        found: list[Said] = []
        for name, key in self.policy.witnesses.items():
            seconds = next((s.seconds for s in self.cosigned if s.key == key), None)
            if seconds is not None:
                found.append((f"{name} saw it at {_utc(seconds)}", f"{name} 于 {_utc(seconds)} 见证"))
        if self.list["size"] not in self.checkpoints:
            return Outcome.FAILED, [("there is no checkpoint to witness", "没有可供见证的检查点")]
        if self.policy.satisfied_by(by):
            return Outcome.PASSED, found
        words = f"the quorum {self.policy.quorum} is not reached", f"未达到见证数 {self.policy.quorum}"
        return Outcome.FAILED, [words, *found]

    def _time(self) -> tuple[Outcome, list[Said]]:
        tokens = sorted(n for n in self.files if n.startswith("07-time/") and n.endswith(".tsr"))
        if not tokens:
            return Outcome.ABSENT, [("there is no token", "没有时间戳")]
        try:
            roots = self.trust.certificates()
        except ValueError as wrong:
            return Outcome.FAILED, [
                (f"09-trust/time-authorities.pem: {wrong}", f"09-trust/time-authorities.pem：{wrong}")
            ]
        if not roots:
            return Outcome.UNCHECKED, [
                ("no time authority is trusted; tokens not checked here", "未指定可信时间戳机构，此处未核验")
            ]
        found: list[Said] = []
        bad: list[Said] = []
        for name in tokens:
            try:
                found.append(self._check_token(name, roots))
            except (TokenRefused, NoteRefused) as wrong:
                bad.append((f"{name}: {wrong}", f"{name}：{wrong}"))
        return (Outcome.FAILED, bad) if bad else (Outcome.PASSED, found)

    def _check_token(self, name: str, roots: list[x509.Certificate]) -> Said:
        size = re.fullmatch(r"07-time/([0-9]{1,19})-[0-9]{1,6}\.tsr", name)
        head = self.checkpoints.get(int(size[1])) if size else None
        if head is None:
            raise TokenRefused("there is no checked checkpoint that this token could be over")
        nonce = None
        query = name.removesuffix(".tsr") + ".tsq"
        if query in self.files:
            asked, nonce = requested(self.files[query])
            if asked != _sha256(str(head).encode()):
                raise TokenRefused(f"{query} asks about another digest")
        token, signer = check_token(self.files[name], _sha256(str(head).encode()), roots, nonce)
        covered = [read for read in self.entries.values() if 0 <= read.index < head.size]
        last = max((read.entry.at for read in covered), default="-")
        when, who = token.time.strftime("%Y-%m-%d %H:%M:%S UTC"), signer.subject.rfc4514_string()
        stamped = token.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        ahead = sum(
            read.entry.at > stamped for read in covered
        )  # the desk's own times; the token is somebody else's
        return (
            f"size {head.size} existed at {when}, says {who}; it covers {len(covered)} entries here, the last captured at {last}"
            + (
                f"; {ahead} of them state a later time than this: the desk's clock ran ahead" if ahead else ""
            ),
            f"{who} 证明日志长度 {head.size} 在 {when} 已存在；涵盖此处 {len(covered)} 条，末条采集于 {last}"
            + (f"；其中 {ahead} 条自称的时间晚于此时：出具方时钟偏快" if ahead else ""),
        )

    def _anchors(self) -> tuple[Outcome, list[Said]]:
        names = sorted(n for n in self.files if n.startswith("08-anchor/"))
        if not names:
            return Outcome.ABSENT, [("there is no anchor", "没有链上存证")]
        found: list[Said] = []
        for name in names:
            size = re.fullmatch(r"08-anchor/([0-9]{1,19})-[0-9]{1,6}\.json", name)
            head = self.checkpoints.get(int(size[1])) if size else None
            try:
                record = self._json(name)
            except NotCanonical as wrong:
                return Outcome.FAILED, [(f"{name}: {wrong}", f"{name}：{wrong}")]
            if head is None or record.get("digest") != hashlib.sha256(str(head).encode()).hexdigest():
                return Outcome.FAILED, [(f"{name} is over another checkpoint", f"{name} 对应另一检查点")]
            place = str(record.get("place", "?"))[:200]
            inner = record.get("record")
            if isinstance(inner, dict) and "ots" in inner:
                try:
                    found += _bitcoin(name, inner, hashlib.sha256(str(head).encode()).digest())
                except (ProofRefused, ValueError) as wrong:
                    return Outcome.FAILED, [(f"{name}: {wrong}", f"{name}：{wrong}")]
                continue
            found.append(
                (
                    f"{name}: claimed to stand in {place}; that ledger is not checked here",
                    f"{name}：称已存于 {place}；该链此处未核验",
                )
            )
        return Outcome.UNCHECKED, found

    def _completeness(self) -> tuple[Outcome, list[Said]]:
        found: list[Said] = []
        for thread in self.list["threads"]:
            tag = thread["tag"]
            mine = sorted(
                (read for read in self.entries.values() if read.entry.stream == tag),
                key=lambda read: read.entry.n,
            )
            data = [read.data for read in mine]
            verdict = check_chain(tag, [(read.entry, read.data) for read in mine])
            verdict.entries = len(data)
            if all(read.index >= 0 for read in mine):
                verdict.methods.append(2)
            else:
                verdict.gaps.append(("entries without proof", "有条目未获证明"))
            try:
                index = self._index_of(tag)
                if any(read.index >= index.log_size for read in mine):
                    raise NotProved("an entry comes after the index that should count it")
                agree_with_index(verdict, data, index)
            except (NotProved, NotCanonical) as wrong:
                verdict.gaps.append((f"the log's index: {wrong}", f"日志索引：{wrong}"))
            self.threads.append((tag, thread["title"], verdict))
        notes = self._outside_numbers()
        if self.published:
            try:
                self._scan(self.published)
            except (NotProved, NoteRefused, NotCanonical) as wrong:
                found.append((f"the published log: {wrong}", f"公开日志：{wrong}"))
        for tag, _, verdict in self.threads:
            found += [(f"{tag}: {en}", f"{tag}：{zh}") for en, zh in verdict.gaps]
        known = {thread["tag"] for thread in self.list["threads"]} | {"log/index"}
        for place, read in self.entries.items():
            if read.entry.stream not in known:
                found.append((f"{place} belongs to no listed thread", f"{place} 不属于所列会话"))
        if found or not self.threads:
            return Outcome.FAILED if found else Outcome.ABSENT, found
        words = [
            (f"{title}: {v.words(self.at)[0]}", f"{title}：{v.words(self.at)[1]}")
            for _, title, v in self.threads
        ]
        return Outcome.PASSED, words + notes

    def _outside_numbers(self) -> list[Said]:
        """Method 5, by what the log states of the provider's numbers. Only statements of a whole, proved stream count."""
        whole = {
            tag for tag, _, verdict in self.threads if verdict.complete and tag.startswith("log/counters/")
        }
        stated = counted(read.entry for read in self.entries.values() if read.entry.stream in whole)
        found = []
        for tag, title, verdict in self.threads:
            mine = (read.entry for read in self.entries.values() if read.entry.stream == tag)
            if why := agree_with_numbers(verdict, mine, stated):
                found.append((f"{title}: {why[0]}", f"{title}：{why[1]}"))
        return found

    def _scan(self, published: LogReader) -> None:
        """Method 4: read every entry of the published log; those of a thread must be exactly the package's."""
        main = self.checkpoints.get(self.list["size"])
        note = published("checkpoint")
        if main is None or note is None:
            raise NotProved("there is no checkpoint to start from")
        head, _ = open_checkpoint(note, self.log)
        if head.size < main.size:
            raise NotProved(f"it holds {head.size} entries, the package speaks of {main.size}")
        marks = [mark for tag, _, _ in self.threads for mark in stream_marks(tag)]
        roots, marked = scan(published, head.size, marks=marks, roots_at=[main.size], spread=self.spread)
        if roots[head.size] != head.root:
            raise NotProved("its entries do not lead to its signed root")
        if roots[main.size] != main.root:
            raise NotProved(f"its first {main.size} entries are not those of the package's log")
        until = {tag: verdict.log_size for tag, _, verdict in self.threads}
        found = dict.fromkeys(until, 0)
        known = {read.data for read in self.entries.values()}
        for index, data in marked:
            tag = Entry.from_bytes(data).stream
            found[tag] = found.get(tag, 0) + (index < until.get(tag, 0) and data not in known)
        for tag, _, verdict in self.threads:
            if more := found[tag]:
                verdict.gaps.append(
                    (f"the log holds {more} other entries of this thread", f"日志中另有 {more} 条属于本会话")
                )
            else:
                verdict.methods.append(4)

    def _index_of(self, tag: str) -> Any:
        name = f"05-proofs/{_folder(tag)}/index.json"
        record = self._json(name)
        if not (_number(record.get("count")) and _number(record.get("place")) and _hex(record.get("head"))):
            raise NotProved(f"{name} names no place, count and last entry")
        if not _texts(record.get("path")) or not isinstance(record.get("entry"), str):
            raise NotProved(f"{name} names no path and index entry")
        read = self.entries.get(record["entry"])
        if read is None or read.index < 0 or read.entry.stream != "log/index":
            raise NotProved(f"{name}: the index entry {record['entry'][:80]} is not proved")
        listed = Listed(tag, record["count"], record["head"])
        return check_index(read.entry, record["place"], listed, decode_hashes(record["path"]), read.index)

    def _export(self) -> tuple[Outcome, list[Said]]:
        needed = [f"12-export/{name}" for name in ("entry.json", "growth.json", "proof.tlog-proof")]
        present = sorted(n for n in self.files if n.startswith("12-export/"))
        if not present:
            return Outcome.ABSENT, [
                ("the log's record of this package is missing", "缺日志对本证据包的导出记录")
            ]
        try:
            if present != needed:
                raise NotProved(f"12-export holds {', '.join(present)}")
            recorded, data = written(self.files[needed[0]])
            proof = Proof.parse(self.files[needed[2]])
            later, _ = open_signed_by_all(proof.note, self.logs)
            if any(line.name != self.log.name for line in Note.parse(proof.note).lines):
                raise NotProved("others than the log signed here; that is not checked in this place")
            check_inclusion(proof.index, later.size, leaf_hash(data), proof.path, later.root)
            main = self.checkpoints.get(self.list["size"])
            if main is None:
                raise NotProved("there is no checked main checkpoint")
            self._check_growth(needed[1], main, later)
            sums = recorded.outside.get("sha256sums")
            if recorded.kind != "export/package" or sums != _sha256_hex(self.files.get("SHA256SUMS", b"")):
                raise NotProved("the log recorded another package than this one")
        except (NotProved, NotCanonical, NoteRefused) as wrong:
            return Outcome.FAILED, [(str(wrong), str(wrong))]
        return Outcome.PASSED, [
            (
                f"recorded at {recorded.at}, index {proof.index}",
                f"记录于 {recorded.at}，序号 {proof.index}",
            ),
            *self._not_ours(proof.note),
        ]

    def _wording(self) -> tuple[Outcome, list[Said]]:
        found: list[Said] = []
        verdicts = {tag: verdict for tag, _, verdict in self.threads}
        for thread in self.list["threads"]:
            verdict = verdicts[thread["tag"]]
            claimed = (thread.get("complete"), thread["entries"], thread.get("log_size"))
            true = (verdict.complete, verdict.entries, verdict.log_size)
            less = claimed[0] is False and claimed[1] == true[1]  # claiming less than was found is no fault
            if claimed != true and not less:
                found.append(
                    (
                        f"{thread['tag']}: the list claims {claimed}, found was {true}",
                        f"{thread['tag']}：目录所称 {claimed} 与所见 {true} 不符",
                    )
                )
        shown = {}
        for number, row in enumerate(self.list["originals"]):
            if not isinstance(row, dict) or not isinstance(row.get("file"), str):
                found.append((f"original {number} of the list has no name", f"目录第 {number} 件原件无名称"))
                continue
            shown[row["file"]] = row
        for name in sorted(n for n in self.files if n.startswith("02-original/")):
            row, content = shown.pop(name, None), self.files[name]
            index = self.opened[name].index if name in self.opened else -1
            facts = {
                "sha256": _sha256_hex(content),
                "sm3": _sm3_hex(content),
                "size": len(content),
                "index": index,
            }
            if row is None or {key: row.get(key) for key in facts} != facts:
                found.append((f"the list says otherwise of {name}", f"目录对 {name} 的记载不符"))
        for name in sorted(shown):
            found.append(
                (f"the list names {name[:200]}, which is not here", f"目录所列 {name[:200]} 不在包内")
            )
        if found:
            return Outcome.FAILED, found
        return Outcome.PASSED, []


def _bitcoin(name: str, record: dict[str, Any], digest: bytes) -> list[Said]:
    """Where an OpenTimestamps proof leads. Raises ProofRefused for one that cannot be followed or names another block."""
    ends = follow(base64.b64decode(str(record["ots"]), validate=True), digest)
    claimed = record.get("bitcoin")
    blocks = [
        {"height": one.height, "merkle_root": one.merkle_root} for one in ends if one.height is not None
    ]
    if claimed is not None and claimed not in blocks:
        raise ProofRefused("the proof does not lead to the block that the record names")
    if not blocks:
        words = f"{name}: a calendar's promise, not in any block yet", f"{name}：日历服务器的承诺，尚未入块"
        return [words]
    return [
        (
            f"{name}: leads to the Merkle root {one['merkle_root']}; compare it with that of Bitcoin block {one['height']}, "
            "which is not asked here",
            f"{name}：归于默克尔根 {one['merkle_root']}；请与比特币第 {one['height']} 号区块比对，此处不联网查询",
        )
        for one in blocks
    ]


def _folder(tag: str) -> str:
    return re.sub("[^A-Za-z0-9_-]", "_", tag)


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _hex(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _texts(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 128 and all(isinstance(one, str) for one in value)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sm3_hex(data: bytes) -> str:
    return sm3(data).hex()


def _utc(seconds: int) -> str:
    """POSIX seconds as text, without asking any clock."""
    from datetime import UTC, datetime, timedelta

    if not 0 <= seconds < 2**33:
        return f"{seconds} s"
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S UTC")
