"""Which calls and talks count for a person and a particular debt (1006.14(b)), and what else was sent.

The counting itself is the gate's: here each counted contact becomes a row of its table, `matter` naming the particular
debt. A call that touches several debts is a row for each.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from shouyue.clocks.calendar import zone
from shouyue.policy.standing.ledger import CALLS, PROFESSIONALS, Event, Ledger

UNCONNECTED = frozenset({"busy", "not_in_service"})
MESSAGES = {"sms": "sms", "email": "email", "social_message": "wecom", "mail": "letter"}
ADVERSE = frozenset(
    {"refuses_to_pay", "denies_owing", "wants_no_further_contact_about_debt", "cease_communication"}
)


def is_call(ledger: Ledger) -> bool:
    return ledger.channel in CALLS and ledger.act["action"] in ("contact", "send_notice")


def debts_of(ledger: Ledger, e: Event) -> list[str]:
    """The debts a call counts for: those the collector raised or the message named; one that named none, for those the
    collector assigned it to; without an assignment for every debt it could have been about."""
    named = e.get("collector_raised") or e.get("mentions") or e.get("counted_to")
    return list(named or e.get("intended") or ledger.record.get("debts") or ())


def talked_of(ledger: Ledger, e: Event) -> list[str]:
    """The debts a talk counts for, whoever raised them; if none came up, as for a call."""
    return list(e.get("discussed") or debts_of(ledger, e))


def _misdirected(ledger: Ledger, point: str | None) -> bool:
    return any(
        e.get("fact") == "point_is_not_persons"
        and e.get("point") == point
        and e.get("person") in (None, ledger.to)
        for _, e in ledger.events("collector_learned")
    )


def talks(ledger: Ledger) -> list[tuple[int, Event]]:
    """Telephone conversations with this person about this debt, whoever rang."""
    return [
        (i, e)
        for i, e in ledger.events("call_placed", "call_received")
        if ledger.to in (e.get("to"), e.get("from"))
        and e.get("outcome") == "conversation"
        and ledger.concerns(talked_of(ledger, e))
        and not _misdirected(ledger, e.get("point"))
    ]


def consent_on(ledger: Ledger, day: date, before: int) -> bool:
    """Is there, before the event at place `before`, a live consent to calls about this debt on that local day? Given to
    this collector; from the day of receipt through the last day of the period; not past the time agreed to, not revoked,
    not used up by a talk."""
    length = ledger.number("call_consent_days")
    revoked = [
        i
        for i, e in ledger.said("revokes_consent_to_calls")
        if e.get("by") == ledger.to and ledger.concerns(e.get("debts"))
    ]
    ended = [i for i, _ in talks(ledger)] + revoked
    for i, e in ledger.said("consents_to_calls"):
        if i >= before or e.get("by") != ledger.to or not ledger.concerns(e.get("debts")):
            continue
        given = ledger.day(e["at"])
        inside = given <= day < given + timedelta(days=length)
        agreed = day.isoformat() <= e.get("until", "9999") and e.get("on", day.isoformat()) == day.isoformat()
        if inside and agreed and not any(i < j < before for j in ended):
            return True
    return False


def counted(ledger: Ledger) -> list[tuple[int, Event]]:
    """The calls to this person that count for this debt."""
    if ledger.role in PROFESSIONALS:
        return []
    found = []
    for i, e in ledger.events("call_placed", "ringless_voicemail_delivered"):
        if (
            e.get("to") != ledger.to
            or e.get("outcome") in UNCONNECTED
            or _misdirected(ledger, e.get("point"))
        ):
            continue
        if ledger.concerns(debts_of(ledger, e)) and not consent_on(ledger, ledger.day(e["at"]), i):
            found.append((i, e))
    return found


def rows(ledger: Ledger) -> list[dict[str, Any]]:
    """The earlier contacts with this person, as the gate's table reads them: calls that count, talks, messages sent."""
    found: list[dict[str, Any]] = []

    def add(e: Event, **columns: Any) -> None:
        at = ledger.moment(e)
        local = at.astimezone(zone(ledger.calendar)) if ledger.calendar else at
        found.append(
            {
                "contact": len(found) + 1,
                "debtor": ledger.to,
                "at": at,
                "offset": int((local.utcoffset() or timedelta()).total_seconds()),
                "direction": "outbound",
                "matter": ledger.debt,
                **columns,
            }
        )

    for _, e in counted(ledger):
        add(e, channel="phone", result="reach")
    if ledger.role not in PROFESSIONALS:
        for _, e in talks(ledger):
            add(e, channel="phone", direction="inbound", result="success")
    for _, e in ledger.events("message_sent"):
        if e.get("to") == ledger.to and e.get("channel") in MESSAGES:
            add(e, channel=MESSAGES[e["channel"]], result="reach", matter=None)
    return found


def in_window(ledger: Ledger) -> int:
    """Counted calls in the days of the window that ends today, with the one asked about."""
    if ledger.role in PROFESSIONALS:
        return 0
    first = ledger.today - timedelta(days=ledger.number("call_window_days") - 1)
    earlier = sum(ledger.day(e["at"]) >= first for _, e in counted(ledger))
    placing = is_call(ledger) and not live_consent(ledger)
    return earlier + placing


def live_consent(ledger: Ledger) -> bool:
    return consent_on(ledger, ledger.today, len(ledger.past))


def talk_bars(ledger: Ledger) -> bool:
    if ledger.role in PROFESSIONALS or live_consent(ledger):
        return False
    first = ledger.today - timedelta(days=ledger.number("quiet_days") - 1)
    return any(ledger.day(e["at"]) >= first for _, e in talks(ledger))


def _answers_violation(ledger: Ledger) -> bool:
    """A factor of comment 14(b)(2)(ii)-2 that may answer the presumption of violation."""
    purpose, message = ledger.act.get("purpose"), ledger.message
    ours = message.get("harm_in_collector_control") is True
    match purpose:
        case "legally_required" | "court_ordered_communication":
            return True
        case "litigation_settlement_negotiation":
            return ledger.the_debt.get("active_litigation") is True
        case "requested_information":
            return any(
                e.get("by") == ledger.to
                and ledger.concerns(e.get("debts"))
                and e.get("ended_before_consent") is not False
                for _, e in ledger.said("asks_for_more_information")
            )
        case "complete_dropped_conversation":
            return not ours
        case "warn_of_imminent_harm":
            deadline = message.get("deadline")
            soon = (ledger.today + timedelta(days=ledger.number("urgent_days"))).isoformat()
            return not ours and (deadline is None or ledger.today.isoformat() <= deadline[:10] <= soon)
    return False


def call_facts(ledger: Ledger) -> dict[str, Any]:
    if ledger.act["action"] not in ("contact", "send_notice"):
        return {"call": False}
    call = is_call(ledger)
    facts: dict[str, Any] = {"call": call, "week.calls": 0, "week.messages": 0}
    week = ledger.today - timedelta(days=6)
    for _, e in ledger.events("call_placed", "ringless_voicemail_delivered", "message_sent"):
        if e.get("to") == ledger.to and ledger.day(e["at"]) >= week:
            facts["week.messages" if e["event"] == "message_sent" else "week.calls"] += 1
    if not call:
        return facts
    placed = [
        (i, e)
        for i, e in ledger.events("call_placed", "ringless_voicemail_delivered")
        if e.get("to") == ledger.to
    ]
    last = [ledger.moment(e) for _, e in placed if e.get("outcome") not in UNCONNECTED]
    dropped = ledger.act.get("purpose") == "complete_dropped_conversation"
    here = counted(ledger)
    today = sum(ledger.day(e["at"]) == ledger.today for _, e in here)
    agreed = max((i for i, e in ledger.said("consents_to_calls") if e.get("by") == ledger.to), default=-1)
    adverse = [
        i
        for i, e in ledger.events("says", "notice_received")
        if e.get("kind") in ADVERSE
        and e.get("by") == ledger.to
        and e.get("to", "collector") == "collector"
        and ledger.concerns(e.get("debts"))
    ]
    adverse += [
        i for i, e in ledger.said("stop_medium") if e.get("by") == ledger.to and e.get("medium") == "call"
    ]
    window = in_window(ledger)
    state = [r for r in ledger.record.get("state_rules") or () if r.get("kind") == "max_calls_per_seven_days"]
    stricter = [int(r.get("value", 0)) for r in state if r.get("more_protective") is True]
    return facts | {
        "consent_live": live_consent(ledger),
        "calls.in_window": window,
        "calls.minutes_since": int((ledger.at - last[-1]).total_seconds() // 60)
        if last and not dropped
        else None,
        "calls.today": today,
        "calls.most_today": 2 * (today + 1) > window,
        "adverse_statement": max(adverse, default=-1) > agreed,
        "misconduct": any(True for _ in ledger.events("past_misconduct")),
        "answers_violation": _answers_violation(ledger),
        "state.exceeded": bool(stricter) and window > min(stricter),
        "state.rules": [r["kind"] for r in state],
    }
