"""What providers count is held against what we kept; both answers are sealed, and a package says by which methods it is whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from shouyue.connectors import channel as ch
from shouyue.connectors.channel import ConnectorDown, Totals
from shouyue.desk.ledger.reads import counted_lately
from shouyue.desk.messages import channels, counting, inbound
from shouyue.desk.messages.evidence import hand_out
from shouyue.desk.parties import actions as parties
from shouyue.desk.worker.run import drain
from shouyue.evidence.container import unpack
from shouyue.evidence.verify import verify
from shouyue.terms import Channel
from tests.office import Wire

pytestmark = pytest.mark.django_db(transaction=True)


class Numbered(Wire):
    """An archive that numbers what it gives out, and may have lost some."""

    given: dict[int, ch.MessageArrived]

    def pull(self, cursor: str, token: str = "", *, limit: int = 2) -> ch.Page:
        after = int(cursor or 0)
        numbers = sorted(n for n in self.given if n > after)
        some = numbers[:limit]
        payloads = tuple(f"{n}".encode() for n in some)
        return ch.Page(payloads, str(max([after, *some])), len(numbers) > limit, tuple(some))

    def parse(self, payload: bytes) -> tuple[ch.Event, ...]:
        return (replace(self.given[int(payload)], raw=payload, sequence=int(payload)),)


class Counting(Wire):
    """A gateway that says what it counted, or lies, or is silent."""

    says: dict[date, Any]

    def totals(self, day: date) -> Totals | None:
        found = self.says.get(day)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def archive(office: Any) -> Any:
    wire = Numbered(Channel.WECOM)
    wire.given = {}
    channels.connect("archive", pulls=wire)
    parties.bind_account(
        party=office.debtor(), channel="wecom", external_id="wmZhangWei", method="friend_request_proof",
        confidence="0.95", by="test", at=office.at,
    )  # fmt: skip
    yield wire
    channels.disconnect_all()


@pytest.fixture
def thread(office: Any, archive: Any) -> Any:
    from shouyue.desk.matters import actions as matters
    from shouyue.terms import Purpose

    return matters.open_thread(
        matter=office.matter(), party=office.debtor(), purpose=Purpose.NEGOTIATION, channel=Channel.WECOM,
        account="lina", owner=office.lina, by=office.lina, at=office.at,
    )  # fmt: skip


def give(archive: Numbered, at: Any, *numbers: int) -> None:
    for n in numbers:
        archive.given[n] = ch.MessageArrived(
            external_id=f"m{n}", channel=Channel.WECOM, account="lina", at=at, raw=b"", sender="wmZhangWei",
            to=("lina",), text=f"第{n}条",
        )  # fmt: skip
    inbound.pull(connector="archive", token="", by="test", at=at)
    drain(at=at)


def stated() -> list[dict[str, Any]]:
    return [dict(entry.outside) for entry in reversed(counted_lately(100))]


def test_numbers_without_a_gap_are_stated_as_read_and_the_thread_is_whole_by_method_five(
    office: Any, archive: Any, thread: Any
) -> None:
    give(archive, office.at, 7, 8, 9, 10, 11)
    chen = next(s for s in office.staff.values() if s.role == "legal")
    _, made = hand_out(about=thread, reason="立案举证", tool="test", by=chen, at=office.at)
    assert stated() == [{"of": "archive", "first": 7, "last": 11, "missing": 0}]
    report = verify(unpack(made.package), at="T")
    assert report.exit_code == 0 and "by methods 1, 2, 3, 5" in report.words("en"), report.words("en")
    give(archive, office.at, 12)
    assert counting.state_numbers(by="clock", at=office.at) == 1
    assert counting.state_numbers(by="clock", at=office.at) == 0  # nothing new, nothing said
    assert stated()[-1] == {"of": "archive", "first": 12, "last": 12, "missing": 0}


def test_a_number_that_never_came_is_said_in_the_log_and_in_the_package(
    office: Any, archive: Any, thread: Any
) -> None:
    give(archive, office.at, 7, 8)
    give(archive, office.at, 11, 12, 14)
    chen = next(s for s in office.staff.values() if s.role == "legal")
    _, made = hand_out(about=thread, reason="立案举证", tool="test", by=chen, at=office.at)
    assert stated() == [{"of": "archive", "first": 7, "last": 14, "missing": 3}]
    report = verify(unpack(made.package), at="T")
    assert report.exit_code == 0
    assert (
        "of the provider's numbers 7 to 14, 3 never came; they may belong to any conversation"
        in report.words("en")
    )
    assert "有 3 个未曾收到，可能属于任一会话" in report.words("zh")


def test_reading_a_page_again_counts_it_once(office: Any, archive: Any, thread: Any) -> None:
    give(archive, office.at, 7, 8)
    inbound.pull(connector="archive", token="", by="test", at=office.at)
    give(archive, office.at, 9)
    counting.state_numbers(by="clock", at=office.at)
    assert stated() == [{"of": "archive", "first": 7, "last": 9, "missing": 0}]


@pytest.fixture
def gateway(office: Any) -> Any:
    wire = Counting(Channel.SMS)
    wire.says = {}
    channels.connect("sms", sends=wire, door=wire, parse=wire.parse)
    yield wire
    channels.disconnect_all()


def test_a_day_s_totals_are_compared_once_and_a_disagreement_is_sealed_as_one(
    office: Any, gateway: Any
) -> None:
    day = date(2026, 3, 10)
    event = ch.MessageArrived(
        external_id="s",
        channel=Channel.SMS,
        account="corp",
        at=office.at,
        raw=b"s",
        sender="13899990000",
        text="?",
    )
    gateway.events[b"s"] = (event,)
    inbound.receive(connector="sms", payload=b"s", by="callback", at=office.at)
    drain(at=office.at)
    gateway.says = {day: Totals(sent=0, received=1), day + timedelta(days=1): Totals(sent=3, received=0)}
    night = office.at + timedelta(days=1)
    assert counting.count(by="clock", at=night) == 1 and counting.count(by="clock", at=night) == 0
    assert counting.count(by="clock", at=night + timedelta(days=1)) == 1
    first, second = counted_lately()[::-1]
    assert (first.kind, second.kind) == ("audit/counted", "audit/miscounted")
    assert first.outside["received_theirs"] == first.outside["received_ours"] == 1
    assert (second.outside["sent_theirs"], second.outside["sent_ours"]) == (3, 0)


def test_silence_is_no_agreement_and_is_asked_again(office: Any, gateway: Any) -> None:
    day = date(2026, 3, 10)
    gateway.says[day] = ConnectorDown("busy")
    with pytest.raises(ConnectorDown, match="sms: busy"):
        counting.count(by="clock", at=office.at + timedelta(days=1))
    assert counted_lately() == []
    gateway.says = {day: Totals(0, 0), day + timedelta(days=1): Totals(0, 0)}
    assert counting.count(by="clock", at=office.at + timedelta(days=2)) == 2
