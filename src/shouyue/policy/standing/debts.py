"""How one debt stands: attorney, validation, dispute, furnishing, payment, records (1006.6(b)(2), 30, 34, 38, 42, 100)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from shouyue.clocks.calendar import Calendar
from shouyue.clocks.deadline import assumed_receipt, validation_period_end
from shouyue.policy.standing.calls import talks
from shouyue.policy.standing.content import communications, elements
from shouyue.policy.standing.ledger import ADDRESSED, Event, Ledger
from shouyue.policy.standing.persons import is_consumer
from shouyue.policy.standing.wishes import in_writing

ELECTRONIC = ADDRESSED | {"web_portal", "web_session"}
# Contacts that do not press for payment: answers, and what the law asks to be said.
NO_COLLECTION = frozenset(
    {
        "verification",
        "validation",
        "respond",
        "requested_information",
        "optout_confirmation",
        "legally_required",
        "court_ordered_communication",
        "location_information",
    }
)


# ── attorney ──


def attorney_facts(ledger: Ledger) -> dict[str, Any]:
    """represented: an attorney whose name and address are known acts for this debt, and nothing has changed that.
    waiting: whole days since a letter to that attorney that is still unanswered."""
    represented, wrote, heard, consents = False, None, False, False
    for _, e in ledger.events("attorney_notice", "says", "message_sent", "message_received", "call_received"):
        if e["event"] == "attorney_notice":
            lawyer = ledger.parties.get(str(e.get("attorney")), {})
            reachable = e.get("identity") in ("known", "readily_found") or (
                lawyer.get("name_known") is True and lawyer.get("address_known") is True
            )
            if ledger.concerns(e.get("debts")) and reachable:
                represented, wrote, heard, consents = True, None, False, False
            continue
        who = e.get("by") or e.get("from") or e.get("to")
        lawyer = ledger.parties.get(str(who), {}).get("role") == "consumer_attorney"
        if e["event"] == "message_sent":
            if lawyer and ledger.concerns(e.get("debts")) and wrote is None:
                wrote = ledger.day(e["at"])
        elif lawyer:
            heard = wrote is not None
        if (
            e["event"] == "says"
            and e.get("to", "collector") == "collector"
            and ledger.concerns(e.get("debts"))
        ):
            if e.get("kind") == "representation_ended":
                represented = False
            elif e.get("kind") == "consents_to_direct_contact":
                consents = True
    waiting = (ledger.today - wrote).days if wrote is not None and not heard else 0
    return {"attorney.represented": represented and not consents, "attorney.waiting": waiting}


# ── validation ──


def _working(calendar: Calendar, sent: date, ledger: Ledger) -> date:
    return assumed_receipt(sent, working_days=ledger.number("receipt_working_days"), calendar=calendar)


def earliest_end(ledger: Ledger, sent: date, calendar: Calendar, oral: bool = False) -> date:
    """The earliest last day of the validation period for information given on `sent`."""
    received = sent if oral else _working(calendar, sent, ledger)
    return validation_period_end(received, days=ledger.number("validation_days"))


def notices(ledger: Ledger) -> list[tuple[Event, bool]]:
    """Validation information given by this collector, each with whether it came back."""
    found: list[tuple[Event, bool]] = []
    for i, e in ledger.events("validation_notice_sent", "validation_information_given", "call_placed"):
        oral = e["event"] == "call_placed"
        if oral and e.get("validation_information_given_orally") is not True:
            continue
        if e.get("collector") not in (None, "this_collector", "collector") or not ledger.concerns(
            e.get("debts")
        ):
            continue
        later = list(ledger.events("undeliverable_notice", "validation_notice_sent"))
        again = next(
            (
                j
                for j, x in later
                if j > i and x["event"] == "validation_notice_sent" and x.get("point") == e.get("point")
            ),
            None,
        )
        back = not oral and any(
            x["event"] == "undeliverable_notice"
            and x.get("point") == e.get("point")
            and j > i
            and (again is None or j < again)
            for j, x in later
        )
        found.append((e, back))
    return found


def period_end(ledger: Ledger, calendar: Calendar) -> date | None:
    """The last day of the validation period, None while it has not begun. What was printed on the notice holds, even if
    true receipt is later learnt to differ; a notice that came back began nothing."""
    given = [e for e, back in notices(ledger) if not back]
    if not given:
        return None
    e = given[-1]
    if e.get("stated_period_end"):
        return date.fromisoformat(e["stated_period_end"])
    return earliest_end(ledger, ledger.day(e["at"]), calendar, oral=e["event"] == "call_placed")


def validation_facts(ledger: Ledger, calendar: Calendar) -> dict[str, Any]:
    over = "validation_given_period_over" in ledger.background
    sent = notices(ledger)
    first = next((ledger.day(e["at"]) for e in communications(ledger)), None)
    paid = next(
        (ledger.day(e["at"]) for _, e in ledger.events("debt_paid") if ledger.concerns(e.get("debts"))), None
    )
    owed = not over and first is not None and all(back for _, back in sent)
    last = first + timedelta(days=ledger.number("notice_days")) if first is not None else None
    late = owed and last is not None and ledger.today > last and not (paid is not None and paid <= last)
    end = None if over else period_end(ledger, calendar)
    printed = elements(ledger) or frozenset()
    in_this = (ledger.message.get("notice") or {}).get("timing") == "in_initial_communication"
    return {
        "validation.first": first is None
        and "initial_disclosures_made" not in ledger.background
        and not over,
        "validation.returned": any(back for _, back in sent),
        "validation.overdue": late
        and ledger.act.get("purpose") not in ("validation", "optout_confirmation", "respond"),
        "validation.period_open": (end is not None and ledger.today <= end) or in_this or (owed and not over),
        "presses_before_end": "payment_demand_with_deadline_before_period_end" in printed,
        "point.known_bad": _known_bad(ledger),
    }


def _known_bad(ledger: Ledger) -> bool:
    """The collector knows that mail to this address does not reach the consumer."""
    bad = False
    for _, e in ledger.events("collector_learned", "undeliverable_notice", "new_address_obtained"):
        if e.get("point") != ledger.act.get("point"):
            continue
        if e["event"] == "collector_learned":
            bad = bad or e.get("fact") == "consumer_no_longer_at_address"
        else:
            bad = e["event"] == "undeliverable_notice"
    return bad


# ── dispute ──


def _told_us(ledger: Ledger, kind: str) -> list[tuple[int, Event]]:
    """Statements of that kind that have reached us, from the consumer or whoever stands in their place."""
    return [
        (i, e)
        for i, e in ledger.said(kind)
        if is_consumer(ledger, e.get("by"))
        and ledger.concerns(e.get("debts"))
        and e.get("received_on", "") <= ledger.today.isoformat()
    ]


def dispute_facts(ledger: Ledger, calendar: Calendar) -> dict[str, Any]:
    end = None if "validation_given_period_over" in ledger.background else period_end(ledger, calendar)
    over = "validation_given_period_over" in ledger.background

    def timely(e: Event) -> bool:
        return not over and in_writing(ledger, e) and (end is None or ledger.day(e["at"]) <= end)

    disputes = _told_us(ledger, "disputes_debt")
    good = [(i, e) for i, e in disputes if timely(e)]
    answers = [
        i
        for i, e in ledger.events("verification_sent", "judgment_copy_sent")
        if ledger.concerns(e.get("debts"))
    ]
    duplicative = _duplicative(disputes, answers, ledger)
    full_notices = [
        i
        for i, e in ledger.events("duplicative_dispute_notice_sent")
        if ledger.concerns(e.get("debts"))
        and all(
            e.get(k) is not False
            for k in ("states_reasons", "refers_to_earlier_response", "gives_date_of_response")
        )
    ]
    closing = answers + (full_notices if duplicative else [])
    open_ = [e for i, e in good if not any(j > i for j in closing)]
    part = bool(open_) and all(e.get("disputed_portion") for e in open_)
    asked = [(i, e) for i, e in _told_us(ledger, "requests_original_creditor") if timely(e)]
    told = [
        i for i, e in ledger.events("original_creditor_information_sent") if ledger.concerns(e.get("debts"))
    ]
    told += [
        i
        for i, e in ledger.events("notice_original_creditor_same_as_current")
        if ledger.concerns(e.get("debts")) and e.get("refers_to_validation_information") is not False
    ]
    said = elements(ledger) or frozenset()
    undisputed = part and "payment_request_undisputed_portion" in said and "payment_request" not in said
    presses = ledger.act.get("purpose") not in NO_COLLECTION or bool(
        said & {"payment_request", "payment_demand_with_deadline_before_period_end"}
    )
    return {
        "dispute.any": bool(disputes),
        "dispute.open": bool(open_),
        "dispute.only_part": undisputed,
        "dispute.without_effect": bool(disputes) and not good,
        "dispute.duplicative": duplicative,
        "creditor_request.open": any(not any(j > i for j in told) for i, _ in asked),
        "presses_for_payment": presses,
    }


def _duplicative(disputes: list[tuple[int, Event]], answers: list[int], ledger: Ledger) -> bool:
    """The latest dispute is in substance an earlier written one, already answered, and brings nothing new and material."""
    if len(disputes) < 2:
        return False
    i, last = disputes[-1]
    return last.get("new_material_information") is not True and any(
        in_writing(ledger, e) and e.get("ground") == last.get("ground") and any(j < a < i for a in answers)
        for j, e in disputes[:-1]
    )


# ── furnishing, transfers, payments, records ──


def furnish_wait(ledger: Ledger) -> tuple[bool, date | None]:
    """(the consumer was spoken with about the debt, the last day of the earliest wait that no return has spoilt). A wait
    counts if returns are watched for; a return after it does no harm."""
    if "validation_given_period_over" in ledger.background:
        return True, None
    for person in (k for k, p in ledger.parties.items() if p.get("role") == "consumer"):
        there = replace(ledger, act={**ledger.act, "to": person})
        if any(e.get("discussed") or e.get("collector_raised") for _, e in talks(there)):
            return True, None
    wait, ends = timedelta(days=ledger.number("furnish_wait_days")), []
    for i, e in ledger.events("validation_notice_sent", "message_sent", "validation_information_given"):
        to_consumer = e.get("to") is None or is_consumer(ledger, e["to"])
        if (
            e.get("undeliverable_monitoring") is False
            or not to_consumer
            or not ledger.concerns(e.get("debts"))
        ):
            continue
        end = ledger.day(e["at"]) + wait
        returns = (
            x for j, x in ledger.events("undeliverable_notice") if j > i and x.get("point") == e.get("point")
        )
        if not any(ledger.day(x["at"]) <= end for x in returns):
            ends.append(end)
    return False, min(ends, default=None)


def act_facts(ledger: Ledger, calendar: Calendar) -> dict[str, Any]:
    """What the other acts need: furnish, transfer, publish, apply a payment, deposit, sue, destroy."""
    act = ledger.act
    debts = ledger.record.get("debts") or {}
    facts: dict[str, Any] = {}
    match act["action"]:
        case "furnish":
            data = act.get("data") or {}
            spoken, wait_ends = furnish_wait(ledger)
            facts = {
                "furnish.to": act.get("to_role"),
                "furnish.spoken": spoken,
                "furnish.wait_ends": wait_ends.isoformat() if wait_ends else None,
                "furnish.unmarked": bool(_told_us(ledger, "disputes_debt"))
                and data.get("marked_disputed") is not True,
                "furnish.amount_wrong": data.get("amount", "as_recorded") != "as_recorded",
            }
        case "transfer":
            facts = {
                "transfer.what": act.get("what"),
                "transfer.to": act.get("to"),
                "transfer.by_contract": act.get("authorised_by_original_contract"),
                "transfer.told": act.get("transferee_told_of_discharge"),
                "debt.lien": ledger.the_debt.get("enforceable_lien"),
                "debt.identity_theft": ledger.the_debt.get("identity_theft_notice_605B"),
            }
        case "publish":
            facts = {"publish.what": act.get("what"), "publish.audience": act.get("audience")}
        case "apply_payment":
            view = Ledger(ledger.record, act, act.get("to_debt"), ledger.parameters)
            directed = [e.get("debt") for _, e in ledger.said("directs_payment")]
            facts = {
                "payment.disputed": len(debts) > 1 and bool(_told_us(view, "disputes_debt")),
                "payment.misdirected": bool(directed) and directed[-1] != act.get("to_debt"),
            }
        case "deposit_check":
            facts = _deposit(ledger, calendar)
        case "file_lawsuit":
            facts = {
                "suit.on_land": act.get("secured_by_real_property") is True,
                "suit.court": act.get("court_district"),
            }
        case "furnish_form":
            facts = {
                "form.deceives": bool(act.get("implies_non_creditor_takes_part"))
                and act.get("known_use") is not False
            }
        case "destroy_record" | "retain_record":
            facts = _records(ledger)
        case "refuse_request":
            offered = any(
                {"spanish_request_statement", "spanish_how_to_request"} & set(e.get("optional") or ())
                for _, e in ledger.events("validation_notice_sent")
            )
            facts = {"refuses": act.get("request"), "spanish_offered": offered}
    facts["debt.status"] = ledger.the_debt.get("status")
    facts["debt.time_barred"] = ledger.the_debt.get("limitation_period_expired")
    return facts


def _deposit(ledger: Ledger, calendar: Calendar) -> dict[str, Any]:
    if not ledger.act.get("check_date"):
        return {}  # not knowing the date of the check is not permission: `check.early` waits for a person
    dated = date.fromisoformat(ledger.act["check_date"])
    received = [
        ledger.day(e["at"])
        for _, e in ledger.events("postdated_check_received")
        if e.get("dated") == ledger.act["check_date"]
    ]
    sent = ledger.act.get("notice_sent")
    ahead = (dated - received[-1]).days if received else None
    return {
        "check.early": ledger.today < dated,
        "check.days_ahead": ahead,
        "check.notice_working_days": calendar.between(date.fromisoformat(sent), ledger.today)
        if sent
        else None,
    }


def _records(ledger: Ledger) -> dict[str, Any]:
    ended = [e for _, e in ledger.events("collection_activity_ended") if ledger.concerns(e.get("debts"))]
    return {
        "record.kind": ledger.act.get("record"),
        "record.date": ledger.act.get("record_date"),
        "record.last_activity": ended[-1].get("last_activity", ended[-1]["at"][:10])
        if ended
        else ledger.today.isoformat(),
    }


def debt_facts(ledger: Ledger, calendar: Calendar) -> dict[str, Any]:
    return (
        attorney_facts(ledger)
        | validation_facts(ledger, calendar)
        | dispute_facts(ledger, calendar)
        | act_facts(ledger, calendar)
    )
