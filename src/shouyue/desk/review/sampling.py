"""Which contacts a person looks at, by a rule that anybody can check afterwards.

Every contact of ours is reviewed by machine and falls into one of three strata by its risk. It is then drawn with the
probability of its stratum (Poisson sampling): u = HMAC-SHA256(the week's seed, the contact's id) below that probability.
The week's seed is committed to in the log before the first contact of the week and opened after its last, so that nobody
could have chosen, and everybody can draw again. A share of what was drawn goes to a second reviewer who does not see
the first one's verdict, by the same rule under another name.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from uuid import UUID


class Stratum(StrEnum):
    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


# the stated rule; the product's own choice, changed in the open: a change is a commit, its figures stand in each row
PROBABILITY: Mapping[Stratum, Fraction] = {
    Stratum.HIGH: Fraction(1),
    Stratum.MIDDLE: Fraction(3, 10),
    Stratum.LOW: Fraction(1, 20),
}
SECOND = Fraction(1, 5)  # of what was drawn, reviewed blind a second time
HIGH_FROM, MIDDLE_FROM = 60, 25


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason why a contact deserves a look, with its weight."""

    word: str
    weight: int
    detail: str = ""


# what makes a contact risky; weights add up
WEIGHTS: Mapping[str, int] = {
    "would_block": 60,  # decided again with what is known now, the gate would stop it
    "red_words": 60,  # screening is sure of a red line now
    "needed_approval": 25,  # the gate would ask a second person, and nobody was asked
    "suspected_words": 25,
    "approved_after_doubt": 25,  # a second person let it go
    "warned": 15,
    "typed_by_member": 15,  # no gate stood before it
    "after_provocation": 25,  # the other side had provoked within the hour
    "third_person": 15,
    "protected": 20,  # dispute, hardship or complaint running
    "recent_finding": 20,  # against the same member within ninety days
}


def stratum(grounds: Sequence[Ground]) -> Stratum:
    score = sum(ground.weight for ground in grounds)
    return Stratum.HIGH if score >= HIGH_FROM else Stratum.MIDDLE if score >= MIDDLE_FROM else Stratum.LOW


def commitment(seed: bytes) -> str:
    """What is sealed before the week begins; the seed itself is sealed when it is over."""
    return hashlib.sha256(b"sample\0" + seed).hexdigest()


def drawn(seed: bytes, contact: UUID, probability: Fraction, what: str = "first") -> bool:
    """Whether this contact is in the sample: the same seed, contact and probability always give the same answer."""
    mac = hmac.new(seed, f"{what}\0{contact}".encode(), hashlib.sha256).digest()
    return Fraction(int.from_bytes(mac, "big"), 2**256) < probability
