"""The sign-in page, and the demonstration door: one click enters as one of the demonstration's people."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, PasswordChangeView
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from shouyue.desk.console.sign_in.second_factor import BY_DEMO_DOOR
from shouyue.desk.people.reads import demo_people

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class SignIn(LoginView):
    """Password and second factor, or a passkey; in demonstration mode also the demonstration's people."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        more = {"demo_people": demo_people() if settings.MODE == "demo" else []}
        return {**super().get_context_data(**kwargs), **more}


class ChangePassword(PasswordChangeView):
    """For whom has one: who came without a password gets none of their own making here."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not request.user.has_usable_password():
            raise Http404
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer


@require_POST
def demo_door(request: HttpRequest) -> HttpResponse:
    """Sign in without a password, in demonstration mode, as somebody who has set up no second factor of their own."""
    if settings.MODE != "demo":
        raise Http404
    chosen = next((one for one in demo_people() if one.username == request.POST.get("username")), None)
    if chosen is None:
        raise Http404
    login(request, chosen, backend=BACKEND)
    request.session[BY_DEMO_DOOR] = True
    return redirect(settings.LOGIN_REDIRECT_URL)
