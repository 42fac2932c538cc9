"""Whether an email address or number was come by in a way that 1006.6(d)(3)-(5) recognises."""

from __future__ import annotations

from datetime import date
from typing import Any

from shouyue.policy.standing.ledger import Ledger
from shouyue.policy.standing.persons import is_consumer

ABOUT_ACCOUNT = frozenset(
    {
        "required_disclosure",
        "bill",
        "invoice",
        "periodic_statement",
        "payment_reminder",
        "payment_confirmation",
    }
)
NOTICE = frozenset(
    {
        "names_debt_collector",
        "debt_transferred",
        "email_address_and_possible_use",
        "others_may_see",
        "opt_out_instructions",
        "opt_out_deadline",
    }
)
SIMPLE = frozenset({"reply_form_and_prepaid_envelope", "hyperlink", "reply_stop", "reply_stop_in_subject"})
PUBLIC = frozenset({"open_to_public", "paid_subscription_open_to_public"})
COMPLETE = frozenset({"fcc_reassigned_numbers_database", "commercial_equivalent_to_fcc"})
STOPS = frozenset({"opt_out_point", "stop_point", "withdraws_consent_to_email", "withdraws_consent_to_sms"})


def route(ledger: Ledger) -> str | None:
    """direct, creditor, prior_collector, used, consent, or cleared (the record says only that a procedure is met);
    None where no procedure is met."""
    if _told(ledger) or ledger.channel not in ("email", "sms"):
        return None
    if ledger.channel == "sms":
        return _sms(ledger)
    if _direct(ledger, "email"):
        return "direct"
    if _prior_collector(ledger):
        return "prior_collector"
    if _creditor(ledger):
        return "creditor"
    return "cleared" if "point_cleared" in ledger.background and not _stopped(ledger) else None


def _told(ledger: Ledger) -> bool:
    return any(
        e.get("point") == ledger.act.get("point") for _, e in ledger.events("told_of_third_party_disclosure")
    )


def _last_stop(ledger: Ledger, to: tuple[str, ...] = ("collector",)) -> int:
    """The place of the latest request not to use the point (or the whole medium), -1 for none."""
    last = -1
    for i, e in ledger.events("says"):
        if e.get("to", "collector") not in to or e.get("by") not in (ledger.to, ledger.point.get("owner")):
            continue
        here = e.get("kind") in STOPS and e.get("point") == ledger.act.get("point")
        if here or (e.get("kind") == "stop_medium" and e.get("medium") == ledger.channel):
            last = i
    return last


def _stopped(ledger: Ledger) -> bool:
    return _last_stop(ledger, ("collector", "creditor")) >= 0


def _given(ledger: Ledger, kinds: tuple[str, ...], texts: bool) -> list[int]:
    """Where the consumer agreed directly, or handed over the point after being told clearly how it may be used."""
    point = ledger.act.get("point")
    found = [
        i for i, e in ledger.said(*kinds) if e.get("point") == point and is_consumer(ledger, e.get("by"))
    ]
    for i, e in ledger.events("contact_point_provided"):
        ours = e.get("to") == "collector" and e.get("point") == point and is_consumer(ledger, e.get("by"))
        if ours and e.get("use_disclosure_clear") is True and (not texts or e.get("for_texts") is not False):
            found.append(i)
    return found


def _wrote(ledger: Ledger, channel: str, about_debt: bool = True) -> list[int]:
    return [
        i
        for i, e in ledger.events("message_received")
        if e.get("channel") == channel
        and e.get("point") == ledger.act.get("point")
        and e.get("from") == ledger.to
        and (not about_debt or ledger.concerns(e.get("about")))
    ]


def _direct(ledger: Ledger, channel: str) -> bool:
    grounds = _wrote(ledger, channel) + _given(ledger, ("consents_to_email",), texts=False)
    return bool(grounds) and max(grounds) > _last_stop(ledger)


def _creditor(ledger: Ledger) -> bool:
    """6(d)(4)(ii), letter by letter."""
    point = ledger.act.get("point")
    here = [
        e
        for _, e in ledger.events("contact_point_provided", "creditor_used_point")
        if e.get("point") == point
    ]
    obtained = any(
        e["event"] == "contact_point_provided"
        and e.get("to") == "creditor"
        and is_consumer(ledger, e.get("by"))
        for e in here
    )  # (A)
    used = any(e["event"] == "creditor_used_point" and e.get("content") in ABOUT_ACCOUNT for e in here)  # (B)
    if (
        not (obtained and used)
        or _stopped(ledger)
        or ledger.point.get("domain", "open_to_public") not in PUBLIC
        or known_work(ledger)
    ):
        return False  # (E)
    return any(_notice(ledger, e) for _, e in ledger.events("creditor_transfer_notice"))


def _notice(ledger: Ledger, e: Any) -> bool:
    """(C), and (D): the date passed."""
    deadline = e.get("opt_out_deadline")
    if deadline is None or not set(e.get("elements") or ()) >= NOTICE:
        return False
    last = date.fromisoformat(deadline)
    return (
        e.get("opt_out_method") in SIMPLE
        and e.get("clear_and_conspicuous") is not False
        and e.get("reply_to") != "both"
        and (last - ledger.day(e["at"])).days >= ledger.number("email_opt_out_days")
        and ledger.today > last
    )


def _prior_collector(ledger: Ledger) -> bool:
    """6(d)(4)(iii): some earlier collector obtained it properly, the last one used it, nobody opted out."""
    point = ledger.act.get("point")
    if _stopped(ledger) or any(
        e.get("point") in (None, point) for _, e in ledger.events("consumer_opted_out")
    ):
        return False
    obtained = any(
        e.get("procedure") in ("6(d)(4)(i)", "6(d)(4)(ii)") and e.get("point") == point
        for _, e in ledger.events("prior_collector_obtained_point")
    )
    users = [
        e.get("collector")
        for _, e in ledger.events("prior_collector_emailed_consumer")
        if e.get("point") == point
    ]
    placed = [
        e.get("collector")
        for _, e in ledger.events("debt_placed")
        if e.get("collector") not in ("this_collector", "collector")
    ]
    if not placed:  # the record begins after the placement: the last collector it names is the prior one
        placed = [
            e.get("collector")
            for _, e in ledger.events("prior_collector_obtained_point", "prior_collector_emailed_consumer")
        ]
    return obtained and bool(placed) and placed[-1] in users


def _sms(ledger: Ledger) -> str | None:
    if reassigned(ledger):
        return None
    stop = _last_stop(ledger)
    used = [i for i in _wrote(ledger, "sms") if i > stop]
    agreed = [i for i in _given(ledger, ("consents_to_sms",), texts=True) if i > stop]
    renewed = [
        i for i, e in ledger.said("renews_consent_to_sms") if e.get("point") == ledger.act.get("point")
    ]
    texts = _wrote(ledger, "sms", about_debt=False)
    if used and _fresh(ledger, texts, max(texts)):
        return "used"
    if agreed and _fresh(ledger, agreed + [i for i in renewed if i > stop], max(agreed)):
        return "consent"
    return "cleared" if "point_cleared" in ledger.background and not _stopped(ledger) else None


def _fresh(ledger: Ledger, again: list[int], since: int) -> bool:
    """Within the days: one of `again`, or a check of a complete database after `since` showing no reassignment."""
    days = ledger.number("number_check_days")

    def recent(i: int) -> bool:
        return (ledger.today - ledger.day(ledger.past[i]["at"])).days <= days

    return any(recent(i) for i in again) or any(
        recent(i) and i > since and e.get("database") in COMPLETE and e.get("result") == "not_reassigned"
        for i, e in _checks(ledger)
    )


def _checks(ledger: Ledger) -> list[tuple[int, Any]]:
    return [
        (i, e)
        for i, e in ledger.events("reassigned_number_check")
        if e.get("point") == ledger.act.get("point")
    ]


def reassigned(ledger: Ledger) -> bool:
    """The latest check says that somebody else holds the number, and the consumer has not written from it since."""
    checks = _checks(ledger)
    if not checks or checks[-1][1].get("result") != "reassigned":
        return False
    since = _wrote(ledger, "sms", about_debt=False) + _given(ledger, ("consents_to_sms",), texts=True)
    return max(since, default=-1) < checks[-1][0]


def known_work(ledger: Ledger) -> bool:
    """Somebody said that the employer provides the address. What nobody said is not known."""
    return ledger.point.get("employer_provided") == "told" or any(
        e.get("point") == ledger.act.get("point") for _, e in ledger.events("told_point_is_employer_provided")
    )


def address_facts(ledger: Ledger) -> dict[str, Any]:
    if ledger.channel not in ("email", "sms") or not is_consumer(ledger):
        return {}
    met = route(ledger)
    return {
        "procedures.met": met is not None,
        "procedures.route": met,
        "point.misdelivered": _told(ledger),
        "point.work_email": ledger.channel == "email" and known_work(ledger),
        "point.reassigned": ledger.channel == "sms" and reassigned(ledger),
    }
