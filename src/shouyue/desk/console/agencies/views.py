"""Agencies: the board with conduct and performance side by side, one agency, and an agency's own view of what it holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shouyue.casework.entrustment import OPEN
from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.agencies import actions, reads
from shouyue.desk.console.agencies import forms
from shouyue.desk.console.frame import NotForYou, StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.tags import cited, said
from shouyue.desk.holds.actions import UnableToHold
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import entrusting
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.people import actions as people
from shouyue.desk.people import reads as who
from shouyue.desk.people.reads import may
from shouyue.desk.review import reads as review
from shouyue.desk.rights import reads as rights

Refusals = (
    actions.UnableToDeal,
    entrusting.UnableToEntrust,
    people.UnableToAct,
    UnableToHold,
    ImpossibleStep,
)


def refusal(why: Exception) -> str:
    """A refusal in the language of the page; the pack's own words where the rules refuse."""
    if isinstance(why, actions.Forbidden):
        return " ".join(f"{said(one.reason)} ({cited(one.citation)})" for one in why.grounds)
    return in_page_language(str(why))


def _line(agency: Any, request: StaffRequest) -> dict[str, Any]:
    shown = reads.figures(agency, request.at)
    judged = reads.evaluations(agency)
    return {
        "one": agency,
        "figures": shown,
        "found": review.findings_about(who.everybody_of(agency), since=shown.since),
        "complaints": rights.complaints_about(who.everybody_of(agency), since=shown.since),
        "inspected": reads.last_inspection(agency),
        "judged": judged[0] if judged else None,
    }


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("see_agencies")
def agencies(request: StaffRequest) -> HttpResponse:
    """Every agency, what it did and how it did it in one row; POST writes a new one down."""
    keeps = may(request.user, "keep_agencies")
    if request.method == "POST" and not keeps:
        raise NotForYou("admit an agency")
    form = forms.AdmitForm(bound(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            row = people.admit_agency(**form.cleaned_data, by=request.user, at=request.at)
            return redirect("agency", row.pk)
        except Refusals as why:
            form.add_error(None, refusal(why))
    context = {
        "lines": [_line(one, request) for one in who.agencies()],
        "form": form if keeps else None,
        "days": reads.DAYS,
        "marked": True,
    }
    return render(request, "agencies/board.html", context, status=422 if form.errors else 200)


def _forms(request: StaffRequest, agency: Any, sent: str = "") -> dict[str, Any]:
    today = localdate(request.at)
    making: dict[str, tuple[Any, dict[str, Any]]] = {
        "list": (forms.WhyForm, {}),
        "recall": (forms.WhyForm, {}),
        "inspect": (forms.InspectForm, {"initial": {"on": today}}),
        "evaluate": (forms.EvaluateForm, {}),
        "commission": (forms.CommissionForm, {"initial": {"begins_on": today}}),
        "renew": (forms.RenewForm, {}),
        "channels": (forms.ChannelsForm, {"initial": {"channels": agency.channels}}),
        "entrust": (
            forms.EntrustForm,
            {"members": who.members_of(agency), "initial": {"until": agency.contract_until}},
        ),
    }
    return {
        name: make(request.POST if name == sent else None, auto_id=f"{name}-%s", **more)
        for name, (make, more) in making.items()
    }


def _owed(agency: Any, at: Any) -> dict[str, Any]:
    today = localdate(at)
    try:
        return {"owed": reads.owed(agency, since=today.replace(day=1), until=today)}
    except reads.UnableToReckon as why:
        return {"unreckoned": in_page_language(str(why))}


def _page(request: StaffRequest, agency: Any, sent: str = "", given: Any = None) -> dict[str, Any]:
    shown = _forms(request, agency)
    if given is not None and sent in shown:
        shown[sent] = given
    placed = [
        {
            "row": row,
            "name": masked_name(matters.debtor_of(row.matter.loan)),
            "open": row.state in OPEN,
            "tell": given
            if sent == f"tell-{row.pk}"
            else forms.TellForm(messages=reads.telling(row), auto_id=f"tell-{row.pk}-%s")
            if row.state == "entrusted"
            else None,
            "sent": sent == f"tell-{row.pk}",
        }
        for row in matters.entrustments_of(agency)
    ]
    commissions = reads.commissions(agency)
    return {
        **_line(agency, request),
        **_owed(agency, request.at),
        "agency": agency,
        "placed": placed,
        "members": who.members_of(agency),
        "inspections": reads.inspections(agency),
        "evaluations": reads.evaluations(agency),
        "commission": commissions[0] if commissions else None,
        "may_keep": may(request.user, "keep_agencies"),
        "may_read": may(request.user, "see_review"),
        "may_entrust": may(request.user, "entrust"),
        "may_recall": may(request.user, "recall"),
        "forms": shown,
        "sent": sent,
        "days": reads.DAYS,
        "section": "agencies",
        "marked": True,
    }


@never_cache
@require_GET
@staff_only("see_agencies")
def agency(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One agency: conduct beside performance, what it holds, what was found, what it is paid."""
    return render(request, "agencies/one.html", _page(request, reads.agency_for(request.user, pk)))


@never_cache
@require_POST
@staff_only("see_agencies")
def act(request: StaffRequest, pk: UUID, what: str) -> HttpResponse:
    """Write one thing down. What is wrong is said beside the form, and nothing was changed."""
    row = reads.agency_for(request.user, pk)
    if what not in VERBS:
        raise NotForYou(f"agency {pk} {what}")
    needs, verb = VERBS[what]
    if not may(request.user, needs):
        raise NotForYou(f"agency {pk} {what}")
    form = _forms(request, row, what)[what]
    if form.is_valid():
        try:
            told = verb(row, form, {"by": request.user, "at": request.at})
        except Refusals as why:
            form.add_error(None, refusal(why))
        else:
            messages.success(request, told)
            return redirect("agency", row.pk)
    return render(request, "agencies/one.html", _page(request, row, what, form), status=422)


def _list(row: Any, form: Any, by_at: dict[str, Any]) -> str:
    actions.put_on_list(agency=row, why=form.cleaned_data["why"], **by_at)
    return _("On the published list from today; the list of the day is sealed.")


def _recall(row: Any, form: Any, by_at: dict[str, Any]) -> str:
    done = actions.recall(agency=row, why=form.cleaned_data["why"], **by_at)
    return _(
        "Stopped: %(matters)d cases taken back, %(threads)d threads closed, %(people)d people frozen."
    ) % {
        "matters": len(done.matters),
        "threads": done.threads,
        "people": len(done.frozen),
    }


def _inspect(row: Any, form: Any, by_at: dict[str, Any]) -> str:
    actions.inspect(agency=row, **form.cleaned_data, **by_at)
    return _("Written down.")


def _evaluate(row: Any, form: Any, by_at: dict[str, Any]) -> str:
    actions.evaluate(agency=row, scores=form.by_criterion(), words=form.cleaned_data["words"], **by_at)
    return _("Written down.")


def _commission(row: Any, form: Any, by_at: dict[str, Any]) -> str:
    given = form.cleaned_data
    actions.agree_commission(
        agency=row,
        begins_on=given["begins_on"],
        rate=given["per_cent"] / Decimal(100),
        weights=form.by_criterion(),
        **by_at,
    )
    return _("Agreed.")


def _renew(row: Any, form: Any, by_at: dict[str, Any]) -> str:
    actions.renew(agency=row, until=form.cleaned_data["until"], **by_at)
    return _("The contract runs on.")


def _channels(row: Any, form: Any, by_at: dict[str, Any]) -> str:
    actions.agree_channels(agency=row, **form.cleaned_data, **by_at)
    return _("Agreed; nothing of the agency's leaves by another channel from now on.")


def _entrust(row: Any, form: Any, by_at: dict[str, Any]) -> str:
    given = form.cleaned_data
    found = matters.visible_to(by_at["by"]).filter(number=given["number"].strip()).first()
    if found is None:
        raise actions.UnableToDeal(f"no case {given['number']} is yours to place; look at its number")
    actions.entrust(matter=found, agency=row, to=form.members[given["member"]], until=given["until"], **by_at)
    return _("Placed. Tell the debtor: until then nothing of the agency's leaves.")


VERBS: dict[str, tuple[str, Callable[[Any, Any, dict[str, Any]], str]]] = {
    "list": ("keep_agencies", _list),
    "recall": ("recall", _recall),
    "inspect": ("keep_agencies", _inspect),
    "evaluate": ("keep_agencies", _evaluate),
    "commission": ("keep_agencies", _commission),
    "renew": ("keep_agencies", _renew),
    "channels": ("keep_agencies", _channels),
    "entrust": ("entrust", _entrust),
}


def _placement(request: StaffRequest, pk: UUID) -> Any:
    """A placement whose matter or agency this person may see. Else NotYours."""
    row = matters.placement_for(pk)
    if row is None:
        raise reads.NotYours(f"placement {pk}")
    reads.agency_for(request.user, row.agency_id)
    return row


@never_cache
@require_POST
@staff_only("entrust")
def tell(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The debtor was told who acts for us."""
    row = _placement(request, pk)
    form = forms.TellForm(request.POST, messages=reads.telling(row), auto_id=f"tell-{row.pk}-%s")
    if form.is_valid():
        chosen = form.cleaned_data["contact"]
        try:
            actions.tell(
                entrustment=row.pk,
                contact=UUID(chosen) if chosen else None,
                receipt=form.cleaned_data["receipt"],
                by=request.user,
                at=request.at,
            )
            return redirect("agency", row.agency_id)
        except Refusals as why:
            form.add_error(None, refusal(why))
    page = _page(request, row.agency, f"tell-{row.pk}", form)
    return render(request, "agencies/one.html", page, status=422)


@require_POST
@staff_only("recall")
def withdraw(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take one case back, with the reason."""
    row = _placement(request, pk)
    try:
        actions.withdraw(
            entrustment=row.pk, why=request.POST.get("why", "")[:500], by=request.user, at=request.at
        )
        messages.success(request, _("Taken back; its threads with the agency are closed."))
    except Refusals as why:
        messages.error(request, refusal(why))
    return redirect("agency", row.agency_id)


# ── the agency's own ──


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("act_for_lender")
def mine(request: StaffRequest) -> HttpResponse:
    """What my agency holds and must give back, how it was judged, and what it is paid for."""
    own = request.user.agency
    if own is None:
        return render(request, "agencies/mine.html", {"agency": None})
    form = forms.GiveBackForm(bound(request)[0])
    which = request.POST.get("which", "")
    if request.method == "POST" and form.is_valid():
        row = next((r for r in matters.entrustments_of(own) if str(r.pk) == which), None)
        if row is None:
            raise NotForYou(f"placement {which[:40]}")
        try:
            entrusting.give_back(
                entrustment=row.pk, words=form.cleaned_data["words"], by=request.user, at=request.at
            )
            return redirect("my_agency")
        except Refusals as why:
            form.add_error(None, refusal(why))
    judged = reads.evaluations(own)
    commissions = reads.commissions(own)
    context = {
        "agency": own,
        "held": [r for r in matters.entrustments_of(own) if r.state in OPEN],
        "owed_back": [r for r in matters.entrustments_of(own) if r.state in {"recalled", "ended"}],
        "judged": judged[0] if judged else None,
        "commission": commissions[0] if commissions else None,
        "figures": reads.figures(own, request.at),
        "form": form,
        "which": which,
        "days": reads.DAYS,
        "marked": True,
    }
    return render(request, "agencies/mine.html", context, status=422 if form.errors else 200)
