"""What a channel must do: send, find, verify, parse. Everything that arrives becomes one of the events below.

The desk's two roads use nothing else of a connector:

* in: `verify` (is it really from them? what are the bytes?), keep `payload` raw, later `parse(payload)` → events.
  `parse` is pure and repeatable, so a job that died half-way runs again over the bytes that were kept. What is not
  delivered but must be fetched (a customer-service inbox, an archive) comes by `pull`, one payload for each event.
* out: `send(message, key)` → `Accepted | Refused | Unknown`; later `find(key)` for what is `Unknown` or was cut off.

Every event carries the channel's own `external_id` (the key of de-duplication) and the payload it was read from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol, runtime_checkable

from shouyue.terms import Channel, Gate


# ── what we send, and what became of it ──────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message that may leave: the gate has spoken and the row says `leaving`."""

    to: str  # external_userid, mobile number, e-mail or postal address: what this channel dials
    text: str
    account: str  # ours: the open_kfid, the SMS signature, the caller number, the sender's address
    subject: str = ""  # e-mail and letters
    template: str = ""  # the approved template's own code where the channel wants one
    values: Mapping[str, str] = field(default_factory=dict)  # of that template
    not_after: datetime | None = None  # the last lawful moment; a channel that queues must honour it


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel took it. `reference` is the channel's own id; receipts quote it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel did not take it. Not permanent: the same message may be tried again, not before `after`."""

    permanent: bool
    why: str
    code: str = ""  # the channel's own error code
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, or one that does not say. Ask `find`; never send again blindly."""

    why: str


@dataclass(frozen=True, slots=True)
class NeverSent:
    """`find` is certain: nothing left under this key. Only now may it be sent again."""


Outcome = Accepted | Refused | Unknown
Found = Accepted | Refused | Unknown | NeverSent


# ── what arrives ─────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Call:
    """A request that somebody made to our door, as plain data: no web framework reaches a connector."""

    method: str  # GET | POST
    query: Mapping[str, str]  # URL-decoded
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case


@dataclass(frozen=True, slots=True)
class Verified:
    """A call that is really theirs. `answer` goes back as it is (status 200) once `payload` is kept."""

    payload: bytes  # decrypted; empty for a check of the address, which leaves nothing to keep
    answer: bytes = b""
    nonce: str = ""  # unique to this call: a second one under the same nonce is a replay


class CallbackRefused(Exception):
    """A call that is not theirs, not whole or not fresh. `status` is the protocol's own answer; keep only the refusal."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a message, not yet fetched. `reference` is what the channel wants to be asked with."""

    kind: str  # image | voice | video | file | emotion
    reference: str
    size: int | None = None
    md5: str = ""  # as they claim; may be empty and may be wrong
    name: str = ""
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened over there. `at` is their time, aware, UTC."""

    external_id: (
        str  # the channel's own id of it, at most 160 characters: the same thing twice has the same id
    )
    channel: Channel
    account: str  # ours, at which it happened; empty where they do not say
    at: datetime
    raw: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes it was read from, lower-case hex."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRequested(Event):
    """A borrower pressed "add" on an acquisition link. They do not say who: only our own `state` ties it to a case."""

    link_id: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAdded(Event):
    """The friendship exists. Compare with the approval; without one it is an incident."""

    userid: str
    external_userid: str
    state: str = ""
    welcome_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactHalfAdded(Event):
    """The customer added a member who skips verification; the member has not confirmed yet."""

    userid: str
    external_userid: str
    state: str = ""
    welcome_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDeleted(Event):
    """The friendship ended: by the member (`del_external_contact`) or by the customer (`del_follow_user`)."""

    userid: str
    external_userid: str
    by_member: bool
    by_transfer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEdited(Event):
    """Remark or tags changed in the client."""

    userid: str
    external_userid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(Event):
    """A takeover did not happen: `customer_refused` or `customer_limit_exceed`."""

    userid: str
    external_userid: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged(Event):
    """The customer agreed or refused that this chat is archived."""

    userid: str
    external_userid: str
    agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Event):
    """A customer group was made, changed or dissolved. With a debtor in it, third parties learn of the debt."""

    chat_id: str
    change: str  # create | update | dismiss
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged(Event):
    """Something about an acquisition link or its quota that needs a person: unavailable, deleted, balance low …"""

    change: str
    link_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDue(Event):
    """There is something to fetch. The notice can be lost, so fetch on a schedule as well."""

    what: str  # kf | archive
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntered(Event):
    """A customer opened the customer-service window; `state` is the token that our link carried."""

    sender: str
    scene: str = ""
    state: str = ""
    welcome_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageArrived(Event):
    """One message of a conversation: theirs, or a member's own (`ours`) as the archive saw it."""

    sender: str
    to: tuple[str, ...] = ()
    kind: str = "text"
    text: str = ""  # what can be read as words; the rest stays in `raw`
    media: tuple[Media, ...] = ()
    sequence: int | None = None  # the channel's own order, where it has one
    ours: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecalled(Event):
    """Somebody took a message back. The original stays; show it struck through."""

    sender: str
    original: str  # external_id of the message taken back
    to: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Event):
    """Somebody changed a message after it was sent. Both forms stay."""

    sender: str
    original: str  # external_id of the message that was changed
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceipt(Event):
    """What became of something we sent. `reference` is what `Accepted` said."""

    reference: str
    delivered: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptReported(Event):
    """What became of a contact that a person or a machine of another system made for us: call, visit, session, letter."""

    reference: str
    connected: bool
    seconds: int | None = None
    result: str = ""  # a disposition code of the field guide, or the reporter's own word
    words: str = ""
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intercepted(Event):
    """The client or the data zone met a listed word in a member's text."""

    userid: str
    external_userid: str = ""
    rule: str = ""
    words: str = ""
    blocked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood(Event):
    """Kept raw and shown to a person: a kind we do not know, or one we could not open."""

    what: str


# ── the contract ─────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Page:
    """One pull: payloads to keep, each for `parse`, and the cursor to store once they are kept."""

    payloads: tuple[bytes, ...]
    cursor: str
    more: bool
    numbers: tuple[int, ...] = ()  # the provider's own, where it numbers all that it ever gives out


@runtime_checkable
class Sends(Protocol):
    """A channel through which the desk itself can write. Its gate is hard: nothing leaves but by `send`."""

    channel: Channel
    gate: Gate

    def send(self, message: Outgoing, key: str) -> Outcome:
        """Hand one message over. `key` is the message's own id: the same key never sends twice."""

    def find(self, key: str) -> Found:
        """What became of the message under this key? `NeverSent` only where the channel is certain."""


@runtime_checkable
class Receives(Protocol):
    """A channel that calls us."""

    channel: Channel

    def verify(self, call: Call, at: datetime) -> Verified:
        """Check who calls and open what they brought. Raises CallbackRefused."""

    def parse(self, payload: bytes) -> tuple[Event, ...]:
        """Read kept bytes. Pure: the same bytes give the same events. What cannot be read is `NotUnderstood`."""


@runtime_checkable
class Pulls(Protocol):
    """A channel from which we fetch."""

    channel: Channel

    def pull(self, cursor: str, token: str = "") -> Page:
        """The next payloads after `cursor` (empty: from the beginning). Raises ConnectorDown where nobody answers."""

    def parse(self, payload: bytes) -> tuple[Event, ...]: ...


@runtime_checkable
class Fetches(Protocol):
    """A channel whose messages name files that must be fetched."""

    def fetch(self, media: Media) -> bytes:
        """The file, byte for byte. Raises MediaGone where it can never be had, ConnectorDown where not now."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the other side counted on one day."""

    sent: int  # taken from us
    received: int  # given to us


@runtime_checkable
class Counts(Protocol):
    """A channel whose provider says how many there were: a count that is not ours."""

    def totals(self, day: date) -> Totals | None:
        """None where they cannot say. Raises ConnectorDown where not now."""


class MediaGone(Exception):
    """The channel no longer has the file, or gives it to nobody. That itself is worth recording."""


class ConnectorDown(Exception):
    """The other side did not answer, or answered that it cannot now. Nothing is lost; come back later."""
