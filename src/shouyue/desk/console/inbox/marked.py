"""A text cut into pieces, so that a template can underline what was found in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `labels` say what was found there, empty where nothing was."""

    text: str
    labels: tuple[str, ...] = ()


def pieces(text: str, findings: Iterable[Any]) -> list[Piece]:
    """`text` cut at every begin and end of a finding. Together the pieces are the text again, exactly.

    A finding has `start`, `end` (code points, end exclusive) and `label`; those without a label mark nothing.
    """
    spans = [
        (max(0, found.start), min(len(text), found.end), found.label)
        for found in findings
        if found.label and found.start < found.end
    ]
    cuts = sorted({0, len(text), *(s for s, _, _ in spans), *(min(e, len(text)) for _, e, _ in spans)})
    return [
        Piece(text[a:b], tuple(sorted({label for s, e, label in spans if s <= a and b <= e})))
        for a, b in pairwise(cuts)
    ]
