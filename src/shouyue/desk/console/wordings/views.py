"""The wordings that staff may use: those of the pack, and the lender's own, which compliance owns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.console.frame import NotForYou, StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.tags import channel as channel_word
from shouyue.desk.console.tags import party_role
from shouyue.desk.rulebook import actions, reads
from shouyue.terms import Channel, PartyRole

CHANNELS = (Channel.WECOM, Channel.KF, Channel.SMS, Channel.PHONE, Channel.EMAIL, Channel.LETTER)
ROLES = (PartyRole.DEBTOR, PartyRole.CO_BORROWER, PartyRole.GUARANTOR)
LINES = forms.Textarea(attrs={"rows": 3})


class WordingForm(forms.Form):
    """One wording in both languages, for which channels and roles, and why."""

    name = forms.SlugField(
        label=gettext_lazy("Name"),
        max_length=40,
        help_text=gettext_lazy("Letters, digits and hyphens. The same name again is its next version."),
        error_messages={
            "invalid": gettext_lazy(
                "A name is made of the letters a to z, digits and hyphens, such as first-notice; this one has something else in it."
            )
        },
    )
    title_zh = forms.CharField(label=gettext_lazy("Title, Chinese"), max_length=60)
    title_en = forms.CharField(label=gettext_lazy("Title, English"), max_length=120)
    zh = forms.CharField(label=gettext_lazy("Words, Chinese"), max_length=1000, widget=LINES)
    en = forms.CharField(
        label=gettext_lazy("Words, English"),
        max_length=2000,
        widget=LINES,
        help_text=gettext_lazy("Fields: {client} {staff} {staff_no} {contract} {amount} {as_of} {callback}"),
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"), widget=forms.SelectMultiple(attrs={"size": len(CHANNELS)})
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("To whom"), widget=forms.SelectMultiple(attrs={"size": len(ROLES)})
    )
    why = forms.CharField(label=gettext_lazy("Reason"), min_length=4, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"].choices = [(c.value, channel_word(c)) for c in CHANNELS]  # type: ignore[attr-defined]
        self.fields["roles"].choices = [(r.value, party_role(r)) for r in ROLES]  # type: ignore[attr-defined]


@never_cache
@require_GET
@staff_only("change_rules")
def wordings(request: StaffRequest) -> HttpResponse:
    """Every wording with its state; the pack's own beside them."""
    return _page(request)


def _page(request: StaffRequest, form: Any = None) -> HttpResponse:
    tongue = "en" if get_language() == "en" else "zh"
    scripts = sorted(reads.pack_on(request.at).scripts.items())
    context = {
        "own": reads.wordings_of_all_states(),
        "written": [
            {"id": id, "title": one.get(f"title_{tongue}") or id, "text": one[tongue]} for id, one in scripts
        ],
        "form": form or WordingForm(),
        "section": "wordings",
    }
    return render(request, "wordings/page.html", context, status=422 if form is not None else 200)


@require_POST
@staff_only("change_rules")
def propose(request: StaffRequest) -> HttpResponse:
    """Propose a wording; another officer decides among the approvals."""
    form = WordingForm(bound(request)[0])
    if form.is_valid():
        asked = form.cleaned_data
        try:
            actions.propose_wording(
                name=asked["name"], titles=(asked["title_zh"], asked["title_en"]), texts=(asked["zh"], asked["en"]),
                channels=asked["channels"], roles=asked["roles"], why=asked["why"], by=request.user, at=request.at,
            )  # fmt: skip
            messages.success(request, _("Another officer decides about it."))
            return redirect("wordings")
        except actions.UnableToWord as why:
            form.add_error(None, in_page_language(str(why)))
    return _page(request, form)


@require_POST
@staff_only("change_rules")
def retire(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take a wording out of use at once."""
    try:
        actions.retire_wording(
            wording=pk, reason=request.POST.get("reason", ""), by=request.user, at=request.at
        )
    except ObjectDoesNotExist as nothing:
        raise NotForYou(f"wording {pk}") from nothing
    except (actions.UnableToWord, ImpossibleStep) as why:
        messages.error(request, in_page_language(str(why)))
    return redirect("wordings")
