"""The new rule (journey 5): proposed with a reason, approved by a second officer, deciding from its moment on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from shouyue.desk.ledger.models import Leaf
from shouyue.desk.rulebook import reads
from shouyue.desk.rulebook.models import Edition

pytestmark = pytest.mark.django_db

STRICTER = """
lender: 示例汽车金融有限公司
parameters:
  attempts_per_number: {from: 2026-03-01, value: 4, why: 本机构从严}
"""


def given(office, **more: str) -> dict[str, str]:
    at = (office.at + timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M")
    return {"pack": "cn", "overlay": STRICTER, "effective_at": at, "why": "投诉增多，从严控制拨打次数"} | more


def cap(at) -> int:
    return int(reads.pack_on(at).parameters["attempts_per_number"].on(at.date()))


def test_a_stricter_number_decides_from_its_moment_once_a_second_officer_says_so(office, sign_in):
    sunli, hebing = sign_in(office.sunli), sign_in(office.hebing)
    assert sunli.post(reverse("editions"), given(office)).status_code == 302
    row = Edition.objects.get(why="投诉增多，从严控制拨打次数")
    later = row.effective_at + timedelta(minutes=1)
    assert cap(later) == 6  # nobody approved it yet
    shown = sunli.get(reverse("editions")).content.decode()
    assert "待第二人批准" in shown and "批准此版本" not in shown and "attempts_per_number: " in shown
    sunli.post(reverse("approve_edition", args=[row.pk]))
    assert Edition.objects.get(pk=row.pk).approved_at is None
    hebing.post(reverse("approve_edition", args=[row.pk]))
    assert (cap(office.at), cap(later)) == (6, 4)
    assert "已批准，尚未生效" in hebing.get(reverse("editions")).content.decode()
    sealed = Leaf.objects.filter(stream__name="rulebook").order_by("id").values_list("kind", flat=True)
    assert list(sealed)[-2:] == ["decision/propose_edition", "decision/approve_edition"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"overlay": "parameters:\n  attempts_per_number: {from: 2026-03-01, value: 9, why: x}"},
            "is looser than 6",
        ),
        ({"overlay": "parameters:\n  attempts: {from: 2026-03-01, value: 9, why: x}"}, "unknown parameter"),
        ({"overlay": "rules: {PSA-2025.harass: {effect: allow, why: x}}"}, "rests on statute"),
        ({"overlay": "a: &a [x]\nb: [*a, *a]"}, "不支持引用"),
        ({"overlay": "a: [b"}, "不是有效的 YAML"),
        ({"overlay": "- 4"}, "写明从严之处"),
        ({"effective_at": "2026-03-01T08:00"}, "规则不能在过去生效"),
        ({"why": ""}, "这个字段是必填项"),
    ],
)
def test_what_is_looser_broken_or_past_is_refused_in_words_and_changes_nothing(office, sign_in, wrong, says):
    before = Edition.objects.count()
    page = sign_in(office.sunli).post(reverse("editions"), given(office, **wrong))
    assert page.status_code == 422
    assert says in page.content.decode()
    assert ".yaml" not in page.content.decode()
    assert Edition.objects.count() == before


def test_only_officers_come_near(office, sign_in):
    for one in (office.lina, office.wangmin, office.admin):
        assert sign_in(one).get(reverse("editions")).status_code == 404
    row = Edition.objects.first()
    assert row is not None
    assert sign_in(office.lina).post(reverse("approve_edition", args=[row.pk])).status_code == 404
