"""How a case of the mainland pack becomes facts. What it does not mention is harmless (`facts.yaml` says what that is);
its counters become earlier contacts, and its words are screened, so that cases and desk run through the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shouyue.policy.contacts import Contacts
from shouyue.policy.facts import Facts
from shouyue.policy.pack import Pack
from shouyue.screening import screen
from shouyue.terms import Direction, PartyRole

SHANGHAI = ZoneInfo("Asia/Shanghai")
ORDINARY = "2026-03-10T10:00:00+08:00"
COUNTERS = ("unanswered_today_this_number", "unanswered_today_other_numbers", "unanswered_breakdown",
            "connected_today_person", "connected_breakdown", "sms_sent_today", "touches_today_person", "attempts",
            "misses", "call_log", "debtor_unreached_streak", "streak_days", "third_miss_at", "debtor_reached_since")  # fmt: skip
TIMES = ("local_time", "utc_time", "today", "release_at", "recipient_local_time")
THIRD = ("reserved_contact", "unrelated")
ROLES = {*PartyRole, "mortgagor", "employer", "estate_administrator", "group"}
STRANGERS = ("unknown", "third", "third_person", "requester", "stranger")  # who it is has not been verified
Row = dict[str, Any]


def facts_of(pack: Pack, given: Mapping[str, Any], at: str | None = None) -> tuple[Facts, datetime]:
    """The facts of a case and the moment it is judged."""
    if not isinstance(given, Mapping):
        raise ValueError(f"the facts of a case are names with values; found {str(given)[:40]!r}")
    when = _moment(given, at)
    known = {k: v for k, v in given.items() if k not in COUNTERS and k not in TIMES}
    if isinstance(known.get("plan"), str):
        known["plan_text"] = known.pop("plan")
    if "recipient_local_time" in given:
        offset = datetime.fromisoformat(given["recipient_local_time"]).utcoffset()
        known["recipient"] = {
            **known.get("recipient", {}),
            "utc_offset": int((offset or timedelta()).total_seconds()),
        }
    if given.get("third_miss_at"):
        known["trigger_at"] = given["third_miss_at"]
    if given.get("debtor_reached_since"):
        known.setdefault("debtor_reached_at", when.isoformat())
    role = (known.get("recipient") or {}).get("role")
    if role is not None and role not in ROLES:
        unrelated = {"role": "unverified" if role in STRANGERS else "unrelated", "relation": role}
        known["recipient"] = {**known["recipient"], **unrelated}
    known.setdefault("channel", "phone")
    known = {**_screened(known), **known}
    if known["channel"] == "internal" and not known.get("direction"):
        known["direction"] = None
    facts = Facts.of(known)
    recipient = dict(given.get("recipient") or {})
    person = str(recipient.get("name") or recipient.get("role") or "debtor")
    number = str(recipient.get("number") or "main")
    filled = dict(facts.known)
    for name, spec in pack.facts.items():
        if facts.get(name) is not None and name in filled:
            continue
        if name == "ledger_match" and "ledger.total" in filled:
            continue  # the sums are compared with the ledger itself
        parent = name.rpartition(".")[0]
        if (
            name not in filled
            and spec.unknown == "wait"
            and not (parent and filled.get(parent, True) is None)
        ) or (name not in filled and spec.harmless is not None):
            filled[name] = _harmless(spec.harmless, when)
    filled.setdefault("recipient.person", person)
    filled["recipient.number"] = number
    return Facts(filled, Contacts.of(_earlier(given, when, person, number))), when


def _screened(known: Mapping[str, Any]) -> dict[str, Any]:
    """What screening is sure of in our words."""
    found: dict[str, Any] = {}
    text, direction = known.get("text"), known.get("direction", Direction.OUTBOUND)
    if isinstance(text, str) and text and direction in (Direction.OUTBOUND, Direction.REPLY):
        said = screen(text, direction=direction)
        found["labels"] = sorted(said.sure)
        found["identifiers"] = [{"kind": str(i.kind), "owner": i.owner} for i in said.identifiers]
    return found


def _moment(given: Mapping[str, Any], at: str | None) -> datetime:
    written = at or given.get("release_at") or given.get("local_time") or given.get("utc_time")
    if written:
        try:
            moment = datetime.fromisoformat(str(written).replace("Z", "+00:00"))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ValueError(f"{written!r} is no time with its zone, such as {ORDINARY}")
        return moment
    if given.get("today"):
        return datetime.combine(date.fromisoformat(str(given["today"])), time(10), SHANGHAI)
    return datetime.fromisoformat(ORDINARY)


def _harmless(value: Any, when: datetime) -> Any:
    if value == "@today":
        return when.astimezone(SHANGHAI).date().isoformat()
    if value == "@past":
        return (when - timedelta(days=30)).isoformat()
    return value


def _earlier(given: Mapping[str, Any], when: datetime, person: str, number: str) -> list[Row]:
    """The counters of a case as contacts."""
    role = str((given.get("recipient") or {}).get("role") or "debtor")
    mine: Row = {
        "debtor": 1,
        "person": person,
        "number": number,
        "role": role if role != "group" else "",
        "sender": "lender",
    }
    today: list[Row] = []

    def add(times: Any, **what: Any) -> None:
        today.extend({**mine, **what} for _ in range(_count(times)))

    call = {"channel": "phone", "direction": "outbound"}
    missed = given.get("unanswered_today_this_number")
    add(
        sum(map(_count, given.get("unanswered_breakdown", {}).values())) if missed is None else missed,
        **call,
        result="fail",
    )
    add(given.get("unanswered_today_other_numbers"), **call, result="fail", number="another")
    talks = given.get("connected_breakdown", {})
    answered = given.get("connected_today_person")
    if answered is None:
        answered = sum(_count(n) for who, n in talks.items() if who != "debtor_initiated")
    add(answered, **call, result="reach")
    add(talks.get("debtor_initiated"), channel="phone", direction="inbound", result="reach")
    add(given.get("sms_sent_today"), channel="sms", direction="outbound", result="reach")
    ours = sum(r["direction"] == "outbound" for r in today)
    add(
        max(0, _count(given.get("touches_today_person")) - ours),
        channel="email",
        direction="outbound",
        result="reach",
    )
    start = datetime.combine(when.astimezone(SHANGHAI).date(), time(0), SHANGHAI)
    step = min(timedelta(minutes=1), (when - start) / (len(today) + 1))
    for i, row in enumerate(today):
        row["at"] = when - step * (len(today) - i)
    return today + _tries(given, when, mine)


def _count(said: Any) -> int:
    """How often: a whole number that is not below none."""
    if said is None:
        return 0
    if isinstance(said, bool) or not str(said).isdigit():
        raise ValueError(f"a count is a whole number such as 6; found {said!r}")
    return int(said)


def _tries(given: Mapping[str, Any], when: datetime, mine: Row) -> list[Row]:
    """Attempts to reach the debtor himself: what opens, and closes, the way to a contact he named."""
    third = mine["role"] in THIRD
    debtor = (
        {"debtor": 1, "person": "debtor", "number": "debtor's own", "role": "debtor", "sender": "lender"}
        if third
        else mine
    )
    call = {**debtor, "channel": "phone", "direction": "outbound"}
    rows = [
        {**call, "at": datetime.fromisoformat(t), "result": "fail"}
        for t in (*given.get("misses", ()), *given.get("attempts", ()))
    ]
    for c in given.get("call_log", ()):
        rows.append(
            {**call, "at": datetime.fromisoformat(c["at"]), "result": "reach" if c["answered"] else "fail"}
        )
    streak = _count(given.get("debtor_unreached_streak"))
    if streak and not given.get("misses") and not given.get("call_log"):
        days = int(given.get("streak_days") or 1)
        yesterday = datetime.combine(when.astimezone(SHANGHAI).date() - timedelta(days=1), time(10), SHANGHAI)
        last = datetime.fromisoformat(given["third_miss_at"]) if given.get("third_miss_at") else yesterday
        for i in range(streak):
            back = min(i, days - 1)
            rows.append(
                {**call, "at": last - timedelta(days=back, minutes=20 * (i - back)), "result": "fail"}
            )
    reached = given.get("debtor_reached_at")
    if reached or given.get("debtor_reached_since"):
        at = datetime.fromisoformat(reached) if reached else when - timedelta(minutes=1)
        rows.append({**call, "at": at, "direction": "inbound", "result": "reach"})
    return [r for r in rows if r["at"] < when]
