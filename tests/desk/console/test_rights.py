"""The queue of rights: the nearest day first, one of them with its answer, nothing for whom it is not."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from shouyue.casework.right import Kind
from shouyue.desk.rights import actions
from shouyue.desk.rights.models import RightAsked

pytestmark = pytest.mark.django_db


@pytest.fixture
def complaint(office):
    return actions.ask(
        id=uuid.uuid4(), kind=Kind.COMPLAINT, matter=office.matter(), party=office.debtor(), words="一天打了八个电话",
        about=office.lina, by="borrower", at=office.at,
    )  # fmt: skip


def test_compliance_takes_it_in_hand_and_answers(office, complaint, sign_in):
    client = sign_in(office.sunli)
    assert "投诉" in client.get(reverse("rights")).content.decode()
    page = client.get(reverse("right", args=[complaint.pk]))
    assert "一天打了八个电话" in page.content.decode()
    client.post(reverse("take_right", args=[complaint.pk]))
    short = client.post(reverse("right", args=[complaint.pk]), {"outcome": "granted", "words": "好"})
    assert short.status_code == 422
    done = client.post(
        reverse("right", args=[complaint.pk]), {"outcome": "granted", "words": "已核实并纠正，向您致歉"}
    )
    assert done.status_code == 302
    assert RightAsked.objects.get(pk=complaint.pk).answer == "已核实并纠正，向您致歉"


def test_a_collector_finds_no_such_place(office, complaint, sign_in):
    client = sign_in(office.lina)
    assert client.get(reverse("rights")).status_code == 404
    assert client.get(reverse("right", args=[complaint.pk])).status_code == 404
