"""The inbound road: receive → identify → thread → screen → number → seal → react. Numbers as in architecture.md.

`receive` keeps and seals the bytes before anything is understood, so that a bug in matching can never lose a message.
`understand` may run again: what it seals names the versions that were really used.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from shouyue.casework.contact import Contact as State
from shouyue.connectors import channel as events
from shouyue.connectors.channel import ConnectorDown
from shouyue.desk.ledger.actions import seal
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import next_number, propose_thread, stream_of
from shouyue.desk.matters.models import Matter, Thread
from shouyue.desk.messages import attempts, beside, media
from shouyue.desk.messages.archived import said_by_member
from shouyue.desk.messages.channels import parser, puller, pullers
from shouyue.desk.messages.models import Contact, Cursor, RawEvent
from shouyue.desk.messages.patterns import LOOKED_AFTER
from shouyue.desk.messages.screened import screened_for
from shouyue.desk.outbox.actions import note
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.actions import stop
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.evidence.leaf import manifest
from shouyue.evidence.thread import outside_gaps
from shouyue.terms import Channel, Direction, PartyRole

# What an event that is no message is noted as, and with what: the arguments of the verbs in worker/reactions.py. `key`
# names the event, so that a verb which runs twice does one thing.
Noted = tuple[str, dict[str, Any]]


def noted(event: events.Event) -> Noted | None:
    """The word and payload under which this event reaches whoever reacts to it; None for what nobody reacts to."""
    match event:
        case events.FriendRequested():
            return "friend_requested", {"state": event.state, "key": event.external_id}
        case events.ContactHalfAdded():
            return "contact_half_added", {
                "userid": event.userid,
                "external_userid": event.external_userid,
                "state": event.state,
                "key": event.external_id,
            }
        case events.ContactAdded():
            return "contact_added", {
                "userid": event.userid,
                "external_userid": event.external_userid,
                "state": event.state,
                "key": event.external_id,
            }
        case events.ContactDeleted():
            return "contact_deleted", {
                "userid": event.userid,
                "external_userid": event.external_userid,
                "by_member": event.by_member,
            }
        case events.ConsentChanged():
            return "consent_changed", {"external_userid": event.external_userid, "agreed": event.agreed}
        case events.DeliveryReceipt():
            return "receipt_arrived", {
                "reference": event.reference,
                "delivered": event.delivered,
                "why": event.why,
            }
        case events.PullDue():
            return "pull_due", {"connector": event.what, "token": event.token}
        case _:
            return None


@transaction.atomic
def receive(*, connector: str, payload: bytes, by: Actor, at: datetime) -> tuple[RawEvent, bool]:
    """Keep the bytes as they came, once; the second value says whether they were new.

    `connector` is the name under which they can be parsed (see channels.py). Steps 1–3. The caller answers the channel
    only after this has committed.
    """
    digest = hashlib.sha256(payload).hexdigest()
    # 1 a repeat is recognised and ends here
    known = RawEvent.objects.filter(connector=connector, digest=digest).first()
    if known:
        return known, False
    row = RawEvent.objects.create(
        connector=connector, body=base64.b64encode(payload).decode(), digest=digest, received_at=at
    )
    # 2
    seal(
        "msg.in/received",
        stream=f"received:{connector}",
        subject=None,
        parts={"event": str(row.pk), "digest": digest},
        by=by,
        at=at,
    )
    # 3
    note("event_received", key=f"event_received:{row.pk}", payload={"event": str(row.pk)}, by=by, at=at)
    return row, True


@transaction.atomic
def understand(*, event: UUID, by: Actor, at: datetime) -> list[Contact]:
    """Say what the bytes mean: messages become contacts, everything else is noted for who reacts to it.

    Steps 4–9. Running it again changes nothing.
    """
    raw = RawEvent.objects.select_for_update().get(pk=event)
    if raw.understood_at is not None:
        return list(Contact.objects.filter(raw=raw).order_by("at"))
    found: list[Contact] = []
    for one in parser(raw.connector)(base64.b64decode(raw.body)):
        if isinstance(one, events.MessageArrived) and one.ours:
            found.append(said_by_member(raw=raw, one=one, by=by, at=at))
        elif isinstance(one, events.MessageArrived):
            found.append(_message(raw, one, by=by, at=at))
        elif isinstance(one, events.MessageRecalled | events.MessageEdited):
            _taken_back(raw, one, by=by, at=at)
        elif isinstance(one, events.AttemptReported):
            if attempts.reported(raw=raw, one=one, by=by, at=at) is None:  # nothing that we handed over
                _other(raw, one, by=by, at=at)
        else:
            _other(raw, one, by=by, at=at)
    raw.understood_at = at
    raw.save(update_fields=["understood_at"])
    return found


def _message(raw: RawEvent, one: events.MessageArrived, *, by: Actor, at: datetime) -> Contact:
    # the same message may come by two roads, delivered and archived: it is one contact
    id = uuid5(NAMESPACE_URL, f"{one.channel}:{one.external_id}")
    known = Contact.objects.filter(pk=id).first()
    if known:
        return known
    # 4 a bound account is a person; a number known to one person is a candidate; else nobody
    party, how = _identify(one)
    # 5
    thread = _thread(party, one, by=by, at=at) if party else None
    # 6
    screened = screened_for(one.text, thread=thread, direction="in")
    files = beside.named(one.media, text=one.text, thread=thread, direction=Direction.INBOUND)
    # 7
    number = next_number(thread=thread.pk, by=by, at=at) if thread else None
    contact = Contact.objects.create(
        pk=id,
        thread=thread,
        matter=thread.matter if thread else None,
        party=party,
        raw=raw,
        channel=one.channel,
        direction=Direction.INBOUND,
        purpose=thread.purpose if thread else "",
        staff=thread.owner if thread else None,
        account=one.account,
        point=parties.index_of("account", one.sender),
        sender=one.sender,
        number=number,
        text=one.text,
        media=files.kept,
        state=State.RECEIVED,
        findings=[f.to_data() for f in screened.findings],
        labels=beside.together(screened.labels, files.labels),
        connected=True,
        their_time=one.at,
        at=at,
    )
    # 8
    seal(
        "msg.in/understood",
        stream=stream_of(thread) if thread else f"unmatched:{one.channel}",
        subject=party.pk if party else None,
        parts={
            "contact": str(contact.pk),
            "event": str(raw.pk),
            "raw": manifest(base64.b64decode(raw.body)),
            "digest": hashlib.sha256(one.text.encode()).hexdigest(),
            "body": one.text,
            "number": number or 0,
            "identified": how,
            "labels": contact.labels,
            "versions": screened.versions,
        },
        by=by,
        at=at,
        outside={"seq": one.sequence} if one.sequence is not None else None,
    )
    # 9
    if one.media:
        note(
            "media_arrived",
            key=f"media_arrived:{contact.pk}",
            payload={"contact": str(contact.pk)},
            by=by,
            at=at,
        )
    note(
        "message_understood",
        key=f"message_understood:{contact.pk}",
        payload={"contact": str(contact.pk), "labels": contact.labels},
        by=by,
        at=at,
    )
    return contact


def _identify(one: events.MessageArrived) -> tuple[Party | None, str]:
    account = parties.by_account(one.channel, one.sender)
    if (
        account is None and one.channel == Channel.KF
    ):  # one corp, one id: the customer service and members see the same one
        account = parties.by_account(Channel.WECOM, one.sender)
    if account:
        return account.party, f"account bound by {account.method}"
    found = list(parties.by_point("mobile", one.sender)[:2])
    if len(found) == 1:
        return found[0], "the only person with this number"
    return None, "nobody" if not found else "several people with this number"


def _thread(party: Party, one: events.MessageArrived, *, by: Actor, at: datetime) -> Thread | None:
    """The open thread of this person with this account; else a proposed one, for a person to look at; never a silent re-open."""
    running = matters.open_thread(party=party, channel=one.channel, account=one.account)
    if running:
        return running
    before = matters.threads_with(party=party, channel=one.channel, account=one.account)
    waiting = before.filter(state="proposed").first()
    if waiting:
        return waiting
    last = before.first()
    open_matters = list(matters.open_matters_of(party)[:2])
    matter: Matter | None = (
        last.matter
        if last and last.matter in open_matters
        else open_matters[0]
        if len(open_matters) == 1
        else None
    )
    if matter is None or matter.owner is None:
        return None
    return propose_thread(
        matter=matter,
        party=party,
        channel=one.channel,
        account=one.account,
        owner=matter.owner,
        follows=last,
        by=by,
        at=at,
    )


class UnableToPlace(Exception):
    """This message cannot be given to that person and matter."""


@transaction.atomic
def place(*, contact: UUID, matter: Matter, party: Party, by: Staff, at: datetime) -> Contact:
    """A person says whose message this is, which nobody had recognised: it goes to that person's thread on this matter.

    What was sealed when it came stays; the placing is sealed beside it. It proves nobody's identity: the account that wrote
    stays unbound. Raises UnableToPlace for a message that has its place, and for somebody who has no part in the loan.
    """
    row = Contact.objects.select_for_update(of=("self",)).get(pk=contact)
    if row.thread_id and (row.matter_id, row.party_id) == (matter.pk, party.pk):
        return row
    if row.thread_id or row.state != State.RECEIVED:
        raise UnableToPlace("this message has its place already; look it up in its thread")
    if matter.owner is None:
        raise UnableToPlace(f"nobody works on {matter.number}; assign it first")
    if matters.role_in(matter.loan, party) == PartyRole.UNRELATED:
        raise UnableToPlace("this person has no part in this loan; the message would disclose it to them")
    thread = matters.open_thread(party=party, channel=row.channel, account=row.account)
    if thread is None or thread.matter_id != matter.pk:
        before = matters.threads_with(party=party, channel=row.channel, account=row.account)
        thread = before.filter(state="proposed", matter=matter).first() or propose_thread(
            matter=matter,
            party=party,
            channel=row.channel,
            account=row.account,
            owner=matter.owner,
            follows=before.first(),
            by=by,
            at=at,
        )
    row.thread, row.matter, row.party = thread, matter, party
    row.purpose, row.staff = thread.purpose, thread.owner
    row.number = next_number(thread=thread.pk, by=by, at=at)
    row.save(update_fields=["thread", "matter", "party", "purpose", "staff", "number"])
    seal(
        "msg.in/placed",
        stream=stream_of(thread),
        subject=party.pk,
        parts={
            "contact": str(row.pk),
            "digest": hashlib.sha256((row.text or "").encode()).hexdigest(),
            "body": row.text or "",
            "number": row.number,
            "identified": "placed by hand",
            "labels": row.labels,
        },
        by=by,
        at=at,
    )
    media.follow(row, before=None, by=by, at=at)
    note(
        "message_understood",
        key=f"message_placed:{row.pk}",
        payload={"contact": str(row.pk), "labels": row.labels},
        by=by,
        at=at,
    )
    return row


def _taken_back(
    raw: RawEvent, one: events.MessageRecalled | events.MessageEdited, *, by: Actor, at: datetime
) -> None:
    """A message was recalled or changed over there: an entry of its own, and both forms stay."""
    contact = uuid5(NAMESPACE_URL, f"{one.channel}:{one.original}")
    row = Contact.objects.select_for_update().filter(pk=contact).first()
    parts: dict[str, Any] = {
        "contact": str(contact),
        "event": str(raw.pk),
        "raw": manifest(base64.b64decode(raw.body)),
        "of": (row.number if row else None) or 0,
        "sender": one.sender,
    }
    if isinstance(one, events.MessageEdited):
        parts["body"] = one.text
    seal(
        "recall/edited" if isinstance(one, events.MessageEdited) else "recall/recalled",
        stream=stream_of(row.thread_id) if row and row.thread_id else f"unmatched:{one.channel}",
        subject=row.party_id if row else None,
        parts=parts,
        by=by,
        at=at,
    )
    if row and isinstance(one, events.MessageEdited):
        row.later_text = one.text
        row.save(update_fields=["later_text"])
        if row.direction == Direction.INBOUND:  # it may ask for help only now
            labels = screened_for(one.text, thread=row.thread, direction="in").labels
            beside.protect(row, labels, why=f"changed {one.external_id}", by=by, at=at)
    elif row:
        row.recalled_at = one.at
        row.save(update_fields=["recalled_at"])


def _other(raw: RawEvent, one: events.Event, *, by: Actor, at: datetime) -> None:
    what = noted(one)
    seal(
        f"audit/{what[0] if what else 'nobody_reacts'}",
        stream=f"received:{raw.connector}",
        subject=None,
        parts={"event": str(raw.pk), "what": {name: str(value) for name, value in asdict(one).items()}},
        by=by,
        at=at,
    )
    if what:
        word, payload = what
        note(word, key=f"{word}:{one.channel}:{one.external_id}", payload=payload, by=by, at=at)


def pull(*, connector: str, token: str, by: Actor, at: datetime) -> int:
    """Fetch what a channel holds for us and receive it, page by page; returns how much was new.

    The cursor moves only after its page is kept, so dying in between fetches the page again and recognises it.
    """
    new = 0
    more = True
    while more:
        page = puller(connector).pull(_cursor(connector), token)
        for payload in page.payloads:
            new += receive(connector=connector, payload=payload, by=by, at=at)[1]
        _move_cursor(connector, page, at)
        more = page.more
    return new


def look(*, by: Actor, at: datetime) -> int:
    """Fetch from every channel that holds things for us, told or not: a notice can be lost. Returns how much was new.

    A channel that does not answer keeps no other from being asked; raises ConnectorDown when all have been.
    """
    new, silent = 0, []
    for name in pullers():
        try:
            new += pull(connector=name, token="", by=by, at=at)
        except ConnectorDown as why:
            silent.append(f"{name}: {why}")
    if silent:
        raise ConnectorDown("; ".join(silent))
    return new


def _cursor(connector: str) -> str:
    row = Cursor.objects.filter(connector=connector).first()
    return row.position if row else ""


@transaction.atomic
def _move_cursor(connector: str, page: events.Page, at: datetime) -> None:
    """Go on from the page's end, and remember which of the provider's numbers never came (see counting.py)."""
    row, _ = Cursor.objects.select_for_update().get_or_create(
        connector=connector, defaults={"position": "", "moved_at": at}
    )
    row.position, row.moved_at = page.cursor, at
    if page.numbers:
        before = min(page.numbers) - 1 if row.read_to is None else row.read_to
        row.gaps = [*row.gaps, *map(list, outside_gaps([before, *page.numbers]))]
        row.stated_to = before if row.stated_to is None else row.stated_to
        row.read_to = max(before, *page.numbers)
    row.save()


@transaction.atomic
def heed(*, contact: UUID, labels: list[str], by: Actor, at: datetime) -> None:
    """What a message's words ask of us at once, before anybody has read it. Protects; never permits."""
    row = Contact.objects.select_related("party").get(pk=contact)
    if row.party is None:
        return
    for label, (kind, everywhere) in HEEDED.items():
        if label in labels:
            stop(
                party=row.party,
                kind=kind,
                why=f"said in contact {row.pk}",
                channel="*" if everywhere else row.channel,
                by=by,
                at=at,
            )


class UnableToLookAfter(Exception):
    """This message speaks of no distress, or nobody said what was done."""


@transaction.atomic
def look_after(*, contact: UUID, what: str, by: Staff, at: datetime) -> Contact:
    """A person looked at a message that speaks of distress, and says what they did. Until then it stands first in every queue."""
    row = Contact.objects.select_for_update(of=("self",)).select_related("thread", "party").get(pk=contact)
    if "vulnerable" not in row.labels:
        raise UnableToLookAfter("this message speaks of no distress")
    if row.action == LOOKED_AFTER:
        return row
    if len(what.strip()) < 4:
        raise UnableToLookAfter("say in at least 4 characters what you did")
    row.action, row.why = LOOKED_AFTER, what.strip()
    row.save(update_fields=["action", "why"])
    seal(
        "msg.in/looked_after",
        stream=stream_of(row.thread) if row.thread else f"unmatched:{row.channel}",
        subject=row.party_id,
        parts={"contact": str(row.pk), "what": row.why},
        by=by,
        at=at,
    )
    return row


# words of the other side that stop us until a person has looked: the stop they set, and whether on every channel
HEEDED: dict[str, tuple[str, bool]] = {
    "stop_contact": ("opt_out", True),
    "representation": ("represented", True),
    "dispute_debt": ("dispute", True),
    "dispute_identity": ("wrong_person", True),
    "vulnerable": ("vulnerable", True),
}
