"""Each rule names the part that upholds it, and the part is there; a part that is not yet says so, to the lawyer as well."""

from __future__ import annotations

import re

import pytest

from shouyue.policy.pack import load_pack
from tests.promises.house import REPOSITORY

NOT_YET = " (not built yet)"


@pytest.mark.parametrize("pack", ["cn", "us"])
def test_the_part_that_enforces_a_rule_exists_or_the_pack_says_that_it_does_not(pack):
    """Once it is built, the words "(not built yet)" in the pack are wrong, and this fails until they are gone."""
    for rule in load_pack(pack).rules:
        for part in re.split(r", ?(?![^()]*\))", rule.enforced_by):
            name = re.sub(r" \(.*\)$", "", part)
            places = [
                REPOSITORY / name,
                REPOSITORY / "src/shouyue" / name,
                REPOSITORY / "src/shouyue/policy" / f"{name}.py",
            ]
            there = any(place.exists() for place in places)
            assert there != part.endswith(NOT_YET), (
                f"{rule.id}: enforced_by {part!r}, and it is {'there' if there else 'not there'}"
            )
