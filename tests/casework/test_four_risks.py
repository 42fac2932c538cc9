"""The sheet never recommends what would harm somebody, whatever the rest of the facts say."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shouyue.casework.four_risks import Recommendation, RequestFacts, Risk, sheet

GOOD = RequestFacts(
    company_account=True, matched_by="case_token", owes=True, namesakes=0, identity_proved=True,
    debt_confirmed=True, archive_agreed=True, member_archived=True, certificate_valid=True, supervised=True,
    stopped=(), other_thread=False, at_night=False, threats=0, irrelevant=0, provocation=0, stalling=0,
    inducements=0, refused_before=0,
)  # fmt: skip
unknown_or_bool = st.sampled_from([None, True, False])
counts = st.integers(0, 5)
facts = st.builds(
    RequestFacts,
    company_account=st.booleans(),
    matched_by=st.sampled_from(["case_token", "reserved_mobile", "screenshot_mobile", "name", "nothing"]),
    owes=unknown_or_bool, namesakes=counts, identity_proved=unknown_or_bool, debt_confirmed=unknown_or_bool,
    archive_agreed=unknown_or_bool, member_archived=unknown_or_bool, certificate_valid=unknown_or_bool,
    supervised=st.booleans(),
    stopped=st.lists(st.sampled_from(["opt_out", "represented"]), max_size=2).map(tuple),
    other_thread=st.booleans(), at_night=st.booleans(), threats=counts, irrelevant=counts, provocation=counts,
    stalling=counts, inducements=counts, refused_before=counts,
)  # fmt: skip


def test_a_proved_debtor_on_the_company_account_is_accepted():
    given_ = sheet(GOOD)
    assert given_.recommendation == Recommendation.ACCEPT
    assert {s.level for s in given_.risks} == {"low"}


@given(facts)
def test_accept_needs_a_proved_debtor_a_company_account_and_no_stop(f):
    if sheet(f).recommendation == Recommendation.ACCEPT:
        assert f.company_account and f.owes and f.identity_proved and f.certificate_valid and not f.stopped


@given(facts)
def test_every_score_is_the_sum_of_its_grounds(f):
    for scored in sheet(f).risks:
        assert scored.score == min(100, sum(g.weight for g in scored.grounds))
        assert all(g.zh and g.en for g in scored.grounds)


@given(facts, st.sampled_from(["owes", "identity_proved", "certificate_valid", "member_archived"]))
def test_not_knowing_never_scores_better_than_knowing(f, name):
    """Learning that something is in order can only lower a risk: so not knowing is never a permission."""
    unknown, known = sheet(replace(f, **{name: None})), sheet(replace(f, **{name: True}))
    assert all(u.score >= k.score for u, k in zip(unknown.risks, known.risks, strict=True))


def test_a_personal_account_is_redirected():
    given_ = sheet(replace(GOOD, company_account=False))
    assert given_.recommendation == Recommendation.REDIRECT
    assert {s.risk for s in given_.risks if s.level == "high"} >= {Risk.EVIDENCE, Risk.PROCESS}
