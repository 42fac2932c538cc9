"""Who else owes: each guarantor has a clock that the gate obeys; a company is reached where its register says, and sealed by
whom it allows."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.actions import clocks
from shouyue.desk.messages import outbound
from shouyue.desk.messages.facts import Intent, facts_for
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as party_reads
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.vault import originals
from shouyue.policy.gate import decide
from shouyue.terms import Channel, Purpose
from tests.office import place_company

pytestmark = pytest.mark.django_db
CLAIM = (
    "【示例汽车金融有限公司】您为合同提供连带责任保证，现请您依约承担保证责任。工号1023，电话400-000-0000。"
)


@pytest.fixture
def guaranteed(office, wires):
    """The loan of case 3, whose guarantor 杨树 is bound jointly, and a thread with him."""
    matter = office.matter(3)
    (row,) = matters.guarantors_of(matter.loan)
    thread = matter_verbs.open_thread(
        matter=matter, party=row.party, purpose=Purpose.NOTICE, channel=Channel.SMS, account=matter.loan.client,
        owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    return matter, row, thread


def rules(office, thread, at, text=CLAIM):
    facts = facts_for(Intent(thread, text, office.lina, at), id=uuid.uuid4())
    decision = decide(pack_on(office.at), facts, at)
    return {s.rule for s in decision.spoken if s.effect == "block"}


def test_after_the_period_nobody_may_ask_the_guarantor_unless_it_was_claimed_in_time(office, guaranteed):
    matter, row, thread = guaranteed
    within, after = (office.at, office.at.replace(year=row.guarantee_until.year + 1))
    assert "CLK.guarantee.expired" not in rules(office, thread, within)
    assert "CLK.guarantee.expired" in rules(office, thread, after)
    clocks.record_event(
        loan=matter.loan, kind="guarantee_claimed", on=office.at.date(), proof="EMS 1000002 签收",
        party=row.party, by=office.chen, at=office.at,
    )  # fmt: skip
    assert "CLK.guarantee.expired" not in rules(office, thread, after)


def test_a_claim_on_one_who_guarantees_nothing_is_refused(office):
    with pytest.raises(clocks.UnableToCount, match="does not guarantee"):
        clocks.record_event(
            loan=office.matter(3).loan, kind="guarantee_claimed", on=office.at.date(), proof="EMS 1000003",
            party=office.debtor(3), by=office.chen, at=office.at,
        )  # fmt: skip


@pytest.fixture
def company(office, wires):
    return place_company(office)


def test_a_company_is_written_to_at_its_registered_contact_or_the_contract_s(office, company):
    matter, party = company
    contract = party_reads.points(party).get()
    parties.lock_point(point=contract, why="停机", by=office.lina, at=office.at)
    parties.add_point(
        party=party,
        kind="mobile",
        value="13900000009",
        source="told_by_reserved_contact",
        by="t",
        at=office.at,
    )
    thread = matter_verbs.open_thread(
        matter=matter, party=party, purpose=Purpose.NOTICE, channel=Channel.SMS, account=matter.loan.client,
        owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    assert "CBA-2026.source" in rules(office, thread, office.at)
    parties.add_point(
        party=party,
        kind="mobile",
        value="13900000002",
        source="lawful_public",
        registered=True,
        by="t",
        at=office.at,
    )
    assert "CBA-2026.source" not in rules(office, thread, office.at)
    sent = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=CLAIM, acknowledged=True, by=office.lina, at=office.at
    )
    assert sent.point == party_reads.points(party).get(registered=True).index


def test_a_seal_binds_by_its_print_its_user_and_its_time(office, company):
    _, party = company
    boss = parties.get_to_know(name="韩立", id_no=None, by="t", at=office.at)
    clerk = parties.get_to_know(name="郝云", id_no=None, by="t", at=office.at)
    parties.name_representative(company=party, person=boss, why="营业执照", by=office.chen, at=office.at)
    print_ = originals.keep(b"a picture of a print")
    chop = parties.register_chop(
        company=party, kind="contract", specimen=print_, signatories=[boss], valid_from=date(2024, 1, 1),
        by=office.chen, at=office.at,
    )  # fmt: skip
    why_not = party_reads.why_not_binding
    assert why_not(chop, boss, date(2025, 1, 1)) == []
    assert why_not(chop, clerk, date(2025, 1, 1)) == ["whoever used it is not one of those who may"]
    assert why_not(chop, boss, date(2023, 12, 31)) == ["the seal is valid from 2024-01-01 only"]
    chop = parties.retire_chop(chop=chop, on=date(2025, 6, 1), why="印章遗失", by=office.chen, at=office.at)
    assert why_not(chop, boss, date(2025, 6, 1)) == ["the seal was retired on 2025-06-01"]
    assert why_not(chop, boss, date(2025, 5, 31)) == []
    assert len(why_not(chop, clerk, date(2025, 6, 1))) == 2
    with pytest.raises(parties.UnableToRepresent, match="nobody would be allowed"):
        parties.register_chop(
            company=party, kind="official", specimen=print_, signatories=[], valid_from=date(2024, 1, 1),
            by=office.chen, at=office.at,
        )  # fmt: skip
    with pytest.raises(parties.UnableToRepresent, match="only a company"):
        parties.register_chop(
            company=boss, kind="official", specimen=print_, signatories=[boss], valid_from=date(2024, 1, 1),
            by=office.chen, at=office.at,
        )  # fmt: skip
