"""A validation notice, field by field (1006.34(b)-(e)), and how a required disclosure travels (1006.42)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shouyue.clocks.calendar import Calendar
from shouyue.policy.standing.debts import ELECTRONIC, earliest_end
from shouyue.policy.standing.ledger import Ledger

PRODUCTS = frozenset({"credit_card", "auto", "mortgage", "student_loan"})
PROMPTS = ("dispute_reason", "not_my_debt", "wrong_amount", "other", "original_creditor")
LISTED = frozenset(
    {
        "second_person_replaced_by_deceased_name",
        "response_section_moved_for_mailing",
        "barcode_or_qr_added",
        "generation_date_added",
        "hyperlinks_embedded",
    }
)
OPTIONS = frozenset(
    {
        "telephone_number",
        "telephone_hours",
        "reference_code",
        "payment_options",
        "website",
        "email_address",
        "state_required_disclosure_on_reverse",
        "state_required_disclosure_below_notice",
        "time_barred_disclosure_on_front_prescribed_by_law",
        "spanish_request_statement",
        "spanish_how_to_request",
        "merchant_brand",
        "affinity_brand",
        "facility_name",
    }
)
FIELDS = ("interest", "fees", "payments", "credits")
IDENTIFIERS = frozenset(
    {
        "truncated_account_number",
        "original_creditor_name",
        "store_brand",
        "date_of_sale",
        "physical_address_of_service",
        "account_billing_address",
    }
)


def notice_facts(ledger: Ledger, calendar: Calendar) -> dict[str, Any]:
    facts = _delivery(ledger)
    notice = ledger.message.get("notice")
    if not notice:
        return facts | {"notice": None}
    first = notice.get("timing") == "in_initial_communication"
    product = ledger.the_debt.get("consumer_financial_product")
    product = ledger.the_debt.get("type") in PRODUCTS if product is None else product
    electronic = ledger.channel in ELECTRONIC
    statement = "most_recent_periodic_statement" in (notice.get("separate_pages") or ())
    excused = (
        statement
        and notice.get("periodic_statement_reference") is True
        and ledger.the_debt.get("type") == "mortgage"
        and ledger.the_debt.get("periodic_statement_required") is True
    )
    end = notice.get("stated_period_end")
    earliest = earliest_end(ledger, ledger.today, calendar, oral=ledger.channel == "call")
    forms = notice.get("modifications") or []
    options = set(notice.get("optional") or ())
    own = notice.get("form") not in ("model_b1", "model_b1_modified")
    return facts | {
        "notice": True,
        "notice.earliest_end": earliest.isoformat(),
        "notice.wrong_addressee": not ledger.alive
        and first_notice(ledger)
        and _wrong_addressee(ledger, notice),
        "notice.mixed_dates": _mixed(ledger, notice),
        "notice.ends_early": end is not None and end < earliest.isoformat(),
        "notice.wrong_disclosure": notice.get("disclosure")
        not in (("18(e)(1)",) if first else ("18(e)(1)", "18(e)(2)")),
        "notice.identity": _identity(ledger, notice, product),
        "notice.account_unusable": notice.get("account_number") in (None, "fully_masked"),
        "notice.amounts": _amounts(ledger, notice, excused),
        "notice.itemization": "good" if excused else _itemization(notice.get("itemization")),
        "notice.rights": "no_end_date"
        if end is None
        else "no_bureau"
        if product and not notice.get("bureau_web_statement")
        else "good",
        "notice.electronic_missing": electronic and not _electronic(ledger, notice),
        "notice.response": _response(notice),
        "notice.statement_enclosed": statement,
        "notice.excused": excused,
        "notice.illegible": notice.get("legible") is False,
        "notice.safe_harbor": not own and set(forms) <= LISTED and options <= OPTIONS,
        "notice.options": _options(ledger, notice, options),
        "notice.translation": _translation(ledger, notice),
    }


def first_notice(ledger: Ledger) -> bool:
    """No validation information was given before."""
    return "validation_given_period_over" not in ledger.background and not any(
        True for _ in ledger.events("validation_notice_sent", "validation_information_given")
    )


def _wrong_addressee(ledger: Ledger, notice: Mapping[str, Any]) -> bool:
    named = notice.get("addressed_to", "named_representative" if ledger.role != "consumer" else None)
    return named != "named_representative" or ledger.role == "consumer"


def _mixed(ledger: Ledger, notice: Mapping[str, Any]) -> bool:
    """Fields by different dates, another choice than the one this collector made before, or no such date at all."""
    chosen = notice.get("itemization_date") or {}
    kind, day = chosen.get("kind"), chosen.get("date")
    for reference in (notice.get("field_reference_dates") or {}).values():
        name, _, when = str(reference).partition(":")
        if name != kind or (when and when != day):
            return True
    if kind == "last_statement" and chosen.get("statement_by") == "debt_collector_not_creditor":
        return True
    days = ledger.the_debt.get("transaction_dates")
    if kind == "transaction" and days and day not in days:
        return True
    ours = (None, "this_collector", "collector")
    return kind is not None and any(
        e.get("itemization_kind") not in (None, kind)
        for _, e in ledger.events("validation_notice_sent", "validation_information_given")
        if e.get("collector") in ours and ledger.concerns(e.get("debts"))
    )


def _identity(ledger: Ledger, notice: Mapping[str, Any], product: bool) -> str:
    """What is missing of who is who; "good" if nothing."""
    address = notice.get("dispute_mail_address") or {}
    known = set((ledger.record.get("known") or {}).get("consumer_name_parts") or ())
    shown = notice.get("consumer_name_parts")
    if not notice.get("collector_name"):
        return "collector_name"
    if not address or address.get("accepts_disputes") is False:
        return "dispute_address"
    if notice.get("consumer_name") != "most_complete_known" or (
        shown is not None and not set(shown) >= known
    ):
        return "consumer_name"
    if notice.get("consumer_address") in (False, None, "incomplete"):
        return "consumer_address"
    if not notice.get("current_creditor"):
        return "current_creditor"
    return (
        "creditor_on_itemization_date"
        if product and not notice.get("creditor_on_itemization_date")
        else "good"
    )


def _amounts(ledger: Ledger, notice: Mapping[str, Any], excused: bool) -> str:
    current = notice.get("current_amount")
    if current is None:
        return "no_current_amount"
    if not isinstance(current, str):
        return "no_sum"
    debts = ledger.record.get("debts") or {}
    several = (notice.get("itemization") or {}).get("multiple_debts")
    meant = list(debts.values()) if several else [ledger.the_debt]
    balances = [d["balance"] for d in meant if d.get("balance") is not None]
    total = {str(ledger.the_debt.get("total_outstanding_balance"))}
    if balances and len(balances) == len(meant):
        due = sum((Decimal(b) for b in balances), Decimal())
        if Decimal(current) != due and current not in total:
            return "current_amount_wrong"
    if excused:
        return "good"
    if not (notice.get("itemization_date") or {}).get("date"):
        return "no_itemization_date"
    then = notice.get("amount_on_itemization_date")
    if then is None:
        return "no_amount_then"
    owed = (ledger.record.get("known") or {}).get("owed_on_itemization_date")
    if owed and Decimal(then) != sum((Decimal(v) for v in owed.values()), Decimal()):
        return "amount_then_wrong"
    return "good"


def _itemization(shown: Mapping[str, Any] | None) -> str:
    if not shown:
        return "missing"
    if shown.get("placement") == "separate_communication":
        return "elsewhere"
    if (
        shown.get("placement") == "separate_page_same_communication"
        and shown.get("reference_on_notice") is not True
    ):
        return "no_pointer"
    if shown.get("source") == "other_law":
        return "good" if shown.get("substantially_similar_to_model") is True else "unlike_model"
    if shown.get("multiple_debts"):
        pages = shown["multiple_debts"] == "each_debt_on_separate_pages"
        if pages and shown.get("reference_on_notice") is not True:
            return "no_pointer"
        return "good" if shown.get("complete") is not False else "incomplete"
    return "good" if all(shown.get(f) for f in FIELDS) else "blank"


def _electronic(ledger: Ledger, notice: Mapping[str, Any]) -> bool:
    """How to dispute and how to ask for the original creditor electronically; one accepted medium suffices."""
    told = notice.get("electronic_dispute_statement")
    known, collector = ledger.record.get("known") or {}, ledger.record.get("collector") or {}
    accepted = known.get("accepts_electronic") or collector.get("accepts_electronic")

    def names_one(what: str) -> bool:
        offered = {"email" if m == "email_address" else m for m in (told or {}).get(what) or ()}
        return bool(offered if accepted is None else offered & set(accepted))

    return bool(told) and names_one("dispute") and names_one("original_creditor")


def _response(notice: Mapping[str, Any]) -> str:
    part = notice.get("response_section")
    if not part:
        return "missing"
    if tuple(part.get("prompts") or ()) != PROMPTS:
        return "prompts"
    moved = "response_section_moved_for_mailing" in (notice.get("modifications") or ())
    if part.get("place", "bottom") != "bottom" and not moved:
        return "place"
    if not str(part.get("style", "checkbox")).startswith(("check", "tick", "fillable")):
        return "style"
    return "good" if part.get("mailing_addresses") is not False else "addresses"


def _options(ledger: Ledger, notice: Mapping[str, Any], options: set[str]) -> str:
    """good, forbidden, or unlisted (a person decides)."""
    if "state_required_disclosure_behind_response_section" in options:
        return "forbidden"
    pointed = notice.get("front_reference") is True
    if (
        options & {"state_required_disclosure_on_reverse", "state_required_disclosure_below_notice"}
        and not pointed
    ):
        return "forbidden"
    if "state_required_disclosure_below_notice" in options and ledger.channel not in ELECTRONIC:
        return "unlisted"  # below the notice is the place in electronic form; on paper it is the back
    return "good" if options <= OPTIONS else "unlisted"


def _translation(ledger: Ledger, notice: Mapping[str, Any]) -> str:
    languages = notice.get("languages") or ["en"]
    if set(languages) == {"en"}:
        return "good"
    before = any(e.get("language", "en") == "en" for _, e in ledger.events("validation_notice_sent"))
    before = before or "validation_given_period_over" in ledger.background
    if "en" not in languages and not before:
        return "no_english"
    return "incomplete" if notice.get("translation") == "incomplete" else "good"


def _delivery(ledger: Ledger) -> dict[str, Any]:
    """How a required disclosure travels. `required`: the act sends one."""
    message = ledger.message
    required = ledger.act["action"] == "send_notice"
    if not required:
        return {"required_notice": False}
    subject = message.get("subject_line")
    weak = []
    if ledger.channel == "email":
        if subject is not None and not ("current_creditor" in subject and set(subject) & IDENTIFIERS):
            weak.append("subject_line")
        if message.get("sender") == "unfamiliar_name":
            weak.append("sender")
        if message.get("undeliverable_monitoring") is False:
            weak.append("returns_not_watched")
    if message.get("retainable") is False:
        weak.append("not_retainable")
    electronic = ledger.channel in ELECTRONIC
    initial = (message.get("notice") or {}).get("timing") == "in_initial_communication"
    return {
        "required_notice": True,
        "delivery.weak": weak,
        "delivery.needs_esign": electronic and not initial and "esign_consent" not in ledger.background,
    }
