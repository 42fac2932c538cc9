"""The evidence of a thread or a matter: how far each entry has come, who the account belongs to, and handing it out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from shouyue.connectors.signing import UnableToSign
from shouyue.desk.console.frame import NotForYou, StaffRequest, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.ledger import reads as ledger
from shouyue.desk.ledger.actions import take_package
from shouyue.desk.ledger.export import UnableToExport
from shouyue.desk.ledger.reads import State, panel
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import matter_stream, stream_of
from shouyue.desk.messages import media
from shouyue.desk.messages.evidence import PURPOSE, hand_out
from shouyue.desk.messages.reads import message_for
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.actions import unbind_account
from shouyue.desk.people.reads import may
from shouyue.desk.vault.originals import NoSuchOriginal

MAY_BE_WITHHELD = (
    ("sender", gettext_lazy("senders' numbers and accounts")),
    ("raw", gettext_lazy("raw bytes of the channel")),
    ("facts", gettext_lazy("facts that the gate judged")),
    ("findings", gettext_lazy("findings of screening")),
)


class HandOutForm(forms.Form):
    """Why, what it is to prove, and what stays back beside the parts about third persons."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is handed out"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    purpose = forms.CharField(
        label=gettext_lazy("What it is to prove"), min_length=4, max_length=300, initial=PURPOSE
    )
    withhold = forms.MultipleChoiceField(
        label=gettext_lazy("Withhold as well"),
        required=False,
        choices=MAY_BE_WITHHELD,
        widget=forms.CheckboxSelectMultiple,
    )


def _steps(held: Any) -> list[dict[str, Any]]:
    return [{"state": state, "count": held.reached[state] if held else 0} for state in State]


def _counts() -> list[dict[str, Any]]:
    """What providers counted last, each with whether it agrees with what we kept."""
    return [{**one.outside, "agrees": one.kind == "audit/counted"} for one in ledger.counted_lately(4)]


def _handing_out(request: StaffRequest, about: str, form: HandOutForm | None = None) -> dict[str, Any]:
    allowed = may(request.user, "export_evidence")
    return {
        "alarm": ledger.alarm_of_log(),
        "may_hand_out": allowed,
        "packages": ledger.handed_out(about) if allowed else [],
        "form": form or HandOutForm(),
    }


class UnbindForm(forms.Form):
    """Why an account is not this person's, or no longer."""

    why = forms.CharField(
        label=gettext_lazy("Why it is not theirs"),
        min_length=4,
        max_length=300,
        help_text=gettext_lazy("It is sealed and goes into the evidence package beside the binding."),
    )


def _thread_page(
    request: StaffRequest,
    thread: Any,
    form: HandOutForm | None = None,
    unbinding: dict[str, Any] | None = None,
) -> HttpResponse:
    held = panel(stream_of(thread))
    found = {
        "thread": thread,
        "name": parties.masked_name(thread.party),
        "panel": held,
        "steps": _steps(held),
        "accounts": [
            {"row": row, "id": parties.masked_value("wechat_id", row.external_id)}
            for row in parties.accounts(thread.party)
        ],
        "proofs": parties.proofs(thread.party),
        "unbind_form": UnbindForm(auto_id="unbind-%s") if may(request.user, "unbind_accounts") else None,
        **(unbinding or {}),
        "counts": _counts(),
        "section": "inbox",
        "marked": True,
        **_handing_out(request, stream_of(thread), form),
    }
    return render(request, "evidence/page.html", found, status=422 if form or unbinding else 200)


def _matter_page(request: StaffRequest, matter: Any, form: HandOutForm | None = None) -> HttpResponse:
    threads = [
        {"thread": one, "name": parties.masked_name(one.party), "panel": panel(stream_of(one), most=1)}
        for one in matters.threads_of(matter)
    ]
    found = {
        "matter": matter,
        "panel": panel(matter_stream(matter)),
        "threads": threads,
        "section": "inbox",
        "marked": True,
        **_handing_out(request, matter_stream(matter), form),
    }
    return render(request, "evidence/matter.html", found, status=422 if form else 200)


@never_cache
@require_GET
@staff_only("see_evidence")
def evidence(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Every entry of the thread in the log, newest first, and how far each has come."""
    return _thread_page(request, matters.thread_for(request.user, pk))


@never_cache
@require_GET
@staff_only("see_evidence")
def matter_evidence(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The matter's own history in the log and all its threads: what a package of the matter holds."""
    return _matter_page(request, matters.matter_for(request.user, pk))


@require_POST
@staff_only("unbind_accounts")
def unbind(request: StaffRequest, pk: UUID, account: int) -> HttpResponse:
    """An account that is not this person's, or no longer: what comes from it comes from nobody known."""
    thread = matters.thread_for(request.user, pk)
    if not parties.accounts(thread.party).filter(pk=account).exists():
        raise NotForYou(f"account {account} of thread {pk}")
    form = UnbindForm(request.POST, auto_id="unbind-%s")
    if not form.is_valid():
        return _thread_page(request, thread, unbinding={"unbind_form": form, "unbinds": account})
    unbind_account(account=account, why=form.cleaned_data["why"], by=request.user, at=request.at)
    messages.success(request, _("Unbound and sealed: what comes from this account comes from nobody known."))
    return redirect("evidence", thread.pk)


@require_POST
@staff_only("export_evidence")
def hand_out_thread(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Make the package of a thread; the page then offers it."""
    thread = matters.thread_for(request.user, pk)
    form = HandOutForm(request.POST)
    return redirect("evidence", pk) if _made(request, form, thread) else _thread_page(request, thread, form)


@require_POST
@staff_only("export_evidence")
def hand_out_matter(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Make the package of a matter; the page then offers it."""
    matter = matters.matter_for(request.user, pk)
    form = HandOutForm(request.POST)
    if _made(request, form, matter):
        return redirect("matter_evidence", pk)
    return _matter_page(request, matter, form)


def _made(request: StaffRequest, form: HandOutForm, about: Any) -> bool:
    if not form.is_valid():
        return False
    try:
        hand_out(
            about=about,
            reason=form.cleaned_data["reason"],
            purpose=form.cleaned_data["purpose"],
            withhold=form.cleaned_data["withhold"],
            tool="shouyue console",
            by=request.user,
            at=request.at,
        )
    except (UnableToExport, UnableToSign, ledger.CustodyBroken) as why:
        form.add_error(None, in_page_language(str(why)))
        return False
    messages.success(request, _("The package is made and recorded in the log. Take it away within a day."))
    return True


@never_cache
@require_POST
@staff_only("export_evidence")
def take_away(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The file of a package, while it is kept."""
    row = ledger.package(pk)
    if row is None:
        raise Http404
    try:
        row, body = take_package(package=pk, by=request.user, at=request.at)
    except NoSuchOriginal:
        raise Http404 from None
    answer = HttpResponse(body, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="evidence-{row.at:%Y%m%d}-{row.digest[:12]}.zip"'
    return answer


@never_cache
@require_POST
@staff_only("see_threads")
def original(request: StaffRequest, contact: UUID, place: int) -> HttpResponse:
    """A file that came with a message, byte for byte; the look is sealed. Saved, never shown inside the desk."""
    row = message_for(request.user, contact)
    try:
        name, body = media.open_original(
            contact=row.pk, place=place, reason=_("opened in the console"), by=request.user, at=request.at
        )
    except NoSuchOriginal:
        raise Http404 from None
    answer = HttpResponse(body, content_type="application/octet-stream")
    answer["Content-Disposition"] = "attachment; filename=\"original\"; filename*=UTF-8''" + quote(name)
    answer["Content-Security-Policy"] = "sandbox"
    return answer


class TranscriptForm(forms.Form):
    """What a voice message says."""

    words = forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 2}))


@require_POST
@staff_only("transcribe")
def transcript(request: StaffRequest, contact: UUID, place: int) -> HttpResponse:
    """Keep what a voice message says, as somebody heard it."""
    row = message_for(request.user, contact)
    form = TranscriptForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write down what is said."))
    else:
        try:
            media.transcribe(
                contact=row.pk, place=place, words=form.cleaned_data["words"], by=request.user, at=request.at
            )
        except media.UnableToTranscribe as why:
            messages.error(request, in_page_language(str(why)))
    if row.thread_id is None:
        raise Http404
    return redirect("thread", row.thread_id)
