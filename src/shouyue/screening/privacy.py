"""Identifiers: found whatever their disguise, checked, masked, and told whose they are."""

from __future__ import annotations

from collections.abc import Iterable

from shouyue.screening.finding import Finding, Kind


def masked(kind: Kind | str, canonical: str) -> str:
    """An identifier in normal form, so far covered that it tells the owner which one it is and nobody else what it is."""
    n = len(canonical)
    keep = {
        Kind.RESIDENT_ID: (3, 2), Kind.MOBILE: (3, 4), Kind.LANDLINE: (n - 4 if n > 8 else 0, 0), Kind.BANK_CARD: (0, 4),
        Kind.PLATE: (2, 1), Kind.VIN: (3, 4), Kind.USCC: (4, 4), Kind.PASSPORT: (1, 2), Kind.WECHAT_ID: (1, 1),
        Kind.QQ_ID: (1, 1), Kind.ADDRESS: (min(6, n // 2), 0), Kind.PERSON_NAME: (1, 0), Kind.SECRET: (0, 0),
    }  # fmt: skip
    if kind == Kind.EMAIL:
        name, _, host = canonical.partition("@")
        return f"{name[:1]}***@{host}"
    head, tail = keep[Kind(kind)]
    return canonical[:head] + "*" * (n - head - tail) + (canonical[n - tail :] if tail else "")


def mask(text: str, what: Iterable[Finding] | Kind | str) -> str:
    """The one masking function. `what` is the kind of the identifier that `text` is, or the findings of a message."""
    if isinstance(what, str):
        return masked(what, text)
    out, here = [], 0
    for found in sorted(found for found in what if found.kind):
        if found.end <= here:
            continue
        out.append(text[here : max(here, found.start)])
        out.append(found.canonical_masked)
        here = found.end
    return "".join(out) + text[here:]
