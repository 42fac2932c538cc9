"""Who counts as the consumer in 1006.6, who may hear of the debt at all, and whether the pack applies (1006.1, 1006.2)."""

from __future__ import annotations

from typing import Any

from shouyue.policy.standing.ledger import PROFESSIONALS, Ledger

MAY_ACT = frozenset(
    {
        "informal_probate_representative",
        "universal_successor",
        "asset_transfer_affidavit",
        "extrajudicial_asset_disposal",
        "letters_testamentary",
        "letters_of_administration",
    }
)


def is_consumer(ledger: Ledger, person: str | None = None) -> bool:
    """In the wider sense of 1006.6(a), for the recipient or for `person`."""
    party = ledger.parties.get(person, {}) if person else ledger.party
    role = party.get("role") or (ledger.act.get("to_role") if person is None else None)
    dead, authority = not ledger.alive, party.get("authority")
    if role in ("consumer", "spouse", "surviving_spouse", "guardian"):
        return True
    if role == "parent":
        return ledger.consumer.get("adult") is False
    if role in ("executor", "personal_representative"):
        return dead and authority != "none"
    if role == "successor_in_interest":
        return party.get("confirmed") is True
    return dead and authority in MAY_ACT


def in_scope(ledger: Ledger) -> bool:
    """A debt collector collecting a natural person's debt. A collector about whom nothing is said is one."""
    if ledger.consumer.get("kind", "natural_person") != "natural_person":
        return False
    c = ledger.record.get("collector") or {}
    main, others = c.get("principal_purpose_debt_collection"), c.get("collects_for_others")
    if c.get("debt_in_default_when_acquired") is False and not c.get("owns_debt"):
        return (
            False  # somebody else's debt obtained before default: excluded, whatever else the collector does
        )
    return (main is None and others is None) or bool(main) or bool(others)


def person_facts(ledger: Ledger) -> dict[str, Any]:
    consumer = is_consumer(ledger)
    role = ledger.role
    third = not consumer and role not in PROFESSIONALS
    facts: dict[str, Any] = {
        "recipient.role": role,
        "recipient.consumer": consumer,
        "recipient.third_party": third and ledger.to is not None,
        "recipient.professional": role in PROFESSIONALS,
        "recipient.zones": list(ledger.zones),
        "recipient.zone_known": ledger.zone_known,
    }
    if facts["recipient.third_party"]:
        facts |= _third_party(ledger)
    return facts


def _third_party(ledger: Ledger) -> dict[str, Any]:
    agreed = any(
        e.get("person") == ledger.to and ledger.concerns(e.get("debts")) and is_consumer(ledger, e.get("by"))
        for _, e in ledger.said("consents_to_third_party_contact")
    )
    ordered = any(
        e.get("covers") == "contact_with_third_party"
        and e.get("person") in (None, ledger.to)
        and ledger.concerns(e.get("debts"))
        for _, e in ledger.events("court_permission")
    )
    judgment = (ledger.the_debt.get("judgment") or {}).get("obtained")
    remedy = (
        ledger.act.get("purpose") == "postjudgment_remedy"
        and judgment not in (None, False)
        and (judgment is True or str(judgment)[:10] <= ledger.today.isoformat())
    )
    reached, asked = -1, -1
    for i, e in ledger.events("call_placed", "call_received", "message_sent"):
        spoke = e["event"] == "message_sent" or e.get("outcome") == "conversation"
        if spoke and (e.get("to") or e.get("from")) == ledger.to:
            reached = i
    for i, e in ledger.said("asks_collector_to_contact_again"):
        asked = max(asked, i if e.get("by") == ledger.to else -1)
    for i, e in ledger.events("collector_learned"):
        wrong = e.get("fact") == "earlier_response_erroneous_and_person_now_has_information"
        asked = max(asked, i if wrong and e.get("person") == ledger.to else -1)
    return {
        "third_party.consented": agreed,
        "third_party.court_permits": ordered,
        "third_party.remedy": remedy,
        "third_party.reached": reached >= 0,
        "third_party.again": asked > reached,
    }
