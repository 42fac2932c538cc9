"""Conduct through the door: the cool-down with its answers and the hand-over, staff's risk and coaching, a contested record."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shouyue.desk.conduct import reads as conduct
from shouyue.desk.conduct.actions import record
from shouyue.desk.conduct.models import Kind
from shouyue.desk.training import reads as training
from tests.desk.spine.test_cool_down import INSULT, says

pytestmark = pytest.mark.django_db


@pytest.fixture
def provoked(office, wires, thread):
    says(office, wires, INSULT)
    return thread


def test_the_cool_down_offers_answers_that_may_go_and_the_hand_over(office, provoked, sign_in):
    page = sign_in(office.lina).get(reverse("thread", args=[provoked.pk])).content.decode()
    assert "冷静期" in page
    assert "赵磊 1024" in page
    assert "冷静期" not in sign_in(office.sunli).get(reverse("thread", args=[provoked.pk])).content.decode()
    bad = sign_in(office.lina).post(
        reverse("hand_over", args=[provoked.pk]), {"to": "8001", "reason": "交给外部机构"}
    )
    assert bad.status_code == 302
    assert office.matter().owner == office.lina
    sign_in(office.lina).post(
        reverse("hand_over", args=[provoked.pk]), {"to": "1024", "reason": "被辱骂，请同事接手"}
    )
    assert office.matter().owner == office.zhaolei


def test_a_supervisor_sees_their_team_and_coaches_with_a_course(office, sign_in):
    page = sign_in(office.wangmin)
    assert "李娜" in page.get(reverse("conduct")).content.decode()
    assert sign_in(office.lina).get(reverse("conduct")).status_code == 404
    short = page.post(reverse("coach", args=["1023"]), {"1023-course": "basics", "1023-why": "练"})
    assert short.status_code == 422
    page.post(
        reverse("coach", args=["1023"]), {"1023-course": "basics", "1023-why": "上周三次被激怒，请重温"}
    )
    (asked,) = training.retrainings(office.lina)
    assert (asked.course, asked.cause) == ("basics", "coaching")
    assert sign_in(office.qianjin).post(reverse("coach", args=["1023"]), {}).status_code == 404


def test_a_record_of_conduct_is_contested_and_answered_by_an_officer(office, provoked, sign_in):
    address = reverse("case_conduct", args=[office.matter().pk])
    member, officer = sign_in(office.lina), sign_in(office.sunli)
    assert "激怒挑衅" in member.get(address).content.decode()
    event = next(
        one for one in conduct.timeline(party=office.debtor().pk) if one.kind in {"insulted", "provoked"}
    )
    where = [office.matter().pk, event.id]
    assert member.post(reverse("answer_conduct", args=where), {"words": "我来定"}).status_code == 404
    member.post(reverse("contest_conduct", args=where), {"words": "那是我儿子发的"})
    assert "异议中" in officer.get(address).content.decode()
    officer.post(reverse("answer_conduct", args=where), {"stands": "no", "words": "本人已说明并道歉"})
    again = next(one for one in conduct.timeline(party=office.debtor().pk) if one.id == event.id)
    assert (again.standing, again.answer) == ("set_aside", "本人已说明并道歉")


def test_what_is_contested_waits_in_one_list_and_a_member_contests_their_own(office, provoked, sign_in):
    own = record(
        key="i", kind=Kind.INCIDENT, staff=office.lina, grounds={"incident": "1"}, by="w", at=office.at
    )
    others = record(key="j", kind=Kind.INCIDENT, staff=office.zhaolei, grounds={}, by="w", at=office.at)
    member, officer = sign_in(office.lina), sign_in(office.sunli)
    page = member.get(reverse("my_findings")).content.decode()
    assert "我的行为记录" in page and "事件" in page
    contest = {"words": "按流程经主管同意"}
    assert member.post(reverse("contest_own_conduct", args=[others.pk]), contest).status_code == 404
    assert member.post(reverse("contest_own_conduct", args=[own.pk]), contest).status_code == 302
    event = conduct.timeline(party=office.debtor().pk)[0]
    member.post(reverse("contest_conduct", args=[office.matter().pk, event.id]), {"words": "那是我儿子发的"})
    waiting = officer.get(reverse("review_after")).content.decode()
    assert "按流程经主管同意" in waiting and "那是我儿子发的" in waiting and "张*" in waiting
    answer = {"stands": "no", "words": "主管已书面确认"}
    assert member.post(reverse("answer_contested", args=[own.pk]), answer).status_code == 404
    assert officer.post(reverse("answer_contested", args=[others.pk]), answer).status_code == 404
    assert officer.post(reverse("answer_contested", args=[own.pk]), answer).status_code == 302
    assert [one.standing for one in conduct.timeline(staff_no="1023")] == ["set_aside"]
    case = member.get(reverse("case_conduct", args=[office.matter().pk])).content.decode()
    assert f"{reverse('thread', args=[provoked.pk])}#c-{event.grounds['contact']}" in case
    assert reverse("evidence", args=[provoked.pk]) in case


def test_an_event_of_another_case_is_not_found(office, provoked, sign_in):
    event = conduct.timeline(party=office.debtor().pk)[0]
    stranger = sign_in(office.zhaolei)
    assert stranger.get(reverse("case_conduct", args=[office.matter().pk])).status_code == 404
    other = next(n for n in range(2, 14) if office.matter(n).owner == office.zhaolei)
    answer = stranger.post(
        reverse("contest_conduct", args=[office.matter(other).pk, event.id]), {"words": "不是这样的"}
    )
    assert answer.status_code == 404
