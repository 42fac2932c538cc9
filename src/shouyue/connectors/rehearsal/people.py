"""The borrowers of a rehearsal and how each behaves. Their lines are in people.yaml."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Script:
    """What one kind of borrower writes: on their own, and in answer."""

    name: str  # cooperative, stalling, …
    person: str
    mobile: str
    nickname: str
    request: str  # the words beside the friend request
    opens: tuple[str, ...]
    answers: tuple[str, ...]
    every: float = 1.0

    def answer(self, number: int) -> str:
        """The line that answers the n-th message (from 0); the last one for ever."""
        return self.answers[min(number, len(self.answers) - 1)]


@dataclass(slots=True)
class Borrower:
    """A WeChat user of the rehearsal: an id at the corp, a nickname, a behaviour, and what their phone shows."""

    external_userid: str
    script: Script
    nickname: str
    plays: bool = False  # answers by the script; else a person types on the phone's page
    answered: int = 0
    phone: list[dict[str, str]] = field(default_factory=list)  # chat, side (me, them, system), text, at


@cache
def scripts() -> dict[str, Script]:
    """The eight borrowers, by the kind of their behaviour."""
    text = (files(__package__) / "people.yaml").read_text(encoding="utf-8")
    return {
        name: Script(
            name,
            told["name"],
            told["mobile"],
            told["nickname"],
            told["request"],
            tuple(map(str, told["opens"])),
            tuple(map(str, told["answers"])),
            float(told.get("every", 1.0)),
        )
        for name, told in yaml.safe_load(text).items()
    }


def cast() -> dict[str, Borrower]:
    """One borrower of each kind, with the same id in every rehearsal."""
    return {
        name: Borrower(
            "wm" + hashlib.sha256(f"rehearsal:{name}".encode()).hexdigest()[:30], script, script.nickname
        )
        for name, script in scripts().items()
    }
