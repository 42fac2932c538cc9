"""The addresses of signing in. Only those we use: no sign-up, no e-mail, no reset by e-mail."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from shouyue.desk.console.sign_in.views import ChangePassword, SignIn, demo_door

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", SignIn.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),  # closed by the adapter; allauth links it by name
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", ChangePassword.as_view(), name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("demo-door/", demo_door, name="demo_door"),
]
