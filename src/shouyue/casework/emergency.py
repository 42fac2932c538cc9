"""An emergency: stop at once, keep everything, tell people, go legal, let go with two persons (R11)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Emergency(StrEnum):
    OPENED = "opened"
    CHANNELS_STOPPED = "channels_stopped"
    EVIDENCE_FROZEN = "evidence_frozen"
    LEGAL_HANDED = "legal_handed"
    RELEASE_ASKED = "release_asked"
    RELEASED = "released"
    DRILLED = "drilled"  # a drill: nothing was touched, the time was taken


E = Emergency

MACHINE = Machine(
    name="emergency",
    start=E.OPENED,
    next={
        E.OPENED: frozenset({E.CHANNELS_STOPPED, E.DRILLED}),
        E.CHANNELS_STOPPED: frozenset({E.EVIDENCE_FROZEN}),
        E.EVIDENCE_FROZEN: frozenset({E.LEGAL_HANDED, E.RELEASE_ASKED}),
        E.LEGAL_HANDED: frozenset({E.RELEASE_ASKED}),
        E.RELEASE_ASKED: frozenset({E.RELEASED, E.EVIDENCE_FROZEN, E.LEGAL_HANDED}),
        E.RELEASED: frozenset(),
        E.DRILLED: frozenset(),
    },
    owner={
        E.OPENED: "system",
        E.CHANNELS_STOPPED: "system",
        E.EVIDENCE_FROZEN: "supervisor",
        E.LEGAL_HANDED: "legal",
        E.RELEASE_ASKED: "a second person",
        E.RELEASED: "nobody",
        E.DRILLED: "nobody",
    },
    zh={
        E.OPENED: "已启动",
        E.CHANNELS_STOPPED: "渠道已停",
        E.EVIDENCE_FROZEN: "证据已固定",
        E.LEGAL_HANDED: "已转法务",
        E.RELEASE_ASKED: "待第二人解除",
        E.RELEASED: "已解除",
        E.DRILLED: "演练完成",
    },
)
