"""The roads to an enforceable title, and where a stage stands on them: the columns of the legal officer's board."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from shouyue.casework import arbitration, mediation, notarised, realisation, suit
from shouyue.casework.machine import Machine


class Track(StrEnum):
    SUIT = "suit"
    REALISATION = "realisation"
    NOTARISED = "notarised"
    ARBITRATION = "arbitration"
    MEDIATION = "mediation"


class Phase(StrEnum):
    """What stages of different tracks have in common."""

    PREPARING = "preparing"
    FILED = "filed"
    HEARD = "heard"
    DECIDED = "decided"
    ENFORCING = "enforcing"
    ENDED = "ended"


MACHINES: dict[Track, Machine[Any]] = {
    Track.SUIT: suit.MACHINE,
    Track.REALISATION: realisation.MACHINE,
    Track.NOTARISED: notarised.MACHINE,
    Track.ARBITRATION: arbitration.MACHINE,
    Track.MEDIATION: mediation.MACHINE,
}
_PHASES = {
    Phase.PREPARING: {"preparing"},
    Phase.FILED: {"submitted", "accepted", "certificate_requested", "asked", "pre_trial_mediation", "tribunal"},
    Phase.HEARD: {"preservation", "hearing", "review", "in_session"},
    Phase.DECIDED: {"judgment", "appeal", "ruling", "award", "agreed", "confirmation", "certified", "effective"},
    Phase.ENFORCING: {"enforcement", "terminated_for_now", "resumed"},
}  # fmt: skip


def stages(track: Track) -> list[str]:
    """The stages of a track, in order."""
    return [str(one) for one in MACHINES[track].next]


def stage(track: Track, name: str) -> Any:
    """The stage of that name on a track. Raises ValueError, naming those that exist."""
    known = stages(track)
    if name not in known:
        raise ValueError(f"{track} has no stage {name!r}; it has {', '.join(known)}")
    return type(MACHINES[track].start)(name)


def phase(track: Track, name: str) -> Phase:
    """In which column a stage stands."""
    if MACHINES[track].ended(stage(track, name)):
        return Phase.ENDED
    return next(phase for phase, names in _PHASES.items() if name in names)
