"""What every verb of the desk promises: who and when, by name; a seal; and its own tables only."""

from __future__ import annotations

import ast

import pytest

from tests.promises import house

# What changes tables and yet has no person behind it, each with its reason.
NOT_VERBS = {
    "vault.subject_key": "below everybody: whose key it is is known, who asks is not",
    "vault.subject_keys": "the same, for many at once",
    **dict.fromkeys(
        f"outbox.{name}"
        for name in ["claim", "mark", "finish", "fail", "give_back", "beat", "stop_beating", "struck"]
    ),  # the worker's own bookkeeping: nobody acts
}

# Verbs that change nothing which must be provable, each with its reason.
SEALS_NOTHING = {
    **dict.fromkeys(
        (
            f"{where}.forget"
            for where in [
                "parties",
                "friend_requests",
                "review",
                "rights",
                "conduct",
                "approvals",
                "holds",
                "outreach",
                "matters.forgetting",
                "suits.forgetting",
                "emergency.forgetting",
            ]
        ),
        "whoever erases a person seals the erasure first",
    ),
    "vault.keep_shares": "whoever puts a key in escrow seals it",
    "vault.drop_shares": "whoever ends an escrow seals it",
    "vault.put_back": "whoever opens an escrow seals it",
    "vault.destroy_key": "whoever erases seals the erasure first",
    "outbox.note": "the change that it follows from is sealed",
    "emergency.ground.next_step": "the step that it follows from is sealed",
    "outbox.try_again": "an attempt, not an act",
    "programs.answer_once": "the act that it answers is sealed",
    "programs.clear_answers": "the acts that were answered are sealed",
    "matters.next_number": "the message that takes the number is sealed with it",
    "ledger.sealing.rows_of": "it is half of sealing",
    "ledger.sealing.make_ahead": "it is half of sealing",
    "ledger.integrate": "it is the log",
    "ledger.publish": "it is the log",
    "ledger.catch_up": "it is the log",
    "ledger.keep_token": "what others said stands beside the log; heartbeats seal the newest token's digest",
    "ledger.keep_cosignature": "what others said stands beside the log",
    "ledger.keep_anchor": "what others said stands beside the log; its confirmation is sealed",
    "ledger.keep_package": "that it was made, and its digest, was sealed as it was made",
    "ledger.clear_packages": "our copy goes; the log keeps that the package was made",
}

VERBS = [verb for verb in house.verbs() if verb.name not in NOT_VERBS]
ids = [verb.name for verb in VERBS]


@pytest.mark.parametrize("verb", VERBS, ids=ids)
def test_every_verb_says_who_and_when_by_name(verb):
    assert {"by", "at"} <= verb.keywords


@pytest.mark.parametrize("verb", [v for v in VERBS if v.name not in SEALS_NOTHING], ids=lambda v: v.name)
def test_every_verb_seals(verb):
    assert (verb.module, verb.node.name) in house.sealing()


def test_no_exception_outlives_its_reason():
    """A name in the lists above that is no function any more, or seals by now, is taken out."""
    names = {verb.name for verb in house.verbs()}
    sealing = {function.name for key, function in house.functions().items() if key in house.sealing()}
    assert set(NOT_VERBS) | set(SEALS_NOTHING) <= names
    assert not set(SEALS_NOTHING) & sealing


def test_tables_are_written_by_verbs_only():
    """save, create, update and delete occur in a slice's actions.py and on the two roads, nowhere else."""
    allowed = set(house.verb_modules()) | set((house.DESK / "messages").glob("*.py"))
    found = [
        f"{path.relative_to(house.DESK)}:{line} {what}"
        for path in sorted(house.DESK.rglob("*.py"))
        if path not in allowed and path.parent.name != "migrations"
        for line, what in house.table_writes(house.tree(path))
    ]
    assert found == []


@pytest.mark.parametrize("path", house.verb_modules(), ids=house.module_name)
def test_a_verb_asks_and_writes_no_other_slices_tables(path):
    """Another slice's row may be named as a type; its table is asked through that slice's reads and verbs."""
    foreign = house.imported_tables(path)
    found = [
        f"{path.relative_to(house.DESK)}:{node.lineno} {node.value.id} belongs to {foreign[node.value.id]}"
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_default_manager"}
        and isinstance(node.value, ast.Name)
        and node.value.id in foreign
    ]
    assert found == []


def test_the_reader_of_the_house_sees_what_it_should(tmp_path, monkeypatch):
    """The tests above can fail: a planted violation of each kind is seen."""
    slice_ = tmp_path / "planted"
    slice_.mkdir()
    (slice_ / "actions.py").write_text(
        "from shouyue.desk.people.models import Staff\n"
        "def act(*, by, at):\n    quiet(by)\n    Staff.objects.filter(pk=1).update(role='x')\n"
        "def quiet(by):\n    {}.update(a=1)\n"
    )
    (slice_ / "views.py").write_text("def page(row, image):\n    image.save('x.png')\n    row.save()\n")
    monkeypatch.setattr(house, "DESK", tmp_path)
    for cached in (house.functions, house._names):
        cached.cache_clear()
    try:
        assert {f.name: f.keywords for f in house.verbs()} == {"planted.act": {"by", "at"}}
        assert house.sealing() == house.SEALS
        assert [line for line, _ in house.table_writes(house.tree(slice_ / "views.py"))] == [3]
        assert [line for line, _ in house.table_writes(house.tree(slice_ / "actions.py"))] == [4]
        assert house.imported_tables(slice_ / "actions.py") == {"Staff": "people"}
    finally:
        for cached in (house.functions, house._names):
            cached.cache_clear()
