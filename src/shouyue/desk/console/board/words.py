"""What each figure is called, how it is worked out, and what it is parted by, in the language of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from shouyue.desk.board.figures import By, Figure


@dataclass(frozen=True)
class Words:
    """`formula` says part and whole; `sign` an icon; `better` whether more of it is better, less, or neither."""

    name: Any
    formula: Any
    sign: str
    better: Any


MORE, LESS = _("more is better"), _("less is better")

WORDS: dict[Figure, Words] = {
    Figure.RECOVERY: Words(
        _("Recovery"),
        _("Money booked in the period ÷ the amount placed of all loans whose case was not closed before it. Refunds are not taken off; by week the whole stays as it is. Stages are those at the beginning."),
        "cash",
        MORE,
    ),
    Figure.ROLL: Words(
        _("Roll rate"),
        _("Outstanding balance, at the end, of the loans that stand in a later stage than at the beginning ÷ outstanding balance, at the beginning, of all loans overdue then. Loans without a balance before the period are left out."),
        "trending-down",
        LESS,
    ),
    Figure.PROMISE_KEPT: Words(
        _("Promises kept"),
        _("Promises wholly paid by their day ÷ promises that fell due in the period and have been judged. Payments alone judge; open, superseded and cancelled promises are left out."),
        "checks",
        MORE,
    ),
    Figure.PROMISE_KEPT_AMOUNT: Words(
        _("Promises kept, by amount"),
        _("Money paid on the promises that fell due in the period, each to its own sum at most ÷ the sums promised."),
        "coins",
        MORE,
    ),
    Figure.REACHED: Words(
        _("Right party reached"),
        _("Cases in which the person wrote to us or answered our call in the period ÷ cases with a contact of ours that left. By channel: reached on that channel."),
        "user-check",
        MORE,
    ),
    Figure.BLOCKED: Words(
        _("Blocked by the gate"),
        _("Contacts that the gate blocked ÷ contacts of ours that were proposed. A block protects a person; a high share says where training is wanted."),
        "shield-x",
        LESS,
    ),
    Figure.FALSE_BLOCK: Words(
        _("Wrong blocks"),
        _("Blocks that compliance found wrong, after the collector appealed ÷ contacts that the gate blocked in the period."),
        "shield-question",
        LESS,
    ),
    Figure.ESCAPE: Words(
        _("Escaped"),
        _("Contacts in which a reviewer found a violation that was not set aside on appeal ÷ contacts of the sample that a reviewer judged. The sample leans towards risk: what it says about all contacts, with its interval, stands on the review page."),
        "shield-off",
        LESS,
    ),
    Figure.REVIEWED: Words(
        _("Sample reviewed"),
        _("Contacts of the sample that a reviewer has judged ÷ contacts drawn by lot for people to review. The machine looks at every contact."),
        "eye-check",
        MORE,
    ),
    Figure.APPROVAL_TIME: Words(
        _("Time to approve"),
        _("From the question to the answer, for what was decided in the period: the median, and within what time 95 of 100 were decided."),
        "rubber-stamp",
        LESS,
    ),
    Figure.COMPLAINTS: Words(
        _("Complaints"),
        _("Complaints received in the period that were not refused, for each 10,000 contacts of ours that left."),
        "message-report",
        LESS,
    ),
    Figure.TIME_TO_STOP: Words(
        _("Time to stop"),
        _("From the beginning of an emergency until nothing more could leave, for the emergencies that began in the period: median and 95 of 100."),
        "player-stop",
        LESS,
    ),
    Figure.ORPHANS: Words(
        _("Friends without approval"),
        _("Friendships that appeared without an approval ÷ friendships that began from requests seen in the period."),
        "user-off",
        LESS,
    ),
    Figure.CERTIFIED: Words(
        _("Certified"),
        _("People who contact borrowers and hold a certificate, valid at the end of the period, for a channel ÷ all active people who contact borrowers. Nobody without one can contact anybody."),
        "certificate",
        MORE,
    ),
}  # fmt: skip

BY: dict[By, Any] = {
    By.TEAM: _("By team"),
    By.AGENCY: _("By agency"),
    By.CHANNEL: _("By channel"),
    By.CLIENT: _("By client"),
    By.WEEK: _("By week"),
    By.STAGE: _("By stage"),
}
