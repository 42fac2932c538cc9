"""The legal officer's board, one procedure on one page, its papers, and the calendar of deadlines."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from shouyue.casework.machine import ImpossibleStep
from shouyue.casework.track import MACHINES, Track
from shouyue.desk.console.frame import NotForYou, StaffRequest, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.states import look
from shouyue.desk.console.suits import forms
from shouyue.desk.console.suits.calendar import calendar_of
from shouyue.desk.console.suits.forms import text_of
from shouyue.desk.console.tags import track_word
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import clocks
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.people.reads import may
from shouyue.desk.suits import actions, papers, reads
from shouyue.desk.suits.actions import documents, evidence
from shouyue.desk.vault import originals

log = logging.getLogger(__name__)
Refusals = (actions.UnableToProceed, papers.UnableToWrite, clocks.UnableToCount, ImpossibleStep)
KIND = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


# what a paper may lack, in words
FIELDS = {
    "case_no": gettext_lazy("the court's case number"),
    "claim": gettext_lazy("the claim"),
    "contract_no": gettext_lazy("the contract number"),
    "court": gettext_lazy("the court"),
    "debtor": gettext_lazy("the debtor"),
    "matures_on": gettext_lazy("the last due day"),
    "mortgage_registered_on": gettext_lazy("the day the mortgage was registered"),
    "outstanding_total": gettext_lazy("a balance with its date"),
    "overdue_interest": gettext_lazy("a balance with its date"),
    "overdue_principal": gettext_lazy("a balance with its date"),
    "overdue_total": gettext_lazy("a balance with its date"),
    "penalty": gettext_lazy("a balance with its date"),
    "principal": gettext_lazy("the sum of the loan"),
    "signed_on": gettext_lazy("the day of signing"),
    "vehicle": gettext_lazy("the vehicle"),
    "vin": gettext_lazy("the vehicle's number"),
}
LACKS = re.compile(r"(?P<paper>.+) cannot be written without (?P<fields>[\w, ]+);")


def refusal(why: Exception, row: Any, at: Any) -> str:
    """A refusal in the language of the page, the pack's own words and the names of stages and fields in it included."""
    known = reads.procedures_on(at)
    told = str(why)
    if lacks := LACKS.match(told):
        names = [
            FIELDS.get(name) or (text_of(known.dates[name].what) if name in known.dates else name)
            for name in lacks["fields"].split(", ")
        ]
        told = told.replace(lacks["fields"], "、".join(dict.fromkeys(map(str, names))), 1)
    told = in_page_language(told)
    if get_language() != "zh-hans":
        return told
    words = {day.what.en: day.what.zh for day in known.dates.values()}
    words |= {day.paper.en: day.paper.zh for day in known.dates.values()}
    words |= {due.what.en: due.what.zh for due in known.dues}
    words |= {paper.title.en: paper.title.zh for paper in reads.papers_on(at).values()}
    for english in sorted(words, key=len, reverse=True):
        told = told.replace(english, words[english])
    stages = [str(stage) for stage in MACHINES[Track(row.track)].next]
    return re.sub(
        rf"\b({'|'.join(sorted([*stages, *Track], key=len, reverse=True))})\b",
        lambda found: look(row.track, found[1]).word if found[1] in stages else str(track_word(found[1])),
        told,
    )


@never_cache
@require_GET
@staff_only("see_suits")
def board(request: StaffRequest) -> HttpResponse:
    """The running procedures in columns, the most urgent first; what ended under a tab of its own."""
    track = request.GET.get("track", "")
    track = track if track in set(Track) else ""
    mine = request.GET.get("mine") == "1"
    ended = request.GET.get("show") == "ended"
    columns = [] if ended else reads.board(request.user, request.at, track=track or None, mine=mine)
    cards = [card for column in columns for card in column.cards]
    urgent = [c for c in cards if c.urgency in ("passed", "urgent", "near")]
    urgent.sort(key=lambda c: c.stand.next.deadline.safe)  # type: ignore[union-attr]
    page = {
        "columns": columns,
        "count": len(cards),
        "urgent": urgent[:6],
        "ended": [{"suit": s, "name": _name(s)} for s in reads.ended(request.user)] if ended else [],
        "show_ended": ended,
        "track": track,
        "tracks": list(Track),
        "mine": mine,
        "today": localdate(request.at),
        "may_conduct": may(request.user, "conduct_suits"),
        "has_feed": reads.has_feed(request.user),
        "word": request.session.pop("calendar_word", ""),
        "marked": True,
    }
    if page["word"]:
        page["address"] = request.build_absolute_uri(reverse("suit_calendar", args=[page["word"]]))
    return render(request, "suits/board.html", page)


def _name(suit: Any) -> str:
    return masked_name(matters.debtor_of(suit.matter.loan))


def _forms(request: StaffRequest, suit: Any, sent: str = "") -> dict[str, django_forms.Form]:
    """Every form of the page; the one that was sent is bound."""
    known = reads.procedures_on(request.at)
    guarantors = [
        (str(row.party_id), masked_name(row.party)) for row in matters.guarantors_of(suit.matter.loan)
    ]
    wanted = [p for p in reads.papers_on(request.at).values() if suit.track in p.tracks]
    today = localdate(request.at)
    court = {n: getattr(suit, n) or "" for n in ("body", "case_no", "judge", "clerk", "clerk_phone")}
    making: dict[str, tuple[Callable[..., django_forms.Form], dict[str, Any]]] = {
        "step": (
            forms.StepForm,
            {
                "track": suit.track, "ahead": reads.steps_ahead(suit), "known": known, "dated": suit.dates,
                "initial": {"on": today},
            },
        ),
        "date": (forms.DateForm, {"known": known}),
        "court": (forms.CourtForm, {"initial": court}),
        "hearing": (forms.HearingForm, {}),
        "fee": (forms.FeeForm, {"initial": {"as_of": today}}),
        "measure": (forms.MeasureForm, {"known": known, "running": reads.measures(suit)}),
        "exhibit": (forms.ExhibitForm, {"known": known}),
        "event": (forms.EventForm, {"guarantors": guarantors}),
        "paper": (forms.PaperForm, {"papers": wanted, "guarantors": guarantors}),
    }  # fmt: skip
    return {
        name: make(*((request.POST, request.FILES) if name == sent else ()), auto_id=f"{name}-%s", **more)
        for name, (make, more) in making.items()
    }


def _page(request: StaffRequest, suit: Any, sent: str = "", given: Any = None) -> dict[str, Any]:
    at = request.at
    shown = _forms(request, suit)
    if given is not None:
        shown[sent] = given
    known = reads.procedures_on(at)
    stand = reads.stand(suit, at)
    track = Track(suit.track)
    passed = [step.stage for step in reads.steps(suit)]
    main = [
        str(s) for s in MACHINES[track].next if not MACHINES[track].ended(s) or str(s) in (suit.stage, "done")
    ]
    admissible = {e.pk for e in reads.admissible(suit, at)}
    return {
        "suit": suit,
        "matter": suit.matter,
        "name": _name(suit),
        "stand": stand,
        "limitation": next((r.limitation for r in stand.running if r.due.id == "limitation"), None),
        "events": reversed(matters.clock_events(suit.matter.loan)[-12:]),
        "today": localdate(at),
        "stages": [
            {"look": look(track, s), "now": s == suit.stage, "done": s in passed and s != suit.stage}
            for s in main
            if s in passed or s == suit.stage or s not in SIDE
        ],
        "steps": reversed(reads.steps(suit)),
        "dates": [(known.dates[n], day) for n, day in reads.dates_of(suit).items()],
        "hearings": reads.hearings(suit),
        "fees": reads.fees(suit),
        "measures": reads.measures(suit),
        "matrix": [
            {"row": row, "cells": [(known.evidence[kind], found) for kind, found in row.have]}
            for row in reads.matrix(suit, at)
        ],
        "exhibits": [
            {"one": e, "kind": known.evidence[e.kind], "shown": e.pk in admissible} for e in reads.exhibits(suit)
        ],
        "tasks": reads.tasks(suit),
        "papers": [
            {"one": p, "title": reads.papers_on(at)[p.kind].title if p.kind in reads.papers_on(at) else p.kind}
            for p in reads.papers(suit)
        ],
        "guarantors": reads.guarantor_clocks(suit.matter.loan, at),
        "debt": matters.debt(suit.matter.loan, at),
        "unseen": reads.unseen(suit),
        "may_conduct": may(request.user, "conduct_suits") and suit.closed_at is None,
        "forms": shown,
        "sent": sent,
        "section": "suits",
        "marked": True,
    }  # fmt: skip


# stages that not every procedure passes: shown when it did
SIDE = {
    "pre_trial_mediation",
    "confirmation",
    "preservation",
    "appeal",
    "terminated_for_now",
    "resumed",
    "settled",
    "dismissed",
    "withdrawn",
    "refused",
    "failed",
}


@never_cache
@require_GET
@staff_only("see_suits")
def suit(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One procedure: where it stands, its clocks, what is proved, its papers."""
    return render(request, "suits/one.html", _page(request, reads.suit_for(request.user, pk)))


@never_cache
@require_POST
@staff_only("conduct_suits")
def act(request: StaffRequest, pk: UUID, what: str) -> HttpResponse:
    """Write one thing down. What is wrong is said beside the form, and nothing was changed."""
    row = reads.suit_for(request.user, pk)
    who = {"by": request.user, "at": request.at}
    if what in PLAIN:
        try:
            PLAIN[what](row, request, who)
        except Refusals as why:
            messages.error(request, refusal(why, row, request.at))
        return redirect("suit", row.pk)
    if what not in VERBS:
        raise NotForYou(f"suit {pk} {what}")
    form = _forms(request, row, what)[what]
    if form.is_valid():
        try:
            told = VERBS[what](row, form, who)
        except Refusals as why:
            form.add_error(None, refusal(why, row, request.at))
        else:
            if told:
                messages.success(request, told)
            return redirect("suit", row.pk)
    return render(request, "suits/one.html", _page(request, row, what, form), status=422)


def _step(row: Any, form: Any, who: dict[str, Any]) -> str:
    given = form.cleaned_data
    wanted = reads.procedures_on(who["at"]).stages.get(row.track, {}).get(given["to"], ())
    dates = {name: day for name, day in form.dates().items() if name in wanted}
    moved = actions.advance(
        suit=row.pk, to=given["to"], on=given["on"], dates=dates, note=given["note"], **who
    )
    return _("Now: %(stage)s") % {"stage": look(moved.track, moved.stage).word}


def _date(row: Any, form: Any, who: dict[str, Any]) -> str:
    given = form.cleaned_data
    actions.record_dates(suit=row.pk, dates={given["name"]: given["day"]}, why=given["why"], **who)
    return _("Written down; every deadline was counted again.")


def _court(row: Any, form: Any, who: dict[str, Any]) -> str:
    actions.name_court(suit=row.pk, **form.cleaned_data, **who)
    return ""


def _hearing(row: Any, form: Any, who: dict[str, Any]) -> str:
    actions.set_hearing(suit=row.pk, **form.cleaned_data, **who)
    return ""


def _fee(row: Any, form: Any, who: dict[str, Any]) -> str:
    actions.record_fee(suit=row.pk, **form.cleaned_data, **who)
    return ""


def _measure(row: Any, form: Any, who: dict[str, Any]) -> str:
    actions.preserve(suit=row.pk, **form.cleaned_data, **who)
    return ""


def _exhibit(row: Any, form: Any, who: dict[str, Any]) -> str:
    given = dict(form.cleaned_data)
    file = given.pop("file", None)
    evidence.bring(suit=row.pk, original=originals.keep(file.read()) if file else "", **given, **who)
    return ""


def _event(row: Any, form: Any, who: dict[str, Any]) -> str:
    given = dict(form.cleaned_data)
    party = _guarantor(row, given.pop("party"))
    clocks.record_event(loan=row.matter.loan, party=party, **given, **who)
    return _("Written down; every deadline was counted again.")


def _paper(row: Any, form: Any, who: dict[str, Any]) -> str:
    given = form.cleaned_data
    documents.write(suit=row.pk, kind=given["kind"], party=_guarantor(row, given["party"]), **who)
    return _("Made from the record, as DOCX and PDF.")


def _guarantor(row: Any, pk: str) -> Any:
    return next((g.party for g in matters.guarantors_of(row.matter.loan) if str(g.party_id) == pk), None)


VERBS: dict[str, Callable[[Any, Any, dict[str, Any]], str]] = {
    "step": _step,
    "date": _date,
    "court": _court,
    "hearing": _hearing,
    "fee": _fee,
    "measure": _measure,
    "exhibit": _exhibit,
    "event": _event,
    "paper": _paper,
}
PLAIN: dict[str, Callable[[Any, HttpRequest, dict[str, Any]], object]] = {
    "seen": lambda row, request, who: actions.heed(suit=row.pk, **who),
    "mine": lambda row, request, who: actions.take_over(suit=row.pk, why="", **who),
    "claim": lambda row, request, who: actions.claim_sum(suit=row.pk, **who),
    "drop": lambda row, request, who: evidence.drop(
        exhibit=reads.exhibit(row, _number(request)), why=request.POST.get("why", ""), **who
    ),
    "put-off": lambda row, request, who: actions.put_off(
        hearing=reads.hearing(row, _number(request)), why=request.POST.get("why", ""), **who
    ),
}


def _number(request: HttpRequest) -> int:
    given = request.POST.get("which", "")
    return int(given) if given.isdecimal() and len(given) < 12 else 0


@require_POST
@staff_only("conduct_suits")
def new(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Another procedure on a case."""
    matter = matters.matter_for(request.user, pk)
    form = forms.TrackForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("debtor", matter.pk)
    try:
        opened = actions.open_suit(
            matter=matter, track=Track(form.cleaned_data["track"]), why=form.cleaned_data["why"],
            by=request.user, at=request.at,
        )  # fmt: skip
    except Refusals as why:
        messages.error(request, in_page_language(str(why)))
        return redirect("debtor", matter.pk)
    return redirect("suit", opened.pk)


@never_cache
@require_GET
@staff_only("conduct_suits")
def paper(request: StaffRequest, pk: UUID, paper: int, form: str) -> HttpResponse:
    """One paper in full; the reading is sealed."""
    row = reads.suit_for(request.user, pk)
    if form not in KIND:
        raise NotForYou(f"suit {pk} paper {paper}.{form}")
    made = reads.paper(row, paper)
    body = documents.hand_out(paper=made, form=form, by=request.user, at=request.at)
    answer = HttpResponse(body, content_type=KIND[form])
    name = f"{row.matter.number}-{made.kind}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_POST
@staff_only("conduct_suits")
def calendar_address(request: StaffRequest) -> HttpResponse:
    """A new calendar address, told once; or none any more."""
    if request.POST.get("close"):
        actions.close_feed(by=request.user, at=request.at)
    else:
        request.session["calendar_word"] = actions.open_feed(by=request.user, at=request.at)
    return redirect("suits")


@require_GET
def calendar(request: HttpRequest, word: str) -> HttpResponse:
    """The calendar behind an address: for programs, which do not sign in. A word that is not open finds nothing."""
    feed = reads.feed(word)
    if feed is None or not may(feed.staff, "conduct_suits"):
        log.warning("calendar: no open address %s…", word[:4])
        raise Http404
    with override(feed.staff.language):
        body = calendar_of(reads.suits_of(feed.staff), request.at)  # type: ignore[attr-defined]
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, max-age=900"
    return answer
