"""Callbacks: where channels call us. Check, keep, answer; understanding comes later, in the worker.

WeCom (page 96466): `GET` checks the address and wants the bare `echostr` within one second; `POST` brings an event and wants
200 within five, else it is repeated, three times in all. What is not theirs, not whole or not fresh gets the refusal that the
connector names; the refusal is logged and nothing of the call is kept.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shouyue.connectors.channel import Call, CallbackRefused
from shouyue.desk.messages import inbound
from shouyue.desk.messages.channels import NotConnected, door

log = logging.getLogger("shouyue.hooks")
# a channel repeats a call that got no answer within seconds, three times in all; what comes later is somebody's replay
REPEATS_WITHIN = timedelta(seconds=60)
LARGEST = 1 << 20  # bytes; nothing beyond is read


@csrf_exempt
@require_http_methods(["GET", "POST"])
def wecom(request: HttpRequest, corp: str = "") -> HttpResponse:
    """The callback of one corp; without a name, of the corp that the settings name."""
    return _answer(request, door_name=f"wecom/{corp}" if corp else "wecom", connector="wecom")


@csrf_exempt
@require_http_methods(["POST"])
def gateway(request: HttpRequest, name: str) -> HttpResponse:
    """Receipts, answers and reports of an SMS, telephone, letter, visit or mediation gateway."""
    return _answer(request, door_name=name, connector=name)


def _answer(request: HttpRequest, *, door_name: str, connector: str) -> HttpResponse:
    at = datetime.now(UTC)
    try:
        verified = door(door_name).verify(_call(request), at)
    except NotConnected:
        return _refused(request, connector, CallbackRefused(f"no {door_name!r} is connected here", 404))
    except CallbackRefused as why:
        return _refused(request, connector, why)
    if verified.payload:
        kept, new = inbound.receive(connector=connector, payload=verified.payload, by=connector, at=at)
        if not new and at - kept.received_at > REPEATS_WITHIN:
            return _refused(request, connector, CallbackRefused("this was received long ago: a replay"))
        if not new:  # they did not hear our answer; the event is not kept twice
            log.warning(
                "%s from %s: repeated, nothing new is kept", connector, request.META.get("REMOTE_ADDR")
            )
    # only now, when what they brought is kept
    return HttpResponse(verified.answer, content_type="text/plain; charset=utf-8")


def _call(request: HttpRequest) -> Call:
    claimed = request.headers.get("Content-Length") or "0"
    if not claimed.isdigit() or int(claimed) > LARGEST:
        raise CallbackRefused(f"a call of {claimed} bytes; more than {LARGEST} are not read", 413)
    body = request.read(LARGEST + 1) if request.method == "POST" else b""
    return Call(
        method=request.method or "",
        query={name: str(value) for name, value in request.GET.items()},
        body=body,
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _refused(request: HttpRequest, connector: str, why: CallbackRefused) -> HttpResponse:
    log.warning("%s from %s: refused, %s", connector, request.META.get("REMOTE_ADDR"), why.reason)
    return HttpResponse(status=why.status, content_type="text/plain; charset=utf-8")
