"""Every address of the desk, door by door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("shouyue.desk.console.urls")),
    path("p/", include("shouyue.desk.portal.urls")),
    path("", include("shouyue.desk.api.urls")),
    path("language/", set_language, name="set_language"),
]
