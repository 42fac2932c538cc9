"""How a state looks: a tone and an icon beside its word, so that no meaning hangs on colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import get_language

from shouyue.casework import (
    agency,
    approval,
    block_appeal,
    channel_stop,
    contact,
    emergency,
    entrustment,
    exam,
    finding,
    friend_request,
    matter,
    plan,
    playbook,
    promise,
    retraining,
    right,
    wording,
)
from shouyue.casework.machine import Machine
from shouyue.casework.track import MACHINES
from shouyue.terms import Gate

OK, WARN, STOP, INFO, QUIET = "ok", "warn", "stop", "info", "quiet"


@dataclass(frozen=True)
class Look:
    """A word with its tone (ok, warn, stop, info, quiet) and its icon."""

    word: str
    tone: str
    icon: str


_FRIEND: Mapping[str, tuple[str, str]] = {
    "seen": (INFO, "eye"),
    "identity_pending": (WARN, "id"),
    "identity_failed": (STOP, "id-off"),
    "identity_proved": (INFO, "id"),
    "approval_pending": (WARN, "hourglass"),
    "approved": (OK, "check"),
    "accepted_by_member": (INFO, "user-check"),
    "reconciled": (OK, "checks"),
    "refused": (STOP, "ban"),
    "expired": (QUIET, "clock-x"),
    "orphan": (STOP, "alert-octagon"),
    "ended": (QUIET, "circle-check"),
}
_APPROVAL: Mapping[str, tuple[str, str]] = {
    "open": (WARN, "hourglass"),
    "held": (WARN, "hand-stop"),
    "half": (INFO, "users"),
    "escalated": (STOP, "arrow-up-right"),
    "granted": (OK, "check"),
    "refused": (STOP, "ban"),
    "lapsed": (QUIET, "clock-x"),
    "withdrawn": (QUIET, "arrow-back-up"),
}
_CONTACT: Mapping[str, tuple[str, str]] = {
    "blocked": (STOP, "ban"),
    "awaiting_approval": (WARN, "hourglass"),
    "scheduled": (INFO, "clock"),
    "leaving": (INFO, "send-2"),
    "accepted": (INFO, "check"),
    "delivered": (OK, "checks"),
    "unknown": (WARN, "help-circle"),
    "failed": (STOP, "circle-x"),
    "returned": (WARN, "arrow-back-up"),
    "cancelled": (QUIET, "x"),
    "received": (QUIET, "mail"),
}
_MATTER: Mapping[str, tuple[str, str]] = {
    "new": (INFO, "sparkles"),
    "assigned": (INFO, "user-check"),
    "working": (INFO, "progress"),
    "promised": (OK, "calendar-due"),
    "mediating": (INFO, "users"),
    "disputed": (WARN, "message-question"),
    "hardship": (WARN, "lifebuoy"),
    "legal": (WARN, "gavel"),
    "enforcing": (WARN, "gavel"),
    "closed": (QUIET, "circle-check"),
}
_EMERGENCY: Mapping[str, tuple[str, str]] = {
    "opened": (STOP, "alert-octagon"),
    "channels_stopped": (STOP, "hand-stop"),
    "evidence_frozen": (WARN, "snowflake"),
    "legal_handed": (INFO, "gavel"),
    "release_asked": (WARN, "hourglass"),
    "released": (QUIET, "circle-check"),
    "drilled": (QUIET, "stopwatch"),
}
_STEP: Mapping[str, tuple[str, str]] = {
    "ahead": (QUIET, "clock"),
    "running": (WARN, "hourglass"),
    "done": (OK, "check"),
    "left_out": (QUIET, "arrow-forward-up"),
}
_CHANNEL_STOP: Mapping[str, tuple[str, str]] = {
    "stopped": (OK, "hand-stop"),
    "by_hand": (STOP, "hand-finger"),
    "said_done": (WARN, "message-check"),
    "reconciled": (OK, "checks"),
    "lifted": (QUIET, "circle-check"),
}
_PROMISE: Mapping[str, tuple[str, str]] = {
    "open": (INFO, "calendar-due"),
    "kept": (OK, "checks"),
    "partly_kept": (WARN, "circle-half"),
    "broken": (STOP, "calendar-x"),
    "superseded": (QUIET, "replace"),
    "cancelled": (QUIET, "x"),
}
_PLAN: Mapping[str, tuple[str, str]] = {
    "proposed": (WARN, "hourglass"),
    "agreed": (OK, "calendar-check"),
    "refused": (STOP, "ban"),
    "withdrawn": (QUIET, "arrow-back-up"),
    "fulfilled": (OK, "checks"),
    "broken": (STOP, "calendar-x"),
    "replaced": (QUIET, "replace"),
}
_RIGHT: Mapping[str, tuple[str, str]] = {
    "received": (INFO, "inbox"),
    "in_hand": (WARN, "progress"),
    "granted": (OK, "check"),
    "partly_granted": (OK, "circle-half"),
    "refused": (STOP, "ban"),
    "withdrawn": (QUIET, "arrow-back-up"),
}
_EXAM: Mapping[str, tuple[str, str]] = {
    "running": (INFO, "player-play"),
    "passed": (OK, "check"),
    "failed": (STOP, "circle-x"),
    "run_out": (STOP, "clock-x"),
}
_RETRAINING: Mapping[str, tuple[str, str]] = {
    "open": (WARN, "school"),
    "overdue": (STOP, "certificate-off"),
    "done": (OK, "check"),
    "lifted": (QUIET, "x"),
}
_AGENCY: Mapping[str, tuple[str, str]] = {
    "candidate": (INFO, "hourglass"),
    "listed": (OK, "list-check"),
    "recalled": (STOP, "hand-stop"),
    "ended": (QUIET, "circle-check"),
}
_ENTRUSTMENT: Mapping[str, tuple[str, str]] = {
    "entrusted": (WARN, "hourglass"),
    "told": (OK, "speakerphone"),
    "recalled": (STOP, "arrow-back-up"),
    "ended": (WARN, "arrow-back-up"),
    "given_back": (QUIET, "circle-check"),
}
# every stage of every track; the tracks share their names
_STAGE: Mapping[str, tuple[str, str]] = {
    "preparing": (INFO, "folder"),
    "submitted": (INFO, "file-upload"),
    "accepted": (INFO, "file-check"),
    "pre_trial_mediation": (INFO, "users"),
    "confirmation": (WARN, "stamp"),
    "preservation": (WARN, "lock"),
    "hearing": (WARN, "gavel"),
    "review": (WARN, "gavel"),
    "tribunal": (INFO, "users-group"),
    "asked": (INFO, "file-upload"),
    "in_session": (WARN, "users"),
    "agreed": (OK, "circle-check"),
    "certificate_requested": (INFO, "file-upload"),
    "certified": (OK, "certificate"),
    "judgment": (WARN, "file-certificate"),
    "ruling": (WARN, "file-certificate"),
    "award": (WARN, "file-certificate"),
    "appeal": (WARN, "arrow-up-right"),
    "effective": (OK, "checks"),
    "enforcement": (WARN, "gavel"),
    "terminated_for_now": (QUIET, "player-pause"),
    "resumed": (INFO, "player-play"),
    "done": (OK, "circle-check"),
    "settled": (OK, "circle-check"),
    "dismissed": (STOP, "circle-x"),
    "refused": (STOP, "circle-x"),
    "failed": (STOP, "circle-x"),
    "withdrawn": (QUIET, "arrow-back-up"),
}
_FINDING: Mapping[str, tuple[str, str]] = {
    "stands": (WARN, "flag"),
    "appealed": (INFO, "scale"),
    "upheld": (STOP, "gavel"),
    "set_aside": (QUIET, "x"),
    "remedied": (OK, "check"),
}
_BLOCK: Mapping[str, tuple[str, str]] = {
    "open": (WARN, "hourglass"),
    "right": (QUIET, "shield-check"),
    "wrong": (STOP, "shield-x"),
}
_WORDING: Mapping[str, tuple[str, str]] = {
    "proposed": (WARN, "hourglass"),
    "in_force": (OK, "check"),
    "refused": (STOP, "ban"),
    "retired": (QUIET, "archive"),
}
_TABLES: Mapping[str, tuple[Machine, Mapping[str, tuple[str, str]]]] = {
    "emergency": (emergency.MACHINE, _EMERGENCY),
    "step": (playbook.MACHINE, _STEP),
    "channel_stop": (channel_stop.MACHINE, _CHANNEL_STOP),
    "friend_request": (friend_request.MACHINE, _FRIEND),
    "approval": (approval.MACHINE, _APPROVAL),
    "contact": (contact.MACHINE, _CONTACT),
    "matter": (matter.MACHINE, _MATTER),
    "promise": (promise.MACHINE, _PROMISE),
    "plan": (plan.MACHINE, _PLAN),
    "right": (right.MACHINE, _RIGHT),
    "agency": (agency.MACHINE, _AGENCY),
    "entrustment": (entrustment.MACHINE, _ENTRUSTMENT),
    "exam": (exam.MACHINE, _EXAM),
    "retraining": (retraining.MACHINE, _RETRAINING),
    **{track.value: (machine, _STAGE) for track, machine in MACHINES.items()},
    "finding": (finding.MACHINE, _FINDING),
    "block_appeal": (block_appeal.MACHINE, _BLOCK),
    "wording": (wording.MACHINE, _WORDING),
}


ENGLISH = {"legal_handed": "with legal"}  # states whose own word is no English


def look(process: str, state: str) -> Look:
    """How a state of a process is shown, in the language of the page."""
    machine, table = _TABLES[process]
    kind: type[StrEnum] = type(machine.start)
    tone, icon = table[state]
    english = ENGLISH.get(state) or state.replace("_", " ")
    chinese = get_language() == "zh-hans"
    return Look(machine.zh[kind(state)] if chinese else english[:1].upper() + english[1:], tone, icon)


def states_of(process: str) -> list[str]:
    """Every state of a process in the order of its table."""
    return [str(state) for state in type(_TABLES[process][0].start)]


EFFECT: Mapping[str, tuple[str, str]] = {
    "allow": (OK, "circle-check"),
    "warn": (WARN, "alert-triangle"),
    "approval": (WARN, "hourglass"),
    "block": (STOP, "ban"),
    "record": (QUIET, "notes"),
}
GATE: Mapping[Gate, tuple[str, str]] = {
    Gate.HARD: (OK, "shield-lock"),
    Gate.INTERCEPT: (WARN, "shield-half"),
    Gate.AFTER: (QUIET, "shield-search"),
}
