"""Exams are drawn, handed in and marked; certificates follow, fall and are renewed; nobody is reminded too late (R8)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate

from shouyue.casework.exam import MACHINE as EXAM
from shouyue.casework.exam import Exam as State
from shouyue.casework.retraining import MACHINE as RETRAINING
from shouyue.casework.retraining import Retraining as RetrainingState
from shouyue.clocks.deadline import Period
from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals.models import Approval
from shouyue.desk.ledger.actions import seal
from shouyue.desk.people import actions as people_verbs
from shouyue.desk.people import reads as people
from shouyue.desk.people.models import Certificate, Staff
from shouyue.desk.people.reads import Actor, may, name_of
from shouyue.desk.rulebook.reads import edition_on, pack_on
from shouyue.desk.training.models import Exam, Exemption, Reminder, Retraining
from shouyue.desk.training.reads import OPEN, REMIND_AT, course, course_as_sat, courses, may_begin_at
from shouyue.policy.courses import Course, NotInThePack, reads
from shouyue.terms import Channel

BY_HAND = timedelta(seconds=30)  # the last click travels
LEARN_NEW_LAW_WITHIN = timedelta(days=14)
RETRAIN_WITHIN = timedelta(days=7)
LONGEST_EXEMPTION = 30  # days
ANSWER_WITHIN = timedelta(hours=24)
COURSE_OF_RULE_UNKNOWN = "basics"


class UnableToSit(Exception):
    """This exam cannot be begun or handed in so."""


class UnableToTrain(Exception):
    """This cannot be asked of, or allowed to, this person so."""


def stream_of(staff: Staff) -> str:
    """The stream of the log in which somebody's training is sealed."""
    return f"training:{staff.staff_no}"


# ── exams ──


@transaction.atomic
def begin(*, course_id: str, by: Staff, at: datetime) -> Exam:
    """Draw an exam by lot and start its clock. A second press while it runs gives the same exam."""
    if not may(by, "learn"):
        raise UnableToSit("your role makes no contacts and needs no certificate")
    try:
        asked = course(course_id, at)
    except NotInThePack as nothing:
        raise UnableToSit(f"the rules in force have no course {course_id}") from nothing
    _close_run_out(by, at)
    running = Exam.objects.filter(staff=by, state=State.RUNNING).first()
    if running and running.course == course_id:
        return running
    if running:
        raise UnableToSit(f"an exam of {running.course} is running; hand it in first")
    last = Exam.objects.filter(staff=by, course=course_id).order_by("-begun_at").first()
    again = may_begin_at(asked, last, at)
    if again:
        raise UnableToSit(
            f"the next try may begin at {timezone.localtime(again):%H:%M}; read the course again"
        )
    lot = secrets.SystemRandom()
    questions = lot.sample(list(asked.questions), asked.draw)
    drawn = [
        {"question": q.id, "order": lot.sample(range(len(q.choices)), len(q.choices))} for q in questions
    ]
    row = Exam.objects.create(
        staff=by,
        course=asked.id,
        edition=edition_on(at).pk,
        drawn=drawn,
        learned=reads(pack_on(at), asked.rules, localdate(at)),
        begun_at=at,
        ends_at=at + timedelta(minutes=asked.minutes),
    )
    _seal(by, "begun", {"exam": str(row.pk), "course": asked.id, "drawn": drawn}, by, at)
    return row


@transaction.atomic
def hand_in(*, exam: UUID, answers: Mapping[str, Iterable[int]], by: Staff, at: datetime) -> Exam:
    """Mark the exam. After its time nothing is marked and it has run out; handed in twice, it is marked once.

    A question counts only when every right answer is ticked and no other. Enough of them right: the certificates of the
    course's channels follow in the same transaction.
    """
    row = Exam.objects.select_for_update().get(pk=exam, staff=by)
    if row.state != State.RUNNING:
        return row
    if at > row.ends_at + BY_HAND:
        return _end(row, State.RUN_OUT, at)
    asked = course_as_sat(row)
    known = {place["question"] for place in row.drawn}
    given = {id: sorted(set(ticks)) for id, ticks in answers.items() if id in known}
    row.answers = given
    row.right = sum(set(given.get(id, ())) == asked.question(id).right for id in known)
    row.handed_in_at = at
    enough = row.right * 100 >= asked.pass_percent * len(known)
    row = _end(row, State.PASSED if enough else State.FAILED, at)
    if enough:
        _certify(by, asked, at)
    return row


def _end(row: Exam, state: State, at: datetime) -> Exam:
    EXAM.check(State(row.state), state)
    row.state = state
    row.save()
    words = {"exam": str(row.pk), "course": row.course, "right": row.right or 0, "answers": row.answers}
    _seal(row.staff, state.value, words, row.staff, at)
    return row


def _certify(staff: Staff, passed: Course, at: datetime) -> None:
    """For each channel of the course, until the end of the last day for which the pack says that an exam is good."""
    months = int(pack_on(at).parameters["staff_exam_valid"].on(localdate(at)))
    last_day = Period(months=months).after(localdate(at))
    until = timezone.make_aware(datetime.combine(last_day + timedelta(days=1), datetime.min.time()))
    for channel in passed.channels:
        people_verbs.certify(
            staff=staff, channel=channel, course=passed.id, until=until, by="training", at=at
        )
    for row in Retraining.objects.select_for_update().filter(staff=staff, course=passed.id, state__in=OPEN):
        _move(row, RetrainingState.DONE, "the exam was passed", "training", at)


@transaction.atomic
def _close_run_out(staff: Staff | None, at: datetime) -> None:
    rows = Exam.objects.select_for_update().filter(state=State.RUNNING, ends_at__lt=at - BY_HAND)
    for row in rows.filter(staff=staff) if staff else rows:
        _end(row, State.RUN_OUT, at)


# ── training that must be taken again ──


@transaction.atomic
def retrain(
    *,
    key: str,
    staff: Staff,
    course_id: str,
    cause: str,
    why: str,
    rules: Iterable[str] = (),
    due_at: datetime,
    by: Actor,
    at: datetime,
) -> Retraining:
    """Ask somebody to take a course again by `due_at`; one cause (`key`) asks once. Due at once, their certificates fall now."""
    try:
        asked = course(course_id, at)
    except NotInThePack as nothing:
        raise UnableToTrain(f"the rules in force have no course {course_id}") from nothing
    if len(why.strip()) < 4:
        raise UnableToTrain("say in words why this course must be taken again")
    row, fresh = Retraining.objects.get_or_create(
        key=key,
        defaults={
            "staff": staff, "course": asked.id, "cause": cause, "why": why.strip(), "rules": sorted(rules), "asked_at": at,
            "due_at": due_at,
        },
    )  # fmt: skip
    if fresh:
        words = {
            "retraining": str(row.pk),
            "course": asked.id,
            "cause": cause,
            "why": why,
            "rules": row.rules,
        }
        _seal(staff, "retraining_asked", {**words, "due_at": due_at.isoformat()}, by, at)
        if due_at <= at:
            _overdue(row, at)
    return row


@transaction.atomic
def after_violation(
    *, finding: str, staff: str, rule: str, level: str, by: Actor, at: datetime
) -> Retraining | None:
    """A confirmed violation asks for the course that teaches its rule: a grave one at once, a serious one within a week."""
    if level not in {"serious", "grave"}:
        return None
    taught = next((one for one in courses(at) if rule in one.rules), None)
    return retrain(
        key=f"finding:{finding}",
        staff=people.staff_by_no(staff),
        course_id=taught.id if taught else COURSE_OF_RULE_UNKNOWN,
        cause="violation",
        why=f"a violation was found: {rule}",
        rules=[rule],
        due_at=at if level == "grave" else at + RETRAIN_WITHIN,
        by=by,
        at=at,
    )


@transaction.atomic
def take_back(*, finding: str, staff: str, by: Actor, at: datetime) -> None:
    """A finding was set aside: what it asked for is lifted, and the certificates that fell by it are given back."""
    row = (
        Retraining.objects.select_for_update(of=("self",))
        .select_related("staff")
        .filter(key=f"finding:{finding}", staff__staff_no=staff)
        .first()
    )
    if row is None:
        return
    if row.state in OPEN:
        _move(row, RetrainingState.LIFTED, "the finding was set aside", by, at)
    for held in people.certificates_by_id(row.fell):
        if held.expires_at > at:
            people_verbs.certify(
                staff=row.staff, channel=held.channel, course=held.course, until=held.expires_at, by="training", at=at
            )  # fmt: skip


@transaction.atomic
def lift(*, retraining: UUID, reason: str, by: Staff, at: datetime) -> Retraining:
    """The ground fell away (an appeal was upheld, say). A certificate that fell stays fallen until the exam is passed."""
    row = Retraining.objects.select_for_update().select_related("staff").get(pk=retraining)
    if row.staff_id == by.pk:
        raise UnableToTrain(f"{by} cannot lift their own retraining; another person must")
    if len(reason.strip()) < 4:
        raise UnableToTrain("write the reason in at least 4 characters")
    return _move(row, RetrainingState.LIFTED, reason.strip(), by, at)


def _move(row: Retraining, to: RetrainingState, why: str, by: Actor, at: datetime) -> Retraining:
    RETRAINING.check(RetrainingState(row.state), to)
    row.state = to
    row.ended_at = at if RETRAINING.ended(to) else None
    row.save(update_fields=["state", "ended_at"])
    _seal(row.staff, f"retraining_{to.value}", {"retraining": str(row.pk), "why": why}, by, at)
    return row


def _overdue(row: Retraining, at: datetime) -> None:
    """The certificates that cover the course's channels fall, one for all channels too: it would leave the gate open."""
    _move(row, RetrainingState.OVERDUE, row.why, "training", at)
    channels = {*course(row.course, at).channels, "*"}
    for held in people.certificates_of(row.staff):
        if held.channel in channels and held.expires_at > at and held.revoked_at is None:
            people_verbs.revoke_certificate(
                certificate=held, reason=f"training not repeated: {row.why}", by="training", at=at
            )
            row.fell = [*row.fell, held.pk]
    row.save(update_fields=["fell"])


# ── exemptions ──


@transaction.atomic
def ask_exemption(*, staff: Staff, channel: str, days: int, why: str, by: Staff, at: datetime) -> Exemption:
    """Ask that somebody may contact on a channel without its exam for some days. A compliance officer decides, never who asks."""
    if not may(by, "train"):
        raise UnableToTrain("a trainer asks for exemptions")
    if staff.pk == by.pk or not may(staff, "contact"):
        raise UnableToTrain(f"{staff} makes no contacts; an exemption would mean nothing")
    if channel not in set(Channel):
        raise UnableToTrain(f"no channel {channel}; known are {', '.join(Channel)}")
    if not 1 <= days <= LONGEST_EXEMPTION:
        raise UnableToTrain(f"an exemption lasts 1 to {LONGEST_EXEMPTION} days, not {days}")
    if len(why.strip()) < 4:
        raise UnableToTrain("write the reason in at least 4 characters")
    row = Exemption.objects.create(
        staff=staff, channel=channel, days=days, why=why.strip(), asked_by=by, asked_at=at
    )
    approvals.ask(
        what="exemption",
        about=row.pk,
        stream=stream_of(staff),
        asks=why.strip(),
        facts={"staff_no": staff.staff_no, "channel": channel, "days": days},
        due_at=at + ANSWER_WITHIN,
        needs="compliance",
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def decide_exemption(*, approval: Approval, grant: bool, reason: str, by: Staff, at: datetime) -> None:
    """The second person: granted, the channel opens at once and closes by itself."""
    row = Exemption.objects.select_related("staff").get(pk=approval.about)
    if row.staff_id == by.pk:
        raise approvals.UnableToDecide("nobody exempts themselves; another officer must")
    approvals.decide(approval=approval.pk, grant=grant, reason=reason, by=by, at=at)
    if grant:
        people_verbs.certify(
            staff=row.staff, channel=row.channel, course="exemption", days=row.days, by=by, at=at
        )


# ── what time it is ──


def keep_watch(*, by: Actor, at: datetime) -> None:
    """Everything that the hour asks for: exams that ran out, new law to learn, training overdue, certificates that end."""
    _close_run_out(None, at)
    learn_new_law(by=by, at=at)
    fall_due(by=by, at=at)
    remind(by=by, at=at)


@transaction.atomic
def fall_due(*, by: Actor, at: datetime) -> int:
    """Training not taken again in time: the certificates fall. Returns how many people it met."""
    rows = Retraining.objects.select_for_update(of=("self",)).select_related("staff")
    late = list(rows.filter(state=RetrainingState.OPEN, due_at__lte=at))
    for row in late:
        _overdue(row, at)
    return len(late)


@transaction.atomic
def learn_new_law(*, by: Actor, at: datetime) -> int:
    """Rules that read otherwise than when somebody passed their exam are to be learned within two weeks."""
    asked, found = {one.id: one for one in courses(at)}, 0
    passed: dict[tuple[int, str], Exam] = {}
    for row in (
        Exam.objects.filter(state=State.PASSED, staff__is_active=True)
        .select_related("staff")
        .order_by("begun_at")
    ):
        passed[row.staff_id, row.course] = row
    now = reads(pack_on(at), {rule for one in asked.values() for rule in one.rules}, localdate(at))
    for row in passed.values():
        if row.course not in asked:
            continue
        rules = asked[row.course].rules
        changed = sorted(rule for rule in rules if row.learned.get(rule) != now[rule])
        if not changed:
            continue
        edition = edition_on(at)
        mark = hashlib.sha256("".join(now[rule] for rule in changed).encode()).hexdigest()[:16]
        if Retraining.objects.filter(
            staff=row.staff, course=row.course, cause="law", state__in=OPEN
        ).exists():
            continue
        retrain(
            key=f"law:{row.pk}:{mark}",
            staff=row.staff,
            course_id=row.course,
            cause="law",
            why=f"the rules changed: {', '.join(changed)}",
            rules=changed,
            due_at=max(at, edition.effective_at) + LEARN_NEW_LAW_WITHIN,
            by=by,
            at=at,
        )
        found += 1
    return found


@transaction.atomic
def remind(*, by: Actor, at: datetime) -> int:
    """Tell everybody whose certificate ends in 90, 60, 30 or 7 days; each number once, the nearest when some were missed."""
    told = 0
    for held in people.ending(after=at, before=at + timedelta(days=REMIND_AT[0])):
        if not may(held.staff, "contact") or _renewed(held, at):
            continue
        left = held.expires_at - at
        days = min(mark for mark in REMIND_AT if left <= timedelta(days=mark))
        _, fresh = Reminder.objects.get_or_create(
            certificate=held.pk,
            days=days,
            defaults={"staff": held.staff, "channel": held.channel, "ends_at": held.expires_at, "at": at},
        )
        if fresh:
            words = {"certificate": held.pk, "channel": held.channel, "days": days}
            _seal(held.staff, "reminded", words, by, at)
            told += 1
    return told


def _renewed(held: Certificate, at: datetime) -> bool:
    longest = people.certificate(held.staff, held.channel, at)
    return longest.valid and longest.until is not None and longest.until > held.expires_at


@transaction.atomic
def read_reminders(*, by: Staff, at: datetime) -> int:
    """This person has seen what they were reminded of."""
    rows = list(Reminder.objects.select_for_update().filter(staff=by, read_at=None))
    if rows:
        Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(read_at=at)
        _seal(by, "reminder_read", {"reminders": [row.pk for row in rows]}, by, at)
    return len(rows)


def _seal(staff: Staff, act: str, parts: Mapping[str, Any], by: Actor, at: datetime) -> None:
    seal(
        f"training/{act}",
        stream=stream_of(staff),
        subject=None,
        parts={**parts, "staff_no": staff.staff_no, "by": name_of(by)},
        by=by,
        at=at,
    )
