"""What staff must have learned: a pack's courses in Markdown and its question banks, checked against its rules.

A folder `training/` of a pack holds `courses.yaml`, `questions/<course>.yaml` and the pages `<course>.zh.md` and
`<course>.en.md`. Numbers of the law are written as `{parameter}` and filled on the day of reading, so that a course
never teaches an old number. A question that cites no rule of the pack is refused with file and line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from shouyue.policy.decision import Text
from shouyue.policy.describe import numbers
from shouyue.policy.pack import Pack
from shouyue.policy.reading import PackError, Written, read
from shouyue.terms import Channel

GAP = re.compile(r"\{([a-z_]+)\}")
COURSE_KEYS = (
    "id", "zh", "en", "channels", "questions", "draw", "pass_percent", "minutes", "again_after_minutes",
)  # fmt: skip


class NotInThePack(LookupError):
    """The pack has no such course or question."""


@dataclass(frozen=True, slots=True)
class Choice:
    text: Text
    right: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its answers, why, and the rules that it rests on."""

    id: str
    asks: Text
    choices: tuple[Choice, ...]
    because: Text
    cites: tuple[str, ...]

    @property
    def right(self) -> frozenset[int]:
        """The positions of the right answers; all of them must be ticked, and no other."""
        return frozenset(n for n, choice in enumerate(self.choices) if choice.right)


@dataclass(frozen=True, slots=True)
class Course:
    """A course, the channels that it opens, how its exam is held, and its questions, all filled with one day's numbers."""

    id: str
    title: Text
    channels: tuple[str, ...]
    page: Text  # Markdown
    draw: int
    pass_percent: int
    minutes: int
    again_after_minutes: int
    questions: tuple[Question, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that the course examines, once."""
        return tuple(sorted({rule for question in self.questions for rule in question.cites}))

    def question(self, id: str) -> Question:
        for one in self.questions:
            if one.id == id:
                return one
        raise NotInThePack(f"course {self.id} has no question {id!r}")


def courses_of(pack: Pack, on: date) -> tuple[Course, ...]:
    """The pack's courses as they read on that day; none for a pack without training. Raises PackError."""
    return _courses(pack, on, _stamp(pack.folder))


def course_of(pack: Pack, id: str, on: date) -> Course:
    for one in courses_of(pack, on):
        if one.id == id:
            return one
    have = ", ".join(course.id for course in courses_of(pack, on)) or "none"
    raise NotInThePack(f"pack {pack.name} has no course {id!r}; it has {have}")


def reads(pack: Pack, rules: Iterable[str], on: date) -> dict[str, str]:
    """How each rule reads on that day: a digest of its text and numbers. Different digests mean that the law has changed."""
    return {id: _reading(pack, id, on) for id in rules}


def _reading(pack: Pack, id: str, on: date) -> str:
    try:
        rule = pack.rule(id)
    except KeyError:
        return "repealed"
    figures = {
        name: str(parameter.on(on)) for name, parameter in numbers(rule).items() if _known(parameter, on)
    }
    body = json.dumps([rule.data, str(rule.effect), figures], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _known(parameter: Any, on: date) -> bool:
    return bool(parameter.since[0] <= on)


def _stamp(folder: Path) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns for path in sorted((folder / "training").rglob("*.*")))


@lru_cache(maxsize=16)
def _courses(pack: Pack, on: date, stamp: tuple[int, ...]) -> tuple[Course, ...]:
    home, name = pack.folder / "training", f"{pack.folder.name}/training"
    if not (home / "courses.yaml").is_file():
        return ()
    found: dict[str, Course] = {}
    for written in read(home / "courses.yaml", f"{name}/courses.yaml"):
        one = _course(written, home, name, pack, on)
        if one.id in found:
            raise written.place.error(f"course {one.id!r} is written twice")
        found[one.id] = one
    return tuple(found.values())


def _course(c: Written, home: Path, name: str, pack: Pack, on: date) -> Course:
    c.only(*COURSE_KEYS)
    id = str(c.need("id"))
    channels = tuple(map(str, c.need("channels")))
    strange = [channel for channel in channels if channel not in set(Channel)]
    if strange or not channels:
        raise c.place.error(
            f"course {id!r}: no channel {strange[0] if strange else ''!r}; known are {', '.join(Channel)}"
        )
    file = home / "questions" / f"{id}.yaml"
    if not file.is_file():
        raise c.place.error(f"course {id!r} has no questions; expected {name}/questions/{id}.yaml")
    questions: dict[str, Question] = {}
    for written in read(file, f"{name}/questions/{id}.yaml") or []:
        one = _question(written, pack, on)
        if one.id in questions:
            raise written.place.error(f"question {one.id!r} is written twice")
        questions[one.id] = one
    draw, percent = c.need("draw"), c.need("pass_percent")
    if not 1 <= draw <= len(questions):
        raise c.place.error(f"course {id!r} draws {draw} questions and has {len(questions)}")
    if not 1 <= percent <= 100:
        raise c.place.error(f"pass_percent is 1 to 100; found {percent}")
    pages = []
    for tongue in ("zh", "en"):
        page = home / f"{id}.{tongue}.md"
        if not page.is_file():
            raise c.place.error(f"course {id!r} has no page {name}/{id}.{tongue}.md")
        pages.append(_filled(page.read_text("utf-8"), pack, on, f"{name}/{page.name}"))
    return Course(
        id, Text(c.need("zh"), c.need("en")), channels, Text(*pages), draw, percent, int(c.need("minutes")),
        int(c.need("again_after_minutes")), tuple(questions.values()),
    )  # fmt: skip


def _question(q: Written, pack: Pack, on: date) -> Question:
    q.only("id", "cite", "zh", "en", "choices", "because_zh", "because_en")
    id, where = str(q.need("id")), str(q.place.file)
    cites = tuple(map(str, q.get("cite") or ()))
    if not cites:
        raise q.place.error(f"question {id!r} cites no rule; write cite: [ID OF A RULE]")
    known = {rule.id for rule in pack.rules}
    for cite in cites:
        if cite not in known:
            raise q.place.error(f"question {id!r} cites {cite!r}, which is no rule of pack {pack.name}")
    choices = []
    for c in q.need("choices"):
        c.only("zh", "en", "right")
        text = Text(_filled(c.need("zh"), pack, on, where), _filled(c.need("en"), pack, on, where))
        choices.append(Choice(text, bool(c.get("right", False))))
    for tongue in ("zh", "en"):
        said = [getattr(choice.text, tongue) for choice in choices]
        if len(set(said)) < len(said):
            raise q.place.error(f"question {id!r}: two of its choices read alike on {on}: {sorted(said)}")
    if len(choices) < 2 or not any(c.right for c in choices) or all(c.right for c in choices):
        raise q.place.error(f"question {id!r} needs two choices or more, right ones and wrong ones")
    return Question(
        id, Text(_filled(q.need("zh"), pack, on, where), _filled(q.need("en"), pack, on, where)), tuple(choices),
        Text(_filled(q.need("because_zh"), pack, on, where), _filled(q.need("because_en"), pack, on, where)), cites,
    )  # fmt: skip


def _filled(text: str, pack: Pack, on: date, where: str) -> str:
    """The text with each `{parameter}` replaced by its value on that day; an unknown one is refused."""

    def value(gap: re.Match[str]) -> str:
        if gap[1] not in pack.parameters:
            raise PackError(f"{where}: {{{gap[1]}}} is no parameter of pack {pack.name}")
        return _plain(pack.parameters[gap[1]].on(on))

    return GAP.sub(value, str(text))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        return "、".join(str(one) for one in value)
    said = str(value)
    return said.removesuffix(":00") if said.count(":") == 2 else said
