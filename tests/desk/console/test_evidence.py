"""The evidence pages: who may hand out, with a reason; the package is offered once made; originals are saved, never shown."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shouyue.desk.ledger import actions as log
from shouyue.desk.ledger import reads as ledger
from shouyue.desk.ledger.models import Leaf
from shouyue.desk.matters import actions as matters
from shouyue.desk.matters.actions import stream_of
from shouyue.desk.parties import actions as parties
from shouyue.desk.parties import reads as identities
from shouyue.evidence.container import unpack
from shouyue.evidence.verify import verify
from shouyue.terms import Channel, Purpose

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chen(office):
    return next(one for one in office.staff.values() if one.role == "legal")


def test_the_legal_officer_hands_out_with_a_reason_and_takes_it_away(office, said, sign_in, chen):
    client = sign_in(chen, "en")
    page = reverse("evidence", args=[said.thread.pk])
    assert "Make the package" in client.get(page).content.decode()
    refused = client.post(
        reverse("hand_out_thread", args=[said.thread.pk]), {"reason": "", "purpose": "证明经过"}
    )
    assert refused.status_code == 422 and not ledger.handed_out(stream_of(said.thread))
    asked = {"reason": "立案举证", "purpose": "证明逾期催收的经过", "withhold": ["sender"]}
    made = client.post(reverse("hand_out_thread", args=[said.thread.pk]), asked)
    assert made.status_code == 302 and made["location"] == page
    (row,) = ledger.handed_out(stream_of(said.thread))
    shown = client.get(page).content.decode()
    assert row.trust in shown and row.digest in shown and "立案举证" in shown
    file = client.post(reverse("take_away", args=[row.pk]))
    assert file["content-disposition"].endswith('.zip"')
    assert verify(unpack(file.content), at="T").exit_code == 0


def test_the_page_says_whose_account_it_is_and_how_we_know(office, said, sign_in):
    parties.bind_account(
        party=said.thread.party, channel="wecom", external_id="wmZhangWei1234", method="friend_request_proof",
        confidence="0.95", by="test", at=office.at,
    )  # fmt: skip
    page = sign_in(office.lina).get(reverse("evidence", args=[said.thread.pk])).content.decode()
    assert "好友申请中核验" in page and "0.95" in page and "wmZhangWei1234" not in page


def test_an_account_that_is_not_theirs_is_unbound_with_a_reason_and_nobody_is_known_by_it(
    office, said, sign_in
):
    account = parties.bind_account(
        party=said.thread.party, channel="wecom", external_id="wmZhangWei1234", method="friend_request_proof",
        confidence="0.95", by="test", at=office.at,
    )  # fmt: skip
    page, act = (
        reverse("evidence", args=[said.thread.pk]),
        reverse("unbind_account", args=[said.thread.pk, account.pk]),
    )
    assert act not in sign_in(office.lina).get(page).content.decode()
    assert sign_in(office.lina).post(act, {"why": "不是本人"}).status_code == 404
    for stranger in (office.qianjin, office.zhaolei):
        assert sign_in(stranger).post(act, {"why": "不是本人"}).status_code == 404
    lead = sign_in(office.wangmin)
    assert act in lead.get(page).content.decode()
    refused = lead.post(act, {"why": "误"})
    assert refused.status_code == 422 and "open><summary" in refused.content.decode()
    assert identities.by_account("wecom", "wmZhangWei1234")
    assert lead.post(act, {"why": "核实为其妻子的微信"}).status_code == 302
    assert identities.by_account("wecom", "wmZhangWei1234") is None
    chat = matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NEGOTIATION, channel=Channel.WECOM,
        account="lina", owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    for thread, warned in ((chat, True), (said.thread, False)):
        talk = sign_in(office.lina).get(reverse("thread", args=[thread.pk])).content.decode()
        assert ("其账号已解除绑定" in talk) is warned
        assert talk.count("不能再向其发送") == warned  # and the box to write in is empty
    shown = lead.get(page).content.decode()
    assert "已解除绑定" in shown and "核实为其妻子的微信" in shown and act not in shown
    other = reverse("unbind_account", args=[said.thread.pk, account.pk + 1])
    assert lead.post(other, {"why": "不是本人"}).status_code == 404
    assert [leaf.kind for leaf in sealed_of(said.thread.party)][-2:] == [
        "audit/bind_account",
        "audit/unbind_account",
    ]


def sealed_of(party):
    return Leaf.objects.filter(stream__name=f"party:{party.pk}").order_by("id")


def test_a_time_stamp_does_not_count_as_a_witness(office, said):
    from shouyue.desk.ledger import actions, attest

    actions.catch_up(by="test", at=office.at)
    attest.stamp(by="test", at=office.at)
    held = ledger.panel(stream_of(said.thread))
    assert held.reached[ledger.State.STAMPED] == len(held.rows) > 0 == held.reached[ledger.State.WITNESSED]


def test_a_whole_matter_too(office, said, sign_in, chen):
    client = sign_in(chen)
    matter = said.thread.matter
    page = client.get(reverse("matter_evidence", args=[matter.pk])).content.decode()
    assert "本案证据" in page and reverse("evidence", args=[said.thread.pk]) in page
    asked = {"reason": "立案举证", "purpose": "证明逾期催收的经过"}
    assert client.post(reverse("hand_out_matter", args=[matter.pk]), asked).status_code == 302
    assert len(ledger.handed_out(f"matter:{matter.pk}")) == 1


def test_others_see_the_evidence_but_hand_nothing_out(office, said, sign_in):
    client = sign_in(office.lina)
    assert "生成证据包" not in client.get(reverse("evidence", args=[said.thread.pk])).content.decode()
    for name, pk in (("hand_out_thread", said.thread.pk), ("hand_out_matter", said.thread.matter_id)):
        asked = client.post(reverse(name, args=[pk]), {"reason": "想看看", "purpose": "证明经过"})
        assert asked.status_code == 404
    assert not ledger.handed_out(stream_of(said.thread))


def test_an_original_is_saved_and_never_rendered(office, sign_in, spoken_media):
    client = sign_in(office.lina)
    got = client.post(reverse("original", args=[spoken_media.pk, 0]))
    assert got["content-type"] == "application/octet-stream"
    assert got["content-disposition"].startswith("attachment") and got["content-security-policy"] == "sandbox"
    assert client.post(reverse("original", args=[spoken_media.pk, 5])).status_code == 404
    stranger = sign_in(office.zhaolei)
    assert stranger.post(reverse("original", args=[spoken_media.pk, 0])).status_code == 404


def test_a_voice_message_is_written_down_and_marked_as_derived(office, sign_in, spoken_media):
    client = sign_in(office.lina, "en")
    asked = client.post(reverse("transcript", args=[spoken_media.pk, 0]), {"words": "我下周一还"})
    assert asked.status_code == 302
    page = client.get(reverse("thread", args=[spoken_media.thread_id])).content.decode()
    assert "Transcript, derived:" in page and "我下周一还" in page


@pytest.fixture
def spoken_media(office, wires, thread):
    """A voice message in `thread`, its file kept."""
    from shouyue.connectors import channel as ch
    from shouyue.desk.messages import inbound
    from shouyue.desk.messages.models import Contact
    from shouyue.desk.parties.reads import points
    from shouyue.desk.worker.run import drain

    mobile = points(office.debtor(), "mobile")[0].value
    event = ch.MessageArrived(
        external_id="v", channel=ch.Channel.SMS, account=thread.account, at=office.at, raw=b"v", sender=mobile,
        media=(ch.Media("voice", "v1", seconds=3),),
    )  # fmt: skip
    wires["sms"].events[b"v"] = (event,)
    wires["sms"].fetch = lambda one: b"#!AMR\nhello"
    inbound.receive(connector="sms", payload=b"v", by="callback", at=office.at)
    drain(at=office.at)
    return Contact.objects.get(thread=thread, direction="inbound")


def test_the_page_says_what_others_counted_and_where_they_differ(office, said, sign_in):
    from django.db import transaction

    from shouyue.desk.ledger.actions import seal
    from shouyue.desk.ledger.reads import counters_on

    address = reverse("evidence", args=[said.thread.pk])
    assert "尚未与服务商的计数核对" in sign_in(office.lina).get(address).content.decode()
    with transaction.atomic():
        for kind, outside in (
            ("counted", {"of": "archive", "first": 7, "last": 11, "missing": 0}),
            ("miscounted", {"of": "sms", "day": "2026-03-09", "sent_theirs": 3, "sent_ours": 2,
                            "received_theirs": 1, "received_ours": 1}),
        ):  # fmt: skip
            seal(
                f"audit/{kind}", stream=counters_on(office.at), subject=None, parts={}, by="clock", at=office.at,
                outside=outside,
            )  # fmt: skip
    page = sign_in(office.lina).get(address).content.decode()
    assert "编号 7 至 11 已读，0 个未曾收到" in page and "发出：对方 3，我方 2" in page
    assert page.count("不一致") == 1


def test_a_witness_s_alarm_stands_on_every_page_of_evidence_until_it_is_lifted(office, said, sign_in):
    client = sign_in(office.lina)
    pages = [reverse("evidence", args=[said.thread_id]), reverse("matter_evidence", args=[said.matter_id])]
    assert all("日志已停止公布" not in client.get(page).content.decode() for page in pages)
    log.catch_up(by="worker", at=office.at)
    log.alarm(reason="a witness refused the proof from 3 to 5", by="worker", at=office.at)
    assert all("日志已停止公布" in client.get(page).content.decode() for page in pages)
    log.lift_alarm(reason="查明系对方取错日志", agreed_by="5001", by=office.sunli, at=office.at)
    assert all("日志已停止公布" not in client.get(page).content.decode() for page in pages)
