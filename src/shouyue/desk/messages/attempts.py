"""What became of a contact that somebody else made for us: a call, a visit, a session of mediation.

The gate let it go before it happened, and it happened at its own time: the dialler may be hours behind. So what was reported
is kept with that time and its recording, counts from then on at that time, and is decided again by review.
"""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.db import transaction

from shouyue.casework.contact import MACHINE
from shouyue.casework.contact import Contact as State
from shouyue.connectors.channel import AttemptReported
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters.actions import stream_of
from shouyue.desk.messages import beside
from shouyue.desk.messages.models import Contact, RawEvent
from shouyue.desk.messages.screened import screened_for
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.reads import Actor
from shouyue.terms import Channel

# what is said in these is not what was written down before
SPOKEN = frozenset({Channel.PHONE, Channel.AI_CALL, Channel.VISIT, Channel.MEDIATION})
REPORT = "report"  # the reporter's own words, beside the transcripts of recordings
OPEN = (State.LEAVING, State.UNKNOWN, State.ACCEPTED)


def spoken(contact: Contact) -> str:
    """What was said in it, as far as anybody wrote that down: transcripts in their order, and the reporter's words."""
    heard = json.loads(contact.heard) if contact.heard else {}
    return "\n".join(heard[place]["words"] for place in sorted(heard) if heard[place].get("words"))


def moment(contact: Contact) -> datetime:
    """When it happened, as far as we know: for what somebody made for us, when they say."""
    return happened(contact.channel, contact.their_time, contact.left_at, contact.at)


def happened(channel: str, theirs: datetime | None, left: datetime | None, at: datetime) -> datetime:
    return theirs if theirs and channel in SPOKEN else left or at


@transaction.atomic
def reported(*, raw: RawEvent, one: AttemptReported, by: Actor, at: datetime) -> Contact | None:
    """Keep what was reported of a contact of ours; None for one that we did not hand over. Told twice, it is kept once."""
    row = _ours(one.reference)
    if row is None:
        return None
    if row.state in OPEN:
        became(row, one, source=raw.connector, event=str(raw.pk), by=by, at=at)
    return row


def became(
    row: Contact, one: AttemptReported, *, source: str, event: str, by: Actor, at: datetime
) -> Contact:
    """Write what became of an open contact of ours, as `source` says. In the caller's transaction."""
    to = State.DELIVERED if one.connected else State.FAILED
    if row.state != State.ACCEPTED:  # the report came before the answer: it was certainly taken
        MACHINE.check(State(row.state), State.ACCEPTED)
        row.state = State.ACCEPTED
    MACHINE.check(State(row.state), to)
    files = beside.named(one.media, text="", thread=row.thread, direction=row.direction)
    row.state, row.why, row.settled_at = to, "" if one.connected else one.result, at
    row.connected, row.seconds, row.result, row.their_time = (
        one.connected,
        one.seconds,
        one.result[:12],
        one.at,
    )
    row.media = [*row.media, *files.kept]
    if one.words:
        wrote_down(row, one.words, how=f"reported by {source}")
        screened = screened_for(one.words, thread=row.thread, direction="out")
        row.labels = sorted({*row.labels, *(screened.labels - beside.NOTHING)})
    row.save()
    seal(
        "msg.out/reported",
        stream=stream_of(row.thread) if row.thread else f"unmatched:{row.channel}",
        subject=row.party_id,
        parts={
            "contact": str(row.pk),
            "of": row.number or 0,
            "event": event,
            "their_time": one.at.isoformat(),
            "connected": "yes" if one.connected else "no",
            "seconds": one.seconds or 0,
            "result": one.result,
            "words": one.words,
        },
        by=by,
        at=at,
    )
    if files.kept:
        note("media_arrived", key=f"media_arrived:{row.pk}", payload={"contact": str(row.pk)}, by=by, at=at)
    note("attempt_reported", key=f"attempt_reported:{row.pk}", payload={"contact": str(row.pk)}, by=by, at=at)
    return row


def wrote_down(row: Contact, words: str, *, how: str) -> None:
    """Put the reporter's own words beside the contact; the caller saves it."""
    if words:
        heard = json.loads(row.heard) if row.heard else {}
        row.heard = json.dumps({**heard, REPORT: {"words": words, "how": how}}, ensure_ascii=False)


def _ours(reference: str) -> Contact | None:
    """By the channel's own id, or by our key."""
    rows = Contact.objects.select_for_update(of=("self",)).select_related("thread")
    if found := rows.filter(reference=reference).first() if reference else None:
        return found
    try:
        return rows.filter(pk=UUID(reference)).first()
    except ValueError:
        return None
