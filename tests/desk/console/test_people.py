"""People come, are put into teams, are stood in for, and go: by an administrator, and no password that another knows opens the desk."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from shouyue.cli.staff import staff as command
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.people import actions, reads
from shouyue.desk.people.models import Agency, Staff

pytestmark = pytest.mark.django_db

NEW = {
    "display_name": "沈青", "staff_no": "1099", "username": "shenqing", "role": "collector", "wecom_userid": "", "team": "",
}  # fmt: skip


def enrolled(admin: Client, **more: str) -> str:
    page = admin.post(reverse("people"), NEW | more)
    assert page.status_code == 200
    found = re.search(r'初始密码： <span class="code">([\w-]+)</span>', page.content.decode())
    assert found
    return found[1]


def acts() -> list[str]:
    return list(Leaf.objects.filter(stream__name="people").order_by("id").values_list("kind", flat=True))


def test_a_first_password_opens_nothing_but_the_choice_of_ones_own(office, sign_in):
    admin = sign_in(office.admin)
    word = enrolled(admin)
    assert word not in admin.get(reverse("people")).content.decode()
    new = Client()
    new.post(reverse("account_login"), {"login": "shenqing", "password": word})
    for place in ("home", "queue", "mfa_index", "mfa_activate_totp"):
        assert new.get(reverse(place)).url == reverse("account_change_password")
    own = "一把只有我知道的钥匙-7"
    answer = new.post(
        reverse("account_change_password"), {"oldpassword": word, "password1": own, "password2": own}
    )
    assert answer.status_code == 302
    assert new.get(reverse("queue")).url == reverse("mfa_activate_totp")
    assert not Staff.objects.get(username="shenqing").password_is_first
    assert acts()[-2:] == ["audit/enrol", "audit/own_password"]
    assert not Client().login(username="shenqing", password=word)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"username": "Shen Qing"}, "登录名须为2至31位"),
        ({"staff_no": "1023"}, "1023 已属于 李娜（1023），请换一个"),
        ({"username": "lina"}, "lina 已属于 李娜"),
        ({"staff_no": "工号一"}, "2至32位字母、数字或连字符组成的工号"),
        ({"role": "system"}, "选择一个有效的选项"),
    ],
)
def test_wrong_input_says_what_is_wrong_and_enrols_nobody(office, sign_in, wrong, says):
    before = Staff.objects.count()
    page = sign_in(office.admin).post(reverse("people"), NEW | wrong)
    assert page.status_code == 422
    assert says in page.content.decode()
    assert Staff.objects.count() == before


def test_only_an_administrator_comes_near(office, sign_in):
    for one in (office.lina, office.wangmin, office.sunli):
        client = sign_in(one)
        assert client.get(reverse("people")).status_code == 404
        assert client.post(reverse("person_act", args=["1023", "leave"]), {"why": "离职"}).status_code == 404
    assert office.lina.is_active


def test_who_is_let_go_has_no_way_in_from_that_moment(office, sign_in):
    lina, admin = sign_in(office.lina), sign_in(office.admin)
    assert lina.get(reverse("queue")).status_code == 200
    page = admin.post(reverse("person_act", args=[office.lina.staff_no, "leave"]), {"why": "合同到期"})
    assert page.status_code == 302
    assert lina.get(reverse("queue")).status_code == 302
    assert "名下仍有案件" in admin.get(reverse("person", args=[office.lina.staff_no])).content.decode()
    for who, says in ((office.admin, "不能为自己办理离职"),):
        answer = admin.post(reverse("person_act", args=[who.staff_no, "leave"]), {"why": "已经离职"})
        assert answer.status_code == 422 and says in answer.content.decode()
    with pytest.raises(actions.UnableToEnrol, match="last administrator"):
        actions.leave(staff=office.admin, why="离职", by="console", at=office.at)


def act(client: Client, who: Staff, what: str, **said: object):
    return client.post(reverse("person_act", args=[who.staff_no, what]), said)


def test_a_role_is_changed_by_another_and_every_session_of_that_person_ends(office, sign_in):
    admin, lina = sign_in(office.admin), sign_in(office.lina)
    people = acts()
    assert lina.get(reverse("queue")).status_code == 200
    assert act(admin, office.lina, "role", role="supervisor", why="升任二组主管").status_code == 302
    assert lina.get(reverse("queue")).status_code == 302
    now = Staff.objects.get(pk=office.lina.pk)
    assert now.role == "supervisor" and reads.may(now, "approve")
    assert acts() == [*people, "audit/role"]
    assert "主管" in admin.get(reverse("person", args=[now.staff_no])).content.decode()
    assert sign_in(now).get(reverse("approvals")).status_code == 200
    # back again: the session of the first time does not come alive
    actions.change_role(staff=now, role="collector", why="调回原岗", by=office.admin, at=office.at)
    assert lina.get(reverse("queue")).status_code == 302


def test_a_session_left_open_does_not_come_alive_when_the_role_comes_back(office, sign_in):
    lina = sign_in(office.lina)
    for role in ("auditor", "collector"):
        actions.change_role(staff=office.lina, role=role, why="轮岗", by=office.admin, at=office.at)
    assert lina.get(reverse("queue")).status_code == 302


def test_what_a_role_gave_ends_with_it(office):
    actions.stand_in(
        principal=office.sunli, deputy=office.hebing, until=office.at + timedelta(days=3), reason="培训",
        by=office.admin, at=office.at,
    )  # fmt: skip
    actions.change_role(staff=office.hebing, role="auditor", why="转岗审计", by=office.admin, at=office.at)
    assert not reads.stands_in_for(office.hebing, office.at)
    firm = Agency.objects.create(
        name="示例外包有限公司", kind="agency", registration_no="R-1", contract_no="HT-1",
        contract_from=office.at.date(), contract_until=office.at.date(),
    )  # fmt: skip
    actions.join_agency(staff=office.tiaojie, agency=firm, by=office.admin, at=office.at)
    actions.change_role(
        staff=office.tiaojie, role="collector", why="入职本公司", by=office.admin, at=office.at
    )
    assert Staff.objects.get(pk=office.tiaojie.pk).agency is None


@pytest.mark.parametrize(
    ("who", "role", "says"),
    [
        ("admin", "auditor", "不能更改自己的角色"),
        ("lina", "collector", "已是该角色"),
        ("lina", "system", "选择一个有效的选项"),
        ("wangmin", "collector", "先指定新的负责人"),
    ],
)
def test_a_role_that_cannot_be_changed_so_says_why_and_stays(office, sign_in, who, role, says):
    page = act(sign_in(office.admin), office.staff[who], "role", role=role, why="调整岗位")
    assert page.status_code == 422 and says in page.content.decode()
    assert Staff.objects.get(username=who).role == office.staff[who].role


def test_the_last_administrator_stays_one(office):
    with pytest.raises(actions.UnableToEnrol, match="last administrator"):
        actions.change_role(staff=office.admin, role="auditor", why="转岗", by="console", at=office.at)


def test_a_lost_password_gives_a_first_one_shown_once_and_ends_every_session(office, sign_in):
    admin, lina = sign_in(office.admin), sign_in(office.lina)
    page = act(admin, office.lina, "password", why="手机和密码都丢了")
    word = re.search(r'初始密码： <span class="code">([\w-]+)</span>', page.content.decode())
    assert page.status_code == 200 and word
    assert lina.get(reverse("queue")).status_code == 302
    assert word[1] not in admin.get(reverse("person", args=[office.lina.staff_no])).content.decode()
    assert Staff.objects.get(pk=office.lina.pk).password_is_first
    assert acts()[-1] == "audit/first_password"
    again = Client()
    again.post(reverse("account_login"), {"login": "lina", "password": word[1]})
    assert again.get(reverse("queue")).url == reverse("account_change_password")


def test_nobody_gives_themselves_a_first_password_nor_is_it_offered(office, sign_in):
    admin = sign_in(office.admin)
    own = admin.get(reverse("person", args=[office.admin.staff_no])).content.decode()
    for what in ("role", "password", "leave"):
        assert reverse("person_act", args=[office.admin.staff_no, what]) not in own
    page = act(admin, office.admin, "password", why="换一个新的")
    assert page.status_code == 422 and "不能给自己发初始密码" in page.content.decode()
    assert admin.get(reverse("people")).status_code == 200


def test_teams_and_stand_ins_are_written_down(office, sign_in):
    admin = sign_in(office.admin)
    admin.post(reverse("team"), {"name": "车贷二组", "supervisor": office.qianjin.pk})
    team = reads.teams().get(name="车贷二组")
    assert team.supervisor == office.qianjin
    admin.post(reverse("person_act", args=[office.zhaolei.staff_no, "move"]), {"team": team.pk})
    assert reads.leads(office.qianjin, Staff.objects.get(pk=office.zhaolei.pk))
    given = {"deputy": office.hebing.pk, "until": "2026-03-12", "reason": "外出培训"}
    admin.post(reverse("person_act", args=[office.sunli.staff_no, "stand_in"]), given)
    assert office.sunli in reads.stands_in_for(office.hebing, office.at)
    assert "何冰" in admin.get(reverse("person", args=[office.sunli.staff_no])).content.decode()
    late = admin.post(
        reverse("person_act", args=[office.sunli.staff_no, "stand_in"]), given | {"until": "2026-03-01"}
    )
    assert late.status_code == 422 and "不晚于开始时间" in late.content.decode()
    with pytest.raises(actions.UnableToEnrol, match="no supervisor"):
        actions.lead_team(team=team, supervisor=office.lina, by=office.admin, at=office.at)


def test_the_first_administrator_of_an_empty_desk_comes_in_by_the_command(db):
    run = CliRunner()
    made = run.invoke(
        command, ["enrol", "root", "--name", "管理员", "--no", "9001", "--role", "administrator"]
    )
    assert made.exit_code == 0, made.output
    word = made.stdout.splitlines()[0]
    assert Client().login(username="root", password=word)
    assert "9001  root  管理员  administrator" in run.invoke(command, ["list"]).output
    twice = run.invoke(command, ["enrol", "root", "--name", "甲", "--no", "9002", "--role", "auditor"])
    assert twice.exit_code == 1 and "belongs to 管理员" in twice.output
    for args, says in (
        (["leave", "9001", "--reason", "离职"], "last administrator"),
        (["password", "777", "--reason", "忘记"], "nobody has the staff number 777"),
        (["enrol", "b", "--name", "乙", "--no", "1", "--role", "auditor"], "an account name is"),
        (
            ["enrol", "bo", "--name", "乙", "--no", "11", "--role", "auditor", "--team", "x"],
            "no team is named x",
        ),
    ):
        answer = run.invoke(command, args)
        assert answer.exit_code == 1 and says in answer.output, answer.output
    again = run.invoke(command, ["password", "9001", "--reason", "手机丢失"])
    assert again.exit_code == 0
    assert not Client().login(username="root", password=word)
    assert Client().login(username="root", password=again.stdout.splitlines()[0])
    made_other = run.invoke(command, ["enrol", "bo", "--name", "乙", "--no", "11", "--role", "auditor"])
    assert made_other.exit_code == 0
    moved = run.invoke(command, ["role", "11", "supervisor", "--reason", "转岗"])
    assert moved.exit_code == 0 and reads.staff_by_no("11").role == "supervisor"
    led = run.invoke(command, ["team", "一组", "--lead", "9001"])
    assert led.exit_code == 1 and "is no supervisor" in led.output
