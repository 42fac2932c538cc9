"""What the gate answers: every rule that spoke, with its citation, the facts it used, and when the contact may go.

A decision is a value. The same pack, facts and time give the same bytes (`to_json`), so that a sealed decision can be
taken again years later and compared byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What a rule does when it speaks. Block over approval over warn over allow; a record is always made beside them."""

    BLOCK = "block"  # it does not happen; no ordinary role can override
    APPROVAL = "approval"  # a named reviewer decides, with a reason
    WARN = "warn"  # it may go on; whoever acts sees the reason and acknowledges it
    ALLOW = "allow"
    RECORD = "record"  # stops nothing: a fact must be stored or a clock set

    @property
    def weight(self) -> int:
        """4 for block down to 0 for record: the strictest effect of several is the one of greatest weight."""
        return _WEIGHT[self]


_WEIGHT = {Effect.BLOCK: 4, Effect.APPROVAL: 3, Effect.WARN: 2, Effect.ALLOW: 1, Effect.RECORD: 0}


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in Chinese and in English."""

    zh: str
    en: str

    def to_data(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}

    def filled(self, values: Mapping[str, Any], english: Mapping[str, Any] | None = None) -> Text:
        """The text with `{name}` replaced from `values`, the English from `english` where given; a name without a value
        stays readable as …."""
        return Text(self.zh.format_map(_Gaps(values)), self.en.format_map(_Gaps(english or values)))


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One rule that spoke.

    `confidence` says how sure the law itself is: high, medium, low, unconfirmed, design.
    `unknown` names facts the rule needed and was not given; the rule then asks for a person.
    `lifted_by` is the rule that set this one aside (a debtor's own consent); a lifted rule has the effect record.
    `until` is the first instant at which this rule alone would no longer block, None where no waiting helps.
    """

    rule: str
    effect: Effect
    title: Text
    reason: Text
    citation: str
    confidence: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    lifted_by: str | None = None
    until: datetime | None = None

    def to_data(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "effect": str(self.effect),
            "title": self.title.to_data(),
            "reason": self.reason.to_data(),
            "citation": self.citation,
            "confidence": self.confidence,
            "facts": plain(self.facts),
            "unknown": list(self.unknown),
            "lifted_by": self.lifted_by,
            "until": plain(self.until),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Spoken:
        return cls(
            rule=data["rule"],
            effect=Effect(data["effect"]),
            title=Text(**data["title"]),
            reason=Text(**data["reason"]),
            citation=data["citation"],
            confidence=data["confidence"],
            facts=data["facts"],
            unknown=tuple(data["unknown"]),
            lifted_by=data["lifted_by"],
            until=datetime.fromisoformat(data["until"]) if data["until"] else None,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "may this contact happen, now, to this person, in these words, on this channel?"

    `effect` is the strictest of those spoken, never record. `spoken` holds every rule that spoke, strictest first.
    `next_lawful` is the first instant from `at` on at which nothing blocks (`at` itself where nothing blocks now);
    None where waiting alone never helps, and then `why_never` says what would have to change.
    """

    effect: Effect
    at: datetime
    spoken: tuple[Spoken, ...]
    next_lawful: datetime | None
    why_never: Text | None
    pack: str
    fingerprint: str

    @property
    def allowed(self) -> bool:
        """May go without anybody's approval (a warning may still have to be acknowledged)."""
        return self.effect in (Effect.ALLOW, Effect.WARN)

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(s.rule for s in self.spoken)

    @property
    def grounds(self) -> tuple[Spoken, ...]:
        """The rules that stand in the way or warn: what to show a person. Records are left out."""
        return tuple(s for s in self.spoken if s.effect is not Effect.RECORD)

    def to_data(self) -> dict[str, Any]:
        return {
            "effect": str(self.effect),
            "at": plain(self.at),
            "spoken": [s.to_data() for s in self.spoken],
            "next_lawful": plain(self.next_lawful),
            "why_never": self.why_never.to_data() if self.why_never else None,
            "pack": self.pack,
            "fingerprint": self.fingerprint,
        }

    def to_json(self) -> bytes:
        """Canonical bytes (UTF-8, sorted keys, no floats): what is sealed, and what `policy replay` compares."""
        return canonical(self.to_data())

    @classmethod
    def from_json(cls, data: bytes) -> Decision:
        d = json.loads(data)
        return cls(
            effect=Effect(d["effect"]),
            at=datetime.fromisoformat(d["at"]),
            spoken=tuple(Spoken.from_data(s) for s in d["spoken"]),
            next_lawful=datetime.fromisoformat(d["next_lawful"]) if d["next_lawful"] else None,
            why_never=Text(**d["why_never"]) if d["why_never"] else None,
            pack=d["pack"],
            fingerprint=d["fingerprint"],
        )


def plain(value: Any) -> Any:
    """`value` in JSON's own types: times and dates as ISO 8601, decimals as text, sets sorted. A float is refused."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(v) for v in value)
    if hasattr(value, "item"):  # one NumPy number
        return plain(value.item())
    raise TypeError(
        f"{value!r} is a {type(value).__name__}; facts and decisions hold text, whole numbers, decimals, times"
    )


def canonical(value: Any) -> bytes:
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
