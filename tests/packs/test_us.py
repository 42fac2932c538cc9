"""The `us` pack: its own cases, the file of cases beside the repository, and laws that hold whatever the record says."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.policy.cases import judge, own_cases, read_cases
from shouyue.policy.cases.us import computed, facts_for_each, ledgers
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.gate import decide
from shouyue.policy.pack import load_pack
from shouyue.policy.standing.calls import in_window, talk_bars
from shouyue.policy.standing.ledger import EVENTS, STATEMENTS, UnreadableRecord
from shouyue.policy.standing.words import parts
from tests.shared import shared

PACK = load_pack("us")
OWN = own_cases(PACK)


@pytest.mark.parametrize("case", OWN, ids=lambda c: f"{c.rule}: {c.why}")
def test_each_rule_does_what_its_cases_say(case: Any) -> None:
    assert judge(PACK, case).wrong is None


def test_every_rule_has_three_cases() -> None:
    told = Counter(c.rule for c in OWN)
    assert [r.id for r in PACK.rules if told[r.id] < 3] == []


def test_every_rule_of_the_reference_is_there() -> None:
    text = shared("reference/rules-regf.md").read_text("utf-8")
    named = {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| REGF.")}
    assert named == {r.id for r in PACK.rules if not r.id.startswith("DESK.")}  # ours, and called so


def test_the_file_of_cases_passes_each_for_the_right_rule() -> None:
    results = [judge(PACK, case) for case in read_cases(shared("cases/regf.jsonl"))]
    assert len(results) >= 400
    assert [f"{r.case.id} {r.case.rule}: {r.wrong}" for r in results if r.wrong] == []


# ── laws ──

hours = st.integers(0, 14 * 24)
START = datetime.fromisoformat("2026-03-01T09:00:00-05:00")
call = st.builds(
    lambda h, outcome, debt: {
        "at": (START + timedelta(hours=h)).isoformat(),
        "event": "call_placed",
        "to": "C",
        "point": "mobile",
        "outcome": outcome,
        **(
            {"collector_raised": [debt], "discussed": [debt]}
            if outcome == "conversation"
            else {"counted_to": [debt]}
        ),
    },
    hours,
    st.sampled_from(["no_answer", "conversation", "busy", "voicemail_no_ring"]),
    st.sampled_from(["D1", "D2"]),
)
consent = st.builds(
    lambda h: {
        "at": (START + timedelta(hours=h)).isoformat(),
        "event": "says",
        "by": "C",
        "to": "collector",
        "via": "email",
        "kind": "consents_to_calls",
        "debts": ["D1"],
    },
    hours,
)
timelines = st.lists(call | consent, max_size=14).map(lambda t: sorted(t, key=lambda e: e["at"]))
DEBTS = {"D2": {"type": "auto", "status": "open"}}


def ask(timeline: list[dict[str, Any]], at: datetime, **act: Any) -> Decision:
    given = {"timeline": timeline, "debts": DEBTS, "act": act}
    decisions = [decide(PACK, facts, when) for facts, when in facts_for_each(PACK, given, at.isoformat())]
    return max(decisions, key=lambda d: d.effect.weight)


@settings(max_examples=120, deadline=None)
@given(timelines, hours)
def test_the_gates_table_and_a_plain_count_agree(timeline: list[dict[str, Any]], h: int) -> None:
    at = START + timedelta(hours=h)
    given = {"timeline": timeline, "debts": DEBTS}
    ledger = ledgers(PACK, given, at.isoformat())[0]
    spoke = {s.rule for s in ask(timeline, at).spoken if s.effect is not Effect.RECORD}
    assert ("REGF.1006.14.b.attempts" in spoke) == (in_window(ledger) > 7)
    assert ("REGF.1006.14.b.after_conversation" in spoke) == talk_bars(ledger)


@settings(max_examples=60, deadline=None)
@given(timelines, hours, st.sampled_from(["call", "sms", "email"]))
def test_the_next_lawful_moment_is_lawful_and_an_hour_earlier_is_not(
    timeline: list[dict[str, Any]], h: int, channel: str
) -> None:
    at = START + timedelta(hours=h)
    found = ask(timeline, at, channel=channel)
    if found.next_lawful is None:
        return
    at_that = {"timeline": timeline, "debts": DEBTS, "act": {"channel": channel}}
    facts, _ = facts_for_each(PACK, at_that, at.isoformat())[0]
    assert decide(PACK, facts, found.next_lawful).effect is not Effect.BLOCK
    earlier = found.next_lawful - timedelta(seconds=1)
    if earlier > at:
        assert decide(PACK, facts, earlier).effect is Effect.BLOCK


@settings(max_examples=60, deadline=None)
@given(timelines, call, hours)
def test_one_more_call_never_makes_a_call_lawful(
    timeline: list[dict[str, Any]], more: dict[str, Any], h: int
) -> None:
    """A talk uses up a consent and a call adds to the count: neither helps."""
    at = START + timedelta(hours=h)
    longer = sorted([*timeline, more], key=lambda e: e["at"])
    before, after = ask(timeline, at), ask(longer, at)
    limits = ("REGF.1006.14.b.attempts", "REGF.1006.14.b.after_conversation")
    blocked = {s.rule for s in before.spoken if s.rule in limits and s.effect is Effect.BLOCK}
    if more["outcome"] != "conversation" and not any(e["event"] == "says" for e in timeline):
        assert blocked <= {s.rule for s in after.spoken if s.effect is Effect.BLOCK}


@settings(max_examples=40, deadline=None)
@given(timelines, hours)
def test_the_same_facts_give_the_same_bytes(timeline: list[dict[str, Any]], h: int) -> None:
    at = START + timedelta(hours=h)
    assert ask(timeline, at).to_json() == ask(json.loads(json.dumps(timeline)), at).to_json()


def test_both_debts_of_one_call_are_asked_about_and_the_stricter_counts() -> None:
    calls = [
        {"at": f"2026-03-{d:02d}T10:00:00-04:00", "event": "call_placed", "to": "C", "point": "mobile",
         "outcome": "no_answer", "counted_to": ["D2"]}
        for d in (8, 9, 10, 11, 12, 13, 14)
    ]  # fmt: skip
    at = "2026-03-14T15:00:00-04:00"
    for meant, effect in ((["D1"], Effect.ALLOW), (["D2"], Effect.BLOCK), (["D1", "D2"], Effect.BLOCK)):
        given = {"timeline": calls, "debts": DEBTS, "act": {"debts": meant}}
        decisions = [decide(PACK, facts, when) for facts, when in facts_for_each(PACK, given, at)]
        assert max(decisions, key=lambda d: d.effect.weight).effect is effect
        assert computed(PACK, given, at, decisions)["presumption"] == (
            "violation" if effect is Effect.BLOCK else "compliance"
        )


def test_a_word_the_record_may_not_hold_is_refused_with_the_nearest() -> None:
    for event, hint in (
        ({"event": "call_place"}, "did you mean call_placed"),
        ({"event": "says", "kind": "stop_medum"}, "stop_medium"),
    ):
        with pytest.raises(UnreadableRecord, match=hint):
            facts_for_each(PACK, {"timeline": [{"at": "2026-03-01", **event}]})


def test_the_reference_lists_every_word_of_a_record() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/us-record.md").read_text("utf-8")
    assert [w for w in EVENTS | STATEMENTS if f"`{w}`" not in page] == []


def test_the_reference_lists_every_field_and_word_with_a_meaning() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/us-record.md").read_text("utf-8")
    fields = [f for part in parts().values() for f in part.items()]
    words = {w for _, what in fields if isinstance(what, list) for w in what if isinstance(w, str)}
    assert [w for w in words | {name for name, _ in fields} if f"`{w}`" not in page] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"act": {"channel": "fax"}}, "act: 'fax' is no channel; known are"),
        ({"act": {"action": "Contact"}}, "did you mean contact"),
        ({"act": {"debts": "D1"}}, "expected a list such as [D1]"),
        ({"act": {"message": {"elements": ["threat"]}}}, "'threat' is no elements; did you mean"),
        ({"act": {"message": {"lawful": "yes"}}}, "message: lawful is 'yes'; expected true or false"),
        ({"act": {"purpos": "collect"}}, "act: 'purpos' is no field; did you mean purpose"),
        ({"debts": {"D1": {"status": "PAID"}}}, "debt D1: 'PAID' is no status; did you mean paid"),
        ({"parties": {"C": {"role": "consumer", "alive": 0}}}, "party C: alive is 0; expected true or false"),
        (
            {"timeline": [{"at": "2026-03-01", "event": "call_placed", "to": "C", "outcome": "answered"}]},
            "event 1 (call_placed): 'answered' is no outcome",
        ),
        (
            {"timeline": [{"at": "2026-03-01", "event": "says", "by": "C", "kind": "inconvenient_time", "untill": "x"}]},
            "'untill' is no field; did you mean until",
        ),
        (
            {"timeline": [{"at": "2026-03-01", "event": "says", "by": "C", "kind": "inconvenient_time", "until": "June"}]},
            "until is 'June'; expected a date such as",
        ),
    ],
)  # fmt: skip
def test_what_a_record_says_otherwise_is_refused_with_its_place(
    change: dict[str, Any], expected: str
) -> None:
    with pytest.raises(UnreadableRecord, match=re.escape(expected)):
        facts_for_each(PACK, change)


def test_the_example_in_the_reference_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).resolve().parents[2] / "docs/reference/us-record.md"
    example = page.read_text("utf-8").split("```python\n")[1].split("```")[0]
    exec(compile(example, str(page), "exec"), {})
    assert capsys.readouterr().out == "block 2026-03-11 08:00:00.000001-05:00\n"


def test_every_script_stands_under_rules_that_exist() -> None:
    ids = {r.id for r in PACK.rules}
    assert [(s, r) for s, written in PACK.scripts.items() for r in written["under"] if r not in ids] == []


def test_where_the_zone_is_unclear_the_calendar_that_blocks_counts() -> None:
    """A talk on the evening of 10 March in Honolulu is one of 11 March in New York: day seven is a day later there."""
    signals = [
        {"source": "mobile_area_code", "zone": "America/New_York"},
        {"source": "home_address", "zone": "Pacific/Honolulu"},
    ]
    talk = {
        "at": "2026-03-10T19:00:00-10:00",
        "event": "call_received",
        "from": "C",
        "outcome": "conversation",
        "discussed": ["D1"],
    }
    for zone, at, effect in (
        ("Pacific/Honolulu", "2026-03-17T12:00:00-10:00", Effect.ALLOW),
        ("America/New_York", "2026-03-17T18:00:00-04:00", Effect.BLOCK),
        (None, "2026-03-17T18:00:00-04:00", Effect.BLOCK),
        (None, "2026-03-18T18:00:00-04:00", Effect.ALLOW),
    ):
        where = {"known_zone": zone, "signals": signals}
        given = {"parties": {"C": {"role": "consumer", "location": where}}, "timeline": [talk]}
        decisions = [decide(PACK, facts, when) for facts, when in facts_for_each(PACK, given, at)]
        assert max(decisions, key=lambda d: d.effect.weight).effect is effect


def test_a_zone_that_is_none_makes_the_contact_wait_for_a_person() -> None:
    for where in (
        {"known_zone": "Beijing"},
        {"known_zone": None, "signals": [{"source": "home_address", "zone": "Nowhere"}]},
    ):
        given = {"parties": {"C": {"role": "consumer", "location": where}}}
        (facts, at), *_ = facts_for_each(PACK, given)
        found = decide(PACK, facts, at)
        assert found.effect is Effect.APPROVAL and found.spoken[0].rule == "REGF.1006.6.b1.location"


def _parts(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, part in inner for p in ((*at, key), *_parts(part, (*at, key)))]


KEPT = ("event", "kind", "at", "action", "zone", "facts", "query")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_record_that_lacks_something_still_gets_an_answer(data: st.DataObject) -> None:
    """Whatever is missing from a record, the gate answers."""
    case = data.draw(st.sampled_from(OWN))
    given = json.loads(json.dumps(case.given, default=str))
    paths = [p for p in _parts(given) if p[-1] not in KEPT]
    if paths:
        *way, last = data.draw(st.sampled_from(paths))
        place = given
        for key in way:
            place = place[key]
        place.pop(last)
    for facts, at in facts_for_each(PACK, given, case.at):
        assert decide(PACK, facts, at).effect in Effect
