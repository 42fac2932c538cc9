"""Messages as they may be shown, and the gate's advice while somebody types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, Max, Q, QuerySet
from django.utils.timezone import localdate

from shouyue.casework.contact import Contact as State
from shouyue.connectors.voice import OwnTelephone
from shouyue.desk.holds.reads import told_of
from shouyue.desk.matters.models import Matter, Thread
from shouyue.desk.matters.reads import NotYours, visible_to
from shouyue.desk.messages.attempts import SPOKEN
from shouyue.desk.messages.covered import hides, uncovered
from shouyue.desk.messages.facts import COUNTED, PROVOKING, Intent, facts_for, provoked_at
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.rulebook.reads import pack_on
from shouyue.policy.decision import Decision
from shouyue.policy.gate import decide
from shouyue.screening import Screening
from shouyue.screening.finding import Finding
from shouyue.screening.privacy import mask
from shouyue.terms import GATE_OF, Channel, Direction, Gate

BY_HAND = (
    "typed by the member; reviewed after the fact"  # why a contact of ours is there that we never proposed
)

UNASKED = "a call on the member's own telephone that nobody had asked for"
BY_MEMBERS = (BY_HAND, UNASKED)  # what of ours no gate of the desk could stop
OWN_PHONE = "own:"  # begins our side of a thread for calls on a member's own telephone; their number follows


def is_own_phone(account: str) -> bool:
    """Whether the desk dials nothing here: a member does, by hand."""
    return account.startswith(OWN_PHONE)


def road_of(row: Contact) -> str:
    """The connector by which this contact leaves."""
    return OwnTelephone.name if is_own_phone(row.account) else row.channel


@dataclass(frozen=True)
class Preview:
    """What the gate would say now, and what was found in the words: no writes."""

    decision: Decision
    screened: Screening
    gate: Gate


def preview(*, thread: Thread, text: str, by: Staff, at: datetime, script: str = "") -> Preview:
    """Ask the gate as `propose` would, and keep nothing."""
    intent = Intent(thread=thread, text=as_meant(thread, text), script=script, staff=by, when=at)
    decision = decide(pack_on(at), facts_for(intent, id=uuid4()), at)
    return Preview(decision, intent.screened, GATE_OF[Channel(thread.channel)])


def as_meant(thread: Thread, text: str) -> str:
    """The words with the links of this thread that they show covered, as they are."""
    if not hides(text):
        return text
    ours = Contact.objects.filter(thread=thread).exclude(direction=Direction.INBOUND).order_by("at")
    return uncovered(text, (one.text or "" for one in ours.only("text")))


def get(pk: UUID | str) -> Contact:
    return Contact.objects.select_related("thread", "matter", "party", "staff").get(pk=pk)


def message_for(staff: Staff, pk: UUID | str) -> Contact:
    """The contact, if its matter may be seen; else matters.NotYours, without telling whether it exists."""
    found = (
        Contact.objects.select_related("thread", "matter", "party", "staff")
        .filter(pk=pk, matter__in=visible_to(staff))
        .first()
    )
    if found is None:
        raise NotYours(f"message {pk}")
    return found


def in_thread(thread: Thread) -> QuerySet[Contact]:
    """Everything in a thread: numbered ones in order, then what is blocked, waiting or cancelled, by time."""
    return Contact.objects.filter(thread=thread).select_related("staff").order_by("at")


def timeline(matter: Matter, limit: int = 200) -> QuerySet[Contact]:
    """Every contact of a matter, newest first, all channels."""
    return (
        Contact.objects.filter(matter=matter)
        .select_related("staff", "thread", "party")
        .order_by("-at")[:limit]
    )


def happened(matter: Matter) -> QuerySet[Contact]:
    """What passed in a matter in either direction, without its words: what left, what arrived, calls that were made."""
    rows = Contact.objects.filter(matter=matter, state__in=COUNTED)
    return rows.only("channel", "direction", "at").order_by("at")


def with_party(party: Party, limit: int = 1000) -> QuerySet[Contact]:
    """What this person and we said to each other, oldest first: what left, and what arrived."""
    gone = [State.RECEIVED, State.ACCEPTED, State.DELIVERED, State.LEAVING, State.UNKNOWN]
    return Contact.objects.filter(party=party, state__in=gone).order_by("at")[:limit]


def last_contact(party: Party) -> datetime | None:
    """When there was last anything between us and this person, or anybody in a matter of theirs."""
    rows = Contact.objects.filter(Q(party=party) | Q(matter__loan__people__party=party))
    found: datetime | None = rows.aggregate(last=Max("at"))["last"]
    return found


def spoken_with(party: Party) -> tuple[set[str], set[str]]:
    """Who of ours had a contact with this person, by staff number, and on which accounts of ours."""
    rows = Contact.objects.filter(party=party).values_list("staff__staff_no", "account").distinct()
    return {staff for staff, _ in rows if staff}, {account for _, account in rows if account}


def _unmatched() -> QuerySet[Contact]:
    return Contact.objects.filter(state=State.RECEIVED, direction="inbound", thread=None)


def unmatched(limit: int = 100) -> QuerySet[Contact]:
    """What arrived from nobody we know, or from somebody without a thread."""
    return _unmatched().select_related("party").order_by("-at")[:limit]


def count_unmatched() -> int:
    return _unmatched().count()


def masked_text(contact: Contact) -> str:
    """The words with every identifier that was found in them covered: for who does not yet know whose they are."""
    return mask(contact.shown, [Finding.from_data(found) for found in contact.findings])


def unanswered(staff: Staff) -> QuerySet[Thread]:
    """Threads of this person's in which the other side wrote last."""
    from django.db.models import OuterRef, Subquery  # local: only this read needs them

    last = Contact.objects.filter(thread=OuterRef("pk"), number__isnull=False).order_by("-number")
    return (
        Thread.objects.filter(owner=staff, state__in=["open", "proposed"])
        .annotate(
            last_direction=Subquery(last.values("direction")[:1]), last_at=Subquery(last.values("at")[:1])
        )
        .filter(last_direction="inbound")
        .select_related("matter", "party")
        .order_by("last_at")
    )


def labelled(party: Party, labels: tuple[str, ...], *, since: datetime) -> int:
    """How many inbound messages of this person carry any of these labels since then."""
    rows = Contact.objects.filter(party=party, state=State.RECEIVED, at__gte=since).values_list(
        "labels", flat=True
    )
    return sum(1 for row in rows if set(row) & set(labels))


def queued(at: datetime) -> QuerySet[Contact]:
    """What has been allowed and has not left."""
    return Contact.objects.filter(
        Q(state=State.SCHEDULED), Q(not_before__lte=at) | Q(not_before=None)
    ).order_by("not_before")


WAITING = (State.SCHEDULED, State.AWAITING_APPROVAL)  # allowed or asked for, and not gone
QUARTER = timedelta(days=90)
OURS = ("outbound", "reply")
HAPPENED = (State.ACCEPTED, State.DELIVERED, State.UNKNOWN, State.FAILED)


def not_in(seen: QuerySet[Any], *, before: datetime, most: int) -> list[Contact]:
    """Contacts of ours that have happened and are not among `seen` (a query of ids), oldest first. A call that was handed over
    has not happened before somebody says what became of it, or a day has passed."""
    rows = Contact.objects.filter(direction__in=OURS, state__in=HAPPENED, at__lte=before).exclude(pk__in=seen)
    rows = rows.exclude(
        channel__in=SPOKEN, state__in=[State.ACCEPTED, State.UNKNOWN], at__gt=before - timedelta(days=1)
    )
    return list(rows.select_related("thread", "matter", "party", "staff").order_by("at")[:most])


def happened_between(since: datetime, until: datetime) -> int:
    """How many contacts of ours happened."""
    return Contact.objects.filter(
        direction__in=OURS, state__in=HAPPENED, at__gte=since, at__lte=until
    ).count()


def blocked(*, since: datetime, until: datetime) -> QuerySet[Contact]:
    """What the gate stopped at proposal."""
    return Contact.objects.filter(state=State.BLOCKED, at__gte=since, at__lte=until).only("decision")


def blocked_for(staff: Iterable[int], *, since: datetime, until: datetime) -> QuerySet[Contact]:
    """What the gate stopped when these people proposed it: labels only."""
    rows = Contact.objects.filter(staff__in=list(staff), state=State.BLOCKED, at__gte=since, at__lte=until)
    return rows.only("staff", "labels")


def provoked(staff: Iterable[int], *, since: datetime, until: datetime) -> dict[int, int]:
    """How often the other side provoked each of these people."""
    rows = Contact.objects.filter(staff__in=list(staff), state=State.RECEIVED, at__gte=since, at__lte=until)
    return Counter(
        who for who, labels in rows.values_list("staff", "labels") if who and set(labels) & PROVOKING
    )


def provoked_before(contact: Contact) -> bool:
    """Whether the other side had provoked, insulted or threatened us within the hour before this contact."""
    if contact.thread_id is None:
        return False
    rows = Contact.objects.filter(
        thread=contact.thread_id,
        state=State.RECEIVED,
        at__gt=contact.at - timedelta(hours=1),
        at__lte=contact.at,
    )
    return any(set(labels) & PROVOKING for labels in rows.values_list("labels", flat=True))


@dataclass(frozen=True)
class CoolDown:
    """Somebody was provoked in a thread: since when, until when their own words are read by a second person."""

    since: datetime
    until: datetime


def cool_down(thread: Thread, staff: Staff, at: datetime) -> CoolDown | None:
    """The cool-down that runs for this person in this thread, where the rules in force know one."""
    minutes = pack_on(at).parameters.get("cool_down_minutes")
    since = provoked_at(thread, staff, at) if minutes else None
    if minutes is None or since is None:
        return None
    until = since + timedelta(minutes=int(minutes.on(localdate(at))))
    return CoolDown(since, until) if until > at else None


def around(contact: Contact, n: int = 5) -> list[Contact]:
    """The messages of a thread just before and after this one, itself among them."""
    rows = Contact.objects.filter(thread=contact.thread_id).exclude(text=None).select_related("staff")
    before = list(rows.filter(at__lt=contact.at).order_by("-at")[:n])
    after = list(rows.filter(at__gt=contact.at).order_by("at")[:n])
    return [*reversed(before), contact, *after]


def by_ids(ids: Iterable[UUID]) -> dict[UUID, Contact]:
    rows = Contact.objects.filter(pk__in=list(ids)).select_related("thread", "matter", "party", "staff")
    return {row.pk: row for row in rows}


def covered(over: str, key: str) -> Q:
    """What a stop over a party, a member, an account or the whole lender covers; the same that `release` asks for."""
    return {
        "party": Q(party_id=key or None),
        "staff": Q(staff__staff_no=key),
        "account": Q(account=key),
        "lender": Q(),
    }[over]


def of_scope(over: str, key: str, states: Collection[State]) -> QuerySet[Contact]:
    """Contacts that a stop covers and that are in one of these states, oldest first."""
    return (
        Contact.objects.filter(covered(over, key), state__in=states)
        .select_related("party", "staff", "thread")
        .order_by("at", "pk")
    )


def several(ids: Collection[str]) -> list[Contact]:
    return list(
        Contact.objects.filter(pk__in=list(ids))
        .select_related("party", "staff", "matter")
        .order_by("left_at", "pk")
    )


def has_account(account: str) -> bool:
    return Contact.objects.filter(account=account).exists()


def taken_back(over: str, key: str, *, why: str, since: datetime) -> dict[tuple[str, str], int]:
    """How many messages a stop took back, by channel and account of ours."""
    rows = Contact.objects.filter(
        covered(over, key), state=State.CANCELLED, why=told_of([(over, why)]), settled_at__gte=since
    )
    return {
        (channel, account): n
        for channel, account, n in rows.values_list("channel", "account").annotate(n=Count("pk"))
    }


def left_since(over: str, key: str, since: datetime) -> tuple[list[Contact], list[Contact]]:
    """What of ours left after a stop, or so the record says: through our own gate (there must be none), and by a member's hand."""
    rows = list(
        Contact.objects.filter(covered(over, key), left_at__gt=since)
        .exclude(state=State.RECEIVED)
        .select_related("party", "staff")
        .order_by("left_at")[:200]
    )
    by_hand = [r for r in rows if r.why in BY_MEMBERS or is_own_phone(r.account)]
    return [r for r in rows if r not in by_hand], by_hand
