"""Papers that a pack lets be made from the record: which, for whom, in which words, with which fields.

A field is one of `FIELDS` or, inside a block `of` a list, one of that list's columns. One that is neither is refused when the
pack is loaded, with file and line. A field of money is filled by `sum_as_of` only: an amount without its day cannot be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from shouyue.policy.decision import Text
from shouyue.policy.reading import Written

FIELDS: Mapping[str, str] = {
    **dict.fromkeys(
        ["lender", "party", "debtor", "contract_no", "court", "case_no", "vehicle", "vin", "guarantee", "callback",
         "staff_no", "days_to_pay", "exhibit_count"],
        "text",
    ),
    **dict.fromkeys(
        ["today", "signed_on", "matures_on", "overdue_since", "mortgage_registered_on", "effective_on", "perform_by",
         "guarantee_until"],
        "date",
    ),
    **dict.fromkeys(
        ["principal", "overdue_total", "overdue_principal", "overdue_interest", "penalty", "outstanding_total", "claim"],
        "money",
    ),
}  # fmt: skip
LISTS: Mapping[str, tuple[str, ...]] = {
    "defendants": ("name", "id_no", "address"),
    "guarantors": ("name", "guarantee"),
    "exhibits": ("no", "title", "source", "purpose", "pages"),
}
KINDS = ("title", "head", "line", "item", "right", "table")
READERS = ("debtor", "guarantor", "court")
_FIELD = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_BRACES = re.compile(r"\{[{%#]|[}%#]\}")


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    field: str


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, or one for each entry of the list `of`; a table has columns instead of words."""

    kind: str
    words: str = ""
    of: str = ""
    when: str = ""
    columns: tuple[Column, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(_FIELD.findall(self.words))


@dataclass(frozen=True, slots=True)
class Paper:
    id: str
    title: Text
    tracks: tuple[str, ...]
    to: str
    blocks: tuple[Block, ...]
    citation: str

    def fields(self, conditions: Sequence[str] = ()) -> set[str]:
        """What must be known to write it where these conditions hold."""
        return {
            name
            for block in self.blocks
            if not block.when or block.when in conditions
            for name in block.fields
            if not (block.of and name in LISTS[block.of])
        }


def sum_as_of(amount: Decimal, as_of: date, currency: str = "CNY") -> str:
    """A sum with the day it is true for, as papers write it."""
    unit = {"CNY": "人民币{}元", "USD": "{}美元"}.get(currency, f"{{}} {currency}")
    return f"{unit.format(f'{amount:,.2f}')}（截至{day(as_of)}）"


def day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words with every field in place. Raises KeyError for one without a value."""
    return _FIELD.sub(lambda found: values[found[1]], words)


def read_papers(pages: Sequence[Written], cites: Callable[[Written], str]) -> dict[str, Paper]:
    """From `papers.yaml`. Refuses a block of an unknown kind, a list and a field that do not exist, stray braces."""
    found: dict[str, Paper] = {}
    for page in pages:
        page.only("id", "zh", "en", "tracks", "to", "cite", "blocks")
        if page.need("to") not in READERS:
            raise page.place.error(f"'to' is one of {', '.join(READERS)}; found {page['to']!r}")
        if page.need("id") in found:
            raise page.place.error(f"paper {page['id']!r} is written twice")
        found[page["id"]] = Paper(
            page["id"], Text(page.need("zh"), page.need("en")), tuple(page.need("tracks")), page["to"],
            tuple(_block(b) for b in page.need("blocks")), cites(page),
        )  # fmt: skip
    return found


def _block(written: Written) -> Block:
    written.only(*KINDS, "of", "when")
    kinds = [kind for kind in KINDS if kind in written]
    if len(kinds) != 1:
        raise written.place.error(f"a block is one of {', '.join(KINDS)}; found {', '.join(kinds) or 'none'}")
    kind, of = kinds[0], written.get("of", "")
    if of and of not in LISTS:
        raise written.place.error(f"no list {of!r}; there are {', '.join(LISTS)}")
    known = {*FIELDS, *(LISTS[of] if of else ())}
    if kind == "table":
        columns: list[Any] = written["table"]
        if not of:
            raise written.place.error("a table is 'of' a list")
        for column in columns:
            column.only("zh", "field")
            _known(written, column.need("field"), set(LISTS[of]))
        return Block(
            kind, "", of, written.get("when", ""), tuple(Column(c["zh"], c["field"]) for c in columns)
        )
    words = str(written[kind])
    for name in _FIELD.findall(words):
        _known(written, name, known)
    if _BRACES.search(_FIELD.sub("", words)):
        raise written.place.error(f"a brace is left over in {words!r}; a field is written {{{{ name }}}}")
    return Block(kind, words, of, written.get("when", ""))


def _known(written: Written, name: str, known: set[str]) -> None:
    if name not in known:
        near = get_close_matches(name, sorted(known), n=2, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise written.place.error(f"no field {name!r}{hint}")
