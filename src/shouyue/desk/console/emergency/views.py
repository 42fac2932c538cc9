"""The emergency plan: stop in two clicks, see what is stopped and what is not, take the steps that wait for a person, let go by two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.console import states, tags
from shouyue.desk.console.frame import NotForYou, StaffRequest, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.emergency import actions, reads
from shouyue.desk.holds.actions import UnableToHold
from shouyue.desk.matters import reads as matters
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.people.reads import may
from shouyue.desk.suits import reads as suits

Refused = (UnableToHold, actions.UnableToCall, ImpossibleStep)
OVER = [
    ("party", _("One person, by case number")),
    ("staff", _("A member of staff, by staff number")),
    ("account", _("An account of ours, by its name")),
    ("lender", _("The whole lender")),
]
BECAUSE = [
    ("threat", _("Somebody is threatened or in danger")),
    ("flooding", _("Messages flood in")),
    ("provocation", _("Staff are provoked into mistakes")),
    ("leak", _("Personal data has leaked")),
    ("unapproved_friend", _("A friend was added without approval")),
    ("order", _("The police or a court order it")),
    ("hand", _("Another reason, in words")),
]


class StopForm(forms.Form):
    """Over what, and why. A reason of the list is enough; the whole lender and another reason want words."""

    over = forms.ChoiceField(label=_("What is stopped"), choices=OVER, initial="party")
    key = forms.CharField(
        label=_("Case number, staff number or account"),
        max_length=64,
        required=False,
        help_text=_("Empty for the whole lender."),
    )
    because = forms.ChoiceField(label=_("Why"), choices=BECAUSE, initial="threat")
    reason = forms.CharField(
        label=_("In words"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        over, key = told.get("over"), told.get("key", "").strip()
        words = told.get("reason", "").strip()
        if (told.get("because") == "hand" or over == "lender") and len(words) < 4:
            self.add_error("reason", _("Write the reason in at least 4 characters."))
        if over == "lender":
            told["key"] = ""
        elif not key:
            self.add_error("key", _("Say which: the case number, the staff number or the account."))
        elif over == "party":
            found = matters.visible_to(self.staff).filter(number=key).first()
            debtor = matters.debtor_of(found.loan) if found else None
            if debtor is None:
                raise ValidationError({"key": _("There is no such case for you; check the number.")})
            told["key"] = str(debtor.pk)
        told["why"] = words or str(dict(BECAUSE)[told.get("because", "hand")])
        return told


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


class ReportForm(forms.Form):
    """To whom, under which number, in which words."""

    to = forms.CharField(label=_("Reported to"), max_length=200)
    reference = forms.CharField(label=_("Their number, if any"), max_length=80, required=False)
    words = forms.CharField(
        label=_("What was reported, and how"),
        min_length=4,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def whom(row: Any) -> str:
    """What an emergency is over, as it may be shown."""
    if row.party:
        return masked_name(row.party)
    if row.over == "lender":
        return gettext("The whole lender")
    return f"{row.staff} {row.key}" if row.staff else str(row.key)


def in_own_words(why: Exception) -> str:
    """A refusal in the language of the page; steps are named as the page names them."""
    if isinstance(why, actions.NotThrough):
        stands = "; ".join(
            f"{s.n} {tags.step_word(s.do)}: {states.look('step', s.state).word}" for s in why.steps
        )
        return gettext("Not yet. These come first, or it is said why they are left out: %(steps)s") % {
            "steps": stands
        }
    return in_page_language(str(why))


def _line(row: Any) -> dict[str, Any]:
    return {"row": row, "name": whom(row)}


def _board(request: StaffRequest, form: StopForm, error: str = "", status: int = 200) -> HttpResponse:
    books = reads.playbooks_on(request.at)
    found = {
        "rows": [_line(row) for row in reads.running()],
        "past": [_line(row) for row in reads.past()],
        "form": form,
        "error": error,
        "plans": list(books.plans.values()),
    }
    return render(request, "emergency/board.html", found, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("hold")
def emergencies(request: StaffRequest) -> HttpResponse:
    """What is stopped now; POST stops, or drills, what the form names."""
    asked = {k: request.GET[k] for k in ("over", "key", "because") if k in request.GET}
    if "case" in request.GET:
        asked |= {"over": "party", "key": request.GET["case"]}
    form = StopForm(request.POST or None, staff=request.user, initial=asked)
    if request.method != "POST":
        return _board(request, form)
    if not form.is_valid():
        return _board(request, form, status=422)
    told = form.cleaned_data
    verb = actions.drill if "drill" in request.POST else actions.call
    try:
        made = verb(
            cause=told["because"],
            why=told["why"],
            over=told["over"],
            key=told["key"],
            by=request.user,
            at=request.at,
        )
    except Refused as why:
        return _board(request, form, in_own_words(why), status=422)
    return redirect("emergency", made.pk)


def _page(
    request: StaffRequest, pk: UUID, *, error: str = "", report: ReportForm | None = None, status: int = 200
) -> HttpResponse:
    try:
        shown = reads.shown(pk, request.at)
    except ObjectDoesNotExist as none:
        raise NotForYou(f"emergency {pk}") from none
    row = shown.row
    found = {
        "shown": shown,
        "row": row,
        "name": whom(row),
        "flying": [{"row": c, "name": masked_name(c.party)} for c in shown.in_flight],
        "evidence": _evidence(request.at),
        "report": report or ReportForm(),
        "error": error,
        "mine": request.user.pk in (row.opened_by_id, row.asked_by_id),
        "asked_by_me": row.asked_by_id == request.user.pk,
        "late": [s.n for s in shown.steps if s.due_at and s.state == "running" and s.due_at < request.at],
        "seconds": (row.stopped_at - row.opened_at).total_seconds() if row.stopped_at else None,
        "section": "emergencies",
        "marked": True,
    }
    return render(request, "emergency/page.html", found, status=status)


def _evidence(at: datetime) -> Mapping[str, Any]:
    """What each kind of exhibit is called by the pack in force."""
    try:
        return {f"exhibit:{kind}": text for kind, text in suits.procedures_on(at).evidence.items()}
    except suits.NoProcedures:
        return {}


@never_cache
@staff_only("hold")
def emergency(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One emergency: its steps, its channels, what was in flight, who was told."""
    return _page(request, pk)


def _done(request: StaffRequest, pk: UUID, act: Callable[[], object], about: str) -> HttpResponse:
    """Do it and show the emergency again; a refusal is said on its page."""
    try:
        act()
    except Refused as why:
        return _page(request, pk, error=in_own_words(why), status=422)
    except ObjectDoesNotExist as none:
        raise NotForYou(about) from none
    return redirect("emergency", pk)


def _with_reason(request: StaffRequest, pk: UUID, verb: Callable[[str], object], about: str) -> HttpResponse:
    """The same, of what wants a reason."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, error=str(form.errors["reason"][0]), status=422)
    return _done(request, pk, lambda: verb(form.cleaned_data["reason"]), about)


@never_cache
@require_POST
@staff_only("hold")
def move(request: StaffRequest, pk: UUID, what: str) -> HttpResponse:
    """Hand to legal, ask to release, release, or keep stopped; each with a reason."""
    whose: dict[str, Any] = {"emergency": pk, "by": request.user, "at": request.at}
    verbs: dict[str, Callable[[str], object]] = {
        "legal": lambda why: actions.hand_to_legal(reason=why, **whose),
        "ask": lambda why: actions.ask_release(why=why, **whose),
        "release": lambda why: actions.release(why=why, **whose),
        "keep": lambda why: actions.keep_stopped(why=why, **whose),
    }
    if what not in verbs:
        raise NotForYou(f"emergency {pk} {what}")
    return _with_reason(request, pk, verbs[what], f"emergency {pk}")


@never_cache
@require_POST
@staff_only("hold")
def step(request: StaffRequest, pk: UUID, n: int, what: str) -> HttpResponse:
    """Record a report, or say why a step is left out."""
    whose: dict[str, Any] = {"emergency": pk, "n": n, "by": request.user, "at": request.at}
    about = f"emergency {pk} step {n}"
    if what == "leave-out":
        return _with_reason(request, pk, lambda why: actions.leave_out(why=why, **whose), about)
    if what != "report":
        raise NotForYou(f"emergency {pk} step {what}")
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, report=form, status=422)
    return _done(request, pk, lambda: actions.report(**form.cleaned_data, **whose), about)


@never_cache
@require_POST
@staff_only("hold")
def reconcile(request: StaffRequest, pk: UUID, stop: int) -> HttpResponse:
    """A second person has looked at what was to be done by hand."""
    return _with_reason(
        request,
        pk,
        lambda why: actions.reconcile(stop=stop, why=why, by=request.user, at=request.at),
        f"channel {stop}",
    )


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only()
def told(request: StaffRequest) -> HttpResponse:
    """What this person was told of emergencies, and what they must do by hand."""
    error = ""
    if request.method == "POST":
        try:
            if "notice" in request.POST:
                actions.read_notice(notice=_number(request.POST["notice"]), by=request.user, at=request.at)
            elif "stop" in request.POST:
                actions.say_done(stop=_number(request.POST["stop"]), by=request.user, at=request.at)
            return redirect("told")
        except ObjectDoesNotExist as none:
            raise NotForYou(f"told: {dict(request.POST)}") from none
        except Refused as why:
            error = in_own_words(why)
    found = {
        "notices": [{"row": n, "name": whom(n.emergency)} for n in reads.unread(request.user)],
        "duties": [{"row": d, "name": whom(d.emergency)} for d in reads.duties_of(request.user)],
        "may_hold": may(request.user, "hold"),
        "error": error,
    }
    return render(request, "emergency/told.html", found, status=422 if error else 200)


def _number(written: str) -> int:
    return int(written) if written.isdigit() and len(written) < 10 else 0
