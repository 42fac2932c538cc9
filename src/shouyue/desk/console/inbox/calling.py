"""Calls on the member's own telephone: the number to dial while they may, and what came of a call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.desk.console.inbox.calls import NOT_MADE, CallForm, UnaskedForm
from shouyue.desk.console.inbox.views import page_of
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import own_phone
from shouyue.desk.messages.reads import in_thread


def _row(request: StaffRequest, pk: UUID, contact: UUID) -> tuple[Any, Any]:
    thread = matters.thread_for(request.user, pk)
    found = next((one for one in in_thread(thread) if one.pk == contact), None)
    if found is None or thread.owner_id != request.user.pk:
        raise Http404
    return thread, found


@never_cache
@require_POST
@staff_only("contact")
def number(request: StaffRequest, pk: UUID, contact: UUID) -> HttpResponse:
    """The number to dial, in place, while the call is allowed; the look is sealed."""
    _thread, row = _row(request, pk, contact)
    try:
        shown = own_phone.number(contact=row.pk, by=request.user, at=request.at)
    except own_phone.UnableToReport as why:
        return render(request, "inbox/call_number.html", {"why": in_page_language(str(why))}, status=422)
    return render(request, "inbox/call_number.html", {"number": shown})


@require_POST
@staff_only("contact")
def report(request: StaffRequest, pk: UUID, contact: UUID) -> HttpResponse:
    """What came of a call that was let go; or that it was not made."""
    thread, row = _row(request, pk, contact)
    form = CallForm(request.POST, request.FILES, asked=True, auto_id=f"call-{row.pk}-%s")
    if request.POST.get("result") == NOT_MADE:
        try:
            own_phone.not_made(contact=row.pk, by=request.user, at=request.at)
            return redirect("thread", thread.pk)
        except (own_phone.UnableToReport, ImpossibleStep) as why:
            form.add_error(None, in_page_language(str(why)))
    elif form.is_valid():
        try:
            own_phone.report(contact=row.pk, told=form.told(), by=request.user, at=request.at)
            return redirect("thread", thread.pk)
        except own_phone.UnableToReport as why:
            form.add_error(None, in_page_language(str(why)))
    page = page_of(request, thread, call=(row.pk, form))
    return render(request, "inbox/thread.html", page, status=422)


@require_POST
@staff_only("contact")
def record(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A call that nobody had asked for: kept, judged and counted, whether or not it was allowed."""
    thread = matters.thread_for(request.user, pk)
    form = UnaskedForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            own_phone.record(
                id=form.cleaned_data["id"],
                thread=thread,
                theirs=form.cleaned_data["theirs"] == "yes",
                told=form.told(),
                by=request.user,
                at=request.at,
            )
            return redirect("thread", thread.pk)
        except own_phone.UnableToReport as why:
            form.add_error(None, in_page_language(str(why)))
    return render(request, "inbox/thread.html", page_of(request, thread, unasked=form), status=422)
