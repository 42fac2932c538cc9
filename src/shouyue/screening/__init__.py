"""What does it say? The one call that the desk makes for every message, in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Screening:
    """What was found in one text. `labels` are ids of labels.md; `versions` say which lexicon and model were used."""

    findings: tuple[Any, ...] = ()
    labels: frozenset[str] = frozenset()
    identifiers: tuple[Any, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def screen(
    text: str,
    *,
    direction: str,
    context: Iterable[Mapping[str, str]] = (),
    parties: Mapping[str, set[str]] | None = None,
    lexicon: Any = None,
) -> Screening:
    """Screen one text. No rules are loaded yet: nothing is found."""
    return Screening()
