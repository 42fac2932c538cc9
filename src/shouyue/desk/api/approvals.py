"""What waits for the person a program acts for, and their answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from shouyue.desk.api.door import Problem, Program, Refused, actor, now, once
from shouyue.desk.approvals import reads
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.messages import outbound

router = Router(tags=["approvals"])

# what is asked → the verb that takes the answer
DECIDE: dict[str, Callable[..., object]] = {
    "contact": outbound.approve,
    "friend_request": friend_requests.decide,
}


class Question(Schema):
    """One question to a second person. `about` is the row that waits, of the kind `what`."""

    id: UUID
    what: str
    about: UUID
    asks: str
    facts: dict[str, Any]
    asked_by: str | None
    asked_at: datetime
    due_at: datetime
    state: str
    reason: str


class Decision(Schema):
    """The answer and its reason, in words that a court may read."""

    grant: bool
    reason: str = Field(min_length=4, max_length=2000)


def shown(row: Any) -> Question:
    return Question(
        id=row.pk,
        what=row.what,
        about=row.about,
        asks=row.asks,
        facts=row.facts,
        asked_by=row.asked_by.staff_no if row.asked_by else None,
        asked_at=row.asked_at,
        due_at=row.due_at,
        state=row.state,
        reason=row.reason,
    )


@router.get(
    "/approvals",
    response=list[Question],
    auth=Program("approvals:read"),
    summary="What the person you act for may decide now, most urgent first",
)
def waiting(request: HttpRequest) -> list[Question]:
    return [shown(row) for row in reads.waiting_for(actor(request), now())]


@router.post(
    "/approvals/{id}/decision",
    response={200: Question, 404: Problem, 422: Problem},
    auth=Program("approvals:write", "approve"),
    summary="Decide, with a reason; never what the same person asked",
)
def decide(request: HttpRequest, id: UUID, told: Decision) -> HttpResponse:
    def act() -> Question:
        row = next((a for a in reads.waiting_for(actor(request), now()) if a.pk == id), None)
        if row is None:
            raise Refused(404, "not_found", "nothing under this id waits for the person you act for")
        DECIDE[row.what](approval=row, grant=told.grant, reason=told.reason, by=actor(request), at=now())
        return shown(reads.get(id))

    return once(request, act)
