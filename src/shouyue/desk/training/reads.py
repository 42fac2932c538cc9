"""What somebody has learned, what opens and closes for them, and what a trainer must look after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import localdate

from shouyue.casework.exam import Exam as State
from shouyue.casework.retraining import Retraining as RetrainingState
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.people import reads as people
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import CertificateState
from shouyue.desk.rulebook.reads import loaded_of, pack_on
from shouyue.desk.training.models import Exam, Exemption, Reminder, Retraining
from shouyue.policy.courses import Course, Question, course_of, courses_of

OPEN = (RetrainingState.OPEN, RetrainingState.OVERDUE)
REMIND_AT = (90, 60, 30, 7)  # days before a certificate ends


class NotYours(Exception):
    """There is no such exam for this person: shown as "not found", and logged."""


def courses(at: datetime) -> tuple[Course, ...]:
    """The courses of the pack in force, as they read today."""
    return courses_of(pack_on(at), localdate(at))


def course(id: str, at: datetime) -> Course:
    """Raises NotInThePack."""
    return course_of(pack_on(at), id, localdate(at))


def course_for(channel: str, at: datetime) -> Course | None:
    """The course that opens this channel."""
    return next((one for one in courses(at) if channel in one.channels), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """One course as it stands for one person: certificate of its channels, exams, and whether it may be sat now."""

    course: Course
    held: CertificateState  # the weakest of its channels
    last: Exam | None
    running: Exam | None
    again_at: datetime | None  # after a failed exam, when the next may begin
    retraining: Retraining | None

    @property
    def ready(self) -> bool:
        return self.running is None and self.again_at is None


def weakest(states: Sequence[CertificateState]) -> CertificateState:
    """A course is held as long as each of its channels is: the first that is not, else the one that ends first."""
    invalid = [state for state in states if not state.valid]
    return invalid[0] if invalid else min(states, key=lambda state: (state.until is None, state.until))


def standing(staff: Staff, at: datetime) -> list[Standing]:
    """Every course as it stands for this person."""
    sat: dict[str, list[Exam]] = {}
    for row in Exam.objects.filter(staff=staff).order_by("-begun_at"):
        sat.setdefault(row.course, []).append(row)
    again = {row.course: row for row in retrainings(staff)}
    held = people.certificates_of(staff)
    found = []
    for one in courses(at):
        exams = sat.get(one.id, [])
        last = exams[0] if exams else None
        running = last if last and last.state == State.RUNNING and last.ends_at > at else None
        found.append(
            Standing(
                one,
                weakest([people.best(held, channel, at) for channel in one.channels]),
                last,
                running,
                may_begin_at(one, last, at),
                again.get(one.id),
            )
        )
    return found


def may_begin_at(course: Course, last: Exam | None, at: datetime) -> datetime | None:
    """When the next exam may begin, None for now: after one that was not passed there is a pause to read again."""
    if last is None or last.state == State.PASSED or (last.state == State.RUNNING and last.ends_at > at):
        return None
    then = (last.handed_in_at or last.ends_at) + timedelta(minutes=course.again_after_minutes)
    return then if then > at else None


def retrainings(staff: Staff) -> QuerySet[Retraining]:
    return Retraining.objects.filter(staff=staff, state__in=OPEN).order_by("due_at")


def asked_by_findings(findings: Iterable[UUID]) -> dict[UUID, Retraining]:
    """The training that findings asked for, by finding."""
    keys = {f"finding:{pk}": pk for pk in findings}
    return {keys[row.key]: row for row in Retraining.objects.filter(key__in=list(keys))}


def due_of(people: Iterable[Staff]) -> dict[int, list[Retraining]]:
    """What each of these people must learn again."""
    found: dict[int, list[Retraining]] = {}
    for row in Retraining.objects.filter(staff__in=list(people), state__in=OPEN).order_by("due_at"):
        found.setdefault(row.staff_id, []).append(row)
    return found


def reminders(staff: Staff) -> QuerySet[Reminder]:
    """What this person was told and has not yet seen on their training page."""
    return Reminder.objects.filter(staff=staff, read_at=None).order_by("ends_at")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One question of a sitting: its choices in the order shown, each with its own position, tick and truth."""

    question: Question
    choices: tuple[tuple[int, str, str, bool, bool], ...]  # position, zh, en, ticked, right
    several: bool
    answered_right: bool


def exam_for(staff: Staff, pk: UUID | str) -> Exam:
    found = Exam.objects.filter(pk=pk, staff=staff).first()
    if found is None:
        raise NotYours(f"exam {pk}")
    return found


def course_as_sat(exam: Exam) -> Course:
    """The course as it read when the exam began, whatever rules are in force by now."""
    return course_of(loaded_of(exam.edition), exam.course, localdate(exam.begun_at))


def drawn(exam: Exam) -> list[Drawn]:
    """The questions of this sitting, in its own order. Raises NotInThePack when a question was taken out since."""
    course = course_as_sat(exam)
    found = []
    for place in exam.drawn:
        question = course.question(place["question"])
        ticked = set(exam.answers.get(question.id, ()))
        choices = tuple(
            (
                n,
                question.choices[n].text.zh,
                question.choices[n].text.en,
                n in ticked,
                question.choices[n].right,
            )
            for n in place["order"]
        )
        found.append(Drawn(question, choices, len(question.right) > 1, ticked == question.right))
    return found


# ── for the trainer ──


@dataclass(frozen=True, slots=True)
class Person:
    """One member of staff who may contact: which courses are open, which are not and why, and what is due."""

    staff: Staff
    courses: tuple[tuple[Course, CertificateState], ...]
    due: tuple[Retraining, ...]

    @property
    def blocked(self) -> list[tuple[Course, CertificateState]]:
        return [one for one in self.courses if not one[1].valid]

    @property
    def soonest(self) -> datetime | None:
        return min((held.until for _, held in self.courses if held.valid and held.until), default=None)


def everybody(at: datetime) -> list[Person]:
    """Everybody whose role may contact, with their courses; a fixed number of questions asked."""
    found = people.who_may("contact")
    held: dict[int, list[people.Certificate]] = {}
    for one in people.certificates_of_all(found):
        held.setdefault(one.staff_id, []).append(one)
    due: dict[int, list[Retraining]] = {}
    for row in Retraining.objects.filter(state__in=OPEN).order_by("due_at"):
        due.setdefault(row.staff_id, []).append(row)
    all_courses = courses(at)
    return [
        Person(
            staff,
            tuple(
                (one, weakest([people.best(held.get(staff.pk, []), c, at) for c in one.channels]))
                for one in all_courses
            ),
            tuple(due.get(staff.pk, [])),
        )
        for staff in found
    ]


def failed(at: datetime, days: int = 30) -> QuerySet[Exam]:
    """Exams of late that were not passed, newest first."""
    since = at - timedelta(days=days)
    return (
        Exam.objects.filter(state__in=[State.FAILED, State.RUN_OUT], begun_at__gte=since)
        .select_related("staff")
        .order_by("-begun_at")
    )


def exemptions(limit: int = 20) -> list[tuple[Exemption, str]]:
    """The newest exemptions asked for, each with the state of its approval."""
    rows = Exemption.objects.select_related("staff", "asked_by").order_by("-asked_at")[:limit]
    answers = {row.about: str(row.state) for row in approvals.all_about("exemption", [r.pk for r in rows])}
    return [(row, answers.get(row.pk, "open")) for row in rows]


def exemption(pk: UUID) -> Exemption:
    return Exemption.objects.select_related("staff", "asked_by").get(pk=pk)
