"""A collector's queue with a thousand cases: the next step of each, the gate's answer for a page of them, and the page itself.

    python -m bench queue

The cases are the demonstration's over and over, each borrower born on a day of their own, with thirty contacts each over four
weeks: sent, delivered, blocked, returned and answered. Payments and promises lie under every third case.
"""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bench.evidence import empty_desk, say, times

CASES = 1_000
CONTACTS = 30  # of each case
MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # Tuesday 10:00 in Shanghai
NIGHT = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)  # 22:30


def _borrowers(cases: int) -> tuple[tuple[Any, ...], ...]:
    """The demonstration's borrowers over and over, each born on a day of their own."""
    from shouyue.cli.demo.lender import BORROWERS

    return tuple(
        (one[0], f"{1950 + n // 336:04d}{1 + n // 28 % 12:02d}{1 + n % 28:02d}", *one[2:])
        for n in range(cases)
        for one in [BORROWERS[n % len(BORROWERS)]]
    )


def found(cases: int = CASES, contacts: int = CONTACTS) -> None:
    """A lender with so many cases, nearly all of them 李娜's, and what was said in them during four weeks."""
    from shouyue.cli.demo import lender

    known, number = lender.BORROWERS, lender.resident_id
    lender.BORROWERS = _borrowers(cases)
    lender.resident_id = lambda birth, serial: number(birth, serial % 1000)
    try:
        lender.found(at=MORNING - timedelta(days=28))
    finally:
        lender.BORROWERS, lender.resident_id = known, number
    _history(contacts)


def _history(each: int) -> None:
    from shouyue.casework.contact import Contact as State
    from shouyue.desk.matters.models import Balance, LoanParty, Matter, Payment, Promise, Thread
    from shouyue.desk.messages.models import Contact

    draw = random.Random(1)
    debtors = {row.loan_id: row.party_id for row in LoanParty.objects.filter(role="debtor")}
    became = [State.DELIVERED] * 12 + [State.RECEIVED] * 8 + [State.BLOCKED] * 4 + [State.ACCEPTED] * 4
    became += [State.RETURNED, State.FAILED]
    threads, said, paid, promised, told = [], [], [], [], []
    for n, matter in enumerate(Matter.objects.select_related("loan", "owner")):
        party = debtors[matter.loan_id]
        thread = Thread(
            matter=matter, party_id=party, purpose="negotiation", channel="sms", account=matter.loan.client,
            owner=matter.owner, opened_at=matter.opened_at, numbered=each,
        )  # fmt: skip
        threads.append(thread)
        times_ = sorted(MORNING - timedelta(minutes=draw.randrange(60, 28 * 24 * 60)) for _ in range(each))
        for number, at in enumerate(times_, start=1):
            state = draw.choice(became)
            theirs = state == State.RECEIVED
            said.append(
                Contact(
                    id=uuid.uuid4(),
                    thread=thread,
                    matter=matter,
                    party_id=party,
                    channel="sms",
                    direction="inbound" if theirs else "outbound",
                    purpose="negotiation",
                    staff=matter.owner,
                    account=matter.loan.client,
                    number=number,
                    text="好的，我知道了" if theirs else "请您在方便时回电",
                    state=state,
                    labels=["neutral"] if theirs else ["clean"],
                    at=at,
                    connected=theirs or None,
                    left_at=at if state in (State.DELIVERED, State.ACCEPTED, State.FAILED) else None,
                )
            )
        days = [(MORNING - timedelta(days=d)).date() for d in (21, 14, 7, 1)]
        known = matter.loan.balances.first()
        told += [_later(Balance, known, day, n) for n, day in enumerate(days, start=1)]
        if n % 3 == 0:
            paid.append(
                Payment(
                    loan=matter.loan,
                    amount=Decimal("1000.00"),
                    paid_on=days[2],
                    reference=f"P{n}",
                    recorded_at=MORNING - timedelta(days=7),
                )
            )
            promised.append(
                Promise(
                    id=uuid.uuid4(),
                    matter=matter,
                    party_id=party,
                    amount=Decimal("1000.00"),
                    due_on=days[1],
                    channel="sms",
                    state="kept" if n % 2 else "broken",
                    paid=Decimal("1000.00") if n % 2 else Decimal(0),
                    made_at=MORNING - timedelta(days=20),
                    judged_at=MORNING - timedelta(days=13),
                )
            )
    for model, rows in (
        (Thread, threads),
        (Contact, said),
        (Payment, paid),
        (Promise, promised),
        (Balance, told),
    ):
        model.objects.bulk_create(rows, batch_size=2000)


def _later(model: Any, known: Any, day: Any, week: int) -> Any:
    """The same balance as the lender's file told it on a later day."""
    values = {f.attname: getattr(known, f.attname) for f in model._meta.concrete_fields if not f.primary_key}
    return model(**values | {"as_of": day, "days_past_due": known.days_past_due + 7 * week})


def signed_in(staff_no: str) -> Any:
    """A browser of this member of staff, who has shown their second factor."""
    from django.test import Client

    from shouyue.desk.console import frame
    from shouyue.desk.console.sign_in.second_factor import BY_DEMO_DOOR
    from shouyue.desk.people.reads import staff_by_no

    frame.Moment.clock = staticmethod(lambda: MORNING)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(staff_by_no(staff_no))
    session = client.session
    session[BY_DEMO_DOOR] = True
    session.save()
    return client


def page(client: Any, address: str) -> None:
    """Say what a page costs, and how many questions it asks of the database."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def get() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"

    get()
    say(f"the page {address}", times([get] * 5))
    with CaptureQueriesContext(connection) as questions:
        get()
    say("… questions to the database", str(len(questions)))


def main() -> None:
    with empty_desk():
        found()
        measure()


def measure() -> None:
    from shouyue.desk.outreach.reach import look, strategies_of
    from shouyue.desk.outreach.steps import asked, steps
    from shouyue.desk.people.reads import staff_by_no
    from shouyue.desk.rulebook.reads import pack_on

    owner = staff_by_no("1023")
    steps(owner, MORNING)
    found_ = steps(owner, MORNING)
    say("cases in the queue", f"{len(found_):,}")
    say("the next step of each", times([lambda: steps(owner, MORNING)] * 5))
    say("the gate's answer for a page of 50, by day", times([lambda: asked(found_[:50], MORNING)] * 5))
    night = steps(owner, NIGHT)
    say("… by night, with the next lawful moment", times([lambda: asked(night[:50], NIGHT)] * 5))
    client = signed_in("1023")
    page(client, "/queue/")
    page(client, "/queue/?show=now&page=3")
    body = (pack_on(MORNING).folder / "practice/strategies.yaml").read_text("utf-8")
    strategies = strategies_of(body, MORNING)
    run = look(strategies, MORNING)
    say("a dry run of strategies: steps due, of which go", f"{len(run):,}, {sum(one.goes for one in run):,}")
    say("a dry run over the portfolio", times([lambda: look(strategies, MORNING)] * 3))
