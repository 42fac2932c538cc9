"""The board's law: a figure, its parts and its rows are the same rows; a result never stands alone; nothing is seen by whom it is not for."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import IntegerField, Value
from hypothesis import given
from hypothesis import strategies as st

from shouyue.desk.board import reads
from shouyue.desk.board.figures import PARTED, RESULTS, By, Count, Figure, Period, Spans
from shouyue.desk.matters.actions import payments, promises
from shouyue.desk.matters.models import Balance, Matter
from shouyue.desk.messages.models import Contact
from shouyue.desk.people.models import Certificate, Team
from shouyue.terms import Stage
from tests.desk.console.scene import set_up
from tests.office import MORNING

DAY = MORNING.date()
PERIOD = Period(DAY - timedelta(days=27), DAY + timedelta(days=1))


def ask(viewer, period=PERIOD, **narrowed):
    return reads.Question(viewer, period, **narrowed)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=60))
def test_a_median_is_one_of_the_spans_and_half_are_not_longer(seconds):
    spans = Spans.of(seconds)
    assert spans.median in seconds and spans.p95 in seconds
    assert sum(s <= spans.median for s in seconds) * 2 >= len(seconds)
    assert sum(s <= spans.p95 for s in seconds) * 100 >= 95 * len(seconds)


def test_a_whole_of_nothing_has_no_share_and_a_period_has_a_day():
    assert Count().share is None and Count(whole=Decimal(4)).share == 0
    assert Spans.of([]) == Spans(0)
    with pytest.raises(ValueError, match="before it begins"):
        Period(DAY, DAY)


@pytest.mark.django_db
class TestFigures:
    @pytest.fixture
    def scene(self):
        return set_up()

    def test_the_database_knows_the_stages_as_terms_does(self, scene):
        """Each number of days overdue from before the first to long after the last, and the days that nobody told."""
        loan, days = scene.matter.loan, range(-40, 420)
        Balance.objects.filter(loan=loan).delete()
        Balance.objects.bulk_create(
            Balance(
                loan=loan, as_of=DAY + timedelta(days=n), overdue_principal=1, overdue_interest=0, penalty=0,
                outstanding_total=1, days_past_due=n,
            )
            for n in days
        )  # fmt: skip
        said = Balance.objects.filter(loan=loan).annotate(stage=reads._stage("days_past_due"))
        assert dict(said.values_list("days_past_due", "stage")) == {n: Stage.of(n) for n in days}
        untold = Matter.objects.annotate(
            told=Value(None, output_field=IntegerField()), stage=reads._stage("told")
        )
        assert set(untold.values_list("stage", flat=True)) == {""}

    def test_read_once_for_all_parts_says_what_each_part_read_alone_says(self, scene):
        for n in (0, 1, 2):
            payments.book_payment(
                loan=scene.matter.loan, reference=f"R-{n}", paid_on=DAY - timedelta(days=9 * n), amount=Decimal("100.13"), by="lender", at=MORNING
            )  # fmt: skip
        for viewer in (scene.office.sunli, scene.office.wangmin):
            question = ask(viewer)
            for figure in Figure:
                told = reads.Told(figure, question, PARTED[figure])
                assert told.total == reads.total(figure, question), figure
                for by in PARTED[figure]:
                    assert told.parted(by) == reads.parted(figure, question, by), (figure, by)

    def test_parts_add_up_to_the_whole(self, scene):
        """Cases that were reached twice and placed amounts by week are the named exceptions."""
        question = ask(scene.office.sunli)
        for figure, by in ((f, b) for f in Figure for b in PARTED[f]):
            whole = reads.total(figure, question)
            lines = reads.parted(figure, question, by)
            assert len({line.name for line in lines}) == len(lines)
            if isinstance(whole, Spans):
                assert sum(line.value.n for line in lines) == whole.n
            elif figure is not Figure.REACHED:
                assert sum(line.value.part for line in lines) == whole.part
                if not (figure is Figure.RECOVERY and by is By.WEEK):
                    assert sum(line.value.whole for line in lines) == whole.whole

    def test_the_rows_are_what_was_counted(self, scene):
        question = ask(scene.office.sunli)
        for figure in Figure:
            rows, of = reads.behind(figure, question, most=1000)
            assert len(rows) == of
            total = reads.total(figure, question)
            if isinstance(total, Spans):
                assert of == total.n
            elif figure not in {
                Figure.REACHED,
                Figure.PROMISE_KEPT_AMOUNT,
                Figure.ROLL,
            }:  # whose parts weigh otherwise
                assert sum((r.amount for r in rows if r.counted), Decimal(0)) == total.part

    def test_what_the_morning_was(self, scene):
        question = ask(scene.office.sunli)
        blocked = Contact.objects.filter(state="blocked", matter__isnull=False).count()
        assert reads.total(Figure.BLOCKED, question).part == blocked > 0  # the rude words
        assert reads.total(Figure.COMPLAINTS, question).part == 1
        assert reads.total(Figure.ORPHANS, question) == Count(Decimal(1), Decimal(2))
        assert reads.total(Figure.REACHED, question).part == 1  # Zhang Wei wrote
        assert reads.total(Figure.BLOCKED, ask(scene.office.sunli, channel="wecom")).part == 0
        assert reads.total(Figure.APPROVAL_TIME, question).n == 1

    def test_results_stand_beside_how_people_were_treated(self, scene):
        question = ask(scene.office.sunli)
        for figure in RESULTS:
            for line in reads.parted(figure, question, By.TEAM):
                assert len(line.beside) == 2, "blocks and complaints belong beside it"

    def test_a_supervisor_sees_their_own_teams_alone(self, scene):
        office = scene.office
        everything = reads.total(Figure.BLOCKED, ask(office.sunli))
        assert reads.total(Figure.BLOCKED, ask(office.wangmin)) == everything
        Team.objects.filter(supervisor=office.wangmin).update(supervisor=None)
        assert reads.total(Figure.BLOCKED, ask(office.wangmin)) == Count()
        assert reads.behind(Figure.BLOCKED, ask(office.wangmin)) == ([], 0)
        (team,) = reads.teams_for(office.sunli)
        assert reads.total(Figure.BLOCKED, ask(office.wangmin, team=team)) == Count(), (
            "narrowing opens no door"
        )

    def test_certificates_count_at_the_end_of_the_period(self, scene):
        office = scene.office
        before = reads.total(Figure.CERTIFIED, ask(office.sunli))
        Certificate.objects.filter(staff=office.lina).update(expires_at=MORNING - timedelta(days=1))
        assert reads.total(Figure.CERTIFIED, ask(office.sunli)) == Count(before.part - 1, before.whole)
        early = Period(DAY - timedelta(days=40), DAY - timedelta(days=30))
        assert reads.total(Figure.CERTIFIED, ask(office.sunli, early)).part < before.part, "granted later"


@pytest.mark.django_db
class TestMoney:
    def test_money_is_counted_once_however_many_cases_a_loan_had(self, office):
        loan = office.matter().loan
        before = reads.total(Figure.RECOVERY, ask(office.sunli))
        payments.book_payment(
            loan=loan, reference="R-1", paid_on=DAY, amount=Decimal("120.50"), by="lender", at=MORNING
        )
        again = Matter.objects.get(loan=loan)
        again.pk, again.number = uuid.uuid4(), "AJ-AGAIN"
        again.save(force_insert=True)
        after = reads.total(Figure.RECOVERY, ask(office.sunli))
        assert (after.part - before.part, after.whole) == (Decimal("120.50"), before.whole)

    def test_a_promise_counts_when_it_has_been_judged(self, office):
        matter = office.matter()
        promises.promise(
            id=uuid.uuid4(), matter=matter, party=office.debtor(), amount=Decimal("500.00"), due_on=DAY,
            channel="wecom", by=office.lina, at=MORNING - timedelta(days=2),
        )  # fmt: skip
        assert reads.total(Figure.PROMISE_KEPT, ask(office.sunli)) == Count()
        payments.book_payment(
            loan=matter.loan, reference="R-2", paid_on=DAY, amount=Decimal("200.00"), by="lender", at=MORNING
        )
        promises.judge_promises(by="worker", at=MORNING + timedelta(days=2))
        assert reads.total(Figure.PROMISE_KEPT, ask(office.sunli)) == Count(Decimal(0), Decimal(1))
        kept = reads.total(Figure.PROMISE_KEPT_AMOUNT, ask(office.sunli))
        assert kept == Count(Decimal("200.00"), Decimal("500.00"))

    @pytest.mark.parametrize(("after", "moved"), [(75, True), (50, False), (0, False)])
    def test_a_loan_rolls_when_it_ends_in_a_later_stage(self, office, after, moved):
        loan = office.matter().loan
        Balance.objects.all().delete()
        for day, days, owed in ((PERIOD.since, 45, "1000.00"), (DAY, after, "1100.00")):
            Balance.objects.create(
                loan=loan, as_of=day, overdue_principal=0, overdue_interest=0, penalty=0,
                outstanding_total=Decimal(owed), days_past_due=days,
            )  # fmt: skip
        found = reads.total(Figure.ROLL, ask(office.sunli))
        assert found == Count(Decimal("1100.00") if moved else Decimal(0), Decimal("1000.00"))
        (line,) = reads.parted(Figure.ROLL, ask(office.sunli), By.STAGE)
        assert line.name == "M2"
