"""My queue, and finding a case by its number."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.desk.friend_requests.reads import waiting
from shouyue.desk.matters.reads import find as find_matters
from shouyue.desk.messages.queue import Item
from shouyue.desk.messages.queue import queue as work_of
from shouyue.desk.parties.reads import masked_name

SHOWS = ("now", "later", "all")


def _later(item: Item) -> bool:
    """Must this line wait? Distress never does: somebody must look, even where nothing may be sent."""
    return bool(item.waits) and not item.distress


@staff_only("see_queue")
def queue(request: StaffRequest) -> HttpResponse:
    """What can be worked now, what must wait and until when. `show` is now, later or all."""
    show = request.GET.get("show", "all")
    show = show if show in SHOWS else "all"
    requests = {row.matter_id: row for row in waiting(request.user, request.at) if row.matter_id}
    items = work_of(request.user, request.at)
    lines: list[dict[str, Any]] = [
        {"item": item, "name": masked_name(item.debtor), "request": requests.get(item.matter.pk)}
        for item in items
    ]
    counts = {
        "now": sum(not _later(item) for item in items),
        "later": sum(_later(item) for item in items),
        "all": len(items),
    }
    if show != "all":
        lines = [line for line in lines if _later(line["item"]) == (show == "later")]
    return render(
        request,
        "queue/page.html",
        {"lines": lines, "counts": counts, "show": show, "marked": True},
    )


@staff_only("see_threads")
def find(request: StaffRequest) -> HttpResponse:
    """A case by its own or its contract's number, among those this person may see."""
    words = request.GET.get("q", "").strip()[:80]
    found = find_matters(request.user, words)
    if len(found) == 1:
        return redirect("debtor", found[0].pk)
    return render(request, "queue/found.html", {"found": found, "find_q": words})
