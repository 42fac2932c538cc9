"""The facts of many at once are those of each alone, and more cases ask no more questions."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shouyue.casework.plan import equal_parts
from shouyue.desk.approvals import reads as approvals
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import plans
from shouyue.desk.matters.models import Thread
from shouyue.desk.messages import outbound
from shouyue.desk.messages.facts import Intent, facts_for
from shouyue.desk.messages.many import filled
from shouyue.desk.parties import actions as parties
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db
POLITE = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"


def intents(office, when, text, channel=Channel.SMS):
    rows = list(matters.visible_to(office.wangmin).order_by("number"))
    debtors = matters.debtors_of(row.loan_id for row in rows)
    found = []
    for row in rows:
        open_one = matters.open_thread(party=debtors[row.loan_id], channel=channel, account=row.loan.client)
        thread = open_one or Thread(
            matter=row,
            party=debtors[row.loan_id],
            purpose=Purpose.NOTICE,
            channel=channel,
            account=row.loan.client,
            owner=row.owner,
        )
        thread.party = debtors[row.loan_id]
        found.append(Intent(thread=thread, text=text, staff=row.owner, when=when))
    return found


@pytest.fixture
def busy(office, wires):
    """A morning in which something of every kind has happened to somebody."""
    for n in (1, 2, 5):
        matter = office.matter(n)
        thread = matter_verbs.open_thread(
            matter=matter, party=office.debtor(n), purpose=Purpose.NOTICE, channel=Channel.SMS,
            account=matter.loan.client, owner=matter.owner, by=matter.owner, at=office.at,
        )  # fmt: skip
        outbound.propose(
            id=uuid.uuid4(), thread=thread, text=POLITE, acknowledged=True, by=matter.owner, at=office.at
        )
    drain(at=office.at, tolerate=True)
    parties.stop(party=office.debtor(2), kind="dispute", why="称金额有误", by=office.lina, at=office.at)
    parties.stop(
        party=office.debtor(3), kind="opt_out", channel="phone", why="请勿来电", by=office.lina, at=office.at
    )
    parties.give_consent(
        party=office.debtor(5), what="night_contact", form="express", words="晚上可以联系", channel="sms",
        window={"from": "22:00", "to": "23:00"}, by="portal", at=office.at,
    )  # fmt: skip
    parties.prove_identity(
        party=office.debtor(6),
        how="id_card_photo",
        facts={"number": True},
        original="",
        by="portal",
        at=office.at,
    )
    ill = office.matter(3)
    owed = matters.debt(ill.loan, office.at)
    plans.propose_plan(
        longest=60,
        id=uuid.uuid4(), matter=ill, party=office.debtor(3), parts=equal_parts(owed.total, 3, office.at.date() + timedelta(days=20)),
        why="住院后分期还清", by=office.lina, at=office.at,
    )  # fmt: skip
    for asked in approvals.waiting_for(office.wangmin, office.at):
        plans.decide_plan(approval=asked, grant=True, reason="同意分期", by=office.wangmin, at=office.at)
    return office


@pytest.mark.parametrize("text", ["", POLITE, "您逾期3218.40元，电话13800000002"])
@pytest.mark.parametrize("hours", [1, 12, 30])
def test_the_facts_of_many_are_those_of_each_alone(busy, text, hours):
    when = busy.at + timedelta(hours=hours)
    alone = [facts_for(one, id=uuid.UUID(int=1)).to_json() for one in intents(busy, when, text)]
    together = [facts_for(one, id=uuid.UUID(int=1)).to_json() for one in filled(intents(busy, when, text))]
    assert together == alone


def test_what_is_filled_in_is_not_asked_again(busy):
    many = filled(intents(busy, busy.at, POLITE))
    with CaptureQueriesContext(connection) as asked:
        for one in many:
            facts_for(one, id=uuid.UUID(int=1))
    assert len(asked) == 0, [q["sql"][:120] for q in asked]


def test_more_cases_ask_no_more_questions(busy):
    """One question more is allowed: whose certificates are held is asked once for each owner."""

    def asked(owner):
        some = [one for one in intents(busy, busy.at, POLITE) if owner in (None, one.staff)]
        with CaptureQueriesContext(connection) as questions:
            filled(some)
        return [q["sql"] for q in questions]

    few, all_ = asked(busy.zhaolei), asked(None)
    assert len(all_) <= len(few) + 1
