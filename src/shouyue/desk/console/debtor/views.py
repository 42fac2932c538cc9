"""One debtor's page, for whoever may see the matter; opening a thread and an invitation from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from shouyue.casework.plan import NoPlan, equal_parts
from shouyue.connectors.channel import ConnectorDown
from shouyue.desk.console.debtor.forms import CancelForm, LockForm, PlanForm, PromiseForm, ThreadForm
from shouyue.desk.console.frame import NotForYou, StaffRequest, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.suits.forms import TrackForm
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.friend_requests.reads import visible_to
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import UnableToOpen, open_thread, plans, promises
from shouyue.desk.messages.channels import NotConnected
from shouyue.desk.messages.own_phone import account_of
from shouyue.desk.messages.permission import permissions
from shouyue.desk.messages.reads import timeline
from shouyue.desk.parties import actions as party_verbs
from shouyue.desk.parties import reads as parties
from shouyue.desk.people.reads import certificate, may, names_of
from shouyue.desk.rulebook import reads as rulebook
from shouyue.desk.suits import reads as suits
from shouyue.terms import Channel, PartyRole, Purpose


def _people(staff: Any, loan: Any, at: datetime) -> list[dict[str, Any]]:
    """Everybody with a role, who owes first, masked; a guarantor with their clock, a company with who acts for it."""
    order = {role.value: n for n, role in enumerate(PartyRole)}
    rows = sorted(matters.shown_to(staff, loan), key=lambda row: order.get(row.role, 99))
    clock = {one.party.pk: one for one in suits.guarantor_clocks(loan, at)}
    return [
        {
            "row": row,
            "masked": parties.masked(row.party),
            "owes": PartyRole(row.role).owes,
            "clock": clock.get(row.party_id) if row.role == PartyRole.GUARANTOR else None,
            "company": parties.company(row.party) if row.party.kind == "company" else None,
        }
        for row in rows
    ]


def _timeline(matter: Any) -> list[dict[str, Any]]:
    """Contacts and changes of the matter in one line of time, newest first."""
    entries: list[dict[str, Any]] = [{"at": c.at, "contact": c} for c in timeline(matter, limit=60)]
    changes = list(matters.changes_of(matter)[:40])
    names = names_of(word for c in changes for word in (c.by, c.before, c.after) if word)
    entries += [
        {
            "at": c.at,
            "change": c,
            "by": names.get(c.by, c.by),
            "before": names.get(c.before, c.before),
            "after": names.get(c.after, c.after),
        }
        for c in changes
    ]
    return sorted(entries, key=lambda one: one["at"], reverse=True)[:60]


def _page(request: StaffRequest, pk: UUID, **forms: Any) -> dict[str, Any]:
    staff, at = request.user, request.at
    matter = matters.matter_for(staff, pk)
    people = _people(request.user, matter.loan, request.at)
    debtor = next((p["row"].party for p in people if p["row"].role == PartyRole.DEBTOR), None)
    return {
        "matter": matter,
        "may_see_evidence": may(request.user, "see_evidence"),
        "loan": matter.loan,
        "vehicle": getattr(matter.loan, "vehicle", None),
        "plate": parties.masked_value("plate", getattr(getattr(matter.loan, "vehicle", None), "plate", None)),
        "debtor": parties.masked(debtor) if debtor else None,
        "people": people,
        "debt": matters.debt(matter.loan, at),
        "payments": matters.payments(matter.loan)[:6],
        "permissions": permissions(matter=matter, party=debtor, staff=matter.owner or staff, at=at)
        if debtor
        else [],
        "stops": parties.stops(debtor, at) if debtor else [],
        "proofs": parties.proofs(debtor)[:3] if debtor else [],
        "consents": parties.consents(debtor, at) if debtor else [],
        "threads": matters.threads_of(matter),
        "requests": visible_to(staff, at).filter(matter=matter).order_by("-seen_at")[:5],
        "entries": _timeline(matter),
        "certificate": certificate(staff, "*", at),
        "may_unmask": may(staff, "unmask"),
        "may_erase": may(staff, "erase"),
        "may_hold": may(staff, "hold"),
        "may_contact": may(staff, "contact") and matter.owner_id == staff.pk,
        "promises": matters.promises_of(matter)[:6],
        "may_cancel": may(staff, "cancel_promises"),
        "rests": matters.running_plan(matter.loan) is not None,
        "plans": matters.plans_of(matter)[:3],
        "suits": suits.of_matter(matter),
        "may_see_suits": may(staff, "see_suits"),
        "track_form": TrackForm(auto_id="track-%s") if may(staff, "conduct_suits") else None,
        "thread_form": ThreadForm(people),
        "promise_form": PromiseForm(people),
        "plan_form": PlanForm(people),
        "section": "queue",
        "marked": True,
        **forms,
    }


@never_cache
@staff_only("see_threads")
def debtor(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Everything about one matter on one screen; somebody else's matter is not found, and the asking is logged."""
    return render(request, "debtor/page.html", _page(request, pk))


@require_POST
@staff_only("contact")
def new_thread(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Open a thread on this matter: one matter, one purpose, one channel (一事一聊)."""
    matter = matters.matter_for(request.user, pk)
    people = _people(request.user, matter.loan, request.at)
    form = ThreadForm(people, request.POST)
    if matter.owner_id != request.user.pk:
        form.add_error(None, _("Only the owner of the case opens threads in it."))
    if form.is_valid():
        chosen = form.cleaned_data
        party = next(p["row"].party for p in people if str(p["masked"].id) == chosen["party"])
        try:
            thread = open_thread(
                matter=matter,
                party=party,
                purpose=Purpose(chosen["purpose"]),
                channel=Channel(chosen["channel"]),
                account=_account(request, matter, chosen["channel"]),
                owner=request.user,
                by=request.user,
                at=request.at,
            )
            return redirect("thread", thread.pk)
        except UnableToOpen as why:
            form.add_error(None, in_page_language(str(why)))
    return render(request, "debtor/page.html", _page(request, pk, thread_form=form), status=422)


@require_POST
@staff_only("contact")
def promise(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take a promise down; a second one says why it takes the first one's place."""
    matter = matters.matter_for(request.user, pk)
    form = PromiseForm(_people(request.user, matter.loan, request.at), request.POST)
    if form.is_valid():
        said = dict(form.cleaned_data)
        try:
            promises.promise(
                matter=matter,
                party=matters.party_for(request.user, said.pop("party")),
                by=request.user,
                at=request.at,
                **said,
            )
            return redirect(f"{reverse('debtor', args=[matter.pk])}#money")
        except promises.UnableToPromise as why:
            form.add_error(None, in_page_language(str(why)))
    page = _page(request, pk, promise_form=form, money_form=form, money_what="promise")
    return render(request, "debtor/page.html", page, status=422)


@require_POST
@staff_only("cancel_promises")
def cancel_promise(request: StaffRequest, pk: UUID, promise: UUID) -> HttpResponse:
    """Take an open promise out of force, with the reason: a second person's, never of who took it down."""
    matter = matters.matter_for(request.user, pk)
    row = matters.promise_for(matter, promise)
    form = CancelForm(request.POST, auto_id=f"cancel-{row.pk}-%s")
    if form.is_valid():
        try:
            promises.cancel_promise(
                promise=row.pk, reason=form.cleaned_data["reason"], by=request.user, at=request.at
            )
            return redirect(f"{reverse('debtor', args=[matter.pk])}#money")
        except promises.UnableToPromise as why:
            form.add_error(None, in_page_language(str(why)))
    page = _page(request, pk, cancel_form=form, cancelled=row.pk)
    return render(request, "debtor/page.html", page, status=422)


@require_POST
@staff_only("contact")
def plan(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Propose equal instalments over everything that is overdue; a supervisor decides."""
    matter = matters.matter_for(request.user, pk)
    form = PlanForm(_people(request.user, matter.loan, request.at), request.POST)
    if form.is_valid():
        said = form.cleaned_data
        owed = matters.debt(matter.loan, request.at)
        try:
            plans.propose_plan(
                id=said["id"],
                matter=matter,
                party=matters.party_for(request.user, said["party"]),
                parts=equal_parts(owed.total, said["count"], said["first_on"]) if owed else [],
                why=said["why"],
                longest=rulebook.longest_plan(request.at),
                follows=matters.last_plan(matter),
                by=request.user,
                at=request.at,
            )
            return redirect(f"{reverse('debtor', args=[matter.pk])}#money")
        except (plans.UnableToPlan, NoPlan, rulebook.NoRulesInForce) as why:
            form.add_error(None, in_page_language(str(why)))
    page = _page(request, pk, plan_form=form, money_form=form, money_what="plan")
    return render(request, "debtor/page.html", page, status=422)


def _account(request: StaffRequest, matter: Any, channel: str) -> str:
    """Our side of the thread: the member for WeCom, their own telephone for calls, the lender's name for the rest."""
    if channel == Channel.PHONE:
        return account_of(request.user)
    return request.user.wecom_userid or "" if channel == Channel.WECOM else matter.loan.client


@require_POST
@staff_only("contact")
def lock(request: StaffRequest, pk: UUID, point: int) -> HttpResponse:
    """A number that is not this person's, or dead: never used again, and kept to show why."""
    matter = matters.matter_for(request.user, pk)
    mine = {one.pk: one for link in matters.people_of(matter.loan) for one in parties.points(link.party)}
    if point not in mine:
        raise NotForYou(f"number {point} of matter {pk}")
    form = LockForm(request.POST)
    if form.is_valid():
        party_verbs.lock_point(
            point=mine[point], why=form.cleaned_data["why"], by=request.user, at=request.at
        )
        messages.success(request, _("Locked and sealed: this number is never used again."))
    else:
        messages.error(request, _("Say in at least four characters what is wrong with the number."))
    return redirect("debtor", matter.pk)


@require_POST
@staff_only("report_friend_request")
def invite(request: StaffRequest, pk: UUID, party: UUID) -> HttpResponse:
    """A link of this case and person's own, by which they can add the company's account; the word alone without a corp."""
    matter = matters.matter_for(request.user, pk)
    person = matters.party_for(request.user, party)
    about: dict[str, Any] = {"matter": matter, "party": person, "by": request.user, "at": request.at}
    try:
        link = friend_requests.make_link(**about)
        messages.success(
            request,
            _(
                "Add-me link of this case: %(link)s. Give it to this person only. It is shown only now and expires in three days."
            )
            % {"link": link},
        )
    except NotConnected:
        word = friend_requests.invite(**about)
        messages.success(
            request,
            _(
                "One-time word %(word)s: put it into the state of the add-me link. It is shown only now and expires in three days."
            )
            % {"word": word},
        )
    except ConnectorDown as why:
        messages.error(
            request, _("WeCom did not make the link: %(why)s. Try again in a minute.") % {"why": why}
        )
    except friend_requests.UnableToContinue as why:
        messages.error(request, in_page_language(str(why)))
    return redirect("debtor", matter.pk)
