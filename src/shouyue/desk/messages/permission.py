"""May we contact this person, on each channel, now? The gate's answer before there are any words, for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from shouyue.desk.matters.models import Matter, Thread
from shouyue.desk.messages.facts import Intent, facts_for, night_consent
from shouyue.desk.parties.models import Consent, Party
from shouyue.desk.people.models import Staff
from shouyue.desk.rulebook.reads import pack_on
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.policy.pack import Pack
from shouyue.policy.quiet import closed
from shouyue.terms import GATE_OF, Channel, Gate, Purpose

ASKED = (Channel.WECOM, Channel.SMS, Channel.PHONE, Channel.VISIT, Channel.LETTER)


# facts about words: before there are any, a rule that waits for them has nothing to say
WORDS = frozenset({"text", "labels", "identifiers", "ledger_match"})


@dataclass(frozen=True)
class Permission:
    """What the gate would say to a contact on this channel at this moment, whatever its words."""

    channel: Channel
    gate: Gate
    decision: Decision


def permissions(*, matter: Matter, party: Party, staff: Staff, at: datetime) -> list[Permission]:
    """The gate's answer for each channel. Nothing is kept; what the words add is judged when there are words."""
    pack = pack_on(at)
    answers = []
    for channel in ASKED:
        account = staff.wecom_userid or "" if channel == Channel.WECOM else matter.loan.client
        meant = Thread(
            matter=matter, party=party, purpose=Purpose.NOTICE, channel=channel, account=account, owner=staff
        )
        intent = Intent(thread=meant, text="", staff=staff, when=at)
        answers.append(Permission(channel, GATE_OF[channel], wordless(pack, intent)))
    return answers


def wordless(pack: Pack, intent: Intent, *, id: UUID | None = None) -> Decision:
    """What the gate would say to this contact whatever its words; `id` is its own where it happened."""
    facts = facts_for(intent, id=id or uuid4())
    known = Facts.of({k: v for k, v in facts.known.items() if k not in WORDS}, facts.earlier)
    return _before_words(decide(pack, known, intent.when))


def _before_words(decision: Decision) -> Decision:
    """The decision without the rules that only wait to see the words."""
    spoken = tuple(s for s in decision.spoken if not set(s.unknown) & WORDS)
    heard = [s.effect for s in spoken if s.effect is not Effect.RECORD]
    effect = max(heard, key=lambda e: e.weight, default=Effect.ALLOW)
    return replace(decision, spoken=spoken, effect=effect)


def quiet_until(
    pack: Pack, zone: str, at: datetime, channel: Channel = Channel.SMS, given: Sequence[Consent] = ()
) -> datetime | None:
    """When ordinary hours begin again for somebody living in `zone`, or those that they agreed to on this channel; None
    while they last.

    Asked of the gate with nothing but these known: rules that block for a time are rules about hours.
    """
    agreed = night_consent(given, channel)
    found = [s.until for s in closed(pack, zone, at, channel, agreed) if s.until]
    return max(found, default=None)
