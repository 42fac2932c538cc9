"""Reading one message, or a column of them: the same steps, the same answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from shouyue.screening import lexicon as lexicons
from shouyue.screening import privacy, speech, tactics
from shouyue.screening.finding import Finding, Parties, Screening, labels_of, ours
from shouyue.screening.fold import Folded, fold
from shouyue.screening.lexicon import Hit, Lexicon
from shouyue.screening.model import model
from shouyue.terms import Direction


def screen(
    text: str,
    *,
    direction: Direction | str,
    context: Sequence[Mapping[str, str]] = (),
    parties: Parties | None = None,
    lexicon: Lexicon | None = None,
) -> Screening:
    """What one message says, with its grounds.

    `context` are earlier messages of the thread, oldest first, each with `from` (a role) and `text`; `parties` tells whose identifiers are; `lexicon` stands in
    for the rules that come with Shouyue. Any string gives an answer, in time linear in its length.
    """
    outbound = ours(direction)
    lexicon = lexicon or lexicons.default()
    folded = fold(text)
    hits, shapes = lexicon.look(folded, outbound=outbound)
    findings = [found_by_rule(hit, folded) for hit in hits]
    findings += privacy.find(folded, outbound=outbound, shapes=shapes, context=context, parties=parties)
    findings += (speech if outbound else tactics).judge(folded, context)
    return answer(_payee(findings), outbound=outbound, lexicon=lexicon)


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
    return Finding(
        start,
        end,
        hit.rule.label,
        hit.rule.id,
        ((folded.original[start:end], 1.0),),
        hit.certainty,
        say=hit.rule.say,
    )


def answer(findings: Iterable[Finding], *, outbound: bool, lexicon: Lexicon) -> Screening:
    """Findings in order of place, their labels, and which knowledge judged."""
    ordered = tuple(sorted(findings, key=lambda found: (found.start, -found.end, found.label, found.rule)))
    versions = _versions(lexicon.fingerprint, model("outbound" if outbound else "inbound").version)
    return Screening(
        ordered, labels_of(ordered, outbound=outbound), versions, _fingerprint(tuple(versions.items()))
    )


@lru_cache(maxsize=64)
def _versions(lexicon: str, model: str) -> Mapping[str, str]:
    return {"lexicon": lexicon, "model": model}


@lru_cache(maxsize=64)
def _fingerprint(versions: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(repr(sorted(versions)).encode()).hexdigest()[:32]


def screen_many(
    texts: Iterable[str], *, direction: Direction | str, lexicon: Lexicon | None = None
) -> list[Screening]:
    """What each message of a column says, rules and identifiers only: no context, no model. Same answers as one by one."""
    return [screen(text, direction=direction, lexicon=lexicon) for text in texts]
