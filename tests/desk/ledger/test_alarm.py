"""A witness's alarm over the log: shown by the command, lifted by two people who may, and only when the log agrees with itself."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from shouyue.cli.evidence import evidence
from shouyue.desk.ledger import actions, reads
from shouyue.desk.ledger.models import Leaf

pytestmark = pytest.mark.django_db
WHY = "a witness refused the proof from 3 to 5"


@pytest.fixture
def run(office):
    actions.catch_up(by="test", at=office.at)

    def said(*options):
        answer = CliRunner().invoke(evidence, ["alarm", *options])
        return answer.exit_code, answer.output

    return said


@pytest.fixture
def alarmed(office, run):
    actions.alarm(reason=WHY, by="worker", at=office.at)
    return office


def lift(run, by, agreed, reason="核对了双方的历史，对方取错了日志"):
    return run("--lift", "--reason", reason, "--by", by.staff_no, "--agreed", agreed.staff_no)


def test_it_tells_whether_the_log_is_published(office, run):
    assert run() == (0, "no alarm: the log is published\n")
    actions.alarm(reason=WHY, by="worker", at=office.at)
    code, told = run()
    assert code == 1 and WHY in told


def test_two_people_who_may_lift_it_and_both_stand_in_the_log(alarmed, run):
    code, told = lift(run, alarmed.sunli, alarmed.wu)
    assert code == 0 and WHY in told and reads.alarm_of_log() == ""
    assert Leaf.objects.get(kind="audit/alarm_lifted")
    again, told = lift(run, alarmed.sunli, alarmed.wu)
    assert again == 1 and "there is no alarm" in told


@pytest.mark.parametrize(
    ("by", "agreed", "reason", "told"),
    [
        ("sunli", "sunli", "核对了双方的历史", "a second person"),
        ("lina", "sunli", "核对了双方的历史", "may not do that"),
        ("sunli", "admin", "核对了双方的历史", "may not do that"),
        ("sunli", "wu", "看", "at least 4 characters"),
    ],
)
def test_it_stays_otherwise(alarmed, run, by, agreed, reason, told):
    code, said = lift(run, getattr(alarmed, by), getattr(alarmed, agreed), reason)
    assert code == 1 and told in said and reads.alarm_of_log() == WHY


def test_nobody_lifts_it_while_the_log_does_not_agree_with_itself(alarmed, run):
    leaf = Leaf.objects.order_by("pk").first()
    Leaf.objects.filter(pk=leaf.pk).update(hash=b"x" * 32)
    code, said = lift(run, alarmed.sunli, alarmed.wu)
    assert code == 1 and "does not agree with itself" in said and reads.alarm_of_log() == WHY


def test_without_a_number_it_says_who_is_missing(alarmed, run):
    code, said = run("--lift", "--reason", "核对了双方的历史")
    assert code == 1 and "(none given)" in said
