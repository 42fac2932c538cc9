"""The emergency plan on one page: what is stopped, call a stop in two clicks, hand to legal, release with a second person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.console.frame import NotForYou, StaffRequest, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.emergency import actions, reads
from shouyue.desk.holds.actions import UnableToHold
from shouyue.desk.matters import reads as matters
from shouyue.desk.parties.reads import masked_name


class ReasonForm(forms.Form):
    """Why; sealed with the act."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": _("An emergency needs a reason in words."),
            "min_length": _("Write the reason in at least %(limit_value)d characters."),
        },
    )


class CallForm(ReasonForm):
    """Over whom, and why."""

    case = forms.CharField(label=_("Case number"), max_length=32)

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff

    def clean_case(self) -> Any:
        number = self.cleaned_data["case"].strip()
        found = matters.visible_to(self.staff).filter(number=number).first()
        debtor = matters.debtor_of(found.loan) if found else None
        if debtor is None:
            raise ValidationError(_("There is no such case for you; check the number."))
        return debtor


def _page(request: StaffRequest, *, call: CallForm, error: str = "", status: int = 200) -> HttpResponse:
    rows = [
        {"row": row, "name": masked_name(row.party), "mine": row.opened_by_id == request.user.pk}
        for row in reads.running()
    ]
    found = {"rows": rows, "call": call, "reason": ReasonForm(), "error": error}
    return render(request, "emergency/page.html", found, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("hold")
def emergencies(request: StaffRequest) -> HttpResponse:
    """What is stopped now; POST stops everything for one person."""
    form = CallForm(request.POST or None, staff=request.user, initial={"case": request.GET.get("case", "")})
    if request.method == "POST":
        if not form.is_valid():
            return _page(request, call=form, status=422)
        actions.call(
            party=form.cleaned_data["case"].pk,
            cause="hand",
            why=form.cleaned_data["reason"],
            by=request.user,
            at=request.at,
        )
        return redirect("emergencies")
    return _page(request, call=form)


@never_cache
@require_POST
@staff_only("hold")
def move(request: StaffRequest, pk: UUID, what: str) -> HttpResponse:
    """Hand to legal, or release; each with a reason."""
    verbs: dict[str, tuple[Callable[..., Any], str]] = {
        "legal": (actions.hand_to_legal, "reason"),
        "release": (actions.release, "why"),
    }
    if what not in verbs:
        raise NotForYou(f"emergency {pk} {what}")
    verb, name = verbs[what]
    form = ReasonForm(request.POST)
    blank = CallForm(staff=request.user)
    if not form.is_valid():
        return _page(request, call=blank, error=str(form.errors["reason"][0]), status=422)
    try:
        verb(emergency=pk, by=request.user, at=request.at, **{name: form.cleaned_data["reason"]})
    except (UnableToHold, actions.UnableToCall, ImpossibleStep) as why:
        return _page(request, call=blank, error=in_page_language(str(why)), status=422)
    return redirect("emergencies")
