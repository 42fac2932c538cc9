"""Each process is one table; the table is complete, and every state can be reached and left."""

import pytest

from shouyue.casework import (
    approval,
    channel_stop,
    contact,
    emergency,
    friend_request,
    matter,
    plan,
    playbook,
    promise,
)
from shouyue.casework.machine import ImpossibleStep
from shouyue.casework.track import MACHINES as TRACKS
from shouyue.casework.track import Phase, Track, phase

MACHINES = [
    friend_request.MACHINE,
    approval.MACHINE,
    contact.MACHINE,
    matter.MACHINE,
    emergency.MACHINE,
    playbook.MACHINE,
    channel_stop.MACHINE,
    plan.MACHINE,
    promise.MACHINE,
    *TRACKS.values(),
]
ids = [m.name for m in MACHINES]
# where a contact may begin besides `start`: what we refused, what waits, what reached us
BEGINNINGS = {"contact": {"blocked", "awaiting_approval", "received"}, "channel stop": {"stopped"}}


@pytest.mark.parametrize("machine", MACHINES, ids=ids)
def test_every_state_can_be_reached(machine):
    reached = {machine.start, *(s for s in machine.next if s in BEGINNINGS.get(machine.name, ()))}
    while True:
        more = {t for s in reached for t in machine.next[s]} | reached
        if more == reached:
            break
        reached = more
    assert reached == set(machine.next)


@pytest.mark.parametrize("machine", MACHINES, ids=ids)
def test_from_every_state_an_end_can_be_reached(machine):
    ends = {s for s in machine.next if machine.ended(s)}
    assert ends
    while True:
        more = {s for s in machine.next if machine.next[s] & ends} | ends
        if more == ends:
            break
        ends = more
    assert ends == set(machine.next)


def test_a_refusal_names_what_would_be_possible():
    with pytest.raises(ImpossibleStep, match="identity_pending"):
        friend_request.MACHINE.check(
            friend_request.FriendRequest.SEEN, friend_request.FriendRequest.RECONCILED
        )


def test_nobody_is_accepted_without_approval():
    """The law of the desk: the only way into `accepted_by_member` or `reconciled` leads through `approved`."""
    states = friend_request.FriendRequest
    into = {
        s for s in states for t in friend_request.MACHINE.next[s] if t in {"accepted_by_member", "reconciled"}
    }
    assert into == {states.APPROVED, states.ACCEPTED_BY_MEMBER}


@pytest.mark.parametrize("track", Track)
def test_every_stage_of_a_track_has_its_column(track):
    stands = {stage: phase(track, stage) for stage in TRACKS[track].next}
    assert stands[TRACKS[track].start] == Phase.PREPARING
    assert {s for s, p in stands.items() if p == Phase.ENDED} == {s for s in stands if TRACKS[track].ended(s)}
