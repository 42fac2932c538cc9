"""A borrower adds us, over the wire: what WeCom tells, what it does not, and how the counterpart misbehaves."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from shouyue.connectors import channel as ch
from shouyue.connectors.rehearsal.corp import Impossible
from shouyue.connectors.sms import Sms
from shouyue.connectors.wecom.client import WeComRefused
from shouyue.connectors.wecom.friends import Friends


def link_for(client, state="tok-123"):
    return Friends(client).make_link(name="张伟", members=["lina"], state=state)


def test_a_request_through_a_case_link_is_told_before_it_is_accepted(wecom, client, desk):
    """And says nothing of who it is: only the token of the link ties it to a case."""
    link = link_for(client)
    wecom.corp.add("cooperative", url=link.url)
    assert wecom.corp.stage.settle()
    (seen,) = desk.of(ch.FriendRequested)
    assert (seen.link_id, seen.state) == (link.link_id, "tok-123")
    assert desk.of(ch.ContactAdded) == []


def test_an_ordinary_request_is_told_only_once_it_is_accepted(wecom, desk):
    request = wecom.corp.add("stranger", member="lina")
    assert wecom.corp.stage.settle()
    assert desk.kept == {}
    who = wecom.corp.accept(request.id)
    assert wecom.corp.stage.settle()
    (added,) = desk.of(ch.ContactAdded)
    assert (added.userid, added.external_userid, added.state) == ("lina", who, "")


def test_an_accepted_friend_can_be_looked_up_named_and_greeted(wecom, client, desk):
    friends = Friends(client)
    request = wecom.corp.add("cooperative", url=link_for(client).url)
    who = wecom.corp.accept(request.id)
    assert wecom.corp.stage.settle()
    (added,) = desk.of(ch.ContactAdded)
    friends.welcome(added.welcome_code, "您好，这里是安行汽车金融。")
    friends.remark(userid="lina", external_userid=who, remark="张伟 M0001")
    found = friends.detail(who)
    assert (found.name, found.is_wechat) == ("大伟", True)
    (follow,) = found.follows
    assert (follow.way, follow.state, follow.remark) == (16, "tok-123", "张伟 M0001")
    assert not follow.began_by_us
    assert wecom.corp.borrower(who).phone[-1]["text"] == "您好，这里是安行汽车金融。"
    with pytest.raises(WeComRefused):
        friends.welcome(added.welcome_code, "twice")


def test_a_welcome_code_dies_after_twenty_seconds(wecom, client, desk):
    wecom.corp.accept(wecom.corp.add("cooperative", url=link_for(client).url).id)
    assert wecom.corp.stage.settle()
    wecom.corp.shift += timedelta(seconds=21)
    with pytest.raises(WeComRefused):
        Friends(client).welcome(desk.of(ch.ContactAdded)[0].welcome_code, "late")


def test_a_member_who_skips_verification_is_told_by_half(wecom, desk):
    wecom.corp.skips_verification.add("lina")
    wecom.corp.add("hardship", member="lina")
    assert wecom.corp.stage.settle()
    assert [event.userid for event in desk.of(ch.ContactHalfAdded)] == ["lina"]


def test_both_ways_of_ending_a_friendship_are_told_apart(wecom, desk):
    for by_member in (True, False):
        wecom.corp.accept(wecom.corp.add("guarantor", member="lina").id)
        wecom.corp.unfriend("guarantor", member="lina", by_member=by_member)
        wecom.corp.shift += timedelta(seconds=1)
    assert wecom.corp.stage.settle()
    assert [event.by_member for event in desk.of(ch.ContactDeleted)] == [True, False]


def test_friends_who_press_add_again_make_no_event(wecom, client):
    wecom.corp.accept(wecom.corp.add("cooperative", url=link_for(client).url).id)
    with pytest.raises(Impossible):
        wecom.corp.add("cooperative", url=link_for(client, "another").url)


def test_a_deleted_link_leads_nowhere(wecom, client, desk):
    link = link_for(client)
    Friends(client).delete_link(link.link_id)
    with pytest.raises(Impossible):
        wecom.corp.add("cooperative", url=link.url)
    assert wecom.corp.stage.settle()
    assert [event.change for event in desk.of(ch.LinkChanged)] == ["delete_link"]


@pytest.mark.parametrize("state", ["", "x" * 31, "张伟", "a b"])
def test_a_token_that_would_be_cut_or_garbled_is_refused_before_it_travels(client, state):
    with pytest.raises(ValueError, match="state"):
        link_for(client, state)


def test_a_repeated_callback_is_one_event(wecom, client, desk):
    wecom.corp.mischief.repeated = 3
    wecom.corp.add("cooperative", url=link_for(client).url)
    assert wecom.corp.stage.settle()
    assert desk.told == 3
    assert len(desk.kept) == 1


def test_events_out_of_order_keep_their_own_times(wecom, client, desk):
    wecom.corp.mischief.out_of_order = True
    request = wecom.corp.add("cooperative", url=link_for(client).url)
    wecom.corp.shift += timedelta(seconds=5)
    wecom.corp.accept(request.id)
    assert wecom.corp.stage.settle()
    arrived = list(desk.kept.values())
    assert [type(event) for event in arrived] == [ch.ContactAdded, ch.FriendRequested]
    assert arrived[0].at > arrived[1].at


@pytest.mark.parametrize("mischief", ["wrong_signature", "wrong_receiver"])
def test_a_forged_callback_is_refused_three_times_and_leaves_nothing(wecom, client, desk, mischief):
    setattr(wecom.corp.mischief, mischief, True)
    wecom.corp.add("cooperative", url=link_for(client).url)
    assert wecom.corp.stage.settle()
    assert [no.status for no in desk.refused] == [403, 403, 403]
    assert desk.kept == {}
    assert wecom.corp.caller.knocks[0].tries == 3


def test_a_silent_corp_tells_nothing(wecom, client, desk):
    wecom.corp.mischief.silent = True
    wecom.corp.add("cooperative", url=link_for(client).url)
    assert wecom.corp.stage.settle()
    assert desk.kept == {}


def test_consent_is_told_by_an_event_and_refusal_only_when_asked(wecom, client, desk):
    who = wecom.corp.accept(wecom.corp.add("cooperative", member="lina").id)
    asking = Friends(wecom.settings.archive_client())
    assert list(asking.archive_consents([("lina", who)])) == []
    wecom.corp.consent("cooperative", member="lina", agreed=True)
    assert wecom.corp.stage.settle()
    assert [event.agreed for event in desk.of(ch.ConsentChanged)] == [True]
    wecom.corp.consent("cooperative", member="lina", agreed=False)
    assert wecom.corp.stage.settle()
    assert [event.agreed for event in desk.of(ch.ConsentChanged)] == [True]
    (answer,) = asking.archive_consents([("lina", who)])
    assert answer.agreed is False
    assert answer.since is not None


def test_the_archive_needs_its_own_secret(client):
    with pytest.raises(WeComRefused, match="secret of its own") as refused:
        list(Friends(client).archive_consents([("lina", "wm")]))
    assert (refused.value.code, refused.value.permanent) == (48002, True)


def test_the_controls_work_over_http_and_say_what_is_wrong(wecom):
    said = httpx.post(f"{wecom.base}/rehearsal/add", json={"who": "cooperative", "member": "lina"}).json()
    assert said["done"]["status"] == "waiting"
    httpx.post(f"{wecom.base}/rehearsal/accept", json={"request": said["done"]["id"]}).raise_for_status()
    state = httpx.get(f"{wecom.base}/rehearsal/state").json()
    assert [one["userid"] for one in state["friends"]] == ["lina"]
    wrong = httpx.post(f"{wecom.base}/rehearsal/add", json={"who": "nobody", "member": "lina"})
    assert wrong.status_code == 400
    assert "cooperative" in wrong.json()["error"]
    assert httpx.post(f"{wecom.base}/rehearsal/mischief", json={"lat": 1}).status_code == 400


def test_a_text_message_shows_on_the_phone_of_its_number_and_is_answered(wecom):
    """The provider of text messages and WeCom are two; the phone is one."""
    sms = Sms(wecom.gateways["sms"]["base"], wecom.gateways["sms"]["secret"])
    answers = []
    wecom.providers["sms"].deliver = lambda call: answers.extend(sms.parse(call.body)) or 200
    zhang = wecom.corp.borrower("cooperative")
    sms.send(ch.Outgoing(to=zhang.script.mobile, text="您好，请点开链接", account="示例汽车金融"), "k")
    assert zhang.phone[-1]["text"] == "您好，请点开链接"
    httpx.post(f"{wecom.base}/rehearsal/text", json={"who": "cooperative", "text": "收到"})
    assert wecom.corp.stage.settle()
    assert [(one.sender, one.text) for one in answers] == [(zhang.script.mobile, "收到")]
