"""The gate's question put to a whole history at once: which rules would have spoken, on which rows.

    table = table_of_history(pack, contacts, {"text": texts, …})
    for heard in survey(pack, table):
        heard.rule, heard.effect, heard.rows

The same rules and kinds as `gate.decide`; only the table is longer. What a history does not say (consents, stops, exams)
is unknown in every row: rules that need it answer MAYBE everywhere and are listed as `not_judged`, so that a report can
say which law could not be checked, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.policy.contacts import CHANNELS, DIRECTIONS, ROLES, SENDERS, Contacts
from shouyue.policy.decision import Effect
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.gate import absent, labels_of, marks
from shouyue.policy.pack import INDEXED, Pack
from shouyue.policy.rule import Ground, Rule
from shouyue.policy.table import MAYBE, NO, YES, Column, Table, combinations

Mask = bool | NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One ground of one rule over the history. `rows` are positions in the sorted history where it speaks for sure, `unsure`
    how many could not be judged. A row is said once for each rule, at its strictest, as the gate says it."""

    rule: Rule
    ground: Ground
    effect: Effect
    rows: NDArray[np.int64]
    unsure: int


class _Columns(dict[str, Column]):
    """Columns of a history; a text's marks are read once for each distinct text."""

    def __init__(self, pack: Pack, given: Mapping[str, Column]) -> None:
        super().__init__(given)
        self._pack = pack

    def __missing__(self, name: str) -> Column:
        if not name.endswith(".marks"):
            raise KeyError(name)
        text = name.removesuffix(".marks")
        given = [self.get(n) or absent(self._pack, n) for n in (text, labels_of(text))]
        distinct, codes = combinations(given)
        found = self[name] = Column.few([marks(self._pack, *values) for values in distinct], codes)
        return found


def table_of_history(pack: Pack, contacts: Contacts, facts: Mapping[str, Column] | None = None) -> Table:
    """A table in which every row is asked. `facts` adds columns in the order of the *sorted* `contacts`:
    `Column(values, codes)` with `values[codes[i]]` the fact of row i, or `Column((value,))` for all rows alike."""
    own = {
        "channel": _occurring(CHANNELS, contacts.channel),
        "direction": _occurring(DIRECTIONS, contacts.direction),
        "recipient.role": _occurring([UNKNOWN if r == "" else r for r in ROLES], contacts.role),
        "sender.type": _occurring([UNKNOWN if s == "" else s for s in SENDERS], contacts.sender),
        "action": Column((None,)),
    }
    offset: Any = contacts.offset.astype(np.int64)  # microseconds of it do not fit the 32 bits of the column
    if len(offset) and (offset == offset[0]).all():
        offset = int(offset[0])
    given = {name: _held(pack, name, column) for name, column in (facts or {}).items()}
    columns = _Columns(pack, {**own, **given})
    return Table(
        contacts, None, contacts.at, offset, columns, lambda name: absent(pack, name), calendar=pack.calendar
    )


def _held(pack: Pack, name: str, column: Column) -> Column:
    """The column as the gate would read it: a word that its fact does not know is not known."""
    spec = pack.facts.get(name)
    if spec is None or not spec.words:
        return column
    values = [
        value if value is None or value is UNKNOWN or pack.may_hold(name, value) else UNKNOWN
        for value in column.values
    ]
    return Column(values, column.codes)


def _occurring(words: Sequence[Any], codes: NDArray[np.uint8]) -> Column:
    """The column with only the words that occur; one word in every row is one value, and what it settles is not asked."""
    here = np.flatnonzero(np.bincount(codes, minlength=len(words))).tolist()
    if len(here) <= 1:
        return Column([words[i] for i in here] or words, None if len(here) else codes)
    place = np.zeros(len(words), np.uint8)
    place[here] = np.arange(len(here))
    return Column([words[i] for i in here], place[codes])


def survey(pack: Pack, table: Table, *, records: bool = False) -> Iterator[Heard]:
    """Every ground that speaks on some row, or could not be judged on some; record rules only if asked for.

    A row on which a consent lifts a rule is not among that rule's rows.
    """
    lifts: dict[str, Mask] = {}
    found: list[tuple[Rule, Ground, Any]] = []
    alike = {
        name.replace(".", "_"): table.value(name) for name in INDEXED if table.column(name).codes is None
    }
    for question in pack.questions(**alike):
        rule = question.rule
        scope = rule.scope(table, question.tests)
        if isinstance(scope, int) and scope == NO:
            continue
        for ground, open_tests in question.grounds:
            if ground.effect is Effect.RECORD and not records and not ground.lifts:
                continue
            answer = ground.judge(table, scope, open_tests)
            if isinstance(answer, int) and answer == NO:
                continue
            for lifted in ground.lifts:
                before = lifts.get(lifted, False)
                lifts[lifted] = before | (answer == YES)
            found.append((rule, ground, answer))
    for id, of_rule in groupby(found, key=lambda f: f[0].id):
        said: Mask = lifts.get(id, False)
        doubted: Mask = False
        for rule, ground, answer in sorted(of_rule, key=lambda f: -f[1].effect.weight):
            if ground.effect is Effect.RECORD and not records:
                continue
            sure, unsure = _less(answer == YES, said), _less(answer == MAYBE, said | doubted)
            said, doubted = said | sure, doubted | unsure
            rows = np.arange(len(table) if sure else 0) if isinstance(sure, bool) else np.flatnonzero(sure)
            doubts = len(table) * unsure if isinstance(unsure, bool) else int(np.count_nonzero(unsure))
            if len(rows) or doubts:
                yield Heard(rule, ground, ground.effect, rows, doubts)


def _less(these: Mask, those: Mask) -> Mask:
    """These rows without those; True and False are all rows and none."""
    if those is True or these is False:
        return False
    return these if those is False else these & ~np.asarray(those)
