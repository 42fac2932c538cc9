"""Training at the desk: a closed button says why and where to go; an exam is sat and read back; the trainer's board."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from shouyue.desk.approvals import reads as approvals
from shouyue.desk.people import actions as people
from shouyue.desk.people.models import Certificate
from shouyue.desk.people.reads import certificate
from shouyue.desk.training import reads
from shouyue.desk.training.models import Exam, Retraining

pytestmark = pytest.mark.django_db


def revoke(office, *staff):
    for held in Certificate.objects.filter(staff__in=staff):
        people.revoke_certificate(certificate=held, reason="for the test", by="test", at=office.at)


def sheet(exam, wrong=0):
    """A form filled with the right answers, the first `wrong` left out."""
    asked = reads.course_as_sat(exam)
    ids = [place["question"] for place in exam.drawn][wrong:]
    return {f"q-{id}": [str(n) for n in asked.question(id).right] for id in ids}


def test_without_a_certificate_there_is_no_button_but_the_reason_and_the_course(office, thread, sign_in):
    url = reverse("thread", args=[thread.pk])
    assert 'id="text"' in sign_in(office.lina).get(url).content.decode()
    revoke(office, office.lina)
    page = sign_in(office.lina).get(url).content.decode()
    assert 'id="text"' not in page
    assert "已撤销" in page and reverse("course", args=["basics"]) in page
    queue = sign_in(office.lina).get(reverse("queue")).content.decode()
    assert reverse("training") in queue and "您没有有效上岗证" in queue


def test_an_exam_is_sat_read_back_and_opens_the_button(office, thread, sign_in, clock):
    revoke(office, office.lina)
    client = sign_in(office.lina)
    exam = client.post(reverse("begin_exam", args=["basics"]))
    row = Exam.objects.get()
    assert exam.url == reverse("exam", args=[row.pk])
    paper = client.get(exam.url).content.decode()
    asked = reads.course("basics", office.at)
    assert not any(q.because.zh in paper for q in asked.questions)  # no answers before it is handed in
    incomplete = client.post(exam.url, sheet(row, wrong=2))
    assert incomplete.status_code == 422 and "尚未作答" in incomplete.content.decode()
    row.refresh_from_db()
    assert row.state == "running"
    assert client.post(exam.url, sheet(row)).status_code == 302
    marked = client.get(exam.url).content.decode()
    assert "12 / 12" in marked and "CBA-2026" in marked
    assert 'id="text"' in client.get(reverse("thread", args=[thread.pk])).content.decode()


def test_unanswered_questions_are_wrong_when_handed_in_as_it_is_and_nonsense_is_nothing(office, sign_in):
    client = sign_in(office.lina)
    client.post(reverse("begin_exam", args=["visits"]))
    row = Exam.objects.get()
    url = reverse("exam", args=[row.pk])
    client.post(url, {**sheet(row, wrong=1), "anyway": "1", "q-nothing": "1", "q-": "٣٤٥-x"})
    row.refresh_from_db()
    assert (row.state, row.right) == ("failed", 5)
    assert "可再考时间" in client.get(reverse("training")).content.decode()
    assert (
        client.post(reverse("begin_exam", args=["visits"]), follow=True)
        .content.decode()
        .count("请先重读课程")
        == 1
    )


def test_the_clock_is_shown_and_late_papers_are_not_marked(office, sign_in, clock):
    client = sign_in(office.lina)
    client.post(reverse("begin_exam", args=["basics"]))
    row = Exam.objects.get()
    url = reverse("exam", args=[row.pk])
    assert "20 分钟" in client.get(url).content.decode()
    clock.at = row.ends_at + timedelta(minutes=1)
    assert "考试时间已到" in client.get(url).content.decode()
    client.post(url, sheet(row))
    row.refresh_from_db()
    assert row.state == "run_out"


def test_what_is_not_yours_is_not_found(office, sign_in):
    client = sign_in(office.lina)
    client.post(reverse("begin_exam", args=["basics"]))
    exam = reverse("exam", args=[Exam.objects.get().pk])
    assert sign_in(office.zhaolei).get(exam).status_code == 404
    assert sign_in(office.lina).get(reverse("training_board")).status_code == 404
    assert sign_in(office.zhou).get(reverse("training")).status_code == 404
    assert sign_in(office.lina).get(reverse("course", args=["alchemy"])).status_code == 404
    assert sign_in(office.lina).post(reverse("begin_exam", args=["alchemy"])).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_trainer_sees_everybody_and_asks_for_an_exemption_that_compliance_grants(
    office, sign_in, language
):
    revoke(office, office.lina)
    trainer = sign_in(office.zhou, language)
    assert trainer.get("/").url == reverse("training_board")
    page = trainer.get(reverse("training_board"))
    assert page.status_code == 200
    assert [one.staff.username for one in page.context["blocked"]] == ["lina", "qianjin"]
    told = {"e-staff": "1023", "e-channel": "sms", "e-days": "40", "e-why": "考试系统维护"}
    assert trainer.post(reverse("exempt"), told).status_code == 422
    assert trainer.post(reverse("exempt"), told | {"e-days": "3"}).status_code == 302
    (asked,) = approvals.waiting_for(office.sunli, office.at)
    compliance = sign_in(office.sunli, language)
    url = reverse("approval", args=[asked.pk])
    assert "考试系统维护" in compliance.get(url).content.decode()
    assert compliance.post(url, {"grant": "yes", "reason": "同意三日"}).status_code == 302
    assert certificate(office.lina, "sms", office.at).valid


def test_the_trainer_asks_somebody_to_learn_again_and_lifts_it(office, sign_in):
    trainer = sign_in(office.zhou)
    told = {"r-staff": "1024", "r-course": "wechat", "r-due_at": "2026-03-20T18:00", "r-why": "新流程上线"}
    assert trainer.post(reverse("retrain"), told | {"r-why": "x"}).status_code == 422
    assert trainer.post(reverse("retrain"), told).status_code == 302
    mine = sign_in(office.zhaolei).get(reverse("training")).content.decode()
    assert "请重修《微信、企业微信与证据》" in mine and "新流程上线" in mine
    row = Retraining.objects.get()
    trainer.post(reverse("lift_retraining", args=[row.pk]), {"reason": "流程推迟"})
    row.refresh_from_db()
    assert row.state == "lifted"
