"""The approvals inbox, and one approval with everything it rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shouyue.desk.approvals import reads as approvals
from shouyue.desk.approvals.actions import HELD_FOR, LEAST_REASON, UnableToDecide, hold
from shouyue.desk.console.frame import NotForYou, StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions.plans import decide_plan
from shouyue.desk.messages import outbound
from shouyue.desk.messages.reads import get as contact_of
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.people.reads import stands_in_for
from shouyue.desk.review.actions import UnableToReview, edit_and_return
from shouyue.desk.review.reads import edits_of
from shouyue.desk.rulebook.actions import decide_wording
from shouyue.desk.rulebook.reads import wording
from shouyue.desk.training.actions import decide_exemption
from shouyue.desk.training.reads import exemption

# what is decided here, and the verb that each answer calls; the rest is decided where it is worked on
DECIDES: dict[str, Callable[..., object]] = {
    "contact": outbound.approve,
    "plan": decide_plan,
    "exemption": decide_exemption,
    "wording": decide_wording,
}


class DecisionForm(forms.Form):
    """Yes or no, and why. Which of the two is said by the button."""

    grant = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        coerce=lambda answer: answer == "yes",
        error_messages={"required": _("Press approve or refuse.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        min_length=LEAST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is sealed with the decision and shown to the person who asked."),
        error_messages={
            "required": _("A decision needs a reason."),
            "min_length": _("Write the reason in at least %(limit_value)d characters."),
        },
    )


class HoldForm(forms.Form):
    """Keep it to oneself for a while, and why."""

    reason = forms.CharField(
        label=_("What is being looked into"),
        min_length=LEAST_REASON,
        max_length=300,
        help_text=_("Nobody else decides meanwhile. When the time is over it goes to compliance."),
    )


class EditForm(forms.Form):
    """Other words for a message, and why."""

    words = forms.CharField(
        label=_("The words that would do"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    reason = forms.CharField(label=_("Reason"), min_length=LEAST_REASON, max_length=500)


@never_cache
@staff_only("approve")
def inbox(request: StaffRequest) -> HttpResponse:
    """What this person may decide now, the most urgent first; and what was decided lately."""
    waiting = approvals.waiting_for(request.user, request.at)
    return render(
        request,
        "approvals/page.html",
        {
            "waiting": waiting,
            "decided": approvals.decided_near(request.user, 15),
            "for_others": stands_in_for(request.user, request.at),
        },
    )


def _found(request: StaffRequest, pk: UUID) -> Any:
    try:
        row = approvals.get(pk)
    except ObjectDoesNotExist as nothing:
        raise NotForYou(f"approval {pk}") from nothing
    if not approvals.may_see(row, request.user, request.at):
        raise NotForYou(f"approval {pk}")
    return row


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("approve")
def approval(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One question with its facts; POST decides it. A friend request is decided on its own sheet."""
    row = _found(request, pk)
    if row.what == "friend_request":
        return redirect("friend_request", row.about)
    if row.what == "erasure":
        return redirect("erasure", row.about)
    if row.what not in DECIDES:
        raise NotForYou(f"{row.what} is decided where it is worked on")
    form = DecisionForm(bound(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            DECIDES[row.what](approval=row, by=request.user, at=request.at, **form.cleaned_data)
            return redirect("approvals")
        except UnableToDecide as why:
            form.add_error(None, in_page_language(str(why)))
    return _sheet(request, row, form=form)


@require_POST
@staff_only("approve")
def hold_back(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Keep a question to oneself while something is looked into."""
    row = _found(request, pk)
    form = HoldForm(request.POST, prefix="hold")
    if form.is_valid():
        try:
            hold(approval=row.pk, by=request.user, at=request.at, **form.cleaned_data)
            return redirect("approval", row.pk)
        except UnableToDecide as why:
            form.add_error(None, in_page_language(str(why)))
    return _sheet(request, row, holding=form)


@require_POST
@staff_only("approve")
def send_back(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Send a message back with better words, for its writer to use."""
    row = _found(request, pk)
    if row.what != "contact":
        raise NotForYou(f"{row.what} has no words")
    form = EditForm(request.POST, prefix="edit")
    if form.is_valid():
        try:
            edit_and_return(approval=row, by=request.user, at=request.at, **form.cleaned_data)
            return redirect("review_before")
        except (UnableToDecide, UnableToReview) as why:
            form.add_error(None, in_page_language(str(why)))
    return _sheet(request, row, editing=form)


def _sheet(
    request: StaffRequest, row: Any, *, form: Any = None, holding: Any = None, editing: Any = None
) -> HttpResponse:
    contact = contact_of(row.about) if row.what == "contact" else None
    plan = matters.plan(row.about) if row.what == "plan" else None
    context = {
        "exemption": exemption(row.about) if row.what == "exemption" else None,
        "wording": wording(row.about) if row.what == "wording" else None,
        "approval": row,
        "answer": approvals.may_decide(row, request.user, request.at),
        "form": form or DecisionForm(),
        "holding": holding or HoldForm(prefix="hold"),
        "editing": editing or EditForm(prefix="edit", initial={"words": contact.shown if contact else ""}),
        "hold_hours": HELD_FOR.total_seconds() / 3600,
        "edit": edits_of([contact]).get(contact.pk) if contact else None,
        "contact": contact,
        "plan": plan,
        "name": masked_name(contact.party if contact else plan.party if plan else None),
        "section": "approvals",
        "marked": True,
    }
    bad = any(one is not None and one.errors for one in (form, holding, editing))
    return render(request, "approvals/one.html", context, status=422 if bad else 200)
