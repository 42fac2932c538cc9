"""A closer look is saved only where nothing could have been found."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.policy.needed import needed
from shouyue.policy.pack import load_pack
from shouyue.policy.phrase import fold

BOOK = load_pack("cn").phrases
PIECES = [
    piece for p in BOOK.phrases for text in (*p.matches, *p.misses) for piece in re.split("[,。]", text)
]


def test_each_way_to_match_names_the_characters_it_cannot_do_without() -> None:
    assert needed("套现|以贷还贷") == [
        (frozenset("套"), frozenset("现")),
        (frozenset("以"), frozenset("贷"), frozenset("还")),
    ]
    assert needed("(进门|到)村[^,]{0,4}闹?") == [(frozenset("进到"), frozenset("村"))]


def test_what_may_be_missing_is_not_needed() -> None:
    assert needed("拖(车)?|a*") == [(frozenset("拖"),), ()]
    assert needed(r"\d{17}[\dx]") == [()]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), min_size=1, max_size=4))
def test_no_mark_is_lost(pieces: list[str]) -> None:
    folded = fold(",".join(pieces))
    found = {p.id for p in BOOK.phrases if p.found(folded)}
    assert {p.id for p in BOOK.worth_a_look(folded) if p.found(folded)} == found


def test_every_example_is_found_and_missed_as_the_pack_says() -> None:
    for p in BOOK.phrases:
        assert all(p.id in BOOK.marks(text) for text in p.matches)
        assert not any(p.id in BOOK.marks(text) for text in p.misses)
