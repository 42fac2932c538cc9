"""The emergency pages: two clicks stop; each step that waits for a person can be taken; two persons let go; members are told."""

from __future__ import annotations

import pytest

from shouyue.desk.emergency import actions, reads
from shouyue.desk.matters import actions as matters
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db


def stopped(office, client, **told):
    told = {"over": "party", "key": office.matter().number, "because": "threat", **told}
    answer = client.post("/emergencies/", told)
    assert answer.status_code == 302, answer.content.decode()
    drain(at=office.at)
    return answer["Location"]


def test_two_clicks_from_the_debtors_page_stop_everything(office, wires, sign_in):
    supervisor = sign_in(office.wangmin)
    case = supervisor.get(f"/matters/{office.matter().pk}/").content.decode()
    assert f"/emergencies/?case={office.matter().number}" in case
    form = supervisor.get(f"/emergencies/?case={office.matter().number}").content.decode()
    assert office.matter().number in form
    page = supervisor.get(stopped(office, supervisor)).content.decode()
    assert "张伟" not in page and "演练" not in page
    (running,) = reads.running()
    assert running.state == "legal_handed"  # a threat goes to legal by itself


def test_a_release_by_two_and_the_page_names_what_is_not_done(office, wires, sign_in):
    compliance, legal = sign_in(office.sunli), sign_in(office.chen)
    place = stopped(office, sign_in(office.wangmin))
    refused = compliance.post(f"{place}ask/", {"reason": "对方已书面道歉"})
    assert refused.status_code == 422 and "重大事件报告: 进行中" in refused.content.decode()
    report = {"to": "公司负责人", "reference": "", "words": "电话与书面报告"}
    assert compliance.post(f"{place}steps/5/report/", {"to": "", "words": ""}).status_code == 422
    assert compliance.post(f"{place}steps/5/report/", report).status_code == 302
    assert compliance.post(f"{place}ask/", {"reason": ""}).status_code == 422
    assert compliance.post(f"{place}ask/", {"reason": "对方已书面道歉"}).status_code == 302
    assert compliance.post(f"{place}release/", {"reason": "同意恢复联系"}).status_code == 422
    assert legal.post(f"{place}release/", {"reason": "同意恢复联系"}).status_code == 302
    assert not reads.running()
    assert "已解除" in legal.get(place).content.decode()


@pytest.mark.parametrize(
    "told,says",
    [
        ({"over": "party", "key": "AJ0", "because": "threat"}, "no such case"),
        ({"over": "staff", "key": "0000", "because": "threat"}, "nobody with the staff number"),
        ({"over": "account", "key": "nobody", "because": "threat"}, "no account"),
        ({"over": "staff", "key": "", "because": "threat"}, "Say which"),
        ({"over": "lender", "because": "threat"}, "Write the reason"),
        ({"over": "party", "key": "AJ1", "because": "hand"}, "Write the reason"),
        ({"over": "moon", "key": "x", "because": "threat"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_stopped_is_told_and_changes_nothing(office, wires, sign_in, told, says):
    answer = sign_in(office.wangmin, language="en").post("/emergencies/", told)
    assert answer.status_code == 422 and says in answer.content.decode()
    assert not reads.running()


def test_the_member_is_told_on_every_page_and_says_what_they_did(office, wires, sign_in):
    matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NOTICE, channel=Channel.WECOM, account="lina",
        owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    place = stopped(office, sign_in(office.wangmin))
    member = sign_in(office.lina)
    assert "/emergencies/told/" in member.get("/queue/").content.decode()
    (duty,), (notice,) = reads.duties_of(office.lina), reads.unread(office.lina)
    assert member.post("/emergencies/told/", {"stop": duty.pk}).status_code == 302
    assert member.post("/emergencies/told/", {"notice": notice.pk}).status_code == 302
    assert "/emergencies/told/" not in member.get("/queue/").content.decode()
    assert sign_in(office.zhaolei).post("/emergencies/told/", {"stop": "999"}).status_code == 404
    looked = sign_in(office.sunli).post(f"{place}channels/{duty.pk}/", {"reason": "已查看手机"})
    assert looked.status_code == 302 and "已核对" in sign_in(office.sunli).get(place).content.decode()


def test_a_drill_stops_nothing_and_shows_its_time(office, wires, sign_in):
    supervisor = sign_in(office.wangmin)
    place = stopped(office, supervisor, over="lender", key="", reason="季度应急演练", drill="1")
    assert not reads.running()
    page = supervisor.get(place).content.decode()
    assert "未触动任何内容" in page and " ms" in page


def test_a_collector_has_no_such_page(office, wires, sign_in):
    made = actions.call(
        cause="hand", why="公安机关要求", key=office.debtor().pk, by=office.sunli, at=office.at
    )
    collector = sign_in(office.lina)
    assert collector.get("/emergencies/").status_code == 404
    assert collector.get(f"/emergencies/{made.pk}/").status_code == 404
    assert collector.post(f"/emergencies/{made.pk}/ask/", {"reason": "让我试试"}).status_code == 404
    supervisor = sign_in(office.wangmin)
    assert supervisor.get("/emergencies/6f9619ff-8b86-d011-b42d-00cf4fc964ff/").status_code == 404
    assert (
        supervisor.post(f"/emergencies/{made.pk}/steps/99/leave-out/", {"reason": "没有这步"}).status_code
        == 404
    )
