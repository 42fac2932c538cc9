"""Another matter, by the words: what the other side says that is not this thread's business, shown as drift (tactics.drift)."""

from __future__ import annotations

from functools import lru_cache

from shouyue.screening.finding import Finding
from shouyue.screening.fold import Folded
from shouyue.screening.lexicon import DATA, Lexicon
from shouyue.screening.reading import found_by_rule

OTHER_PERSON = "elsewhere.other_person"  # says nothing where the writer is no debtor: their whole talk is of somebody else


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The rules that come with Shouyue."""
    return Lexicon.read(DATA / "elsewhere")


def elsewhere(folded: Folded, *, debtor: bool = True) -> list[Finding]:
    """What one message of theirs says of other business; `debtor`: is it the debtor who writes?"""
    hits, _ = lexicon().look(folded, outbound=True)
    return [found_by_rule(hit, folded) for hit in hits if debtor or hit.rule.id != OTHER_PERSON]
