"""One's own page, behind a link that went to the reserved number and two things that only its owner knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.http import HttpRequest as PlainRequest
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shouyue.casework.plan import NoPlan, equal_parts
from shouyue.casework.right import MACHINE, Kind
from shouyue.casework.right import Right as State
from shouyue.desk.conduct import actions as conduct
from shouyue.desk.conduct import reads as conduct_reads
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions.plans import UnableToPlan
from shouyue.desk.parties import reads as parties
from shouyue.desk.people.reads import staff_of_no
from shouyue.desk.portal.limits import too_many
from shouyue.desk.portal.own.forms import FORMS, Asking, Withdrawal
from shouyue.desk.rights import actions, reads
from shouyue.desk.vault import originals
from shouyue.terms import PartyRole


class HttpRequest(PlainRequest):
    """A request at one moment; see console.frame.Moment."""

    at: datetime


KEY = "own_page"
BORROWER = "borrower"
WORDS: dict[Kind, tuple[Any, Any]] = {
    Kind.DISPUTE: (
        gettext_lazy("Something is wrong with the debt"),
        gettext_lazy("Collection rests until you have an answer."),
    ),
    Kind.HARDSHIP: (
        gettext_lazy("I cannot pay now"),
        gettext_lazy("Illness, loss of work, disaster: ask for other terms."),
    ),
    Kind.PLAN: (gettext_lazy("I propose instalments"), gettext_lazy("A supervisor decides within two days.")),
    Kind.COMPLAINT: (
        gettext_lazy("I complain"),
        gettext_lazy("Answered within the lawful period, never by whom it is about."),
    ),
    Kind.PREFERENCE: (gettext_lazy("How not to contact me"), gettext_lazy("Takes effect at once.")),
    Kind.NIGHT: (
        gettext_lazy("I may be reached at night"),
        gettext_lazy("For the hours and the way you say, until you take it back."),
    ),
    Kind.WITHDRAWAL: (gettext_lazy("I take a consent back"), gettext_lazy("Takes effect at once.")),
    Kind.REPRESENTATIVE: (
        gettext_lazy("Somebody speaks for me"),
        gettext_lazy("A lawyer or another person; we then speak with them."),
    ),
    Kind.ACCESS: (
        gettext_lazy("What do you hold about me?"),
        gettext_lazy("Shown at once, with a copy to take away."),
    ),
    Kind.CORRECTION: (
        gettext_lazy("Something about me is wrong"),
        gettext_lazy("Name, number, address: say what is right."),
    ),
    Kind.DELETION: (
        gettext_lazy("Delete something about me"),
        gettext_lazy("What the claim and the law do not need is deleted."),
    ),
}
STATES = {
    State.RECEIVED: gettext_lazy("received"), State.IN_HAND: gettext_lazy("being worked on"), State.GRANTED: gettext_lazy("agreed to"),
    State.PARTLY: gettext_lazy("agreed to in part"), State.REFUSED: gettext_lazy("not agreed to"), State.WITHDRAWN: gettext_lazy("taken back"),
}  # fmt: skip


def _closed(request: HttpRequest, status: int = 404) -> HttpResponse:
    return render(request, "borrower/closed.html", {"status": status}, status=status)


@never_cache
@require_GET
def enter(request: HttpRequest, word: str) -> HttpResponse:
    """Exchange the link's word for a session that ends with the link."""
    if too_many(request):
        return _closed(request, 429)
    digest = reads.digest_of(word)
    try:
        row = reads.link(digest, request.at)
    except reads.NoSuchLink:
        return _closed(request)
    request.session.cycle_key()
    request.session[KEY] = {"link": digest, "proved": False}
    request.session.set_expiry(min(3600, int((row.expires_at - request.at).total_seconds())))
    return redirect("portal:own")


def _link(request: HttpRequest) -> tuple[Any, bool]:
    """The link of this session, if it is still in force, and whether this session has proved who holds it."""
    held = request.session.get(KEY)
    if not held:
        return None, False
    try:
        return reads.link(held["link"], request.at), bool(held["proved"])
    except reads.NoSuchLink:
        return None, False


def _page(request: HttpRequest, row: Any, **more: Any) -> dict[str, Any]:
    link = matters.link(row.matter.loan, row.party)
    return {
        "client": row.matter.loan.client,
        "contract": row.matter.loan.contract_no[-4:],
        "debt": matters.debt(row.matter.loan, request.at),
        "acting": matters.entrusted(row.matter),
        "surety": link if link and link.role == PartyRole.GUARANTOR else None,
        "plan": matters.running_plan(row.matter.loan),
        "conduct": conduct_reads.timeline(party=row.party_id),
        "kinds": [
            {"kind": kind.value, "title": title, "hint": hint} for kind, (title, hint) in WORDS.items()
        ],
        "asked": [
            {
                "row": one,
                "title": WORDS[Kind(one.kind)][0],
                "state": STATES[State(one.state)],
                "ended": MACHINE.ended(State(one.state)),
            }
            for one in reads.asked_by(row.party)
        ],
        **more,
    }


@never_cache
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """The page itself; before its owner is proved, nothing but the question who they are."""
    row, proved = _link(request)
    if row is None:
        return _closed(request)
    if not proved:
        return render(request, "own/prove.html", {"client": row.matter.loan.client})
    return render(request, "own/page.html", _page(request, row))


@never_cache
@require_POST
def prove(request: HttpRequest) -> HttpResponse:
    """Name and the last six of the identity number."""
    row, _proved = _link(request)
    if row is None:
        return _closed(request)
    if too_many(request):
        return _closed(request, 429)
    try:
        actions.prove(
            digest=row.digest,
            name=request.POST.get("name", "")[:80],
            id_tail=request.POST.get("id_tail", "")[:6],
            by=BORROWER,
            at=request.at,
        )
    except actions.UnableToProve as why:
        words, _colon, left = str(why).partition(": ")
        error = _("Name and number do not fit. Tries left: %(left)s") % {"left": left} if left else _(words)
        return render(
            request, "own/prove.html", {"client": row.matter.loan.client, "error": error}, status=422
        )
    request.session.cycle_key()
    request.session[KEY] = {"link": row.digest, "proved": True}
    return redirect("portal:own")


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """One right, one form."""
    row, proved = _link(request)
    if row is None or not proved:
        return _closed(request)
    if kind not in {k.value for k in FORMS}:
        raise Http404
    if request.method == "POST" and too_many(request):
        return _closed(request, 429)
    chosen = Kind(kind)
    form = FORMS[chosen](request.POST, request.FILES) if request.method == "POST" else FORMS[chosen]()
    if isinstance(form, Withdrawal):
        form.offer({one.what for one in parties.consents(row.party, request.at)})
    if request.method == "POST" and form.is_valid():
        try:
            _ask(request, row, chosen, form)
            return redirect("portal:own")
        except (actions.UnableToAsk, UnableToPlan) as why:
            form.add_error(None, _(str(why)))
        except NoPlan:
            form.add_error(
                "first_on", _("The first instalment is due today or later, and the last within sixty months.")
            )
    title, hint = WORDS[chosen]
    context = {"client": row.matter.loan.client, "form": form, "title": title, "hint": hint, "kind": kind}
    return render(request, "own/ask.html", context, status=422 if form.errors else 200)


def _ask(request: HttpRequest, row: Any, kind: Kind, form: Asking) -> None:
    said = form.cleaned_data
    facts = form.facts()
    if kind == Kind.PLAN:
        debt = matters.debt(row.matter.loan, request.at)
        parts = equal_parts(debt.total, said["count"], said["first_on"]) if debt else []
        facts = {"parts": [{"due_on": p.due_on.isoformat(), "amount": str(p.amount)} for p in parts]}
    actions.ask(
        id=said["id"],
        kind=kind,
        matter=row.matter,
        party=row.party,
        words=said["words"],
        facts=facts,
        documents=[originals.keep(body, room="quarantine") for body in said.get("papers") or ()],
        about=staff_of_no(said.get("staff_no") or ""),
        by=BORROWER,
        at=request.at,
    )


@never_cache
@require_POST
def withdraw(request: HttpRequest, right: Any) -> HttpResponse:
    """Take back what one asked for oneself."""
    row, proved = _link(request)
    if row is None or not proved:
        return _closed(request)
    if not any(one.pk == right for one in reads.asked_by(row.party)):
        raise Http404
    actions.withdraw(right=right, by=BORROWER, at=request.at)
    return redirect("portal:own")


@never_cache
@require_POST
def contest(request: HttpRequest, event: UUID) -> HttpResponse:
    """One's own record of conduct: it was not so. Until somebody else has answered, it counts for nothing."""
    row, proved = _link(request)
    if row is None or not proved:
        return _closed(request)
    if too_many(request):
        return _closed(request, 429)
    found = conduct_reads.of_party(event, row.party_id)
    if found is None:
        raise Http404
    why = request.POST.get("why", "").strip()[:500]
    try:
        if len(why) < 4:
            raise conduct.UnableToContest("say in a sentence what was not so")
        conduct.contest(event=found, why=why, by=BORROWER, at=request.at)
    except conduct.UnableToContest as wrong:
        return render(request, "own/page.html", _page(request, row, wrong=_(str(wrong))), status=422)
    return redirect("portal:own")


@never_cache
@require_POST
def held(request: HttpRequest) -> HttpResponse:
    """What is held about oneself: on a page, or as a file to take away."""
    row, proved = _link(request)
    if row is None or not proved:
        return _closed(request)
    if too_many(request):
        return _closed(request, 429)
    found = actions.hand_over(party=row.party, matter=row.matter, by=BORROWER, at=request.at)
    found["conduct"] = [
        {
            "at": localtime(one.at).isoformat(timespec="seconds"),
            "kind": one.kind.value,
            "standing": one.standing,
            "evidence": one.evidence,
        }
        for one in conduct_reads.timeline(party=row.party_id)
    ]
    if request.POST.get("as") == "file":
        answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 2})
        answer["Content-Disposition"] = f'attachment; filename="shouyue-{found["as_of"]}.json"'
        return answer
    return render(request, "own/held.html", {"client": row.matter.loan.client, "held": found})
