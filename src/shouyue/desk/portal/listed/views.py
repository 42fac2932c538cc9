"""The published list of agencies: anybody may read who acts for the lender, since when, and what to do about one who does not."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest as PlainRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from shouyue.desk.people.reads import published
from shouyue.desk.portal.limits import too_many


class HttpRequest(PlainRequest):
    """A request at one moment; see console.frame.Moment."""

    at: datetime


@never_cache
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Names, registration numbers and days; nothing of anybody's debt, and no link needed."""
    if too_many(request):
        return render(request, "borrower/closed.html", {"status": 429}, status=429)
    today = localdate(request.at)
    context = {"agencies": published(today), "today": today, "callback": settings.CALLBACK}
    return render(request, "listed/page.html", context)
