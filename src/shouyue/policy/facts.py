"""Everything the gate may know about one intended contact, in one frozen record.

How to fill it
--------------
`Facts.of(known, earlier)` takes nested mappings or dotted names; `{"recipient": {"role": "debtor"}}` and
`{"recipient.role": "debtor"}` are the same. The vocabulary is the pack's: `packs/<name>/facts.yaml` lists every fact
with its type, unit, meaning, and what the gate makes of its absence. `shouyue policy facts --pack cn` prints it.

Three states must be kept apart:

* **absent from `known`**: we do not know. A rule that needs the fact makes the contact wait for a person
  (effect approval, with the name in `Spoken.unknown`), unless the vocabulary says `unknown: none`.
* **None**: we looked, and there is none (no consent on file, no open dispute, never inspected).
* **a value**: text, whole number, `Decimal`, bool, date, aware datetime, or a list of these or of mappings.

What the mainland pack asks of every outbound contact (the rest only in the situations they describe):

| group | names | from |
|---|---|---|
| the contact | `channel`, `direction` (words of `terms`), `text`, `labels` (ids of screening findings for the text), `purpose`, `first_contact`, `must_prove`, `undeclared_fields`, `visit.*` | the message and its screening |
| who it reaches | `recipient.role`, `recipient.person` (key), `recipient.number` (key), `recipient.number_source`, `recipient.age`, `recipient.capacity`, `recipient.verified`, `recipient.wechat_bound`, `recipient.named_by_debtor`, `recipient.opted_out`, `recipient.said_stop`, `recipient.utc_offset` | parties |
| who speaks | `sender.type`, `sender.name`, `sender.agency`, `sender.staff`, `sender.account`, `sender.staff_last_exam`, for agencies also `sender.on_whitelist`, `sender.outsourcing_notice_sent`, `sender.contract_end`, `sender.channel_in_contract` | people, agencies |
| identifiers in the text | `identifiers`: a list of `{"kind": a word of screening.Kind, "owner": "recipient"/"debtor"/"other"/"lender"/None}` | screening.privacy |
| stops | `no_contact_order` (None or `{until}`), `settled_at`, `dispute.open`, `plan` (None or `{signed, breached}`), `hardship.open`, `complaint.open`, `official_warning`, `debtor_status` | holds, rights, matters |
| consents | `night_consent` (None or `{subject, channels, window, form, revoked_at, …}`), `different_agreement`, `archive_agree` | parties |
| money | `ledger_match`, `ledger.total`, `ledger.as_of`, `product` | matters |

`earlier` is the debtor's whole history of contacts, over all persons, numbers, staff and agencies (rules count over
all of them); see `Contacts` for the columns. `recipient.person` and `recipient.number` are the same keys as there.
A fact the vocabulary does not have is refused, with the nearest name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shouyue.policy.contacts import NOTHING, Contacts
from shouyue.policy.decision import canonical


class _Unknown:
    """The value of a fact nobody told us."""

    _only: _Unknown | None = None

    def __new__(cls) -> _Unknown:
        cls._only = cls._only or super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown fact is neither true nor false; ask `is UNKNOWN` first")


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is known, by dotted name, and the earlier contacts. See the module for how to fill it."""

    known: Mapping[str, Any]
    earlier: Contacts = field(default=NOTHING)

    @classmethod
    def of(cls, known: Mapping[str, Any], earlier: Contacts = NOTHING) -> Facts:
        return cls(dict(_flat(known)), earlier)

    def get(self, name: str) -> Any:
        """The value, None where there is none, UNKNOWN where nobody told us. What is known to be none has no parts."""
        if name in self.known:
            return self.known[name]
        parent = name
        while "." in parent:
            parent = parent.rpartition(".")[0]
            if parent in self.known:
                value = self.known[parent]
                return None if value is None or value is False else UNKNOWN
        return UNKNOWN

    def to_data(self) -> dict[str, Any]:
        return {"known": dict(self.known), "earlier": self.earlier.to_data()}

    def to_json(self) -> bytes:
        """Canonical bytes: what is sealed beside the decision. Dates and times come back as ISO text, which every
        kind reads as well as the objects."""
        return canonical(self.to_data())

    @classmethod
    def from_json(cls, data: bytes) -> Facts:
        read = json.loads(data, parse_float=str)
        known, earlier = read.get("known", {}), read.get("earlier", [])
        if not isinstance(known, dict):
            raise ValueError(f"known is {known!r}; names of facts with their values are expected")
        try:
            contacts = Contacts.from_data(earlier)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ValueError(f"earlier holds no contacts as `Facts.to_data` writes them: {error}") from error
        return cls.of(known, contacts)


def _flat(known: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in known.items():
        if isinstance(value, Mapping):
            if not value:
                continue
            yield prefix + name, True  # "there is one"; its parts follow
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, tuple(value) if isinstance(value, list) else value
