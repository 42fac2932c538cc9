"""Two at once: whoever lets a message out and whoever stops it. On both databases one waits for the other, and neither is deceived."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from shouyue.desk.emergency import actions, reads
from shouyue.desk.holds.way import goes_first, make_way
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties import actions as parties
from tests.desk.emergency.test_stop import SCOPES, key_of, queue

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 0.4  # long enough for whoever does not wait to be through


class Meanwhile:
    """Somebody else, with a connection of their own: does `act` in one transaction and commits only when told to."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act, self.did, self.may_commit = act, threading.Event(), threading.Event()
        self.through = threading.Event()
        self.answer: Any = None
        self.trouble: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self.answer = self.act()
                self.did.set()
                assert self.may_commit.wait(20)
        except BaseException as why:
            self.trouble = why
        finally:
            self.did.set()
            self.through.set()
            connection.close()

    def commit(self) -> Any:
        self.may_commit.set()
        assert self.through.wait(20), "still waits for somebody"
        self.thread.join(20)
        if self.trouble:
            raise self.trouble
        return self.answer


def lets_out(office: Any, contact: Any) -> Callable[[], Any]:
    return lambda: outbound.release(contact=contact.pk, by="worker", at=office.at)


def stops(office: Any, over: str, contact: Any) -> Callable[[], Any]:
    key = key_of(office, over, contact)
    return lambda: actions.call(
        cause="hand", why="客户与员工安全", over=over, key=key, by=office.sunli, at=office.at
    )


@pytest.mark.parametrize("over", SCOPES)
def test_a_stop_waits_for_what_is_being_let_out_and_names_it(office, wires, over):
    contact = queue(office, 1, minutes=0)
    first = Meanwhile(lets_out(office, contact))
    assert first.did.wait(20)
    second = Meanwhile(stops(office, over, contact))
    assert not second.did.wait(SOON), "the stop went on beside a message that was being let out"
    assert first.commit().state == "leaving"
    assert second.did.wait(20)
    called = second.commit()
    assert called.in_flight == [str(contact.pk)]
    assert not reads.shown(called.pk, office.at).slipped


@pytest.mark.parametrize("over", SCOPES)
def test_nothing_is_let_out_beside_a_stop_and_once_it_stands_nothing_is(office, wires, over):
    contact = queue(office, 1, minutes=0)
    first = Meanwhile(stops(office, over, contact))
    assert first.did.wait(20)
    second = Meanwhile(lets_out(office, contact))
    assert not second.did.wait(SOON), "a message was let out beside a stop"
    assert first.commit().in_flight == []
    assert second.did.wait(20)
    assert second.commit() is None
    assert messages.get(contact.pk).state == "cancelled" and not wires["sms"].sent


def test_a_reason_not_to_contact_somebody_waits_for_what_is_being_let_out_to_them(office, wires):
    """Under the person's lock: what left before it is in the record when it commits, and nothing leaves after."""
    one, two = queue(office, 1, minutes=0), queue(office, 1, minutes=0)
    first = Meanwhile(lets_out(office, one))
    assert first.did.wait(20)
    second = Meanwhile(
        lambda: parties.stop(
            party=office.debtor(), kind="opt_out", why="本人要求", by=office.lina, at=office.at
        )
    )
    assert not second.did.wait(SOON)
    first.commit()
    assert second.did.wait(20)
    second.commit()
    assert outbound.release(contact=two.pk, by="worker", at=office.at) is None


def test_people_whom_no_stop_concerns_are_let_out_beside_each_other(office, wires):
    """Only PostgreSQL has more than one writer: there the lock of stops is shared by all who send."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    one, two = queue(office, 1, minutes=0), queue(office, 2, minutes=0)
    first = Meanwhile(lets_out(office, one))
    second = Meanwhile(lets_out(office, two))
    assert first.did.wait(20) and second.did.wait(20)
    assert {first.commit().state, second.commit().state} == {"leaving"}


# ── whoever sends many steps aside for a stop ──


def test_while_somebody_stops_senders_wait_before_they_begin_and_go_on_after(office, wires):
    passed = threading.Event()

    def passes() -> None:
        make_way()
        passed.set()
        connection.close()

    with goes_first():
        sender = threading.Thread(target=passes, daemon=True)
        sender.start()
        assert not passed.wait(SOON) or connection.vendor == "postgresql"
    assert passed.wait(20)
    sender.join(20)


def test_nobody_waits_who_holds_what_the_stop_waits_for(office, wires):
    """In a transaction one would wait for the stop, and the stop for the transaction."""
    with goes_first():
        inside = Meanwhile(make_way)
        assert inside.did.wait(20)
        inside.commit()


def test_a_stop_that_is_called_within_a_transaction_needs_no_way(office, wires):
    contact = queue(office, 1, minutes=0)
    with transaction.atomic():
        called = stops(office, "lender", contact)()
    assert called.state == "opened"


def test_a_stop_that_fails_leaves_the_way_open(office, wires):
    with pytest.raises(actions.UnableToCall):
        actions.call(cause="hand", why="停", over="lender", by=office.sunli, at=office.at)
    with pytest.raises(RuntimeError), goes_first():
        raise RuntimeError
    make_way()
