"""After erasure no text field of any table keeps a word about the person, whatever slice it belongs to and whoever wrote it.

Every row that leads to the person, over whatever road of foreign keys, gets a planted word into each of its text fields; then
the person is erased, and the word must be nowhere. A new table or field is covered the day it is made: it is blanked, or it
stands below with the reason why it says nothing about a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from shouyue.desk.approvals.models import Approval
from shouyue.desk.emergency import actions as emergency
from shouyue.desk.emergency.models import Emergency
from shouyue.desk.erasure import actions as erasure
from shouyue.desk.erasure.reads import obstacles
from shouyue.desk.holds import actions as holds
from shouyue.desk.holds.models import Hold
from shouyue.desk.ledger.models import HandedOut, Leaf
from shouyue.desk.ledger.reads import shown_parts
from shouyue.desk.matters import actions as matter_verbs
from shouyue.desk.matters import reads as matters
from shouyue.desk.matters.models import LoanParty, Matter
from shouyue.desk.messages import reads as messages
from shouyue.desk.parties.models import Party
from shouyue.desk.rights.models import RightAsked
from shouyue.desk.suits.models import Suit
from shouyue.desk.vault.actions import existing_key
from shouyue.desk.worker.run import drain
from tests.desk.console.scene import Scene, set_up
from tests.office import MORNING

pytestmark = pytest.mark.django_db(transaction=True)
PLANTED = "种子词柒柒"
LATER = MORNING + timedelta(days=6 * 366)

# Text of the desk's own that no word about a person is ever written into; each with its reason.
SAYS_NOTHING = {
    "Loan": dict.fromkeys(
        ("client", "funder", "batch_no", "contract_no", "receipt_no", "product", "currency"),
        "the contract, which stays with the loan",
    )
    | {"guarantee_kind": "a kind of guarantee", "repay_method": "a way of repaying"},
    "Vehicle": dict.fromkeys(("vin", "model", "colour"), "the car's, with the loan"),
    "Payment": {"reference": "the bank's number"},
    "MatterChange": {"before": "states and staff numbers", "after": "the same"},
    "Matter": {"number": "the case's number", "state": "a state", "overlays": "states"},
    "OutboxRow": {"payload": "ids", "key": "ids", "done": "names of verbs"},
    "Suit": {"body": "the court", "dates": "days", "stage": "a state", "track": "a track"},
    "SuitAlarm": {"due": "which deadline"},
    "EmergencyStep": {"whom": "roles", "to": "an authority", "citation": "the law"},
    "Look": {"rules": "ids of rules"},
    "Finding": {"rule": "the id of a rule"},
    "Contact": {"reference": "the channel's own id", "script": "the id of a wording"},
    "Consent": {"window": "hours", "what": "a word of the pack", "form": "a word of the pack"},
    "Approval": {"stream": "ids", "needs": "roles"},
    "RightAsked": {"documents": "digests of originals, which are destroyed"},
    "HandedOut": {"digest": "a digest", "sums": "a digest", "trust": "a digest", "by": "a staff number"},
}
OWNERS = {"Staff", "Team", "Agency", "Edition", "Wording", "Token", "Draw", "Stream", "StrategySheet"}


def roads(model: Any, seen: tuple[Any, ...] = ()) -> Iterator[str]:
    """Each road of foreign keys from this table to a person or a loan, as Django writes it."""
    for field in model._meta.get_fields():
        if not (isinstance(field, models.ForeignKey) and field.concrete):
            continue
        target = field.related_model
        if target.__name__ == "Party":
            yield field.name
        elif target.__name__ == "Loan":
            yield f"{field.name}__people__party"
        elif target not in seen and target.__name__ not in OWNERS:
            yield from (f"{field.name}__{road}" for road in roads(target, (*seen, model)))


def rows_of(model: Any, person: Party) -> Any:
    """The rows of this table that lead to the person."""
    if model is Party:
        return model.objects.filter(pk=person.pk)
    if model.__name__ == "Loan":
        return model.objects.filter(people__party=person)
    if model is Hold:
        return model.objects.filter(over="party", key=str(person.pk))
    if model is Approval:
        return model.objects.filter(subject=person.pk)
    if model is HandedOut:
        mine = [
            f"matter:{pk}"
            for pk in Matter.objects.filter(loan__people__party=person).values_list("pk", flat=True)
        ]
        return model.objects.filter(about__in=mine)
    found = models.Q()
    for road in roads(model):
        found |= models.Q(**{road: person})
    return model.objects.filter(found) if found else model.objects.none()


def texts(model: Any) -> list[Any]:
    """Its fields that hold words: text, JSON, and short text that is neither an id nor a choice."""
    quiet = SAYS_NOTHING.get(model.__name__, {})
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField | models.JSONField | models.CharField)
        and field.name not in quiet
        and not field.choices
        and not field.unique
        and not (isinstance(field, models.CharField) and (field.max_length or 0) < 80)
    ]


def planted(field: Any) -> Any:
    if field.name == "yeses":
        return [{"by": "S004", "for": "", "at": "", "reason": PLANTED}]
    return [PLANTED] if isinstance(field, models.JSONField) else PLANTED


def everything() -> list[tuple[str, Any]]:
    return [
        (f"{model.__name__}.{field.name}", value)
        for model in apps.get_app_config("desk").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField | models.JSONField | models.CharField)
        for value in model._default_manager.values_list(field.name, flat=True)
    ]


def where(word: str) -> set[str]:
    return {name for name, value in everything() if word in str(value)}


def in_the_log(word: str) -> set[str]:
    """The kinds of entry in which the desk can still read this word."""
    return {
        leaf.kind
        for leaf in Leaf.objects.all()
        if any(word.encode() in (part.content or b"") for part in shown_parts(leaf.pk))
    }


@pytest.fixture
def scene() -> Scene:
    return set_up()


def settle(person: Party) -> None:
    """Everything that stood against it has come to its end, years ago."""
    loans = LoanParty.objects.filter(party=person).values("loan")
    Matter.objects.filter(loan__in=loans).update(state="closed", closed_at=MORNING)
    Suit.objects.filter(matter__loan__in=loans).update(closed_at=MORNING)
    RightAsked.objects.filter(party=person).update(state="granted")
    Hold.objects.update(released_at=MORNING)


def test_no_text_field_of_any_table_keeps_a_word_about_who_was_erased(scene):
    person = scene.suit.matter.loan.people.get(role="debtor").party
    others = {scene.office.debtor(3): None, scene.office.debtor(1): None}
    count = 0
    for subject in (person, *others):
        settle(subject)
        for model in apps.get_app_config("desk").get_models():
            for row in rows_of(model, subject):
                for field in texts(model):
                    setattr(row, field.name, planted(field))
                    count += 1
                row.save()
        assert obstacles(subject, LATER) == []
        erasure.erase_person(
            party=subject.pk, basis="保存期限届满", agreed=scene.office.chen, by=scene.office.sunli, at=LATER
        )
        assert where(PLANTED) == set()
    assert count > 100, "the test can fail"


def test_no_reason_about_them_can_be_read_in_the_log_any_more(scene):
    office, person = scene.office, scene.office.debtor(10)
    matter = office.matter(10)
    matter_verbs.assign(matter=matter, to=office.lina, reason=PLANTED, by=office.wangmin, at=office.at)
    hold = holds.put_on_hold(
        kind="preserve", over="party", key=str(person.pk), why=PLANTED, by=office.wangmin, at=office.at
    )
    holds.release(hold=hold.pk, why=PLANTED, by=office.chen, at=office.at)
    assert in_the_log(PLANTED) >= {"audit/assigned", "hold/preserve", "hold/release"}, "the test can fail"
    settle(person)
    erasure.erase_person(party=person.pk, basis="保存期限届满", agreed=office.chen, by=office.sunli, at=LATER)
    assert existing_key(subject=person.pk) is None
    assert in_the_log(PLANTED) == set()


@pytest.mark.parametrize("over", ["staff", "account", "lender"])
def test_words_that_name_them_in_a_stop_over_somebody_else_go_too(scene, over):
    office, thread = scene.office, scene.texting
    person = office.debtor(10)
    key = {"staff": office.zhaolei.staff_no, "account": thread.account, "lender": ""}[over]
    why = f"{person.name}扬言上门，{PLANTED}"
    called = emergency.call(cause="hand", why=why, over=over, key=key, by=office.wangmin, at=office.at)
    other = emergency.call(
        cause="hand", why="另一起：全部停用", over="party", key=str(office.debtor(3).pk), by=office.wangmin, at=office.at
    )  # fmt: skip
    drain(at=office.at, tolerate=True)
    assert where(PLANTED) >= {"Emergency.why", "Hold.why"}, "the test can fail"
    for hold in (called.freeze, called.preserve):
        holds.release(hold=hold, why=f"{person.name}已离开，{PLANTED}", by=office.chen, at=office.at)
    Emergency.objects.filter(pk=called.pk).update(state="released", released_why=f"{person.name} {PLANTED}")
    settle(person)
    erasure.erase_person(party=person.pk, basis="保存期限届满", agreed=office.chen, by=office.sunli, at=LATER)
    assert where(PLANTED) == set()
    assert in_the_log(PLANTED) == set()
    other.refresh_from_db()
    assert other.why and Emergency.objects.get(pk=called.pk).opened_at, (
        "what names nobody stays, and that it was"
    )


def nobody_spoke_with(office, *, but) -> Party:
    """Somebody of another member's case to whom nothing was ever written."""
    for n in range(1, 17):
        matter, person = office.matter(n), office.debtor(n)
        if (
            matter.owner_id != but.pk
            and not matters.worked_by(person)[1]
            and not messages.spoken_with(person)[1]
        ):
            return person
    raise AssertionError("the demonstration has none")


@pytest.mark.parametrize("over", ["party", "staff", "account", "lender", "another"])
def test_a_legal_hold_over_any_scope_stands_against_erasing_each_person_it_covers_and_nobody_else(
    scene, over
):
    office = scene.office
    thread = scene.texting  # 李娜's, by the lender's own account
    person = thread.party
    settle(person)
    stranger = nobody_spoke_with(office, but=office.lina)
    settle(stranger)
    guarantor = LoanParty.objects.filter(loan=thread.matter.loan).exclude(party=person).first()
    if over == "another" and guarantor is None:
        guarantor = LoanParty.objects.create(
            loan=thread.matter.loan, party=office.debtor(16), role="guarantor"
        )
        settle(guarantor.party)
    key = {
        "party": str(person.pk),
        "staff": office.lina.staff_no,
        "account": thread.account,
        "lender": "",
        "another": str(guarantor.party_id) if guarantor else "",
    }[over]
    assert obstacles(person, LATER) == [] == obstacles(stranger, LATER)
    holds.put_on_hold(
        kind="preserve",
        over="party" if over == "another" else over,
        key=key,
        why="监管检查",
        by=office.wangmin,
        at=LATER,
    )
    with pytest.raises(erasure.UnableToErase, match="监管检查"):
        erasure.erase_person(
            party=person.pk, basis="本人请求删除", agreed=office.chen, by=office.sunli, at=LATER
        )
    assert Party.objects.get(pk=person.pk).name
    assert bool(obstacles(stranger, LATER)) == (over == "lender")
