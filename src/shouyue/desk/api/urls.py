"""The door of programs: callbacks of channels, and the HTTP API."""

from __future__ import annotations

from django.urls import path

from shouyue.desk.api import hooks, log
from shouyue.desk.api.v1 import api

urlpatterns = [
    path("log/<path:path>", log.file, name="log_file"),
    path("api/v1/", api.urls),
    path("hooks/wecom", hooks.wecom, name="wecom"),
    path("hooks/gateway/<str:name>", hooks.gateway, name="gateway"),
    path("hooks/wecom/<str:corp>", hooks.wecom, name="wecom_of"),
]
