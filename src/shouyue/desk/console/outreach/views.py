"""The dossier of a matter, with the road that it recommends; the lender's strategies, with what they would do."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shouyue.desk.console.frame import StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.tags import said
from shouyue.desk.matters import reads as matters
from shouyue.desk.outreach import actions, reads
from shouyue.desk.outreach.dossier import dossier as gather
from shouyue.desk.outreach.reach import Reach, look, strategies_of
from shouyue.desk.parties import reads as parties
from shouyue.desk.people.reads import may
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.suits import reads as suits
from shouyue.policy.reading import PackError
from shouyue.terms import PartyRole


@never_cache
@staff_only("see_threads")
def dossier(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Everything our own records say about one matter; somebody else's matter is not found, and the asking is logged."""
    matter = matters.matter_for(request.user, pk)
    procedures = suits.of_matter(matter)
    on_file = {one.kind for suit in procedures for one in suits.exhibits(suit)}
    found = gather(matter, request.at, exhibits=on_file)
    vehicle = getattr(matter.loan, "vehicle", None)
    context: dict[str, Any] = {
        "found": found,
        "matter": matter,
        "loan": matter.loan,
        "debt": found.debt,
        "payments": found.payments,
        "debtor": _name(found.people, PartyRole.DEBTOR),
        "guarantors": _guarantors(found.people),
        "vehicle": vehicle,
        "plate": parties.masked_value("plate", getattr(vehicle, "plate", None)),
        "section": "queue",
        "marked": True,
    }
    return render(request, "outreach/dossier.html", context)


def _guarantors(people: Any) -> list[dict[str, Any]]:
    return [
        {
            "shown": parties.masked_name(row.party),
            "guarantee": row.guarantee,
            "guarantee_until": row.guarantee_until,
            "guarantee_cap": row.guarantee_cap,
        }
        for row in people
        if row.role == PartyRole.GUARANTOR
    ]


def _name(people: Any, role: PartyRole) -> str:
    return next((parties.masked_name(row.party) for row in people if row.role == role), "")


# ── strategies ──

MOST_LINES = 200


class StrategiesForm(forms.Form):
    """All strategies as one text, and why they change."""

    body = forms.CharField(
        label=gettext_lazy("Strategies"),
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "code", "spellcheck": "false"}),
        help_text=gettext_lazy("YAML. What is wrong is refused with its line; nothing is half taken over."),
    )
    why = forms.CharField(label=gettext_lazy("Why they change"), max_length=500, required=False)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("see_strategies")
def strategies(request: StaffRequest) -> HttpResponse:
    """What is in force and what is proposed; a dry run of either, or of a text before it is proposed."""
    current, proposed = reads.sheet_in_force(), reads.sheet_waiting()
    form = StrategiesForm(bound(request)[0], initial={"body": _begin(request, proposed or current)})
    run: list[Reach] | None = None
    if request.method == "POST" and form.is_valid():
        body = form.cleaned_data["body"].replace("\r\n", "\n")
        try:
            if "dry_run" in request.POST:
                run = look(strategies_of(body, request.at), request.at)
            elif may(request.user, "propose_strategies"):
                actions.propose_strategies(
                    body=body, why=form.cleaned_data["why"], by=request.user, at=request.at
                )
                messages.success(request, _("Proposed. A compliance officer who is not you approves it."))
                return redirect("strategies")
        except PackError as wrong:
            form.add_error("body", _wrong(wrong, request.at))
        except actions.UnableToAdopt as wrong:
            form.add_error(None, in_page_language(str(wrong)))
    elif request.GET.get("run") in {"current", "proposed"}:
        chosen = current if request.GET["run"] == "current" else proposed
        if chosen is not None:
            try:
                run = look(strategies_of(chosen.body, request.at), request.at)
            except PackError as wrong:
                messages.error(request, _wrong(wrong, request.at))
    context = {
        "current": current,
        "proposed": proposed,
        "form": form,
        "may_propose": may(request.user, "propose_strategies"),
        "may_approve": may(request.user, "approve_strategies"),
        "run": [_line(one) for one in run[:MOST_LINES]] if run is not None else None,
        "goes": sum(one.goes for one in run or ()),
        "stays": sum(not one.goes for one in run or ()),
        "late": reads.reminders_of_late(30),
        "section": "strategies",
        "marked": True,
    }
    return render(request, "outreach/strategies.html", context, status=422 if form.errors else 200)


def _wrong(wrong: PackError, at: datetime) -> str:
    """What is wrong with a text, in the language of the page; its file and line stay as they are."""
    place, words = re.fullmatch(r"(\S+:\d+: )?(.*)", str(wrong), re.DOTALL).groups("")  # type: ignore[union-attr]
    told = in_page_language(words)
    for rule in pack_on(at).rules:
        if told.endswith(f"({rule.id})"):
            told = told.replace(rule.title.en, said(rule.title))
    return f"{place}{told}"


def _begin(request: StaffRequest, sheet: Any) -> str:
    """What the form begins with: the newest text, else the one that comes with the pack."""
    if sheet is not None:
        return str(sheet.body)
    path = pack_on(request.at).folder / "practice/strategies.yaml"
    return path.read_text("utf-8") if path.is_file() else ""


def _line(one: Reach) -> dict[str, Any]:
    return {"one": one, "name": parties.masked_name(one.debtor)}


@require_POST
@staff_only("approve_strategies")
def approve(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A second person puts a proposal in force."""
    try:
        actions.approve_strategies(sheet=pk, by=request.user, at=request.at)
        messages.success(request, _("In force. Reminders are planned at the next run."))
    except (actions.UnableToAdopt, PackError) as wrong:
        messages.error(request, in_page_language(str(wrong)))
    return redirect("strategies")


@require_POST
@staff_only("propose_strategies")
def end(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take strategies out of force, or a proposal back."""
    actions.end_strategies(sheet=pk, by=request.user, at=request.at)
    messages.success(request, _("Nothing is sent by itself any more."))
    return redirect("strategies")
