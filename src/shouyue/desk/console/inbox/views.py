"""Threads, and writing in one. Typing asks the gate and keeps nothing; sending goes the outbound road."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from shouyue.casework.contact import Contact as State
from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.desk.console.inbox.calls import CallForm, UnaskedForm, calls_of
from shouyue.desk.console.inbox.marked import pieces
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.tags import purpose as purpose_word
from shouyue.desk.console.tags import tactic_word
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import inbound, outbound, own_phone
from shouyue.desk.messages.channels import NotConnected
from shouyue.desk.messages.patterns import Pattern, shown_by, waits_for_care
from shouyue.desk.messages.queue import threads_of_staff
from shouyue.desk.messages.reads import cool_down, count_unmatched, in_thread, masked_text, preview
from shouyue.desk.messages.reads import unmatched as messages_unmatched
from shouyue.desk.messages.wordings import wordings
from shouyue.desk.parties.reads import masked_name, masked_value, no_longer_bound
from shouyue.desk.people.reads import certificate, leads, may, may_take_over
from shouyue.desk.review.reads import block_appeals_of, edits_of
from shouyue.desk.training.reads import course_for
from shouyue.policy.decision import Effect
from shouyue.terms import Channel, Purpose

LONGEST = 2000
TAKEN_BACK = {State.SCHEDULED, State.AWAITING_APPROVAL}


class MessageForm(forms.Form):
    """What is to be said. `id` is made where the click is: the same id twice is one message."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    script = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=LONGEST,
        error_messages={
            "required": gettext_lazy("The message is empty. Write something or choose an approved wording."),
            "max_length": gettext_lazy(
                "A message has at most %(limit_value)d characters; this one has %(show_value)d."
            ),
        },
    )
    acknowledged = forms.BooleanField(required=False, label=gettext_lazy("I have read the warning"))
    send_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)


@never_cache
@staff_only("see_threads")
def inbox(request: StaffRequest) -> HttpResponse:
    """The threads this person may see: those that wait for an answer first."""
    rows = threads_of_staff(request.user)
    lines = [{"thread": row, "name": masked_name(row.party), "waits": row.last == "inbound"} for row in rows]  # type: ignore[attr-defined]
    return render(request, "inbox/page.html", {"lines": lines, **_unmatched_count(request), "marked": True})


def _unmatched_count(request: StaffRequest) -> dict[str, Any]:
    sees = may(request.user, "place_messages")
    return {"sees_unmatched": sees, "unmatched_count": count_unmatched() if sees else 0}


@never_cache
@require_GET
@staff_only("place_messages")
def unmatched(request: StaffRequest) -> HttpResponse:
    """What arrived and belongs nowhere yet: words masked, until a person says whose it is."""
    asked, number = request.GET.get("contact", ""), request.GET.get("case", "").strip()
    lines = []
    for contact in messages_unmatched():
        line: dict[str, Any] = {
            "contact": contact,
            "name": masked_name(contact.party),
            "sender": masked_value("wechat_id", contact.sender),
            "text": masked_text(contact),
            "distress": waits_for_care(contact),
        }
        if number and str(contact.pk) == asked:
            case = next((one for one in matters.find(request.user, number) if one.number == number), None)
            line |= {
                "looked_up": number,
                "case": case,
                "people": [
                    {"party": link.party, "name": masked_name(link.party), "role": link.role}
                    for link in (matters.people_of(case.loan) if case else ())
                ],
            }
        lines.append(line)
    lines.sort(key=lambda line: not line["distress"])
    context = {"lines": lines, **_unmatched_count(request), "section": "inbox", "marked": True}
    return render(request, "inbox/unmatched.html", context)


@require_POST
@staff_only("place_messages")
def place(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Say whose message this is; it goes to that person's thread, and what must follow its words follows."""
    try:
        case = matters.matter_for(request.user, UUID(request.POST.get("case", "")))
        party = matters.party_for(request.user, UUID(request.POST.get("party", "")))
        found = next((one for one in messages_unmatched() if one.pk == pk), None)
        if found is None:
            raise inbound.UnableToPlace("this message has its place already; look it up in its thread")
        placed = inbound.place(contact=pk, matter=case, party=party, by=request.user, at=request.at)
    except ValueError:
        messages.error(request, _("Look the case up by its number and choose the person there."))
    except inbound.UnableToPlace as why:
        messages.error(request, in_page_language(str(why)))
    else:
        return redirect("thread", placed.thread_id)
    return redirect("unmatched")


def _wordings(thread: Any, at: datetime) -> list[dict[str, Any]]:
    """The approved wordings for this thread, filled with what the desk knows; those it cannot fill are left out."""
    tongue = "en" if get_language() == "en" else "zh"
    return [
        {
            "id": one["id"],
            "title": one.get(f"title_{tongue}") or one["id"],
            "text": one["filled"],
            "use": one.get("use"),
        }
        for one in wordings(thread, at)
    ]


def _advice(
    thread: Any,
    text: str,
    script: str,
    request: StaffRequest,
    wordings: Callable[[], list[dict[str, Any]]],
) -> dict[str, Any]:
    """What the gate says to these words now, for the panel under the box. `wordings` are asked for where one may help."""
    if not text.strip() or len(text) > LONGEST:
        return {"text": text, "pieces": [], "advice": None}
    said = preview(thread=thread, text=text, by=thread.owner, at=request.at, script=script)
    decision = said.decision
    says = list(dict.fromkeys(found.say for found in said.screened.findings if found.say))
    blocked = decision.effect == Effect.BLOCK
    by_id = {one["id"]: one for one in (wordings() if says or blocked else ())}
    instead = [by_id[name] for name in says if name in by_id]
    return {
        "text": text,
        "pieces": pieces(text, said.screened.findings),
        "labels": sorted({f.label for f in said.screened.findings if f.label}),
        "advice": decision,
        "warns": decision.effect == Effect.WARN,
        "blocked": blocked,
        "later": decision.next_lawful
        if decision.next_lawful and decision.next_lawful > decision.at
        else None,
        "instead": instead or (list(by_id.values())[:3] if blocked else []),
    }


# a pattern's sign, its tone, and the approved wording that keeps the boundary
TACTICS = {
    "distress": ("heart-handshake", "stop", "crisis"),
    "flooding": ("messages", "warn", "flooding"),
    "putting_off": ("hourglass", "warn", "stalling"),
    "escalation": ("trending-up", "stop", "provocation"),
    "provocation": ("flame", "warn", "provocation"),
    "drift": ("arrows-split", "warn", "off_matter"),
}
SHOWN = 6  # messages of a pattern that are linked; the last ones


def _shown(found: list[Pattern], wordings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the thread shows, each with its counter in words, its messages, and what to answer."""
    by_id = {one["id"]: one for one in wordings}
    lines = []
    for one in found:
        sign, tone, wording = TACTICS[one.tactic]
        lines.append(
            {
                "pattern": one,
                "word": tactic_word(one.tactic),
                "says": one.en if get_language() == "en" else one.zh,
                "icon": sign,
                "tone": tone,
                "shown": one.places[-SHOWN:],
                "more": max(0, len(one.places) - SHOWN),
                "wording": by_id.get(wording),
            }
        )
    return lines


class HandOverForm(forms.Form):
    """Who takes the case over, and why."""

    to = forms.ChoiceField(label=gettext_lazy("To"))
    reason = forms.CharField(label=gettext_lazy("Reason"), min_length=4, max_length=300)

    def __init__(self, owner: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.staff_no: one for one in may_take_over(owner)}
        self.fields["to"].choices = [(no, f"{one} {no}") for no, one in self.people.items()]  # type: ignore[attr-defined]


# the wording that keeps the boundary, by what the other side said
BOUNDARY = ("provocation", "inducement", "unreasonable", "flooding")


def _cooling(request: StaffRequest, thread: Any, approved: list[dict[str, Any]]) -> dict[str, Any]:
    """After a provocation: until when one's own words are read by a second person, what may go at once, who may take over."""
    found = cool_down(thread, thread.owner, request.at) if thread.state == "open" else None
    may_hand = request.user.pk == thread.owner_id or leads(request.user, thread.owner)
    if found is None or not may_hand:
        return {"cooling": None}
    return {
        "cooling": found,
        "boundaries": [one for one in approved if one["id"] in BOUNDARY],
        "hand_over": HandOverForm(thread.owner),
    }


@require_POST
@staff_only("contact")
def hand_over(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Give the case to somebody else of the team."""
    row = matters.thread_for(request.user, pk)
    form = HandOverForm(row.owner, request.POST)
    if form.is_valid():
        try:
            matter_verbs.hand_over(
                matter=row.matter,
                to=form.people[form.cleaned_data["to"]],
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.at,
            )
            messages.success(request, _("Handed over. It stands in their queue."))
            return redirect("queue")
        except matter_verbs.UnableToHandOver as why:
            messages.error(request, in_page_language(str(why)))
    else:
        messages.error(request, _("Choose who takes over and write why in at least 4 characters."))
    return redirect("thread", row.pk)


def page_of(
    request: StaffRequest,
    thread: Any,
    form: MessageForm | None = None,
    refused: Any = None,
    take_up: forms.Form | None = None,
    call: tuple[UUID, CallForm] | None = None,
    unasked: UnaskedForm | None = None,
) -> dict[str, Any]:
    approved = _wordings(thread, request.at) if thread.state == "open" else []
    form = form or MessageForm(initial={"id": uuid4()})
    text = str(form["text"].value() or "")
    role = matters.role_in(thread.matter.loan, thread.party)
    contacts = list(in_thread(thread))
    numbered = sorted((one for one in contacts if one.number), key=lambda one: one.number or 0)
    held = certificate(request.user, thread.channel, request.at)
    return {
        "thread": thread,
        "name": masked_name(thread.party),
        "role": role,
        "owes": role.owes,
        "contacts": contacts,
        "edits": edits_of([one for one in contacts if one.state == State.RETURNED]),
        "patterns": _shown(shown_by(numbered), approved),
        "distressed": [one.pk for one in contacts if waits_for_care(one)],
        "may_look_after": may(request.user, "contact"),
        "block_appeals": block_appeals_of([one for one in contacts if one.state == State.BLOCKED]),
        "debt": matters.debt(thread.matter.loan, request.at),
        "form": form,
        "refused": refused,
        "wordings": approved,
        **_cooling(request, thread, approved),
        "may_write": thread.owner_id == request.user.pk
        and may(request.user, "contact")
        and thread.state == "open",
        "unbound": thread.channel in {Channel.WECOM, Channel.KF}
        and no_longer_bound(thread.party, thread.channel),
        "may_take_up": thread.owner_id == request.user.pk and thread.state == "proposed",
        "take_up_form": take_up or PurposeForm(initial={"purpose": thread.purpose}),
        "may_see_evidence": may(request.user, "see_evidence"),
        "certificate": held,
        "opens": None if held.valid else course_for(thread.channel, request.at),
        "may_transcribe": may(request.user, "transcribe"),
        "taken_back": TAKEN_BACK,
        "section": "inbox",
        "marked": True,
        **calls_of(thread, contacts, request.user, request.at, call, unasked),
        **_advice(thread, text, str(form["script"].value() or ""), request, lambda: approved),
    }


@never_cache
@require_GET
@staff_only("see_threads")
def thread(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The conversation, and the compose box for its owner."""
    return render(request, "inbox/thread.html", page_of(request, matters.thread_for(request.user, pk)))


@require_POST
@staff_only("contact")
def advise(request: StaffRequest, pk: UUID) -> HttpResponse:
    """At each pause in typing: underlines, rules, next lawful moment. Nothing is written."""
    row = matters.thread_for(request.user, pk)
    text, script = request.POST.get("text", ""), request.POST.get("script", "")
    context = {"thread": row, "form": MessageForm(initial={"id": request.POST.get("id", "")})}
    return render(
        request,
        "inbox/advice.html",
        {**context, **_advice(row, text, script, request, lambda: _wordings(row, request.at)), "swap": True},
    )


@require_POST
@staff_only("contact")
def send(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Propose the message: it leaves, waits for its moment or for approval, or is stopped with its reasons."""
    row = matters.thread_for(request.user, pk)
    form = MessageForm(request.POST)
    refused = None
    if form.is_valid():
        asked = form.cleaned_data
        try:
            words = {name: asked[name] for name in ("id", "text", "script", "acknowledged")}
            if own_phone.is_own_phone(row.account):  # nobody can be called later by being asked for now
                contact = own_phone.ask(thread=row, **words, by=request.user, at=request.at)
            else:
                contact = outbound.propose(
                    thread=row, send_at=asked["send_at"], **words, by=request.user, at=request.at
                )
        except outbound.NotAcknowledged:
            form.add_error("acknowledged", _("The gate warns. Read the warning and tick that you did."))
        except (outbound.UnableToPropose, NotConnected) as why:
            form.add_error(None, in_page_language(str(why)))
        else:
            if contact.state != State.BLOCKED:
                return redirect("thread", row.pk)
            refused = contact
            # the words stay in the box; another attempt is another message
            form = MessageForm(initial={"id": uuid4(), "text": asked["text"], "script": asked["script"]})
    return render(request, "inbox/thread.html", page_of(request, row, form, refused), status=422)


@require_POST
@staff_only("contact")
def look_after(request: StaffRequest, pk: UUID, contact: UUID) -> HttpResponse:
    """Somebody looked at a message that speaks of distress: the owner, or whoever may see the thread and contact people."""
    row = matters.thread_for(request.user, pk)
    if not any(one.pk == contact for one in in_thread(row)):
        raise Http404
    try:
        inbound.look_after(
            contact=contact, what=request.POST.get("what", "")[:300], by=request.user, at=request.at
        )
    except inbound.UnableToLookAfter as why:
        messages.error(request, in_page_language(str(why)))
    return redirect("thread", row.pk)


class CancelForm(forms.Form):
    why = forms.CharField(min_length=4, max_length=200)


@require_POST
@staff_only("contact")
def cancel(request: StaffRequest, pk: UUID, contact: UUID) -> HttpResponse:
    """Take back what has not left, with a reason."""
    row = matters.thread_for(request.user, pk)
    found = next((c for c in in_thread(row) if c.pk == contact), None)
    if found is None or row.owner_id != request.user.pk:
        raise Http404
    form = CancelForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write in at least 4 characters why you take it back."))
    else:
        try:
            outbound.cancel(contact=contact, why=form.cleaned_data["why"], by=request.user, at=request.at)
        except outbound.UnableToPropose as why:
            messages.error(request, in_page_language(str(why)))
    return redirect("thread", row.pk)


class PurposeForm(forms.Form):
    """What a thread that is taken up is for: one purpose."""

    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = [(one.value, purpose_word(one.value)) for one in Purpose]  # type: ignore[attr-defined]


@require_POST
@staff_only("contact")
def take_up(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Open a thread that only waited: somebody wrote where none was open."""
    row = matters.thread_for(request.user, pk)
    form = PurposeForm(request.POST)
    if form.is_valid():
        try:
            matter_verbs.take_up(
                thread=row, purpose=Purpose(form.cleaned_data["purpose"]), by=request.user, at=request.at
            )
            return redirect("thread", row.pk)
        except matter_verbs.UnableToOpen as why:
            form.add_error(None, in_page_language(str(why)))
    return render(request, "inbox/thread.html", page_of(request, row, take_up=form), status=422)


class OutcomeForm(forms.Form):
    outcome = forms.CharField(min_length=4, max_length=500)


@require_POST
@staff_only("contact")
def close(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Close the thread with an outcome. It is never opened again; another purpose is another thread."""
    row = matters.thread_for(request.user, pk)
    form = OutcomeForm(request.POST)
    if row.owner_id != request.user.pk:
        raise Http404
    if form.is_valid():
        matter_verbs.close_thread(
            thread=row, outcome=form.cleaned_data["outcome"], by=request.user, at=request.at
        )
    else:
        messages.error(request, _("Write in at least 4 characters with which outcome the thread is closed."))
    return redirect("thread", row.pk)
