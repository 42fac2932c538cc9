"""No valid certificate, no contact: exams by lot and by the clock, certificates that end, fall and are renewed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from shouyue.desk.approvals import reads as approvals
from shouyue.desk.approvals.actions import UnableToDecide
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import outbound
from shouyue.desk.people import actions as people
from shouyue.desk.people.models import Certificate
from shouyue.desk.people.reads import certificate
from shouyue.desk.rulebook import actions as rulebook
from shouyue.desk.training import actions, reads
from shouyue.desk.training.models import Exam, Reminder, Retraining
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db
POLITE = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"


def days(n: float) -> timedelta:
    return timedelta(days=n)


@pytest.fixture
def bare(office):
    """李娜 without any certificate."""
    for held in Certificate.objects.filter(staff=office.lina):
        people.revoke_certificate(certificate=held, reason="for the test", by="test", at=office.at)
    return office.lina


def answers(exam: Exam, wrong: int = 0) -> dict[str, list[int]]:
    """The right answers of a sitting, the first `wrong` of them spoiled."""
    asked = reads.course_as_sat(exam)
    given = {}
    for n, place in enumerate(exam.drawn):
        question = asked.question(place["question"])
        given[question.id] = sorted(
            question.right if n >= wrong else set(range(len(question.choices))) - question.right
        )
    return given


def passed(staff, at: datetime, course: str = "basics") -> Exam:
    exam = actions.begin(course_id=course, by=staff, at=at)
    return actions.hand_in(exam=exam.pk, answers=answers(exam), by=staff, at=at + timedelta(minutes=5))


def propose(office, staff):
    thread = matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.SMS,
        account=office.matter().loan.client, owner=staff, by=staff, at=office.at,
    )  # fmt: skip
    return outbound.propose(
        id=uuid.uuid4(),
        thread=thread,
        text=POLITE,
        acknowledged=True,
        by=staff,
        at=office.at + timedelta(minutes=10),
    )


def test_without_a_certificate_the_gate_refuses_and_a_passed_exam_opens_it(office, wires, bare):
    refused = propose(office, bare)
    assert refused.state == "blocked"
    assert "GBT-45251.staff" in {one["rule"] for one in refused.decision["spoken"]}
    exam = passed(bare, office.at)
    assert exam.state == "passed"
    held = certificate(bare, "sms", office.at + timedelta(minutes=6))
    assert held.valid
    assert str(held.until)[:10] == "2027-03-10"  # twelve months by the calendar, its last day included
    assert propose(office, bare).state == "scheduled"
    assert not certificate(bare, "wecom", office.at + timedelta(minutes=6)).valid  # another course opens that


def test_an_exam_is_drawn_by_lot_and_pressed_twice_is_one_exam(office, bare):
    exam = actions.begin(course_id="basics", by=bare, at=office.at)
    assert actions.begin(course_id="basics", by=bare, at=office.at + timedelta(minutes=1)).pk == exam.pk
    asked = reads.course("basics", office.at)
    assert len(exam.drawn) == len({p["question"] for p in exam.drawn}) == asked.draw
    others = [
        actions.begin(course_id="basics", by=s, at=office.at).drawn for s in (office.zhaolei, office.wangmin)
    ]
    assert exam.drawn not in others  # 21 questions, 12 drawn, their choices shuffled: alike once in 10^13
    with pytest.raises(actions.UnableToSit, match="an exam of basics is running"):
        actions.begin(course_id="wechat", by=bare, at=office.at)


def test_a_failed_exam_certifies_nothing_and_the_next_waits(office, bare):
    exam = actions.begin(course_id="basics", by=bare, at=office.at)
    failed = actions.hand_in(exam=exam.pk, answers=answers(exam, wrong=3), by=bare, at=office.at)
    assert (failed.state, failed.right) == ("failed", 9)
    assert not certificate(bare, "sms", office.at).valid
    with pytest.raises(actions.UnableToSit, match="the next try may begin at 11:00"):
        actions.begin(course_id="basics", by=bare, at=office.at + timedelta(minutes=59))
    again = actions.begin(course_id="basics", by=bare, at=office.at + timedelta(minutes=60))
    assert (
        actions.hand_in(exam=again.pk, answers=answers(again, wrong=2), by=bare, at=office.at).state
        == "passed"
    )


def test_the_mark_is_exact_at_its_border_and_a_half_right_answer_is_wrong(office, bare):
    exam = actions.begin(course_id="basics", by=bare, at=office.at)
    given = answers(exam)
    several = [q for q, ticks in given.items() if len(ticks) > 1]
    for q in several:
        given[q] = given[q][:1]
    given["no-such-question"] = [0]
    marked = actions.hand_in(exam=exam.pk, answers=given, by=bare, at=office.at)
    assert marked.right == len(exam.drawn) - len(several)
    assert "no-such-question" not in marked.answers


def test_after_its_time_nothing_is_marked(office, bare):
    exam = actions.begin(course_id="basics", by=bare, at=office.at)
    late = actions.hand_in(
        exam=exam.pk, answers=answers(exam), by=bare, at=exam.ends_at + timedelta(seconds=31)
    )
    assert (late.state, late.right) == ("run_out", None)
    assert not certificate(bare, "sms", office.at + days(1)).valid
    # nor can it be handed in again
    assert actions.hand_in(exam=exam.pk, answers=answers(exam), by=bare, at=office.at).state == "run_out"


def test_an_exam_nobody_handed_in_runs_out_by_itself(office, bare):
    exam = actions.begin(course_id="basics", by=bare, at=office.at)
    actions.keep_watch(by="worker", at=office.at + timedelta(hours=1))
    exam.refresh_from_db()
    assert exam.state == "run_out"


def test_nobody_hands_in_somebody_elses_exam(office, bare):
    exam = actions.begin(course_id="basics", by=bare, at=office.at)
    with pytest.raises(Exam.DoesNotExist):
        actions.hand_in(exam=exam.pk, answers={}, by=office.zhaolei, at=office.at)
    with pytest.raises(reads.NotYours):
        reads.exam_for(office.zhaolei, exam.pk)


def test_each_threshold_reminds_once_and_a_renewal_silences_the_rest(office, bare):
    passed(bare, office.at)
    ends = certificate(bare, "sms", office.at + days(1)).until

    def told():
        return sorted(Reminder.objects.filter(staff=bare, channel="sms").values_list("days", flat=True))

    for left, expected in (
        (91, []),
        (90, [90]),
        (89, [90]),
        (45, [60, 90]),
        (29, [30, 60, 90]),
        (28, [30, 60, 90]),
    ):
        actions.remind(by="worker", at=ends - days(left))
        assert told() == expected, left
    passed(bare, ends - days(20))
    actions.remind(by="worker", at=ends - days(6))
    assert told() == [30, 60, 90]


def test_a_reminder_missed_while_nobody_worked_is_told_at_the_nearest_mark(office, bare):
    passed(bare, office.at)
    ends = certificate(bare, "sms", office.at + days(1)).until
    actions.remind(by="worker", at=ends - days(5))
    assert set(Reminder.objects.filter(staff=bare).values_list("days", flat=True)) == {7}
    assert actions.read_reminders(by=bare, at=ends - days(5)) == 5  # one for each channel of the course
    assert not reads.reminders(bare)


def test_a_grave_violation_closes_the_channel_at_once_and_an_exam_opens_it(office, wires):
    lina = office.lina
    told = {
        "finding": "f1",
        "staff": lina.staff_no,
        "rule": "CBA-2026.red.threat",
        "level": "grave",
    }
    row = actions.after_violation(**told, by="reactions", at=office.at)
    assert (
        actions.after_violation(**told, by="reactions", at=office.at).pk == row.pk
    )  # told twice, asked once
    row.refresh_from_db()
    assert (row.course, row.state) == ("basics", "overdue")
    assert certificate(lina, "sms", office.at).why == "revoked"
    assert propose(office, lina).state == "blocked"
    passed(lina, office.at + days(1))
    row.refresh_from_db()
    assert row.state == "done"
    assert certificate(lina, "sms", office.at + days(2)).valid


def test_a_serious_violation_leaves_a_week_and_a_minor_one_only_coaches(office):
    told = {"staff": office.lina.staff_no, "rule": "DESK-WX.bind"}
    assert actions.after_violation(finding="f0", level="minor", **told, by="x", at=office.at) is None
    row = actions.after_violation(finding="f1", level="serious", **told, by="x", at=office.at)
    assert row.course == "wechat"
    assert certificate(office.lina, "wecom", office.at).valid
    actions.fall_due(by="worker", at=office.at + days(6.9))
    assert certificate(office.lina, "wecom", office.at + days(6.9)).valid
    actions.fall_due(by="worker", at=office.at + days(7))
    assert not certificate(office.lina, "wecom", office.at + days(7)).valid
    with pytest.raises(actions.UnableToTrain, match="cannot lift their own"):
        actions.lift(retraining=row.pk, reason="自己免除", by=office.lina, at=office.at + days(8))


def test_a_change_of_law_asks_those_who_learned_the_old_one(office, bare):
    passed(bare, office.at)
    assert actions.learn_new_law(by="worker", at=office.at + days(1)) == 0
    edition = rulebook.propose(
        pack="cn", overlay={"lender": "示例", "parameters": {"attempts_per_number": {"from": f"{office.at + days(2):%Y-%m-%d}", "value": 4, "why": "从严"}}} , why="从严：每日四次",
        effective_at=office.at + days(2), by=office.sunli, at=office.at + days(1),
    )  # fmt: skip
    rulebook.approve(edition=edition.pk, by=office.hebing, at=office.at + days(1))
    assert actions.learn_new_law(by="worker", at=office.at + days(1)) == 0  # not in force yet
    assert actions.learn_new_law(by="worker", at=office.at + days(3)) == 1
    assert actions.learn_new_law(by="worker", at=office.at + days(4)) == 0
    row = Retraining.objects.get(staff=bare)
    assert (row.cause, row.rules) == ("law", ["CBA-2026.attempts"])
    passed(bare, office.at + days(5))
    row.refresh_from_db()
    assert row.state == "done"
    assert actions.learn_new_law(by="worker", at=office.at + days(6)) == 0


def test_an_exemption_needs_a_second_person_opens_one_channel_and_closes_by_itself(office, bare):
    def ask(**other):
        return actions.ask_exemption(
            **{
                "staff": bare,
                "channel": "sms",
                "days": 5,
                "why": "考试系统维护",
                "by": office.zhou,
                "at": office.at,
            }
            | other
        )

    for wrong, said in (
        ({"days": 31}, "1 to 30 days"),
        ({"channel": "pigeon"}, "no channel"),
        ({"why": " "}, "4 characters"),
        ({"by": office.lina}, "a trainer"),
        ({"staff": office.zhou}, "makes no contacts"),
    ):
        with pytest.raises(actions.UnableToTrain, match=said):
            ask(**wrong)
    row = ask()
    assert not certificate(bare, "sms", office.at).valid
    question = approvals.about("exemption", row.pk)
    with pytest.raises(UnableToDecide):
        actions.decide_exemption(
            approval=question, grant=True, reason="自己批准", by=office.zhou, at=office.at
        )
    actions.decide_exemption(approval=question, grant=True, reason="同意五日", by=office.sunli, at=office.at)
    assert certificate(bare, "sms", office.at).valid
    assert not certificate(bare, "phone", office.at).valid
    assert not certificate(bare, "sms", office.at + days(5)).valid


def test_the_trainers_board_counts_who_is_open_and_who_is_not(office, bare):
    board = {one.staff.username: one for one in reads.everybody(office.at)}
    assert set(board) == {"lina", "zhaolei", "wangmin", "qianjin", "chen", "tiaojie"}
    assert len(board["lina"].blocked) == 4
    assert board["zhaolei"].blocked == []


def test_every_step_is_sealed_in_the_persons_own_stream(office, bare):
    passed(bare, office.at)
    kinds = list(
        Leaf.objects.filter(kind__startswith="training/").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["training/begun", "training/passed"]
