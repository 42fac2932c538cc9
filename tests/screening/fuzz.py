"""Fuzzing: `python -m tests.screening.fuzz --seconds 60`. Messages are mutated until something breaks a promise of screening.

Promises: every text gets an answer; spans lie in the text; a column says what its messages say; both engines agree; nothing
that was masked is found again. The first text that breaks one is printed with its seed. Slow texts are listed at the end.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from shouyue.screening import Lexicon, mask, screen, screen_many
from shouyue.screening.fold import fold
from shouyue.screening.phrasebook import Rule
from tests.screening import disguises

RULES = (
    Rule(
        "fuzz.legs",
        "threat",
        True,
        {},
        "fuzz",
        phrases=("打断你的腿", "弄死你全家"),
        unless=("不会.{0,4}打断",),
    ),
    Rule(
        "fuzz.court",
        "false_legal",
        True,
        {},
        "fuzz",
        patterns=("法院.{0,8}(?:冻结|查封)",),
        beside=("明天", "今天"),
    ),
    Rule("fuzz.sound", "insult", True, {}, "fuzz", phrases=("老赖子",), sound=True),
)
SEEDS = (
    "打断你的腿", "弄si你quan家", "我们不会打断你的腿", "明天法院来冻结", "你这个老赖子", "身份证999999199003150012", "京A·12345",
    "加我微信zhang_0001", "zhang艾特qq点com", "他住石桥路12号3单元", "密码Yl@2026", "张三先生", "LXX4B2A00R0001234", "",
)  # fmt: skip
ALPHABET = "0123456789一二三零〇幺①０oOlIxX×叉，。,.-_ /*|\n\t\0\x1e\u200b\u202e\ufe0f\u20e3\ud800😀👨‍👩‍👧你打断腿家aZ@（）“”"


def mutated(text: str, rng: random.Random) -> str:
    """One to eight changes: characters put in, taken out, doubled, swapped, or another text spliced in."""
    chars = list(text)
    for _ in range(rng.randint(1, 8)):
        at = rng.randint(0, len(chars))
        match rng.randint(0, 6):
            case 0:
                chars[at:at] = rng.choice(ALPHABET)
            case 1:
                del chars[at : at + rng.randint(1, 3)]
            case 2:
                chars[at:at] = chars[at : at + rng.randint(1, 12)] * rng.randint(1, 3)
            case 3:
                chars[at:at] = rng.choice(SEEDS)
            case 4:
                chars[at:at] = next(disguises.combined(rng, 1, disguises.HELD_OUT))[3]
            case 5:
                chars[at:at] = chr(
                    rng.choice(
                        [rng.randint(0, 0xFFFF), rng.randint(0x1F000, 0x1FFFF), rng.randint(0, 0x10FFFF)]
                    )
                )
            case 6 if len(chars) > 1:
                other = rng.randrange(len(chars))
                at = min(at, len(chars) - 1)
                chars[at], chars[other] = chars[other], chars[at]
    return "".join(chars)[:3000]


def check(text: str, fast: Lexicon, plain: Lexicon) -> None:
    """Raises AssertionError where a promise is broken."""
    for direction in ("out", "in"):
        for one in screen(text, direction=direction).findings:
            assert 0 <= one.start < one.end <= len(text), one
    said = screen(text, direction="out", lexicon=fast, by_rules=True)
    assert said.findings == screen(text, direction="out", lexicon=plain, by_rules=True).findings, (
        "the engines differ"
    )
    assert screen_many([text, "您好", text], direction="out", lexicon=fast, by_rules=True) == [
        said, screen("您好", direction="out", lexicon=fast, by_rules=True), said
    ], "the column differs"  # fmt: skip
    folded = fold(text)
    for one in said.identifiers:
        assert one.canonical_masked.count("*") >= 1, one
    assert len(folded.text) <= len(text)
    masked = mask(text, said.findings)
    hidden = [one for one in said.identifiers if one.kind in disguises.NUMBERS and one.certainty == 1]
    for one in hidden:
        assert text[one.start : one.end] not in masked or len(text) > 40, (
            f"{one.kind} stands in the masked text"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    fast, plain = Lexicon(RULES), Lexicon(RULES, plain=True)
    until, seed, slow = time.monotonic() + chosen.seconds, chosen.seed, []
    pool = [*SEEDS, *disguises.innocent(random.Random(0), 200)]
    while time.monotonic() < until:
        rng = random.Random(seed)
        text = mutated(rng.choice(pool), rng)
        began = time.process_time()
        try:
            check(text, fast, plain)
        except Exception as error:
            print(f"seed {seed}: {error!r}\n{text!r}")
            sys.exit(1)
        slow = sorted([(time.process_time() - began, seed, len(text)), *slow], reverse=True)[:5]
        if len(pool) < 5000:
            pool.append(text)
        seed += 1
    print(f"{seed - chosen.seed:,} texts, none broke a promise; slowest:")
    for seconds, number, size in slow:
        print(f"  seed {number}: {1000 * seconds:.1f} ms, {size} characters")


if __name__ == "__main__":
    main()
