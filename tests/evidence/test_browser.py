"""The one-page verifier in a real browser, from a file, without a network: it judges as the Python one does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shouyue.evidence import container, onefile
from shouyue.evidence.checkpoint import LatticeCosigner, Note
from shouyue.evidence.sm2 import SM2_N, NotSM2, sm2_holds
from shouyue.evidence.sm2_key import SM2Key
from shouyue.evidence.trust import Trust
from shouyue.evidence.verify import Outcome, verify
from tests.evidence import specimen
from tests.evidence.test_package import judge
from tests.evidence.test_sm2 import EXAMPLE, MESSAGE, R, S
from tests.vectors.make import resummed
from tests.vectors.test_evidence import EXPECTED, VECTORS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    from deploy.browser import find

    chromium = find()
    if not chromium:
        pytest.skip("no Chromium: run `make browser`, or set CHROMIUM")
    file = tmp_path_factory.mktemp("page") / "verify.html"
    file.write_bytes(onefile.html_verifier())
    with sync_api.sync_playwright() as play:
        root = os.geteuid() == 0
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"] if root else [])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        yield page
        browser.close()
        assert asked == [file.as_uri()]


def in_browser(page: Any, data: bytes, folder: Path) -> tuple[int, str]:
    pack = folder / f"{len(list(folder.iterdir()))}.zip"
    pack.write_bytes(data)
    page.evaluate("document.getElementById('report').dataset.code = ''")
    page.set_input_files("#file", str(pack))
    page.wait_for_selector("#report[data-code]:not([data-code=''])", timeout=20_000)
    return int(page.get_attribute("#report", "data-code")), page.inner_text("#report")


def test_a_good_package_passes(page: Any, tmp_path: Path) -> None:
    code, said = in_browser(page, container.pack(specimen.a_package()), tmp_path)
    assert code == 0, said
    assert "截至日志长度 13 完整" in said and "结论：通过" in said


def test_the_browser_and_python_agree_on_broken_packages(page: Any, tmp_path: Path) -> None:
    good = specimen.a_package()
    original = next(n for n in good if n.startswith("02-original/") and "body" in n)
    proof = next(n for n in good if n.startswith("05-proofs/") and n.endswith("000001.tlog-proof"))
    note = next(n for n in good if n.startswith("06-checkpoints/"))
    longer = good[proof].replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1)
    for stated in ([(90, 104, 0)], [(1, 101, 0), (103, 200, 0)], [(1, 150, 2)], []):
        data = specimen.a_counted_package(*stated)
        code, said = in_browser(page, container.pack(data), tmp_path)
        theirs = verify(data, at="T").words("en")
        assert code == 0 and ("by methods 1, 2, 3, 5" in said) == ("by methods 1, 2, 3, 5" in theirs), said
        assert ("method 5 not passed" in said) == ("method 5 not passed" in theirs), said
    cases = {
        "original": {**good, original: good[original] + b"!"},
        "forged": resummed({**good, original: good[original] + b"!"}),
        "proof": resummed({**good, proof: longer}),
        "note": resummed({**good, note: good[note].replace(b"\n14\n", b"\n15\n")}),
        "readme": resummed({**good, "00-read-me.md": b"all is well"}),
        "gone": resummed({n: d for n, d in good.items() if "000004" not in n}),
        "no list": {n: d for n, d in good.items() if n != "01-list.json"},
        "no export": {n: d for n, d in good.items() if not n.startswith("12-export")},
    }
    for name in sorted(good)[:: max(1, len(good) // 12)]:
        if good[name]:
            cases[f"byte of {name}"] = {**good, name: bytes([good[name][0] ^ 1]) + good[name][1:]}
    for name, files in cases.items():
        code, said = in_browser(page, container.pack(files), tmp_path)
        assert code == judge(files) != 0, (name, code, judge(files), said)


def test_the_browser_writes_what_stands_in_the_log_as_we_do(page: Any, tmp_path: Path) -> None:
    """Every width of number and text, both signs, what is nested: one byte otherwise, and no proof would hold."""
    log = specimen.a_log(2)
    numbers = [edge + by for edge in (0, 23, 255, 65535, 2**32, 2**53 - 2) for by in (0, 1)]
    outside = {
        "numbers": numbers,
        "below": [-n for n in numbers[1:]],
        "texts": ["", "x" * 23, "x" * 24, "x" * 260, '"\\\n\0\x7f'],
        "deep": {"b": {"aa": 1, "c": [[], {}]}, "a": {}},
    }
    log.seal("msg.in/received", specimen.tag_of("ours"), {"body": b"x"}, outside)
    data = specimen.finished(log, specimen.material(log))
    assert verify(data, at="T").exit_code == 0
    code, said = in_browser(page, container.pack(data), tmp_path)
    assert code == 0, said


def test_what_is_no_package_is_named_so(page: Any, tmp_path: Path) -> None:
    data = container.pack(specimen.a_package())
    for wrong in (b"", b"hello", data[:-5], data + b"\0", data[:3000] + b"X" + data[3001:]):
        code, said = in_browser(page, wrong, tmp_path)
        assert code in (1, 3), said


def test_the_browser_judges_every_kept_vector_as_python_does(page: Any, tmp_path: Path) -> None:
    for folder, name in VECTORS:
        code, said = in_browser(page, (folder / f"{name}.zip").read_bytes(), tmp_path)
        assert code == EXPECTED[folder][name]["exit"], (folder.name, name, said)


def test_a_witness_whose_kind_of_key_a_browser_lacks_is_not_checked_and_never_passed(
    page: Any, tmp_path: Path
) -> None:
    lattice = LatticeCosigner("pq.example", b"\5" * 32)
    log = specimen.a_log(3)
    made = specimen.material(log)
    note = Note.parse(made.note)
    signed = note.with_lines([lattice.cosign(note.text, specimen.SEEN)])
    policy = f"log {specimen.LOG.key}\nwitness pq {lattice.key}\nquorum pq\n".encode()
    files = specimen.finished(log, replace(made, note=signed.to_bytes(), trust=Trust(policy)))
    assert verify(files, at="T").steps[5].outcome == Outcome.PASSED
    code, said = in_browser(page, container.pack(files), tmp_path)
    assert code == 0 and "quorum not checked here" in said, said
    assert "此处未核验 not checked here" in said and "not everything checked here in step 6" in said, said
    # not there at all is another thing: that fails here as it does there
    alone = specimen.finished(log, replace(made, trust=Trust(policy)))
    assert verify(alone, at="T").steps[5].outcome == Outcome.FAILED
    code, said = in_browser(page, container.pack(alone), tmp_path)
    assert code == 1 and "quorum not reached" in said, said


def test_the_logs_further_keys_are_checked_as_far_as_a_browser_can_and_the_rest_is_said(
    page: Any, tmp_path: Path
) -> None:
    log, national, lattice = specimen.LOG, specimen.NATIONAL, specimen.LATTICE
    code, said = in_browser(page, container.pack(specimen.a_package(3, (log, national))), tmp_path)
    assert code == 0 and "Ed25519, SM2" in said and "not everything" not in said, said
    code, said = in_browser(page, container.pack(specimen.a_package(3, (log, lattice, national))), tmp_path)
    assert code == 0 and "结论：通过" in said, said
    assert "not everything checked here in step 5, 10" in said, said
    assert f"the signature of the key {lattice.key.id.hex()} is not checked here" in said, said
    code, said = in_browser(page, container.pack(specimen.a_package(3, (national,))), tmp_path)
    assert code == 0, said
    code, said = in_browser(page, container.pack(specimen.a_package(3, (lattice,))), tmp_path)
    assert code == 1 and "which a browser cannot check" in said, said


def test_the_page_reckons_sm2_as_the_library_does(page: Any) -> None:
    """The standard's example, edges of the curve, and signatures that no signer gives."""
    asked = """([key, message, signature]) => {
        try { return sm2Holds(unhex(key), unhex(message), unhex(signature)); }
        catch (e) { if (e instanceof Refused) return "refused"; throw e; } }"""

    def says(key: bytes, message: bytes, signature: bytes) -> object:
        theirs = page.evaluate(asked, [key.hex(), message.hex(), signature.hex()])
        try:
            assert sm2_holds(key, message, signature) == theirs
        except NotSM2:
            assert theirs == "refused"
        return theirs

    signature = EXAMPLE.sign(MESSAGE)
    assert says(EXAMPLE.public, MESSAGE, encode_dss_signature(R, S)) is True
    assert says(EXAMPLE.public, b"", EXAMPLE.sign(b"")) is True
    for number in (1, 2, SM2_N - 2):
        key = SM2Key(number.to_bytes(32, "big"))
        assert says(key.public, MESSAGE, key.sign(MESSAGE)) is True
    for r, s in ((0, S), (R, 0), (R, SM2_N - R), (R + SM2_N, S), (R, S + SM2_N), (SM2_N, S), (S, R)):
        assert says(EXAMPLE.public, MESSAGE, encode_dss_signature(r, s)) is False
    for wrong in (b"", b"0", signature[:-1], signature + b"\0", b"\x30\x81" + signature[1:], signature[2:]):
        assert says(EXAMPLE.public, MESSAGE, wrong) is False
    for bit in range(8 * len(signature)):
        flipped = bytes(b ^ (1 << bit % 8 if at == bit // 8 else 0) for at, b in enumerate(signature))
        assert says(EXAMPLE.public, MESSAGE, flipped) is False
    for public in (b"", bytes(65), EXAMPLE.public[:-1], b"\4" + b"\1" * 64):
        assert says(public, MESSAGE, signature) == "refused"
