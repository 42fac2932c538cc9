"""Template tags of both doors: icons, states, money, masked values, the gate's answer. No tag asks the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import tablericons
from django import template
from django.forms import CheckboxSelectMultiple
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from shouyue.desk.console import states
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.messages.reads import is_own_phone
from shouyue.desk.parties.reads import masked_name as parties_masked_name
from shouyue.desk.rulebook.reads import cited_in_english
from shouyue.terms import GATE_OF, Channel, Gate, PartyRole, Purpose

register = template.Library()

SYMBOL = {"CNY": "¥", "USD": "$"}


@lru_cache(maxsize=512)
def _svg(name: str, size: int) -> SafeString:
    drawn = tablericons._render_icon(f"outline/{name}", size, stroke_width=1.75)
    return mark_safe(drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S308  our own drawing


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """An inline drawing from Tabler Icons (MIT), hidden from screen readers: the word beside it speaks."""
    return _svg(str(name), size)


@register.inclusion_tag("parts/way_back.html", takes_context=True)
def way_back(context: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The first step of "you are here": a place of the side navigation, and nothing for whom it is not one of theirs."""
    return {"place": next((one for one in context.get("places", ()) if one.url == url), None)}


# ---- states ----


@register.inclusion_tag("parts/pill.html")
def pill(process: str, state: str) -> dict[str, Any]:
    """The state of a process as word, icon and tone."""
    return {"look": states.look(process, str(state))}


@register.filter
def blocking(contact: Any) -> list[str]:
    """The rules that stopped this contact."""
    return [one["rule"] for one in (contact.decision or {}).get("spoken", ()) if one["effect"] == "block"]


@register.filter
def of(table: Mapping[Any, Any], key: Any) -> Any:
    """What stands in a table under this key, None where nothing does."""
    return table.get(key)


@register.inclusion_tag("parts/pill.html")
def badge(word: str, tone: str = "quiet", sign: str = "point") -> dict[str, Any]:
    return {"look": states.Look(word, tone, sign)}


def _channel_words() -> dict[str, str]:
    return {
        Channel.PHONE: _("Phone"),
        Channel.AI_CALL: _("AI call"),
        Channel.SMS: _("SMS"),
        Channel.WECOM: _("WeCom"),
        Channel.KF: _("WeChat service"),
        Channel.WECHAT_PERSONAL: _("Personal WeChat"),
        Channel.WECHAT_GROUP: _("WeChat group"),
        Channel.WECOM_GROUP: _("WeCom group"),
        Channel.EMAIL: _("E-mail"),
        Channel.LETTER: _("Letter"),
        Channel.VISIT: _("Visit"),
        Channel.MEDIATION: _("Mediation"),
        Channel.PORTAL: _("Borrower's page"),
        Channel.INTERNAL: _("Internal"),
        "*": _("Every channel"),
    }


CHANNEL_ICON = {
    "phone": "phone",
    "ai_call": "robot",
    "sms": "message",
    "wecom": "brand-wechat",
    "kf": "headset",
    "wechat_personal": "brand-wechat",
    "wechat_group": "users",
    "wecom_group": "users",
    "email": "mail",
    "letter": "mail-forward",
    "visit": "map-pin",
    "mediation": "scale",
    "portal": "device-mobile",
    "internal": "building",
}


@register.filter
def channel(value: str) -> str:
    """A channel in the page's language."""
    return _channel_words().get(str(value), str(value))


@register.filter
def channel_icon(value: str) -> str:
    return CHANNEL_ICON.get(str(value), "point")


@register.filter
def party_role(value: str) -> str:
    """What somebody is to a loan, in the page's language."""
    words = {
        PartyRole.DEBTOR: _("Borrower"),
        PartyRole.CO_BORROWER: _("Co-borrower"),
        PartyRole.GUARANTOR: _("Guarantor"),
        PartyRole.LEGAL_REPRESENTATIVE: _("Legal representative"),
        PartyRole.LAWYER: _("Lawyer"),
        PartyRole.SPOUSE: _("Spouse"),
        PartyRole.HEIR: _("Heir"),
        PartyRole.RESERVED_CONTACT: _("Reserved contact"),
        PartyRole.UNRELATED: _("Unrelated"),
        PartyRole.UNVERIFIED: _("Unverified"),
    }
    return words.get(PartyRole(value), str(value)) if value else ""


@register.filter
def purpose(value: str) -> str:
    """The purpose of a thread, in the page's language."""
    words = {
        Purpose.NOTICE: _("Notice"),
        Purpose.NEGOTIATION: _("Negotiation"),
        Purpose.PROMISE: _("Promise follow-up"),
        Purpose.DISPUTE: _("Dispute"),
        Purpose.HARDSHIP: _("Hardship"),
        Purpose.COMPLAINT: _("Complaint"),
        Purpose.DOCUMENTS: _("Documents"),
        Purpose.MEDIATION: _("Mediation"),
        Purpose.ASK_CONTACT: _("Ask for contact"),
        Purpose.ASK_RELAY: _("Ask to pass on"),
    }
    return words.get(Purpose(value), str(value)) if value else ""


@register.inclusion_tag("parts/gate_label.html")
def gate_label(value: str, long: bool = False, account: str = "") -> dict[str, Any]:
    """What the gate of this channel, with this account of ours, can really do, in honest words."""
    gate = Gate.AFTER if is_own_phone(account) else GATE_OF[Channel(value)]
    words = {
        Gate.HARD: (_("Hard gate"), _("Nothing leaves on this channel before the gate allows it.")),
        Gate.INTERCEPT: (
            _("Client-side intercept"),
            _(
                "What you type in WeCom itself is stopped only by the listed words; the rest is reviewed afterwards."
            ),
        ),
        Gate.AFTER: (
            _("Review after the fact"),
            _("Nothing can be stopped on this channel; what happened is recorded and reviewed."),
        ),
    }
    tone, sign = states.GATE[gate]
    return {"word": words[gate][0], "help": words[gate][1], "tone": tone, "icon": sign, "long": long}


RESULTS: dict[str, Any] = {
    "RPC": gettext_lazy("Spoke to them, nothing agreed"),
    "PTP-T": gettext_lazy("They will pay today"),
    "PTP-F": gettext_lazy("They will pay on a day they named"),
    "PAID": gettext_lazy("They say it is paid"),
    "REFUSE": gettext_lazy("They will not pay"),
    "REDUCE": gettext_lazy("They ask for a reduction"),
    "HARD": gettext_lazy("They are in difficulty"),
    "DISP": gettext_lazy("They dispute the debt or its amount"),
    "COMP": gettext_lazy("They complain"),
    "STOP": gettext_lazy("They ask us to stop or to use another way"),
    "LAW": gettext_lazy("They have a lawyer"),
    "DENY": gettext_lazy("Whoever answered denies knowing them"),
    "WRONG": gettext_lazy("Wrong number, somebody else"),
    "REJ": gettext_lazy("Hung up at once"),
    "NOANS": gettext_lazy("No answer"),
    "BUSY": gettext_lazy("Busy"),
    "OFF": gettext_lazy("Switched off"),
    "DEAD": gettext_lazy("Not in service"),
}
NOT_CONNECTED = frozenset({"NOANS", "BUSY", "OFF", "DEAD"})


@register.filter
def result_word(code: str) -> Any:
    """What came of a call, in the page's language; a dialler's own word as it stands."""
    return RESULTS.get(code, code)


@register.filter
def own_phone(account: str) -> bool:
    return is_own_phone(account)


@register.filter
def our_account(account: str) -> str:
    """Our side of a thread, as people call it."""
    return _("own telephone, %(no)s") % {"no": account.split(":")[1]} if is_own_phone(account) else account


@register.filter
def stop_word(kind: str) -> str:
    """A reason not to contact somebody, in the page's language."""
    return {
        "opt_out": _("Asked not to be contacted"),
        "do_not_contact": _("Asked not to be contacted"),
        "represented": _("Has a lawyer: contact the lawyer only"),
        "no_contact_order": _("A court or authority forbade contact"),
        "deceased": _("Deceased"),
        "dispute": _("Disputes the debt"),
        "complaint": _("Complaint open"),
        "hardship": _("Hardship application open"),
        "vulnerable": _("Needs special care"),
        "wrong_person": _("Wrong person"),
    }.get(str(kind), str(kind).replace("_", " "))


@register.filter
def sentence(text: Any) -> str:
    """A slice's sentence in the page's language."""
    return in_page_language(str(text))


@register.filter
def scope_word(over: str) -> str:
    """What a stop is over."""
    return {
        "party": _("One person"),
        "staff": _("A member of staff"),
        "account": _("An account of ours"),
        "lender": _("The whole lender"),
    }[str(over)]


@register.filter
def step_word(do: str) -> str:
    """A step of an emergency plan."""
    return {
        "freeze": _("Stop"),
        "preserve": _("Keep everything"),
        "notify": _("Tell those who must know"),
        "legal": _("Go legal"),
        "report": _("Report the incident"),
        "release": _("Release by two persons"),
    }[str(do)]


@register.filter
def whom_word(role: str) -> str:
    """As whom somebody is told, or acts, in an emergency."""
    return {
        "desk": _("the desk by itself"),
        "two": _("two persons"),
        "supervisor": _("Supervisor"),
        "compliance": _("Compliance officer"),
        "legal": _("Legal officer"),
        "member": _("Member who can still type"),
    }[str(role)]


@register.filter
def record_word(what: str, evidence: Mapping[str, Any]) -> str:
    """A piece of the record that a suit would want, or a kind of exhibit as the pack calls it."""
    if what in evidence:
        return said(evidence[what])
    return {
        "balance": _("balance with its date"),
        "identity": _("identity proof of the debtor"),
        "payments": _("payment history"),
        "vehicle": _("vehicle"),
        "mortgage": _("registered mortgage"),
        "signing_date": _("signing date"),
    }.get(str(what), str(what))


@register.filter
def role_word(role: str) -> str:
    """A role of staff, in the page's language."""
    return {
        "collector": _("Collector"),
        "supervisor": _("Supervisor"),
        "compliance": _("Compliance officer"),
        "legal": _("Legal officer"),
        "trainer": _("Trainer"),
        "auditor": _("Auditor"),
        "administrator": _("Administrator"),
        "agency": _("Agency or mediator"),
        "system": _("The desk itself"),
    }.get(str(role), str(role))


@register.filter
def criterion_word(name: str) -> str:
    """What an agency is judged by, in the page's language."""
    return {
        "conduct": _("Conduct"),
        "quality": _("Quality of work"),
        "records": _("Records"),
        "complaints": _("Handling of complaints"),
        "security": _("Information security"),
    }.get(str(name), str(name))


@register.filter
def agency_kind(kind: str) -> str:
    return {"agency": _("agency"), "mediator": _("mediator")}.get(str(kind), str(kind))


@register.filter
def label_word(label: str) -> str:
    """What screening found, in the page's language; ids of the shared vocabulary of labels."""
    return {
        "threat": _("threat"),
        "insult": _("insult"),
        "shaming": _("shaming"),
        "impersonation": _("impersonating an authority"),
        "false_legal": _("false legal consequence"),
        "third_party_disclosure": _("telling third persons"),
        "private_payment": _("payment to a person"),
        "false_amount": _("amount not in the books"),
        "unlawful_means": _("unlawful means"),
        "harassment": _("harassment"),
        "unlawful_recovery": _("unlawful recovery of the car"),
        "beyond_authority": _("promise beyond authority"),
        "personal_data": _("personal data"),
        "off_matter": _("another matter"),
        "promise_to_pay": _("promises to pay"),
        "payment_claimed": _("says it is paid"),
        "plan_request": _("asks for a plan"),
        "hardship": _("hardship"),
        "vulnerable": _("vulnerable"),
        "dispute_debt": _("disputes the debt"),
        "dispute_identity": _("says it is somebody else"),
        "third_person": _("a third person writes"),
        "stalling": _("stalling"),
        "unreasonable_demand": _("unreasonable demand"),
        "irrelevant": _("irrelevant"),
        "provocation": _("provocation"),
        "inducement": _("inducement"),
        "complaint_threat": _("threatens to complain"),
        "stop_contact": _("asks to stop contact"),
        "representation": _("has a lawyer"),
        "data_request": _("asks for their data"),
        "scam_doubt": _("doubts that it is us"),
    }.get(str(label), str(label).replace("_", " "))


@register.filter
def tactic_word(tactic: str) -> str:
    """What a thread shows over its messages, in the page's language."""
    return {
        "distress": _("Distress"),
        "flooding": _("Flooding"),
        "putting_off": _("Put off again and again"),
        "escalation": _("Escalation"),
        "provocation": _("Provocation"),
        "drift": _("Drift to another matter"),
    }.get(str(tactic), str(tactic).replace("_", " "))


@register.filter
def state_word(state: str, process: str) -> str:
    return states.look(process, str(state)).word


@register.filter
def matter_word(value: str) -> str:
    """A state of a matter as its word; anything else (a staff number, say) as it is."""
    return states.look("matter", value).word if value in states.states_of("matter") else value


@register.filter
def approval_word(what: str) -> str:
    """What is to be approved, in the page's language."""
    return {
        "contact": _("Message"),
        "friend_request": _("Friend request"),
        "pack": _("Change of rules"),
        "hold_release": _("Release of a hold"),
        "exemption": _("Exemption from an exam"),
        "wording": _("Wording"),
        "erasure": _("Erasure"),
        "plan": _("Plan of instalments"),
    }.get(str(what), str(what).replace("_", " "))


LEVEL = {
    "clean": ("ok", "circle-check"),
    "minor": ("warn", "flag"),
    "serious": ("stop", "flag"),
    "grave": ("stop", "alert-octagon"),
}
STRATUM = {"high": ("stop", "arrow-up"), "middle": ("warn", "arrow-right"), "low": ("quiet", "arrow-down")}


@register.filter
def level_word(level: str) -> str:
    """How bad a reviewer found a contact, in the page's language."""
    return {"clean": _("Clean"), "minor": _("Minor"), "serious": _("Serious"), "grave": _("Grave")}[
        str(level)
    ]


@register.inclusion_tag("parts/pill.html")
def level_badge(level: str) -> dict[str, Any]:
    return {"look": states.Look(level_word(level), *LEVEL[str(level)])}


@register.filter
def stratum_word(stratum: str) -> str:
    """How risky a contact looks to the machine, in the page's language."""
    return {"high": _("High risk"), "middle": _("Middle risk"), "low": _("Low risk")}[str(stratum)]


@register.inclusion_tag("parts/pill.html")
def stratum_badge(stratum: str) -> dict[str, Any]:
    return {"look": states.Look(stratum_word(stratum), *STRATUM[str(stratum)])}


STANDING = {
    "stands": ("quiet", "point"),
    "contested": ("warn", "scale"),
    "upheld": ("stop", "gavel"),
    "set_aside": ("quiet", "x"),
}


@register.inclusion_tag("parts/pill.html")
def conduct_badge(standing: str) -> dict[str, Any]:
    """Whether a record of conduct counts, or why not."""
    return {"look": states.Look(standing_word(standing), *STANDING[standing])}


@register.filter
def standing_word(standing: str) -> str:
    """Whether a record of conduct counts, or why not, in the page's language."""
    return {
        "stands": _("Counts"),
        "contested": _("Contested"),
        "upheld": _("Upheld"),
        "set_aside": _("Set aside"),
    }[standing]


@register.filter
def kind_word(kind: str) -> str:
    """What somebody did, in the page's language."""
    return {
        "promised": _("Promised"),
        "promise_kept": _("Kept a promise"),
        "promise_broken": _("Broke a promise"),
        "stalled": _("Put off"),
        "demanded": _("Demanded too much"),
        "flooded": _("Flooded us with messages"),
        "provoked": _("Provoked"),
        "induced": _("Tempted"),
        "insulted": _("Insulted"),
        "threatened": _("Threatened"),
        "escalated": _("Grew harsher step by step"),
        "violated": _("Broke a rule"),
        "incident": _("Incident"),
    }.get(str(kind), str(kind))


@register.filter
def conduct_word(word: str) -> str:
    """What somebody's conduct risk rests on, in the page's language."""
    return {
        "finding_grave": _("Grave findings"),
        "finding_serious": _("Serious findings"),
        "finding_minor": _("Minor findings"),
        "would_block": _("Contacts that would be blocked now"),
        "red_attempt": _("Attempts with red-line words, stopped"),
        "provoked": _("Was provoked"),
    }[str(word)]


@register.filter
def ground_word(word: str) -> str:
    """Why a contact deserves a look, in the page's language."""
    return {
        "would_block": _("Would be blocked now"),
        "red_words": _("Red-line words"),
        "needed_approval": _("Needed a second person, had none"),
        "suspected_words": _("Words that may cross a line"),
        "approved_after_doubt": _("Released by a second person"),
        "warned": _("The gate warned"),
        "typed_by_member": _("Typed past the gate"),
        "after_provocation": _("After a provocation"),
        "third_person": _("To somebody who owes nothing"),
        "protected": _("Dispute, hardship or complaint open"),
        "recent_finding": _("A finding of late"),
    }.get(str(word), str(word))


CERTIFICATE = {
    "valid": ("ok", "certificate"),
    "expired": ("stop", "certificate-off"),
    "revoked": ("stop", "certificate-off"),
}


@register.filter
def certificate_word(why: str) -> str:
    """Whether somebody's certificate opens the gate, or why not."""
    return {"valid": _("Valid"), "none": _("None yet"), "expired": _("Expired"), "revoked": _("Revoked")}[
        str(why)
    ]


@register.inclusion_tag("parts/pill.html")
def certificate_badge(why: str) -> dict[str, Any]:
    tone, sign = CERTIFICATE.get(str(why), ("warn", "certificate-off"))
    return {"look": states.Look(certificate_word(why), tone, sign)}


@register.filter
def cause_word(cause: str) -> str:
    """Why a course must be taken again."""
    return {
        "violation": _("after a violation"),
        "law": _("the law changed"),
        "trainer": _("asked by a trainer"),
        "coaching": _("coaching"),
    }.get(str(cause), str(cause))


@register.filter
def owner_word(owner: str) -> str:
    """Whose move it is in a friend request."""
    return {
        "supervisor": _("For a supervisor"),
        "collector": _("For the member"),
        "borrower": _("With the borrower"),
        "system": _("Running by itself"),
    }.get(str(owner), str(owner))


@register.filter
def way_word(way: str) -> str:
    """How a friend request came to be known."""
    return {
        "link": _("by an add-me link"),
        "half": _("added, not yet confirmed"),
        "staff_report": _("reported by staff"),
        "unannounced": _("appeared without a request"),
    }.get(str(way), str(way))


@register.filter
def right_word(kind: str) -> str:
    """What somebody asks for by right, in the page's language."""
    return {
        "dispute": _("Dispute of the debt"),
        "hardship": _("Hardship"),
        "plan": _("Instalments proposed"),
        "complaint": _("Complaint"),
        "preference": _("How not to be contacted"),
        "night_contact": _("Agrees to contact at night"),
        "withdrawal": _("Consent taken back"),
        "representative": _("Represented"),
        "access": _("Own data"),
        "correction": _("Correction of data"),
        "deletion": _("Deletion of data"),
    }.get(str(kind), str(kind))


@register.filter
def right_fact(value: object) -> str:
    """A choice that was made with it, in the page's language."""
    words = {
        "ground": _("Ground"), "channel": _("Channel"), "consent": _("Consent"), "complexity": _("Complexity"),
        "*": _("every channel"), "illness": _("illness or accident"), "work": _("loss of work or income"),
        "family": _("care for the family"), "disaster": _("disaster or epidemic"), "other": _("something else"),
        "simple": _("simple"), "complex": _("complex"), "special": _("special"), "recording": _("recording of calls"),
        "archive": _("archiving of chats"), "night_contact": _("contact at night"),
        "third_person": _("contact by another person"), "sensitive_data": _("use of sensitive data"),
        **_channel_words(),
    }  # fmt: skip
    return words.get(str(value), str(value))


@register.filter
def incident_word(kind: str) -> str:
    """What should not have happened, in the page's language."""
    return {
        "unapproved_friend": _("A friend nobody approved"),
        "unknown_link": _("A link we never gave"),
    }.get(str(kind), str(kind))


@register.filter
def incident_advice(kind: str) -> str:
    """What to do about it."""
    return {
        "unapproved_friend": _(
            "Have the member remove the friend by hand in WeCom, and ask how it came about. What was said counts and stays on record."
        ),
        "unknown_link": _(
            "The request stays unanswered in WeCom. Find out who made the link: it was used up, had expired, or was never ours."
        ),
    }.get(str(kind), "")


@register.filter
def match_word(by: str) -> str:
    """By what a request was matched to a case."""
    return {
        "case_token": _("one-time word of the case"),
        "reserved_mobile": _("reserved mobile number"),
        "screenshot_mobile": _("number on the screenshot"),
        "name": _("name alone"),
        "nothing": _("nothing"),
    }.get(str(by), str(by))


@register.filter
def certainty_word(value: str) -> str:
    return {"high": _("high"), "medium": _("medium"), "low": _("low"), "none": _("none")}.get(
        str(value), str(value)
    )


@register.filter
def risk_word(risk: str) -> str:
    """One of the four risks of a friend request."""
    return {
        "privacy": _("Privacy"),
        "evidence": _("Evidence"),
        "process": _("Formal process"),
        "tactics": _("Counter-tactics"),
    }[str(risk)]


@register.filter
def risk_icon(risk: str) -> str:
    return {
        "privacy": "user-shield",
        "evidence": "certificate",
        "process": "clipboard-check",
        "tactics": "chess-knight",
    }[str(risk)]


@register.filter
def because(sheet: Mapping[str, Any]) -> str:
    """Why the sheet recommends what it recommends, in the page's language."""
    return str(sheet["because_zh" if get_language() == "zh-hans" else "because_en"])


@register.filter
def fact_word(name: str) -> str:
    """A fact read from an identity card, in the page's language."""
    return {
        "checksum": _("Check digit right"),
        "name": _("Name as on the loan"),
        "name_matches": _("Name as on the loan"),
        "number_matches": _("Number as on the loan"),
        "confidence": _("Certainty of reading"),
        "expired": _("Card expired"),
        "certainty": _("Certainty of reading"),
    }.get(str(name), str(name).replace("_", " "))


@register.filter
def change_word(kind: str) -> str:
    """A kind of change of a matter, in the page's language."""
    return {
        "opened": _("Case opened"),
        "assigned": _("Assigned"),
        "moved": _("State changed"),
    }.get(str(kind), str(kind).replace("_", " "))


@register.filter
def track_word(track: str) -> str:
    """A road to an enforceable title, in the page's language."""
    return {
        "suit": _("Suit"),
        "realisation": _("Realisation of security"),
        "notarised": _("Notarised deed"),
        "arbitration": _("Arbitration"),
        "mediation": _("Mediation and confirmation"),
    }[str(track)]


@register.filter
def masked_name(party: Any) -> str:
    """Somebody's name as shown in lists."""
    return parties_masked_name(party)


@register.filter
def phase_word(phase: str) -> str:
    """A column of the board of procedures."""
    return {
        "preparing": _("Preparing"),
        "filed": _("Filed"),
        "heard": _("Being heard"),
        "decided": _("Decided"),
        "enforcing": _("Being enforced"),
        "ended": _("Ended"),
    }[str(phase)]


URGENCY = {"passed": ("stop", "alert-octagon"), "urgent": ("stop", "clock-exclamation"), "near": ("warn", "clock"), "calm": ("quiet", "calendar")}  # fmt: skip


@register.filter
def urgency_tone(urgency: str) -> str:
    return URGENCY[str(urgency)][0]


@register.filter
def urgency_icon(urgency: str) -> str:
    return URGENCY[str(urgency)][1]


@register.filter
def days_left(left: int) -> str:
    """How far a last day is: "today", "in 3 days", "4 days past"."""
    if left == 0:
        return _("today is the last day")
    if left < 0:
        return ngettext("%(n)d day past", "%(n)d days past", -left) % {"n": -left}
    return ngettext("%(n)d day left", "%(n)d days left", left) % {"n": left}


@register.filter
def left_to(end: Any, today: Any) -> int:
    """Days from a day to a last day; both are dates."""
    return int((end - today).days)


@register.filter
def chop_word(kind: str) -> str:
    """Which of a company's seals."""
    return {
        "official": _("Official seal"),
        "contract": _("Contract seal"),
        "finance": _("Finance seal"),
        "personal": _("Seal of the legal representative"),
    }.get(str(kind), str(kind))


@register.filter
def point_word(kind: str) -> str:
    """What somebody is reached by."""
    return {
        "mobile": _("Mobile"),
        "landline": _("Telephone"),
        "email": _("E-mail"),
        "address": _("Address"),
    }.get(str(kind), str(kind))


@register.filter
def source_word(source: str) -> str:
    """From where a number or an address is known."""
    return {
        "contract": _("from the contract"),
        "debtor_supplied": _("given by the debtor"),
        "registry": _("from the public register"),
        "valid": _("in use"),
        "invalid": _("not in use"),
        "locked": _("locked: never use again"),
    }.get(str(source), str(source).replace("_", " "))


@register.filter
def fee_word(kind: str) -> str:
    return {
        "acceptance": _("Court fee"),
        "preservation": _("Fee of preservation"),
        "announcement": _("Fee of announcement"),
        "enforcement": _("Fee of enforcement"),
        "notary": _("Notary's fee"),
        "other": _("Other fee"),
    }.get(str(kind), str(kind))


@register.filter
def measure_word(kind: str) -> str:
    return {"funds": _("Funds"), "movables": _("Movables"), "land": _("Land and buildings")}.get(
        str(kind), str(kind)
    )


@register.filter
def event_word(kind: str) -> str:
    """What touches the clocks of a claim."""
    return {
        "demand_arrived": _("A demand arrived"),
        "sms_demand": _("A demand by SMS arrived"),
        "letter_demand": _("A letter of demand arrived"),
        "guarantee_claimed": _("The guarantor was asked to perform"),
        "part_payment": _("Payment"),
        "promise": _("Promise to pay"),
        "plan_signed": _("Plan signed"),
        "ask_time": _("They asked for time"),
        "security_given": _("Security given"),
        "acknowledgement": _("Acknowledgement of the debt"),
        "autodebit_success": _("Successful debit"),
        "suit_filed": _("Suit filed"),
        "arbitration_filed": _("Arbitration filed"),
        "payment_order": _("Payment order applied for"),
        "preservation": _("Preservation before suit"),
        "enforcement": _("Enforcement applied for"),
        "police_report": _("Report to the police"),
        "joined": _("Claimed in another proceeding"),
        "set_off": _("Set-off in a proceeding"),
        "assignment_notice_arrived": _("Notice of assignment arrived"),
        "mediation_request": _("Mediation asked for"),
    }.get(str(kind), str(kind))


@register.filter
def control_word(value: str) -> str:
    """In whose hands the vehicle is."""
    return {
        "borrower": _("the borrower"),
        "third_party": _("a third person"),
        "impounded": _("impounded"),
        "surrendered": _("handed over willingly"),
        "missing": _("missing"),
    }.get(str(value), str(value))


@register.filter
def reach_word(reason: str) -> str:
    """Why a reminder does not go, in the page's language."""
    return {
        "nobody": _("no borrower is known"),
        "stop": _("must not be contacted"),
        "state": _("the case is not for reminders"),
        "withdrew": _("took a consent back"),
        "performing": _("a promise or plan runs"),
        "frozen": _("frozen or paused"),
        "amount": _("the amount is too old"),
        "unreachable": _("no valid number"),
        "unassigned": _("nobody has the case"),
        "other_thread": _("another matter is open there"),
        "calendar": _("the days off are not known yet"),
        "gate": _("the gate does not allow it outright"),
    }.get(str(reason), str(reason))


@register.filter
def record_value(value: Any, name: str) -> str:
    """A fact of a case's record as it is shown; `name` is its name in practice/facts.yaml."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "stops":
        return "、".join(stop_word(one) for one in value) or _("none")
    if name == "plan":
        return states.look("plan", str(value)).word
    words = {"state": matter_word, "vehicle": control_word}
    return str(words[name](value)) if name in words else str(value)


@register.filter
def proof_word(value: str) -> str:
    """How an identity was proved."""
    return {
        "id_card_photo": _("photograph of the identity card"),
        "code_to_reserved_mobile": _("code to the reserved number"),
        "link_to_reserved_mobile_and_id_digits": _(
            "link to the reserved number, name and six digits of the identity number"
        ),
        "video": _("video"),
    }.get(str(value), str(value).replace("_", " "))


@register.filter
def binding_word(value: str) -> str:
    """By what an account was tied to a person."""
    return {
        "friend_request_proof": _("proved in a friend request"),
        "kf_token": _("came by a personal link"),
        "number": _("the reserved number"),
    }.get(str(value), str(value).replace("_", " "))


@register.filter
def medium_word(value: str) -> str:
    """What kind of file came with a message."""
    return {
        "image": _("Picture"),
        "voice": _("Voice message"),
        "video": _("Video"),
        "file": _("File"),
        "emotion": _("Sticker"),
    }.get(str(value), str(value))


@register.filter
def consent_word(value: str) -> str:
    """What somebody agreed to."""
    return {
        "recording": _("Recording"),
        "archive": _("Archiving of the chat"),
        "night_contact": _("Contact at night"),
        "third_person": _("Contact with a third person"),
        "sensitive_data": _("Sensitive data"),
    }.get(str(value), str(value).replace("_", " "))


# ---- values ----


@register.filter
def money(amount: Decimal | str | None, currency: str = "CNY") -> SafeString:
    """An exact amount with its currency sign, grouped, tabular."""
    if amount is None or amount == "":
        return mark_safe('<span class="softer">—</span>')
    return format_html(
        '<span class="money"><span class="cur">{}</span>{}</span>',
        SYMBOL.get(currency, currency),
        f"{Decimal(amount):,.2f}",
    )


@register.filter
def moment(value: datetime | str | None, form: str = "full") -> SafeString:
    """A time of the desk: "2026-11-24 20:18"; `short` leaves out this year's year; `clock` is the hour alone."""
    if not value:
        return mark_safe('<span class="softer">—</span>')
    when = timezone.localtime(datetime.fromisoformat(value) if isinstance(value, str) else value)
    shape = {
        "full": "%Y-%m-%d %H:%M",
        "short": "%m-%d %H:%M",
        "clock": "%H:%M",
        "second": "%Y-%m-%d %H:%M:%S",
        "day": "%Y-%m-%d",
    }[form]
    return format_html(
        '<time datetime="{}">{}</time>', when.isoformat(timespec="seconds"), when.strftime(shape)
    )


@register.filter
def from_now(value: datetime | None, at: datetime) -> str:
    """How long until or since: "in 3 h", "2 d overdue" are built from this by the page; here only the length."""
    if value is None:
        return ""
    return length(abs(value - at))


def length(span: timedelta) -> str:
    """A span in the largest unit that fits, rounded down."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d day", "%(n)d days", minutes // 1440) % {"n": minutes // 1440}


@register.filter
def seconds(value: timedelta | int | None) -> str:
    """A span of time in full seconds, in its two largest units: "1 h 5 min"."""
    if value is None:
        return "—"
    whole = int(value.total_seconds() if isinstance(value, timedelta) else value)
    parts = [
        (whole // 86_400, _("%(n)d d")),
        (whole % 86_400 // 3600, _("%(n)d h")),
        (whole % 3600 // 60, _("%(n)d min")),
        (whole % 60, _("%(n)d s")),
    ]
    first = next((place for place, (n, _word) in enumerate(parts) if n), len(parts) - 1)
    return " ".join(word % {"n": n} for n, word in parts[first : first + 2] if n or len(parts) - 1 == first)


@register.filter
def percent(share: Decimal) -> str:
    """A share in percent, one place."""
    return f"{share * 100:.1f} %"


@register.filter
def per_10_000(share: Decimal) -> str:
    """A share as a number for each ten thousand, one place."""
    return _("%(n)s per 10,000") % {"n": f"{share * 10_000:,.1f}"}


@register.filter
def counted(value: Decimal | int) -> str:
    """A count or a sum: no places where it is whole."""
    exact = Decimal(value)
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"


@register.filter
def day(value: datetime | date | None) -> str:
    """The day of a date or, in the desk's zone, of a moment."""
    if value is None:
        return "—"
    return f"{timezone.localtime(value) if isinstance(value, datetime) else value:%Y-%m-%d}"


@register.filter
def cited(citation: str) -> str:
    """Where a rule stands, in the page's language."""
    return cited_in_english(citation) if get_language() == "en" else citation


@register.filter
def said(text: Any) -> str:
    """A sentence that exists in Chinese and English (a mapping or an object with zh and en), in the page's language."""
    if not text:
        return ""
    tongue = "zh" if get_language() == "zh-hans" else "en"
    if isinstance(text, Mapping):
        return str(text.get(tongue) or text.get("zh") or "")
    return str(getattr(text, tongue, text))


@register.inclusion_tag("parts/masked.html", takes_context=True)
def masked(context: Mapping[str, Any], value: str, party: Any, what: str, word: str = "") -> dict[str, Any]:
    """A masked value with the button that asks why somebody needs it in full."""
    return {
        "value": value,
        "party": party,
        "what": what,
        "word": word,
        "may_unmask": context.get("may_unmask", False),
    }


# ---- the gate's answer ----


@register.filter
def effect_tone(effect: str) -> str:
    return states.EFFECT[str(effect)][0]


@register.filter
def effect_icon(effect: str) -> str:
    return states.EFFECT[str(effect)][1]


@register.filter
def effect_word(effect: str) -> str:
    """What a rule does when it speaks, in the page's language."""
    return {
        "allow": _("Allowed"),
        "warn": _("Allowed with a warning"),
        "approval": _("Needs approval"),
        "block": _("Blocked"),
        "record": _("To be recorded"),
    }[str(effect)]


@register.filter
def confidence(value: str) -> str:
    """How sure the law itself is."""
    return {
        "high": _("settled law"),
        "medium": _("usual reading"),
        "low": _("open question"),
        "unconfirmed": _("not confirmed"),
        "design": _("our own safeguard"),
    }.get(str(value), str(value))


@register.inclusion_tag("parts/decision.html", takes_context=True)
def decision(context: Mapping[str, Any], answer: Any, collapsed: bool = False) -> dict[str, Any]:
    """The gate's answer: verdict, next lawful moment, every rule that spoke with citation and confidence."""
    data = answer if isinstance(answer, Mapping) else answer.to_data()
    spoken = [one for one in data["spoken"] if one["effect"] != "record"]
    return {
        "data": data,
        "spoken": spoken,
        "records": [one for one in data["spoken"] if one["effect"] == "record"],
        "waits": data["next_lawful"] and data["next_lawful"] != data["at"],
        "collapsed": collapsed,
    }


# ---- evidence ----

SEAL = {  # tone and icon of each step
    "sealed": ("quiet", "rubber-stamp"),
    "integrated": ("info", "binary-tree"),
    "published": ("ok", "world-check"),
    "witnessed": ("ok", "users-group"),
    "stamped": ("ok", "clock-check"),
    "anchored": ("ok", "anchor"),
}


@register.filter
def seal_word(state: str) -> str:
    """How far an entry of the log has come."""
    return {
        "sealed": _("Sealed"),
        "integrated": _("Integrated"),
        "published": _("Published"),
        "witnessed": _("Witnessed"),
        "stamped": _("Time-stamped"),
        "anchored": _("Anchored"),
    }[str(state)]


@register.filter
def seal_means(state: str) -> str:
    """What that step adds, in a few words."""
    return {
        "sealed": _("committed with the change it proves"),
        "integrated": _("has its place under a signed head"),
        "published": _("anybody can fetch head and tiles"),
        "witnessed": _("another party saw that the log only grew"),
        "stamped": _("a time authority fixed the latest moment"),
        "anchored": _("the head stands in somebody else's ledger"),
    }[str(state)]


@register.filter
def seal_icon(state: str) -> str:
    return SEAL[str(state)][1]


@register.filter
def leaf_word(kind: str) -> str:
    """What an entry of the log is about, from its kind."""
    about = str(kind).partition("/")[0]
    return {
        "msg.in": _("Message received"),
        "msg.out": _("Message of ours"),
        "recall": _("Taken back or changed"),
        "call": _("Call"),
        "visit": _("Visit"),
        "request": _("Request of the person"),
        "approval": _("Approval"),
        "decision": _("Decision"),
        "document": _("Document"),
        "consent": _("Consent"),
        "identity": _("Proof of identity"),
        "party": _("Person or company"),
        "account": _("Account of a person"),
        "loan": _("Loan"),
        "matter": _("Matter"),
        "thread": _("Thread"),
        "promise": _("Promise"),
        "plan": _("Instalment plan"),
        "right": _("Right exercised"),
        "complaint": _("Complaint"),
        "suit": _("Legal procedure"),
        "hold": _("Stop or hold"),
        "incident": _("Incident"),
        "conduct": _("Conduct"),
        "review": _("Review"),
        "training": _("Training"),
        "staff": _("Staff"),
        "agency": _("Agency"),
        "warning": _("Warning"),
        "rule": _("Rules"),
        "import": _("Placement"),
        "export": _("Handed out"),
        "access": _("Looked at or handed out"),
        "erase": _("Erasure"),
        "heartbeat": _("Sign of life"),
        "index": _("Index of threads"),
        "anchor": _("Anchor"),
        "stamp": _("Time stamp"),
        "key": _("Key of the log"),
        "audit": _("Act of staff"),
        "system": _("State of the system"),
    }[about]


@register.inclusion_tag("parts/seal.html")
def seal_badge(reached: str, index: int | None = None) -> dict[str, Any]:
    """How far an entry has come: sealed → integrated → published → witnessed → stamped → anchored."""
    tone, sign = SEAL[str(reached)]
    return {
        "word": seal_word(reached),
        "means": seal_means(reached),
        "index": index,
        "tone": tone,
        "icon": sign,
    }


@register.inclusion_tag("parts/empty.html")
def empty(sign: str, title: str, text: str = "") -> dict[str, Any]:
    return {"icon": sign, "title": title, "text": text}


@register.inclusion_tag("parts/note.html")
def note(tone: str, title: str, text: str = "") -> dict[str, Any]:
    """A message in a box. `tone` is ok, warn, stop or info."""
    sign = {"ok": "circle-check", "warn": "alert-triangle", "stop": "ban", "info": "info-circle"}.get(
        tone, "info-circle"
    )
    return {"tone": tone, "icon": sign, "title": title, "text": text}


@register.inclusion_tag("parts/field.html")
def field(bound: Any) -> dict[str, Any]:
    """A form's field with label, help and what is wrong with it, tied together for screen readers."""
    said = [f"{bound.auto_id}-help"] if bound.help_text else []
    if bound.errors:
        said.append(f"{bound.auto_id}-errors")
    attrs = {"aria-describedby": " ".join(said)} if said else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "widget": bound.as_widget(attrs=attrs),
        "boxes": isinstance(bound.field.widget, CheckboxSelectMultiple),
        "check": getattr(bound.field.widget, "input_type", "") == "checkbox",
    }
