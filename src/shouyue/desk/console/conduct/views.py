"""The conduct of the people of one case: counters, events with their evidence, what was contested and what came of it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from shouyue.desk.conduct import actions, reads
from shouyue.desk.console.frame import NotForYou, StaffRequest, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.matters import reads as matters
from shouyue.desk.parties.reads import masked_name
from shouyue.desk.people.reads import may

LATELY = timedelta(days=90)


@never_cache
@require_GET
@staff_only("see_threads")
def of_case(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Whoever owes on this case: what they did over the last 90 days, counted over all their threads, and each event."""
    matter = matters.matter_for(request.user, pk)
    people = []
    for link in matters.people_of(matter.loan):
        events = reads.timeline(party=link.party_id, since=request.at - LATELY)
        if not events and not matters.role_in(matter.loan, link.party).owes:
            continue
        counts = Counter(one.kind for one in events if one.counts)
        people.append(
            {
                "name": masked_name(link.party),
                "role": link.role,
                "events": events,
                "counts": counts.most_common(),
            }
        )
    context = {
        "matter": matter,
        "people": people,
        "threads": {str(one.pk) for one in matters.threads_of(matter)},
        "may_see_evidence": may(request.user, "see_evidence"),
        "may_contest": may(request.user, "contact"),
        "may_answer": may(request.user, "answer_appeals"),
        "section": "queue",
        "marked": True,
    }
    return render(request, "conduct/page.html", context)


class WordsForm(forms.Form):
    """Words that are kept and sealed."""

    words = forms.CharField(min_length=4, max_length=500)


def _event(request: StaffRequest, pk: UUID, event: UUID) -> Any:
    matter = matters.matter_for(request.user, pk)
    try:
        row = reads.get(event)
    except ObjectDoesNotExist as nothing:
        raise NotForYou(f"conduct {event}") from nothing
    if row.party_id not in {link.party_id for link in matters.people_of(matter.loan)}:
        raise NotForYou(f"conduct {event}")
    return row


@require_POST
@staff_only("contact")
def contest(request: StaffRequest, pk: UUID, event: UUID) -> HttpResponse:
    """The person said that it was not so: their words are taken down, and it counts for nothing until it is answered."""
    row = _event(request, pk, event)
    return _do(
        request, pk, lambda words: actions.contest(event=row, why=words, by=request.user, at=request.at)
    )


@require_POST
@staff_only("answer_appeals")
def answer(request: StaffRequest, pk: UUID, event: UUID) -> HttpResponse:
    """An officer says whether the record stands, with a reason that the person may read."""
    row, stands = _event(request, pk, event), request.POST.get("stands") == "yes"
    return _do(
        request,
        pk,
        lambda words: actions.answer(event=row, stands=stands, reason=words, by=request.user, at=request.at),
    )


@require_POST
@staff_only("learn")
def contest_own(request: StaffRequest, event: UUID) -> HttpResponse:
    """A member says of their own record that it was not so."""
    row = reads.of_staff(event, request.user.staff_no)
    if row is None:
        raise NotForYou(f"conduct {event}")
    _try(request, lambda words: actions.contest(event=row, why=words, by=request.user, at=request.at))
    return redirect("my_findings")


@require_POST
@staff_only("answer_appeals")
def answer_contested(request: StaffRequest, event: UUID) -> HttpResponse:
    """An officer answers whatever is contested, of a borrower or of a member of staff, from the one list of it."""
    row = next((one for one in reads.contested() if one.pk == event), None)
    if row is None:
        raise NotForYou(f"conduct {event}")
    stands = request.POST.get("stands") == "yes"
    _try(
        request,
        lambda words: actions.answer(event=row, stands=stands, reason=words, by=request.user, at=request.at),
    )
    return redirect("review_after")


def _do(request: StaffRequest, pk: UUID, verb: Any) -> HttpResponse:
    _try(request, verb)
    return redirect("case_conduct", pk)


def _try(request: StaffRequest, verb: Any) -> None:
    form = WordsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the reason in at least 4 characters."))
    else:
        try:
            verb(form.cleaned_data["words"])
        except actions.UnableToContest as why:
            messages.error(request, in_page_language(str(why)))
