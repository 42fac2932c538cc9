"""The queue of rights, one of them with its answer, and the link to somebody's own page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shouyue.casework.machine import ImpossibleStep
from shouyue.casework.right import Kind
from shouyue.casework.right import Right as State
from shouyue.desk.console.frame import StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import UnableToOpen
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.people.reads import may
from shouyue.desk.rights import actions, reads

OUTCOMES = (
    (State.GRANTED.value, gettext_lazy("Grant")),
    (State.PARTLY.value, gettext_lazy("Grant in part")),
    (State.REFUSED.value, gettext_lazy("Refuse")),
)


class AnswerForm(forms.Form):
    """What the person reads."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), choices=OUTCOMES, widget=forms.RadioSelect)
    words = forms.CharField(
        label=gettext_lazy("Answer"),
        min_length=4,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("The person reads it on their page. A refusal says why."),
    )


class LongerForm(forms.Form):
    """A complaint that takes longer, and why."""

    complexity = forms.ChoiceField(
        label=gettext_lazy("Complexity"),
        choices=[
            ("complex", gettext_lazy("complex")),
            ("special", gettext_lazy("special, with approval")),
        ],
    )
    why = forms.CharField(label=gettext_lazy("Why it takes longer"), min_length=4, max_length=500)


def _line(row: Any, today: Any) -> dict[str, Any]:
    return {
        "row": row,
        "name": masked_name(row.party),
        "left": (row.due_on - today).days,
        "near": row.warn_on <= today,
    }


@never_cache
@staff_only("answer_rights")
def rights(request: StaffRequest) -> HttpResponse:
    """What waits for an answer, the nearest deadline first."""
    today = localdate(request.at)
    context = {
        "lines": [_line(row, today) for row in reads.waiting(request.user)],
        "answered": [_line(row, today) for row in reads.answered(request.user)],
        "marked": True,
    }
    return render(request, "rights/page.html", context)


def _page(request: StaffRequest, row: Any, form: AnswerForm, longer: LongerForm) -> dict[str, Any]:
    return {
        "row": row,
        **_line(row, localdate(request.at)),
        "may_answer": reads.may_answer(request.user, row) and row.state in reads.OPEN,
        "may_erase": may(request.user, "erase"),
        "mine": row.handler_id == request.user.pk,
        "form": form,
        "longer": longer if row.kind == Kind.COMPLAINT and row.state in reads.OPEN else None,
        "plan": matters.plan(row.plan) if row.plan else None,
        "section": "rights",
        "marked": True,
    }


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("answer_rights")
def right(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One of them: words, papers, deadline; POST answers it."""
    row = reads.right_for(request.user, pk)
    form = AnswerForm(bound(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer(
                right=row.pk,
                outcome=State(form.cleaned_data["outcome"]),
                words=form.cleaned_data["words"],
                by=request.user,
                at=request.at,
            )
            return redirect("rights")
        except (actions.UnableToAnswer, ImpossibleStep) as why:
            form.add_error(None, in_page_language(str(why)))
    page = _page(request, row, form, LongerForm())
    return render(request, "rights/one.html", page, status=422 if form.errors else 200)


@require_POST
@staff_only("answer_rights")
def take(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Begin to answer it: from now on it is known who does."""
    row = reads.right_for(request.user, pk)
    try:
        actions.take_in_hand(right=row.pk, by=request.user, at=request.at)
    except (actions.UnableToAnswer, ImpossibleStep) as why:
        messages.error(request, in_page_language(str(why)))
    return redirect("right", row.pk)


@require_POST
@staff_only("answer_rights")
def longer(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A complaint that takes longer, with the reason."""
    row = reads.right_for(request.user, pk)
    form = LongerForm(request.POST)
    if form.is_valid():
        try:
            actions.set_complexity(right=row.pk, by=request.user, at=request.at, **form.cleaned_data)
            return redirect("right", row.pk)
        except actions.UnableToAnswer as why:
            form.add_error(None, in_page_language(str(why)))
    return render(request, "rights/one.html", _page(request, row, AnswerForm(), form), status=422)


@require_POST
@staff_only("contact")
def send_page(request: StaffRequest, pk: UUID, party: UUID) -> HttpResponse:
    """Send somebody the link of their own page, through the gate."""
    matter = matters.matter_for(request.user, pk)
    person = matters.party_for(request.user, party)
    try:
        actions.send_page(matter=matter, party=person, by=request.user, at=request.at)
    except (actions.UnableToAsk, UnableToOpen) as why:
        messages.error(request, in_page_language(str(why)))
    else:
        messages.success(
            request,
            _(
                "The link of their own page goes to their reserved number; the thread shows what became of it."
            ),
        )
    return redirect("debtor", matter.pk)
