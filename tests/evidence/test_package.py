"""A good package passes; anything done to it is found, in words, and nothing hangs."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import random
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouyue.connectors.timestamping import OwnAuthority
from shouyue.evidence import container, onefile, package, scan, standalone, timestamp
from shouyue.evidence.checkpoint import Note
from shouyue.evidence.tree import bundle, leaf_hash, root_of, tile_path, tile_width
from shouyue.evidence.trust import Trust
from shouyue.evidence.verify import Outcome, Unreadable, verify
from tests.evidence import specimen
from tests.vectors.make import ALL, resummed

AT = "2026-03-05 00:00:00 UTC"


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    return specimen.a_package()


def judge(files: dict[str, bytes]) -> int:
    try:
        return verify(files, at=AT).exit_code
    except Unreadable:
        return 3


def test_a_good_package_passes_and_says_so(good: dict[str, bytes]) -> None:
    report = verify(good, at=AT)
    assert report.exit_code == 0, report.words("en")
    outcomes = [step.outcome for step in report.steps]
    assert [n for n, o in enumerate(outcomes, 1) if o == Outcome.ABSENT] == [7, 8]
    assert (
        "complete up to log size 13, checked at 2026-03-05 00:00:00 UTC, by methods 1, 2, 3"
        in report.words("en")
    )
    assert "截至日志长度 13 完整" in report.words("zh")
    assert "trust was taken from the package itself" in report.words("en")
    brought = verify(good, at=AT, trust=Trust(specimen.POLICY))
    assert brought.exit_code == 0 and "brought by the checker" in brought.words("en")


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ([(90, 104, 0)], "by methods 1, 2, 3, 5"),
        ([(1, 101, 0), (102, 200, 0)], "by methods 1, 2, 3, 5"),
        ([(102, 200, 0), (1, 101, 0)], "by methods 1, 2, 3, 5"),  # stated in another order
        ([(1, 101, 0), (103, 200, 0)], "nothing is stated here about the provider's numbers 102 to 104"),
        ([(101, 200, 0)], "nothing is stated here about the provider's numbers 100 to 104"),
        ([(1, 103, 0)], "nothing is stated here about the provider's numbers 104 to 104"),
        (
            [(1, 150, 2)],
            "of the provider's numbers 1 to 150, 2 never came; they may belong to any conversation",
        ),
        (
            [(1, 99, 5), (100, 104, 0)],
            "by methods 1, 2, 3, 5",
        ),  # what was lost before is not about this thread
        ([], "nothing is stated here about the provider's numbers 100 to 104"),
    ],
)
def test_a_provider_s_running_numbers_are_method_five_and_never_a_gap_of_the_thread(
    stated: list[tuple[int, int, int]], said: str
) -> None:
    report = verify(specimen.a_counted_package(*stated), at=AT)
    assert report.exit_code == 0 and said in report.words("en"), report.words("en")
    assert ("方法 5 未通过" in report.words("zh")) == (not said.endswith(", 5"))


def test_statements_whose_own_stream_is_cut_count_for_nothing() -> None:
    report = verify(specimen.a_counted_package((1, 101, 0), (102, 200, 0), (201, 202, 0), tail_cut=1), at=AT)
    assert report.exit_code == 2 and "methods 1, 2, 3, 5" not in report.words("en")


def test_a_policy_that_trusts_others_refuses(good: dict[str, bytes]) -> None:
    other = specimen.POLICY.replace(str(specimen.LOG.key).encode(), str(specimen.OTHER_LOG.key).encode())
    with pytest.raises(Unreadable, match="not among those that are trusted"):
        verify(good, at=AT, trust=Trust(other))
    strict = specimen.POLICY.replace(b"group both 1", b"group both all")
    report = verify(good, at=AT, trust=Trust(strict))
    assert report.exit_code == 1 and report.steps[5].outcome == Outcome.FAILED


def test_every_key_that_the_policy_names_must_have_signed_and_the_rest_is_said_to_be_unchecked(
    good: dict[str, bytes], thrice: dict[str, bytes]
) -> None:
    report = verify(thrice, at=AT)
    assert report.exit_code == 0 and "the main one with Ed25519, ML-DSA-44, SM2" in report.words("en")
    assert "not checked" not in report.words("en")
    # a checker who was given the principal key alone, before there were others
    report = verify(thrice, at=AT, trust=specimen.policy_of(specimen.LOG))
    national = specimen.NATIONAL.key.id.hex()
    words = report.words("en")
    assert report.exit_code == 0 and words.count(f"{national}, which the policy does not name, was not") == 2
    # a checker who trusts SM2 alone needs nothing else
    assert verify(thrice, at=AT, trust=specimen.policy_of(specimen.NATIONAL)).exit_code == 0
    # a package with fewer lines than the checker's policy names, all of it signed anew by who broke the first key
    for asked in (ALL, (specimen.LOG, specimen.NATIONAL), (specimen.LOG, specimen.LATTICE)):
        weak = verify(good, at=AT, trust=specimen.policy_of(*asked))
        assert {5, 10} <= {step.number for step in weak.steps if step.outcome == Outcome.FAILED}
        assert "did not sign this checkpoint with its key" in weak.words("en")


def test_what_is_there_and_was_not_checked_is_neither_passed_nor_absent() -> None:
    log = specimen.a_log(2)
    made = specimen.material(log)
    text = Note.parse(made.note).text.encode()
    record = {"digest": hashlib.sha256(text).hexdigest(), "place": "evm:1:0x1", "record": {}}
    files = specimen.finished(log, replace(made, anchors=[(len(log.entries), record)]))
    report = verify(files, at=AT)
    assert report.exit_code == 0 and report.steps[7].outcome == Outcome.UNCHECKED
    assert "RESULT: passed (not checked here: 8 anchors)" in report.words("en")
    assert "结论：通过（此处未核验：8 链上存证）" in report.words("zh")


@pytest.mark.skipif(not shutil.which("openssl"), reason="the program openssl is not installed")
def test_entries_that_state_a_later_time_than_their_token_are_told(tmp_path: Path) -> None:
    """The desk's own times are its own; where somebody else's says that they cannot be right, the report says so."""
    authority = OwnAuthority(tmp_path)
    authority.make(datetime.now(UTC))
    log = specimen.a_log(2)
    later = "2099-01-01T00:00:00.000000Z"
    log.seal("msg.in/received", specimen.tag_of("ours"), {"body": "好".encode()}, at=later)
    made = specimen.material(log, trust=Trust(specimen.POLICY, authority.root))
    text = Note.parse(made.note).text.encode()
    query = timestamp.request(hashlib.sha256(text).digest(), 4711)
    token = package.Token(len(log.entries), query, authority.answer(query), b"")
    report = verify(specimen.finished(log, replace(made, tokens=[token])), at=AT)
    assert report.exit_code == 0 and report.steps[6].outcome == Outcome.PASSED
    assert "1 of them state a later time than this: the desk's clock ran ahead" in report.words("en")
    assert "其中 1 条自称的时间晚于此时：出具方时钟偏快" in report.words("zh")


def test_withheld_parts_are_not_in_the_package(good: dict[str, bytes]) -> None:
    assert not any(b"13800000001" in data for data in good.values())


@pytest.fixture(scope="module")
def thrice() -> dict[str, bytes]:
    """A package of a log that signs with three kinds of key."""
    return specimen.a_package(3, ALL)


@pytest.mark.parametrize("which", ["good", "thrice"])
def test_every_changed_byte_is_found(which: str, request: pytest.FixtureRequest) -> None:
    """Every file, every byte: one bit each, which one drawn from a fixed seed."""
    good = request.getfixturevalue(which)
    draw = random.Random(7)
    for name, data in good.items():
        places = range(len(data)) if len(data) < 400 else sorted(draw.sample(range(len(data)), 400))
        if name.startswith(("00", "verifier")):
            places = places[:5]
        for place in places if name.startswith(("12-export", "01")) else places[:: max(1, len(places) // 8)]:
            changed = bytearray(data)
            changed[place] ^= 1 << draw.randrange(8)
            assert judge({**good, name: bytes(changed)}) != 0, (name, place)


def test_every_lost_added_or_swapped_file_is_found(good: dict[str, bytes]) -> None:
    names = sorted(good)
    for name in names:
        assert judge({n: d for n, d in good.items() if n != name}) != 0, name
        if good[name]:
            assert judge({**good, name: good[name][: len(good[name]) // 2]}) != 0, name
    for one, two in itertools.pairwise(names):
        if good[one] != good[two]:
            assert judge({**good, one: good[two], two: good[one]}) != 0, (one, two)
    assert judge({**good, "02-original/extra.txt": b"x"}) != 0
    assert judge({**good, "12-export/extra.txt": b"x"}) != 0


def test_the_container_opens_elsewhere_and_every_byte_of_it_counts(good: dict[str, bytes]) -> None:
    data = container.pack(good)
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert other.testzip() is None
        assert {name: other.read(name) for name in other.namelist()} == good
    assert container.unpack(data) == good
    files = {"a/b.txt": b"hello", "c.txt": b"", "d": bytes(range(256))}
    small = container.pack(files)
    for place in range(len(small)):
        for bit in range(8):
            changed = bytearray(small)
            changed[place] ^= 1 << bit
            with pytest.raises(container.ContainerRefused):
                container.unpack(bytes(changed))
    for end in range(len(small)):
        with pytest.raises(container.ContainerRefused):
            container.unpack(small[:end])
    with pytest.raises(container.ContainerRefused):
        container.unpack(small + b"\0")


def test_a_container_of_very_many_files() -> None:
    files = {f"{n:06}": b"" for n in range(70_000)}
    data = container.pack(files)
    assert len(container.unpack(data)) == 70_000
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert len(other.namelist()) == 70_000


def test_a_package_packed_by_another_program_is_named_as_such(good: dict[str, bytes]) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as other:
            for name, data in good.items():
                other.writestr(name, data)
        with pytest.raises(container.ContainerRefused):
            container.unpack(out.getvalue())


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_answered(data: bytes) -> None:
    with pytest.raises(container.ContainerRefused):
        container.unpack(data)


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a//b", "a/../b", "a\\b", "C:x", "a/", "", ".hidden", "a/.b", "é"]
)
def test_a_name_that_climbs_out_is_refused(name: str) -> None:
    assert not container.safe_name(name)
    with pytest.raises(ValueError):
        container.pack({name: b""})


def test_the_one_file_verifier_judges_as_we_do(
    good: dict[str, bytes], thrice: dict[str, bytes], tmp_path: Path
) -> None:
    program = tmp_path / "shouyue_verify.py"
    program.write_bytes(onefile.python_verifier())
    pack, folder = tmp_path / "good.zip", tmp_path / "good"
    pack.write_bytes(container.pack(good))
    for name, data in good.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(container.pack({**good, "00-read-me.md": b"another"}))
    policy = tmp_path / "policy"
    policy.write_bytes(specimen.POLICY)

    def run(*words: object) -> tuple[int, str]:
        words = (sys.executable, "-I", str(program), *map(str, words))
        done = subprocess.run(words, capture_output=True, text=True, cwd="/", timeout=60)
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    assert run(pack)[0] == 0
    code, said = run("--zh", "--policy", policy, folder)
    assert code == 0 and "结论：通过" in said and "RESULT" not in said
    code, said = run("--en", broken)
    assert code == 1 and "00-read-me.md was changed" in said
    three, cut = tmp_path / "three.zip", tmp_path / "cut.zip"
    three.write_bytes(container.pack(thrice))
    code, said = run("--en", three)
    assert code == 0 and "Ed25519, ML-DSA-44, SM2" in said
    (tmp_path / "asked").write_bytes(specimen.policy_of(*ALL).policy)
    cut.write_bytes(container.pack(good))
    code, said = run("--en", "--policy", tmp_path / "asked", cut)
    assert code == 1 and "did not sign this checkpoint with its key" in said
    assert run(policy)[0] == 3
    assert run(tmp_path / "nothing.zip")[0] == 3
    assert run()[0] == 3
    (folder / "link").symlink_to("/etc/passwd")
    assert run(folder)[0] == 3


def test_the_one_file_verifier_defines_each_name_once() -> None:
    import ast
    from collections import Counter

    defined: list[str] = []
    for node in ast.parse(onefile.python_verifier()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.append(node.name)
        elif isinstance(node, ast.Assign):
            defined += [t.id for t in node.targets if isinstance(t, ast.Name)]
    assert [name for name, count in Counter(defined).items() if count > 1] == []
    assert b"shouyue.evidence" not in onefile.python_verifier()


def failing_steps(files: dict[str, bytes]) -> list[int]:
    return [step.number for step in verify(files, at=AT).steps if step.outcome == Outcome.FAILED]


def test_a_forger_who_makes_the_sums_again_is_found_by_what_lies_below(good: dict[str, bytes]) -> None:
    original = next(n for n in good if n.startswith("02-original/") and "body" in n)
    entry = next(n for n in good if n.startswith("04-entries/") and "log_index" not in n)
    proof = next(n for n in good if n.startswith("05-proofs/") and n.endswith("000001.tlog-proof"))
    assert 2 in failing_steps(resummed({**good, original: good[original] + b"!"}))
    record = json.loads(good[entry])
    record["parts"].pop()
    changed = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert 2 in failing_steps(resummed({**good, entry: changed}))
    longer = good[proof].replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1)
    assert 4 in failing_steps(resummed({**good, proof: longer}))
    note = next(n for n in good if n.startswith("06-checkpoints/"))
    assert 5 in failing_steps(resummed({**good, note: good[note].replace(b"desk.example", b"desk.examplf")}))
    gone = {n: d for n, d in good.items() if "000004" not in n}
    assert {9, 10} <= set(failing_steps(resummed(gone)))
    assert failing_steps(resummed({**good, "00-read-me.md": b"all is well"})) == [10]
    assert failing_steps(good) == []


def test_loading_never_follows_a_name_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a b").write_text("x")
    with pytest.raises(container.ContainerRefused):
        standalone.load(tmp_path)


def published(log: specimen.Log) -> dict[str, bytes]:
    """The log's own files, entries only: what a scan reads."""
    from shouyue.evidence.checkpoint import sign_checkpoint

    size = len(log.entries)
    files = {"checkpoint": sign_checkpoint(log.head(size), [specimen.LOG]).to_bytes()}
    for number in range(-(-size // 256)):
        entries = log.entries[number * 256 : number * 256 + 256]
        files[tile_path("entries", number, tile_width(0, number, size))] = bundle(entries)
    return files


def test_a_full_scan_of_the_log_is_method_4() -> None:
    log = specimen.a_log(150)
    files = specimen.finished(log, specimen.material(log))
    log.seal("msg.in/received", specimen.tag_of("ours"), {"body": b"later"})
    report = verify(files, at=AT, log=published(log).get)
    assert report.exit_code == 0, report.words("en")
    assert "by methods 1, 2, 3, 4" in report.words("en")
    other = specimen.a_log(151)
    report = verify(files, at=AT, log=published(other).get)
    assert report.exit_code == 2 and "are not those of the package's log" in report.words("en")
    broken = published(log)
    del broken["tile/entries/000"]
    assert "tile/entries/000 is missing" in verify(files, at=AT, log=broken.get).words("en")
    assert verify(files, at=AT, log={}.get).exit_code == 2


def test_a_second_run_of_a_thread_hidden_in_the_log_is_found_by_the_scan() -> None:
    log = specimen.a_log(3)
    mine = log.streams.pop(specimen.tag_of("ours"))
    log.seal("msg.in/received", specimen.tag_of("ours"), {"body": "另一条，不想给人看".encode()})
    log.streams[specimen.tag_of("ours")] = mine
    files = specimen.finished(log, specimen.material(log))
    assert judge(files) == 0  # methods 1 to 3 cannot see it
    report = verify(files, at=AT, log=published(log).get)
    assert report.exit_code == 1  # it claimed more than was found
    assert "the log holds 1 other entries of this thread" in report.words("en")


def test_the_whole_log_is_read_on_all_cores_and_every_changed_byte_of_it_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = specimen.a_log(300)
    for name, data in published(log).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    policy = tmp_path / "policy"
    policy.write_bytes(specimen.POLICY)

    def said() -> tuple[int, str]:
        code = standalone.run(["--en", "--policy", str(policy), str(tmp_path)], AT)
        return code, capsys.readouterr().out

    code, words = said()
    assert code == 0 and f"{len(log.entries)} entries" in words
    draw = random.Random(3)
    for file in [path for path in sorted(tmp_path.rglob("*")) if path.is_file() and path != policy]:
        kept = file.read_bytes()
        for place in draw.sample(range(len(kept)), 3):
            changed = bytearray(kept)
            changed[place] ^= 1 << draw.randrange(8)
            file.write_bytes(bytes(changed))
            assert said()[0] in (1, 3), (file, place)
        file.write_bytes(kept[:-1])
        assert said()[0] in (1, 3)
        file.unlink()
        assert said()[0] in (1, 3)
        file.write_bytes(kept)
    assert said()[0] == 0


@given(st.integers(1, 1200), st.data())
def test_the_scan_finds_the_root_that_appending_finds(size: int, data: st.DataObject) -> None:
    entries = [str(n).encode() for n in range(size)]
    earlier = data.draw(st.integers(1, size))
    read = {
        tile_path("entries", n, tile_width(0, n, size)): bundle(entries[n * 256 : n * 256 + 256])
        for n in range(-(-size // 256))
    }.get
    roots, found = scan.scan(read, size, marks=[b"77"], roots_at=[earlier])
    assert roots == {n: root_of([leaf_hash(e) for e in entries[:n]]) for n in (size, earlier)}
    assert found == [(n, entry) for n, entry in enumerate(entries) if b"77" in entry]
