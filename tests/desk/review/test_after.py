"""After a contact happened: the machine looks, the lot draws, people judge, the member may appeal, training follows."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from fractions import Fraction

import pytest

from shouyue.casework.finding import Level
from shouyue.desk.conduct import reads as conduct
from shouyue.desk.ledger import reads as ledger
from shouyue.desk.ledger.reads import sealed_since
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties import actions as parties
from shouyue.desk.people import reads as people
from shouyue.desk.review import actions, reads
from shouyue.desk.review.models import Draw, Finding, Look
from shouyue.desk.review.sampling import PROBABILITY, SECOND, drawn
from shouyue.desk.training import reads as training
from shouyue.desk.worker.run import drain
from tests.desk.review.test_before import BETTER, DATED, OPENING, thread  # noqa: F401

pytestmark = pytest.mark.django_db
POLITE = OPENING + "请您方便时回电400-000-0000。"


def send(office, thread, *, id=None, at=None, text=POLITE):  # noqa: F811
    at = at or office.at
    contact = outbound.propose(
        id=id or uuid.uuid4(), thread=thread, text=text, acknowledged=True, by=office.lina, at=at
    )
    drain(at=at)
    return messages.get(contact.pk)


def stop_found_later(office):
    """It turns out that the person had asked not to be contacted an hour before."""
    parties.stop(
        party=office.debtor(),
        kind="opt_out",
        why="来函九时送达",
        by=office.lina,
        at=office.at - timedelta(hours=1),
    )


@pytest.fixture
def risky(office, thread):  # noqa: F811
    """A contact that the gate would stop with what is known by now: of the highest stratum, so drawn for certain."""
    sent = send(office, thread)
    assert sent.state == "accepted"
    stop_found_later(office)
    actions.look(by="schedule", at=office.at + timedelta(hours=1))
    return Look.objects.get(contact=sent)


def for_two(office, thread):  # noqa: F811
    """A risky contact that the lot gives to two reviewers: its id is chosen by the week's seed, which only a test may know."""
    seed = bytes.fromhex(actions.commit_to_lot(by="schedule", at=office.at - timedelta(days=7)).seed)
    id = next(i for i in iter(uuid.uuid4, None) if drawn(seed, i, SECOND, "second"))
    send(office, thread, id=id)
    stop_found_later(office)
    actions.look(by="schedule", at=office.at + timedelta(hours=1))
    return Look.objects.get(contact=id)


def find(office, row, level=Level.SERIOUS, rule="CBA-2026.red.threat"):
    actions.judge(
        look=row.pk,
        level=level,
        rule=rule,
        note_="说明了收到异议后仍联系",
        by=office.sunli,
        at=office.at + timedelta(hours=2),
    )
    drain(at=office.at + timedelta(hours=2))
    return Finding.objects.get(look=row)


# ── the machine and the lot ──


def test_every_contact_of_ours_that_happened_is_looked_at_once(office, thread):  # noqa: F811
    sent = send(office, thread)
    send(office, thread, text=DATED)  # waits: it has not happened
    assert actions.look(by="schedule", at=office.at + timedelta(hours=1)) == 1
    assert actions.look(by="schedule", at=office.at + timedelta(hours=1)) == 0
    row = Look.objects.get()
    assert (row.contact_id, row.stratum, Fraction(row.probability)) == (sent.pk, "low", PROBABILITY["low"])
    assert row.grounds == []  # the gate had let it go and nothing new is known


def test_what_is_known_later_makes_it_risky_with_the_rule_named(office, risky):
    assert (risky.stratum, risky.drawn) == ("high", True)
    assert "would_block" in {word for word, _, _ in risky.grounds}
    assert risky.rules


def test_a_message_that_waited_for_the_morning_is_judged_by_its_moment_of_leaving(office, thread):  # noqa: F811
    night = office.at.replace(hour=14, minute=30)
    morning = night.replace(hour=0, minute=30) + timedelta(days=1)
    late = outbound.propose(
        id=uuid.uuid4(),
        thread=thread,
        text=POLITE,
        acknowledged=True,
        send_at=morning,
        by=office.lina,
        at=night,
    )
    drain(at=morning)
    assert messages.get(late.pk).state == "accepted"
    actions.look(by="schedule", at=morning + timedelta(hours=1))
    assert Look.objects.get(contact=late).grounds == []


def test_anybody_can_draw_again_once_the_seed_is_open(office, thread):  # noqa: F811
    actions.commit_to_lot(by="schedule", at=office.at - timedelta(days=7))
    sent = send(office, thread)
    actions.look(by="schedule", at=office.at + timedelta(hours=1))
    lot = Look.objects.get(contact=sent).draw
    assert lot.committed_at < sent.at
    assert lot.opened_at is None
    actions.look(by="schedule", at=office.at + timedelta(days=9))
    lot.refresh_from_db()
    opened = next(s for s in sealed_since(0) if s["kind"] == "review/opened" and str(lot.week) in s["stream"])
    assert opened
    seed = bytes.fromhex(lot.seed)
    assert hashlib.sha256(b"sample\0" + seed).hexdigest() == lot.commitment
    row = Look.objects.get(contact=sent)
    assert row.drawn == drawn(seed, sent.pk, Fraction(row.probability))


def test_next_weeks_lot_is_committed_before_it_begins(office):
    lot = actions.commit_to_lot(by="schedule", at=office.at)
    assert lot.week > office.at.date()
    assert actions.commit_to_lot(by="schedule", at=office.at).pk == lot.pk
    assert Draw.objects.count() == 2


# ── people ──


def test_nobody_reviews_their_own_and_a_violation_needs_a_rule_and_words(office, risky):
    later = office.at + timedelta(hours=2)
    for who, says in (
        (office.lina, "own contacts"),
        (office.wangmin, "compliance officer"),
        (office.wu, "compliance officer"),
    ):
        with pytest.raises(actions.UnableToReview, match=says):
            actions.judge(look=risky.pk, level=Level.CLEAN, by=who, at=later)
    for words in ({"rule": "NO.such"}, {"rule": "CBA-2026.red.threat", "note_": "坏"}):
        with pytest.raises(actions.UnableToReview):
            actions.judge(look=risky.pk, level=Level.MINOR, by=office.sunli, at=later, **words)
    actions.judge(look=risky.pk, level=Level.CLEAN, by=office.sunli, at=later)
    with pytest.raises(actions.UnableToReview, match="already"):
        actions.judge(look=risky.pk, level=Level.CLEAN, by=office.sunli, at=later)
    assert not Finding.objects.exists()


def test_the_second_reviewer_is_blind_and_only_compared(office, thread):  # noqa: F811
    row = for_two(office, thread)
    assert row.second
    find(office, row)
    row = reads.look_for(office.wu, row.pk)
    assert reads.shown_verdicts(row, office.wu) == []  # the first is hidden until the second is in
    actions.judge(look=row.pk, level=Level.CLEAN, by=office.wu, at=office.at + timedelta(hours=3))
    row = reads.look_for(office.wu, row.pk)
    assert [v.level for v in reads.shown_verdicts(row, office.wu)] == ["serious", "clean"]
    assert Finding.objects.count() == 1
    agreement = reads.figures(office.at + timedelta(hours=4)).agreement
    assert (agreement.n, agreement.observed) == (1, 0)


def test_a_serious_finding_asks_for_the_course_of_its_rule_and_a_grave_one_closes_the_channel(office, risky):
    found = find(office, risky, Level.GRAVE)
    asked = training.asked_by_findings([found.pk])[found.pk]
    assert (asked.state, asked.cause) == ("overdue", "violation")
    assert not people.certificate(office.lina, "sms", office.at + timedelta(hours=3)).valid


def test_set_aside_on_appeal_what_followed_is_taken_back(office, risky):
    found = find(office, risky, Level.GRAVE)
    later = office.at + timedelta(hours=4)
    with pytest.raises(actions.UnableToAppeal, match="only the member"):
        actions.appeal(finding=found.pk, why="不是这样", by=office.wangmin, at=later)
    actions.appeal(finding=found.pk, why="来函是次日送达的", by=office.lina, at=later)
    assert reads.figures(later).violations.total != 0
    with pytest.raises(actions.UnableToReview, match="another officer"):
        actions.answer_appeal(
            finding=found.pk, stands=False, reason="自己撤销自己", by=office.sunli, at=later
        )
    actions.answer_appeal(finding=found.pk, stands=False, reason="送达回证为次日", by=office.chen, at=later)
    drain(at=later)
    assert training.asked_by_findings([found.pk])[found.pk].state in {"lifted", "overdue"}
    assert people.certificate(office.lina, "sms", later + timedelta(minutes=1)).valid
    assert reads.figures(later).violations.total == 0


@pytest.mark.parametrize("stands", [True, False])
def test_a_finding_stands_in_the_members_own_record_with_its_sealed_entry_and_as_far_as_it_stands(
    office, risky, stands
):
    found = find(office, risky, Level.SERIOUS)

    def record():
        (moment,) = conduct.timeline(staff_no=office.lina.staff_no)
        return moment

    assert (record().kind, record().standing) == ("violated", "stands")
    assert record().grounds == {"finding": str(found.pk), "rule": found.rule, "level": "serious"}
    sealed = ledger.panel(actions.stream_of(found))
    assert record().evidence in {row.digest for row in sealed.rows if row.kind == "review/found"}
    later = office.at + timedelta(hours=4)
    actions.appeal(finding=found.pk, why="来函是次日送达的", by=office.lina, at=later)
    drain(at=later)
    assert record().standing == "contested" and not record().counts
    assert conduct.contested() == []  # it is answered where it was appealed
    actions.answer_appeal(finding=found.pk, stands=stands, reason="送达回证在卷", by=office.chen, at=later)
    drain(at=later)
    assert record().standing == ("upheld" if stands else "set_aside")
    own = ledger.panel(f"conduct:{office.lina.staff_no}")
    assert [row.kind for row in reversed(own.rows)] == [
        "conduct/recorded",
        "conduct/contested",
        "conduct/upheld" if stands else "conduct/set_aside",
    ]


def test_an_appeal_comes_in_time_and_an_upheld_finding_is_remedied(office, risky):
    found = find(office, risky, Level.MINOR)
    with pytest.raises(actions.UnableToAppeal, match="within 7 days"):
        actions.appeal(finding=found.pk, why="太晚想起来了", by=office.lina, at=office.at + timedelta(days=8))
    actions.appeal(finding=found.pk, why="对方先来电", by=office.lina, at=office.at + timedelta(days=1))
    actions.answer_appeal(
        finding=found.pk,
        stands=True,
        reason="记录中没有来电",
        by=office.chen,
        at=office.at + timedelta(days=1),
    )
    with pytest.raises(actions.UnableToReview, match="never the member"):
        actions.remedy(
            finding=found.pk, what="我已经道歉了", by=office.lina, at=office.at + timedelta(days=2)
        )
    closed = actions.remedy(
        finding=found.pk, what="已致歉并更正记录", by=office.sunli, at=office.at + timedelta(days=2)
    )
    assert closed.state == "remedied"


# ── blocks said to be wrong ──


def test_a_wrong_block_counts_against_its_rule_and_the_message_stays_stopped(office, thread):  # noqa: F811
    blocked = send(office, thread, text=OPENING + "再不还钱我们就去你单位，让所有人都知道")
    (rule, *_) = reads.blocking_rules(blocked)
    later = office.at + timedelta(hours=1)
    with pytest.raises(actions.UnableToAppeal, match="did not block"):
        actions.appeal_block(contact=blocked.pk, rule="NO.such", why="规则不适用", by=office.lina, at=later)
    with pytest.raises(actions.UnableToAppeal, match="writer"):
        actions.appeal_block(contact=blocked.pk, rule=rule, why="规则不适用", by=office.zhaolei, at=later)
    asked = actions.appeal_block(contact=blocked.pk, rule=rule, why="规则不适用", by=office.lina, at=later)
    assert (
        actions.appeal_block(contact=blocked.pk, rule=rule, why="再说一次", by=office.lina, at=later).pk
        == asked.pk
    )
    with pytest.raises(actions.UnableToReview, match="never the writer"):
        actions.answer_block(appeal=asked.pk, wrong=True, reason="算误拦吧", by=office.lina, at=later)
    actions.answer_block(appeal=asked.pk, wrong=True, reason="语境为转述", by=office.sunli, at=later)
    (line,) = [one for one in reads.figures(later).rules if one.id == rule]
    assert (line.blocked, line.appealed, line.false_block.value) == (1, 1, 1.0)
    assert messages.get(blocked.pk).state == "blocked"
