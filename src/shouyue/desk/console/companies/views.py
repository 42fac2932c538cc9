"""A company's page: who acts for it, its seals, where it may be written to. Compliance and legal write it down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from shouyue.desk.console import tags
from shouyue.desk.console.companies import forms
from shouyue.desk.console.frame import NotForYou, StaffRequest, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions.companies import represent
from shouyue.desk.parties import actions, reads
from shouyue.desk.people.reads import may
from shouyue.desk.vault import originals
from shouyue.terms import PartyRole


def _company(request: StaffRequest, pk: UUID, party: UUID) -> tuple[Any, Any]:
    """The case and the company in it that owes. Else NotForYou."""
    matter = matters.matter_for(request.user, pk)
    for row in matters.shown_to(request.user, matter.loan):
        if row.party_id == party and row.party.kind == "company" and PartyRole(row.role).owes:
            return matter, row.party
    raise NotForYou(f"company {party} of matter {pk}")


def _people(matter: Any) -> dict[str, Any]:
    """The natural persons of the loan, who may act for a company or use its seal."""
    rows = matters.people_of(matter.loan).order_by("pk")
    return {str(row.party_id): row.party for row in rows if row.party.kind == "person"}


def _forms(request: StaffRequest, matter: Any, company: Any, sent: str = "") -> dict[str, Any]:
    people = [(pk, reads.masked_name(one)) for pk, one in _people(matter).items()]
    posted = (request.POST, request.FILES) if sent else (None, None)
    today = localdate(request.at)

    def made(name: str, form: Any, **more: Any) -> Any:
        return form(*(posted if name == sent else (None, None)), auto_id=f"{name}-%s", **more)

    return {
        "representative": made("representative", forms.RepresentativeForm, people=people),
        "chop": made("chop", forms.ChopForm, people=people),
        "point": made("point", forms.PointForm),
        "retire": made("retire", forms.RetireForm, initial={"on": today}),
    }


def _page(
    request: StaffRequest, matter: Any, company: Any, sent: str = "", given: Any = None, which: int = 0
) -> dict[str, Any]:
    shown = _forms(request, matter, company)
    if given is not None:
        shown[sent] = given
    known = reads.company(company)
    return {
        "matter": matter,
        "party": reads.masked(company),
        "company": known,
        **_binds(request, matter, company, known),
        "may_keep": may(request.user, "keep_companies"),
        "may_unmask": may(request.user, "unmask"),
        "forms": shown,
        "sent": sent,
        "which": which,
        "section": "queue",
        "marked": True,
    }


def _binds(request: StaffRequest, matter: Any, company: Any, known: Any) -> dict[str, Any]:
    """Whether a seal's print on a paper binds the company, once it is asked."""
    asked = request.GET if request.method == "GET" and "seal" in request.GET else None
    form = forms.BindsForm(
        asked,
        auto_id="binds-%s",
        seals=[(str(one.id), f"{tags.chop_word(one.kind)} {one.number}") for one in known.chops],
        people=[(pk, reads.masked_name(one)) for pk, one in _people(matter).items()],
    )
    if asked is None or not form.is_valid():
        return {"binds_form": form}
    given = form.cleaned_data
    chop = reads.chop_of(company, int(given["seal"]))
    assert chop
    why = reads.why_not_binding(chop, _people(matter)[given["who"]], given["on"])
    return {"binds_form": form, "asked_binding": True, "why_not": why}


@never_cache
@require_GET
@staff_only("see_threads")
def company(request: StaffRequest, pk: UUID, party: UUID) -> HttpResponse:
    """Who acts for a company that owes, with what seals, and where it is lawfully reached."""
    return render(request, "companies/page.html", _page(request, *_company(request, pk, party)))


@never_cache
@require_POST
@staff_only("keep_companies")
def act(request: StaffRequest, pk: UUID, party: UUID, what: str) -> HttpResponse:
    """Write one thing down. What is wrong is said beside the form, and nothing was changed."""
    matter, row = _company(request, pk, party)
    if what not in VERBS:
        raise NotForYou(f"company {party} {what}")
    form = _forms(request, matter, row, what)[what]
    if form.is_valid():
        try:
            told = VERBS[what](matter, row, form, {"by": request.user, "at": request.at})
        except actions.UnableToRepresent as why:
            form.add_error(None, in_page_language(str(why)))
        else:
            messages.success(request, told)
            return redirect("company", pk, party)
    return render(request, "companies/page.html", _page(request, matter, row, what, form), status=422)


def _representative(matter: Any, company: Any, form: Any, who: dict[str, Any]) -> str:
    given = form.cleaned_data
    person = _people(matter).get(given["person"]) or actions.get_to_know(
        name=given["name"], id_no=given["id_no"], **who
    )
    represent(company=company, person=person, why=given["why"], **who)
    if given["mobile"]:
        actions.add_point(party=person, kind="mobile", value=given["mobile"], source="lawful_public", **who)
    return _("Named. Whoever acted for the company before is not contacted about its debt any more.")


def _chop(matter: Any, company: Any, form: Any, who: dict[str, Any]) -> str:
    given = dict(form.cleaned_data)
    people = _people(matter)
    given["signatories"] = [people[pk] for pk in given["signatories"]]
    given["specimen"] = originals.keep(given.pop("picture"))
    actions.register_chop(company=company, **given, **who)
    return _("On record, with the digest of its print.")


def _point(matter: Any, company: Any, form: Any, who: dict[str, Any]) -> str:
    given = form.cleaned_data
    _known, new = actions.add_point(party=company, source="lawful_public", registered=True, **given, **who)
    if not new:
        raise actions.UnableToRepresent("this number or address is on record already")
    return _("On record: the company may be written to there.")


VERBS: dict[str, Callable[[Any, Any, Any, dict[str, Any]], str]] = {
    "representative": _representative,
    "chop": _chop,
    "point": _point,
}


def _chop_of(company: Any, pk: int) -> Any:
    found = reads.chop_of(company, pk)
    if found is None:
        raise NotForYou(f"seal {pk} of company {company.pk}")
    return found


@never_cache
@require_POST
@staff_only("keep_companies")
def retire(request: StaffRequest, pk: UUID, party: UUID, chop: int) -> HttpResponse:
    """A seal is out of use from a day, for a reason."""
    matter, row = _company(request, pk, party)
    found = _chop_of(row, chop)
    form = _forms(request, matter, row, "retire")["retire"]
    if form.is_valid():
        try:
            actions.retire_chop(chop=found, **form.cleaned_data, by=request.user, at=request.at)
            messages.success(request, _("Retired: what carries its print from that day binds nobody by it."))
            return redirect("company", pk, party)
        except actions.UnableToRepresent as why:
            form.add_error(None, in_page_language(str(why)))
    page = _page(request, matter, row, "retire", form, chop)
    return render(request, "companies/page.html", page, status=422)


@never_cache
@require_GET
@staff_only("keep_companies")
def print_of(request: StaffRequest, pk: UUID, party: UUID, chop: int) -> HttpResponse:
    """The picture of a seal's print, to lay a paper beside; the reading is sealed."""
    _matter, row = _company(request, pk, party)
    found = _chop_of(row, chop)
    try:
        body = actions.show_print(chop=found, by=request.user, at=request.at)
    except originals.NoSuchOriginal:
        messages.error(request, _("The picture of this print is not kept here any more."))
        return redirect("company", pk, party)
    answer = HttpResponse(body, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{found.specimen[:12]}"'
    return answer
