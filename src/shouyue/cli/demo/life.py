"""Some weeks of a lender's life behind the demonstration, so that no page is empty: done by verbs, as people would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shouyue.cli.demo import agencies, companies, procedures
from shouyue.cli.demo.lender import case, found
from shouyue.desk.matters import reads as matters
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as parties_reads
from shouyue.desk.people import actions as people
from shouyue.desk.people import reads as people_reads
from shouyue.desk.training import actions as training
from shouyue.desk.training import reads as training_reads


def at_work(*, at: datetime, password: str) -> None:
    """The whole demonstration at `at`; on a desk where it stands already, nothing. Founded four days before, so that what
    people have learned since is learned under the lender's own rules."""
    found(at=at - timedelta(days=4), password=password)
    agree_to_nights(at=at - timedelta(days=1))
    liven(at=at)
    procedures.begin(at=at)
    agencies.begin(at=at)
    companies.begin(at=at - timedelta(days=2))


def agree_to_nights(*, at: datetime) -> None:
    """The first borrower works at night and agreed to SMS then: so the demonstration's link also leaves when it is night here."""
    debtor = matters.debtor_of(case(1, at).loan)
    assert debtor
    if parties_reads.consents(debtor, at, "night_contact"):
        return
    parties.give_consent(
        party=debtor,
        what="night_contact",
        form="express",
        words="我上夜班，晚上十点到早上八点可以给我发短信，请不要打电话",
        channel="sms",
        window={"from": "22:00", "to": "08:00"},
        by="demo",
        at=at,
    )


def liven(*, at: datetime) -> None:
    """Play the weeks up to `at`, once."""
    staff: dict[str, Any] = {s.username: s for s in people_reads.all_staff()}
    if training_reads.failed(at, days=10_000).exists():
        return
    learn(staff, at)


def learn(staff: dict[str, Any], at: datetime) -> None:
    """赵磊 goes by courses, one of them expired and one soon to end; 钱进 failed once; an agency waits for an exemption."""
    zhaolei, qianjin, trainer = staff["zhaolei"], staff["qianjin"], staff["zhou"]
    for held in people_reads.certificates_of(zhaolei):
        people.revoke_certificate(
            certificate=held, reason="改为按渠道发证", by=trainer, at=at - timedelta(days=3)
        )
    left = {"basics": 26, "wechat": 203, "visits": -1, "care": 340}
    for course in training_reads.courses(at):
        until = at + timedelta(days=left[course.id])
        for channel in course.channels:
            people.certify(
                staff=zhaolei, channel=channel, course=course.id, until=until, by=trainer, at=until - timedelta(days=365)
            )  # fmt: skip
    sit(qianjin, "basics", wrong=4, at=at - timedelta(days=2))
    sit(qianjin, "basics", wrong=1, at=at - timedelta(days=1))
    training.retrain(
        key="demo:lina", staff=staff["lina"], course_id="care", cause="trainer", why="第四季度投诉办理新流程，请于月底前重修",
        due_at=at + timedelta(days=9), by=trainer, at=at - timedelta(days=1),
    )  # fmt: skip
    training.ask_exemption(
        staff=qianjin, channel="visit", days=5, why="王敏休假，外访须主管陪同，考试已预约下周一", by=trainer, at=at - timedelta(hours=2)
    )  # fmt: skip
    training.remind(by="demo", at=at)


def sit(who: Any, course: str, *, wrong: int, at: datetime) -> None:
    """Sit an exam with so many questions wrong."""
    exam = training.begin(course_id=course, by=who, at=at)
    asked = training_reads.course_as_sat(exam)
    answers = {}
    for n, place in enumerate(exam.drawn):
        question = asked.question(place["question"])
        others = set(range(len(question.choices))) - question.right
        answers[question.id] = sorted(question.right if n >= wrong else others)
    training.hand_in(exam=exam.pk, answers=answers, by=who, at=at + timedelta(minutes=9))
