"""A duty that stops nothing: it speaks wherever the rule applies, so that the fact is stored or the clock set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shouyue.policy.kinds.base import Plain
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import YES, Table, Truth

KEYS: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record(Plain):
    reads: tuple[str, ...] = ()

    @property
    def timeless(self) -> bool:
        return True

    def judge(self, table: Table) -> Truth:
        return YES


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Record:
    return Record()
