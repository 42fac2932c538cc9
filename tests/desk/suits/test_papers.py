"""Papers from the record: in Chinese, in both forms alike, with the day of every amount, never with a blank."""

from __future__ import annotations

import io
import re

import pytest
from docx import Document

from shouyue.casework.track import Track
from shouyue.desk.matters import reads as matters
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.suits import actions, papers, reads
from shouyue.desk.suits.actions import documents, evidence
from shouyue.desk.vault import originals
from shouyue.policy.papers import sum_as_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def suit(office):
    row = actions.open_suit(
        matter=office.matter(3), track=Track.SUIT, why="协商未果", by=office.chen, at=office.at
    )
    actions.claim_sum(suit=row.pk, by=office.chen, at=office.at)
    return actions.name_court(
        suit=row.pk,
        body="示例市和平区人民法院",
        case_no="（2026）示0101民初100号",
        by=office.chen,
        at=office.at,
    )


def words_of(digest: str) -> str:
    document = Document(io.BytesIO(originals.fetch(digest)))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def write(office, suit, kind, party=None):
    return documents.write(suit=suit.pk, kind=kind, party=party, by=office.chen, at=office.at)


@pytest.mark.parametrize("kind", ["demand_letter", "statement_of_claim", "evidence_list", "guarantee_demand"])
def test_a_paper_is_made_in_both_forms(office, suit, kind):
    evidence.bring(
        suit=suit.pk,
        kind="contract",
        title="借款合同",
        source="信贷档案",
        pages=12,
        by=office.chen,
        at=office.at,
    )
    (guarantor,) = matters.guarantors_of(suit.matter.loan)
    made = write(office, suit, kind, guarantor.party if kind == "guarantee_demand" else None)
    said = words_of(made.docx)
    assert pack_on(office.at).papers[kind].title.zh in said.replace("逾期贷款", "")
    assert "{{" not in said and "{%" not in said and "None" not in said
    pdf = originals.fetch(made.pdf)
    assert pdf.startswith(b"%PDF-") and b"pdfaid" in pdf
    assert made.pk in {p.pk for p in reads.papers(suit)}


def test_every_amount_has_its_day(office, suit):
    owed = matters.debt(suit.matter.loan, office.at)
    for kind in ("demand_letter", "statement_of_claim"):
        made = write(office, suit, kind)
        said = words_of(made.docx)
        sums = re.findall(r"人民币[\d,]+\.\d\d元", said)
        assert len(sums) >= 4 and made.as_of == owed.as_of
        assert len(re.findall(r"人民币[\d,]+\.\d\d元（截至\d{4}年\d+月\d+日）", said)) == len(sums)
    assert sum_as_of(owed.total, owed.as_of) in words_of(write(office, suit, "demand_letter").docx)


def test_what_the_record_lacks_is_named_and_nothing_is_kept(office, suit):
    with pytest.raises(papers.UnableToWrite, match="effective_on, perform_by"):
        write(office, suit, "enforcement_application")
    with pytest.raises(papers.UnableToWrite, match="has no exhibits"):
        write(office, suit, "evidence_list")
    with pytest.raises(actions.UnableToProceed, match="there is no paper"):
        write(office, suit, "love_letter")
    assert reads.papers(suit) == []


def test_no_amount_without_a_balance(office, suit):
    from shouyue.desk.matters.models import Balance

    Balance.objects.filter(loan=suit.matter.loan).delete()
    with pytest.raises(papers.UnableToWrite, match="overdue_total"):
        write(office, suit, "demand_letter")


def test_a_guarantor_whose_period_has_passed_is_not_asked(office, suit):
    (guarantor,) = matters.guarantors_of(suit.matter.loan)
    late = office.at.replace(year=guarantor.guarantee_until.year + 1)
    with pytest.raises(papers.UnableToWrite, match="owes nothing and is not asked"):
        papers.fill(
            suit, pack_on(late).papers["guarantee_demand"], party=guarantor.party, staff=office.chen, at=late
        )
    with pytest.raises(papers.UnableToWrite, match="choose a guarantor"):
        write(office, suit, "guarantee_demand", office.debtor(3))


def test_what_was_said_in_mediation_is_in_no_evidence_list(office, suit):
    bring = {"suit": suit.pk, "kind": "statement", "by": office.chen, "at": office.at}
    evidence.bring(title="欠款明细表", source="账务系统", **bring)
    evidence.bring(title="调解中愿意打折的笔录", source="调解室", med_room=True, **bring)
    made = write(office, suit, "evidence_list")
    assert "欠款明细表" in words_of(made.docx) and "打折" not in words_of(made.docx)


def test_a_hostile_name_is_text_and_no_template(office, suit):
    evidence.bring(
        suit=suit.pk,
        kind="contract",
        title="{{ 7*7 }} <w:p/> {% raw %}",
        source="#set page()",
        by=office.chen,
        at=office.at,
    )
    made = write(office, suit, "evidence_list")
    assert "{{ 7*7 }} <w:p/> {% raw %}" in words_of(made.docx)
    assert originals.fetch(made.pdf).startswith(b"%PDF-")


def test_the_same_record_gives_the_same_pdf(office, suit):
    assert write(office, suit, "demand_letter").pdf == write(office, suit, "demand_letter").pdf
