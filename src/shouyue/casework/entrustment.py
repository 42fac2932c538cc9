"""A matter in the hands of an agency, until it is taken back and the data is given back or deleted (R21)."""

from __future__ import annotations

from enum import StrEnum

from shouyue.casework.machine import Machine


class Entrustment(StrEnum):
    ENTRUSTED = "entrusted"
    TOLD = "told"
    RECALLED = "recalled"
    ENDED = "ended"
    GIVEN_BACK = "given_back"


E = Entrustment

MACHINE = Machine(
    name="entrustment",
    start=E.ENTRUSTED,
    next={
        E.ENTRUSTED: frozenset({E.TOLD, E.RECALLED, E.ENDED}),
        E.TOLD: frozenset({E.RECALLED, E.ENDED}),
        E.RECALLED: frozenset({E.GIVEN_BACK}),
        E.ENDED: frozenset({E.GIVEN_BACK}),
        E.GIVEN_BACK: frozenset(),
    },
    owner={
        E.ENTRUSTED: "supervisor",
        E.TOLD: "agency",
        E.RECALLED: "agency",
        E.ENDED: "agency",
        E.GIVEN_BACK: "nobody",
    },
    zh={
        E.ENTRUSTED: "已委托，待告知",
        E.TOLD: "已告知债务人",
        E.RECALLED: "已收回，待交还资料",
        E.ENDED: "到期，待交还资料",
        E.GIVEN_BACK: "资料已交还或删除",
    },
)
OPEN = (E.ENTRUSTED, E.TOLD)
