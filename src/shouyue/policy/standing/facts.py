"""One record, one act, one debt: the facts the gate is asked with."""

from __future__ import annotations

from typing import Any

from shouyue.clocks.calendar import Calendar
from shouyue.policy.contacts import NOTHING, Contacts
from shouyue.policy.facts import Facts
from shouyue.policy.standing.addresses import address_facts
from shouyue.policy.standing.calls import call_facts, rows
from shouyue.policy.standing.content import content_facts
from shouyue.policy.standing.debts import debt_facts
from shouyue.policy.standing.ledger import ADDRESSED, POST, Ledger
from shouyue.policy.standing.notice import notice_facts
from shouyue.policy.standing.persons import in_scope, person_facts
from shouyue.policy.standing.wishes import wish_facts
from shouyue.policy.standing.words import missing

CONTACTS = ("contact", "continue_contact", "send_notice")
CHANNELS = {
    "call": "phone", "voicemail": "phone", "ringless_voicemail": "phone", "sms": "sms", "email": "email",
    "mail": "letter", "postcard": "letter", "in_person": "visit", "web_session": "portal",
}  # fmt: skip


def facts_of(ledger: Ledger, calendar: Calendar) -> Facts:
    """Everything the rules may ask about this act, and the earlier contacts that count."""
    known: dict[str, Any] = {
        "action": ledger.act["action"],
        "contact": ledger.act["action"] in CONTACTS,
        "purpose": ledger.act.get("purpose"),
        "in_scope": in_scope(ledger),
        "missing": missing(ledger.record, ledger.act),
        "debtor": ledger.to,
        "matter": ledger.debt,
        "clock_zone": ledger.calendar,
        **debt_facts(ledger, calendar),
    }
    if known["contact"]:
        electronic = ledger.channel in ADDRESSED
        known |= {
            "medium": ledger.channel,
            "channel": CHANNELS.get(ledger.channel or "", "internal"),
            "timed": ledger.channel not in POST | {"paper_document"},
            "electronic": electronic,
            "new_contact": ledger.act["action"] != "continue_contact",
            **person_facts(ledger),
            **content_facts(ledger),
            **wish_facts(ledger),
            **address_facts(ledger),
            **call_facts(ledger),
            **notice_facts(ledger, calendar),
        }
    counts = known["contact"] and known["new_contact"] and ledger.to is not None
    return Facts.of(known, Contacts.of(rows(ledger)) if counts else NOTHING)
