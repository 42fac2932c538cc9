"""The page of all components: what to look at after changing a token."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from shouyue.desk.console import states
from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.terms import Channel


class SampleForm(forms.Form):
    amount = forms.DecimalField(label=_("Amount"), max_digits=16, decimal_places=2)
    reason = forms.CharField(
        label=_("Reason"), help_text=_("It is sealed with the decision."), widget=forms.Textarea
    )
    read = forms.BooleanField(label=_("I have read the warning"))


def _spoken(rule: str, effect: str, zh: str, en: str, cite: str, sure: str) -> dict[str, object]:
    text = {"zh": zh, "en": en}
    return {
        "rule": rule,
        "effect": effect,
        "title": text,
        "reason": text,
        "citation": cite,
        "confidence": sure,
        "unknown": [],
        "lifted_by": None,
        "until": None,
    }


@staff_only()
def design(request: StaffRequest) -> HttpResponse:
    """Every component with invented content. Demonstration mode only."""
    if settings.MODE != "demo":
        raise Http404
    tomorrow = (request.at + timedelta(hours=10)).isoformat()
    base = {"at": request.at.isoformat(), "why_never": None, "pack": "cn", "fingerprint": "0" * 64}
    blocked = {
        **base,
        "effect": "block",
        "next_lawful": tomorrow,
        "spoken": [
            _spoken(
                "sample.hours",
                "block",
                "22:00 至次日 08:00 不得催收。",
                "No contact between 22:00 and 08:00.",
                "样例规则 第1条",
                "high",
            ),
            _spoken(
                "sample.words",
                "approval",
                "提到单位，须主管审批。",
                "An employer is named; a supervisor decides.",
                "样例规则 第2条",
                "medium",
            ),
        ],
    }
    allowed: dict[str, object] = {**base, "effect": "allow", "next_lawful": base["at"], "spoken": []}
    form = SampleForm({"amount": "abc", "reason": ""})
    form.is_valid()
    return render(
        request,
        "design/page.html",
        {
            "processes": {
                name: states.states_of(name) for name in ("friend_request", "approval", "contact", "matter")
            },
            "channels": list(Channel),
            "blocked": blocked,
            "allowed": allowed,
            "form": form,
            "amounts": [Decimal("1234567.80"), Decimal("0.00"), None],
            "marked": True,
        },
    )
