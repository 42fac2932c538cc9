"""What is left of a procedure when a person in it is erased: which it was, its stages and days."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from shouyue.desk.parties.models import Party
from shouyue.desk.people.reads import Actor
from shouyue.desk.suits.models import Hearing, Measure, Suit, SuitExhibit, SuitPaper, SuitStep


@transaction.atomic
def forget(*, party: Party, by: Actor, at: datetime) -> list[str]:
    """Blank the words of every procedure that a person had a part in. Sealed by whoever calls this.

    Returns the originals to destroy: the papers that name them, and what was brought to prove with.
    """
    suits = Suit.objects.filter(matter__loan__people__party=party)
    papers = SuitPaper.objects.filter(suit__in=suits)
    exhibits = SuitExhibit.objects.filter(suit__in=suits)
    kept = [digest for pair in papers.values_list("docx", "pdf") for digest in pair]
    kept += exhibits.exclude(original="").values_list("original", flat=True)
    papers.delete()
    exhibits.update(title="", source="", original="", both_agree="", dropped_because="")
    SuitStep.objects.filter(suit__in=suits).update(note="")
    Hearing.objects.filter(suit__in=suits).update(place="", what="", off_because="", outcome="")
    Measure.objects.filter(suit__in=suits).update(what="")
    Suit.objects.filter(pk__in=suits.values("pk")).update(
        why="", outcome="", case_no="", judge="", clerk="", clerk_phone=None
    )
    return kept
