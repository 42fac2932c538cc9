"""A link to somebody's own page opens it to whoever has its word: staff see it covered, and what they leave in place leaves whole."""

from __future__ import annotations

import re
from collections.abc import Iterable

# the word of a link to a person's own page: whoever has it stands at their door
LINK_WORD = re.compile(r"(?<=/p/)(own/)?([\w-]{16,})")
COVERED = re.compile(r"[!-~]*/p/(?:own/)?•+")


def covered(text: str) -> str:
    """Words as staff may read them: of a link to a person's own page the word is covered, letter by letter."""
    return LINK_WORD.sub(lambda found: (found[1] or "") + "•" * len(found[2]), text)


def hides(text: str) -> bool:
    """Whether a covered link stands in these words."""
    return "•" in text and COVERED.search(text) is not None


def uncovered(text: str, said: Iterable[str]) -> str:
    """Words that somebody took over as they were shown: a covered link is that of what was `said` which looks the same from
    its first letter to its last, the newest last. What looks like none stays covered."""
    if not hides(text):
        return text
    known: dict[str, str] = {}
    for one in said:
        for found in COVERED.finditer(covered(one)):
            known[found[0]] = one[found.start() : found.end()]
    return COVERED.sub(lambda found: known.get(found[0], found[0]), text)
