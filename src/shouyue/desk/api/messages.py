"""Messages: what the gate would say, ask to send, look, take back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from shouyue.desk.api.door import Problem, Program, actor, now, once
from shouyue.desk.matters.reads import thread_for
from shouyue.desk.messages import outbound, reads

router = Router(tags=["messages"])


class Words(Schema):
    text: str = Field(min_length=1, max_length=4000)
    script: str = Field("", max_length=64)  # the approved script it was made from, if any


class Proposal(Words):
    """`acknowledged`: somebody read the gate's warning. `send_at`: not before this moment."""

    acknowledged: bool = False
    send_at: AwareDatetime | None = None


class Ground(Schema):
    """One rule that spoke, in both languages, with its citation."""

    rule: str
    effect: str
    reason_zh: str
    reason_en: str
    citation: str


class Advice(Schema):
    """What the gate would say now. `gate`: what this channel's gate can do: hard, intercept or after."""

    effect: str
    grounds: list[Ground]
    next_lawful: datetime | None
    findings: list[dict[str, Any]]
    gate: str


class Message(Schema):
    """One contact. Blocked is an answer: `decision` says why and when it could go."""

    id: UUID
    thread: UUID | None
    number: int | None
    direction: str
    channel: str
    state: str
    why: str
    text: str
    decision: dict[str, Any] | None
    at: datetime
    not_before: datetime | None
    reference: str


class Why(Schema):
    why: str = Field(min_length=1, max_length=2000)


def shown(row: Any) -> Message:
    return Message(
        id=row.pk,
        thread=row.thread_id,
        number=row.number,
        direction=row.direction,
        channel=row.channel,
        state=row.state,
        why=row.why,
        text=row.shown,
        decision=row.decision,
        at=row.at,
        not_before=row.not_before,
        reference=row.reference,
    )


@router.post(
    "/threads/{id}/preview",
    response={200: Advice, 404: Problem},
    auth=Program("messages:write", "contact"),
    summary="Ask the gate; keeps nothing and needs no key",
)
def preview(request: HttpRequest, id: UUID, told: Words) -> Advice:
    asked = reads.preview(
        thread=thread_for(actor(request), id), text=told.text, script=told.script, by=actor(request), at=now()
    )
    return Advice(
        effect=asked.decision.effect,
        grounds=[
            Ground(
                rule=s.rule,
                effect=s.effect,
                reason_zh=s.reason.zh,
                reason_en=s.reason.en,
                citation=s.citation,
            )
            for s in asked.decision.grounds
        ],
        next_lawful=asked.decision.next_lawful,
        findings=[finding.to_data() for finding in asked.screened.findings],
        gate=asked.gate,
    )


@router.post(
    "/threads/{id}/messages",
    response={201: Message, 404: Problem, 422: Problem},
    auth=Program("messages:write", "contact"),
    summary="Ask to send; the answer says blocked, awaiting approval or scheduled",
)
def propose(request: HttpRequest, id: UUID, told: Proposal) -> HttpResponse:
    key = request.headers.get("Idempotency-Key", "")

    def act() -> Message:
        row = outbound.propose(
            id=uuid5(NAMESPACE_URL, f"program:{request.auth.pk}:{key}"),  # type: ignore[attr-defined]
            thread=thread_for(actor(request), id),
            text=told.text,
            script=told.script,
            acknowledged=told.acknowledged,
            send_at=told.send_at,
            by=actor(request),
            at=now(),
        )
        return shown(reads.get(row.pk))

    return once(request, act, status=201)


@router.get(
    "/threads/{id}/messages",
    response={200: list[Message], 404: Problem},
    auth=Program("messages:read"),
    summary="Everything in a thread, by time",
)
def in_thread(request: HttpRequest, id: UUID) -> list[Message]:
    return [shown(row) for row in reads.in_thread(thread_for(actor(request), id))]


@router.get("/messages/{id}", response={200: Message, 404: Problem}, auth=Program("messages:read"))
def one(request: HttpRequest, id: UUID) -> Message:
    """One message, if its thread may be seen."""
    return shown(reads.message_for(actor(request), id))


@router.post(
    "/messages/{id}/cancellation",
    response={200: Message, 404: Problem, 422: Problem},
    auth=Program("messages:write", "contact"),
    summary="Take back what has not left",
)
def cancel(request: HttpRequest, id: UUID, told: Why) -> HttpResponse:
    def act() -> Message:
        row = reads.message_for(actor(request), id)
        outbound.cancel(contact=row.pk, why=told.why, by=actor(request), at=now())
        return shown(reads.get(row.pk))

    return once(request, act)
