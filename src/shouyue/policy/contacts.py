"""A history of contacts as columns, sorted once by debtor and time: what every counting rule reads.

The gate's history ends with the contact in question; the audit's is the whole file. Both are read by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.terms import Channel, Direction, PartyRole

# What a code in a column stands for: its position in these tuples. Only ever append.
CHANNELS: tuple[str, ...] = tuple(str(c) for c in Channel)
DIRECTIONS: tuple[str, ...] = tuple(str(d) for d in Direction)
ROLES: tuple[str, ...] = (*(str(r) for r in PartyRole), "mortgagor", "group", "employer", "")
RESULTS: tuple[str, ...] = ("unknown", "fail", "reach", "success")
SENDERS: tuple[str, ...] = ("", "lender", "agency", "assignee", "law_firm", "private_lender", "debtor")
WORDS: dict[str, tuple[str, ...]] = {
    "channel": CHANNELS,
    "direction": DIRECTIONS,
    "role": ROLES,
    "result": RESULTS,
    "sender": SENDERS,
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000  # microseconds


def microseconds(at: datetime) -> int:
    """Microseconds of UTC since 1970, exact (no float on the way). A time without zone is refused."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no zone; say which, for instance +08:00")
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(us))


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """`n` contacts, one array a column, sorted by (debtor, at, contact).

    | column      | dtype  | holds |
    |-------------|--------|-------|
    | `contact`   | int64  | id of the contact; breaks ties of time, so that order in the file never matters |
    | `debtor`    | int64  | key of the loan's debtor: limits are counted inside one debtor |
    | `person`    | int64  | key of the person reached or tried |
    | `number`    | int64  | key of the number, account or address used; 0 where it has none |
    | `at`        | int64  | µs since 1970 UTC: when it was released or began |
    | `offset`    | int32  | seconds that local time at the debtor is ahead of UTC |
    | `channel`   | uint8  | position in CHANNELS |
    | `direction` | uint8  | position in DIRECTIONS |
    | `role`      | uint8  | recipient's role, position in ROLES |
    | `result`    | uint8  | position in RESULTS: fail = nobody reached, reach = connected or delivered, success = with an outcome |
    | `sender`    | uint8  | who spoke for the lender, position in SENDERS |
    | `agency`    | int32  | key of the agency; 0 for the lender itself |
    | `staff`     | int32  | key of the staff member; 0 for a machine |
    | `matter`    | int64  | key of the one debt it is about, where limits are counted for each debt; else 0 |

    Keys are any whole numbers; `of` gives keys to text by first appearance.
    """

    contact: NDArray[np.int64]
    debtor: NDArray[np.int64]
    person: NDArray[np.int64]
    number: NDArray[np.int64]
    at: NDArray[np.int64]
    offset: NDArray[np.int32]
    channel: NDArray[np.uint8]
    direction: NDArray[np.uint8]
    role: NDArray[np.uint8]
    result: NDArray[np.uint8]
    sender: NDArray[np.uint8]
    agency: NDArray[np.int32]
    staff: NDArray[np.int32]
    matter: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def sorted_from(cls, **columns: NDArray[Any]) -> Contacts:
        """Columns in any order, brought into the order the rules need. A missing column is all zeros (unknown)."""
        n = len(columns["at"])
        full = {f.name: columns.get(f.name, _zeros(f.name, n)) for f in fields(cls)}
        for name, column in full.items():
            if len(column) != n:
                raise ValueError(f"column {name} has {len(column)} rows where `at` has {n}")
        return cls.in_order(np.lexsort((full["contact"], full["at"], full["debtor"])), **full)

    @classmethod
    def in_order(cls, order: NDArray[Any], **columns: NDArray[Any]) -> Contacts:
        """Columns in any order, with the order that somebody found them to have by debtor and time."""
        n = len(order)
        return cls(
            **{
                name: np.asarray(columns[name], dtype)[order] if name in columns else _zeros(name, n)
                for name, dtype in _DTYPES.items()
            }
        )

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Contacts:
        """From rows such as the desk has them. Only `at` (aware) is required; words are those of the tuples above,
        keys may be whole numbers or text (text is kept apart from numbers by `key`)."""
        listed = list(rows)
        columns: dict[str, Any] = {}
        for f in fields(cls):
            if f.name == "at":
                columns["at"] = [microseconds(r["at"]) for r in listed]
            elif f.name == "offset":
                columns["offset"] = [
                    int((r["at"].utcoffset() or timedelta()).total_seconds())
                    if r.get("offset") is None
                    else r["offset"]
                    for r in listed
                ]
            elif f.name in WORDS:
                columns[f.name] = [code(f.name, r.get(f.name)) for r in listed]
            elif f.name == "contact":
                columns["contact"] = [key(r.get("contact", i + 1)) for i, r in enumerate(listed)]
            else:
                bits = 31 if f.name in ("agency", "staff") else 63
                columns[f.name] = [key(r.get(f.name), bits) for r in listed]
        return cls.sorted_from(**{name: np.array(values, _DTYPES[name]) for name, values in columns.items()})

    def upto(self, at: int) -> Contacts:
        """Those not later than `at` (µs)."""
        if len(self) == 0 or int(self.at.max()) <= at:
            return self
        return self.take(self.at <= at)

    def take(self, which: Any) -> Contacts:
        return Contacts(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def then(self, row: Mapping[str, int]) -> Contacts:
        """With one contact more at the end: the one in question. Only the earlier contacts of its debtor are kept."""
        same = self.debtor == row["debtor"]
        kept = self if same.all() else self.take(same)
        columns = {}
        for name, dtype in _DTYPES.items():
            longer = columns[name] = np.empty(len(kept) + 1, dtype)
            longer[:-1], longer[-1] = getattr(kept, name), row.get(name, 0)
        return Contacts(**columns)

    def to_data(self) -> list[list[int]]:
        """Rows of whole numbers in the order of the columns: canonical, small, and enough to decide again."""
        return [
            list(map(int, row)) for row in zip(*(getattr(self, f.name) for f in fields(self)), strict=True)
        ]

    @classmethod
    def from_data(cls, rows: Sequence[Sequence[int]]) -> Contacts:
        names = [f.name for f in fields(cls)]
        turned = list(zip(*rows, strict=True)) or [()] * len(names)
        return cls.sorted_from(**{n: np.array(c, _DTYPES[n]) for n, c in zip(names, turned, strict=True)})

    def moved(self, by_us: int) -> Contacts:
        """The same history at another time (for tests and what-if)."""
        return replace(self, at=self.at + by_us)


_DTYPES: dict[str, Any] = {
    "contact": np.int64, "debtor": np.int64, "person": np.int64, "number": np.int64, "at": np.int64,
    "offset": np.int32, "channel": np.uint8, "direction": np.uint8, "role": np.uint8, "result": np.uint8,
    "sender": np.uint8, "agency": np.int32, "staff": np.int32, "matter": np.int64,
}  # fmt: skip


def _zeros(name: str, n: int) -> NDArray[Any]:
    if name == "contact":
        return np.arange(1, n + 1)
    return np.zeros(n, _DTYPES[name])


def key(value: Any, bits: int = 63) -> int:
    """A whole number for a key. Numbers stay; text becomes a number that depends on the text alone, so that a
    history read twice has the same keys (two texts of 5·10⁵ sharing one: less than one in 10⁷)."""
    if value is None or value == "":
        return 0
    if isinstance(value, int):
        return value
    from hashlib import blake2b

    return int.from_bytes(blake2b(str(value).encode(), digest_size=8).digest(), "big") >> (64 - bits)


def code(column: str, word: Any) -> int:
    """The code of a word in a column, for instance `code("channel", "sms")`. An unknown word is an error."""
    words = WORDS[column]
    text = str(word) if word is not None else ("unknown" if column == "result" else "")
    if text in words:
        return words.index(text)
    if text == "":
        return 0 if column != "role" else words.index("")
    raise ValueError(f"{text!r} is no {column}; known are {', '.join(w for w in words if w)}")


@lru_cache(maxsize=256)
def codes(column: str, wanted: tuple[str, ...]) -> NDArray[np.bool_]:
    """A table of truth over the codes of a column, to be indexed by the column: `codes("channel", ("sms",))[h.channel]`."""
    table = np.zeros(256, np.bool_)
    for word in wanted:
        table[code(column, word)] = True
    table.flags.writeable = False
    return table


NOTHING = Contacts.sorted_from(at=np.zeros(0, np.int64))
