"""Version 1 of the HTTP API: every router behind the door. `python -m shouyue.desk.api` prints its OpenAPI."""

from __future__ import annotations

from shouyue.desk.api import approvals, cases, friend_requests, messages
from shouyue.desk.api.door import api

for _router in (cases.router, friend_requests.router, approvals.router, messages.router):
    api.add_router("", _router)
