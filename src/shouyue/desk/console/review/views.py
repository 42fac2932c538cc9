"""What waits before it leaves."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.desk.console.inbox.marked import pieces
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.review import reads
from shouyue.screening.finding import Finding as Found


def _marked(contact: Any) -> Any:
    return pieces(contact.text or "", [Found.from_data(found) for found in contact.findings])


@never_cache
@require_GET
@staff_only("approve")
def before(request: StaffRequest) -> HttpResponse:
    """Messages that wait for a second person, the nearest deadline first, with the rules for which they wait."""
    lines = [
        {"one": one, "name": masked_name(one.contact.party), "pieces": _marked(one.contact)}
        for one in reads.before(request.user, request.at)
    ]
    context = {
        "lines": [line for line in lines if line["one"].answer.yes],
        "others": [line for line in lines if not line["one"].answer.yes],
        "section": "review_before",
        "marked": True,
    }
    return render(request, "review/before.html", context)
