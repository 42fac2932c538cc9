"""Showing a masked value in full, in place."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shouyue.desk.console.frame import StaffRequest, bound, staff_only
from shouyue.desk.matters.reads import party_for
from shouyue.desk.parties.actions import UnableToUnmask
from shouyue.desk.parties.actions import unmask as unmask_value


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why do you need it in full?"), min_length=4, max_length=200)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("unmask")
def unmask(request: StaffRequest, party: UUID, what: str) -> HttpResponse:
    """Asks why (GET); shows the value and seals the reading (POST). Only for people in matters that the viewer may see."""
    person = party_for(request.user, party)
    form = ReasonForm(bound(request)[0], auto_id=f"u-{what}-%s")
    form.fields["reason"].widget.attrs["autofocus"] = True
    if form.is_valid():
        try:
            value = unmask_value(
                party=person.pk, what=what, reason=form.cleaned_data["reason"], by=request.user, at=request.at
            )
            return render(request, "unmask/value.html", {"value": value})
        except UnableToUnmask:
            form.add_error("reason", _("This value cannot be shown."))
    status = 422 if form.errors else 200
    return render(
        request, "unmask/form.html", {"form": form, "party": person.pk, "what": what}, status=status
    )
