"""The link by which somebody adds the company's account: whole where a corp is connected, a word where none is."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shouyue.connectors.channel import ConnectorDown
from shouyue.connectors.rehearsal.server import Rehearsal
from shouyue.desk.friend_requests.models import CaseToken
from shouyue.desk.messages import channels

pytestmark = pytest.mark.django_db


def pressed(client, office):
    answer = client.post(reverse("invite", args=[office.matter().pk, office.debtor().pk]), follow=True)
    return answer.content.decode()


def test_where_wecom_is_connected_the_whole_link_is_shown_once(office, sign_in):
    with Rehearsal(pace=0) as running:
        channels._friends.append(running.settings.friends(running.settings.client()))
        try:
            text = pressed(sign_in(office.lina), office)
        finally:
            channels.disconnect_all()
    assert "customer_channel=" in text
    assert CaseToken.objects.get(purpose="invite").link_id


def test_without_a_corp_the_word_is_shown(office, wires, sign_in):
    assert "一次性口令" in pressed(sign_in(office.lina), office)


def test_a_wecom_that_does_not_answer_is_said_and_the_word_expires_unused(office, sign_in):
    class Silent:
        def make_link(self, **_asked):
            raise ConnectorDown("no answer within 5 s")

    channels._friends.append(Silent())
    try:
        text = pressed(sign_in(office.lina), office)
    finally:
        channels.disconnect_all()
    assert "企业微信未能生成链接" in text
    assert CaseToken.objects.get(purpose="invite").link_id == ""
