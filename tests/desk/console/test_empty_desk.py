"""A desk on its first day: people, and nothing else. Every place says so; nothing breaks, and nothing may leave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from shouyue.desk.console import frame
from shouyue.desk.console.sign_in.second_factor import BY_DEMO_DOOR
from shouyue.desk.people import actions as people
from shouyue.desk.people.reads import Role
from shouyue.desk.rulebook.models import Edition

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 10, 2, tzinfo=UTC)


def enrolled(role: str, n: int = 1) -> tuple[Client, object]:
    one = people.enrol(
        username=f"{role}{n}", display_name="沈青", staff_no=f"{role}-{n}", role=role, by="console", at=AT
    )
    client = Client()
    client.force_login(one)
    session = client.session
    session[BY_DEMO_DOOR] = True
    session.save()
    return client, one


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM])
def test_every_place_of_every_role_answers_on_the_first_day(role, monkeypatch):
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(lambda: AT))
    client, one = enrolled(role)
    client.raise_request_exception = True
    for place in frame.places(one):
        answer = client.get(reverse(place.url))
        without_rules = answer.status_code == 503 and "没有生效规则" in answer.content.decode()
        assert answer.status_code == 200 or without_rules, (role, place.url, answer.status_code)


def test_the_first_rules_come_into_force_at_the_desk(monkeypatch):
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(lambda: AT))
    first, _ = enrolled(Role.COMPLIANCE, 1)
    second, _ = enrolled(Role.COMPLIANCE, 2)
    assert "没有生效规则" in first.get(reverse("editions")).content.decode()
    given = {"pack": "cn", "overlay": "", "effective_at": "2026-03-10T10:00", "why": "上线采用大陆规则包"}
    assert first.post(reverse("editions"), given).status_code == 302
    second.post(reverse("approve_edition", args=[Edition.objects.get().pk]))
    assert "生效中" in first.get(reverse("editions")).content.decode()
