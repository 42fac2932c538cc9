"""What every page of the console has: one moment, a viewer, the places their role may enter, and a watermark.

The doors ask what time it is, once a request: `request.at`. Somebody who asks for what is not theirs gets "not found",
and the log gets a line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from shouyue.desk.emergency import reads as emergency
from shouyue.desk.friend_requests.reads import NotYours as NotYourRequest
from shouyue.desk.matters.reads import NotYours
from shouyue.desk.people.actions import note_refused_access
from shouyue.desk.people.reads import Staff, may
from shouyue.desk.rulebook.reads import NoRulesInForce

log = logging.getLogger(__name__)
P = ParamSpec("P")
Respond = Callable[[HttpRequest], HttpResponseBase]


class NotForYou(NotYours):
    """Somebody asked for a place that their role may not enter: shown as "not found", and logged."""


class StaffRequest(HttpRequest):
    """A request of somebody who signed in, at one moment."""

    user: Staff
    at: datetime
    htmx: Any


@dataclass(frozen=True)
class Place:
    """A place in the side navigation: who may enter is an act of people.reads.MAY; `key` goes there after "g"."""

    url: str
    name: Any
    icon: str
    act: str
    key: str


PLACES: tuple[Place, ...] = (
    Place("queue", _("My queue"), "list-check", "see_queue", "q"),
    Place("friend_requests", _("Friend requests"), "user-plus", "see_friend_requests", "f"),
    Place("inbox", _("Threads"), "messages", "see_threads", "t"),
    Place("suits", _("Legal procedures"), "gavel", "see_suits", "s"),
    Place("my_agency", _("My agency"), "building-community", "act_for_lender", "m"),
    Place("approvals", _("Approvals"), "rubber-stamp", "approve", "a"),
    Place("review_before", _("Before it leaves"), "mail-pause", "approve", "w"),
    Place("review_after", _("Afterwards"), "list-search", "see_review", "z"),
    Place("rights", _("Rights"), "scale", "answer_rights", "r"),
    Place("erasures", _("Erasures"), "eraser", "erase", "d"),
    Place("training", _("My training"), "school", "learn", "l"),
    Place("my_findings", _("My findings"), "flag", "learn", "y"),
    Place("conduct", _("Conduct of staff"), "heart-handshake", "see_conduct", "c"),
    Place("review_figures", _("Sample figures"), "chart-histogram", "see_review_figures", "n"),
    Place("training_board", _("Training board"), "certificate", "train", "o"),
    Place("wordings", _("Wordings"), "template", "change_rules", "v"),
    Place("editions", _("Rules in force"), "book-2", "change_rules", "h"),
    Place("agencies", _("Agencies"), "building-community", "see_agencies", "p"),
    Place("emergencies", _("Emergencies"), "alert-octagon", "hold", "e"),
    Place("strategies", _("Strategies"), "calendar-repeat", "see_strategies", "x"),
    Place("imports", _("Case files"), "file-import", "import_cases", "i"),
    Place("people", _("People"), "users", "manage_people", "u"),
    Place("board", _("Board"), "chart-bar", "see_board", "b"),
)


ON_A_PHONE = 5  # places at the foot of a phone's page; the last one then is "more"

# a rehearsal's clock: a key of the WSGI environment that no header can set
REHEARSED_AT = "shouyue.at"


class Moment:
    """Gives each request its `at`; in a rehearsal, which calls the application in its own process, that of the stage.

    `clock` is the one place where the console asks what time it is; tests put another there.
    """

    clock: Callable[[], datetime] = staticmethod(timezone.now)

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        rehearsed = request.META.get(REHEARSED_AT) if settings.MODE == "demo" else None
        request.at = rehearsed or self.clock()  # type: ignore[attr-defined]
        return self.respond(request)


class Language(LocaleMiddleware):
    """Chinese unless somebody chose otherwise: the desk's language is the lender's, not the browser's."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        translation.activate(chosen)
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE


def staff_only(
    act: str | None = None,
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """A view for people who signed in and, with `act`, whose role may do that. Others find nothing, and it is logged."""

    def around(
        view: Callable[Concatenate[StaffRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def inside(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                if request.htmx:
                    return HttpResponseClientRedirect(settings.LOGIN_REDIRECT_URL)
                return redirect_to_login(request.get_full_path())
            try:
                if act is not None and not may(request.user, act):
                    raise NotForYou(f"{act}: {request.path}")
                return view(request, *args, **kwargs)
            except (NotYours, NotYourRequest) as theirs:
                note_refused_access(what=str(theirs), by=request.user, at=request.at)
                raise Http404 from theirs
            except (
                NoRulesInForce
            ):  # of a change that it met half way nothing is kept: verbs are whole or not at all
                shown = {"may_change": may(request.user, "change_rules")}
                return render(request, "layout/no_rules.html", shown, status=503)

        return inside

    return around


def bound(request: HttpRequest) -> tuple[Any, Any]:
    """What a form is bound to: what was sent, even when that is nothing; nothing at all for a page that is only opened."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def places(staff: Staff) -> list[Place]:
    """The places that this person's role may enter, in order."""
    return [place for place in PLACES if may(staff, place.act)]


def frame(request: HttpRequest) -> dict[str, Any]:
    """For templates: the viewer's places, the watermark's words and whether this is a demonstration."""
    user = getattr(request, "user", None)
    base: dict[str, Any] = {"demo": settings.MODE == "demo", "languages": settings.LANGUAGES}
    if user is None or not user.is_authenticated:
        return base
    at = timezone.localtime(getattr(request, "at", timezone.now()))
    mine = places(user)
    near = len(mine) if len(mine) <= ON_A_PHONE else ON_A_PHONE - 1
    return {
        **base,
        "places": mine,
        "nearby": mine[:near],
        "further": mine[near:],
        "place": getattr(request.resolver_match, "url_name", "") if request.resolver_match else "",
        "told_of": len(emergency.unread(user)) + len(emergency.duties_of(user)),
        "watermark": f"{user.display_name} {user.staff_no} {at:%Y-%m-%d %H:%M}",
    }
