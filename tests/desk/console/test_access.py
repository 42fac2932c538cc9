"""Who may open what. Somebody else's case is not found, and the asking is on record."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from shouyue.desk.ledger.models import Leaf

pytestmark = pytest.mark.django_db


def refused() -> int:
    return Leaf.objects.filter(kind="audit/access_refused").count()


def test_without_signing_in_every_page_leads_to_the_sign_in_page(office, thread):
    for url in (
        reverse("queue"),
        reverse("debtor", args=[office.matter().pk]),
        reverse("thread", args=[thread.pk]),
    ):
        answer = Client().get(url)
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))


def test_a_lost_session_leads_a_fragment_to_the_sign_in_page_too(office, thread):
    answer = Client().post(reverse("advise", args=[thread.pk]), headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/"


@pytest.mark.parametrize("name", ["debtor", "thread", "evidence", "friend_request"])
def test_somebody_elses_case_is_not_found_and_the_asking_is_logged(
    name, office, thread, request_seen, sign_in
):
    about = {"debtor": office.matter(), "thread": thread, "evidence": thread, "friend_request": request_seen}[
        name
    ]
    before = refused()
    answer = sign_in(office.zhaolei).get(reverse(name, args=[about.pk]))
    assert answer.status_code == 404
    assert "张伟" not in answer.content.decode()
    assert refused() == before + 1


def test_her_supervisor_compliance_and_legal_may_read_the_case(office, thread, sign_in):
    for staff in (office.lina, office.wangmin, office.sunli, office.chen):
        assert sign_in(staff).get(reverse("debtor", args=[office.matter().pk])).status_code == 200
        assert sign_in(staff).get(reverse("thread", args=[thread.pk])).status_code == 200


@pytest.mark.parametrize(
    ("who", "place"), [("lina", "approvals"), ("lina", "imports"), ("zhou", "queue"), ("admin", "inbox")]
)
def test_a_place_that_is_not_for_ones_role_is_not_found_and_logged(who, place, office, sign_in):
    before = refused()
    assert sign_in(getattr(office, who)).get(reverse(place)).status_code == 404
    assert refused() == before + 1


def test_only_the_owner_writes_in_a_thread(office, thread, sign_in):
    page = sign_in(office.wangmin).get(reverse("thread", args=[thread.pk])).content.decode()
    assert 'id="text"' not in page
    answer = sign_in(office.wangmin).post(
        reverse("send", args=[thread.pk]), {"id": "6a1f6a3e-0000-4000-8000-000000000001", "text": "您好"}
    )
    assert answer.status_code == 422
    assert "只能由 李娜 发送" in answer.content.decode()


def test_unmasking_somebody_outside_ones_cases_is_not_found(office, sign_in):
    url = reverse("unmask", args=[office.debtor().pk, "id_no"])
    assert sign_in(office.zhaolei).post(url, {"reason": "核对身份"}).status_code == 404


def test_a_watermark_names_the_viewer_and_the_time_on_pages_with_personal_data(office, thread, sign_in):
    for url in (
        reverse("queue"),
        reverse("debtor", args=[office.matter().pk]),
        reverse("thread", args=[thread.pk]),
    ):
        assert "李娜 1023 2026-03-10 10:00" in sign_in(office.lina).get(url).content.decode()


def test_what_is_not_found_is_said_in_the_desks_own_look(office, sign_in):
    answer = sign_in(office.zhaolei).get(reverse("debtor", args=[office.matter().pk]))
    assert "您无权打开" in answer.content.decode()
    assert Client().get("/no-such-page/").status_code == 404


def test_a_page_without_its_token_says_so_in_both_languages(office):
    answer = Client(enforce_csrf_checks=True).post(reverse("demo_door"), {"username": "lina"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()
