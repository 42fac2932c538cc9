"""The callback door of the gateways: SMS and the like tell us what became of a message, and what people answer."""

from __future__ import annotations

import base64
import json

import pytest
from django.test import Client

from shouyue.connectors.channel import Call, DeliveryReceipt, MessageArrived
from shouyue.connectors.rehearsal.provider import Provider
from shouyue.connectors.rehearsal.stage import Stage
from shouyue.connectors.sms import Sms
from shouyue.desk.messages import channels
from shouyue.desk.messages.models import RawEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sms():
    """A provider whose calls go through the door, in this thread."""
    stage = Stage(pace=0)
    provider, client = Provider(stage, "sms"), Client()
    made = Sms("http://127.0.0.1:9/gateway/sms", provider.secret)
    channels.connect("sms", sends=made, door=made, parse=made.parse)
    told: list[Call] = []

    def deliver(call: Call) -> int:
        told.append(call)
        return 200

    provider.deliver = deliver

    def post() -> list[int]:
        assert stage.settle()
        answers = [
            client.post(
                "/hooks/gateway/sms", call.body, content_type="application/json", headers=dict(call.headers)
            )
            for call in told
        ]
        told.clear()
        return [answer.status_code for answer in answers]

    yield provider, post, client
    channels.disconnect_all()
    stage.close()


def kept():
    payloads = [base64.b64decode(row.body) for row in RawEvent.objects.filter(connector="sms")]
    return [event for payload in payloads for event in channels.parser("sms")(payload)]


def test_a_receipt_and_an_answer_are_kept_and_can_be_read(sms):
    provider, post, _ = sms
    provider.receipt("sms-1", delivered=True)
    provider.reply("13800000001", "我周五还")
    assert post() == [200, 200]
    assert {type(event) for event in kept()} == {DeliveryReceipt, MessageArrived}


def test_a_forged_call_is_refused_and_nothing_is_kept(sms):
    provider, post, _ = sms
    provider.wrong_signature = True
    provider.reply("13800000001", "假的")
    assert post() == [403]
    assert not RawEvent.objects.exists()


def test_an_unknown_gateway_is_not_there(sms):
    _, _, client = sms
    body = json.dumps({"id": 1}).encode()
    assert client.post("/hooks/gateway/pigeon", body, content_type="application/json").status_code == 404
