"""The link by which somebody adds the company's account: whole where a corp is connected, a word where none is."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shouyue.connectors.channel import ConnectorDown
from shouyue.connectors.rehearsal.server import Rehearsal
from shouyue.connectors.wecom.friends import Link
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.friend_requests.models import CaseToken
from shouyue.desk.ledger.reads import panel
from shouyue.desk.matters.models import Matter
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


@pytest.mark.parametrize("over", ["expired", "closed"])
def test_a_link_that_serves_nobody_any_more_is_deleted_in_wecom_and_only_that(office, sign_in, over):
    with Rehearsal(pace=0) as running:
        channels._friends.append(running.settings.friends(running.settings.client()))
        try:
            pressed(sign_in(office.lina), office)
            given = CaseToken.objects.get(purpose="invite")
            assert friend_requests.close_links(by="worker", at=office.at) == 0
            assert given.link_id in running.corp.links
            later = office.at
            if over == "expired":
                later = given.expires_at
            else:
                Matter.objects.filter(pk=office.matter().pk).update(state="closed")
            assert friend_requests.close_links(by="worker", at=later) == 1
            assert friend_requests.close_links(by="worker", at=later) == 0
            assert given.link_id not in running.corp.links
        finally:
            channels.disconnect_all()
    assert CaseToken.objects.get(purpose="invite").link_id == ""
    assert panel("links").rows[0].kind == "audit/link_deleted"


def test_a_link_that_wecom_does_not_delete_now_is_tried_again(office, sign_in):
    class Silent:
        def make_link(self, **_asked):
            return Link("L1", "https://work.weixin.qq.com/ca/L1?customer_channel=x", "x")

        def delete_link(self, link_id):
            raise ConnectorDown("no answer within 5 s")

    channels._friends.append(Silent())
    try:
        pressed(sign_in(office.lina), office)
        later = CaseToken.objects.get(purpose="invite").expires_at
        assert friend_requests.close_links(by="worker", at=later) == 0
    finally:
        channels.disconnect_all()
    assert CaseToken.objects.get(purpose="invite").link_id == "L1"
    assert friend_requests.close_links(by="worker", at=later) == 0, "without a corp nothing is asked"
