"""The closed list of things that may be noted. `worker/reactions.py` says what follows from each."""

from __future__ import annotations

from enum import StrEnum


class Happened(StrEnum):
    """One word for each thing that has consequences. Its value is stored; never reuse an old one for something else."""

    EVENT_RECEIVED = "event_received"  # raw bytes are kept and sealed; they want to be understood
    MESSAGE_UNDERSTOOD = "message_understood"  # who, which thread, what it says
    PATTERN_SHOWN = "pattern_shown"  # their thread shows a tactic: a flood, an escalation
    MESSAGE_SCHEDULED = "message_scheduled"  # allowed; it may leave from `not_before` on
    MESSAGE_LEAVING = "message_leaving"  # handed to a channel; ask what became of it if nobody says
    MEDIA_ARRIVED = "media_arrived"  # a message named files that want to be fetched
    PICTURE_KEPT = "picture_kept"  # a picture lies with the originals and wants to be read
    WORDS_BESIDE = "words_beside"  # words beside a message: a picture, a transcript; they ask something
    ATTEMPT_REPORTED = "attempt_reported"  # a call, a visit or a session took place, or did not
    TRANSCRIBED = "transcribed"  # what was said in a recording is written down
    RECEIPT_ARRIVED = "receipt_arrived"  # the channel says whether it was delivered
    PULL_DUE = "pull_due"  # a channel holds something for us to fetch
    CONSENT_CHANGED = "consent_changed"  # somebody agreed or refused that a chat is archived
    PARTY_STOPPED = "party_stopped"  # somebody must not be contacted from now on
    HELD = "held"  # a freeze or a legal hold begins
    HOLD_SWEEP = "hold_sweep"  # more waits than one sweep takes back
    HOLD_SWEPT = "hold_swept"  # nothing that a freeze covers waits any more
    HOLD_RELEASED = "hold_released"
    PERSON_ERASED = "person_erased"  # the tables forgot somebody; originals wait to be destroyed
    APPROVAL_DUE = "approval_due"  # nobody has answered by the deadline
    APPROVAL_LAPSED = "approval_lapsed"  # nobody answered by the second deadline: that is a no
    FRIEND_REQUESTED = "friend_requested"  # somebody pressed "add" on one of our links
    CONTACT_HALF_ADDED = "contact_half_added"  # somebody added a member who skips verification
    CONTACT_ADDED = "contact_added"  # a friendship exists
    CONTACT_DELETED = "contact_deleted"  # a friendship ended
    SCREENSHOT_STORED = "screenshot_stored"  # a reported request came with a screenshot to read
    IDENTITY_OFFERED = "identity_offered"  # a borrower offered a photograph to read
    FRIEND_REQUEST_DUE = "friend_request_due"  # nobody did what was waited for
    FRIEND_REQUEST_REFUSED = "friend_request_refused"
    FRIENDSHIP_RECONCILED = "friendship_reconciled"  # the friendship is the one that was approved
    INCIDENT_RAISED = "incident_raised"  # something that should not have happened
    VIOLATION_FOUND = "violation_found"  # a reviewer found a violation in what had happened
    FINDING_APPEALED = "finding_appealed"  # the member says that it was not so
    FINDING_UPHELD = "finding_upheld"  # another officer says that it stands
    FINDING_SET_ASIDE = "finding_set_aside"  # its appeal was upheld: it never was one
    MEMBER_TYPED = "member_typed"  # a member wrote by hand, past our gate
    EMERGENCY_CALLED = "emergency_called"  # everything that a scope covers is being stopped
    EMERGENCY_CHANNELS = (
        "emergency_channels"  # what members type by hand wants to be held back as far as it can
    )
    EMERGENCY_STEP = "emergency_step"  # the next step of a plan is to be taken
    EMERGENCY_REPORT_DUE = "emergency_report_due"  # the deadline of a report has come
    EMERGENCY_RELEASED = "emergency_released"  # two persons have let go
    DRILL_CALLED = "drill_called"  # a stop is to be gone through, touching nothing
    PAYMENT_BOOKED = "payment_booked"  # money came in on a loan
    PROMISE_JUDGED = "promise_judged"  # a promise was kept, kept in part, or broken
    RIGHT_ASKED = "right_asked"  # somebody exercised a right
    PLAN_MOVED = "plan_moved"  # a plan of instalments was agreed, refused, broken, fulfilled or replaced
    MATTER_WENT_LEGAL = "matter_went_legal"  # a matter is now the legal officer's
