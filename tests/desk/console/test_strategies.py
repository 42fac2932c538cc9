"""The page of strategies: tried on the portfolio, refused with its line, proposed by one person and approved by another."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shouyue.desk.outreach import reads
from tests.desk.outreach.test_reminders import BODY

pytestmark = pytest.mark.django_db


def test_proposed_by_one_approved_by_another_and_taken_out_of_force(office, sign_in, wires):
    client = sign_in(office.wangmin)
    url = reverse("strategies")
    assert "没有生效的策略" in client.get(url).content.decode()
    assert client.post(url, {"body": BODY, "why": "先用早期提醒"}).status_code == 302
    sheet = reads.sheet_waiting()
    assert reverse("approve_strategies", args=[sheet.pk]) not in client.get(url).content.decode()
    assert client.post(reverse("approve_strategies", args=[sheet.pk])).status_code == 404
    assert reads.sheet_in_force() is None
    sign_in(office.sunli).post(reverse("approve_strategies", args=[sheet.pk]))
    assert reads.sheet_in_force() == sheet
    client.post(reverse("end_strategies", args=[sheet.pk]))
    assert reads.sheet_in_force() is None


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_text_is_tried_on_the_portfolio_before_it_is_proposed(office, sign_in, wires, language):
    client = sign_in(office.wangmin, language)
    page = client.post(reverse("strategies"), {"body": BODY, "dry_run": "1"})
    assert page.status_code == 200 and len(page.context["run"]) == 3
    text = page.content.decode()
    assert office.matter(9).number in text and "CBA-2026.verify" in text  # 张伟 has not proved who he is
    assert reads.sheet_waiting() is None and not reads.reminders_of_late()


def test_a_text_that_would_contact_at_night_is_refused_with_its_line(office, sign_in):
    page = sign_in(office.wangmin).post(
        reverse("strategies"), {"body": BODY.replace('"20:00"', '"23:00"'), "why": "晚上也提醒"}
    )
    assert page.status_code == 422 and "strategies.yaml:6:" in page.content.decode()
    assert reads.sheet_waiting() is None


def test_a_collector_finds_no_such_place(office, sign_in):
    assert sign_in(office.lina).get(reverse("strategies")).status_code == 404
