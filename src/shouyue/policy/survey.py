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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shouyue.policy.contacts import CHANNELS, DIRECTIONS, ROLES, SENDERS, Contacts
from shouyue.policy.decision import Effect
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.gate import absent
from shouyue.policy.pack import INDEXED, Pack
from shouyue.policy.rule import Ground, Rule
from shouyue.policy.table import MAYBE, NO, YES, Column, Table


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One ground of one rule over the history. `rows` are positions in the sorted history where it speaks for sure,
    `lifted` those of them that a consent sets aside, `unsure` how many rows could not be judged."""

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
        base = super().get(name.removesuffix(".marks")) or absent(self._pack, name.removesuffix(".marks"))
        read = self._pack.phrases.marks
        found = self[name] = Column.few(
            [UNKNOWN if v is UNKNOWN else read(v) for v in base.values], base.codes
        )
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
    offset: Any = contacts.offset
    if len(offset) and (offset == offset[0]).all():
        offset = int(offset[0])
    columns = _Columns(pack, {**own, **(facts or {})})
    return Table(
        contacts, None, contacts.at, offset, columns, lambda name: absent(pack, name), calendar=pack.calendar
    )


def _occurring(words: Sequence[Any], codes: NDArray[np.uint8]) -> Column:
    """The column with only the words that occur; one word in every row is one value, and what it settles is not asked."""
    here = np.flatnonzero(np.bincount(codes, minlength=len(words)))
    if len(here) <= 1:
        return Column([words[i] for i in here] or words, None if len(here) else codes)
    place = np.zeros(len(words), np.uint8)
    place[here] = np.arange(len(here))
    return Column([words[i] for i in here], place[codes])


def survey(pack: Pack, table: Table, *, records: bool = False) -> Iterator[Heard]:
    """Every ground that speaks on some row, or could not be judged on some; record rules only if asked for.

    A row on which a consent lifts a rule is not among that rule's rows.
    """
    lifts: dict[str, Any] = {}
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
    for rule, ground, answer in found:
        if ground.effect is Effect.RECORD and not records:
            continue
        if isinstance(answer, int):
            sure = np.full(len(table), answer == YES)
            unsure = len(table) if answer == MAYBE else 0
        else:
            sure, unsure = answer == YES, int(np.count_nonzero(answer == MAYBE))
        if rule.id in lifts:
            sure = sure & ~np.asarray(lifts[rule.id])
        rows = np.flatnonzero(sure)
        if len(rows) or unsure:
            yield Heard(rule, ground, ground.effect, rows, unsure)
