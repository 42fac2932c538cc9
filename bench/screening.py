"""Speed of screening, recall of disguised identifiers, and the same corpus through the peers that are installed.

The corpus is made here from a seed (tests/screening/disguises.py): 100,000 chat messages, 12 % of the ordinary ones with
numbers that look like identifiers, 3 % with an identifier, a third of these disguised. The lexicon is made here, too: 120
patterns and 2,000 phrases cut from invented words, the size that the figures to beat were measured with. Peers run if they
are installed: `uv pip install presidio-analyzer argus-redact`; they are in no lock file.
Times are of one processor (process time), so that other work on the machine does not show.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from shouyue.screening import Finding, Lexicon, screen, screen_many
from shouyue.screening.fold import fold
from shouyue.screening.phrasebook import Rule
from shouyue.screening.privacy import identifiers
from tests.screening import disguises
from tests.screening.disguises import ORDINARY

CHAT = (
    Path(os.environ.get("SHOUYUE_SHARED", Path(__file__).parents[2] / "shared"))
    / "data/collection_chat/dev.jsonl"
)
SYLLABLES = "逾期合同账户律师法院单位家人朋友电话上门冻结执行起诉征信评分协商减免延期抵押担保车辆处置拍卖公告通知回执材料凭证利息本金违约"


def say(what: str, value: str) -> None:
    print(f"{what:<66} {value}", flush=True)


def corpus(count: int) -> list[str]:
    """Chat messages with what real ones have: mostly ordinary, some look-alikes, few identifiers."""
    rng = random.Random(4)
    innocent = list(disguises.innocent(rng, count * 97 // 100))
    plain = {"plain": disguises.KNOWN["plain"]}
    with_numbers = []
    for kind in range(count - len(innocent)):
        if kind % 3:
            number = disguises.NUMBERS[rng.choice(list(disguises.NUMBERS))](rng)
            with_numbers.append(rng.choice(disguises.FRAMES).format(plain["plain"](number, rng)))
        else:
            with_numbers += [message for *_, message in disguises.known(rng, 1)]
    messages = [
        text + rng.choice(("", "。", "，麻烦您回复一下", "，谢谢您的理解与配合，祝您生活愉快"))
        for text in innocent
    ]
    messages += with_numbers
    rng.shuffle(messages)
    return messages


def lexicon() -> Lexicon:
    """120 patterns and 2,000 phrases of three to five characters; half of these by sound, too."""
    rng = random.Random(9)

    def word(size: int) -> str:
        return "".join(rng.choice(SYLLABLES) for _ in range(size))

    rules = [
        Rule(
            f"bench.{n}", "threat", True, {}, "bench", patterns=(f"(?:{word(2)}|{word(2)}).{{0,8}}{word(2)}",)
        )
        for n in range(120)
    ]
    phrases = tuple(dict.fromkeys(word(rng.choice([3, 4, 4, 5])) for _ in range(2000)))
    return Lexicon([*rules, Rule("bench.phrases", "threat", True, {}, "bench", phrases=phrases)])


def rate(messages: Sequence[str], act: Callable[[], object], repeat: int = 9) -> str:
    """Messages a second: the best of some runs, and the median."""
    taken = []
    for _ in range(repeat):
        gc.collect()
        began = time.process_time()
        act()
        taken.append(time.process_time() - began)
    best, median = min(taken), sorted(taken)[len(taken) // 2]
    return f"{len(messages) / best:>11,.0f} messages/s (median {len(messages) / median:,.0f})"


def latency(messages: Sequence[str], one: Callable[[str], object]) -> str:
    """As it comes, and each message at its best of three: what it costs where nothing else empties the caches."""
    taken, at_best = [], []
    for text in messages:
        tries = []
        for _ in range(3):
            began = time.thread_time_ns()
            one(text)
            tries.append((time.thread_time_ns() - began) / 1000)
        taken.append(tries[0])
        at_best.append(min(tries))
    taken.sort()
    at_best.sort()
    last, median = len(taken) * 99 // 100, len(taken) // 2
    return f"p50 {taken[median]:.1f} µs, p99 {taken[last]:.1f} µs; best of three {at_best[median]:.1f}, {at_best[last]:.1f}"


def found(kind: str, number: str, message: str) -> bool:
    return any(one.kind == kind and one.canonical == number for one in identifiers(fold(message).text))


def disguised(count: int, sentences: list[str]) -> None:
    for name, cases in (
        ("known disguises, one by one", disguises.known(random.Random(11), count)),
        ("random combinations, first set", disguises.combined(random.Random(12), count, disguises.UNSEEN)),
        (
            "random combinations, held-out set",
            disguises.combined(random.Random(13), count, disguises.HELD_OUT),
        ),
        ("a second hand", disguises.by_a_second_hand(random.Random(15), count, sentences)),
    ):
        right: dict[str, list[bool]] = {}
        for kind, number, _, message in cases:
            right.setdefault(kind, []).append(found(kind, number, message))
        everything = [hit for hits in right.values() for hit in hits]
        each = ", ".join(f"{kind} {100 * sum(hits) / len(hits):.2f}" for kind, hits in sorted(right.items()))
        say(f"recall, {name} ({count:,})", f"{100 * sum(everything) / len(everything):.2f} %  ({each})")
    kinds = set(disguises.NUMBERS)
    wrong = sum(
        any(one.kind in kinds for one in identifiers(fold(message).text))
        for message in disguises.innocent(random.Random(14), 10 * count)
    )
    say(
        f"false messages, 12 % look-alikes ({10 * count:,})",
        f"{wrong}  ({10_000 * wrong / (10 * count):.2f} in 10,000)",
    )


PLAIN = {
    "resident_id": re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{9}[\dXx](?!\d)"),
    "mobile": re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"),
    "bank_card": re.compile(r"(?<!\d)62\d{14,17}(?!\d)"),
}


def _presidio() -> Callable[[str], set[str]]:
    """Its recognisers alone, with the plain patterns and its own for cards; no language model, which would be slower."""
    analyzer = importlib.import_module("presidio_analyzer")
    cards = importlib.import_module("presidio_analyzer.predefined_recognizers").CreditCardRecognizer()
    recognisers = [cards] + [
        analyzer.PatternRecognizer(kind, patterns=[analyzer.Pattern(kind, pattern.pattern, 0.8)])
        for kind, pattern in PLAIN.items()
    ]
    names = {"CREDIT_CARD": "bank_card"}

    def run(text: str) -> set[str]:
        return {
            names.get(hit.entity_type, hit.entity_type)
            for one in recognisers
            for hit in one.analyze(text, one.supported_entities, None) or ()
        }

    return run


def _argus() -> Callable[[str], set[str]]:
    """Counts whatever it covers as found, of any kind: in its favour."""
    redact = importlib.import_module("argus_redact").redact
    every = set(disguises.NUMBERS)
    return lambda text: every if redact(text, mode="fast", lang="zh")[1] else set()


def peers(messages: list[str]) -> None:
    cases = {name: list(cases) for name, cases in (
        ("plain", ((k, n, d, m) for k, n, d, m in disguises.known(random.Random(21), 4000) if d == "plain")),
        ("disguised", ((k, n, d, m) for k, n, d, m in disguises.known(random.Random(21), 2000) if d != "plain")),
    )}  # fmt: skip
    engines: list[tuple[str, Callable[[], Callable[[str], set[str]]]]] = [
        ("shouyue, one by one", lambda: lambda text: {one.kind for one in identifiers(fold(text).text)}),
        ("re, three plain patterns", lambda: lambda text: {k for k, p in PLAIN.items() if p.search(text)}),
        ("presidio-analyzer", _presidio),
        ("argus-redact", _argus),
    ]
    for name, make in engines:
        try:
            run = make()
            run("您好")
        except Exception as error:
            say(f"  {name}", f"not run: {type(error).__name__}: {str(error)[:80]}")
            continue
        part = messages[:5000] if "re," not in name and "shouyue" not in name else messages[:50_000]
        speed = rate(part, lambda part=part, run=run: [run(text) for text in part], repeat=1)  # type: ignore[misc]
        recall = {
            what: sum(
                bool(run(message) if name.startswith("argus") else kind in run(message))
                for kind, _, _, message in some
            )
            / len(some)
            for what, some in cases.items()
        }
        say(
            f"  {name}",
            f"{speed}, recall plain {100 * recall['plain']:.1f} %, disguised {100 * recall['disguised']:.1f} %",
        )


def start() -> None:
    """A fresh process with a warm cache: reading the rules and answering for the first time, imports apart."""
    script = (
        "import time; began = time.process_time(); import shouyue.screening as s; imported = time.process_time();"
        "from shouyue.screening.lexicon import default; default(); loaded = time.process_time();"
        "s.screen('您好', direction='out', by_rules=True); first = time.process_time();"
        "s.screen('您好', direction='out'); model = time.process_time();"
        "print(*(f'{1000 * t:.0f}' for t in (imported - began, loaded - imported, first - loaded, model - first)))"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imports, load, first, model = done.stdout.split()
    say(
        "start: imports / lexicon from cache / first message / model",
        f"{imports} / {load} / {first} / {model} ms",
    )
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            env={**os.environ, "SHOUYUE_CACHE": empty},
        )  # fmt: skip
    say("the same without a cache", " / ".join(done.stdout.split()) + " ms")


def _all_different(messages: Sequence[str]) -> list[str]:
    """The same messages, no two alike: each says which case it is about."""
    return [f"{text}（第{n}案）" for n, text in enumerate(messages)]


def floor(messages: Sequence[str], book: Lexicon) -> None:
    """What no column can be faster than, each alone: joining and encoding, one scan of the engine, the findings themselves."""
    half, findings = book.halves[True], []
    for said in screen_many(messages, direction="out", lexicon=book, by_rules=True):
        findings += said.findings
    raw = "\x1e".join(messages).encode()
    pieces = [raw[at : at + (1 << 20)] for at in range(0, len(raw), 1 << 20)]
    say("  floor: join and encode", rate(messages, lambda: "\x1e".join(messages).encode()))
    say(
        "  floor: raw scan for all rules", rate(messages, lambda: [half.patterns.find_all(p) for p in pieces])
    )
    say("  floor: the findings as objects", rate(messages, lambda: [Finding(*one) for one in findings]))


def main() -> None:
    messages = corpus(100_000)
    book = lexicon()
    screen_many(messages[:1000], direction="out", lexicon=book, by_rules=True)
    gc.collect()
    gc.freeze()
    hits = sum(
        bool(said.findings) for said in screen_many(messages, direction="out", lexicon=book, by_rules=True)
    )
    size = sum(map(len, messages)) / len(messages)
    say(
        f"corpus: {len(messages):,} messages, {len(set(messages)):,} distinct; characters on average",
        f"{size:.1f}",
    )
    say("with a finding", f"{100 * hits / len(messages):.1f} %")
    different = _all_different(messages)
    for what, column in (("", messages), (", no two alike", different)):
        say(
            f"by rules, as a column{what}",
            rate(
                column,
                lambda column=column: screen_many(column, direction="out", lexicon=book, by_rules=True),
            ),  # type: ignore[misc]
        )
    floor(messages, book)
    part = messages[:30_000]
    say("rules and models, as a column", rate(part, lambda: screen_many(part, direction="out"), 2))
    say(
        "by rules, one by one",
        rate(part, lambda: [screen(t, direction="out", lexicon=book, by_rules=True) for t in part], 3),
    )
    say(
        "one message by rules",
        latency(part, lambda text: screen(text, direction="out", lexicon=book, by_rules=True)),
    )
    for way in ("out", "in"):
        say(
            f"one message with the model, {way}bound",
            latency(part[:10_000], lambda text, way=way: screen(text, direction=way)),  # type: ignore[misc]
        )
    sentences = list(ORDINARY)
    if CHAT.exists():
        sentences = [json.loads(line)["text"] for line in CHAT.read_text().splitlines()]
        say(
            "labelled chat, by rules, as a column",
            rate(sentences, lambda: screen_many(sentences, direction="out", lexicon=book, by_rules=True)),
        )
    disguised(20_000, [text for text in sentences if not re.search("[0-9]", text)])
    print("peers, on the same messages:")
    peers(messages)
    start()


if __name__ == "__main__":
    main()
