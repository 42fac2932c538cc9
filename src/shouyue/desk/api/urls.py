"""The door of programs: callbacks of channels, and the HTTP API."""

from __future__ import annotations

from django.urls import path

from shouyue.desk.api import hooks

urlpatterns = [
    path("hooks/wecom", hooks.wecom, name="wecom"),
    path("hooks/wecom/<str:corp>", hooks.wecom, name="wecom_of"),
]
