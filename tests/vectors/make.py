"""Make the broken packages of the present format again: `python -m tests.vectors.make`; openssl is needed.

Each is named after its defect. They are kept, not made by the tests, so that what was once refused stays refused and the good
one stays good whatever changes here. A change of the format gets a folder of its own; those of earlier formats stay as they are.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from shouyue.connectors.timestamping import OwnAuthority
from shouyue.evidence import container, package, timestamp
from shouyue.evidence.checkpoint import PRIVATE, SM2, Checkpoint, Note, Signer, VerifierKey, sign_checkpoint
from shouyue.evidence.leaf import canonical, manifest, sm3
from shouyue.evidence.package import FORMAT
from shouyue.evidence.sm2 import SM2_N
from shouyue.evidence.trust import Trust
from tests.evidence import specimen

HERE = Path(__file__).parent / FORMAT.replace("/", "-")


def resummed(files: dict[str, bytes]) -> dict[str, bytes]:
    """As a forger would: the sums made again. Only the log's own record still says otherwise."""
    covered = {n: d for n, d in files.items() if not n.startswith("12-export/") and not n.endswith("SUMS")}
    plain = "".join(f"{hashlib.sha256(covered[n]).hexdigest()}  {n}\n" for n in sorted(covered))
    hard = "".join(f"{sm3(covered[n]).hex()}  {n}\n" for n in sorted(covered))
    return {**files, "SHA256SUMS": plain.encode(), "SM3SUMS": hard.encode()}


ONE, ALL = (specimen.LOG,), (specimen.LOG, specimen.LATTICE, specimen.NATIONAL)


def stamped(
    authority: OwnAuthority, about: bytes | None = None, messages: int = 3, signers: Sequence[Signer] = ONE
) -> dict[str, bytes]:
    """A package with a token over its checkpoint, or over something else."""
    log = specimen.a_log(messages)
    trust = Trust(specimen.policy_of(*signers).policy, authority.root)
    made = specimen.material(log, signers=signers, trust=trust)
    text = Note.parse(made.note).text.encode()
    query = timestamp.request(hashlib.sha256(about or text).digest(), 4711)
    token = package.Token(len(log.entries), query, authority.answer(query), b"")
    return specimen.finished(log, dataclasses.replace(made, tokens=[token]), signers)


def with_note(files: dict[str, bytes], name: str, changed: bytes) -> dict[str, bytes]:
    """A forger who puts another note in place of the main one, in every proof as well."""
    proofs = {n: d.replace(files[name], changed) for n, d in files.items() if n.startswith("05-proofs/")}
    return resummed({**files, **proofs, name: changed})


def other_line(note: bytes, signer: Signer, change: Callable[[bytes], bytes | None]) -> bytes:
    """The note with this signer's signature changed, or taken out where that gives None."""
    whole, lines = Note.parse(note), []
    for line in whole.lines:
        signature = change(line.signature) if line.key_id == signer.key.id else line.signature
        lines += [] if signature is None else [dataclasses.replace(line, signature=signature)]
    return Note(whole.text, tuple(lines)).to_bytes()


def r_above_n(signature: bytes) -> bytes:
    """The same r to anybody who only reckons modulo n."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r + SM2_N, s)


def without_one(gone: int) -> dict[str, bytes]:
    """An exporter who leaves an entry out, and else does everything right."""
    log = specimen.a_log(4)
    made = specimen.material(log)
    thread = made.threads[0]
    kept = tuple(entry for entry in thread.entries if entry.n != gone)
    return specimen.finished(
        log, dataclasses.replace(made, threads=(dataclasses.replace(thread, entries=kept),))
    )


def called_complete(files: dict[str, bytes]) -> dict[str, bytes]:
    return resummed(
        {**files, "01-list.json": files["01-list.json"].replace(b'"complete":false', b'"complete":true')}
    )


def changed_entry(files: dict[str, bytes], before: str, after: str) -> dict[str, bytes]:
    name = next(n for n in sorted(files) if n.startswith("04-entries/") and "log_index" not in n)
    record = json.loads(files[name])
    assert before in record["entry"]
    record["entry"] = record["entry"].replace(before, after)
    written = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return resummed({**files, name: written})


def other_withheld(files: dict[str, bytes], which: str) -> dict[str, bytes]:
    """A forger who changes a commitment of a part that is not shown, by one of the two digests."""
    name = next(n for n in sorted(files) if n.startswith("04-entries/") and "log_index" not in n)
    record = json.loads(files[name])
    part = next(one for one in record["parts"] if "salt" not in one)
    part[which] = "0" * 64
    return resummed({**files, name: canonical(record, ascii_only=False)})


def swapped(files: dict[str, bytes]) -> dict[str, bytes]:
    one, two = [n for n in sorted(files) if n.startswith("04-entries/") and "log_index" not in n][:2]
    return resummed({**files, one: files[two], two: files[one]})


def other_medium(files: dict[str, bytes], medium: str) -> dict[str, bytes]:
    """A forger who changes a picture and its manifest with it. The salted commitment in the log fits neither."""
    changed = files[medium] + b"!"
    name = next(n for n, d in files.items() if n.startswith("04-entries/") and medium.encode() in d)
    record = json.loads(files[name])
    for part in record["parts"]:
        if part.get("original") == medium:
            part["text"] = canonical(manifest(changed)).decode()
    return resummed({**files, medium: changed, name: canonical(record, ascii_only=False)})


def about_another_log(files: dict[str, bytes]) -> dict[str, bytes]:
    """The list says that a thread of a log that nobody trusts is shown."""
    return resummed(
        {**files, "01-list.json": files["01-list.json"].replace(b"desk.example/log", b"desk.exampIe/log")}
    )


def packed_elsewhere(files: dict[str, bytes], rename: dict[str, str], how: int = zipfile.ZIP_STORED) -> bytes:
    with tempfile.TemporaryFile() as out:
        with zipfile.ZipFile(out, "w", how) as other:
            for name, data in files.items():
                other.writestr(zipfile.ZipInfo(rename.get(name, name)), data, how)
        out.seek(0)
        return out.read()


def main() -> None:
    HERE.mkdir(exist_ok=True)
    authority = OwnAuthority(Path(tempfile.mkdtemp()))
    authority.make(datetime.now(UTC))
    good = stamped(authority)
    size = json.loads(good["01-list.json"])["size"]
    note = f"06-checkpoints/{size}.note"
    proof = next(n for n in sorted(good) if n.endswith("000001.tlog-proof"))
    original = next(n for n in sorted(good) if n.endswith("body.txt"))
    foreign = sign_checkpoint(
        Checkpoint("other.example/log", size, b"r" * 32), [specimen.OTHER_LOG]
    ).to_bytes()
    whole = container.pack(good)
    lone = Note.parse(good[note])
    unwitnessed = Note(lone.text, lone.lines[:1]).to_bytes()
    three = stamped(authority, signers=ALL)
    national, lattice = specimen.NATIONAL, specimen.LATTICE
    elsewhere = national.sign("another text\n", 0).signature
    export = "12-export/proof.tlog-proof"
    above, gap, below = three[export].partition(b"\n\n")
    off_the_curve = VerifierKey(specimen.ORIGIN, PRIVATE, SM2 + b"\4" + b"\1" * 64)
    medium = next(n for n in sorted(good) if n.endswith("attachment-file.png"))
    growth = "12-export/growth.json"
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    # name: (bytes, exit code, words of the refusal)
    cases: dict[str, tuple[bytes, int, str]] = {
        "good": (whole, 0, "RESULT: passed"),
        "truncated": (whole[: len(whole) // 2], 3, "end is missing"),
        "packed_again_with_other_names": (
            packed_elsewhere(good, {original: "02-original/other.txt"}),
            3,
            "end of the package is not as it was written|not packed as it was written",
        ),
        "renamed_original": (
            container.pack({("02-original/x.txt" if n == original else n): d for n, d in good.items()}),
            1,
            f"{original} is missing",
        ),
        "path_that_climbs_out": (
            whole.replace(b"00-read-me.md", b"../../etc/a.m"),
            3,
            r"'\.\./\.\./etc/a\.m'.*not allowed",
        ),
        "json_nested_a_hundred_thousand_deep": (
            container.pack({**good, "01-list.json": deep}),
            3,
            "nested too deeply",
        ),
        "two_entries_swapped": (container.pack(swapped(good)), 1, "holds entry 1 of"),
        "leaf_time_moved": (
            container.pack(changed_entry(good, '"at":"2026', '"at":"2025')),
            1,
            "does not lead to the root",
        ),
        "entry_called_of_version_1": (
            container.pack(changed_entry(good, '"v":2', '"v":1')),
            1,
            "the parts do not fit the entry",
        ),
        "entry_of_an_unknown_version": (
            container.pack(changed_entry(good, '"v":2', '"v":3')),
            1,
            "entries of version 3 are not known here",
        ),
        "entry_with_an_empty_act": (
            container.pack(changed_entry(good, '"a":"leaving"', '"a":""')),
            1,
            "written in another form",
        ),
        "commitment_of_a_withheld_part_changed": (
            container.pack(other_withheld(good, "commitment")),
            1,
            "the parts do not fit the entry",
        ),
        "sm3_of_a_withheld_part_changed": (
            container.pack(other_withheld(good, "sm3")),
            1,
            "the parts do not fit the entry",
        ),
        "entry_about_gossip": (
            container.pack(changed_entry(good, '"t":"msg.out"', '"t":"gossip"')),
            1,
            "nothing is sealed about 'gossip'",
        ),
        "original_changed_and_sums_made_again": (
            container.pack(resummed({**good, original: good[original] + b"!"})),
            1,
            "does not fit the commitment",
        ),
        "checkpoint_of_another_log": (
            container.pack(resummed({**good, note: foreign})),
            1,
            "desk.example/log did not sign",
        ),
        "token_of_another_digest": (
            container.pack(stamped(authority, b"another checkpoint")),
            1,
            "asks about another digest",
        ),
        "proof_one_hash_too_long": (
            container.pack(
                resummed({**good, proof: good[proof].replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1)})
            ),
            1,
            r"the proof has \d+ hashes where \d+ are needed",
        ),
        "cosignature_taken_out": (
            container.pack(with_note(good, note, unwitnessed)),
            1,
            "quorum both is not reached",
        ),
        "thread_one_message_missing": (
            container.pack(without_one(1)),
            2,
            "entry 1 is missing; 2 stands there",
        ),
        "thread_tail_cut": (container.pack(without_one(3)), 2, r"1 entries are missing"),
        "thread_gap_called_complete": (
            container.pack(called_complete(without_one(3))),
            1,
            "the list claims",
        ),
        "packed_again_compressed": (
            packed_elsewhere({**good, "00-read-me.md": b"0" * 50_000_000}, {}, zipfile.ZIP_DEFLATED),
            3,
            "end of the package is not as it was written|not packed as it was written",
        ),
        "json_number_of_a_hundred_thousand_digits": (
            container.pack({**good, "01-list.json": b'{"size":' + b"9" * 100_000 + b"}"}),
            3,
            "01-list.json: a number of 100000 digits",
        ),
        "json_key_twice": (
            container.pack({**good, "01-list.json": good["01-list.json"].replace(b"{", b'{"size":1,', 1)}),
            3,
            "01-list.json",
        ),
        "list_of_a_log_nobody_trusts": (
            container.pack(about_another_log(good)),
            3,
            "desk.exampIe/log is not among those that are trusted",
        ),
        "medium_changed_and_sums_made_again": (
            container.pack(resummed({**good, medium: good[medium] + b"!"})),
            1,
            f"{medium} does not fit the manifest attachment",
        ),
        "medium_and_manifest_changed": (
            container.pack(other_medium(good, medium)),
            1,
            "attachment in 04-entries/.* does not fit the commitment",
        ),
        "medium_taken_out": (
            container.pack(resummed({n: d for n, d in good.items() if n != medium})),
            1,
            f"the original {medium} is missing",
        ),
        "growth_that_leads_elsewhere": (
            container.pack({**good, growth: good[growth].replace(b'"path":["', b'"path":["AAAA', 1)}),
            1,
            "10 export: failed",
        ),
        "record_of_another_package": (
            container.pack(
                {**good, **{n: d for n, d in stamped(authority, messages=2).items() if n.startswith("12")}}
            ),
            1,
            "recorded another package|not about the growth|beginning",
        ),
        "no_record_of_the_export": (
            container.pack({n: d for n, d in good.items() if not n.startswith("12")}),
            2,
            "record of this package is missing",
        ),
    }
    cases |= {
        "good_signed_with_three_kinds_of_key": (
            container.pack(three),
            0,
            "Ed25519, ML-DSA-44, SM2",
        ),
        "sm2_line_over_another_text": (
            container.pack(with_note(three, note, other_line(three[note], national, lambda _: elsewhere))),
            1,
            "the SM2 signature of desk.example/log does not fit the text",
        ),
        "sm2_line_with_r_above_n": (
            container.pack(with_note(three, note, other_line(three[note], national, r_above_n))),
            1,
            "the SM2 signature of desk.example/log does not fit the text",
        ),
        "sm2_line_not_der": (
            container.pack(
                with_note(three, note, other_line(three[note], national, lambda der: der + b"\0"))
            ),
            1,
            "the SM2 signature of desk.example/log does not fit the text",
        ),
        "sm2_line_taken_out": (
            container.pack(with_note(three, note, other_line(three[note], national, lambda _: None))),
            1,
            rf"did not sign this checkpoint with its key {national.key.id.hex()} \(SM2\)",
        ),
        "sm2_line_of_the_export_one_bit_flipped": (
            container.pack(
                {
                    **three,
                    export: above
                    + gap
                    + other_line(below, national, lambda der: der[:-1] + bytes([der[-1] ^ 1])),
                }
            ),
            1,
            "the SM2 signature of desk.example/log does not fit the text",
        ),
        "sm2_key_that_is_no_point": (
            container.pack(
                resummed(
                    {
                        **three,
                        "09-trust/policy": three["09-trust/policy"].replace(
                            str(national.key).encode(), str(off_the_curve).encode()
                        ),
                    }
                )
            ),
            3,
            "no point of the curve",
        ),
        "ml_dsa_line_of_the_log_taken_out": (
            container.pack(with_note(three, note, other_line(three[note], lattice, lambda _: None))),
            1,
            rf"did not sign this checkpoint with its key {lattice.key.id.hex()} \(ML-DSA-44\)",
        ),
    }
    for name, (data, _, _) in cases.items():
        (HERE / f"{name}.zip").write_bytes(data)
    expected = {name: {"exit": code, "words": words} for name, (_, code, words) in cases.items()}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
