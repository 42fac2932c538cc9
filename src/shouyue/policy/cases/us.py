"""How a case of the `us` pack becomes facts. A case is a record (parties, debts, points, timeline, background) and one act;
the gate is asked once for each debt that the act means, and the strictest answer counts.

A pack's own cases say only what differs from an ordinary call at 11:00 to a consumer in New York about one credit-card
debt, with everything earlier in order (`ORDINARY`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from shouyue.clocks.calendar import Calendar
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.facts import Facts
from shouyue.policy.pack import Pack
from shouyue.policy.standing.calls import in_window, is_call, talk_bars
from shouyue.policy.standing.facts import facts_of as standing_facts
from shouyue.policy.standing.ledger import Ledger
from shouyue.policy.standing.words import read_over

NEW_YORK = {"known_zone": "America/New_York", "signals": []}
POINTS = {
    "mobile": {"medium": "mobile", "owner": "C", "place": None},
    "home_line": {"medium": "landline", "owner": "C", "place": "home"},
    "work_line": {"medium": "landline", "owner": "C", "place": "work"},
    "home_mail": {"medium": "postal", "owner": "C", "place": "home"},
    "email": {"medium": "email", "owner": "C", "place": None, "domain": "open_to_public", "employer_provided": "not_known"},
    "social": {"medium": "social_account", "owner": "C", "place": None},
    "their_line": {"medium": "landline", "owner": "P", "place": None},
    "their_mail": {"medium": "postal", "owner": "P", "place": None},
    "their_social": {"medium": "social_account", "owner": "P", "place": None},
}  # fmt: skip
POINT_OF = {"email": "email", "sms": "mobile", "mail": "home_mail", "postcard": "home_mail", "paper_document": None,
            "social_message": "social", "social_post": "social", "social_contact_request": "social"}  # fmt: skip
OPT_OUT = {"method": "hyperlink", "legible": True, "fee": False, "demands": []}
NOTICE: dict[str, Any] = {
    "kind": "validation", "timing": "within_five_days", "form": "model_b1", "languages": ["en"], "disclosure": "18(e)(1)",
    "collector_name": "legal_name", "dispute_mail_address": {"whose": "collector", "accepts_disputes": True},
    "consumer_name": "most_complete_known", "consumer_address": True, "creditor_on_itemization_date": "legal_name",
    "current_creditor": "legal_name", "account_number": "last_four_digits",
    "itemization_date": {"kind": "last_statement", "date": "2025-09-30"}, "amount_on_itemization_date": "1200.00",
    "itemization": {"interest": "0", "fees": "35.00", "payments": "none", "credits": "none", "placement": "on_notice"},
    "current_amount": "1235.00", "stated_period_end": "2026-04-30", "bureau_web_statement": True,
    "electronic_dispute_statement": None,
    "response_section": {"prompts": ["dispute_reason", "not_my_debt", "wrong_amount", "other", "original_creditor"],
                         "style": "checkbox", "place": "bottom", "mailing_addresses": True},
    "optional": [], "separate_pages": [],
}  # fmt: skip
ORDINARY: dict[str, Any] = {
    "parties": {"C": {"role": "consumer", "kind": "natural_person", "location": NEW_YORK}},
    "debts": {"D1": {"type": "credit_card", "status": "open"}},
    "points": POINTS,
    "timeline": [],
    "background": ["validation_given_period_over", "initial_disclosures_made", "point_cleared"],
}
WHEN = "2026-03-10T11:00:00-04:00"


def facts_for_each(
    pack: Pack, given: Mapping[str, Any], at: str | None = None
) -> list[tuple[Facts, datetime]]:
    """The facts for each debt the act means (one question without a debt where it means none)."""
    return [(standing_facts(ledger, _calendar(pack)), ledger.at) for ledger in ledgers(pack, given, at)]


def facts_of(pack: Pack, given: Mapping[str, Any], at: str | None = None) -> tuple[Facts, datetime]:
    """The facts for the first debt the act means."""
    return facts_for_each(pack, given, at)[0]


def ledgers(pack: Pack, given: Mapping[str, Any], at: str | None = None) -> list[Ledger]:
    """The record as each debt sees it, by the calendar of each zone the person may be in. Student loans that are one
    particular debt are asked about once."""
    record, act = (given["facts"], given["query"]) if "query" in given else _ordinary(_plain(given), at)
    read_over(record, act)
    debts = act.get("debts")
    if debts is None:
        debts = list(record.get("debts") or {}) if act["action"] == "transfer" else []
    found: list[Ledger] = []
    for debt in debts or [None]:
        ledger = Ledger(record, act, debt, pack.parameters)
        if debt is not None and any(debt in f.same_debt for f in found):
            continue
        found += [replace(ledger, counted_in=z) for z in ledger.zones] or [ledger]
    return found


def computed(
    pack: Pack, given: Mapping[str, Any], at: str | None, decisions: list[Decision]
) -> dict[str, Any]:
    """What a program should be able to work out besides the answer, by the names the case files use."""
    each = ledgers(pack, given, at)
    first = standing_facts(each[0], _calendar(pack)).known
    limits = (
        "REGF.1006.14.b.attempts",
        "REGF.1006.14.b.after_conversation",
        "REGF.1006.14.b.rebut_violation",
    )
    over = any(s.rule in limits and s.effect is not Effect.RECORD for d in decisions for s in d.spoken)
    return {
        "presumption": "violation" if over else "compliance",
        "in_scope": first["in_scope"],
        "is_attempt": first.get("is_attempt", False),
        "is_communication": first.get("is_communication", False),
        "is_limited_content": first.get("limited_content", False),
        "starts_validation_clock": first.get("is_communication", False)
        and first.get("validation.first", False),
        "procedures_met": first.get("procedures.met"),
        "safe_harbor": first.get("notice.safe_harbor"),
        "earliest_period_end": first.get("notice.earliest_end"),
        "duplicative": first.get("dispute.duplicative"),
        "calls_in_window": {
            d: max(in_window(x) for x in each if x.debt == d)
            for d in {x.debt: None for x in each}
            if d is not None
        },
        "talk_in_window": any(talk_bars(x) for x in each if is_call(x)),
    }


def _calendar(pack: Pack) -> Calendar:
    if pack.calendar is None:
        raise ValueError(
            f"pack {pack.name} has no calendar; the validation period needs the federal holidays"
        )
    return pack.calendar


def _ordinary(given: Mapping[str, Any], at: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """An ordinary record and act with what the case changes."""
    delta = dict(given)
    changes = delta.pop("act", {})
    record = {
        key: {**ORDINARY[key], **delta.get(key, {})}
        if isinstance(ORDINARY[key], dict)
        else delta.get(key, ORDINARY[key])
        for key in ORDINARY
    }
    record |= {k: v for k, v in delta.items() if k not in ORDINARY}
    action, channel = changes.get("action", "contact"), changes.get("channel", "call")
    if action not in ("contact", "continue_contact", "send_notice"):
        return record, {"at": at or WHEN, **changes}
    message = {"disclosures": ["from_debt_collector"], **changes.get("message", {})}
    if channel in ("email", "sms", "social_message", "social_post", "social_contact_request"):
        message.setdefault("opt_out", OPT_OUT)
    if "notice" in changes:
        message |= {"elements": ["validation_notice"], "notice": {**NOTICE, **changes.pop("notice")}}
        message["disclosures"] = ["collecting_debt_and_information_will_be_used"]
    act = {
        "action": action, "at": at or WHEN, "channel": channel, "to": "C", "point": POINT_OF.get(channel, "mobile"),
        "debts": ["D1"], "purpose": "collect", **changes, "message": message,
    }  # fmt: skip
    return record, act


def _plain(value: Any) -> Any:
    """YAML's dates as the text that records hold."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value
