"""The page of strategies: tried on the portfolio, refused with its line, proposed by one person and approved by another."""

from __future__ import annotations

import re

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


WRONG = [
    ('"20:00"', '"23:00"'), ('"20:00"', '"08:00"'), ('"20:00"', '"25:00"'), ("check_with_us", "nice"),
    ("check_with_us", "reminder"), ("check_with_us", "recording_notice"), ("check_with_us", "guarantor_claim"),
    ("channel: sms", "channel: wecom"), ("channel: sms", "channel: pigeon"), ("day: 3,", "day: 99,"), ("day: 3,", "day: 0,"),
    ("[M1, M2]", "[M9]"), ("zh: ", "zn: "), ("  stages: [M1, M2]\n", ""), ("id: later", "id: first"), ("day: 42", "day: 42, day: 43"),
    ("day: 3,", "when: {hear_days: {at_least: 1}}, day: 3,"), ("day: 3,", "when: {zzz: present}, day: 3,"),
    ("day: 3,", "when: {stage: {is: M9}}, day: 3,"), ("day: 3,", "when: {dpd: {at_least: nothing}}, day: 3,"),
    ("hours: {", "rest_days: 3\n  hours: {"), ('{from: "09:00", to: "20:00"}', "always"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now"), WRONG)
def test_what_is_wrong_with_a_text_is_said_in_the_language_of_the_page(was, now, office, sign_in):
    """With its line; no English is left on the Chinese page but the words that the text itself uses."""
    page = sign_in(office.wangmin).post(
        reverse("strategies"), {"body": BODY.replace(was, now), "why": "改一改", "dry_run": "1"}
    )
    assert page.status_code == 422
    (said,) = page.context["form"].errors["body"]
    assert re.match(r"\S+:\d+: .*[\u4e00-\u9fff]", said), said
    assert not re.search(r"\b(the|is|are|a|of|found|has|not|for|there|known)\b", said), said


def test_a_collector_finds_no_such_place(office, sign_in):
    assert sign_in(office.lina).get(reverse("strategies")).status_code == 404
