"""Reads a pack's YAML so that every error can name the file and the line.

Differences from YAML's own habits, because lawyers write these files: only `true` and `false` are truth, numbers with a
point are exact decimals, `22:00` stays text, dates are dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml


class PackError(ValueError):
    """A pack says something that cannot be. The message begins with file and line."""


@dataclass(frozen=True, slots=True)
class Place:
    file: str
    line: int

    def error(self, message: str) -> PackError:
        return PackError(f"{self.file}:{self.line}: {message}")


class Written(dict[str, Any]):
    """A mapping that knows where it was written."""

    place: Place

    def only(self, *allowed: str) -> None:
        """Refuse keys that are not in `allowed`: a misspelt key would otherwise be silently without effect."""
        for key in self:
            if key not in allowed:
                raise self.place.error(f"unknown key {key!r}; known here are {', '.join(sorted(allowed))}")

    def need(self, key: str) -> Any:
        if key not in self:
            raise self.place.error(f"{key!r} is missing")
        return self[key]


class _Loader(yaml.CSafeLoader):
    file = ""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", list("tf")),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("tag:yaml.org,2002:float", r"^-?[0-9]+\.[0-9]+$", list("-0123456789")),
    ("tag:yaml.org,2002:timestamp", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", list("0123456789")),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[Written]:
    found = Written()
    found.place = Place(loader.file, node.start_mark.line + 1)
    yield found
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in seen:
            raise Place(loader.file, key_node.start_mark.line + 1).error(f"{key!r} is written twice")
        seen.add(key)
        found[key] = loader.construct_object(value_node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, n: Decimal(n.value))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, n: date.fromisoformat(n.value))


def read(path: Path, name: str | None = None) -> Any:
    """The contents of a YAML file: Written, lists, text, whole numbers, Decimal, date, bool, None."""
    return read_text(path.read_text("utf-8"), name or str(path))


def read_text(text: str, name: str) -> Any:
    """The same from text that is called `name` in errors."""
    loader = _Loader(text)
    loader.file = name
    try:
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Place(loader.file, line).error(f"not readable as YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        raise Place(loader.file, 1).error(f"not readable as YAML: {error.reason}") from error
    finally:
        loader.dispose()
