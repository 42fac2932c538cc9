"""The page of states is what the tables draw."""

import importlib
import pkgutil
import runpy
from pathlib import Path

import shouyue.casework
from shouyue.casework.machine import Machine

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_current():
    made = runpy.run_path(str(DOCS / "states.py"))
    assert made["TARGET"].read_text(encoding="utf-8") == made["page"](), (
        "run: .venv/bin/python docs/states.py"
    )


def test_no_table_of_states_escapes_the_page():
    """Under whatever name a module of casework keeps one, alone or among others."""
    found: set[int] = set()
    for module in pkgutil.iter_modules(shouyue.casework.__path__):
        for value in vars(importlib.import_module(f"shouyue.casework.{module.name}")).values():
            several = (
                value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, list | tuple)
                else [value]
            )
            found |= {id(one) for one in several if isinstance(one, Machine)}
    drawn = runpy.run_path(str(DOCS / "states.py"))["machines"]()
    assert found == {id(one) for one in drawn}
    assert len({one.name for one in drawn}) == len(drawn)
