"""A text column that is encrypted at rest. Search such a column by a blind index, kept in a column of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from shouyue.desk.vault.actions import decrypt, derived, encrypt

if TYPE_CHECKING:  # bytes in the database, text everywhere else
    Column = models.TextField
else:
    Column = models.BinaryField


class EncryptedTextField(Column):
    """Text under AES-256-GCM, bound to table and column, so a value moved to another column does not open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = kwargs.get("editable", True)
        super().__init__(*args, **kwargs)

    def _place(self) -> str:
        return f"{self.model._meta.db_table}:{self.column}"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = encrypt(value.encode(), key=derived("columns"), bound_to=self._place())
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        if value is None:
            return None
        return decrypt(bytes(value), key=derived("columns"), bound_to=self._place()).decode()

    def to_python(self, value: Any) -> Any:
        return value

    def get_default(self) -> Any:
        return self.default if isinstance(self.default, str) else (None if self.null else "")

    def value_to_string(self, obj: Any) -> str:
        raise TypeError("an encrypted column is not written out")
