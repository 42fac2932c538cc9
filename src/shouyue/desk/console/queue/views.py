"""My queue, and finding a case by its number."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.desk.friend_requests.reads import waiting
from shouyue.desk.matters.reads import find as find_matters
from shouyue.desk.outreach.steps import Step, asked, steps
from shouyue.desk.parties.reads import masked_name

SHOWS = ("now", "later", "all")
LINES = 50  # on a page: so many cases the gate is asked about


@staff_only("see_queue")
def queue(request: StaffRequest) -> HttpResponse:
    """What to do next in each case, what can be done now first. `show` is now, later or all; the gate is asked of the page."""
    show = request.GET.get("show", "all")
    show = show if show in SHOWS else "all"
    requests = {row.matter_id: row for row in waiting(request.user, request.at) if row.matter_id}
    found = steps(request.user, request.at)
    counts = {
        "now": sum(not one.idle for one in found),
        "later": sum(one.idle for one in found),
        "all": len(found),
    }
    if show != "all":
        found = [one for one in found if one.idle == (show == "later")]
    page = Paginator(found, LINES).get_page(request.GET.get("page"))
    lines: list[dict[str, Any]] = [
        {
            "step": step,
            "item": step.item,
            "name": masked_name(step.debtor),
            "request": requests.get(step.item.case.pk),
            "url": _place(step),
        }
        for step in asked(list(page.object_list), request.at)
    ]
    return render(
        request,
        "queue/page.html",
        {"lines": lines, "counts": counts, "show": show, "page": page, "marked": True},
    )


def _place(step: Step) -> str:
    """Where at the desk the next step is done."""
    debtor = reverse("debtor", args=[step.item.case.pk])
    if step.advised is None:
        return debtor
    match step.advised.choice.place:
        case "thread" if step.item.thread:
            return reverse("thread", args=[step.item.thread])
        case "thread" | "threads":
            return f"{debtor}#threads"
        case "money":
            return f"{debtor}#money"
        case "dossier":
            return reverse("dossier", args=[step.item.case.pk])
    return debtor


@staff_only("see_threads")
def find(request: StaffRequest) -> HttpResponse:
    """A case by its own or its contract's number, among those this person may see."""
    words = request.GET.get("q", "").strip()[:80]
    found = find_matters(request.user, words)
    if len(found) == 1:
        return redirect("debtor", found[0].pk)
    return render(request, "queue/found.html", {"found": found, "find_q": words})
