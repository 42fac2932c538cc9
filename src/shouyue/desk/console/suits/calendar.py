"""An officer's deadlines as iCalendar (RFC 5545): case numbers and days, no names, no amounts, nothing of the debtor's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from shouyue.desk.console.tags import cited, said, track_word
from shouyue.desk.suits import reads


def calendar_of(suits: list[Any], at: datetime) -> bytes:
    """Every deadline of ours on its safe date, with the days before it on which it rings; every hearing at its hour."""
    book = Calendar()
    book.add("prodid", "-//Shouyue//legal procedures//ZH")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", _("Legal procedures"))
    book.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for suit in suits:
        for one in reads.stand(suit, at).running:
            if not one.due.ours or one.due.clock == "hearing":
                continue
            event = _event(suit, f"{one.id}@{suit.pk}", f"{said(one.due.what)}", at)
            event.add("dtstart", one.deadline.safe)
            event.add("dtend", one.deadline.safe + timedelta(days=1))
            legal = f" {_('legal last day')} {one.deadline.legal}" if one.deadline.legal else ""
            event.add(
                "description", f"{cited(one.due.citation)}. {_('safe last day')} {one.deadline.safe}.{legal}"
            )
            for days in sorted({one.warns, reads.last_days(at), 1}):
                event.add_component(_alarm(timedelta(days=-days), said(one.due.what)))
            book.add_component(event)
        for hearing in reads.hearings(suit):
            if hearing.off_because:
                continue
            event = _event(suit, f"hearing-{hearing.pk}@{suit.pk}", _("Hearing"), at)
            event.add("dtstart", hearing.starts_at)
            event.add("dtend", hearing.starts_at + timedelta(hours=2))
            event.add("location", hearing.place)
            event.add_component(_alarm(timedelta(days=-1), _("Hearing")))
            book.add_component(event)
    return bytes(book.to_ical())


def _event(suit: Any, uid: str, what: str, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}.shouyue")
    event.add("dtstamp", at)
    event.add("summary", f"{suit.matter.number} {track_word(suit.track)} {what}")
    event.add("class", "CONFIDENTIAL")
    return event


def _alarm(before: timedelta, words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", before)
    return alarm
