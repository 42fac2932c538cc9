"""Masking: enough to tell things apart, not enough to use them."""

from __future__ import annotations


def mask_value(kind: str, value: str) -> str:
    """A value as it may be shown: the first and last characters that its kind allows, the rest as *."""
    shown = {"mobile": (3, 4), "resident_id": (6, 2), "name": (1, 0), "address": (6, 0)}.get(kind, (0, 2))
    head, tail = shown if len(value) > sum(shown) else (1, 0)
    return value[:head] + "*" * (len(value) - head - tail) + (value[len(value) - tail :] if tail else "")
