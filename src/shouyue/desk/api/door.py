"""The HTTP API's door: who calls, for whom, what they may ask, and one answer for each key.

Every act takes the header `Idempotency-Key` (1 to 120 characters, made where the act is decided): the same key with the
same contents gets the same answer and nothing is done twice; with other contents, 409. A refusal is not kept, so that
the same key may try again. Errors are `{"code", "message"}`; a lawful no is no error but an answer with its reasons.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.security import HttpBearer

from shouyue.casework.machine import ImpossibleStep
from shouyue.desk.approvals.actions import UnableToDecide
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.friend_requests import reads as friend_request_reads
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import outbound
from shouyue.desk.people.actions import note_refused_access
from shouyue.desk.people.reads import may
from shouyue.desk.programs import actions as programs
from shouyue.desk.programs import reads as admitted

log = logging.getLogger("shouyue.api")


class Problem(Schema):
    """Why a request was not done: a word for programs, a sentence for people."""

    code: str
    message: str


class Refused(Exception):
    """This request is not done."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Program(HttpBearer):
    """`Authorization: Bearer sy_…`, admitted to `scope`, for somebody who may do `act`."""

    openapi_name = "Program"

    def __init__(self, scope: str, act: str = "") -> None:
        super().__init__()
        self.scope, self.act = scope, act

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = admitted.by_secret(token, now())
        if found is None:
            return None
        if self.scope not in found.scopes:
            raise Refused(403, "scope", f"the token {found.name!r} is not admitted to {self.scope}")
        if self.act and not may(found.staff, self.act):
            raise Refused(403, "role", f"{found.staff.staff_no} may not do this: {self.act}")
        return found


api = NinjaAPI(
    title="Shouyue 守约",
    version="1",
    description=__doc__,
    urls_namespace="api",
    docs_url=None,  # the bundled viewer loads scripts from elsewhere, which the desk's policy forbids
)


def now() -> datetime:
    return datetime.now(UTC)


def actor(request: HttpRequest) -> Any:
    """The member of staff for whom the program acts."""
    return request.auth.staff  # type: ignore[attr-defined]


def once(
    request: HttpRequest, act: Callable[[], Schema], *, status: int = 200, contents: bytes | None = None
) -> HttpResponse:
    """Do `act` and answer with what it returns, once for the request's key. `contents`: what was asked, if not the body."""
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= 120:
        raise Refused(
            400, "no_key", "send the header Idempotency-Key with 1 to 120 characters, new for each act"
        )
    asked = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    asked.update(request.body if contents is None else contents)
    row, done = programs.answer_once(
        token=request.auth,  # type: ignore[attr-defined]
        key=key,
        contents=asked.hexdigest(),
        act=lambda: (status, act().model_dump_json()),
        by=actor(request),
        at=now(),
    )
    answer = HttpResponse(row.body, status=row.status, content_type="application/json; charset=utf-8")
    answer["Idempotent-Replay"] = str(not done).lower()
    return answer


def _problem(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    return api.create_response(request, Problem(code=code, message=message).model_dump(), status=status)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, why: Refused) -> HttpResponse:
    return _problem(request, why.status, why.code, str(why))


@api.exception_handler(programs.KeyUsed)
def _key_used(request: HttpRequest, why: programs.KeyUsed) -> HttpResponse:
    return _problem(request, 409, "key_used", str(why))


@api.exception_handler(matters.NotYours)
@api.exception_handler(friend_request_reads.NotYours)
def _not_yours(request: HttpRequest, why: Exception) -> HttpResponse:
    log.warning("%s asked for %s, which is not theirs", actor(request), why)
    note_refused_access(what=f"{request.method} {request.path}", by=actor(request), at=now())
    return _problem(request, 404, "not_found", "there is nothing here for you")


@api.exception_handler(outbound.UnableToPropose)
@api.exception_handler(friend_requests.UnableToContinue)
@api.exception_handler(UnableToDecide)
@api.exception_handler(ImpossibleStep)
def _unable(request: HttpRequest, why: Exception) -> HttpResponse:
    word = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(why).__name__).lstrip("_")
    return _problem(request, 422, word, str(why))
