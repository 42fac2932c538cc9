"""What a record may say, word by word (`packs/us/record.yaml`).

A field or a word nobody knows, a yes that is not `true`, a date that is none are refused: any of them might be somebody's
wish, written otherwise. What the record names and does not have (a person, a debt, a point) makes the act wait for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from shouyue.policy.reading import read
from shouyue.policy.standing.ledger import EVENTS, STATEMENTS, UnreadableRecord

Parts = Mapping[str, Mapping[str, Any]]

SPEAKERS = {"says": "by", "notice_received": "by", "call_placed": "to", "call_received": "from",
            "message_sent": "to", "message_received": "from", "ringless_voicemail_delivered": "to"}  # fmt: skip
STATED = ("says", "notice_received", "consumer_posted_letter", "placement_file_note")
LISTENERS = ("collector", "creditor", "prior_collector")
DISCLOSURES = ("collecting_debt_and_information_will_be_used", "from_debt_collector")
CONTACTS = ("contact", "continue_contact", "send_notice")
KEPT = {"party": "parties", "debt": "debts", "point": "points"}  # where the record keeps what is named


@lru_cache(maxsize=1)
def parts() -> Parts:
    """Each part of a record with its fields, and what they may hold."""
    found: Parts = read(Path(str(files("shouyue.packs"))) / "us/record.yaml", "us/record.yaml")
    return found


def read_over(record: Mapping[str, Any], act: Mapping[str, Any]) -> None:
    """Refuse what cannot be read, with its place, what was found, and what is expected."""
    for part, entry, place in _entries(record, act):
        for name, value in entry.items():
            if name not in parts()[part]:
                _one_of(name, parts()[part], place, "field")
            elif value is not None:
                _holds(parts()[part][name], value, place, name)
    for number, event in enumerate(record.get("timeline") or (), start=1):
        place = f"event {number}"
        _one_of(event.get("event"), EVENTS, place, "event")
        if event["event"] in STATED and "kind" in event:
            _one_of(event["kind"], STATEMENTS, f"{place} ({event['event']})", "kind")
        if event["event"] == "says" and event.get("to") is not None:
            _one_of(event["to"], LISTENERS, f"{place} (says)", "to")
    for said in (act.get("message") or {}).get("disclosures") or ():
        _one_of(said if isinstance(said, str) else said.get("text"), DISCLOSURES, "message", "disclosure")


def _entries(
    record: Mapping[str, Any], act: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Every part there is, with what it is and where."""
    yield "record", record, "record"
    for part in ("collector", "location_information"):
        yield part, record.get(part) or {}, part
    for part, place in KEPT.items():
        for id, entry in (record.get(place) or {}).items():
            yield part, entry, f"{part} {id}"
    for rule in record.get("state_rules") or ():
        yield "state_rule", rule, "state_rules"
    for number, event in enumerate(record.get("timeline") or (), start=1):
        yield "event", event, f"event {number} ({event.get('event')})"
    yield "act", act, "act"
    message = act.get("message") or {}
    notice = message.get("notice") or {}
    yield "message", message, "message"
    for part in ("opt_out", "speaker_name"):
        yield part, message.get(part) or {}, f"message.{part}"
    yield "notice", notice, "message.notice"
    for part in ("itemization_date", "itemization", "dispute_mail_address"):
        yield part, notice.get(part) or {}, f"message.notice.{part}"


def _holds(what: Any, value: Any, place: str, name: str) -> None:
    if what == "flag" and not isinstance(value, bool):
        raise UnreadableRecord(f"{place}: {name} is {value!r}; expected true or false")
    if what == "date" and not _is_date(value):
        raise UnreadableRecord(f"{place}: {name} is {value!r}; expected a date such as 2026-03-10")
    if what == "debt" and name.endswith("s") and isinstance(value, str):
        raise UnreadableRecord(f"{place}: {name} is {value!r}; expected a list such as [{value}]")
    if isinstance(what, list):
        for word in value if isinstance(value, list | tuple) else (value,):
            _one_of(word, what, place, name)


def _is_date(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(str(value)[:10]))
    except ValueError:
        return False


def _one_of(word: Any, words: Iterable[Any], place: str, name: str) -> None:
    known = sorted(map(str, words))
    if str(word) in known:
        return
    near = get_close_matches(str(word).lower(), known, n=1)
    few = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    raise UnreadableRecord(
        f"{place}: {word!r} is no {name}; {f'did you mean {near[0]}?' if near else f'known are {few}'}"
        " (docs/reference/us-record.md)"
    )


def missing(record: Mapping[str, Any], act: Mapping[str, Any]) -> tuple[str, ...]:
    """What the record or the act names and the record does not have: of nobody knows whom, nothing may be concluded."""
    named = [*_named("act", act), *(("party", n) for n in _parties(act))]
    for event in record.get("timeline") or ():
        named += _named("event", event)
        speaker = event.get(SPEAKERS.get(event["event"], ""))
        named += [("party", speaker)] if speaker else []
    return tuple(
        dict.fromkeys(f"{kind} {name}" for kind, name in named if name not in (record.get(KEPT[kind]) or ()))
    )


def _named(part: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, what in parts()[part].items():
        value = entry.get(name)
        if isinstance(what, str) and what in KEPT and value is not None:
            yield from ((what, one) for one in (value if isinstance(value, list | tuple) else (value,)))


def _parties(act: Mapping[str, Any]) -> Iterator[Any]:
    if act.get("action") in CONTACTS and act.get("to"):
        yield act["to"]
