"""Emergencies as they may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import localdate

from shouyue.casework.channel_stop import ChannelStop as StopState
from shouyue.casework.contact import Contact as Sent
from shouyue.casework.emergency import Emergency as State
from shouyue.casework.playbook import Step
from shouyue.desk.emergency.models import ChannelStop, Emergency, EmergencyNotice, EmergencyStep
from shouyue.desk.matters import reads as matters
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.models import Contact
from shouyue.desk.parties import reads as parties
from shouyue.desk.parties.models import Party
from shouyue.desk.people import reads as people
from shouyue.desk.people.models import Role, Staff
from shouyue.desk.rulebook.reads import NoRulesInForce, pack_on
from shouyue.desk.suits import reads as suits
from shouyue.policy.playbooks import NONE, Playbooks
from shouyue.terms import Channel

WITH = ("party", "staff", "matter", "matter__loan", "opened_by", "asked_by", "released_by")


def playbooks_on(at: datetime) -> Playbooks:
    """The plans in force. Where no rules are, everything can still be stopped: no rule is no reason to go on."""
    try:
        return pack_on(at).playbooks
    except NoRulesInForce:
        return NONE


def get(pk: UUID | str) -> Emergency:
    return Emergency.objects.select_related(*WITH).get(pk=pk)


def running() -> QuerySet[Emergency]:
    """What is stopped now, longest first. Drills stop nothing."""
    return (
        Emergency.objects.filter(drill=False)
        .exclude(state=State.RELEASED)
        .select_related(*WITH)
        .order_by("opened_at")
    )


def over(scope: str, key: str) -> QuerySet[Emergency]:
    return running().filter(over=scope, key=key)


def of(party: Party) -> Emergency | None:
    """The emergency in force over this person."""
    return over("party", str(party.pk)).first()


def past(limit: int = 20) -> QuerySet[Emergency]:
    """Released ones and drills, newest first."""
    ended = Emergency.objects.filter(state__in=[State.RELEASED, State.DRILLED])
    return ended.select_related(*WITH).order_by("-opened_at")[:limit]


def drills() -> QuerySet[Emergency]:
    return Emergency.objects.filter(drill=True).select_related(*WITH).order_by("-opened_at")


def steps_of(row: Emergency) -> list[EmergencyStep]:
    return list(EmergencyStep.objects.filter(emergency=row).select_related("ended_by").order_by("n"))


def open_steps(row: Emergency) -> list[EmergencyStep]:
    """What is not done and not left out, the release itself aside."""
    return [s for s in steps_of(row) if s.do != "release" and s.state in (Step.AHEAD, Step.RUNNING)]


def channels_of(row: Emergency) -> list[ChannelStop]:
    return list(
        ChannelStop.objects.filter(emergency=row).select_related("member").order_by("channel", "account")
    )


def notices_of(row: Emergency) -> list[EmergencyNotice]:
    return list(EmergencyNotice.objects.filter(emergency=row).select_related("staff").order_by("at", "pk"))


def unread(staff: Staff) -> list[EmergencyNotice]:
    """What this person was told and has not said that they read."""
    return list(
        EmergencyNotice.objects.filter(staff=staff, read_at=None)
        .select_related("emergency", "emergency__party", "emergency__staff")
        .order_by("at")
    )


def duties_of(staff: Staff) -> list[ChannelStop]:
    """What this person must do by hand for stops that run."""
    return list(
        ChannelStop.objects.filter(member=staff, state=StopState.BY_HAND)
        .select_related("emergency", "emergency__party")
        .order_by("moved_at")
    )


def named_in_flight(row: Emergency) -> list[Contact]:
    """What was leaving when the stop committed, with what became of it since."""
    return messages.several(row.in_flight)


def police_order(row: Emergency, at: datetime) -> date | None:
    """Since when the police forbid contact with this person; None where they do not."""
    if row.party is None:
        return None
    orders = [s for s in parties.stops(row.party, at) if s.kind == "no_contact_order"]
    return localdate(orders[0].since) if orders else None


# ── whom and what a stop covers ──


@dataclass
class Covered:
    """One account of ours that a stop covers."""

    channel: str
    account: str
    member: Staff | None = None
    threads: int = 0
    taken_back: int = 0


def accounts_covered(row: Emergency) -> list[Covered]:
    """By open threads, by what was taken back or is leaving, and by friendships that have no thread."""
    found: dict[tuple[str, str], Covered] = {}

    def at_(channel: str, account: str) -> Covered:
        return found.setdefault((channel, account), Covered(channel, account))

    for thread in matters.threads_covered(row.over, row.key).filter(state="open"):
        one = at_(thread.channel, thread.account)
        one.threads += 1
        one.member = one.member or thread.owner
    for (channel, account), n in messages.taken_back(
        row.over, row.key, why=row.why, since=row.opened_at
    ).items():
        at_(channel, account).taken_back = n
    for contact in messages.of_scope(row.over, row.key, (*messages.WAITING, Sent.LEAVING, Sent.UNKNOWN)):
        at_(contact.channel, contact.account)
    friend = row.party is not None and parties.account_on(row.party, Channel.WECOM)
    if friend and not any(channel == Channel.WECOM for channel, _ in found):
        owner = row.matter.owner if row.matter else None
        at_(Channel.WECOM, (owner.wecom_userid or "") if owner else "").member = owner
    for one in found.values():
        if one.channel == Channel.WECOM:
            one.member = people.staff_by_wecom(one.account) or one.member
    return [found[key] for key in sorted(found)]


def members_covered(row: Emergency) -> list[Staff]:
    """Who could still write to somebody whom the stop covers."""
    owners = {t.owner.pk: t.owner for t in matters.threads_covered(row.over, row.key).filter(state="open")}
    if row.staff:
        owners[row.staff.pk] = row.staff
    if not owners and row.matter and row.matter.owner:
        owners[row.matter.owner.pk] = row.matter.owner
    return sorted(owners.values(), key=lambda s: s.staff_no)


def members_to_silence() -> list[str]:
    """Members of WeCom whom any running stop covers, as WeCom names them."""
    stops = ChannelStop.objects.filter(
        channel__in=[Channel.WECOM, Channel.WECOM_GROUP], emergency__drill=False
    ).exclude(state=StopState.LIFTED)
    return sorted({a for a in stops.values_list("account", flat=True) if a})


def whom_to_tell(row: Emergency, whom: Iterable[str]) -> list[tuple[str, Staff]]:
    """Each person once, in the first of the roles that they are told in."""
    members = members_covered(row)
    leaders = [m.team.supervisor for m in members if m.team and m.team.supervisor]
    roles: dict[str, Sequence[Staff]] = {
        "supervisor": leaders or list(people.with_role(Role.SUPERVISOR)),
        "compliance": list(people.with_role(Role.COMPLIANCE)),
        "legal": list(people.with_role(Role.LEGAL)),
        "member": members,
    }
    told: dict[int, tuple[str, Staff]] = {}
    for as_whom in whom:
        for staff in roles[as_whom]:
            told.setdefault(staff.pk, (as_whom, staff))
    return list(told.values())


# ── what a suit would want ──


LACKS = ("balance", "identity", "payments", "vehicle", "mortgage", "signing_date")


def missing_for_suit(row: Emergency) -> list[str]:
    """What a suit would want and the record has not: shown to legal, so that nobody finds out in court."""
    if row.matter is None or row.party is None:
        return []
    return [what for what, there in _of_record(row).items() if not there]


def _of_record(row: Emergency) -> dict[str, bool]:
    assert row.matter and row.party
    loan = row.matter.loan
    vehicle = getattr(loan, "vehicle", None)
    return {
        "balance": matters.balance(loan) is not None,
        "identity": parties.proofs(row.party).exists(),
        "payments": matters.payments(loan).exists(),
        "vehicle": vehicle is not None,
        "mortgage": bool(vehicle and vehicle.mortgage_registered_on),
        "signing_date": loan.signed_on is not None,
    }


def for_suit(row: Emergency, at: datetime) -> tuple[list[str], list[str]]:
    """What is there and what is missing: in the record, and kind by kind against the claim of the running procedure."""
    record = _of_record(row)
    there = [what for what, has in record.items() if has]
    missing = [what for what, has in record.items() if not has]
    suit = next(iter(suits.of_matter(row.matter)), None) if row.matter else None
    if suit is None:
        return there, missing
    try:
        rows = suits.matrix(suit, at)
    except suits.NoProcedures:
        return there, missing
    shown = {kind for r in rows for kind, exhibits in r.have if exhibits}
    lacking = {kind for r in rows for kind in r.gaps}
    return [*there, *sorted(f"exhibit:{k}" for k in shown)], [
        *missing,
        *sorted(f"exhibit:{k}" for k in lacking),
    ]


# ── the page ──


@dataclass(frozen=True)
class Shown:
    """One emergency with everything its page says."""

    row: Emergency
    steps: list[EmergencyStep]
    channels: list[ChannelStop]
    notices: list[EmergencyNotice]
    in_flight: list[Contact]
    slipped: list[Contact]  # through our own gate after the stop: there must be none
    typed: list[Contact]  # by hand after the stop
    order: date | None
    facts: dict[str, Any] = field(default_factory=dict)


def shown(pk: UUID | str, at: datetime) -> Shown:
    row = get(pk)
    known = set(row.in_flight)
    slipped, typed = messages.left_since(row.over, row.key, row.opened_at) if not row.drill else ([], [])
    end = row.released_at
    after = [
        c for c in slipped if str(c.pk) not in known and (end is None or (c.left_at and c.left_at < end))
    ]
    hand = [c for c in typed if end is None or (c.left_at and c.left_at < end)]
    return Shown(
        row,
        steps_of(row),
        channels_of(row),
        notices_of(row),
        named_in_flight(row),
        after,
        hand,
        police_order(row, at),
    )
