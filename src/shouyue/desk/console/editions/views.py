"""The rules in force: editions proposed with a reason, approved by a second officer, effective at a moment (journey 5)."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import yaml
from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shouyue.desk.console.frame import NotForYou, StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.rulebook import actions, reads
from shouyue.policy.reading import PackError

LONGEST = 20_000
KEPT_AS = re.compile(
    r"^[0-9a-f]{64}\.yaml:\d+:? *"
)  # where we keep what was sent; to whoever sent it a name without meaning


class EditionForm(forms.Form):
    """A pack, what this lender makes stricter, from when, and why."""

    pack = forms.ChoiceField(label=gettext_lazy("Rule pack"))
    overlay = forms.CharField(
        label=gettext_lazy("What we make stricter (YAML; empty: nothing)"), required=False, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code"}),
        help_text=gettext_lazy("A number or an effect of a rule, each with its reason. Looser than the law is refused."),
    )  # fmt: skip
    effective_at = forms.DateTimeField(
        label=gettext_lazy("In force from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )  # fmt: skip
    why = forms.CharField(label=gettext_lazy("Reason"), min_length=4, max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pack = self.fields["pack"]
        assert isinstance(pack, forms.ChoiceField)
        pack.choices = [(one, one) for one in reads.pack_names()]

    def clean_overlay(self) -> dict[str, Any]:
        """The overlay as data. Names for parts of it are refused: a short text could grow without end."""
        text = self.cleaned_data["overlay"]
        try:
            if any(isinstance(token, yaml.AnchorToken | yaml.AliasToken) for token in yaml.scan(text)):
                raise forms.ValidationError(_("Names (& and *) are not read here; write each part out."))
            found = yaml.safe_load(text) or {}
        except yaml.YAMLError as why:
            raise forms.ValidationError(
                _("This is no YAML: %(why)s") % {"why": " ".join(str(why).split())}
            ) from why
        if not isinstance(found, dict):
            raise forms.ValidationError(_("Write “parameters:” or “rules:” with what becomes stricter."))
        plain: dict[str, Any] = json.loads(json.dumps(found, default=str))
        return plain


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("change_rules")
def editions(request: StaffRequest) -> HttpResponse:
    """Every edition, newest first, with what it changes; POST proposes one."""
    form = EditionForm(bound(request)[0], initial={"effective_at": request.at, "pack": "cn"})
    if request.method == "POST" and form.is_valid():
        try:
            actions.propose(**form.cleaned_data, by=request.user, at=request.at)
            messages.success(request, _("Proposed and sealed. Another officer approves it."))
            return redirect("editions")
        except PackError as why:
            form.add_error("overlay", KEPT_AS.sub("", str(why)))
        except actions.UnableToAdopt as why:
            form.add_error("effective_at", in_page_language(str(why)))
    context = {
        "lines": [
            {
                "one": one,
                "changes": changes,
                "state": state,
                "may": state == "waits" and one.proposed_by_id != request.user.pk,
            }
            for one, changes, state in reads.editions(request.at)
        ],
        "form": form,
        "marked": True,
    }
    return render(request, "editions/page.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_rules")
def approve(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Put an edition in force; never the person who proposed it."""
    try:
        actions.approve(edition=pk, by=request.user, at=request.at)
        messages.success(request, _("Approved and sealed."))
    except ObjectDoesNotExist as why:
        raise NotForYou(f"edition {pk}") from why
    except actions.UnableToAdopt as why:
        messages.error(request, in_page_language(str(why)))
    return redirect("editions")
