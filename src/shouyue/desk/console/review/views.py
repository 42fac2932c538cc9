"""What waits before it leaves; what is looked at after; what the sample says; and what was found about oneself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shouyue.casework.finding import Level
from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.conduct.reads import contested, timeline
from shouyue.desk.console.frame import NotForYou, StaffRequest, bound, staff_only
from shouyue.desk.console.inbox.marked import pieces
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.tags import level_word, said
from shouyue.desk.messages.reads import around
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.people.reads import leads, may, who_may
from shouyue.desk.review import actions, reads
from shouyue.desk.review.figures import Rate
from shouyue.desk.review.risk import HIGH_FROM, MIDDLE_FROM, POINTS
from shouyue.desk.review.sampling import PROBABILITY, SECOND
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.training import reads as training
from shouyue.desk.training.actions import retrain
from shouyue.desk.training.reads import asked_by_findings
from shouyue.screening.finding import Finding as Found

COACH_WITHIN = timedelta(days=14)
REFUSALS = (actions.UnableToReview, actions.UnableToAppeal, ImpossibleStep)


def _marked(contact: Any) -> Any:
    return pieces(contact.shown, [Found.from_data(found) for found in contact.findings])


@never_cache
@require_GET
@staff_only("approve")
def before(request: StaffRequest) -> HttpResponse:
    """Messages that wait for a second person, the nearest deadline first, with the rules for which they wait."""
    lines = [
        {"one": one, "name": masked_name(one.contact.party), "pieces": _marked(one.contact)}
        for one in reads.before(request.user, request.at)
    ]
    context = {
        "lines": [line for line in lines if line["one"].answer.yes],
        "others": [line for line in lines if not line["one"].answer.yes],
        "section": "review_before",
        "marked": True,
    }
    return render(request, "review/before.html", context)


@never_cache
@require_GET
@staff_only("see_review")
def after(request: StaffRequest) -> HttpResponse:
    """What was drawn and waits for a verdict; appeals of findings and of blocks; findings of late."""
    context = {
        "lines": [
            {"one": one, "name": masked_name(one.contact.party)} for one in reads.to_judge(request.user)
        ],
        "appeals": [row for row in reads.appeals() if request.user.pk not in {row.found_by_id, row.staff_id}],
        "may_answer": may(request.user, "answer_appeals"),
        "may_review": may(request.user, "review"),
        "blocks": [
            {"row": row, "name": masked_name(row.contact.party), "pieces": _marked(row.contact)}
            for row in reads.block_appeals()
            if row.staff_id != request.user.pk
        ],
        "contested": [
            {"row": row, "name": masked_name(row.party) if row.party else row.staff}
            for row in contested()
            if row.staff_id != request.user.pk
        ],
        "findings": reads.findings(),
        "section": "review_after",
        "marked": True,
    }
    return render(request, "review/after.html", context)


class VerdictForm(forms.Form):
    """Clean, or how bad, by which rule, in words."""

    level = forms.ChoiceField(label=gettext_lazy("Verdict"), widget=forms.RadioSelect)
    rule = forms.ChoiceField(label=gettext_lazy("Rule"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Grounds"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What was said or done, and why it breaks the rule. The member reads it."),
    )

    def __init__(self, *args: Any, pack: Any, first: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [(level.value, level_word(level.value)) for level in Level]  # type: ignore[attr-defined]
        ordered = sorted(pack.rules, key=lambda rule: (rule.id not in first, rule.id))
        self.fields["rule"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((rule.id, f"{rule.id} · {said(rule.title)}") for rule in ordered),
        ]


def _look(request: StaffRequest, pk: int) -> Any:
    try:
        return reads.look_for(request.user, pk)
    except reads.NotYours as theirs:
        raise NotForYou(str(theirs)) from theirs


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("see_review")
def one(request: StaffRequest, pk: int) -> HttpResponse:
    """One contact with what the machine saw; POST gives a verdict. A second reviewer does not see the first one's."""
    row = _look(request, pk)
    first = [*row.rules, *(rule for _word, _weight, detail in row.grounds for rule in detail.split())]
    form = VerdictForm(bound(request)[0], pack=pack_on(request.at), first=first)
    answer = reads.may_judge(row, request.user)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            actions.judge(
                look=row.pk, level=Level(asked["level"]), rule=asked["rule"], note_=asked["note"], by=request.user, at=request.at
            )  # fmt: skip
            return redirect("review_after")
        except REFUSALS as why:
            form.add_error(None, in_page_language(str(why)))
    thread = row.contact.thread
    context = {
        "look": row,
        "contact": row.contact,
        "name": masked_name(row.contact.party),
        "pieces": _marked(row.contact),
        "around": around(row.contact) if thread else [],
        "answer": answer,
        "verdicts": reads.shown_verdicts(row, request.user),
        "form": form,
        "section": "review_after",
        "marked": True,
    }
    return render(request, "review/one.html", context, status=422 if form.errors else 200)


class ReasonForm(forms.Form):
    reason = forms.CharField(min_length=4, max_length=1000)


def _reason(request: StaffRequest) -> str | None:
    form = ReasonForm(request.POST)
    if form.is_valid():
        return str(form.cleaned_data["reason"])
    messages.error(request, _("Write the reason in at least 4 characters."))
    return None


@require_POST
@staff_only("answer_appeals")
def answer_appeal(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Uphold a finding or set it aside."""
    reason = _reason(request)
    if reason:
        stands = request.POST.get("stands") == "yes"
        _do(request, actions.answer_appeal, finding=pk, stands=stands, reason=reason)
    return redirect("review_after")


@require_POST
@staff_only("answer_appeals")
def answer_block(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Say whether a rule stopped a message rightly."""
    reason = _reason(request)
    if reason:
        _do(request, actions.answer_block, appeal=pk, wrong=request.POST.get("wrong") == "yes", reason=reason)
    return redirect("review_after")


@require_POST
@staff_only("review")
def remedy(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Say what was done about a finding."""
    reason = _reason(request)
    if reason:
        _do(request, actions.remedy, finding=pk, what=reason)
    return redirect("review_after")


def _do(request: StaffRequest, verb: Any, **words: Any) -> bool:
    try:
        verb(by=request.user, at=request.at, **words)
    except ObjectDoesNotExist as nothing:
        raise NotForYou(f"{request.path}") from nothing
    except REFUSALS as why:
        messages.error(request, in_page_language(str(why)))
        return False
    return True


def _percent(found: Rate) -> dict[str, Any]:
    return {
        "value": None if found.value is None else found.value * 100,
        "low": found.low * 100,
        "high": found.high * 100,
        "n": found.n,
        "stands_for": found.stands_for,
        "total": found.total,
    }


@never_cache
@require_GET
@staff_only("see_review_figures")
def figures(request: StaffRequest) -> HttpResponse:
    """What the sample says about everything, how far reviewers agree, and each rule's two errors; the method beside them."""
    found = reads.figures(request.at)
    titles = {rule.id: rule.title for rule in pack_on(request.at).rules}
    context = {
        "found": found,
        "violations": _percent(found.violations),
        "by_level": [(name, _percent(rate)) for name, rate in found.by_level],
        "rules": [
            {
                "rule": rule,
                "title": titles.get(rule.id),
                "false": _percent(rule.false_block),
                "escape": _percent(rule.escape),
            }
            for rule in found.rules
        ],
        "rule_of_the_lot": [(str(name), float(p) * 100) for name, p in PROBABILITY.items()],
        "second": float(SECOND) * 100,
        "lots": [(lot, localdate(lot.committed_at) >= lot.week) for lot in reads.lots()],
        "sees_review": may(request.user, "see_review"),
        "section": "review_figures",
    }
    return render(request, "review/figures.html", context)


# ── conduct of staff ──


class CoachForm(forms.Form):
    """A course for somebody, and why."""

    course = forms.ChoiceField(label=gettext_lazy("Course"))
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=4,
        max_length=300,
        help_text=gettext_lazy("It is sealed and shown to the person."),
    )

    def __init__(self, *args: Any, courses: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].choices = [(one.id, said(one.title)) for one in courses]  # type: ignore[attr-defined]


def _led_by(request: StaffRequest) -> list[Any]:
    """Whose conduct this person looks at: a supervisor those of their team, others everybody who contacts."""
    everybody = [one for one in who_may("contact") if one.pk != request.user.pk]
    return (
        [one for one in everybody if leads(request.user, one)] if may(request.user, "see_team") else everybody
    )


@never_cache
@require_GET
@staff_only("see_conduct")
def conduct(request: StaffRequest) -> HttpResponse:
    """Whom to help first, with the grounds, and the course that may help."""
    return _conduct(request)


def _conduct(request: StaffRequest, whose: str = "", form: Any = None) -> HttpResponse:
    people = _led_by(request)
    risks = reads.conduct_of(people, request.at)
    courses = training.courses(request.at)
    due = training.due_of(people)
    lines = [
        {
            "who": one,
            "risk": risks[one.pk],
            "due": due.get(one.pk, ()),
            "form": form if one.staff_no == whose else CoachForm(courses=courses, prefix=one.staff_no),
        }
        for one in people
    ]
    context = {
        "lines": sorted(lines, key=lambda line: (-line["risk"].points, line["who"].staff_no)),
        "points": [(word, each, most) for word, (each, most) in POINTS.items()],
        "high": HIGH_FROM,
        "middle": MIDDLE_FROM,
        "section": "conduct",
    }
    return render(request, "review/conduct.html", context, status=422 if form is not None else 200)


@require_POST
@staff_only("see_conduct")
def coach(request: StaffRequest, staff_no: str) -> HttpResponse:
    """Ask somebody to take a course, within two weeks."""
    who = next((one for one in _led_by(request) if one.staff_no == staff_no), None)
    if who is None:
        raise NotForYou(f"conduct of {staff_no}")
    form = CoachForm(request.POST, courses=training.courses(request.at), prefix=staff_no)
    if not form.is_valid():
        return _conduct(request, staff_no, form)
    retrain(
        key=f"coach:{uuid4()}", staff=who, course_id=form.cleaned_data["course"], cause="coaching", why=form.cleaned_data["why"],
        due_at=request.at + COACH_WITHIN, by=request.user, at=request.at,
    )  # fmt: skip
    messages.success(request, _("They see it on their training page at once."))
    return redirect("conduct")


# ── oneself ──


@never_cache
@require_GET
@staff_only("learn")
def my_findings(request: StaffRequest) -> HttpResponse:
    """What reviewers found about me, what I may still say to it, and what follows."""
    rows = list(reads.findings_of(request.user))
    follows = asked_by_findings([row.pk for row in rows])
    lines = [
        {
            "row": row,
            "follows": follows.get(row.pk),
            "name": masked_name(row.look.contact.party),
            "until": row.found_at + actions.APPEAL_WITHIN,
            "open": row.state == "stands" and request.at <= row.found_at + actions.APPEAL_WITHIN,
        }
        for row in rows
    ]
    context = {
        "lines": lines,
        "risk": reads.conduct_of([request.user], request.at)[request.user.pk],
        "record": timeline(staff_no=request.user.staff_no),
        "section": "my_findings",
        "marked": True,
    }
    return render(request, "review/mine.html", context)


@require_POST
@staff_only("learn")
def appeal(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Say what was not so."""
    reason = _reason(request)
    if reason:
        _do(request, actions.appeal, finding=pk, why=reason)
    return redirect("my_findings")


@require_POST
@staff_only("contact")
def appeal_block(request: StaffRequest, pk: UUID, contact: UUID) -> HttpResponse:
    """Say that a rule stopped my message wrongly."""
    reason = _reason(request)
    if reason and _do(
        request, actions.appeal_block, contact=contact, rule=request.POST.get("rule", ""), why=reason
    ):
        messages.success(request, _("A reviewer looks at it. The message stays stopped meanwhile."))
    return redirect("thread", pk)
