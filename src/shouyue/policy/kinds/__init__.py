"""The closed set of rule kinds. Each file has one; `KINDS` is the list, and the only place that knows them all.

To add a kind: a frozen dataclass with `judge`, `until`, `detail`, `reads` (see `policy.rule.Kind`), a `read` that takes
what the lawyer wrote, one line here, and its test under `tests/policy/kinds/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shouyue.policy.kinds import (
    amount,
    avoid,
    consent,
    count,
    deadline,
    guarantee,
    hours,
    identity,
    limitation,
    record,
    require,
    sequence,
    speech,
    trigger,
    window,
)
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.rule import Kind

Reader = Callable[[Written, Mapping[str, Parameter]], Kind]

KINDS: dict[str, tuple[Reader, tuple[str, ...]]] = {
    # kind: (how to read it, the keys it adds to a ground)
    "window": (window.read, window.KEYS),
    "hours": (hours.read, hours.KEYS),
    "avoid": (avoid.read, avoid.KEYS),
    "count": (count.read, count.KEYS),
    "consent": (consent.read, consent.KEYS),
    "trigger": (trigger.read, trigger.KEYS),
    "speech": (speech.read, speech.KEYS),
    "identity": (identity.read, identity.KEYS),
    "require": (require.read, require.KEYS),
    "deadline": (deadline.read, deadline.KEYS),
    "limitation": (limitation.read, limitation.KEYS),
    "guarantee": (guarantee.read, guarantee.KEYS),
    "amount": (amount.read, amount.KEYS),
    "sequence": (sequence.read, sequence.KEYS),
    "record": (record.read, record.KEYS),
}


def read_kind(ground: Written, parameters: Mapping[str, Parameter]) -> tuple[str, Kind]:
    """The kind a ground names, with what it needs read and checked."""
    name = ground.need("kind")
    if name not in KINDS:
        raise ground.place.error(f"unknown kind {name!r}; known are {', '.join(KINDS)}")
    return name, KINDS[name][0](ground, parameters)


__all__ = ["KINDS", "read_kind"]
