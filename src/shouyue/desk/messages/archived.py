"""What a member wrote by hand, as the archive saw it: the road for channels whose gate is not ours (architecture decision 7).

It has left already; nothing here allows or stops it. It is screened as everything of ours is, takes its number in the
thread, counts against the limits, and waits for whoever reviews afterwards. Where it is a task that we proposed and the
member confirmed, it is that contact's delivery and no second contact.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from shouyue.casework.contact import Contact as State
from shouyue.connectors.channel import MessageArrived
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import next_number, stream_of
from shouyue.desk.matters.models import Thread
from shouyue.desk.messages import beside, outbound
from shouyue.desk.messages.models import Contact, RawEvent
from shouyue.desk.messages.reads import BY_HAND
from shouyue.desk.messages.screened import screened_for
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import reads as parties
from shouyue.desk.people import reads as people
from shouyue.desk.people.reads import Actor
from shouyue.evidence.leaf import manifest
from shouyue.terms import Direction


def said_by_member(*, raw: RawEvent, one: MessageArrived, by: Actor, at: datetime) -> Contact:
    """Keep one message of a member's own as a contact. Running it again changes nothing."""
    id = uuid5(NAMESPACE_URL, f"{one.channel}:{one.external_id}")
    known = Contact.objects.filter(pk=id).first()
    if known:
        return known
    whom = one.to[0] if one.to else ""
    account = parties.by_account(one.channel, whom)
    thread = (
        matters.open_thread(party=account.party, channel=one.channel, account=one.sender) if account else None
    )
    ours = _proposed(thread, one) if thread else None
    if ours:
        settled = outbound.receipt(reference=str(ours.pk), delivered=True, why="", by=by, at=at)
        assert settled is not None
        return settled
    screened = screened_for(one.text, thread=thread, direction="out")
    files = beside.named(one.media, text=one.text, thread=thread, direction=Direction.OUTBOUND)
    number = next_number(thread=thread.pk, by=by, at=at) if thread else None
    contact = Contact.objects.create(
        pk=id,
        thread=thread,
        matter=thread.matter if thread else None,
        party=account.party if account else None,
        raw=raw,
        channel=one.channel,
        direction=Direction.OUTBOUND,
        purpose=thread.purpose if thread else "",
        staff=people.staff_by_wecom(one.sender),
        account=one.sender,
        point=parties.index_of("account", whom),
        number=number,
        text=one.text,
        media=files.kept,
        state=State.DELIVERED,
        why=BY_HAND,
        findings=[f.to_data() for f in screened.findings],
        labels=beside.together(screened.labels, files.labels),
        connected=True,
        their_time=one.at,
        at=at,
        left_at=one.at,
        settled_at=at,
    )
    seal(
        "msg.out/seen",
        stream=stream_of(thread) if thread else f"unmatched:{one.channel}",
        subject=account.party_id if account else None,
        parts={
            "contact": str(contact.pk),
            "event": str(raw.pk),
            "raw": manifest(base64.b64decode(raw.body)),
            "digest": hashlib.sha256(one.text.encode()).hexdigest(),
            "body": one.text,
            "number": number or 0,
            "member": one.sender,
            "labels": contact.labels,
            "versions": screened.versions,
        },
        by=by,
        at=at,
        outside={"seq": one.sequence} if one.sequence is not None else None,
    )
    if one.media:
        note(
            "media_arrived",
            key=f"media_arrived:{contact.pk}",
            payload={"contact": str(contact.pk)},
            by=by,
            at=at,
        )
    said = sorted(screened.sure | files.sure)
    if said:
        note(
            "member_typed",
            key=f"member_typed:{contact.pk}",
            payload={"contact": str(contact.pk), "labels": said},
            by=by,
            at=at,
        )
    return contact


def _proposed(thread: Thread, one: MessageArrived) -> Contact | None:
    """The oldest task of this thread with these very words that the channel took and nobody confirmed yet."""
    waiting = Contact.objects.filter(
        thread=thread, direction__in=[Direction.OUTBOUND, Direction.REPLY], state=State.ACCEPTED
    )
    return next((row for row in waiting.order_by("at") if row.text == one.text), None)
