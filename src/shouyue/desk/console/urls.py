"""The console's addresses: one folder a place."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from shouyue.desk.console.design.views import design
from shouyue.desk.console.home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("accounts/", include("shouyue.desk.console.sign_in.urls")),
    path("design/", design, name="design"),
]
