"""The clocks of procedures: what runs, what cannot be counted, and that no rest day ever delays an alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouyue.casework.track import MACHINES, Track
from shouyue.clocks.deadline import corresponding
from shouyue.policy.pack import load_pack
from shouyue.policy.procedures import Event, Guarantor, Measure, Procedures, Record, Stand, Urgency
from shouyue.policy.reading import PackError

CN = load_pack("cn")
assert CN.procedures
KNOWN: Procedures = CN.procedures
TODAY = date(2026, 3, 10)
PLAIN = Record(
    track="suit",
    stages=frozenset({"preparing"}),
    ended=False,
    dates={},
    last_due=date(2025, 6, 1),
    first_unpaid=date(2024, 12, 1),
)


def ask(record: Record, today: date = TODAY) -> Stand:
    return KNOWN.stand(record, today, CN.calendar)


def one(stand: Stand, due: str):
    return next((r for r in stand.running if r.due.id == due), None)


def test_limitation_runs_from_the_last_instalment_and_ends_when_the_claim_is_filed():
    assert one(ask(PLAIN), "limitation").deadline.safe == date(2028, 6, 1)
    assert one(ask(replace(PLAIN, dates={"filed_on": TODAY})), "limitation") is None


def test_a_loan_called_in_rings_by_the_earlier_of_both_readings():
    called = replace(PLAIN, dates={"loan_accelerated_on": date(2025, 1, 10)})
    assert one(ask(called), "limitation").deadline.safe == date(2028, 1, 10)


def test_each_interruption_moves_it_and_one_too_late_does_not():
    demand = Event("sms_demand", date(2026, 2, 1))
    moved = one(ask(replace(PLAIN, events=[demand])), "limitation")
    assert moved.deadline.safe == date(2029, 2, 1) and moved.limitation.counted[0].why == "sms_demand"
    late = one(ask(replace(PLAIN, last_due=date(2022, 1, 1), events=[demand])), "limitation")
    assert late.deadline.safe == date(2025, 1, 1) and late.lost
    assert "after the period had ended" in late.limitation.ignored[0][1]


def test_an_event_against_a_guarantor_leaves_the_debtors_clock_alone():
    against = Event("guarantee_claimed", date(2026, 2, 1), against="g1")
    assert one(ask(replace(PLAIN, events=[against])), "limitation").deadline.safe == date(2028, 6, 1)


def test_while_a_proceeding_is_pending_no_limitation_runs_and_it_begins_anew_at_the_end():
    suit = Event("suit_filed", date(2026, 1, 5), pending=True)
    assert one(ask(replace(PLAIN, events=[suit])), "limitation") is None
    over = replace(suit, pending=False, ended=date(2026, 2, 20))
    assert one(ask(replace(PLAIN, events=[over])), "limitation").deadline.safe == date(2029, 2, 20)


def test_a_period_whose_first_day_is_unknown_is_not_guessed():
    stand = ask(replace(PLAIN, stages=frozenset({"preparing", "judgment"}), last_due=None))
    lacks = {m.due.id: m for m in stand.missing}
    assert set(lacks) == {"limitation", "appeal"}
    assert "收到判决日" in lacks["appeal"].why.zh and "送达回证" in lacks["appeal"].why.zh
    assert (
        "the day the judgment was served on us" in lacks["appeal"].why.en
        and "enter it" in lacks["appeal"].why.en
    )


def guarantor(key: str, **more) -> Guarantor:
    return Guarantor(**{"key": key, "name": key, "joint": True, "agreed": None, "claimed": None, **more})


def test_each_guarantor_has_a_clock_and_a_claim_on_one_saves_no_other():
    two = replace(
        PLAIN,
        first_unpaid=None,
        guarantors=[guarantor("a", claimed=date(2025, 11, 30)), guarantor("b")],
    )
    stand = ask(two, date(2025, 12, 10))
    assert [r.key for r in stand.running if r.due.id == "guarantee"] == ["b"]
    assert one(stand, "guarantee").lost and one(stand, "guarantee").deadline.safe == date(2025, 12, 1)
    assert one(stand, "guarantor_limitation").deadline.safe == date(2028, 11, 30)


def test_a_general_guarantee_is_saved_by_a_suit_against_the_debtor_only():
    general = replace(
        PLAIN, first_unpaid=None, guarantors=[guarantor("a", joint=False, claimed=date(2025, 7, 1))]
    )
    assert one(ask(general), "guarantee").lost
    sued = replace(general, events=[Event("suit_filed", date(2025, 11, 1), pending=True)])
    assert one(ask(sued), "guarantee") is None


def test_without_a_clause_the_guarantee_rings_by_the_earliest_reading():
    assert one(ask(replace(PLAIN, guarantors=[guarantor("a")])), "guarantee").deadline.safe == date(
        2025, 6, 1
    )
    agreed = guarantor("a", agreed=date(2027, 6, 1))
    assert one(ask(replace(PLAIN, guarantors=[agreed])), "guarantee").deadline.safe == date(2027, 6, 1)


@pytest.mark.parametrize(
    ("track", "dates", "stages", "due", "safe", "legal"),
    [
        ("suit", {"judgment_served_on": date(2026, 2, 14)}, {"judgment"}, "appeal", date(2026, 3, 1), date(2026, 3, 2)),
        ("suit", {"served_on_defendant": date(2026, 3, 2)}, {"accepted"}, "answer", date(2026, 3, 17), date(2026, 3, 17)),
        ("suit", {"fee_notice_on": date(2026, 3, 9)}, {"accepted"}, "court_fee", date(2026, 3, 16), date(2026, 3, 16)),
        ("suit", {"effective_on": date(2026, 3, 1), "perform_by": date(2026, 3, 31)}, {"effective"}, "enforcement", date(2028, 3, 31), None),
        ("mediation", {"agreement_effective_on": date(2026, 3, 5)}, {"agreed"}, "confirmation", date(2026, 4, 4), date(2026, 4, 7)),
        ("realisation", {"ruling_served_on": date(2026, 3, 6)}, {"ruling"}, "objection", date(2026, 3, 21), date(2026, 3, 23)),
    ],
)  # fmt: skip
def test_both_dates_of_each_period(track, dates, stages, due, safe, legal):
    found = one(
        ask(replace(PLAIN, track=track, dates=dates, stages=frozenset(stages)), date(2026, 3, 10)), due
    )
    assert (found.deadline.safe, found.deadline.legal) == (safe, legal)


def test_every_instalment_of_a_notarised_deed_has_its_own_period():
    deed = replace(
        PLAIN,
        track="notarised",
        instalments=[(1, date(2024, 3, 20)), (2, date(2024, 4, 20))],
    )
    safe = [r.deadline.safe for r in ask(deed).running if r.due.id == "notarised_instalment"]
    assert safe == [date(2026, 3, 20), date(2026, 4, 20)]


def test_a_measure_ends_as_the_paper_says_or_when_the_law_lets_it_run_no_longer():
    kept = [
        Measure("1", "movables", "京Z00001", date(2025, 4, 1)),
        Measure("2", "funds", "账户", date(2025, 9, 1), ends=date(2026, 3, 1), before_suit=True),
    ]
    stand = ask(replace(PLAIN, measures=kept))
    ends = {r.key: r.deadline.safe for r in stand.running if r.due.id == "preservation"}
    assert ends == {"1": date(2027, 4, 1), "2": date(2026, 3, 1)}
    assert one(stand, "preserved_before_suit").deadline.safe == date(2025, 10, 1)


@settings(max_examples=150, deadline=None)
@given(st.dates(date(2024, 1, 1), date(2026, 6, 30)), st.integers(0, 200))
def test_an_alarm_knows_nothing_of_rest_days(served: date, later: int):
    """Urgency is a function of the safe date alone: with another calendar, or none, the same alarm rings the same day."""
    record = replace(PLAIN, dates={"judgment_served_on": served}, stages=frozenset({"judgment"}))
    today = served + timedelta(days=later)
    found = one(KNOWN.stand(record, today, CN.calendar), "appeal")
    blind = one(KNOWN.stand(record, today, None), "appeal")
    assert found.deadline.safe == served + timedelta(days=15) == blind.deadline.safe
    assert found.urgency == blind.urgency
    assert (found.urgency == Urgency.PASSED) == (today > found.deadline.safe)
    assert found.deadline.legal is None or found.deadline.legal >= found.deadline.safe


@settings(max_examples=150, deadline=None)
@given(
    st.dates(date(2021, 1, 1), date(2025, 12, 31)),
    st.lists(st.dates(date(2021, 1, 1), date(2026, 3, 10)), max_size=6),
)
def test_an_interruption_never_shortens_and_the_end_is_three_years_from_the_last_counted(due, days):
    stand = ask(replace(PLAIN, last_due=due, events=[Event("sms_demand", d) for d in days]))
    found = one(stand, "limitation")
    base = corresponding(due, 36)
    assert found.deadline.safe >= base
    last = max((i.on for i in found.limitation.counted), default=due)
    assert found.deadline.safe == corresponding(last, 36)
    assert all(reason for _, reason in found.limitation.ignored)


def test_what_has_ended_rings_no_more():
    assert ask(replace(PLAIN, ended=True)) == Stand((), ())


def test_the_pack_and_the_tables_of_stages_name_the_same_stages():
    assert set(KNOWN.stages) == set(Track)
    for track, stages in KNOWN.stages.items():
        assert set(stages) <= {str(s) for s in MACHINES[Track(track)].next}
    for due in KNOWN.dues:
        assert set(due.tracks) <= set(Track)
        for track in due.tracks:
            assert (
                not due.since
                or due.since in {str(s) for s in MACHINES[Track(track)].next}
                or track != due.tracks[0]
            )
    # every date that a stage needs, a due reads, or ends it, is one that can be entered
    assert all(
        name in KNOWN.dates for stages in KNOWN.stages.values() for names in stages.values() for name in names
    )


def test_every_track_has_elements_and_every_element_says_what_shows_it():
    for track in Track:
        elements = KNOWN.elements_of(track, {"guarantor", "mortgage", "accelerated"})
        assert len(elements) >= 4 and all(e.needs and e.citation for e in elements)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("period: appeal_judgment", "period: appeal_soon", "no parameter 'appeal_soon'"),
        ("from: [judgment_served_on], period: appeal_judgment", "from: [judged], period: appeal_judgment", "no date 'judged'"),
        ("needs: [identity]", "needs: [passport]", "no kind of evidence 'passport'"),
        ("cite: [CPL 122]", "cite: [CODE 122]", "no source 'CODE'"),
        ("clock: hearing", "clock: sundial", "clock is one of"),
    ],
)  # fmt: skip
def test_procedures_that_contradict_the_pack_are_refused_with_file_and_line(tmp_path: Path, old, new, says):
    copy = tmp_path / "cn"
    copytree(CN.folder, copy)
    file = copy / "procedures.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(PackError, match=r"procedures\.yaml:") as refused:
        load_pack(copy)
    assert says in str(refused.value)
