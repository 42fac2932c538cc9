"""What is read by people: every word on a page exists in both languages; changes are told; settings and commands explained."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import click
import django
import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from docs import generate
from shouyue.cli import COMMANDS, main
from tests.promises.house import DESK, REPOSITORY, SOURCE

KEYWORDS: dict[str, object] = dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"])
KEYWORDS |= {
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
DOORS = [door for door in ("console", "portal", "api") if any((DESK / door).rglob("*.html"))]


def words_of(place: Path) -> dict[str, str]:
    """Every text under `place` that is marked for translation, with a file that has it."""
    found: dict[str, str] = {}
    for path in sorted([*place.rglob("*.py"), *place.rglob("*.html"), *place.rglob("*.txt")]):
        text = path.read_text()
        if path.suffix != ".py":
            text = templatize(text)
        for _, message, _, _ in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
            singular = message[0] if isinstance(message, tuple) else message
            if singular:
                found[singular] = str(path.relative_to(DESK))
    return found


def translated(catalogue: Path) -> set[str]:
    if not catalogue.exists():
        return set()
    with catalogue.open("rb") as file:
        entries = read_po(file)
    done = set()
    for entry in entries:
        strings = entry.string if isinstance(entry.string, tuple | list) else [entry.string]
        if entry.id and all(strings) and not entry.fuzzy:
            done.add(entry.id[0] if isinstance(entry.id, tuple | list) else entry.id)
    return done


def chinese_of(place: Path) -> set[str]:
    return translated(place / "locale/zh_Hans/LC_MESSAGES/django.po")


def django_has() -> set[str]:
    home = Path(django.__file__).parent
    return set().union(
        *(chinese_of(home / part) for part in ("conf", "contrib/auth", "contrib/admin", "contrib/humanize"))
    )


@pytest.mark.parametrize("door", DOORS)
def test_every_word_of_a_door_is_translated_in_the_doors_own_catalogue(door):
    known = chinese_of(DESK / door) | django_has()
    assert {word: where for word, where in words_of(DESK / door).items() if word not in known} == {}


def test_slices_have_no_words_for_people():
    """What a state or a role is called is said by the doors, each in its own catalogue."""
    slices = [place for place in DESK.iterdir() if place.is_dir() and place.name not in DOORS]
    assert {word: where for place in slices for word, where in words_of(place).items()} == {}


def test_changes_are_told_in_small_files_with_plain_names():
    for path in sorted((REPOSITORY / "changelog.d").glob("*")):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.md", path.name), f"{path.name}: name it <subject>.md"
        text = path.read_text()
        assert text.strip() and text.endswith("\n"), f"{path.name} is empty or has no end"
        assert len(text.splitlines()) <= 25, f"{path.name}: one small file a change"


# read by the set-up and by the tests, not by the desk
NOT_SETTINGS = {"SHOUYUE_SETUP", "SHOUYUE_SHARED"}


def _read_from_the_environment() -> set[str]:
    return {
        node.value
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"SHOUYUE_[A-Z_]+", node.value)
    }


def test_every_setting_is_documented_and_every_documented_setting_is_read():
    assert _read_from_the_environment() - NOT_SETTINGS == set(generate.settings())


@pytest.mark.parametrize(
    "path,command", list(generate.commands()), ids=lambda c: c if isinstance(c, str) else ""
)
def test_every_command_and_every_option_says_what_it_is_for(path, command):
    assert command.help, path
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.opts[0]}"


def test_each_command_of_the_list_exists_and_has_its_line():
    for name, (_, _, line) in COMMANDS.items():
        assert main.get_command(click.Context(main), name), name
        assert line.endswith("."), name


def test_the_pages_of_the_reference_can_be_made():
    for name, page in generate.PAGES.items():
        assert len(page()) > 500, name


def test_the_same_words_are_the_same_chinese_in_every_door():
    """All catalogues are one for Django: of two translations a borrower might be shown the one meant for staff."""
    said: dict[tuple[object, object], dict[str, object]] = {}
    for door in DOORS:
        catalogue = DESK / door / "locale/zh_Hans/LC_MESSAGES/django.po"
        if catalogue.exists():
            with catalogue.open("rb") as file:
                for entry in read_po(file):
                    said.setdefault((entry.context, entry.id), {})[door] = entry.string
    assert [
        entry for entry in said.items() if len(set(map(str, entry[1].values()))) > 1 and entry[0][1]
    ] == []
