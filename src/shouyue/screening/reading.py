"""Reading one message, or a column of them: the same steps, the same answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

import numpy as np

from shouyue.screening import lexicon as lexicons
from shouyue.screening import privacy, speech, tactics
from shouyue.screening.column import BLOCK, looks
from shouyue.screening.finding import Finding, Parties, Screening, labels_of, ours
from shouyue.screening.fold import Folded, fold
from shouyue.screening.lexicon import Hit, Lexicon
from shouyue.screening.model import model
from shouyue.screening.privacy import mask
from shouyue.terms import Direction

LONGEST = 100_000  # characters read; a channel's own limits are far below


def screen(
    text: str,
    *,
    direction: Direction | str,
    context: Sequence[Mapping[str, str]] = (),
    parties: Parties | None = None,
    lexicon: Lexicon | None = None,
    by_rules: bool = False,
) -> Screening:
    """What one message says, with its grounds.

    `context` are earlier messages of the thread, oldest first, each with `from` (a role) and `text`; `parties` tells whose
    identifiers are; `lexicon` stands in for the rules that come with Shouyue; `by_rules` leaves the models out. Any string
    gives an answer in bounded time; beyond LONGEST characters the finding `length.unread` says that nobody read on.
    """
    outbound = ours(direction)
    lexicon = lexicon or lexicons.default()
    folded = fold(text[:LONGEST])
    hits, triggers = lexicon.look(folded, outbound=outbound)
    findings = [found_by_rule(hit, folded) for hit in hits]
    findings += privacy.find(folded, outbound=outbound, triggers=triggers, context=context, parties=parties)
    if len(text) > LONGEST:
        findings.append(_unread(text, outbound=outbound))
    if not by_rules:
        findings += (speech if outbound else tactics).judge(folded, context)
    known = _knowledge(lexicon.fingerprint, outbound, by_rules)
    return _answer(settled(findings, text), known, outbound=outbound)


def settled(findings: list[Finding], text: str) -> list[Finding]:
    """What the findings of one message mean beside each other."""
    if len(findings) < 2:
        return findings
    return _payee(privacy.covered(findings, text))


def _unread(text: str, *, outbound: bool) -> Finding:
    """What lies beyond LONGEST was not read, and not knowing is not permission: a person must look."""
    label = "personal_data" if outbound else "irrelevant"
    return Finding(LONGEST, len(text), label, "length.unread", ((f"{len(text):,} > {LONGEST:,}", 1.0),))


_ACCOUNTS = frozenset({"bank_card", "mobile", "wechat_id", "qq_id", "email"})


def _payee(findings: list[Finding]) -> list[Finding]:
    """An account of nobody we know, in a message that asks to pay privately, is where to pay: not personal data besides."""
    if not any(found.label == "private_payment" for found in findings):
        return findings
    return [
        found._replace(label="") if found.kind in _ACCOUNTS and found.owner is None else found
        for found in findings
    ]


def found_by_rule(hit: Hit, folded: Folded) -> Finding:
    """The finding of a rule: its place in the original, the words as they stand there."""
    start, end = folded.span(hit.start, hit.end)
    rule, words = hit.rule, folded.original[start:end]
    covered = mask(words, rule.kind) if rule.kind else ""  # a lender's secret is named by no finding
    return Finding(
        start,
        end,
        rule.label,
        rule.id,
        ((covered or words, 1.0),),
        hit.certainty,
        kind=rule.kind,
        canonical_masked=covered,
        say=rule.say,
    )


def _place(found: Finding) -> tuple[int, int, str, str]:
    return found.start, -found.end, found.label, found.rule


def _answer(findings: Sequence[Finding], known: _Known, *, outbound: bool) -> Screening:
    """Findings in order of place, their labels, and which knowledge judged."""
    if not findings:
        return known.clean
    ordered = tuple(findings) if len(findings) == 1 else tuple(sorted(findings, key=_place))
    return Screening(ordered, labels_of(ordered, outbound=outbound), known.versions, known.fingerprint)


class _Known(NamedTuple):
    """What judges."""

    versions: Mapping[str, str]
    fingerprint: str  # their digest
    clean: Screening  # the answer where nothing is found


@lru_cache(maxsize=64)
def _knowledge(lexicon: str, outbound: bool, by_rules: bool) -> _Known:
    versions = {"lexicon": lexicon}
    if not by_rules:
        versions["model"] = model("outbound" if outbound else "inbound").version
    fingerprint = hashlib.sha256(repr(sorted(versions.items())).encode()).hexdigest()[:32]
    clean = Screening((), labels_of((), outbound=outbound), versions, fingerprint)
    return _Known(versions, fingerprint, clean)


def screen_many(
    texts: Iterable[str],
    *,
    direction: Direction | str,
    parties: Parties | None = None,
    lexicon: Lexicon | None = None,
    by_rules: bool = False,
) -> list[Screening]:
    """What each message of a column says, without context: equal to `screen` of each, and much faster by rules alone.

    A text that stands there more than once is read once; a row in which nothing is found shares one answer with all such rows.
    """
    outbound = ours(direction)
    lexicon = lexicon or lexicons.default()
    texts = list(texts)
    said: dict[str, Screening] = {}  # of texts in which something is found
    distinct = list(dict.fromkeys(texts))
    if alone := [text for text in distinct if len(text) > LONGEST] if lexicon.fast else distinct:
        for text in alone:
            said[text] = screen(
                text, direction=direction, parties=parties, lexicon=lexicon, by_rules=by_rules
            )
        distinct = [text for text in distinct if text not in said]
    found = _by_rules(distinct, lexicon, outbound=outbound, parties=parties)
    if not by_rules:
        judge, by_row = (speech if outbound else tactics).judge, dict(found)
        found = ((row, by_row.get(row, []) + judge(fold(text))) for row, text in enumerate(distinct))
    known = _knowledge(lexicon.fingerprint, outbound, by_rules)
    for row, findings in found:
        if findings:
            text = distinct[row]
            said[text] = _answer(settled(findings, text), known, outbound=outbound)
    clean = _answer((), known, outbound=outbound)
    return list(map(said.get, texts, repeat(clean)))


def _by_rules(
    texts: list[str],
    lexicon: Lexicon,
    *,
    outbound: bool,
    parties: Parties | None,
) -> Iterator[tuple[int, list[Finding]]]:
    """Numbers of rows, and what rules say of them and which identifiers they hold."""
    for first, last in _blocks(texts):
        for row, folded, hits, triggers, numbers in looks(texts[first:last], lexicon, outbound=outbound):
            findings = privacy.find(
                folded, outbound=outbound, triggers=triggers, numbers=numbers, parties=parties
            )
            yield first + row, [found_by_rule(hit, folded) for hit in hits] + findings if hits else findings


def _blocks(texts: list[str]) -> Iterator[tuple[int, int]]:
    """The column in parts of about BLOCK characters: the first row of each, and the one after its last."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    first = read = 0
    while first < len(texts):
        last = max(first + 1, int(np.searchsorted(ends, read + BLOCK, side="right")))
        yield first, last
        first, read = last, int(ends[last - 1])
