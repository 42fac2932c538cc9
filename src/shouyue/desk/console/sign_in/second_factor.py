"""Nobody works at the desk without a second factor: until one is set up, every way leads to setting it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

BY_DEMO_DOOR = "came_by_demo_door"
SEEN = "second_factor_seen"  # in the session, so that the question is asked once, not at every page


class SecondFactorRequired:
    """Sends staff without a second factor to set one up. The demonstration door is the one exception, in demo mode."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.respond = respond

    def __call__(self, request: Any) -> HttpResponseBase:
        if self._must(request):
            messages.warning(
                request, _("Set up a second factor first. Without one nobody can work at the desk.")
            )
            return redirect("mfa_activate_totp")
        return self.respond(request)

    def _must(self, request: Any) -> bool:
        if not request.user.is_authenticated or not self._guarded(request.path):
            return False
        if settings.MODE == "demo" and request.session.get(BY_DEMO_DOOR):
            return False
        if request.session.get(SEEN):
            return False
        if is_mfa_enabled(request.user):
            request.session[SEEN] = True
            return False
        return True

    def _guarded(self, path: str) -> bool:
        free = (
            reverse("mfa_index"),
            reverse("account_logout"),
            reverse("account_reauthenticate"),
            reverse("set_language"),
            settings.STATIC_URL,
            "/api/",
        )
        return not path.startswith(free)
