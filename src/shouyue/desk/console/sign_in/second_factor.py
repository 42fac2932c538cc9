"""Nobody works at the desk with a password that another knows, or without a second factor: until then every way leads there."""

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
        if not request.user.is_authenticated or request.path.startswith(self._open_to_all()):
            return self.respond(request)
        if request.user.password_is_first:
            choose = reverse("account_change_password")
            if request.path == choose:
                return self.respond(request)
            messages.warning(
                request, _("Choose a password of your own first: the one you have was given to you.")
            )
            return redirect(choose)
        if self._must(request):
            messages.warning(
                request, _("Set up a second factor first. Without one nobody can work at the desk.")
            )
            return redirect("mfa_activate_totp")
        return self.respond(request)

    def _must(self, request: Any) -> bool:
        if request.path.startswith(reverse("mfa_index")):
            return False
        if settings.MODE == "demo" and request.session.get(BY_DEMO_DOOR):
            return False
        if request.session.get(SEEN):
            return False
        if is_mfa_enabled(request.user):
            request.session[SEEN] = True
            return False
        return True

    def _open_to_all(self) -> tuple[str, ...]:
        return (
            reverse("account_logout"),
            reverse("account_reauthenticate"),
            reverse("set_language"),
            settings.STATIC_URL,
            "/api/",
        )
