"""One link, no account: prove who you are, then confirm or dispute what is owed. Nothing about a debt is shown before."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest as PlainRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from shouyue.casework.friend_request import FriendRequest as State
from shouyue.connectors import recognition
from shouyue.desk.friend_requests import actions, reads
from shouyue.desk.matters import reads as matters
from shouyue.desk.portal.limits import too_many
from shouyue.desk.vault import originals


class HttpRequest(PlainRequest):
    """A request at one moment; see console.frame.Moment."""

    at: datetime


KEY = "proof_request"
BORROWER = "borrower"  # by whom: the person who holds the link
LARGEST = 8 * 1024 * 1024


def _closed(request: HttpRequest, status: int = 404) -> HttpResponse:
    return render(request, "borrower/closed.html", {"status": status}, status=status)


@never_cache
@require_GET
def enter(request: HttpRequest, word: str) -> HttpResponse:
    """Exchange the link's word for a session that ends with the link."""
    at = request.at
    if too_many(request):
        return _closed(request, 429)
    try:
        token = reads.token(word, "proof", at)
    except reads.NoSuchLink:
        return _closed(request)
    request.session.cycle_key()
    request.session[KEY] = str(token.request_id)
    request.session.set_expiry(min(3600, int((token.expires_at - at).total_seconds())))
    return redirect("portal:page")


def _mine(request: HttpRequest) -> Any:
    """The request this session is about, if its link is still in force."""
    pk = request.session.get(KEY)
    return reads.get(pk) if pk else None


def _context(mine: Any, at: datetime, **more: Any) -> dict[str, Any]:
    """What the page may show at this point; the debt only once identity is proved."""
    proved = mine.state not in {State.SEEN, State.IDENTITY_PENDING, State.IDENTITY_FAILED}
    closed = mine.state in {State.EXPIRED, State.REFUSED, State.ENDED, State.ORPHAN}
    attempts = list(mine.attempts.order_by("at"))
    last = attempts[-1] if attempts else None
    return {
        "mine": mine,
        "client": mine.matter.loan.client if mine.matter else "",
        "proved": proved,
        "closed": closed,
        "reading": bool(last and last.passed is None),
        "why_not": last.why_not if last and last.passed is False and not proved else "",
        "debt": matters.debt(mine.matter.loan, at) if proved and mine.matter and not closed else None,
        "contract": mine.matter.loan.contract_no[-4:] if proved and mine.matter else "",
        "confirmation": getattr(mine, "confirmation", None),
        "tries_left": actions.MOST_ATTEMPTS - len(attempts),
        **more,
    }


@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    mine = _mine(request)
    if mine is None:
        return _closed(request)
    return render(request, "borrower/page.html", _context(mine, request.at))


@never_cache
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while a picture is read."""
    mine = _mine(request)
    if mine is None:
        return _closed(request)
    return render(request, "borrower/steps.html", _context(mine, request.at))


@never_cache
@require_POST
def identity(request: HttpRequest) -> HttpResponse:
    """Take a photograph into quarantine; it is read in the background."""
    mine = _mine(request)
    if mine is None:
        return _closed(request)
    if too_many(request):
        return _closed(request, 429)
    sent = request.FILES.get("card")
    if sent is None:
        return _again(
            request, mine, identity_error=_("Choose or take a picture of the front of your identity card.")
        )
    if (sent.size or 0) > LARGEST:
        return _again(
            request,
            mine,
            identity_error=_("The picture is %(size)s MB; at most 8 MB can be taken. Send a smaller one.")
            % {"size": round((sent.size or 0) / 1024 / 1024, 1)},
        )
    body = sent.read()
    refused = recognition.refusal_of(body)
    if refused:
        return _again(request, mine, identity_error=_(refused))
    digest = originals.keep(body, room="quarantine")
    try:
        actions.offer_identity(request=mine.pk, digest=digest, by=BORROWER, at=request.at)
    except actions.UnableToContinue as why:
        originals.destroy(digest)
        return _again(request, mine, identity_error=_(str(why)))
    return redirect("portal:page")


@never_cache
@require_POST
def debt(request: HttpRequest) -> HttpResponse:
    """Take the confirmation or the dispute."""
    mine = _mine(request)
    if mine is None:
        return _closed(request)
    if too_many(request):
        return _closed(request, 429)
    agrees = request.POST.get("answer") == "agree"
    words = request.POST.get("words", "").strip()[:2000]
    typed = request.POST.get("typed_name", "").strip()[:80]
    given = {"typed_name": typed, "words": words, "answer": request.POST.get("answer", "")}
    if request.POST.get("answer") not in {"agree", "dispute"}:
        return _again(request, mine, debt_error=_("Say whether the amount is right."), given=given)
    if not agrees and not words:
        return _again(request, mine, debt_error=_("Write what is wrong with the amount."), given=given)
    if not typed:
        return _again(request, mine, debt_error=_("Type your full name as it is on your card."), given=given)
    try:
        actions.confirm_debt(
            request=mine.pk,
            agrees=agrees,
            amount=Decimal(request.POST.get("amount", "")),
            as_of=date.fromisoformat(request.POST.get("as_of", "")),
            typed_name=typed,
            words=words,
            device={
                "user_agent": request.headers.get("User-Agent", "")[:300],
                "address": request.META.get("REMOTE_ADDR", ""),
                "language": request.headers.get("Accept-Language", "")[:80],
            },
            by=BORROWER,
            at=request.at,
        )
    except (InvalidOperation, ValueError):
        return _again(
            request, mine, debt_error=_("The amount has changed since this page was opened; open it again.")
        )
    except actions.UnableToContinue as why:
        return _again(request, mine, debt_error=_(str(why)), given=given)
    return redirect("portal:page")


def _again(request: HttpRequest, mine: Any, **more: Any) -> HttpResponse:
    return render(request, "borrower/page.html", _context(mine, request.at, **more), status=422)
