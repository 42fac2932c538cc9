"""Calls on one's own telephone, on the page: ask, see the number, say what came of it."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from shouyue.desk.messages.models import Contact
from tests.desk.spine.test_own_phone import WORDS, thread  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db


def test_ask_see_the_number_and_record(office, thread, sign_in):  # noqa: F811
    client, page = sign_in(office.lina), reverse("thread", args=[thread.pk])
    assert (
        "可以现在打电话吗"
        in client.post(reverse("advise", args=[thread.pk]), {"text": WORDS}).content.decode()
    )
    client.post(reverse("send", args=[thread.pk]), {"id": uuid.uuid4(), "text": WORDS, "acknowledged": "on"})
    call = Contact.objects.get()
    assert call.state == "accepted"
    shown = client.get(page).content.decode()
    number = thread.party.points.get(index=call.point).value
    assert "可拨打至" in shown and number not in shown
    assert number in client.post(reverse("call_number", args=[thread.pk, call.pk])).content.decode()
    where = reverse("call_report", args=[thread.pk, call.pk])
    assert client.post(where, {"result": "RPC"}).status_code == 422
    given = {"result": "PTP-F", "when": "2026-03-10T10:00", "seconds": "75", "words": "周五还"}
    tape = SimpleUploadedFile("a.amr", b"#!AMR\nxx", content_type="audio/amr")
    assert client.post(where, {**given, "recording": tape}).status_code == 302
    call.refresh_from_db()
    assert (call.state, call.seconds) == ("delivered", 75) and call.media[0]["sha256"]
    other = sign_in(office.zhaolei)
    assert other.post(where, given).status_code == 404
