"""A contact that happened, decided again: with the rules of its own moment and what is known and recognised by now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from shouyue.desk.matters import reads as matters
from shouyue.desk.messages.attempts import SPOKEN, moment, spoken
from shouyue.desk.messages.facts import Intent, facts_for, had_reached
from shouyue.desk.messages.models import Contact
from shouyue.desk.messages.permission import wordless
from shouyue.desk.rulebook.reads import NoRulesInForce, pack_on
from shouyue.policy.decision import Decision
from shouyue.policy.gate import decide
from shouyue.screening.model import SURE


@dataclass(frozen=True)
class Past(Intent):
    """An intent that became a contact: which way it went is known, not guessed from what came after."""

    contact: Contact | None = None

    @property
    def direction(self) -> str:
        assert self.contact
        return self.contact.direction

    @cached_property
    def reached(self) -> bool:
        """Whether anything of ours had reached out to them before this."""
        assert self.contact
        return had_reached(self.thread.party, by=self.staff, before=self.when, but=self.contact.pk)


@dataclass(frozen=True, slots=True)
class Again:
    """What the gate says to it now, and what its words say, for sure and perhaps."""

    decision: Decision
    sure: frozenset[str]
    suspected: frozenset[str]
    owes: bool


def again(contact: Contact) -> Again | None:
    """Decide a contact of ours again; None where nothing can be asked: no thread, no member of staff, or no rules.

    A call or a visit is judged at the time when it took place, by what was said in it. Where nobody has written that down, and
    where a message has no words, hour, number of contacts and person are judged all the same, as before any words.
    """
    if contact.thread_id is None or contact.staff is None:
        return None
    when = moment(contact)
    thread = matters.thread(contact.thread_id)
    words = spoken(contact) if contact.channel in SPOKEN else contact.text or ""
    intent = Past(
        thread=thread,
        text=words,
        script=contact.script,
        staff=contact.staff,
        when=when,
        contact=contact,
    )
    try:
        pack = pack_on(when)
    except NoRulesInForce:
        return None
    if words:
        decision = decide(pack, facts_for(intent, id=contact.pk), when)
    else:
        decision = wordless(pack, intent, id=contact.pk)
    found = intent.screened.findings
    sure = frozenset(f.label for f in found if f.label and f.certainty >= SURE)
    return Again(
        decision,
        sure,
        frozenset(intent.screened.labels) - sure - {"clean"},
        matters.role_in(thread.matter.loan, thread.party).owes,
    )
