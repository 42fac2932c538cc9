"""A database that dies: at one of its writes or commits, either before it is stored, or stored and the answer lost.

    for kept in deaths(lambda: act(...), way):   dies at the first write, then at the second, … until the act lives
        ...                                      kept: whether anything of it is in the tables now

Every test of the table in docs/concepts/if-we-die.md stands on this.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection

WAYS = ["not stored", "stored, answer lost"]
WRITES = ("INSERT", "UPDATE", "DELETE")


class Died(OperationalError):
    """The connection is gone."""


@contextlib.contextmanager
def dying_at(place: int, way: str) -> Iterator[Callable[[], bool]]:
    """The database fails at its `place`-th write or commit within; what is yielded says whether it has."""
    seen = -1

    def arrive() -> bool:
        nonlocal seen
        seen += 1
        return seen == place

    def statement(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(WRITES):
            return execute(sql, *rest)
        dies = arrive()
        if dies and way == "not stored":
            raise Died
        result = execute(sql, *rest)
        if dies:
            raise Died
        return result

    real = connection.commit

    def commit() -> None:
        dies = arrive()
        if not (dies and way == "not stored"):
            real()
        if dies:
            raise Died

    connection.commit = commit  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(statement):
            yield lambda: seen >= place
    finally:
        del connection.commit


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """What the desk's tables hold."""
    return {
        table.__name__: list(table._default_manager.order_by("pk").values_list())
        for table in apps.get_app_config("desk").get_models()
    }


def deaths(act: Callable[[], object], way: str) -> Iterator[bool]:
    """Die at each write of `act` in turn, until it lives. Yields, after each death, whether anything was kept."""
    place = 0
    while True:
        before = everything()
        try:
            with dying_at(place, way):
                act()
            return
        except Died:
            place += 1
            yield everything() != before
