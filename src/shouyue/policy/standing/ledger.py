"""The record up to one moment, with the questions everybody asks of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from shouyue.clocks.calendar import UnknownZone, zone
from shouyue.policy.parameter import Parameter

Event = Mapping[str, Any]

CALLS = frozenset({"call", "voicemail", "ringless_voicemail"})
ADDRESSED = frozenset({"email", "sms", "social_message", "social_contact_request", "social_post", "app_push"})
SOCIAL = frozenset({"social_message", "social_post", "social_contact_request"})
POST = frozenset({"mail", "postcard"})
MEDIUM = {
    **dict.fromkeys(CALLS, "call"),
    **dict.fromkeys(POST, "mail"),
    **dict.fromkeys(SOCIAL, "social_media"),
}
PROFESSIONALS = frozenset(
    {"consumer_attorney", "consumer_reporting_agency", "creditor", "creditor_attorney", "collector_attorney"}
)


EVENTS = frozenset(
    [
        "attorney_notice",
        "call_placed",
        "call_received",
        "collection_activity_ended",
        "collector_learned",
        "consumer_opted_out",
        "consumer_posted_letter",
        "contact_point_provided",
        "court_permission",
        "creditor_transfer_notice",
        "creditor_used_point",
        "debt_paid",
        "debt_placed",
        "debt_returned_to_creditor",
        "duplicative_dispute_notice_sent",
        "furnished",
        "judgment_copy_sent",
        "message_received",
        "message_sent",
        "new_address_obtained",
        "notice_original_creditor_same_as_current",
        "notice_received",
        "original_creditor_information_sent",
        "past_misconduct",
        "payment_failed",
        "placement_file_note",
        "postdated_check_received",
        "prior_collector_emailed_consumer",
        "prior_collector_obtained_point",
        "proof_of_claim_filed",
        "reassigned_number_check",
        "ringless_voicemail_delivered",
        "says",
        "told_of_third_party_disclosure",
        "told_point_is_employer_provided",
        "undeliverable_notice",
        "validation_information_given",
        "validation_notice_sent",
        "verification_sent",
        "web_session_ended",
        "web_session_started",
    ]
)  # what a timeline may hold
STATEMENTS = frozenset(
    [
        "asks_collector_to_contact_again",
        "asks_for_more_information",
        "cannot_talk_now",
        "cease_communication",
        "consents_to_calls",
        "consents_to_continue",
        "consents_to_direct_contact",
        "consents_to_email",
        "consents_to_sms",
        "consents_to_third_party_contact",
        "convenient_time",
        "denies_owing",
        "directs_payment",
        "disputes_debt",
        "employer_prohibits_personal_calls",
        "inconvenient_now",
        "inconvenient_place",
        "inconvenient_time",
        "opt_out_point",
        "place_convenient_again",
        "prior_consent_time",
        "refuses_to_pay",
        "renews_consent_to_sms",
        "representation_ended",
        "requests_original_creditor",
        "requests_spanish_notice",
        "revokes_consent_to_calls",
        "states_location",
        "stop_medium",
        "stop_point",
        "time_convenient_again",
        "unclear_media_preference",
        "wants_no_further_contact_about_debt",
        "withdraws_consent_to_email",
        "withdraws_consent_to_sms",
    ]
)  # kinds of `says`


class UnreadableRecord(ValueError):
    """The record says something these rules cannot read, so nothing may be concluded from it."""


def medium(channel: str | None) -> str | None:
    """The medium of 1006.14(h) that a channel belongs to: a voicemail is reached by telephone."""
    return MEDIUM.get(channel, channel) if channel else None


@dataclass(frozen=True)
class Ledger:
    """`record` has parties, debts, points, timeline, background; `act` is what somebody wants to do at `act["at"]`.
    `debt` is the one debt asked about (each debt is asked about on its own), or None where the act names none.
    `counted_in` is the zone by whose calendar days are counted: where the recipient's zone is not known, each zone they
    may be in is asked about on its own, and the reading that blocks counts."""

    record: Mapping[str, Any]
    act: Mapping[str, Any]
    debt: str | None
    parameters: Mapping[str, Parameter]
    counted_in: str | None = None

    # ── the moment ──

    @cached_property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.act["at"])

    @cached_property
    def today(self) -> date:
        """The recipient's local date."""
        return self.day(self.at)

    def day(self, moment: datetime | date | str) -> date:
        """The recipient's local date of a moment; a bare date is itself. With no zone at all, the date as written."""
        when = _read(moment) if isinstance(moment, str) else moment
        if not isinstance(when, datetime):
            return when
        return when.astimezone(zone(self.calendar)).date() if self.calendar else when.date()

    @cached_property
    def calendar(self) -> str | None:
        """The zone by whose dates days are counted."""
        return self.counted_in or (self.zones[0] if self.zones else None)

    def number(self, parameter: str) -> int:
        """A number of the law on the day of the act."""
        wanted = self.parameters[parameter]
        return int(wanted.on(max(self.at.date(), wanted.since[0])))

    # ── who and what ──

    @cached_property
    def to(self) -> str | None:
        return self.act.get("to")

    @cached_property
    def party(self) -> Mapping[str, Any]:
        return self.parties.get(self.to, {}) if self.to else {}

    @property
    def parties(self) -> Mapping[str, Any]:
        return self.record.get("parties") or {}

    @property
    def role(self) -> str | None:
        return self.party.get("role") or self.act.get("to_role")

    @cached_property
    def consumer(self) -> Mapping[str, Any]:
        return next((p for p in self.parties.values() if p.get("role") == "consumer"), {})

    @cached_property
    def alive(self) -> bool:
        return self.consumer.get("alive") is not False

    @cached_property
    def the_debt(self) -> Mapping[str, Any]:
        debts = self.record.get("debts") or {}
        if self.debt is not None:
            return debts.get(self.debt) or {}
        return next(iter(debts.values()), {}) if len(debts) == 1 else {}

    @cached_property
    def same_debt(self) -> frozenset[str]:
        """The debts that are one particular debt: student loans serviced under one account number when obtained."""
        debts = self.record.get("debts") or {}
        account = self.the_debt.get("servicing_account_when_obtained")
        if self.the_debt.get("type") == "student_loan" and account:
            return frozenset(
                k
                for k, d in debts.items()
                if d.get("type") == "student_loan" and d.get("servicing_account_when_obtained") == account
            )
        return frozenset() if self.debt is None else frozenset({self.debt})

    def concerns(self, debts: Sequence[str] | None) -> bool:
        """Whether something about these debts is about this one. None means that no debt was named: it is about all."""
        return debts is None or self.debt is None or bool(self.same_debt & set(debts))

    @cached_property
    def point(self) -> Mapping[str, Any]:
        return (self.record.get("points") or {}).get(self.act.get("point"), {})

    @property
    def channel(self) -> str | None:
        return self.act.get("channel")

    @property
    def message(self) -> Mapping[str, Any]:
        return self.act.get("message") or {}

    @property
    def background(self) -> frozenset[str]:
        return frozenset(self.record.get("background") or ())

    # ── where ──

    @cached_property
    def _location(self) -> Mapping[str, Any]:
        return self.party.get("location") or self.consumer.get("location") or {}

    @cached_property
    def zone_known(self) -> bool:
        return _is_zone(self._stated_zone) or _is_zone(self._location.get("known_zone"))

    @cached_property
    def _stated_zone(self) -> str | None:
        stated = [e["zone"] for e in self._said_raw("states_location") if e.get("by") == self.to]
        return stated[-1] if stated else None

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """The zone the collector knows, else every zone that some signal points to. A name that is no zone is not known."""
        for known in (self._stated_zone, self._location.get("known_zone")):
            if known is not None and _is_zone(known):
                return (known,)
        named = dict.fromkeys(s["zone"] for s in self._location.get("signals") or ())
        return tuple(named) if all(map(_is_zone, named)) else ()

    # ── the timeline ──

    @cached_property
    def past(self) -> tuple[Event, ...]:
        """What happened before the act, in order. A bare date counts from its beginning: what arrived on the day of the
        act is known, which protects the person. An event nobody knows is an error: it might have been a wish."""
        timeline = self.record.get("timeline") or ()
        for e in timeline:
            _known(str(e.get("event")), EVENTS, "event")
            if e["event"] == "says":
                _known(str(e.get("kind")), STATEMENTS, "kind of statement")
        return tuple(e for e in timeline if _begins(e["at"], self.at) <= self.at)

    def events(self, *kinds: str) -> Iterator[tuple[int, Event]]:
        """Events of these kinds with their place in the order of time."""
        return ((i, e) for i, e in enumerate(self.past) if e["event"] in kinds)

    def _said_raw(self, *kinds: str) -> Iterator[Event]:
        return (e for e in self.past if e["event"] == "says" and e.get("kind") in kinds)

    def said(self, *kinds: str, to: str = "collector") -> Iterator[tuple[int, Event]]:
        """Statements of these kinds made to `to`; a statement to a creditor or an earlier collector is not ours."""
        return (
            (i, e)
            for i, e in self.events("says")
            if e.get("kind") in kinds and e.get("to", "collector") == to
        )

    def moment(self, event: Event) -> datetime:
        return _begins(event["at"], self.at)


def _is_zone(name: str | None) -> bool:
    try:
        return name is not None and zone(name) is not None
    except UnknownZone:
        return False


def _known(word: str, words: frozenset[str], what: str) -> None:
    if word not in words:
        near = get_close_matches(word, words, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UnreadableRecord(f"{word!r} is no {what}{hint} (docs/reference/us-record.md lists them)")


def _read(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _begins(text: str, like: datetime) -> datetime:
    read = _read(text)
    return read if isinstance(read, datetime) else datetime.combine(read, time.min, like.tzinfo)
