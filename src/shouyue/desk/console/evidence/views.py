"""The evidence panel of a thread."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.desk.ledger.reads import State, panel
from shouyue.desk.matters.actions import stream_of
from shouyue.desk.matters.reads import thread_for
from shouyue.desk.parties.reads import masked_name


@never_cache
@staff_only("see_evidence")
def evidence(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Every entry of the thread in the log, newest first, and how far each has come."""
    thread = thread_for(request.user, pk)
    held = panel(stream_of(thread))
    steps = [{"state": state, "count": held.reached[state] if held else 0} for state in State]
    return render(
        request,
        "evidence/page.html",
        {
            "thread": thread,
            "name": masked_name(thread.party),
            "panel": held,
            "steps": steps,
            "section": "inbox",
            "marked": True,
        },
    )
