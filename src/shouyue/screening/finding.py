"""What screening says: findings with their place in the original text, and the whole answer for one message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from shouyue.terms import Direction


class Kind(StrEnum):
    """Identifiers: what tells a person, a vehicle, an account or a secret from all others."""

    RESIDENT_ID = "resident_id"
    MOBILE = "mobile"
    LANDLINE = "landline"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    VIN = "vin"
    USCC = "uscc"  # unified social credit code of a company
    PASSPORT = "passport"
    EMAIL = "email"
    WECHAT_ID = "wechat_id"
    QQ_ID = "qq_id"
    ADDRESS = "address"
    PERSON_NAME = "person_name"
    SECRET = "secret"  # noqa: S105 - the lender's own: keys, passwords, internal names


SURE = 0.9  # the certainty from which on a finding may decide alone; below it a person looks
_CLEAN, _NEUTRAL = frozenset({"clean"}), frozenset({"neutral"})


@dataclass(frozen=True, slots=True)
class Parties:
    """Who may be meant, without their data: identifiers are known by blind index only.

    `index` is the caller's keyed function of (kind, canonical value); screening never sees the key.
    """

    index: Callable[[str, str], str]
    owners: Mapping[str, str] = field(
        default_factory=dict
    )  # blind index → recipient | debtor | other | lender


class Finding(NamedTuple):
    """One thing found in one message. Offsets are code points of the ORIGINAL text, `end` exclusive."""

    start: int
    end: int
    label: str  # of the vocabulary for this direction; "" for what is noted but carries no label
    rule: str  # id of the rule or model that spoke
    grounds: tuple[tuple[str, float], ...] = ()  # words that decided, with weights; identifiers appear masked
    certainty: float = 1.0  # 0 … 1
    kind: str = ""  # of an identifier, see Kind
    canonical_masked: str = ""  # the identifier in normal form, masked
    blind_index: str = ""  # of the identifier, where parties were given
    owner: str | None = (
        None  # recipient | debtor | other | lender, as Parties.owners says; None: nobody known
    )
    say: str = ""  # id of the approved wording to use instead
    earlier: int = 0  # began that many messages ago; start and end lie in this message

    def to_data(self) -> dict[str, Any]:
        """Plain values for JSON, empty ones left out; nothing here is an identifier in clear."""
        said = {
            key: value
            for key, value in self._asdict().items()
            if value not in ("", None, 0, ()) or key in ("start", "end")
        }
        if self.grounds:
            said["grounds"] = [list(ground) for ground in self.grounds]
        return said

    @classmethod
    def from_data(cls, said: Mapping[str, Any]) -> Finding:
        """The finding that `to_data` wrote down. Raises TypeError for what it did not write."""
        grounds = tuple(tuple(ground) for ground in said.get("grounds", ()))
        return cls(**{"label": "", **said, "grounds": grounds})


class Screening(NamedTuple):
    """The whole answer for one message. The same text, context and versions give the same answer anywhere."""

    findings: tuple[Finding, ...]
    labels: frozenset[str]  # {"clean"} or {"neutral"} where nothing was found
    versions: Mapping[str, str]  # of the lexicon and the models that judged
    fingerprint: str  # digest of the versions: which knowledge judged this

    def of(self, label: str) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.label == label)

    @property
    def sure(self) -> frozenset[str]:
        """Labels of findings that may decide alone."""
        return frozenset(found.label for found in self.findings if found.label and found.certainty >= SURE)

    @property
    def suspected(self) -> frozenset[str]:
        """Labels that only a person can be sure of."""
        return self.labels - self.sure - _CLEAN - _NEUTRAL

    @property
    def identifiers(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.kind)

    def to_data(self) -> dict[str, Any]:
        return {
            "labels": sorted(self.labels),
            "findings": [found.to_data() for found in self.findings],
            "versions": dict(self.versions),
            "fingerprint": self.fingerprint,
        }


OUTBOUND = frozenset(
    [
        "threat",
        "insult",
        "shaming",
        "impersonation",
        "false_legal",
        "third_party_disclosure",
        "private_payment",
        "false_amount",
        "unlawful_means",
        "harassment",
        "unlawful_recovery",
        "beyond_authority",
        "personal_data",
        "off_matter",
        "clean",
    ]
)
INBOUND = frozenset(
    [
        "promise_to_pay",
        "payment_claimed",
        "plan_request",
        "hardship",
        "vulnerable",
        "dispute_debt",
        "dispute_identity",
        "third_person",
        "stalling",
        "unreasonable_demand",
        "irrelevant",
        "provocation",
        "inducement",
        "threat",
        "insult",
        "complaint_threat",
        "stop_contact",
        "representation",
        "data_request",
        "scam_doubt",
        "neutral",
    ]
)

_OURS = {Direction.OUTBOUND, Direction.REPLY, Direction.OUTBOUND_FRIEND_REQUEST, "out"}
_THEIRS = {Direction.INBOUND, Direction.INBOUND_FRIEND_REQUEST, "in"}


def ours(direction: Direction | str) -> bool:
    """Did we write it? Takes terms.Direction, its values, or "out" and "in" of the labelled files."""
    if direction in _OURS:
        return True
    if direction in _THEIRS:
        return False
    known = ", ".join(sorted(map(str, _OURS | _THEIRS)))
    raise ValueError(f"direction {direction!r} is not one of {known}")


def labels_of(findings: Iterable[Finding], *, outbound: bool) -> frozenset[str]:
    """The labels that findings carry; clean or neutral where they carry none."""
    return _labels(tuple([found.label for found in findings if found.label]), outbound)


@lru_cache(maxsize=4096)
def _labels(labels: tuple[str, ...], outbound: bool) -> frozenset[str]:
    """Of many messages with the same labels one set, made once."""
    return frozenset(labels) or (_CLEAN if outbound else _NEUTRAL)
