"""What every verb of an emergency stands on: its stream, its row under lock, its states and their seals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate

from shouyue.casework.emergency import MACHINE
from shouyue.casework.emergency import Emergency as State
from shouyue.casework.playbook import MACHINE as STEP_MACHINE
from shouyue.casework.playbook import Step
from shouyue.desk.emergency.models import Emergency, EmergencyStep
from shouyue.desk.ledger.actions import Fact, seal
from shouyue.desk.outbox.actions import note
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor, may, person


class UnableToCall(Exception):
    """This emergency cannot be called, moved or released so."""


class NotThrough(UnableToCall):
    """Steps stand where they must not stand for this; which, and where, so that a page can name them in its own words."""

    def __init__(self, why: str, steps: list[EmergencyStep]) -> None:
        self.steps = steps
        stands = ", ".join(f"step {s.n} {s.do} is {s.state}" for s in steps) or "the plan has no such step"
        super().__init__(f"{why}: {stands}")


def stream_of(emergency: Emergency) -> str:
    return f"emergency:{emergency.pk}"


def locked(emergency: UUID | str) -> Emergency:
    return (
        Emergency.objects.select_for_update(of=("self",))
        .select_related("party", "staff", "matter", "matter__loan")
        .get(pk=emergency)
    )


def in_charge(row: Emergency, by: Actor) -> None:
    """Whoever decides here may hold, and is not the one whom the stop is over."""
    if isinstance(by, Staff):
        if not may(by, "hold"):
            raise UnableToCall("a supervisor, compliance or legal officer decides here; ask one")
        if row.staff_id == by.pk:
            raise UnableToCall("the stop is over you; another person decides")


def in_words(why: str) -> str:
    if len(why.strip()) < 4:
        raise UnableToCall("give the reason in words, at least 4 characters")
    return why.strip()


def move(row: Emergency, to: State, facts: dict[str, Any], *, by: Actor, at: datetime) -> None:
    MACHINE.check(State(row.state), to)
    row.state = to
    row.save()
    sealed(row, to.value, facts, by=by, at=at)


def fact(row: Emergency, act: str, facts: dict[str, Any]) -> Fact:
    """Under the person's key; of a wider stop under its own, so that it can forget whom its words name."""
    parts: dict[str, Any] = {"emergency": str(row.pk), "facts": facts}
    return Fact(f"hold/{act}", stream_of(row), row.party_id or row.pk, parts)


def sealed(row: Emergency, act: str, facts: dict[str, Any], *, by: Actor, at: datetime) -> str:
    """Seal an act of the emergency; returns the entry's digest."""
    one = fact(row, act, facts)
    return seal(one.kind, stream=one.stream, subject=one.subject, parts=one.parts, by=by, at=at).digest


# ── steps ──


def begin(row: Emergency, step: EmergencyStep, *, by: Actor, at: datetime) -> None:
    STEP_MACHINE.check(Step(step.state), Step.RUNNING)
    step.state, step.began_at = Step.RUNNING, at
    step.save(update_fields=["state", "began_at"])
    due = step.due_at.isoformat() if step.due_at else ""
    sealed(row, "step_running", {"step": step.n, "do": step.do, "due_at": due}, by=by, at=at)


def end(
    row: Emergency,
    step: EmergencyStep,
    facts: dict[str, Any],
    *,
    left_out: str = "",
    by: Actor,
    at: datetime,
) -> None:
    """The step is done, or left out for a reason; sealed."""
    to = Step.LEFT_OUT if left_out else Step.DONE
    STEP_MACHINE.check(Step(step.state), to)
    step.state, step.facts, step.ended_at, step.ended_by = to, facts, at, person(by)
    step.why = left_out or step.why
    step.save(update_fields=["state", "facts", "ended_at", "ended_by", "why"])
    sealed(row, f"step_{to.value}", {"step": step.n, "do": step.do, "why": step.why, **facts}, by=by, at=at)


def next_step(row: Emergency, after: int, *, by: Actor, at: datetime) -> None:
    """Note that the step after this one is to be taken: a worker that dies here leaves it to the next."""
    if not EmergencyStep.objects.filter(emergency=row, n=after + 1).exists():
        return
    note(
        "emergency_step",
        key=f"emergency_step:{row.pk}:{after + 1}",
        payload={"emergency": str(row.pk), "n": after + 1},
        by=by,
        at=at,
    )


def step_of(row: Emergency, do: str, n: int | None = None) -> EmergencyStep:
    """The running step of this kind. Raises UnableToCall, naming where it stands, when there is none to take."""
    found = [s for s in EmergencyStep.objects.filter(emergency=row, do=do).order_by("n") if n in (None, s.n)]
    running = next((s for s in found if s.state == Step.RUNNING), None)
    if running is None:
        raise NotThrough(f"no step {do} waits for you", found)
    return running


def day(at: datetime) -> date:
    return localdate(at)
