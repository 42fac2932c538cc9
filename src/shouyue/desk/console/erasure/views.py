"""Forgetting a person: asked by right, looked at, asked for by one person and agreed to by another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from shouyue.casework.right import Kind
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.approvals.actions import UnableToDecide
from shouyue.desk.console.frame import NotForYou, StaffRequest, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.erasure import actions, reads
from shouyue.desk.matters import reads as matters
from shouyue.desk.parties import reads as parties
from shouyue.desk.rights import reads as rights


class AskForm(forms.Form):
    """The ground on which somebody is to be forgotten. It stays in the log for ever, so it names nobody."""

    basis = forms.CharField(
        label=gettext_lazy("Ground"),
        min_length=4,
        max_length=200,
        help_text=gettext_lazy(
            "The period is over, the person asked for it, … It stays in the log: name nobody in it."
        ),
    )


class DecideForm(forms.Form):
    grant = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        coerce=lambda answer: answer == "yes",
        error_messages={"required": gettext_lazy("Press agree or refuse.")},
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), min_length=4, max_length=500)


def _said(why: Exception) -> str:
    """A refusal, each of its reasons in the language of the page."""
    return "; ".join(in_page_language(one) for one in str(why).split("; "))


@never_cache
@require_GET
@staff_only("erase")
def erasures(request: StaffRequest) -> HttpResponse:
    """Whom somebody asked to be forgotten, what waits for a second person, and who was."""
    asked = rights.of_kind(Kind.DELETION)
    waiting = {row.about: row for row in approvals.waiting().filter(what=actions.ERASURE)}
    lines = [
        {
            "party": row.party,
            "name": parties.masked_name(row.party),
            "row": row,
            "against": len(reads.obstacles(row.party, request.at)),
        }
        for row in asked
        if row.party.erased_at is None and row.party_id not in waiting
    ]
    context = {
        "lines": lines,
        "waiting": [
            {"row": row, "name": parties.masked_name(parties.get(row.about))} for row in waiting.values()
        ],
        "done": approvals.decided_about(actions.ERASURE, limit=20),
        "marked": True,
    }
    return render(request, "erasure/board.html", context)


def _person(request: StaffRequest, pk: UUID) -> Any:
    """Somebody of a matter that this person may see. An erased one has no name, and is found still."""
    found = parties.find(str(pk))
    if found is None or not (
        found.erased_at or matters.visible_to(request.user).filter(loan__people__party=found).exists()
    ):
        raise NotForYou(f"erasure {pk}")
    return found


def _page(request: StaffRequest, party: Any, **forms_: Any) -> HttpResponse:
    waiting = approvals.still_open(actions.ERASURE, party.pk)
    context = {
        "party": party,
        "name": parties.masked_name(party),
        "matters": matters.visible_to(request.user).filter(loan__people__party=party).distinct(),
        "asked": [row for row in rights.asked_by(party) if row.kind == Kind.DELETION],
        "against": []
        if party.erased_at
        else [in_page_language(one) for one in reads.obstacles(party, request.at)],
        "until": None if party.erased_at else reads.kept_until(party, request.at),
        "waiting": waiting,
        "answer": approvals.may_decide(waiting, request.user, request.at) if waiting else None,
        "last": approvals.about(actions.ERASURE, party.pk),
        "ask_form": AskForm(),
        "decide_form": DecideForm(),
        "section": "erasures",
        "marked": True,
        **forms_,
    }
    return render(request, "erasure/one.html", context, status=422 if forms_ else 200)


@never_cache
@require_GET
@staff_only("erase")
def erasure(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One person: what was asked, what stands against it, who asks and who agrees."""
    return _page(request, _person(request, pk))


@require_POST
@staff_only("erase")
def ask(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The first of two persons asks."""
    party = _person(request, pk)
    form = AskForm(request.POST)
    if form.is_valid():
        try:
            actions.ask_erasure(
                party=party.pk, basis=form.cleaned_data["basis"], by=request.user, at=request.at
            )
            messages.success(request, _("Asked. A second officer of compliance or legal agrees or not."))
            return redirect("erasure", party.pk)
        except actions.UnableToErase as why:
            form.add_error(None, _said(why))
    return _page(request, party, ask_form=form)


@require_POST
@staff_only("erase")
def decide(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The second person agrees, and the person is forgotten; or does not."""
    party = _person(request, pk)
    waiting = approvals.still_open(actions.ERASURE, party.pk)
    if waiting is None:
        return redirect("erasure", party.pk)
    form = DecideForm(request.POST)
    if form.is_valid():
        try:
            gone = actions.decide_erasure(
                approval=waiting.pk, **form.cleaned_data, by=request.user, at=request.at
            )
            messages.success(
                request,
                _("Forgotten; every proof stays valid.") if gone else _("Refused; nothing was erased."),
            )
            return redirect("erasure", party.pk)
        except (UnableToDecide, actions.UnableToErase) as why:
            form.add_error(None, _said(why))
    return _page(request, party, decide_form=form)
