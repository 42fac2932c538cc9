"""A lender is founded once a process, by its verbs; each further test gets a copy of the same rows.

Founding takes most of a second, and hundreds of tests begin with it. What was founded is the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

_KEPT: dict[Hashable, dict[str, object]] = {}


def copied(key: Hashable, make: Callable[[], object]) -> None:
    """`make` on an empty database, or the rows that it made when it was first asked for under this key.

    Where anything stands in the desk's tables already, it is made, and neither kept nor copied.
    """
    tables = [
        model._meta.db_table for model in apps.get_app_config("desk").get_models(include_auto_created=True)
    ]
    if any(map(_count, tables)):
        make()
        return
    with transaction.atomic():
        if key not in _KEPT:
            make()
            _KEPT[key] = {table: _read(table) for table in tables if _count(table)}
            return
        for table, rows in _KEPT[key].items():
            _write(table, rows)
        _reset_sequences()


def _count(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
        return cursor.fetchone() is not None


def _read(table: str) -> object:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT BINARY)') as copy:
                return b"".join(copy)
        cursor.execute(f'SELECT * FROM "{table}"')
        return cursor.cursor.fetchall()


def _write(table: str, rows: object) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT BINARY)') as copy:
                copy.write(rows)
        elif rows:
            gaps = ", ".join("?" * len(rows[0]))  # type: ignore[index]
            cursor.cursor.connection.executemany(f'INSERT INTO "{table}" VALUES ({gaps})', rows)


def _reset_sequences() -> None:
    """Copied rows bring their numbers; the next one made counts on from there."""
    models = apps.get_app_config("desk").get_models(include_auto_created=True)
    statements = connection.ops.sequence_reset_sql(no_style(), list(models))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
