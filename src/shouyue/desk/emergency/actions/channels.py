"""Channel by channel: the proof that it stopped, and what no switch stops until a person has done it.

Where our own gate stands before the channel, the freeze is the proof. What a member types in WeCom leaves their own client:
the desk takes back the tasks it gave them, pushes words that the client refuses, tells the member what to do, and waits
until WeCom says that the friendship has ended or a second person has looked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from shouyue.casework.channel_stop import MACHINE
from shouyue.casework.channel_stop import ChannelStop as State
from shouyue.casework.contact import Contact as Sent
from shouyue.casework.emergency import Emergency as Emergent
from shouyue.connectors.channel import ConnectorDown
from shouyue.connectors.wecom.client import WeComRefused
from shouyue.connectors.wecom.intercept import compile_rules
from shouyue.desk.emergency import reads
from shouyue.desk.emergency.actions.ground import (
    UnableToCall,
    in_charge,
    in_words,
    locked,
    sealed,
)
from shouyue.desk.emergency.models import ChannelStop, Emergency
from shouyue.desk.messages import outbound
from shouyue.desk.messages import reads as messages
from shouyue.desk.messages.channels import NotConnected, intercepts, sender
from shouyue.desk.parties import reads as parties
from shouyue.desk.people import reads as people
from shouyue.desk.people.models import Staff
from shouyue.desk.people.reads import Actor
from shouyue.terms import GATE_OF, Channel, Gate

PREFIX = "守约应急"  # rules of this name are ours, and only while a stop covers the member
TYPED = {Channel.WECOM, Channel.WECOM_GROUP}


def name_channels(row: Emergency, *, by: Actor, at: datetime) -> list[ChannelStop]:
    """A line for every account of ours that this stop covers, each stopped or in a person's hands."""
    made = []
    for one in reads.accounts_covered(row):
        hard = GATE_OF.get(Channel(one.channel), Gate.AFTER) == Gate.HARD
        made.append(
            ChannelStop(
                emergency=row,
                channel=one.channel,
                account=one.account,
                member=one.member,
                state=State.STOPPED if hard else State.BY_HAND,
                threads=one.threads,
                taken_back=one.taken_back,
                moved_at=at,
            )
        )
    ChannelStop.objects.bulk_create(made)
    stands = [
        {"channel": c.channel, "account": c.account, "state": str(c.state), "taken_back": c.taken_back}
        for c in made
    ]
    sealed(row, "channels", {"freeze": str(row.freeze), "channels": stands}, by=by, at=at)
    return made


# ── WeCom: outside any transaction ──


def close_wecom(*, emergency: str, by: Actor, at: datetime) -> None:
    """Take back what members were asked to send, and push the words that their clients refuse. Bears being called again."""
    row = reads.get(emergency)
    if row.state == Emergent.RELEASED:
        return
    mine = [c for c in reads.channels_of(row) if c.channel in TYPED and c.state != State.LIFTED]
    for stop in mine:
        _take_back_tasks(row, stop, by=by, at=at)
    _push_words(mine, by=by, at=at)


def open_wecom(*, emergency: str, by: Actor, at: datetime) -> None:
    """After a release: the members whom no other stop covers may type again."""
    _push_words([c for c in reads.channels_of(reads.get(emergency)) if c.channel in TYPED], by=by, at=at)


def _take_back_tasks(row: Emergency, stop: ChannelStop, *, by: Actor, at: datetime) -> None:
    """Tasks that wait for the member's confirmation are cancelled; what they confirmed before has gone, and is named."""
    asked = messages.of_scope(row.over, row.key, (Sent.ACCEPTED,)).filter(
        channel=stop.channel, account=stop.account
    )
    became = []
    for task in asked:
        try:
            channel = sender(task.channel)
            if not hasattr(channel, "cancel"):
                raise NotConnected(f"{task.channel} cannot take a task back")
            channel.cancel(task.reference)
        except (NotConnected, WeComRefused, ConnectorDown) as why:
            became.append({"contact": str(task.pk), "became": "not_taken_back", "why": str(why)})
            continue
        outbound.receipt(
            reference=task.reference,
            delivered=False,
            why="taken back by a stop, before the member had sent it",
            by=by,
            at=at,
        )
        became.append({"contact": str(task.pk), "became": "taken_back"})
    if became:
        _note_tasks(stop=stop.pk, became=became, by=by, at=at)


@transaction.atomic
def _note_tasks(*, stop: int, became: list[dict[str, str]], by: Actor, at: datetime) -> None:
    found = ChannelStop.objects.select_for_update().get(pk=stop)
    found.recalled = [*found.recalled, *became]
    found.save(update_fields=["recalled"])
    sealed(reads.get(found.emergency_id), "tasks", {"account": found.account, "became": became}, by=by, at=at)


def _push_words(stops: Iterable[ChannelStop], *, by: Actor, at: datetime) -> None:
    """The rules of our name, equal to what all running stops together ask for; written down with each of these stops."""
    stops = list(stops)
    if not stops:
        return
    members = reads.members_to_silence()
    compiled = compile_rules(
        reads.playbooks_on(at).intercept, prefix=PREFIX, meanings=("mobile", "email", "red_packet")
    )
    trouble: Exception | None = None
    try:
        intercepts().put_in_force(compiled.rules if members else (), members=members, prefix=PREFIX)
        became, why = (
            ("pushed", f"{len(compiled.rules)} rules for {', '.join(members)}") if members else ("lifted", "")
        )
    except NotConnected as error:
        became, why = "not_connected", str(error)
    except (WeComRefused, ConnectorDown) as error:
        became, why, trouble = "refused", str(error), error
    _note_rule(stops=[stop.pk for stop in stops], became=became, why=why, by=by, at=at)
    if trouble:
        raise trouble  # the worker tries again, and gives up in the open


@transaction.atomic
def _note_rule(*, stops: list[int], became: str, why: str, by: Actor, at: datetime) -> None:
    for stop in ChannelStop.objects.select_for_update().filter(pk__in=stops).order_by("pk"):
        if (stop.rule, stop.rule_why) == (became, why):
            continue
        stop.rule, stop.rule_why = became, why
        stop.save(update_fields=["rule", "rule_why"])
        sealed(
            reads.get(stop.emergency_id),
            "intercept",
            {"account": stop.account, "became": became, "why": why},
            by=by,
            at=at,
        )


# ── by hand ──


@transaction.atomic
def say_done(*, stop: int, by: Staff, at: datetime) -> ChannelStop:
    """The member says that they have done it. Whether it is so is reconciled."""
    found = _stop(stop)
    if found.member_id != by.pk:
        raise UnableToCall(
            f"only {found.member or 'whose account it is'} can say so; a second person reconciles it"
        )
    return _move(found, State.SAID_DONE, {}, by=by, at=at)


@transaction.atomic
def reconcile(*, stop: int, why: str, by: Staff, at: datetime) -> ChannelStop:
    """A second person has looked and says what they saw."""
    found = _stop(stop)
    in_charge(locked(found.emergency_id), by)
    if found.member_id == by.pk:
        raise UnableToCall("it is your own account; a second person looks")
    found.why = in_words(why)
    return _move(found, State.RECONCILED, {"why": found.why}, by=by, at=at)


@transaction.atomic
def friend_removed(*, userid: str, external_userid: str, by_member: bool, by: Actor, at: datetime) -> int:
    """WeCom says that a friendship ended: what was to be removed by hand is, by the channel's own word."""
    account, member = parties.by_account(Channel.WECOM, external_userid), people.staff_by_wecom(userid)
    if account is None or member is None:
        return 0
    waiting = ChannelStop.objects.select_for_update(of=("self",)).filter(
        emergency__over="party",
        emergency__party=account.party_id,
        channel=Channel.WECOM,
        member=member,
        state__in=[State.BY_HAND, State.SAID_DONE],
    )
    found = list(waiting.select_related("emergency", "member").order_by("pk"))
    for stop in found:
        stop.why = (
            f"WeCom: the friendship with {userid} ended, by {'the member' if by_member else 'the customer'}"
        )
        _move(stop, State.RECONCILED, {"why": stop.why}, by=by, at=at)
    return len(found)


def _stop(pk: int) -> ChannelStop:
    return (
        ChannelStop.objects.select_for_update(of=("self",)).select_related("emergency", "member").get(pk=pk)
    )


def _move(stop: ChannelStop, to: State, facts: dict[str, str], *, by: Actor, at: datetime) -> ChannelStop:
    MACHINE.check(State(stop.state), to)
    stop.state, stop.moved_at = to, at
    stop.save(update_fields=["state", "why", "moved_at"])
    sealed(
        stop.emergency,
        f"channel_{to.value}",
        {"channel": stop.channel, "account": stop.account, **facts},
        by=by,
        at=at,
    )
    return stop
