"""Two pairs of eyes on screen: friend requests and approvals, right input and wrong."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals.models import Approval
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.friend_requests.models import FriendRequest
from shouyue.desk.matters.actions import stream_of
from shouyue.desk.messages.models import Contact

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture
def asked(office, request_seen):
    """The request stands before the supervisor."""
    FriendRequest.objects.filter(pk=request_seen.pk).update(state="identity_proved")
    friend_requests.submit(request=FriendRequest.objects.get(pk=request_seen.pk), by="test", at=office.at)
    return FriendRequest.objects.get(pk=request_seen.pk)


@pytest.fixture
def held(office, said):
    """A message that waits for approval."""
    Contact.objects.filter(pk=said.pk).update(state="awaiting_approval")
    return approvals.ask(
        what="contact",
        about=said.pk,
        stream=stream_of(said.thread),
        asks="提到单位，须主管审批",
        facts={"matter": said.matter.number},
        due_at=office.at + timedelta(hours=4),
        by=office.lina,
        at=office.at,
    )


def test_the_sheet_shows_four_risks_with_the_facts_behind_them(office, asked, sign_in):
    page = sign_in(office.wangmin).get(reverse("friend_request", args=[asked.pk])).content.decode()
    for word in ("隐私泄露", "证据", "正式程序", "反催收手段", "建议", "仅以手机号匹配"):
        assert word in page
    assert "您的决定" in page


def test_the_person_who_asked_sees_the_sheet_and_no_buttons(office, asked, sign_in):
    page = sign_in(office.lina).get(reverse("friend_request", args=[asked.pk])).content.decode()
    assert 'value="yes"' not in page
    assert "申请人不得自行审批" in page


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"grant": "yes", "reason": ""}, "必须写明理由"),
        ({"grant": "yes", "reason": "好"}, "至少 4 个字"),
        ({"grant": "maybe", "reason": "材料齐全，同意"}, ""),
        ({"reason": "材料齐全，同意"}, ""),
    ],
)
def test_a_decision_without_a_reason_or_an_answer_is_none(form, says, office, asked, sign_in):
    answer = sign_in(office.wangmin).post(reverse("decide_friend_request", args=[asked.pk]), form)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert FriendRequest.objects.get(pk=asked.pk).state == "approval_pending"


def test_approval_is_permission_for_the_members_own_hand(office, asked, sign_in):
    url = reverse("decide_friend_request", args=[asked.pk])
    sign_in(office.wangmin).post(url, {"grant": "yes", "reason": "证件与借款一致，同意"})
    assert FriendRequest.objects.get(pk=asked.pk).state == "approved"
    page = sign_in(office.lina).get(reverse("friend_request", args=[asked.pk])).content.decode()
    assert "我已在企业微信通过" in page
    sign_in(office.lina).post(reverse("accepted_friend_request", args=[asked.pk]))
    assert FriendRequest.objects.get(pk=asked.pk).state == "accepted_by_member"
    again = sign_in(office.wangmin).post(url, {"grant": "no", "reason": "改变主意了"})
    assert again.status_code == 422
    assert "已有结果" in again.content.decode()


def test_the_stand_in_decides_in_the_supervisors_place(office, asked, sign_in):
    page = sign_in(office.qianjin).get(reverse("friend_request", args=[asked.pk])).content.decode()
    assert "您代 王敏 审批" in page


def test_a_member_refuses_before_anybody_was_asked_with_a_reason(office, request_seen, sign_in):
    client, url = sign_in(office.lina), reverse("refuse_friend_request", args=[request_seen.pk])
    assert "至少 4 个字" in client.post(url, {"reason": ""}, follow=True).content.decode()
    client.post(url, {"reason": "个人账号，引导至公司渠道"})
    assert FriendRequest.objects.get(pk=request_seen.pk).state == "refused"


def test_a_report_keeps_the_picture_under_its_digest(office, wires, sign_in):
    form = {
        "id": str(uuid.uuid4()),
        "channel": "wechat_personal",
        "claimed_name": "赵强",
        "words": "在吗",
        "mobile": "",
        "screenshot": SimpleUploadedFile("a.png", PNG, "image/png"),
    }
    answer = sign_in(office.lina).post(reverse("report_friend_request"), form)
    assert answer.status_code == 302
    row = FriendRequest.objects.get(pk=form["id"])
    assert len(row.screenshot) == 64
    assert "未匹配到案件" in sign_in(office.lina).get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"claimed_name": ""}, "必填"),
        ({"mobile": "12345"}, "11 位"),
        ({"channel": "carrier_pigeon"}, ""),
        (
            {"screenshot": SimpleUploadedFile("a.svg", b"<svg onload='alert(1)'/>", "image/png")},
            "不是 PNG 或 JPEG",
        ),
        ({"screenshot": SimpleUploadedFile("a.png", b"", "image/png")}, "空"),
        ({"screenshot": None}, "必填"),
        ({"id": "not-an-id"}, ""),
    ],
)
def test_a_wrong_report_is_refused_with_its_reason(change, says, office, sign_in):
    form = {
        "id": str(uuid.uuid4()),
        "channel": "wecom",
        "claimed_name": "赵强",
        "screenshot": SimpleUploadedFile("a.png", PNG, "image/png"),
    } | change
    answer = sign_in(office.lina).post(
        reverse("report_friend_request"), {k: v for k, v in form.items() if v is not None}
    )
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not FriendRequest.objects.exists()


def test_a_held_message_is_released_or_returned_by_a_second_person(office, held, sign_in):
    client = sign_in(office.wangmin)
    assert "提到单位" in client.get(reverse("approvals")).content.decode()
    url = reverse("approval", args=[held.pk])
    assert held.asks in client.get(url).content.decode()
    assert client.post(url, {"grant": "no", "reason": "x"}).status_code == 422
    assert client.post(url, {"grant": "no", "reason": "请改用话术"}).status_code == 302
    assert Contact.objects.get(pk=held.about).state == "returned"
    assert Approval.objects.get(pk=held.pk).state == "refused"


def test_an_approval_of_another_team_or_of_nobody_is_not_found(office, held, sign_in):
    from shouyue.desk.people import actions as people

    stranger = people.enrol(
        username="other", display_name="外组主管", staff_no="2999", role="supervisor", by="test", at=office.at
    )
    client = sign_in(stranger)
    assert client.get(reverse("approval", args=[held.pk])).status_code == 404
    assert client.get(reverse("approval", args=[uuid.uuid4()])).status_code == 404
    assert client.get(reverse("approvals")).context["waiting"] == []
