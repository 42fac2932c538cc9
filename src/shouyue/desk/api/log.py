"""The evidence log over HTTP, as C2SP tlog-tiles lays it out, so that any client of such logs can follow it.

Public by design: it holds commitments only. Tiles never change and are served as files (see `shouyue serve`); where they are not,
this door hands them out as well. Only the checkpoint is replaced, so it alone must not be kept.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from shouyue.desk.ledger.reads import published


@require_safe
def file(request: HttpRequest, path: str) -> HttpResponse:
    found = published(path)
    if found is None:
        raise Http404("the log has no such file")
    text = path == "checkpoint"
    answer = HttpResponse(
        found, content_type="text/plain; charset=utf-8" if text else "application/octet-stream"
    )
    answer["cache-control"] = "no-cache" if text else "public, max-age=31536000, immutable"
    return answer
