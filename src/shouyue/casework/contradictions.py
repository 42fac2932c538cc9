"""Where a case's record contradicts itself. Each finding names the two things that cannot both be true, and where they stand.

Nothing is put right here: which of the two is wrong only a person with the papers can say. What is not recorded contradicts
nothing; that it is missing is another question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the record says of one case, as far as it says it. Sums in one currency; days by the lender's calendar."""

    today: date
    state: str = ""
    principal: Decimal | None = None
    signed_on: date | None = None
    overdue_since: date | None = None
    placed_on: date | None = None
    terms_total: int | None = None
    terms_paid: int | None = None
    guarantee_kind: str = ""
    guarantors: int = 0
    as_of: date | None = None
    overdue: Decimal | None = None
    outstanding: Decimal | None = None
    days_past_due: int | None = None
    instalments: Sequence[tuple[int, date, Decimal]] = ()  # number, due day, principal
    paid: Sequence[tuple[str, date]] = ()  # reference, day
    mortgage_on: date | None = None
    same_car: Sequence[str] = ()  # contract numbers of other loans with this VIN
    born_on: date | None = None
    id_born_on: date | None = None  # as the identity number says
    shared_numbers: Sequence[str] = ()  # masked; valid for the debtor and for somebody else of this case
    promise_due: date | None = None  # of the open promise
    stops: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two things that cannot both be true, in both languages."""

    id: str
    zh: str
    en: str


def contradictions(r: Recorded) -> list[Contradiction]:
    """Every contradiction in the record, money first."""
    return [Contradiction(*found) for check in CHECKS for found in check(r)]


Found = Iterator[tuple[str, str, str]]


def _days_overdue(r: Recorded) -> Found:
    if r.as_of and r.overdue_since and r.days_past_due is not None:
        counted = (r.as_of - r.overdue_since).days
        if counted != r.days_past_due:
            yield (
                "days_overdue",
                f"余额记录写逾期{r.days_past_due}天，自{r.overdue_since}至{r.as_of}实为{counted}天。",
                f"The balance says {r.days_past_due} days overdue; from {r.overdue_since} to {r.as_of} there are {counted}.",
            )


def _parts(r: Recorded) -> Found:
    if r.overdue is not None and r.outstanding is not None and r.overdue > r.outstanding:
        yield (
            "overdue_above_all",
            f"逾期金额{r.overdue}大于全部未还{r.outstanding}。",
            f"The overdue {r.overdue} is more than the {r.outstanding} outstanding in all.",
        )


def _newer_payment(r: Recorded) -> Found:
    later = [(reference, day) for reference, day in r.paid if r.as_of and day > r.as_of]
    if later:
        reference, day = max(later, key=lambda one: one[1])
        yield (
            "payment_after_balance",
            f"{day}有一笔入账（{reference}），而金额仍截至{r.as_of}。",
            f"A payment came in on {day} ({reference}), but the amount is as of {r.as_of}.",
        )


def _future(r: Recorded) -> Found:
    if r.as_of and r.as_of > r.today:
        yield (
            "balance_ahead",
            f"金额截止日{r.as_of}晚于今天{r.today}。",
            f"The amount is as of {r.as_of}, after today, {r.today}.",
        )


def _terms(r: Recorded) -> Found:
    if r.terms_total is not None and r.terms_paid is not None and r.terms_paid > r.terms_total:
        yield (
            "terms",
            f"已还{r.terms_paid}期多于总期数{r.terms_total}。",
            f"{r.terms_paid} terms are paid of {r.terms_total}.",
        )


def _schedule(r: Recorded) -> Found:
    if r.principal is not None and r.instalments:
        total = sum((principal for _, _, principal in r.instalments), Decimal(0))
        whole = r.terms_total is None or len(r.instalments) == r.terms_total
        if whole and total != r.principal:
            yield (
                "schedule_sum",
                f"还款计划本金合计{total}，合同本金{r.principal}。",
                f"The principal of the schedule comes to {total}; the contract says {r.principal}.",
            )


def _days(r: Recorded) -> Found:
    if r.signed_on and r.overdue_since and r.overdue_since < r.signed_on:
        yield (
            "overdue_before_contract",
            f"逾期起始{r.overdue_since}早于签约{r.signed_on}。",
            f"Overdue since {r.overdue_since}, before the contract was signed on {r.signed_on}.",
        )
    if r.placed_on and r.overdue_since and r.placed_on < r.overdue_since:
        yield (
            "placed_before_overdue",
            f"委案日{r.placed_on}早于逾期起始{r.overdue_since}。",
            f"Placed on {r.placed_on}, before it was overdue on {r.overdue_since}.",
        )


def _security(r: Recorded) -> Found:
    if "抵押" in r.guarantee_kind and r.mortgage_on is None:
        yield (
            "mortgage_unregistered",
            f"担保方式为“{r.guarantee_kind}”，车辆却没有抵押登记日期。",
            f"The security is “{r.guarantee_kind}”, yet no registration of a mortgage is recorded.",
        )
    if r.mortgage_on and r.signed_on and r.mortgage_on < r.signed_on:
        yield (
            "mortgage_before_contract",
            f"抵押登记{r.mortgage_on}早于签约{r.signed_on}。",
            f"The mortgage was registered on {r.mortgage_on}, before the contract of {r.signed_on}.",
        )
    if "保证" in r.guarantee_kind and not r.guarantors:
        yield (
            "no_guarantor",
            f"担保方式为“{r.guarantee_kind}”，却没有登记保证人。",
            f"The security is “{r.guarantee_kind}”, yet no guarantor is recorded.",
        )
    if r.guarantee_kind and "保证" not in r.guarantee_kind and r.guarantors:
        yield (
            "guarantor_unnamed",
            f"登记了{r.guarantors}名保证人，担保方式却只写“{r.guarantee_kind}”。",
            f"{r.guarantors} guarantor(s) are recorded, yet the security is only “{r.guarantee_kind}”.",
        )
    if r.same_car:
        yield (
            "same_car",
            f"同一车架号还在合同{'、'.join(r.same_car)}名下。",
            f"The same VIN also stands under contract {', '.join(r.same_car)}.",
        )


def _person(r: Recorded) -> Found:
    if r.born_on and r.id_born_on and r.born_on != r.id_born_on:
        yield (
            "born_on",
            f"出生日期{r.born_on}与证件号所示{r.id_born_on}不符。",
            f"Born on {r.born_on} by the record, on {r.id_born_on} by the identity number.",
        )
    if r.shared_numbers:
        shown = "、".join(r.shared_numbers)
        yield (
            "shared_number",
            f"号码{shown}同时属于债务人和本案其他人，接听人未必是本人。",
            f"The number {shown} is both the debtor's and another person's of this case: who answers may not be the debtor.",
        )


def _states(r: Recorded) -> Found:
    if r.state == "promised" and r.promise_due is None:
        yield (
            "no_promise",
            "案件状态为“承诺还款”，却没有待履行的承诺。",
            "The case is in state “promised”, yet no promise is open.",
        )
    if r.promise_due and r.promise_due < r.today:
        yield (
            "promise_unjudged",
            f"承诺已于{r.promise_due}到期，仍为待履行。",
            f"The promise fell due on {r.promise_due} and is still open.",
        )
    if r.state == "disputed" and "dispute" not in r.stops:
        yield (
            "no_dispute",
            "案件状态为“争议中”，却没有争议的停催记录，系统不会因此拦截联系。",
            "The case is in state “disputed”, yet no stop for a dispute is in force: nothing is held back because of it.",
        )
    if r.state in {"working", "promised", "assigned"} and "dispute" in r.stops:
        yield (
            "dispute_elsewhere",
            "对方的争议尚未答复，案件状态却不是“争议中”。",
            "Their dispute is unanswered, yet the case is not in state “disputed”.",
        )


CHECKS = (
    _days_overdue, _parts, _newer_payment, _future, _terms, _schedule, _days, _security, _person, _states,
)  # fmt: skip
