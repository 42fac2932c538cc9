"""What a message is: attempt, communication, limited content, disclosure (1006.2(b), (d), (j); 1006.18(e))."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shouyue.policy.standing.ledger import CALLS, Ledger
from shouyue.policy.standing.persons import is_consumer

REQUIRED = frozenset({"business_name_neutral", "reply_request", "contact_person_name", "callback_number"})
OPTIONAL = frozenset(
    {"salutation", "message_date_time", "suggested_reply_times", "generic_representative_statement"}
)
QUESTIONS = frozenset(
    {
        "ask_when_convenient",
        "ask_whether_all_home_media",
        "ask_what_employer_prohibits",
        "ask_preferred_media",
    }
)
LOCATION = frozenset(
    {
        "caller_own_name",
        "confirming_or_correcting_location",
        "employer_name",
        "asks_contact_details_of_estate_representative",
        "seeks_person_authorised_for_estate",
        "seeks_person_handling_financial_affairs",
    }
)
ESTATE = frozenset(e for e in LOCATION if "estate" in e or "affairs" in e)
# Saying only these gives away nothing about a debt.
SILENT = REQUIRED | OPTIONAL | QUESTIONS | LOCATION | {
    "private_contact_request",
    "opt_out_confirmed",
    "will_honour_request",
    "general_advertising",
    "ask_for_named_consumer",
}  # fmt: skip
AFTER_CEASE = frozenset(
    {"collection_efforts_terminated", "may_invoke_ordinary_remedy", "intends_specific_remedy"}
)
SERVICER = frozenset(
    {
        "early_intervention_notice_1024.39(d)(3)",
        "force_placed_insurance_notice_1024.37",
        "arm_initial_adjustment_1026.20(d)",
        "periodic_statement_1026.41",
    }
)
# To opt out a person may be asked for the preference and for the address or number it concerns, nothing else.
NEEDED_TO_OPT_OUT = (
    "opt_out",
    "preference",
    "email",
    "telephone_number",
    "phone_number",
    "mobile_number",
    "address",
)
FULL, SHORT = "collecting_debt_and_information_will_be_used", "from_debt_collector"
WRITTEN = frozenset(
    {"mail", "postcard", "email", "sms", "social_message", "social_post", "paper_document", "app_push"}
)


def elements(ledger: Ledger) -> frozenset[str] | None:
    """The content tokens, None for an ordinary collection message."""
    found = ledger.message.get("elements")
    return None if found is None else frozenset(found)


def disclosed(ledger: Ledger) -> list[tuple[str, str | None]] | None:
    """(statement, language) for each 18(e) statement made; None where the record is silent, which means in order."""
    found = ledger.message.get("disclosures")
    if found is None:
        return None
    return [(d, None) if isinstance(d, str) else (str(d.get("text")), d.get("language")) for d in found]


def advertising(ledger: Ledger) -> bool:
    return elements(ledger) == {"general_advertising"}


def limited_content(ledger: Ledger) -> bool:
    """Voicemail for the consumer with the four required items, and nothing but the optional ones."""
    said = elements(ledger)
    if ledger.channel not in ("voicemail", "ringless_voicemail") or said is None or not is_consumer(ledger):
        return False
    owner = ledger.point.get("owner")
    strangers = owner not in (None, ledger.to) and ledger.point.get("known_owner") is True
    return said >= REQUIRED and said <= REQUIRED | OPTIONAL and not disclosed(ledger) and not strangers


def tells_of_debt(ledger: Ledger) -> bool:
    """Something in the message says, or lets be guessed, that there is a debt."""
    said = elements(ledger)
    if said is None or not said <= SILENT:
        return True
    if any(text in (FULL, SHORT) for text, _ in disclosed(ledger) or ()):
        return True
    return (
        ledger.message.get("sent_as") == "limited_content"
        and not limited_content(ledger)
        and ledger.channel in CALLS
    )


def is_communication(ledger: Ledger) -> bool:
    return tells_of_debt(ledger) and not advertising(ledger)


def only_questions(ledger: Ledger) -> bool:
    said = elements(ledger)
    return bool(said) and said <= QUESTIONS  # type: ignore[operator]


def content_facts(ledger: Ledger) -> dict[str, Any]:
    said = elements(ledger)
    message = ledger.message
    location = ledger.act.get("purpose") == "location_information"
    telling = tells_of_debt(ledger)
    facts: dict[str, Any] = {
        "is_attempt": not advertising(ledger),
        "is_communication": is_communication(ledger),
        "limited_content": limited_content(ledger),
        "claims_limited_content": message.get("sent_as") == "limited_content",
        "elements": sorted(said) if said is not None else None,
        "only_questions": only_questions(ledger),
        "viewable_by": message.get("viewable_by")
        or ("public" if ledger.channel == "social_post" else "recipient_only"),
        "profile": message.get("profile"),
        "envelope": message.get("envelope"),
        "recorded": ledger.act.get("recorded"),
    }
    for name in ("lawful", "intended", "present_right", "present_intention", "property_exempt", "cost_to_recipient",
                 "purpose_concealed", "fee_authorised_by_agreement_or_law"):  # fmt: skip
        value = message.get(name)
        facts[name] = bool(value) if name == "cost_to_recipient" and value is not None else value
    stated, balance = message.get("stated_amount"), ledger.the_debt.get("balance")
    facts["amount_differs"] = (
        stated is not None and balance is not None and Decimal(str(stated)) != Decimal(str(balance))
    )
    facts["false_expiry"] = "claimed_expiry" in (said or ()) and (
        message.get("true_availability_until") or ""
    ) > (message.get("deadline") or "9999")
    speaker = message.get("speaker_name") or {}
    facts["alias_unsound"] = speaker.get("kind") != "own" and (
        speaker.get("used_consistently") is False or speaker.get("collector_can_identify") is False
    )
    if location:
        facts["location_content_wrong"] = said is not None and (
            telling
            or "caller_own_name" not in said
            or not said & (ESTATE | {"confirming_or_correcting_location"})
            or ("employer_name" in said and not message.get("recipient_expressly_asked_employer"))
            or (ledger.alive and bool(said & ESTATE))
        )
        known = ledger.record.get("location_information") or {}
        facts["location_known"] = (
            ledger.alive and bool(known.get("home_and_phone_known")) and bool(known.get("employer_known"))
        )
    facts["disclosure"] = _disclosure(ledger)
    opt_out = message.get("opt_out")
    facts["opt_out"] = _opt_out(opt_out)
    return facts


def _opt_out(statement: Any) -> str:
    """missing, unreadable, hard, charged, prying or good."""
    if not statement:
        return "missing"
    if statement.get("legible") is False:
        return "unreadable"
    if statement.get("method") in ("postal_mail_only", "phone_call_only", "website_without_link"):
        return "hard"
    if statement.get("fee"):
        return "charged"
    more = [d for d in statement.get("demands") or () if not str(d).startswith(NEEDED_TO_OPT_OUT)]
    return "prying" if more else "good"


def _disclosure(ledger: Ledger) -> str:
    """Which 18(e) statement this communication lacks: initial, first_written, subsequent, language; or "given"."""
    made = disclosed(ledger)
    said = elements(ledger) or frozenset()
    if made is None or "formal_pleading" in said or not is_communication(ledger) or limited_content(ledger):
        return "given"
    due = disclosure_due(ledger)
    wanted = {FULL, SHORT} if due == "subsequent" else {FULL}
    if said & {"identifies_as_debt_collector", "debt_collector_statement"}:
        made = [*made, (SHORT, None)]
    right = [language for text, language in made if text in wanted]
    if not right:
        return due
    used = ledger.message.get("languages")
    if used and None not in right and not set(used) <= set(right):
        return "language"
    return "given"


def disclosure_due(ledger: Ledger) -> str:
    """initial for the first communication with the consumer about the debt; first_written for the first written one after
    an oral start (a validation notice has its own rule, 34(c)(1)); else subsequent."""
    if "initial_disclosures_made" in ledger.background:
        return "subsequent"
    earlier = communications(ledger)
    if not earlier:
        return "initial"
    oral_only = all(e["event"] in ("call_placed", "call_received") for e in earlier)
    if oral_only and ledger.channel in WRITTEN and not ledger.message.get("notice"):
        return "first_written"
    return "subsequent"


def communications(ledger: Ledger) -> list[Any]:
    """Earlier communications with the consumer about this debt. Attempts, limited content and pleadings are none."""
    found = []
    for _, e in ledger.events("call_placed", "call_received", "message_sent", "validation_notice_sent",
                              "validation_information_given"):  # fmt: skip
        person = e.get("to") or e.get("from")
        if person is not None and not is_consumer(ledger, person):
            continue
        if e["event"] in ("call_placed", "call_received"):
            about = (e.get("discussed") or []) + (e.get("mentions") or [])
            told = e.get("outcome") == "conversation" or e.get("outcome") == "voicemail_left"
            if told and ((about and ledger.concerns(about)) or e.get("disclosures")):
                found.append(e)
        elif ledger.concerns(e.get("debts")):
            found.append(e)
    return found
