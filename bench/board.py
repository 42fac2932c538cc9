"""The board over a thousand cases and thirty thousand contacts: each figure, the page of all of them, and one figure's own page.

python -m bench board
"""

from __future__ import annotations

from datetime import date

from bench.evidence import empty_desk, say, times
from bench.queue import found, page, signed_in


def main() -> None:
    with empty_desk():
        found()
        measure()


def measure() -> None:
    from shouyue.desk.board import reads
    from shouyue.desk.board.figures import PARTED, By, Figure, Period
    from shouyue.desk.messages.models import Contact
    from shouyue.desk.people.reads import staff_by_no

    question = reads.Question(staff_by_no("3001"), Period(date(2026, 2, 11), date(2026, 3, 11)))
    say("contacts", f"{Contact.objects.count():,}")
    for figure in Figure:
        say(f"{figure}, in all", times([lambda f=figure: reads.total(f, question)] * 3))
        if By.WEEK in PARTED[figure]:
            say(f"{figure}, by week", times([lambda f=figure: reads.parted(f, question, By.WEEK)] * 3))
    client = signed_in("3001")
    page(client, "/board/?since=2026-02-11&until=2026-03-10")
    for figure in (Figure.REACHED, Figure.RECOVERY, Figure.COMPLAINTS):
        page(client, f"/board/{figure}/?since=2026-02-11&until=2026-03-10")
