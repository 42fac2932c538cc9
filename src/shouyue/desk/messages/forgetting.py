"""What is left of a person's messages after erasure: that they were, when, on which channel, and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from shouyue.desk.messages.models import Contact, RawEvent
from shouyue.desk.parties.models import Party
from shouyue.desk.people.reads import Actor


@transaction.atomic
def forget(*, party: Party, called: Collection[str], by: Actor, at: datetime) -> None:
    """Blank words, raw bytes and what was judged. Whoever calls this seals the erasure first.

    Files lie under the person's own key and cannot be read once that is destroyed. A raw digest is replaced, since bytes that
    are easily guessed could be recognised by it. A stop that names them (`called`) is the reason of other people's messages, too.
    """
    for name in called:
        Contact.objects.filter(why__contains=name).update(why="")
    mine = Contact.objects.filter(party=party)
    for raw in RawEvent.objects.filter(contacts__in=mine).distinct():
        raw.body, raw.digest = "", f"erased{uuid4().hex}"
        raw.save(update_fields=["body", "digest"])
    mine.update(
        text=None, sender=None, later_text=None, heard=None, facts=None, decision=None, findings=[], labels=[],
        media=[], point="", why="",
    )  # fmt: skip
