"""A lexicon says where its rules speak, undoes disguises, and refuses rules that could stall or that show no example."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.screening import Lexicon, mask, screen
from shouyue.screening.fold import fold
from shouyue.screening.phrasebook import Rule, UnableToRead

BODY = """
label: threat
direction: outbound
define:
  part: 腿|手|胳膊
rules:
  - id: threat.body
    what: {zh: 扬言伤害身体, en: harm to the body is announced}
    phrases: [打断你的腿, 弄死你全家]
    patterns: ['(?:打|砍)断.{0,6}{part}']
    unless: ['不(?:会|能).{0,4}打断']
    must_match: [再不还打断你的腿, 打duan你的推, "打，断，你，的，腿", 砍斷他的手, "弄 死 你 全 家", nong死你quan家]
    must_not_match: [我们不会打断你的腿]
"""


def lexicon(tmp_path: Path, text: str, *, plain: bool = False) -> Lexicon:
    (tmp_path / "threats.yaml").write_text(text)
    return Lexicon.read(tmp_path, plain=plain)


@pytest.mark.parametrize("plain", [False, True], ids=["compiled", "plain re"])
def test_examples_hold_with_and_without_the_fast_libraries(tmp_path: Path, plain: bool) -> None:
    assert lexicon(tmp_path, BODY, plain=plain).failing_examples() == []


def test_a_rule_whose_examples_fail_says_so(tmp_path: Path) -> None:
    wrong = BODY.replace("must_match: [", "must_match: [您好, ")
    (line,) = lexicon(tmp_path, wrong).failing_examples()
    assert "threats.yaml:7" in line and "must match '您好'" in line


def test_the_span_lies_in_the_original(tmp_path: Path) -> None:
    text = "喂！打\u200bduan你的推,听到没"
    (found,) = screen(text, direction="outbound", lexicon=lexicon(tmp_path, BODY)).findings
    assert text[found.start : found.end] == "打\u200bduan你的推"


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a+)+$", "without bound"),
        ("(?:a|a){0,40}", "stall"),
        (".{0,40}a.{0,40}b.{0,40}c.{0,40}d", "stall"),
        (r"(a)\1", "not in the subset"),
        ("(?=a)b", "looking around"),
        ("^a", "anchors"),
        (r"\w{2}", "write the class out"),
        ("a{0,3}", "matches nothing"),
        ("(a", "not a regular expression"),
        ("{nobody}a", "not defined"),
        ("a{1,9999999999999}", ""),
        ("(" * 5000 + "a" + ")" * 5000, ""),
    ],
)
def test_a_pattern_that_could_stall_is_refused_with_file_and_line(
    tmp_path: Path, pattern: str, why: str
) -> None:
    bad = BODY.replace("(?:打|砍)断.{0,6}{part}", pattern)
    with pytest.raises(UnableToRead, match=r"threats\.yaml:10: threat\.body: ") as refused:
        lexicon(tmp_path, bad)
    assert why in str(refused.value)


@pytest.mark.parametrize("examples", ["must_match", "must_not_match"])
def test_a_rule_without_examples_is_refused(tmp_path: Path, examples: str) -> None:
    without = "\n".join(line for line in BODY.splitlines() if f" {examples}:" not in line)
    with pytest.raises(UnableToRead, match="without examples is refused"):
        lexicon(tmp_path, without)


def test_a_label_must_be_of_the_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(UnableToRead, match="'nonsense' is not a label of outbound messages"):
        lexicon(tmp_path, BODY.replace("label: threat", "label: nonsense"))


def test_an_id_stands_once(tmp_path: Path) -> None:
    (tmp_path / "again.yaml").write_text(BODY)
    with pytest.raises(UnableToRead, match="already defined"):
        lexicon(tmp_path, BODY)


def test_a_damaged_cache_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOUYUE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rules").mkdir()
    assert lexicon(tmp_path / "rules", BODY).failing_examples() == []
    kept = sorted((tmp_path / "cache").glob("outbound-*"))
    assert kept
    for file in kept:
        file.write_bytes(file.read_bytes()[:-1] + b"\0")
    assert lexicon(tmp_path / "rules", BODY).failing_examples() == []


def test_a_lenders_secret_is_found_and_named_by_no_finding(tmp_path: Path) -> None:
    secret = """
label: personal_data
direction: outbound
rules:
  - id: own.names
    kind: secret
    phrases: [猎鹰评分]
    must_match: ["我们的猎-鹰-评-分"]
    must_not_match: [评分]
"""
    text = "你在我们的猎*鹰*评*分里是E级"
    said = screen(text, direction="outbound", lexicon=lexicon(tmp_path, secret), by_rules=True)
    (found,) = said.findings
    assert (found.kind, found.canonical_masked, said.labels) == ("secret", "*" * 7, {"personal_data"})
    assert "猎" not in repr(said) and mask(text, said.findings) == "你在我们的*******里是E级"
    with pytest.raises(UnableToRead, match="'password' is not a kind of identifier"):
        lexicon(tmp_path, secret.replace("kind: secret", "kind: password"))


RULES = (
    Rule("a", "threat", True, {}, "test", phrases=("打断你的腿", "你的腿"), unless=("不会.{0,4}打断",)),
    Rule("b", "insult", True, {}, "test", phrases=("老赖子", "一一一"), sound=True),
    Rule(
        "c", "threat", True, {}, "test", patterns=("打.{0,3}腿", "[打断]{2,4}你?"), beside=("家",), within=4
    ),
)
FAST, PLAIN = Lexicon(RULES), Lexicon(RULES, plain=True)
WORDS = ["打", "断", "你", "的", "腿", "推", "duan", "不会", "家", "老", "赖", "癞", "子", "一", "依", "，", " ", "\n", "*", "\u200b", "x"]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_both_engines_give_the_same_answers(text: str) -> None:
    assert FAST.match(fold(text), outbound=True) == PLAIN.match(fold(text), outbound=True)


@pytest.mark.parametrize(
    ("found", "instead", "why"),
    [
        ("part: 腿|手|胳膊", "part: 5", "a pattern in words"),
        ("label: threat", "label: [threat]", "is not a label"),
        ("    what:", "    certainty: 9\n    what:", "at most 1"),
        ("    what:", "    within: 400\n    what:", "1 to 40 characters"),
        ("  - id: threat.body", "  - 5\n  - id: threat.body", "expected a rule, found 5"),
    ],
)
def test_what_is_written_wrongly_is_refused_with_its_line(
    tmp_path: Path, found: str, instead: str, why: str
) -> None:
    with pytest.raises(UnableToRead, match=rf"^threats\.yaml:\d+: .*{why}"):
        lexicon(tmp_path, BODY.replace(found, instead, 1))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "threats.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(UnableToRead, match="expected YAML in UTF-8"):
        Lexicon.read(tmp_path)


BY_SOUND = Rule("a", "threat", True, {}, "a", phrases=("打断你的腿", "弄死你全家", "打断腿"), sound=True)
SOUNDING = st.tuples(*(st.sampled_from(alike.split()) for alike in ("打 达 da", "断 段 duan", "腿 推 tui")))


@given(st.text("你的全家我，", max_size=4), SOUNDING, st.text("你的全家我，", max_size=4), st.booleans())
def test_what_the_engine_does_not_nominate_would_not_have_spoken(
    before: str, words: tuple[str, ...], after: str, plain: bool
) -> None:
    half = Lexicon([BY_SOUND], plain=plain).halves[True]
    text = before + "".join(words) + after
    everything = range(half.first_sound + len(half.heard))
    assert half.look(text)[0] == half.hits(text, everything)[0]


def test_a_list_that_doubles_itself_is_refused_at_once(tmp_path):
    """Of YAML's references a few lines make a billion words: what was found is shown cut short."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in pairwise("abcdefghijklmnop"):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    path = tmp_path / "own.yaml"
    path.write_text("\n".join([*lines, "rules: *p", "label: threat", "direction: outbound"]))
    with pytest.raises(UnableToRead, match="expected a rule"):
        Lexicon.read(path)
