"""The board of friend requests, the decision sheet, and the report of a request that came to a member of staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shouyue.casework.friend_request import MACHINE
from shouyue.casework.friend_request import FriendRequest as State
from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.approvals.actions import UnableToDecide
from shouyue.desk.console.approvals.views import DecisionForm
from shouyue.desk.console.frame import NotForYou, StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.friend_requests import actions, reads
from shouyue.desk.matters import reads as matters
from shouyue.desk.parties import reads as parties
from shouyue.desk.people.reads import may
from shouyue.desk.vault import originals
from shouyue.terms import Channel, PartyRole

ROAD = (
    State.SEEN,
    State.IDENTITY_PENDING,
    State.IDENTITY_PROVED,
    State.APPROVAL_PENDING,
    State.APPROVED,
    State.ACCEPTED_BY_MEMBER,
    State.RECONCILED,
)
BEFORE_ASKED = {State.SEEN, State.IDENTITY_PENDING, State.IDENTITY_FAILED, State.IDENTITY_PROVED}
LARGEST = 8 * 1024 * 1024
IMAGES = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}


def _line(row: Any) -> dict[str, Any]:
    """One line of the board: whose move it is, and what the sheet recommends so far."""
    return {
        "row": row,
        "name": parties.masked_name(row.party) or parties.masked_value("person_name", row.claimed_name),
        "owner": MACHINE.owner[State(row.state)],
        "recommendation": row.sheet.get("recommendation", ""),
    }


@never_cache
@staff_only("see_friend_requests")
def board(request: StaffRequest) -> HttpResponse:
    """Everything that still needs somebody, by whose move it is; `show=ended` the rest."""
    if request.GET.get("show") == "incidents":
        return _incidents(request)
    ended = request.GET.get("show") == "ended"
    rows: Iterable[Any] = (
        reads.done(request.user, request.at) if ended else reads.waiting(request.user, request.at)
    )
    lines = [_line(row) for row in rows]
    columns = [
        {"owner": owner, "lines": [line for line in lines if line["owner"] in owners]}
        for owner, owners in (
            ("supervisor", {"supervisor"}),
            ("collector", {"collector"}),
            ("borrower", {"borrower"}),
            ("system", {"system", "nobody"}),
        )
    ]
    return render(
        request,
        "friend_requests/board.html",
        {
            "lines": lines,
            "columns": columns,
            "ended": ended,
            "may_report": may(request.user, "report_friend_request"),
            **_open_incidents(request),
            "marked": True,
        },
    )


def _open_incidents(request: StaffRequest) -> dict[str, Any]:
    seen = may(request.user, "hold")
    return {
        "sees_incidents": seen,
        "incidents_open": reads.open_incidents(request.user, request.at) if seen else 0,
    }


def _incidents(
    request: StaffRequest, form: forms.Form | None = None, about: UUID | None = None
) -> HttpResponse:
    """What should not have happened and waits for a person: friends nobody approved, links nobody gave."""
    if not may(request.user, "hold"):
        raise NotForYou("incidents")
    lines = [
        {
            "row": row,
            "name": parties.masked_name(row.party),
            "mine": row.staff_id == request.user.pk,
            "form": form if row.pk == about else None,
        }
        for row in reads.incidents(request.user, request.at)
    ]
    context = {"lines": lines, "section": "friend_requests", **_open_incidents(request), "marked": True}
    return render(request, "friend_requests/incidents.html", context, status=422 if form else 200)


class SettleForm(forms.Form):
    """What was done about an incident."""

    why = forms.CharField(label=gettext_lazy("What was done about it"), min_length=4, max_length=500)


@require_POST
@staff_only("hold")
def settle(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Say what was done about an incident; another person than the one it concerns."""
    row = reads.incident_for(request.user, pk, request.at)
    form = SettleForm(request.POST)
    if form.is_valid():
        try:
            actions.settle_incident(
                incident=row.pk, why=form.cleaned_data["why"], by=request.user, at=request.at
            )
            return redirect(f"{reverse('friend_requests')}?show=incidents")
        except actions.UnableToContinue as why:
            form.add_error(None, in_page_language(str(why)))
    return _incidents(request, form, row.pk)


class ReasonForm(forms.Form):
    """Why a request is refused before anybody was asked."""

    reason = forms.CharField(label=gettext_lazy("Reason"), min_length=4, max_length=500)


def _page(request: StaffRequest, row: Any, form: DecisionForm | None = None) -> dict[str, Any]:
    asked = approvals.about("friend_request", row.pk)
    answer = approvals.may_decide(asked, request.user, request.at) if asked else None
    now = State(row.state)
    mine = row.staff_id == request.user.pk
    walked = [
        step for step in ROAD if step == now or ROAD.index(step) < (ROAD.index(now) if now in ROAD else 0)
    ]
    drawn = row.sheet or reads.sheet_of(row, request.at).to_json()
    return {
        "row": row,
        "name": parties.masked_name(row.party) or parties.masked_value("person_name", row.claimed_name),
        "asked": asked,
        "answer": answer,
        "open": asked is not None and asked.state in approvals.OPEN,
        "form": form or DecisionForm(),
        "sheet": drawn,
        "sealed_sheet": bool(row.sheet),
        "road": [{"state": s, "done": s in walked and s != now, "now": s == now} for s in ROAD],
        "off_road": now not in ROAD,
        "link": reads.identity_link(row) if now == State.IDENTITY_PENDING else None,
        "link_waits": now == State.IDENTITY_PENDING,
        "attempts": row.attempts.order_by("-at"),
        "confirmation": getattr(row, "confirmation", None),
        "debt": matters.debt(row.matter.loan, request.at) if row.matter else None,
        "may_refuse": mine and now in BEFORE_ASKED,
        "may_accept": mine and now == State.APPROVED,
        **_who(request, row),
        "may_unmask": may(request.user, "unmask"),
        "section": "friend_requests",
        "marked": True,
    }


def _who(request: StaffRequest, row: Any) -> dict[str, Any]:
    """Nobody was recognised: the case that was looked up, and its people who owe, for a person to say who this is."""
    may_match = row.state == State.SEEN and row.party is None and reads.may_report(request.user, row)
    number = request.GET.get("case", "").strip()
    if not may_match or not number:
        return {"may_match": may_match}
    case = next((one for one in matters.find(request.user, number) if one.number == number), None)
    people = [
        {"party": link.party, "name": parties.masked_name(link.party), "role": link.role}
        for link in (matters.people_of(case.loan) if case else ())
        if PartyRole(link.role).owes
    ]
    return {"may_match": True, "looked_up": number, "case": case, "people": people}


@require_POST
@staff_only("report_friend_request")
def match(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A person says who this is; the proof that is asked for next decides whether that is true."""
    row = reads.request_for(request.user, pk, request.at)
    if not reads.may_report(request.user, row):
        raise NotForYou(f"match {pk}")
    try:
        case = matters.matter_for(request.user, UUID(request.POST.get("case", "")))
        party = matters.party_for(request.user, UUID(request.POST.get("party", "")))
        actions.match(request=row.pk, matter=case, party=party, by=request.user, at=request.at)
    except ValueError:
        messages.error(request, _("Look the case up by its number and choose the person there."))
    except (actions.UnableToContinue, ImpossibleStep) as why:
        messages.error(request, in_page_language(str(why)))
    return redirect("friend_request", row.pk)


@never_cache
@staff_only("see_friend_requests")
def friend_request(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The decision sheet: four risks with the facts behind them, identity, confirmation, and what may be done next."""
    row = reads.request_for(request.user, pk, request.at)
    return render(request, "friend_requests/sheet.html", _page(request, row))


@require_POST
@staff_only("approve")
def decide(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A supervisor's yes or no, with its reason."""
    row = reads.request_for(request.user, pk, request.at)
    asked = approvals.about("friend_request", row.pk)
    form = DecisionForm(request.POST)
    if asked is None:
        form.add_error(None, _("Nobody has been asked to decide this request yet."))
    elif form.is_valid():
        try:
            actions.decide(approval=asked, by=request.user, at=request.at, **form.cleaned_data)
            return redirect("friend_request", row.pk)
        except (UnableToDecide, ImpossibleStep) as why:
            form.add_error(None, in_page_language(str(why)))
    return render(request, "friend_requests/sheet.html", _page(request, row, form), status=422)


@require_POST
@staff_only("report_friend_request")
def refuse(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Refuse one's own request before anybody was asked to approve it."""
    row = reads.request_for(request.user, pk, request.at)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the reason in at least 4 characters."))
    elif not reads.may_report(request.user, row):
        messages.error(
            request, _("Only the person who got the request, or their supervisor, refuses it here.")
        )
    else:
        try:
            actions.refuse(request=row.pk, reason=form.cleaned_data["reason"], by=request.user, at=request.at)
        except (actions.UnableToContinue, ImpossibleStep) as why:
            messages.error(request, in_page_language(str(why)))
    return redirect("friend_request", row.pk)


@require_POST
@staff_only("report_friend_request")
def accepted(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The member says that they pressed "accept"; what WeCom then says decides."""
    row = reads.request_for(request.user, pk, request.at)
    try:
        actions.say_accepted(request=row.pk, by=request.user, at=request.at)
    except (actions.UnableToContinue, ImpossibleStep) as why:
        messages.error(request, in_page_language(str(why)))
    return redirect("friend_request", row.pk)


class ReportForm(forms.Form):
    """A request that reached a member of staff, as they saw it."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=gettext_lazy("Where did it arrive?"))
    claimed_name = forms.CharField(label=gettext_lazy("Name shown"), max_length=40)
    words = forms.CharField(
        label=gettext_lazy("Words of the request"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    mobile = forms.RegexField(
        r"^(\+?86)?[\s-]*1\d{2}[\s-]*\d{4}[\s-]*\d{4}$",
        label=gettext_lazy("Mobile number, if it was shown"),
        required=False,
        error_messages={
            "invalid": gettext_lazy("A mobile number has 11 digits and begins with 1; found “%(value)s”.")
        },
    )
    screenshot = forms.FileField(
        label=gettext_lazy("Screenshot"),
        help_text=gettext_lazy(
            "PNG or JPEG, at most 8 MB. It is read by a local model and kept under its digest."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            (Channel.WECHAT_PERSONAL.value, _("My personal WeChat")),
            (Channel.WECOM.value, _("My WeCom account")),
        ]

    def clean_mobile(self) -> str:
        return str(self.cleaned_data.get("mobile") or "")

    def clean_screenshot(self) -> bytes:
        """The bytes of a PNG or JPEG, told by how they begin, not by what the file is called."""
        file = self.cleaned_data["screenshot"]
        if file.size > LARGEST:
            raise forms.ValidationError(
                _("The picture has %(mb)d MB; at most 8 are taken.") % {"mb": file.size // 2**20}
            )
        body = bytes(file.read())
        if not any(body.startswith(begin) for begin in IMAGES):
            raise forms.ValidationError(
                _("This is neither a PNG nor a JPEG picture. Take a screenshot and send that.")
            )
        return body


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("report_friend_request")
def report(request: StaffRequest) -> HttpResponse:
    """Report a friend request with its screenshot. Personal accounts must be reported and are redirected (R7)."""
    form = ReportForm(*bound(request), initial={"id": uuid4()})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        row = actions.report(
            id=said["id"],
            channel=said["channel"],
            claimed_name=said["claimed_name"],
            words=said["words"],
            mobile=said["mobile"],
            screenshot=originals.keep(said["screenshot"], room="quarantine"),
            by=request.user,
            at=request.at,
        )
        return redirect("friend_request", row.pk)
    return render(
        request,
        "friend_requests/report.html",
        {"form": form, "section": "friend_requests"},
        status=422 if form.errors else 200,
    )
