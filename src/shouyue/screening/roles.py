"""What is known of the person on the other side settles what words alone only suggest.

Whoever owes is no third person: what we tell them of their debt is no disclosure. Whoever is known not to owe writes as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shouyue.screening.finding import Finding, Screening, labels_of, ours
from shouyue.terms import Direction, PartyRole

ROLE = "role.third_person"  # the rule
_OWE = frozenset(role.value for role in PartyRole if role.owes)
_STAND_BESIDE = frozenset(
    {PartyRole.SPOUSE, PartyRole.RESERVED_CONTACT, "contact_person"}
)  # the last in labelled files


def with_role(said: Screening, text: str, *, direction: Direction | str, role: str) -> Screening:
    """The same answer where the role of the other side is certain: of who reads what we write, of who wrote what came in."""
    outbound = ours(direction)
    found = list(said.findings)
    if role in _OWE:
        other = "third_party_disclosure" if outbound else "third_person"
        found = [one for one in found if one.label != other]
    elif (
        not outbound
        and role in _STAND_BESIDE
        and text
        and not said.labels & {"dispute_identity", "third_person"}
    ):
        found.insert(0, Finding(0, len(text), "third_person", ROLE, ((role, 1.0),), 0.6))
    if len(found) == len(said.findings):
        return said
    return said._replace(findings=tuple(found), labels=labels_of(found, outbound=outbound))


def role_of(row: Mapping[str, Any], direction: Direction | str) -> str:
    """What a row of a file says of the other side: whom we write to, or who writes to us; empty where it does not."""
    return str(row.get("to_role" if ours(direction) else "from_role") or "")
