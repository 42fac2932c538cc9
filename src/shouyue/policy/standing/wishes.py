"""What people asked for: times, places, media and points to avoid, answers they are owed, agreements (1006.6(b), 14(h))."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any

from shouyue.clocks.calendar import DAYS, zone
from shouyue.policy.standing.content import AFTER_CEASE, SERVICER, elements, only_questions
from shouyue.policy.standing.ledger import ADDRESSED, CALLS, POST, Event, Ledger, medium
from shouyue.policy.standing.persons import is_consumer

ANSWERS = frozenset({"respond", "requested_information", "verification"})
ANYWHERE = "*"  # a place was ruled out and the record does not say which
USUAL_PLACES = (None, "home", "work")
REOPENS = {
    "consents_to_calls": "call",
    "consents_to_email": "email",
    "consents_to_sms": "sms",
    "renews_consent_to_sms": "sms",
}
# A medium in which the consumer's own statement counts as a contact they began.
EARLY_INTERVENTION = "early_intervention_notice_1024.39(d)(3)"
SPOKEN_IN = frozenset({"email", "sms", "social_message", "web_portal"})


def avoided_times(ledger: Ledger) -> list[dict[str, Any]]:
    """Times known to be inconvenient: entries with days (0 Monday), start, end, until. A later word lifts an earlier one
    for its days."""
    found: list[dict[str, Any]] = []
    for e in ledger.past:
        kind, ours = e.get("kind"), e.get("by") == ledger.to and e.get("to", "collector") == "collector"
        if e["event"] == "placement_file_note" and kind == "inconvenient_time" and is_consumer(ledger):
            found.append(_time(e))
        elif e["event"] != "says" or not ours:
            continue
        elif kind == "inconvenient_time":
            found.append(_time(e))
        elif kind in ("time_convenient_again", "convenient_time"):
            lifted = _days(e)
            found = [f | {"days": left} for f in found if (left := [d for d in f["days"] if d not in lifted])]
            if e.get("except_start"):
                found.append(_time({**e, "start": e["except_start"], "end": e.get("except_end")}))
    return found


def _days(e: Event) -> list[int]:
    return [DAYS.index(d) for d in e["days"]] if e.get("days") else list(range(7))


def _time(e: Event) -> dict[str, Any]:
    return {"days": _days(e), "start": e.get("start"), "end": e.get("end"), "until": e.get("until")}


def place_barred(ledger: Ledger) -> bool:
    """A point tied to a barred or unusual place; a point tied to none while the consumer is known to be there."""
    barred: dict[str, str] = {}
    for _, e in ledger.said("inconvenient_place", "place_convenient_again"):
        if e.get("by") != ledger.to:
            continue
        if e["kind"] == "inconvenient_place":
            barred[e.get("place") or ANYWHERE] = e.get("scope", "not_clarified")
        else:
            barred.pop(e.get("place") or ANYWHERE, None)
    place = ledger.point.get("place")
    if place is not None:
        scope = barred.get(place, barred.get(ANYWHERE))
        mail_is_fine = scope == "calls_only_mail_is_fine" and ledger.channel in POST
        return place not in USUAL_PLACES or (scope is not None and not mail_is_fine)
    if ledger.channel in POST:
        return False
    now = [
        e.get("place")
        for _, e in ledger.events("collector_learned")
        if e.get("fact") == "consumer_is_at" and ledger.day(e["at"]) == ledger.today
    ]
    return bool(now) and (now[-1] in barred or ANYWHERE in barred or now[-1] not in USUAL_PLACES)


def bad_now(ledger: Ledger) -> bool:
    """In the call under way the person said that the moment is bad."""
    return ledger.act["action"] == "continue_contact" and any(
        e.get("by") == ledger.to and ledger.day(e["at"]) == ledger.today
        for _, e in ledger.said("inconvenient_now", "cannot_talk_now")
    )


def owed_answer(ledger: Ledger) -> tuple[bool, bool]:
    """(an answer is owed in this medium, and it would be given there and then). Each message of theirs earns one; an
    automatic answer spends it. A call is answered by being taken; while it goes on, talking is the answer."""
    where, owed, then = medium(ledger.channel), False, None
    for _, e in ledger.events("message_received", "message_sent", "call_received", "call_placed", "web_session_started",
                              "web_session_ended", "says"):  # fmt: skip
        kind = e["event"]
        if kind == "says":
            wrote = (
                e.get("by") == ledger.to
                and e.get("to", "collector") == "collector"
                and e.get("via") in SPOKEN_IN
            )
            if (
                wrote
                and medium(e["via"]) == where
                and e.get("kind") not in ("stop_medium", "stop_point", "opt_out_point")
            ):
                owed, then = True, e
        elif kind.startswith("web_session"):
            if where == "web_session" and e.get("by") == ledger.to:
                owed, then = kind == "web_session_started", e
        elif kind.startswith("call"):
            if where == "call" and (e.get("from") == ledger.to or e.get("to") == ledger.to):
                owed, then = kind == "call_received" and e.get("outcome") != "conversation", e
        elif medium(e.get("channel")) == where and ledger.to in (e.get("from"), e.get("to")):
            owed, then = kind == "message_received", e
    answering = ledger.act.get("purpose") in ANSWERS or ledger.act["action"] == "continue_contact"
    answering = answering or where == "web_session"
    if not (owed and answering) or then is None:
        return False, False
    return True, ledger.day(then["at"]) == ledger.today


def closed(ledger: Ledger) -> tuple[bool, bool]:
    """(this medium, this very point) was closed by the person, for any debt, and not opened again."""
    where, address = medium(ledger.channel), ledger.act.get("point")
    whole = point = False
    for _, e in ledger.events("says", "notice_received"):
        ours = e.get("to", "collector") == "collector"
        kind, mine = e.get("kind"), e.get("by") in (ledger.to, ledger.point.get("owner"))
        if not mine or (not ours and kind != "opt_out_point"):
            continue
        if kind == "stop_medium" and medium(e.get("medium")) == where:
            whole = True
        elif kind == "cease_communication" and not e.get("in_writing") and medium(e.get("via")) == where:
            whole = True  # spoken: no cease notice, but a wish about the medium in use
        elif REOPENS.get(str(kind)) == where:
            whole = False
            point = point and e.get("point") != address
        elif address is not None and e.get("point") == address:
            if kind == "stop_point":
                point = True
            elif kind == "opt_out_point" and ledger.channel in ADDRESSED:
                point = point or ours or _creditor_collects_opt_outs(ledger, e)
            elif kind == f"withdraws_consent_to_{where}":
                point = True
    return whole, point


def _creditor_collects_opt_outs(ledger: Ledger, e: Event) -> bool:
    notices = [n for _, n in ledger.events("creditor_transfer_notice")]
    return e.get("in_response_to") == "6(d)(4)(ii)_notice" or any(
        n.get("reply_to") in ("creditor", "both") for n in notices
    )


def confirmed_already(ledger: Ledger) -> bool:
    """Since the latest request to stop, something has been sent to the point: the one confirmation is spent."""
    asked = sent = -1
    for i, e in ledger.events("says", "message_sent"):
        if e["event"] == "says" and e.get("kind") in ("opt_out_point", "stop_point", "stop_medium"):
            asked = i
        elif e["event"] == "message_sent" and e.get("point") == ledger.act.get("point"):
            sent = i
    return sent > asked


def agreed_hours(ledger: Ledger) -> list[dict[str, Any]]:
    """Clock times the consumer agreed to beforehand, directly, in a communication that itself came at a proper hour."""
    return [
        {"start": e["start"], "end": e["end"]}
        for _, e in ledger.said("prior_consent_time")
        if e.get("start")
        and e.get("end")  # a consent that names no hours opens none
        and e.get("by") == ledger.to
        and ledger.concerns(e.get("debts"))
        and _proper(ledger, e)
    ]


def _proper(ledger: Ledger, e: Event) -> bool:
    if e.get("via") not in ("call", "voicemail") or "T" not in e["at"]:
        return True
    began_by_us = [c for _, c in ledger.events("call_placed") if ledger.day(c["at"]) == ledger.day(e["at"])]
    if not began_by_us:
        return True
    opens, closes = (
        time.fromisoformat(str(ledger.parameters[p].on(ledger.at.date())))
        for p in ("hours_open", "hours_close")
    )
    return all(opens < ledger.moment(e).astimezone(zone(z)).time() < closes for z in ledger.zones)


def covered_now(ledger: Ledger) -> bool:
    """The moment lies inside hours agreed to, on every clock the consumer may have."""
    for hours in agreed_hours(ledger):
        clocks = [ledger.at.astimezone(zone(z)).time() for z in ledger.zones]
        start, end = (time.fromisoformat(hours[k]) for k in ("start", "end"))
        if clocks and all((start <= c < end) if start < end else (c >= start or c < end) for c in clocks):
            return True
    return False


def _cease(ledger: Ledger) -> Iterator[Event]:
    """Wishes that contact about this debt stop, and refusals to pay; a refusal that is only spoken is no such wish."""
    for _, e in ledger.events("notice_received", "says"):
        asked = e.get("kind") in ("cease_communication", "wants_no_further_contact_about_debt") or (
            e.get("kind") == "refuses_to_pay" and bool(e.get("in_writing"))
        )
        if (
            asked
            and e.get("to", "collector") == "collector"
            and ledger.concerns(e.get("debts"))
            and is_consumer(ledger, e.get("by"))
        ):
            yield e


def in_writing(ledger: Ledger, e: Event) -> bool:
    """Posted, brought by hand, or sent through an electronic medium that the collector accepts from consumers."""
    if not e.get("in_writing") or e.get("via") == "call":
        return False
    accepted = (ledger.record.get("collector") or {}).get("accepts_electronic")
    return (
        e.get("via") in (None, "mail", "hand_delivery", "courier")
        or accepted is None
        or e.get("via") in accepted
    )


def _may_follow_a_stop(ledger: Ledger, said: frozenset[str]) -> bool:
    """It says only what 1006.6(c)(2) lets a collector say after a stop; the early-intervention notice is written."""
    servicer = (
        ledger.the_debt.get("type") == "mortgage"
        and ledger.the_debt.get("serviced_by_collector") is not False
    )
    meant = not ("intends_specific_remedy" in said and ledger.message.get("intended") is False)
    written = ledger.channel not in CALLS or EARLY_INTERVENTION not in said
    return bool(said) and said <= AFTER_CEASE | (SERVICER if servicer else frozenset()) and meant and written


def wish_facts(ledger: Ledger) -> dict[str, Any]:
    owed, there_and_then = owed_answer(ledger)
    whole, point = closed(ledger)
    said, purpose = elements(ledger) or frozenset(), ledger.act.get("purpose")
    cease = [in_writing(ledger, e) for e in _cease(ledger)]
    agreed_online = ledger.the_debt.get("consented_to_electronic_statements") is True
    statement_online = agreed_online and "periodic_statement_1026.41" in said
    here = (ledger.channel in POST and not statement_online) or purpose == "court_ordered_communication"
    return {
        "avoid_times": avoided_times(ledger),
        "place_barred": place_barred(ledger),
        "bad_now": bad_now(ledger),
        "answer.owed": owed,
        "answer.now": there_and_then,
        "medium_closed": whole
        and not (ledger.act["action"] == "continue_contact" and only_questions(ledger)),
        "point_closed": point,
        "confirmed_already": confirmed_already(ledger),
        "bare_confirmation": bool(said) and said <= {"opt_out_confirmed", "will_honour_request"},
        "agreed_hours": agreed_hours(ledger),
        "agreed_now": covered_now(ledger),
        "any_agreed_hours": any(e.get("kind") == "prior_consent_time" for e in ledger.past),
        "ceased": any(cease),
        "ceased_informally": bool(cease) and not any(cease),
        "cease_exception": _may_follow_a_stop(ledger, said),
        "employer_forbids": any(True for _ in ledger.said("employer_prohibits_personal_calls")),
        "point.place": ledger.point.get("place"),
        "required_here": purpose in ("legally_required", "court_ordered_communication") and here,
        "court_permits": any(
            e.get("covers") == "direct_contact_with_consumer" and ledger.concerns(e.get("debts"))
            for _, e in ledger.events("court_permission")
        ),
    }
