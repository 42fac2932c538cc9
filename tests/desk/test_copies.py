"""What tests begin with is what the verbs made, byte for byte, though most of them get a copy."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, transaction

from tests.office import open_office


def stored() -> dict[str, list[tuple[object, ...]]]:
    found = {}
    plain = 'quote("{}")' if connection.vendor == "sqlite" else 'CAST("{}" AS text)'
    with connection.cursor() as cursor:
        for model in apps.get_app_config("desk").get_models(include_auto_created=True):
            table = model._meta.db_table
            names = [c.name for c in connection.introspection.get_table_description(cursor, table)]
            cursor.execute(f'SELECT {", ".join(plain.format(n) for n in names)} FROM "{table}" ORDER BY 1')
            found[table] = cursor.fetchall()
    return found


@pytest.mark.django_db
def test_a_copied_lender_is_the_founded_one():
    before = transaction.savepoint()
    open_office()  # founded, if this process has founded none yet; else copied
    first = stored()
    transaction.savepoint_rollback(before)
    open_office()
    assert stored() == first
    assert sum(map(len, first.values())) > 500
