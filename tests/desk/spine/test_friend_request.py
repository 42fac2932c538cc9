"""Journey 1, verb by verb: nobody becomes a friend without proof, a reason and a second person."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from shouyue.casework.friend_request import FriendRequest as State
from shouyue.cli.demo.cards import id_card, screenshot
from shouyue.connectors.channel import ContactAdded, FriendRequested
from shouyue.connectors.recognition import IdCard
from shouyue.desk.approvals import actions as approvals
from shouyue.desk.approvals import reads as approval_reads
from shouyue.desk.friend_requests import actions, reads
from shouyue.desk.ledger import actions as ledger
from shouyue.desk.ledger import reads as ledger_reads
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import inbound
from shouyue.desk.parties import reads as parties
from shouyue.desk.vault import originals
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel
from tests.office import MORNING

pytestmark = pytest.mark.django_db


def event(kind, n=1, **more):
    return kind(external_id=f"e{n}", channel=Channel.WECOM, account="corp", at=MORNING, raw=b"", **more)


def arrive(wires, office, one, at=None):
    payload = repr(one).encode()
    wires["wecom"].events[payload] = (one,)
    inbound.receive(connector="wecom", payload=payload, by="callback", at=at or office.at)
    return drain(at=at or office.at)


def requested(wires, office):
    """A borrower pressed "add" on the link made for them."""
    word = actions.invite(matter=office.matter(), party=office.debtor(), by=office.lina, at=office.at)
    arrive(wires, office, event(FriendRequested, link_id="L1", state=word))
    return reads.board(office.lina, office.at).get(), word


def offer(office, request, party):
    """A photograph of this party's card arrives and is read; what reading makes of pictures is tested elsewhere."""
    digest = originals.keep(f"card of {party.pk}".encode(), room="quarantine")
    actions.offer_identity(request=request.pk, digest=digest, by="borrower", at=office.at)
    actions.judge_identity(
        request=request.pk, digest=digest, read=IdCard(party.name, party.id_no, True, 0.98), by="worker", at=office.at
    )  # fmt: skip
    drain(at=office.at)
    return digest


def prove(office, request):
    offer(office, request, request.party)


def confirm(office, request, agrees=True):
    debt = matters.debt(request.matter.loan, office.at)
    return actions.confirm_debt(
        request=request.pk, agrees=agrees, amount=debt.total, as_of=debt.as_of, typed_name=request.party.name,
        words="" if agrees else "违约金不对", device={}, by="borrower", at=office.at,
    )  # fmt: skip


def ready(wires, office):
    request, word = requested(wires, office)
    prove(office, request)
    confirm(office, request)
    return reads.get(request.pk), word


def test_the_whole_road(wires, office):
    request, word = ready(wires, office)
    assert request.state == State.APPROVAL_PENDING
    assert request.sheet["recommendation"] == "accept"
    (waiting,) = approval_reads.waiting_for(office.wangmin, office.at)
    actions.decide(
        approval=waiting, grant=True, reason="身份已核实,同意在公司账号沟通", by=office.wangmin, at=office.at
    )
    actions.say_accepted(request=request.pk, by=office.lina, at=office.at)
    arrive(wires, office, event(ContactAdded, 2, userid="lina", external_userid="wmZhang", state=word))
    request = reads.get(request.pk)
    assert request.state == State.RECONCILED
    assert request.thread.matter_id == request.matter_id
    assert parties.by_account("wecom", "wmZhang").party_id == request.party_id
    (notice,) = wires["wecom"].sent.values()
    assert "录" in notice.text or "存档" in notice.text
    ledger.integrate(by="test", at=office.at)
    assert ledger_reads.verify_log().ok


def test_the_one_who_asked_cannot_decide(wires, office):
    ready(wires, office)
    assert approval_reads.waiting_for(office.lina, office.at) == []
    (waiting,) = approval_reads.waiting_for(office.wangmin, office.at)
    with pytest.raises(approvals.UnableToDecide, match="second"):
        actions.decide(approval=waiting, grant=True, reason="自己批准自己", by=office.lina, at=office.at)


def test_a_stand_in_decides_in_the_name_of_the_supervisor(wires, office):
    ready(wires, office)
    (waiting,) = approval_reads.waiting_for(office.qianjin, office.at)
    actions.decide(approval=waiting, grant=True, reason="王敏外出,代为审批", by=office.qianjin, at=office.at)
    assert approval_reads.get(waiting.pk).decided_as_stand_in_for == office.wangmin


def test_a_decision_without_a_reason_is_refused(wires, office):
    ready(wires, office)
    (waiting,) = approval_reads.waiting_for(office.wangmin, office.at)
    with pytest.raises(approvals.NoReason):
        actions.decide(approval=waiting, grant=True, reason=" . ", by=office.wangmin, at=office.at)


def test_an_unapproved_friend_is_an_orphan_and_an_incident(wires, office):
    request, word = requested(wires, office)
    arrive(wires, office, event(ContactAdded, 2, userid="lina", external_userid="wmZhang", state=word))
    assert reads.get(request.pk).state == State.ORPHAN
    assert [i.kind for i in reads.incidents(office.sunli, office.at)] == ["unapproved_friend"]
    assert parties.by_account("wecom", "wmZhang") is None


def test_a_friend_from_nowhere_is_an_orphan_too(wires, office):
    arrive(wires, office, event(ContactAdded, 2, userid="lina", external_userid="wmStranger", state=""))
    (orphan,) = reads.board(office.wangmin, office.at)
    assert (orphan.state, orphan.way) == (State.ORPHAN, "unannounced")


def test_a_photograph_is_read_in_the_background(wires, office):
    """The real road: bytes in quarantine, a local model, the loan's own party."""
    request, _ = requested(wires, office)
    digest = originals.keep(id_card(request.party.name, request.party.id_no), room="quarantine")
    actions.offer_identity(request=request.pk, digest=digest, by="borrower", at=office.at)
    assert reads.get(request.pk).state == State.IDENTITY_PENDING
    drain(at=office.at)
    assert reads.get(request.pk).state == State.IDENTITY_PROVED
    assert originals.fetch(digest)


@pytest.mark.parametrize(
    "bytes_",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff<script>", screenshot("你好", "在吗")],
)
def test_what_is_no_card_proves_nothing_and_is_not_kept(wires, office, bytes_):
    request, _ = requested(wires, office)
    digest = originals.keep(bytes_, room="quarantine")
    actions.offer_identity(request=request.pk, digest=digest, by="borrower", at=office.at)
    drain(at=office.at)
    row = reads.get(request.pk)
    assert row.state == State.IDENTITY_FAILED
    assert row.attempts.get().why_not
    for room in ("quarantine", "originals"):
        with pytest.raises(originals.NoSuchOriginal):
            originals.fetch(digest, room=room)


def test_somebody_elses_card_proves_nothing(wires, office):
    request, _ = requested(wires, office)
    namesake = office.debtor(14)  # another 张伟
    assert namesake.name == request.party.name
    digest = offer(office, request, namesake)
    assert reads.get(request.pk).state == State.IDENTITY_FAILED
    with pytest.raises(originals.NoSuchOriginal):
        originals.fetch(digest, room="quarantine")


def test_the_amount_is_asked_for_only_after_identity(wires, office):
    request, _ = requested(wires, office)
    with pytest.raises(actions.UnableToContinue, match="first prove"):
        confirm(office, request)


def test_a_dispute_stops_collection_and_still_reaches_a_supervisor(wires, office):
    request, _ = requested(wires, office)
    prove(office, request)
    confirm(office, request, agrees=False)
    assert {s.kind for s in parties.stops(request.party, office.at)} == {"dispute"}
    assert reads.get(request.pk).sheet["recommendation"] == "refuse"


def test_the_same_event_twice_is_one_request(wires, office):
    word = actions.invite(matter=office.matter(), party=office.debtor(), by=office.lina, at=office.at)
    for _ in range(3):
        arrive(wires, office, event(FriendRequested, link_id="L1", state=word))
    assert reads.board(office.lina, office.at).count() == 1


def test_a_word_we_never_gave_opens_nothing(wires, office):
    arrive(wires, office, event(FriendRequested, link_id="L1", state="made-up"))
    assert reads.board(office.lina, office.at).count() == 0
    assert [i.kind for i in reads.incidents(office.sunli, office.at)] == ["unknown_link"]


def test_nobody_answers_in_time(wires, office):
    request, _ = ready(wires, office)
    later = office.at + timedelta(days=3, minutes=1)
    drain(at=later)
    assert reads.get(request.pk).state in {State.EXPIRED, State.REFUSED}
    assert approval_reads.waiting_for(office.wangmin, later) == []


def test_a_personal_wechat_request_is_redirected(wires, office):
    request = actions.report(
        id=uuid.uuid4(), channel="wechat_personal", claimed_name="张伟", words="我是张伟,加一下", mobile="13800000001",
        screenshot="", by=office.lina, at=office.at,
    )  # fmt: skip
    assert request.state == State.SEEN or reads.get(request.pk).state == State.IDENTITY_PENDING
    assert reads.sheet_of(reads.get(request.pk), office.at).recommendation == "redirect"


def test_a_stranger_on_the_staff_sees_nothing(wires, office):
    request, _ = requested(wires, office)
    with pytest.raises(reads.NotYours):
        reads.request_for(office.zhaolei, request.pk, office.at)


def test_a_refusal_sends_the_approved_redirect_and_kills_the_link(wires, office):
    request, _ = ready(wires, office)
    (waiting,) = approval_reads.waiting_for(office.wangmin, office.at)
    actions.decide(
        approval=waiting, grant=False, reason="近期有威胁记录，改走书面渠道", by=office.wangmin, at=office.at
    )
    drain(at=office.at)
    assert reads.get(request.pk).state == State.REFUSED
    words = [m.text for m in wires["sms"].sent.values()]
    assert any("不使用个人微信" in w for w in words)
    arrive(wires, office, event(ContactAdded, 3, userid="lina", external_userid="wmZhang", state=""))
    orphans = [r for r in reads.ended(office.wangmin, office.at) if r.state == State.ORPHAN]
    assert orphans or reads.board(office.wangmin, office.at).filter(state=State.ORPHAN).exists()
