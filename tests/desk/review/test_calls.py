"""A call is judged when it has taken place: at its own time, by what was said in it, by the same rules as before it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from shouyue.connectors.channel import AttemptReported, Media
from shouyue.desk.console import frame
from shouyue.desk.console.sign_in.second_factor import BY_DEMO_DOOR
from shouyue.desk.ledger import reads as log
from shouyue.desk.matters import actions as matters
from shouyue.desk.messages import channels, inbound, media, outbound
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties import actions as parties
from shouyue.desk.review import actions as review
from shouyue.desk.review import reads
from shouyue.desk.review.models import Look
from shouyue.desk.vault import originals
from shouyue.desk.worker.run import drain
from shouyue.terms import Channel, Purpose
from tests.office import Wire

pytestmark = pytest.mark.django_db
SCRIPT = "【示例汽车金融有限公司】您好，我是示例汽车金融有限公司工作人员李娜，工号1023。请您方便时回电400-000-0000。"
HOURS = "CBA-2026.hours"


@pytest.fixture
def dialler(office, settings):
    settings.SENDERS = {office.matter().loan.client}
    wire = Wire(Channel.PHONE)
    channels.connect("phone", sends=wire, door=wire, parse=wire.parse)
    yield wire
    channels.disconnect_all()


def called(office, dialler, *, after, case=1, **told):
    """李娜 hands a call to the dialler now, and it reports what became of it `after` that."""
    matter, party = office.matter(case), office.debtor(case)
    thread = matters.open_thread(
        matter=matter, party=party, purpose=Purpose.NOTICE, channel=Channel.PHONE, account=matter.loan.client,
        owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip
    handed = outbound.propose(
        id=uuid.uuid4(), thread=thread, text=SCRIPT, acknowledged=True, by=office.lina, at=office.at
    )
    drain(at=office.at)
    handed.refresh_from_db()
    assert handed.state == "accepted", handed.decision
    return report(office, dialler, handed, office.at + after, **told)


def report(office, dialler, handed, when, **told):
    one = AttemptReported(
        external_id=f"call-{handed.pk}", channel=Channel.PHONE, account="10690000", at=when, raw=b"",
        reference=told.pop("reference", handed.reference), connected=told.pop("connected", True),
        **{"seconds": 60, "result": "RPC", **told},
    )  # fmt: skip
    payload = f"report {handed.pk} {when}".encode()
    dialler.events[payload] = (one,)
    inbound.receive(connector="phone", payload=payload, by="dialler", at=when + timedelta(minutes=1))
    drain(at=when + timedelta(minutes=1))
    handed.refresh_from_db()
    return handed


def looked(office, contact, after=timedelta(hours=14)) -> Look:
    review.look(by="worker", at=office.at + after)
    return Look.objects.get(contact=contact)


def test_what_was_reported_is_kept_with_its_own_time_and_sealed(office, dialler):
    call = called(office, dialler, after=timedelta(minutes=20))
    assert (call.state, call.connected, call.seconds, call.result) == ("delivered", True, 60, "RPC")
    assert call.their_time == office.at + timedelta(minutes=20)
    assert log.panel(f"thread:{call.thread_id}").rows[0].kind == "msg.out/reported"
    again = report(office, dialler, call, office.at + timedelta(hours=3), connected=False)
    assert (again.state, again.connected) == ("delivered", True)


def test_a_call_that_nobody_answered_has_failed_and_counts(office, dialler):
    call = called(office, dialler, after=timedelta(minutes=20), connected=False, result="NOANS", seconds=0)
    assert (call.state, call.why) == ("failed", "NOANS")


def test_a_report_about_nothing_of_ours_is_kept_and_changes_nothing(office, dialler):
    call = called(office, dialler, after=timedelta(minutes=20))
    before = Contact.objects.count()
    report(office, dialler, call, office.at + timedelta(hours=1), reference="somebody-else-s")
    assert Contact.objects.count() == before
    assert log.panel("received:phone").rows[0].kind in {"audit/nobody_reacts", "msg.in/received"}


@pytest.mark.parametrize(("hours", "against"), [(2, False), (12.5, True)])
def test_a_call_that_the_dialler_made_in_the_evening_is_found_by_its_own_time(
    office, dialler, hours, against
):
    """Handed over at ten in the morning, made at noon, or at half past ten at night."""
    call = called(office, dialler, after=timedelta(hours=hours))
    look = looked(office, call)
    assert (HOURS in look.rules) == against
    assert look.drawn or not against, "what the gate would have stopped is looked at by a person, always"
    risk = reads.conduct_of([office.lina], office.at + timedelta(hours=15))[office.lina.pk]
    assert bool({g.word for g in risk.grounds} & {"would_block"}) == against


@pytest.mark.parametrize("kind", ["opt_out", "represented", "no_contact_order"])
def test_who_said_stop_between_the_handing_over_and_the_call_was_called_against_their_word(
    office, dialler, kind
):
    call = called(office, dialler, after=timedelta(hours=2))
    parties.stop(
        party=office.debtor(), kind=kind, why="当日上午送达", by=office.lina,
        at=office.at + timedelta(hours=1),
    )  # fmt: skip
    look = looked(office, call)
    assert look.rules and HOURS not in look.rules and look.drawn


def test_too_many_calls_on_one_day_are_counted_at_the_time_when_they_took_place(office, dialler):
    first = called(office, dialler, after=timedelta(minutes=5))
    for n in range(1, 9):
        copy = Contact.objects.get(pk=first.pk)
        copy.pk, copy.number = uuid.uuid4(), 100 + n
        copy.their_time = office.at + timedelta(minutes=20 * n)
        copy.save(force_insert=True)
    last = Contact.objects.order_by("-number").first()
    few, many = looked(office, first), Look.objects.get(contact=last)
    assert not few.rules and many.rules and HOURS not in many.rules


def test_what_is_said_in_it_is_judged_when_it_is_written_down(office, dialler):
    call = called(
        office, dialler, after=timedelta(minutes=20), media=(Media(kind="voice", reference="r1", seconds=60),)
    )
    look = looked(office, call)
    assert not look.rules and not {w for w, _, _ in look.grounds} & {
        "red_words",
        "suspected_words",
        "would_block",
    }
    before = look.stratum
    call.media[0] |= {"sha256": originals.keep(b"a recording")}
    call.save()
    later = office.at + timedelta(days=1)
    media.transcribe(
        contact=call.pk, place=0, words="再不还钱我们就去你单位，让所有人都知道", by=office.lina, at=later
    )
    drain(at=later)
    look.refresh_from_db()
    assert look.rules and look.drawn and {w for w, _, _ in look.grounds} & {"red_words", "suspected_words"}
    assert (before, look.stratum) != ("high", "low") and look.stratum == "high"
    sealed = len(log.sealed_since(0))
    review.look_again(contact=call.pk, by="worker", at=later)
    assert len(log.sealed_since(0)) == sealed, "nothing new is nothing said"


def test_the_reporter_s_own_words_are_judged_at_once(office, dialler):
    call = called(
        office, dialler, after=timedelta(minutes=20), words="再不还钱我们就去你单位，让所有人都知道"
    )
    look = looked(office, call)
    assert "CBA-2026.red.threat" in look.rules and look.drawn


def test_a_call_is_not_looked_at_before_it_took_place_but_is_a_day_later_at_the_latest(office, dialler):
    call = called(office, dialler, after=timedelta(minutes=20))
    Contact.objects.filter(pk=call.pk).update(state="accepted", connected=None, their_time=None)
    review.look(by="worker", at=office.at + timedelta(hours=2))
    assert not Look.objects.filter(contact=call.pk).exists()
    review.look(by="worker", at=office.at + timedelta(days=1, minutes=1))
    assert Look.objects.filter(contact=call.pk).exists()


def test_the_reviewer_s_page_names_the_rule_that_the_call_broke(office, dialler, monkeypatch):
    call = called(office, dialler, after=timedelta(hours=12.5))
    look = looked(office, call)
    monkeypatch.setattr(frame.Moment, "clock", staticmethod(lambda: office.at + timedelta(hours=15)))
    client = Client()
    client.force_login(office.sunli)
    session = client.session
    session[BY_DEMO_DOOR] = True
    session.save()
    client.cookies["django_language"] = "zh-hans"
    assert reverse("review_one", args=[look.pk]) in client.get(reverse("review_after")).content.decode()
    assert HOURS in client.get(reverse("review_one", args=[look.pk])).content.decode()
