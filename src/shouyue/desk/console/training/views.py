"""My training, reading a course, sitting its exam; and what a trainer looks after."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from markdown_it import MarkdownIt

from shouyue.casework.exam import Exam as State
from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.console.frame import NotForYou, StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.tags import channel as channel_word
from shouyue.desk.console.tags import said
from shouyue.desk.people.reads import may, who_may
from shouyue.desk.training import actions, reads
from shouyue.policy.courses import NotInThePack

SOON = 90  # days before its end from which a certificate stands on the board
MARKDOWN = MarkdownIt("commonmark", {"html": False})


def _course(request: StaffRequest, id: str) -> Any:
    try:
        return reads.course(id, request.at)
    except NotInThePack as nothing:
        raise NotForYou(f"course {id}") from nothing


@never_cache
@require_GET
@staff_only("learn")
def my_training(request: StaffRequest) -> HttpResponse:
    """What I may do and until when, what I must learn again, and where to begin."""
    lines = [
        {"one": one, "left": _left(one.held.until, request)}
        for one in reads.standing(request.user, request.at)
    ]
    context = {
        "lines": lines,
        "due": [(row, _course(request, row.course)) for row in reads.retrainings(request.user)],
        "reminders": reads.reminders(request.user),
    }
    return render(request, "training/mine.html", context)


def _left(until: Any, request: StaffRequest) -> int | None:
    return (until - request.at).days if until else None


@require_POST
@staff_only("learn")
def read_reminders(request: StaffRequest) -> HttpResponse:
    """I have seen what I was reminded of."""
    actions.read_reminders(by=request.user, at=request.at)
    return redirect("training")


@never_cache
@require_GET
@staff_only()
def course(request: StaffRequest, id: str) -> HttpResponse:
    """A course to read; its exam begins here."""
    found = _course(request, id)
    standing = reads.standing(request.user, request.at) if may(request.user, "learn") else []
    mine = next((s for s in standing if s.course.id == id), None)
    context = {
        "course": found,
        "page": mark_safe(MARKDOWN.render(said(found.page))),  # noqa: S308  our own pack, with HTML switched off
        "mine": mine,
        "left": _left(mine.held.until, request) if mine else None,
        "section": "training",
    }
    return render(request, "training/course.html", context)


@require_POST
@staff_only("learn")
def begin(request: StaffRequest, id: str) -> HttpResponse:
    """Draw an exam; its clock runs from now."""
    try:
        exam = actions.begin(course_id=_course(request, id).id, by=request.user, at=request.at)
    except actions.UnableToSit as why:
        messages.error(request, in_page_language(str(why)))
        return redirect("course", id)
    return redirect("exam", exam.pk)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("learn")
def exam(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The questions while it runs; the marked paper, with why and by which rule, once it is handed in."""
    try:
        row = reads.exam_for(request.user, pk)
    except reads.NotYours as theirs:
        raise NotForYou(str(theirs)) from theirs
    missing: list[int] = []
    if request.method == "POST" and row.state == State.RUNNING:
        answers = _answers(request, row)
        drawn = [place["question"] for place in row.drawn]
        missing = [n for n, id in enumerate(drawn, start=1) if id not in answers]
        if not missing or "anyway" in request.POST or request.at > row.ends_at:
            actions.hand_in(exam=row.pk, answers=answers, by=request.user, at=request.at)
            return redirect("exam", row.pk)
        row.answers = {id: sorted(ticks) for id, ticks in answers.items()}  # shown again, not stored
    tongue = "en" if get_language() == "en" else "zh"
    sheet = [
        {
            "one": one,
            "choices": [
                (n, zh if tongue == "zh" else en, ticked, right) for n, zh, en, ticked, right in one.choices
            ],
        }
        for one in reads.drawn(row)
    ]
    context = {
        "exam": row,
        "course": reads.course_as_sat(row),
        "sheet": sheet,
        "missing": missing,
        "running": row.state == State.RUNNING,
        "section": "training",
    }
    return render(request, "training/exam.html", context, status=422 if missing else 200)


def _answers(request: StaffRequest, row: Any) -> dict[str, set[int]]:
    """What was ticked, by question; a value that is no number is nothing."""
    found = {}
    for place in row.drawn:
        ticked = {
            int(v) for v in request.POST.getlist(f"q-{place['question']}") if v.isdecimal() and len(v) < 3
        }
        if ticked:
            found[place["question"]] = ticked
    return found


# ── the trainer ──


class _ForSomebody(forms.Form):
    """About one member of staff who may contact."""

    staff = forms.ChoiceField(label=gettext_lazy("Member of staff"))
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("It is sealed and shown to the person."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.staff_no: one for one in who_may("contact")}
        self.fields["staff"].choices = [(no, f"{one} {no}") for no, one in self.people.items()]  # type: ignore[attr-defined]

    def clean_staff(self) -> Any:
        return self.people[self.cleaned_data["staff"]]


class ExemptionForm(_ForSomebody):
    """Leave to contact without the exam, for some days; compliance decides."""

    channel = forms.ChoiceField(label=gettext_lazy("Channel"))
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=actions.LONGEST_EXEMPTION)
    field_order = ("staff", "channel", "days", "why")

    def __init__(self, *args: Any, courses: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opened = [c for one in courses for c in one.channels]
        self.fields["channel"].choices = [(c, channel_word(c)) for c in opened]  # type: ignore[attr-defined]


class RetrainForm(_ForSomebody):
    """A course to be taken again by a day."""

    course = forms.ChoiceField(label=gettext_lazy("Course"))
    due_at = forms.DateTimeField(
        label=gettext_lazy("Due"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    field_order = ("staff", "course", "due_at", "why")

    def __init__(self, *args: Any, courses: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].choices = [(one.id, said(one.title)) for one in courses]  # type: ignore[attr-defined]


@never_cache
@require_GET
@staff_only("train")
def board(request: StaffRequest) -> HttpResponse:
    """Who is blocked and why, whose certificate ends, who failed, who must learn again, who is exempt."""
    return _board(request)


def _board(request: StaffRequest, exempt: Any = None, retrain: Any = None) -> HttpResponse:
    everybody = reads.everybody(request.at)
    courses = reads.courses(request.at)
    ending: list[dict[str, Any]] = [
        {"who": one, "course": course, "held": held, "left": (held.until - request.at).days}
        for one in everybody
        for course, held in one.courses
        if held.valid and held.until and (held.until - request.at).days <= SOON
    ]
    certified = sum(any(held.valid for _, held in one.courses) for one in everybody)
    context = {
        "people": everybody,
        "courses": courses,
        "blocked": [one for one in everybody if one.blocked],
        "ending": sorted(ending, key=lambda line: line["left"]),
        "failed": reads.failed(request.at)[:15],
        "due": [(one, row) for one in everybody for row in one.due],
        "exemptions": reads.exemptions(),
        "certified": certified,
        "titles": {one.id: one.title for one in courses},
        "exempt": exempt or ExemptionForm(courses=courses, prefix="e"),
        "retrain": retrain or RetrainForm(courses=courses, prefix="r"),
        "section": "training_board",
    }
    bad = any(form is not None and form.errors for form in (exempt, retrain))
    return render(request, "training/board.html", context, status=422 if bad else 200)


@require_POST
@staff_only("train")
def exempt(request: StaffRequest) -> HttpResponse:
    """Ask a compliance officer for an exemption."""
    form = ExemptionForm(bound(request)[0], courses=reads.courses(request.at), prefix="e")
    if form.is_valid():
        try:
            actions.ask_exemption(by=request.user, at=request.at, **form.cleaned_data)
            messages.success(request, _("A compliance officer decides about the exemption."))
            return redirect("training_board")
        except actions.UnableToTrain as why:
            form.add_error(None, in_page_language(str(why)))
    return _board(request, exempt=form)


@require_POST
@staff_only("train")
def retrain(request: StaffRequest) -> HttpResponse:
    """Ask somebody to take a course again."""
    form = RetrainForm(bound(request)[0], courses=reads.courses(request.at), prefix="r")
    if form.is_valid():
        asked = form.cleaned_data
        try:
            actions.retrain(
                key=f"hand:{uuid4()}", staff=asked["staff"], course_id=asked["course"], cause="trainer", why=asked["why"],
                due_at=asked["due_at"], by=request.user, at=request.at,
            )  # fmt: skip
            messages.success(request, _("They see it on their training page at once."))
            return redirect("training_board")
        except actions.UnableToTrain as why:
            form.add_error(None, in_page_language(str(why)))
    return _board(request, retrain=form)


@require_POST
@staff_only("train")
def lift(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Lift a retraining whose ground fell away, with a reason."""
    try:
        actions.lift(retraining=pk, reason=request.POST.get("reason", ""), by=request.user, at=request.at)
    except (actions.UnableToTrain, ImpossibleStep) as why:
        messages.error(request, in_page_language(str(why)))
    return redirect("training_board")
