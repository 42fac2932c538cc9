"""Friend requests: the board, one request with its sheet, and the report of one that a program noticed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from shouyue.desk.api.door import Problem, Program, actor, now, once
from shouyue.desk.friend_requests import actions, reads
from shouyue.desk.parties.reads import masked

router = Router(tags=["friend requests"])


class Request(Schema):
    """One request to be friends. `party` is masked; `sheet` is the four-risk sheet as the decider was shown it."""

    id: UUID
    way: str
    channel: str
    state: str
    staff: str
    matter: str | None
    party: str | None
    match: dict[str, Any]
    seen_at: datetime
    expires_at: datetime
    reason: str
    sheet: dict[str, Any]


class Report(Schema):
    """A request that somebody got. At least one of the name, the number and the words should be known."""

    channel: Literal["wecom", "wechat_personal"]
    claimed_name: str = Field("", max_length=80)
    words: str = Field("", max_length=2000)
    mobile: str = Field("", max_length=20)


def shown(row: Any) -> Request:
    return Request(
        id=row.pk,
        way=row.way,
        channel=row.channel,
        state=row.state,
        staff=row.staff.staff_no,
        matter=row.matter.number if row.matter else None,
        party=masked(row.party).name if row.party else None,
        match=row.match,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        reason=row.reason,
        sheet=row.sheet,
    )


@router.get(
    "/friend-requests",
    response=list[Request],
    auth=Program("friend_requests:read"),
    summary="What still needs somebody, most urgent first",
)
def board(request: HttpRequest) -> list[Request]:
    return [shown(row) for row in reads.board(actor(request), now())]


@router.get(
    "/friend-requests/{id}", response={200: Request, 404: Problem}, auth=Program("friend_requests:read")
)
def one(request: HttpRequest, id: UUID) -> Request:
    """One request, if the person you act for may see it."""
    return shown(reads.request_for(actor(request), id, now()))


@router.post(
    "/friend-requests",
    response={201: Request, 422: Problem},
    auth=Program("friend_requests:write", "report_friend_request"),
    summary="Report a request that the person you act for got",
)
def report(request: HttpRequest, told: Report) -> HttpResponse:
    key = request.headers.get("Idempotency-Key", "")
    id = uuid5(NAMESPACE_URL, f"program:{request.auth.pk}:{key}")  # type: ignore[attr-defined]

    def act() -> Request:
        row = actions.report(
            id=id,
            channel=told.channel,
            claimed_name=told.claimed_name,
            words=told.words,
            mobile=told.mobile,
            screenshot="",
            by=actor(request),
            at=now(),
        )
        return shown(reads.get(row.pk))

    return once(request, act, status=201)
