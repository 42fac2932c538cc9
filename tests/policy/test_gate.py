"""The gate's laws: same bytes, not knowing is not permission, the next lawful moment, order does not matter."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.policy.cases import facts_of as facts_of_case
from shouyue.policy.cases import own_cases
from shouyue.policy.cases.cn import facts_of
from shouyue.policy.contacts import Contacts
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.facts import Facts
from shouyue.policy.gate import Settled, _hear, decide, table_of
from shouyue.policy.pack import load_pack
from shouyue.policy.survey import survey, table_of_history

PACK = load_pack("cn")
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 3, 10, tzinfo=SHANGHAI)
MISS = {
    "debtor": 1,
    "person": "debtor",
    "number": "main",
    "role": "debtor",
    "direction": "outbound",
    "result": "fail",
}
CHANNELS = ("phone", "ai_call", "sms", "wecom", "letter", "visit")


def moments(days: int = 3) -> st.SearchStrategy[datetime]:
    return st.integers(0, days * 86400 - 1).map(lambda s: DAY + timedelta(seconds=s))


@st.composite
def contacts(draw: st.DrawFn, role: str = "debtor") -> list[dict[str, Any]]:
    rows = draw(
        st.lists(
            st.tuples(
                moments(),
                st.sampled_from(CHANNELS),
                st.sampled_from(["fail", "reach"]),
                st.sampled_from(["main", "B"]),
            ),
            max_size=14,
        )
    )
    return [
        {"debtor": 1, "person": "debtor", "number": n, "role": role, "at": at, "channel": c, "direction": "outbound",
         "result": r, "contact": i + 1}
        for i, (at, c, r, n) in enumerate(rows)
    ]  # fmt: skip


def asked(known: dict[str, Any], earlier: list[dict[str, Any]]) -> Facts:
    """Facts in which everything else is in order."""
    facts, _ = facts_of(PACK, known)
    return Facts(
        {**facts.known, "recipient.person": "debtor", "recipient.number": "main"}, Contacts.of(earlier)
    )


consents = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 23), st.integers(1, 6)).map(
        lambda w: {
            "subject": "debtor",
            "channels": ["wecom", "phone"],
            "window": f"{w[0]:02}:30-{(w[0] + w[1]) % 24:02}:30",
            "revoked_at": None,
        }
    ),
)


@settings(max_examples=60, deadline=None)
@given(contacts(), moments(), st.sampled_from(CHANNELS), consents)
def test_the_next_lawful_moment_is_lawful_and_none_earlier_is(
    earlier: list[dict[str, Any]], at: datetime, channel: str, consent: dict[str, Any] | None
) -> None:
    facts = asked({"channel": channel, "night_consent": consent}, [r for r in earlier if r["at"] <= at])
    decision = decide(PACK, facts, at)
    if decision.next_lawful is None:
        assert decision.why_never is not None
        return
    assert decision.next_lawful >= at
    assert decide(PACK, facts, decision.next_lawful).effect is not Effect.BLOCK
    wait = decision.next_lawful - at
    if wait:
        before = [decision.next_lawful - timedelta(microseconds=1)]
        before += [at + wait * part / 7 for part in range(7)]
        assert all(decide(PACK, facts, moment).effect is Effect.BLOCK for moment in before)


@settings(max_examples=60, deadline=None)
@given(contacts(), moments(), st.sampled_from(CHANNELS), st.sampled_from(CHANNELS), moments())
def test_an_older_contact_never_makes_a_block_of_a_counting_rule_go_away(
    earlier: list[dict[str, Any]], at: datetime, channel: str, another: str, when: datetime
) -> None:
    fewer = [r for r in earlier if r["at"] < at]
    one = {
        "debtor": 1,
        "person": "debtor",
        "number": "main",
        "role": "debtor",
        "direction": "outbound",
        "result": "fail",
        "contact": 99,
    }
    more = [*fewer, {**one, "channel": another, "at": min(when, at)}]
    blocked = {
        s.rule
        for s in decide(PACK, asked({"channel": channel}, fewer), at).spoken
        if s.effect is Effect.BLOCK
    }
    still = {
        s.rule for s in decide(PACK, asked({"channel": channel}, more), at).spoken if s.effect is Effect.BLOCK
    }
    assert blocked <= still


def test_missed_calls_are_the_named_exception_they_open_the_way_to_a_named_contact() -> None:
    known = {"recipient": {"role": "reserved_contact"}, "channel": "phone"}
    at = DAY + timedelta(days=1, hours=10)
    miss = [
        {"debtor": 1, "person": "debtor", "number": "own", "role": "debtor", "channel": "phone", "direction": "outbound",
         "result": "fail", "at": DAY + timedelta(hours=9, minutes=m)}
        for m in (0, 20, 40)
    ]  # fmt: skip
    without = decide(PACK, Facts(facts_of(PACK, known)[0].known, Contacts.of(miss[:2])), at)
    assert "CBA-2026.third.trigger" in without.rules
    assert (
        "CBA-2026.third.trigger"
        not in decide(PACK, Facts(facts_of(PACK, known)[0].known, Contacts.of(miss)), at).rules
    )


@settings(max_examples=40, deadline=None)
@given(contacts(), st.randoms(use_true_random=False))
def test_one_row_and_the_whole_table_agree(earlier: list[dict[str, Any]], dice: Any) -> None:
    """Every row of a history is judged alike by the gate (with the rows before it) and by the survey."""
    history = Contacts.of(earlier)
    columns = {
        name: _column(value)
        for name, value in asked({}, []).known.items()
        if name
        not in (
            "channel",
            "direction",
            "recipient.role",
            "sender.type",
            "recipient.person",
            "recipient.number",
            "action",
        )
    }
    whole: dict[int, set[tuple[str, str]]] = {i: set() for i in range(len(history))}
    for heard in survey(PACK, table_of_history(PACK, history, columns)):
        for row in heard.rows.tolist():
            whole[row].add((heard.rule.id, str(heard.effect)))
    ordered = sorted(earlier, key=lambda r: (r["at"], r["contact"]))
    for i, row in enumerate(ordered):
        facts = asked({"channel": row["channel"], "sender": {"type": "lender"}}, ordered[:i])
        known = {**facts.known, "recipient.number": row["number"], "sender.type": None}
        said = decide(PACK, Facts({**known, "sender.type": "lender"}, facts.earlier), row["at"])
        loud = {s.rule for s in said.spoken if s.effect in (Effect.BLOCK, Effect.WARN)}
        assert loud == {rule for rule, effect in whole[i] if effect in ("block", "warn")}


def _column(value: Any) -> Any:
    from shouyue.policy.table import Column

    return Column((value,))


@settings(max_examples=40, deadline=None)
@given(contacts(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(earlier: list[dict[str, Any]], dice: Any) -> None:
    at = DAY + timedelta(days=3, hours=10)
    shuffled = list(earlier)
    dice.shuffle(shuffled)
    assert decide(PACK, asked({}, earlier), at).to_json() == decide(PACK, asked({}, shuffled), at).to_json()


@settings(max_examples=30, deadline=None)
@given(contacts(), moments(), consents)
def test_sealed_facts_decide_to_the_same_bytes(
    earlier: list[dict[str, Any]], at: datetime, consent: dict[str, Any] | None
) -> None:
    facts = asked({"channel": "wecom", "night_consent": consent}, earlier)
    sealed = facts.to_json()
    first = decide(PACK, facts, at).to_json()
    assert decide(PACK, Facts.from_json(sealed), at).to_json() == first
    assert Decision.from_json(first).to_json() == first
    assert json.loads(first)["fingerprint"] == PACK.fingerprint


def test_facts_that_nobody_told_wait_for_a_person() -> None:
    decision = decide(
        PACK, Facts.of({"channel": "phone", "direction": "outbound"}), DAY + timedelta(hours=10)
    )
    assert decision.effect is Effect.APPROVAL
    assert "recipient.said_stop" in {name for s in decision.spoken for name in s.unknown}


def test_a_fact_of_no_vocabulary_is_refused_with_the_nearest_name() -> None:
    try:
        decide(PACK, Facts.of({"recipient.rolle": "debtor"}), DAY)
    except ValueError as error:
        assert "recipient.role" in str(error)
    else:
        raise AssertionError("an unknown fact went through")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recipient.said_stop", "yes"),
        ("recipient.said_stop", 1),
        ("recipient.said_stop", "是"),
        ("settled_at", "2026/01/15"),
        ("settled_at", "soon"),
        ("night_consent.revoked_at", "2026-04-03T20:10:00"),  # no zone
        ("messages_last_2h", "many"),
        ("labels", "threat"),
        ("night_consent", "they agreed"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused_in_words(name: str, value: Any) -> None:
    facts, at = facts_of(PACK, {"channel": "sms", "local_time": DAY.replace(hour=10).isoformat()})
    told = Facts({**facts.known, name: value}, facts.earlier)
    with pytest.raises(ValueError, match=f"^{name} is .* expected"):
        decide(PACK, told, at)


@pytest.mark.parametrize("value", ["yes", 1, "是"])
def test_yes_and_no_inside_an_entry_are_said_plainly_or_a_person_looks(value: Any) -> None:
    """What an entry holds has no type of its own: a rule that asks it yes or no is then not sure."""
    given = {
        "channel": "internal",
        "action": "export_evidence",
        "items": [{"type": "mediation_transcript", "med_room": value, "both_agree": False}],
    }
    facts, at = facts_of(PACK, given)
    assert decide(PACK, facts, at).effect is Effect.APPROVAL


def test_an_act_that_no_rule_knows_waits_for_a_person() -> None:
    for act in ("query_vehicle_gps", "validate_claim"):
        assert PACK.may_hold("action", act)
    for act in ("QUERY_VEHICLE_GPS", "query-vehicle-gps", "qvg", ""):
        assert not PACK.may_hold("action", act)
        facts, at = facts_of(PACK, {"channel": "internal", "action": act})
        assert decide(PACK, facts, at).effect is Effect.APPROVAL


def test_every_rule_that_speaks_is_in_the_decision_not_only_the_first() -> None:
    facts, _ = facts_of(PACK, {"channel": "wecom", "text": "老赖,转我微信,不然去你单位闹"})
    decision = decide(PACK, facts, DAY + timedelta(hours=23))
    assert {"CBA-2026.hours", "GBT-45251.hours", "CBA-2026.red.threat", "NIFA-2018.art19"} <= set(
        decision.rules
    )
    assert decision.next_lawful is None and decision.why_never is not None
    weights = [s.effect.weight for s in decision.spoken]
    assert weights == sorted(weights, reverse=True)


def test_a_history_may_hold_many_debtors() -> None:
    rows = [
        {"debtor": d, "person": d, "number": d, "role": "debtor", "at": DAY + timedelta(hours=10, minutes=m), "channel": "phone",
         "direction": "outbound", "result": "fail"}
        for d in (1, 2) for m in range(7)
    ]  # fmt: skip
    blocked = [
        h for h in survey(PACK, table_of_history(PACK, Contacts.of(rows))) if h.rule.id == "CBA-2026.attempts"
    ]
    assert np.array_equal(blocked[0].rows, [6, 13])


def test_how_to_fill_the_facts_names_only_facts_there_are() -> None:
    import re

    from shouyue.policy import facts as page

    table = [line for line in (page.__doc__ or "").splitlines() if line.startswith("| ")]
    named = {n for line in table for n in re.findall(r"`([a-z_.]+)`", line.split("|")[2])}
    assert len(named) > 30
    assert not {n for n in named if n != "terms" and n.rstrip(".*") not in PACK.names}


WRITTEN = [(name, load_pack(name)) for name in ("cn", "us")]


@pytest.mark.parametrize(("name", "pack"), WRITTEN, ids=[name for name, _ in WRITTEN])
def test_what_is_settled_at_one_moment_is_answered_alike_at_every_later_one(name: str, pack: Any) -> None:
    """The gate waits by asking again only what time can change. Over every case of the packs: what it kept, asked anew on
    later days, is the same; so a kind that wrongly calls itself timeless is found out."""
    said = 0
    for case in own_cases(pack):
        facts, at = facts_of_case(pack, case)
        settled = Settled()
        _hear(pack, table_of(pack, facts, at), settled)
        for later in (timedelta(hours=9), timedelta(days=31), timedelta(days=800)):
            again = Settled()
            _hear(pack, table_of(pack, facts, at + later), again)
            for place, answer in settled.answers.items():
                assert again.answers.get(place, answer) == answer, case
                said += place in again.answers
    assert said > 10_000


@given(contacts(), moments(), st.sampled_from(CHANNELS), consents)
def test_waiting_with_what_is_settled_finds_what_asking_everything_anew_finds(
    earlier: list[dict[str, Any]], at: datetime, channel: str, consent: Any
) -> None:
    facts = asked({"channel": channel, "night_consent": consent}, earlier)
    found = decide(PACK, facts, at)
    moment = at
    for _ in range(200):  # the slow road: decide anew at each moment at which something ends
        anew = decide(PACK, facts, moment)
        if anew.effect is not Effect.BLOCK:
            assert found.next_lawful == moment
            return
        ends = [s.until for s in anew.spoken if s.effect is Effect.BLOCK]
        if None in ends:
            assert found.next_lawful is None
            return
        moment = max(max(e for e in ends if e), moment + timedelta(microseconds=1))
    raise AssertionError("no end of waiting")


def test_a_reason_names_what_was_found_in_the_words_of_its_language() -> None:
    known = {
        "channel": "sms",
        "direction": "outbound",
        "first_contact": True,
        "sender.name": "示例汽车金融有限公司",
    }
    decision = decide(
        PACK,
        asked(known | {"text": "再不还钱我们就去你单位"}, []),
        datetime(2026, 3, 10, 10, tzinfo=PACK.zone),
    )
    said = {spoken.rule: spoken.reason for spoken in decision.spoken}
    assert said["CBA-2026.red.threat"].zh.endswith("：威胁恐吓。")
    assert said["CBA-2026.red.threat"].en.endswith("threatens body, family, work or name.")
    assert said["CBA-2026.identity"].zh == "首次联系未写明：机构名称、工号。"
    assert said["CBA-2026.identity"].en == "The first contact lacks: the institution's name; a staff number."
