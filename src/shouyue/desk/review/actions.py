"""Before: a message is sent back with better words (R9). Holding, releasing and refusing are answers of `approvals`."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from shouyue.desk.approvals.models import Approval
from shouyue.desk.ledger.actions import seal
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties.models import Party
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.desk.review.models import Edit
from shouyue.policy.decision import Effect

LEAST_WORDS = 4


class UnableToReview(Exception):
    """This cannot be reviewed or sent back so."""


def _in_words(text: str, what: str) -> str:
    if len(text.strip()) < LEAST_WORDS:
        raise UnableToReview(f"{what} needs at least {LEAST_WORDS} characters; found “{text.strip()}”")
    return text.strip()


# ── before ──


@transaction.atomic
def edit_and_return(*, approval: Approval, words: str, reason: str, by: Staff, at: datetime) -> Contact:
    """Send a message back with words that would do. The gate has read them first: what it would block is not offered.

    The writer decides whether to send them: whoever reviews never writes in somebody else's thread.
    """
    words = _in_words(words, "the new wording")
    contact = messages.get(approval.about)
    if contact.text == words:
        raise UnableToReview("these are the words as they were; release them or change them")
    assert contact.thread and contact.staff
    said = messages.preview(thread=contact.thread, text=words, by=contact.staff, at=at).decision
    if said.effect == Effect.BLOCK and said.next_lawful is None:
        rules = ", ".join(one.rule for one in said.spoken if one.effect == Effect.BLOCK)
        raise UnableToReview(f"the gate would block these words too: {rules}")
    returned = outbound.approve(approval=approval, grant=False, reason=reason, by=by, at=at)
    Edit.objects.create(contact=returned, words=words, by=by, at=at)
    seal(
        "review/edited",
        stream=approval.stream,
        subject=returned.party_id,
        parts={"contact": str(returned.pk), "body": words, "reason": reason},
        by=by,
        at=at,
    )
    return returned


def forget(*, party: Party, by: Actor, at: datetime) -> None:
    """The better words of messages to this person go with the messages. Whoever calls this seals the erasure first."""
    Edit.objects.filter(contact__party=party).update(words="")
