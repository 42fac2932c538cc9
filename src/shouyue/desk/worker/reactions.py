"""What happened → which verbs follow. The answer to "what happens when…?", on one screen.

Each verb is called with the row's payload as keyword arguments, `by` and `at`. It runs in one transaction with the mark
that it is done, so its changes happen exactly once however often the job is started; one that fails does not keep the others
from being done. A verb that reaches the outside world is named in OUTSIDE and called without a transaction: it writes what
it is about to do, does it, and writes what became of it, and must bear being called again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shouyue.desk.approvals import actions as approvals
from shouyue.desk.conduct import actions as conduct
from shouyue.desk.emergency import actions as emergency
from shouyue.desk.erasure import actions as erasure
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.matters.actions import plans, promises
from shouyue.desk.messages import inbound, media, outbound
from shouyue.desk.outbox.happened import Happened
from shouyue.desk.outreach import actions as outreach
from shouyue.desk.parties import actions as parties
from shouyue.desk.review import actions as review
from shouyue.desk.rights import actions as rights
from shouyue.desk.rulebook import actions as rulebook
from shouyue.desk.suits import actions as suits
from shouyue.desk.training import actions as training
from shouyue.desk.worker import drills, recognise

Verb = Callable[..., object]

REACTIONS: dict[str, tuple[Verb, ...]] = {
    # the inbound road
    Happened.EVENT_RECEIVED: (inbound.understand,),
    Happened.MESSAGE_UNDERSTOOD: (
        inbound.heed,
        emergency.alarm,
        conduct.observe,
        conduct.observe_thread,
    ),
    Happened.PATTERN_SHOWN: (emergency.patterned,),
    Happened.MEDIA_ARRIVED: (media.fetch,),
    Happened.PICTURE_KEPT: (recognise.picture,),
    Happened.WORDS_BESIDE: (inbound.heed,),  # protects; what is quoted in a picture accuses nobody
    Happened.MEMBER_TYPED: (emergency.typed,),
    Happened.PULL_DUE: (inbound.pull,),
    Happened.CONSENT_CHANGED: (parties.note_archive_consent,),
    # the outbound road
    Happened.MESSAGE_SCHEDULED: (outbound.send,),
    Happened.MESSAGE_LEAVING: (outbound.reconcile,),
    Happened.RECEIPT_ARRIVED: (outbound.receipt,),
    Happened.ATTEMPT_REPORTED: (review.look_again,),
    Happened.TRANSCRIBED: (review.look_again,),
    # money
    Happened.PAYMENT_BOOKED: (promises.judge_promises_of, plans.judge_plans_of),
    Happened.PROMISE_JUDGED: (conduct.promise_judged,),
    Happened.PLAN_MOVED: (rights.answer_by_plan,),
    Happened.RIGHT_ASKED: (),  # shown in the queue of rights, with its deadline
    # stops
    Happened.PARTY_STOPPED: (outbound.cancel_stopped, emergency.ordered, outreach.call_off_for),
    Happened.HELD: (outbound.cancel_held, erasure.put_in_escrow),
    Happened.HOLD_SWEEP: (outbound.cancel_held,),
    Happened.HOLD_RELEASED: (erasure.end_escrow,),
    Happened.PERSON_ERASED: (erasure.finish,),
    Happened.HOLD_SWEPT: (emergency.swept,),
    Happened.EMERGENCY_CALLED: (),  # shown; what follows begins when the freeze has swept
    Happened.EMERGENCY_CHANNELS: (emergency.close_wecom,),
    Happened.EMERGENCY_STEP: (emergency.take_step,),
    Happened.EMERGENCY_REPORT_DUE: (emergency.report_due,),
    Happened.EMERGENCY_RELEASED: (emergency.open_wecom,),
    Happened.DRILL_CALLED: (drills.go_through,),
    # two pairs of eyes
    Happened.APPROVAL_DUE: (approvals.escalate_or_lapse,),
    Happened.APPROVAL_LAPSED: (
        outbound.lapse,
        friend_requests.lapse,
        plans.lapse_plan,
        rulebook.lapse_wording,
    ),
    # the friend request
    Happened.FRIEND_REQUESTED: (friend_requests.see_by_link,),
    Happened.CONTACT_HALF_ADDED: (friend_requests.half_added,),
    Happened.CONTACT_ADDED: (friend_requests.friendship_appeared,),
    Happened.CONTACT_DELETED: (friend_requests.friendship_ended, emergency.friend_removed),
    Happened.SCREENSHOT_STORED: (recognise.screenshot,),
    Happened.IDENTITY_OFFERED: (recognise.identity,),
    Happened.FRIEND_REQUEST_DUE: (friend_requests.expire,),
    Happened.FRIEND_REQUEST_REFUSED: (friend_requests.redirect,),
    Happened.FRIENDSHIP_RECONCILED: (friend_requests.open_with_notice,),
    # review
    Happened.VIOLATION_FOUND: (training.after_violation, conduct.violation_found),
    Happened.FINDING_APPEALED: (conduct.finding_appealed,),
    Happened.FINDING_UPHELD: (conduct.finding_upheld,),
    Happened.FINDING_SET_ASIDE: (training.take_back, conduct.finding_set_aside),
    # the legal road
    Happened.MATTER_WENT_LEGAL: (suits.open_for_matter,),
    Happened.INCIDENT_RAISED: (emergency.incident, conduct.incident),  # and shown on the supervisor's board
}

OUTSIDE: set[Verb] = {
    erasure.finish,
    inbound.pull,
    media.fetch,
    outbound.send,
    outbound.reconcile,
    emergency.close_wecom,
    emergency.open_wecom,
    drills.go_through,
    recognise.identity,
    recognise.picture,
    recognise.screenshot,
}


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `limit` jobs of this word begin in each `period` seconds, over all workers together."""

    limit: int
    period: float


PACE: dict[str, Pace] = {
    Happened.MESSAGE_SCHEDULED: Pace(20, 1.0),
    Happened.PICTURE_KEPT: Pace(1, 1.0),  # most of a second of one core each
}
