"""Version 1 of the HTTP API: every router behind the door."""

from __future__ import annotations

import json
from typing import Any

from shouyue.desk.api import approvals, cases, friend_requests, messages
from shouyue.desk.api.door import api

for _router in (cases.router, friend_requests.router, approvals.router, messages.router):
    api.add_router("", _router)


def description() -> dict[str, Any]:
    """The OpenAPI description as plain data; published as docs/reference/openapi.json."""
    plain: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
    return plain
