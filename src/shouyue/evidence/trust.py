"""Whom the checker trusts: the log's key, witnesses and how many of them, and authorities of time (C2SP tlog-policy).

    log <vkey> [url]
    witness <name> <vkey> [url]
    group <name> <k|any|all> <members…>
    quorum <name|none>

A log that signs with several keys has a line for each, all under its one name: the first is its principal key, and the others
must have signed the heads that a package stands on as well.

This is where trust begins, so it should come to the expert by another road than the package, or its digest should.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from cryptography import x509

from shouyue.evidence.checkpoint import VerifierKey

LARGEST_POLICY = 100_000


class PolicyRefused(ValueError):
    """The policy cannot be followed. The message names the line."""


@dataclass(slots=True)
class Policy:
    """Keys by name, groups, and the one thing that must be satisfied."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)  # where a witness is asked
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = "none"

    def of_log(self, name: str) -> list[VerifierKey]:
        """The keys of the log of this name, its principal one first; none for a log that is not trusted."""
        return [key for key in self.logs if key.name == name]

    def satisfied_by(self, signed: Collection[VerifierKey]) -> bool:
        """Whether these cosigners are enough. Groups only name what stands before them, so one pass decides."""
        met = {"none"} | {name for name, key in self.witnesses.items() if key in signed}
        for name, (needed, members) in self.groups.items():
            if sum(member in met for member in members) >= needed:
                met.add(name)
        return self.quorum in met


def parse_policy(data: bytes) -> Policy:
    if len(data) > LARGEST_POLICY:
        raise PolicyRefused(f"a policy of {len(data)} bytes is too large")
    try:
        rows = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise PolicyRefused("the policy is not UTF-8") from None
    policy = Policy()
    grouped: set[str] = set()
    quorum: str | None = None
    for number, row in enumerate(rows, 1):
        words = row.split("#", 1)[0].split()
        if not words:
            continue
        known = policy.witnesses.keys() | policy.groups.keys()
        try:
            if words[0] == "log" and len(words) in (2, 3):
                if (key := VerifierKey.parse(words[1])) in policy.logs:
                    raise PolicyRefused(f"line {number}: the same key of {key.name} twice")
                policy.logs.append(key)
            elif words[0] == "witness" and len(words) in (3, 4) and words[1] not in known | {"none"}:
                policy.witnesses[words[1]] = VerifierKey.parse(words[2])
                policy.urls |= {words[1]: words[3]} if len(words) == 4 else {}
            elif words[0] == "group" and len(words) >= 4 and words[1] not in known | {"none"}:
                members = words[3:]
                if set(members) - known or grouped & set(members) or len(set(members)) != len(members):
                    raise PolicyRefused(
                        f"line {number}: members must be defined before, and in one group only"
                    )
                grouped.update(members)
                needed = {"any": 1, "all": len(members)}.get(words[2])
                needed = int(words[2]) if needed is None else needed
                if not 1 <= needed <= len(members):
                    raise PolicyRefused(f"line {number}: {needed} of {len(members)} cannot be met")
                policy.groups[words[1]] = (needed, tuple(members))
            elif words[0] == "quorum" and len(words) == 2 and quorum is None and words[1] in known | {"none"}:
                quorum = words[1]
            else:
                raise PolicyRefused(f"line {number}: {row[:80]!r} is not understood")
        except PolicyRefused:
            raise
        except ValueError as wrong:
            raise PolicyRefused(f"line {number}: {wrong}") from None
    if quorum is None or not policy.logs:
        raise PolicyRefused("a policy names at least one log and exactly one quorum")
    policy.quorum = quorum
    return policy


@dataclass(frozen=True, slots=True)
class Trust:
    """A policy and the roots of time authorities, as bytes, with the digest to compare on paper."""

    policy: bytes
    roots: bytes = b""  # PEM

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the two files: what is printed and compared."""
        both = hashlib.sha256(self.policy).digest() + hashlib.sha256(self.roots).digest()
        return hashlib.sha256(both).hexdigest()

    def certificates(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(self.roots) if self.roots.strip() else []
