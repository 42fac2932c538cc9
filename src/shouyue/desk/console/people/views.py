"""Who works at the desk: enrolled, put into teams, stood in for, let go. Every step is sealed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shouyue.desk.console.frame import StaffRequest, bound, staff_only
from shouyue.desk.console.people import forms
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.matters import reads as matters
from shouyue.desk.people import actions, reads
from shouyue.desk.people.reads import Role

Refusals = (actions.UnableToEnrol, actions.UnableToStandIn, actions.UnableToAct)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("manage_people")
def people(request: StaffRequest) -> HttpResponse:
    """Everybody, by team; POST enrols one more and shows the first password, once."""
    form = forms.EnrolForm(bound(request)[0])
    word = ""
    if request.method == "POST" and form.is_valid():
        word = actions.first_password()
        try:
            actions.enrol(**form.cleaned_data, password=word, first=True, by=request.user, at=request.at)
        except Refusals as why:
            form.add_error(None, in_page_language(str(why)))
            word = ""
    new = form.cleaned_data["username"] if word else ""
    context = {
        "staff": reads.all_staff().select_related("agency"),
        "teams": reads.teams(),
        "form": forms.EnrolForm() if word else form,
        "team_form": forms.TeamForm(auto_id="team-%s"),
        "first": {"word": word, "username": new} if word else None,
        "marked": not word,
    }
    return render(request, "people/page.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("manage_people")
def team(request: StaffRequest) -> HttpResponse:
    """Found a team, or say who leads one that there is."""
    form = forms.TeamForm(request.POST)
    if form.is_valid():
        name, leader = form.cleaned_data["name"].strip(), form.cleaned_data["supervisor"]
        known = reads.teams().filter(name=name).first()
        of = known or actions.found_team(name=name, supervisor=None, by=request.user, at=request.at)
        if leader:
            actions.lead_team(team=of, supervisor=leader, by=request.user, at=request.at)
        messages.success(request, _("The team stands as written."))
    else:
        messages.error(request, _("Give the team a name, and a supervisor who works here."))
    return redirect("people")


BY_ANOTHER = ("role", "password", "leave")  # nobody does these to themselves


def _forms(one: Any, posted: Any = None, sent: str = "") -> dict[str, Any]:
    making: dict[str, type[Any]] = {"move": forms.MoveForm}
    if one.role == Role.AGENCY:
        making["agency"] = forms.AgencyForm
    if one.role in reads.MAY["approve"]:
        making["stand_in"] = forms.StandInForm
    making |= {"role": forms.RoleForm, "password": forms.PasswordForm, "leave": forms.LeaveForm}
    return {
        name: make(
            posted if name == sent else None,
            auto_id=f"{name}-%s",
            initial={"role": one.role, "team": one.team_id, "agency": one.agency_id},
        )
        for name, make in making.items()
    }


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("manage_people")
def one(request: StaffRequest, staff_no: str, what: str = "") -> HttpResponse:
    """One person: what they may do, whom they work with; POST writes one step down. A new first password is shown once."""
    found = reads.staff_of_no(staff_no)
    if found is None or found.role == Role.SYSTEM:
        raise Http404
    shown, word = _forms(found, request.POST, what), ""
    if request.method == "POST":
        if what not in shown:
            raise Http404
        form = shown[what]
        if form.is_valid():
            try:
                word = _write(found, what, form.cleaned_data, request)
                if not word:
                    messages.success(request, _("Written down and sealed."))
                    return redirect("person", staff_no)
                shown = _forms(found)
            except Refusals as why:
                form.add_error(None, in_page_language(str(why)))
    context = {
        "one": found,
        "forms": _offered(shown, what) if found == request.user else shown if found.is_active else {},
        "first": {"word": word, "username": found.username} if word else None,
        "sent": what,
        "certificates": reads.certificates_of(found),
        "holds": matters.owned_by(found),
        "works_on": reads.may(found, "contact"),
        "deputies": reads.deputies_of(found, request.at),
        "section": "people",
        "marked": True,
    }
    refused = request.method == "POST" and not word
    return render(request, "people/one.html", context, status=422 if refused else 200)


def _offered(shown: dict[str, Any], sent: str) -> dict[str, Any]:
    """On one's own page what another must do is not offered; where it was sent all the same, it says why not."""
    return {name: form for name, form in shown.items() if name not in BY_ANOTHER or name == sent}


def _write(found: Any, what: str, said: dict[str, Any], request: StaffRequest) -> str:
    """One step, written down. The first password, where one was given; it is shown once and kept nowhere."""
    by_at: dict[str, Any] = {"by": request.user, "at": request.at}
    if what == "password":
        return actions.give_first_password(staff=found, why=said["why"], **by_at)
    if what == "role":
        actions.change_role(staff=found, role=said["role"], why=said["why"], **by_at)
    elif what == "leave":
        actions.leave(staff=found, why=said["why"], **by_at)
    elif what == "move":
        actions.join_team(staff=found, team=said["team"], **by_at)
    elif what == "agency":
        actions.join_agency(staff=found, agency=said["agency"], **by_at)
    else:
        until = timezone.make_aware(datetime.combine(said["until"] + timedelta(days=1), time()))
        actions.stand_in(principal=found, deputy=said["deputy"], until=until, reason=said["reason"], **by_at)
    return ""
