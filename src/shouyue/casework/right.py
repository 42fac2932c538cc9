"""A right that somebody exercises: received, taken in hand, answered with a reason, within its deadline (R5).

Which period applies is said by the pack (rules COMPL-2020.time, PIPL-44.rights, CIR-2013.dispute); here stands which
period each kind asks for. Exercising a right is never held against anybody.
"""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Right(StrEnum):
    RECEIVED = "received"
    IN_HAND = "in_hand"
    GRANTED = "granted"
    PARTLY = "partly_granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


R = Right

MACHINE = Machine(
    name="right",
    start=R.RECEIVED,
    next={
        R.RECEIVED: frozenset({R.IN_HAND, R.GRANTED, R.WITHDRAWN}),
        R.IN_HAND: frozenset({R.GRANTED, R.PARTLY, R.REFUSED, R.WITHDRAWN}),
        R.GRANTED: frozenset(),
        R.PARTLY: frozenset(),
        R.REFUSED: frozenset(),
        R.WITHDRAWN: frozenset(),
    },
    owner={
        R.RECEIVED: "compliance",
        R.IN_HAND: "compliance",
        R.GRANTED: "nobody",
        R.PARTLY: "nobody",
        R.REFUSED: "nobody",
        R.WITHDRAWN: "nobody",
    },
    zh={
        R.RECEIVED: "已收到",
        R.IN_HAND: "办理中",
        R.GRANTED: "已同意",
        R.PARTLY: "部分同意",
        R.REFUSED: "未同意（附理由）",
        R.WITHDRAWN: "已撤回",
    },
)


class Kind(StrEnum):
    """What somebody asks for. A closed list."""

    DISPUTE = "dispute"  # the amount, the contract, or that it is theirs
    HARDSHIP = "hardship"  # other terms because of illness, loss of work, disaster …
    PLAN = "plan"  # instalments that they propose
    COMPLAINT = "complaint"  # about how they were treated
    PREFERENCE = "preference"  # how not to be contacted
    NIGHT = "night_contact"  # may be reached in hours that are closed to everybody else
    WITHDRAWAL = "withdrawal"  # of a consent
    REPRESENTATIVE = "representative"  # somebody speaks for them from now on
    ACCESS = "access"  # what is held about them
    CORRECTION = "correction"
    DELETION = "deletion"


# the pack's parameter that says how many days an answer may take, and the one that says how many days before to warn
PERIOD: dict[Kind, tuple[str, str]] = {
    Kind.COMPLAINT: ("complaint_simple", "complaint_alarm"),
    Kind.DISPUTE: ("credit_dispute", "credit_dispute_alarm"),
    **{
        kind: ("rights_answer", "rights_alarm") for kind in Kind if kind not in {Kind.COMPLAINT, Kind.DISPUTE}
    },
}
COMPLEXITY = {"simple": "complaint_simple", "complex": "complaint_complex", "special": "complaint_special"}

# what stops at the moment it is asked for, before anybody has looked: the stop, until the answer
STOPS: dict[Kind, str] = {
    Kind.DISPUTE: "dispute",
    Kind.HARDSHIP: "hardship",
    Kind.COMPLAINT: "complaint",
}
# what is done at once and needs no answer but the receipt
DONE_AT_ONCE = frozenset({Kind.PREFERENCE, Kind.NIGHT, Kind.WITHDRAWAL, Kind.REPRESENTATIVE, Kind.ACCESS})
