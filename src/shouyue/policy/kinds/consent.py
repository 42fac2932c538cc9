"""A person's own agreement to hours that are otherwise closed. Speaks inside the window if the consent on file `is` so:

`valid`        given by the person contacted, for this channel and hour, not withdrawn
`doubtful`     a pre-printed clause, or the hours or channels were not recorded: a person decides
`not_covering` there is a consent, but it is somebody else's, withdrawn, or for other hours or channels

`of` names the fact: none, or an entry with subject, channels, window ("22:30-23:30"), form, individually_agreed,
given_at, revoked_at. A valid or doubtful consent usually `lifts` the rules about hours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from shouyue.policy.contacts import DAY
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds.base import Plain
from shouyue.policy.kinds.window import SECOND, Window
from shouyue.policy.kinds.window import read as read_window
from shouyue.policy.match import as_date, as_instant, seconds
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written
from shouyue.policy.table import MAYBE, NO, YES, Table, Truth, both

KEYS = ("from", "to", "of", "is")
PARTS = ("subject", "channels", "window", "form", "individually_agreed", "given_at", "revoked_at")
WHO = ("recipient.role", "recipient.person", "recipient.name")


@dataclass(frozen=True, slots=True)
class Consent(Plain):
    closed: Window
    of: str
    state: str

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.of, *(f"{self.of}.{p}" for p in PARTS), *WHO, "channel")

    def judge(self, table: Table) -> Truth:
        closed = self.closed.judge(table)
        if isinstance(closed, int) and closed == NO:
            return NO
        mark = ("consent", self.of)  # its three states are asked one after the other
        if mark not in table.memo:
            table.memo[mark] = table.map(
                self._fixed, self.of, *(f"{self.of}.{p}" for p in PARTS), *WHO, "channel"
            )
        return both(closed, self._with_time(table.memo[mark], table))

    def _fixed(self, there: Any, subject: Any, channels: Any, window: Any, form: Any, own: Any, given: Any,
               revoked: Any, role: Any, person: Any, name: Any, channel: Any) -> int:  # fmt: skip
        """The state apart from the hour: 0 none, 1 unknown, 2 valid so far, 3 doubtful, 4 not covering."""
        if there is UNKNOWN:
            return 1
        if there is None or there is False:
            return 0
        if subject is UNKNOWN or subject is None or subject not in (role, person, name):
            return 4
        if channels not in (UNKNOWN, None) and channel not in channels:
            return 4
        if (
            form == "standard_contract_clause"
            or own is False
            or channels in (UNKNOWN, None)
            or window in (UNKNOWN, None)
        ):
            return 3
        return 2

    def _with_time(self, fixed: Any, table: Table) -> Truth:
        """The state with the hour, as NO, MAYBE or YES for the state asked about."""
        if isinstance(fixed, int) and fixed <= 1:
            return NO if fixed == 0 else MAYBE
        offset = int(np.max(table.offset))
        revoked = table.whole(lambda v: _us(v, FAR, 0, offset), f"{self.of}.revoked_at")
        given = table.whole(lambda v: _us(v, -FAR, 1, offset), f"{self.of}.given_at")
        begin = table.whole(lambda v: _edge(v, 0), f"{self.of}.window")
        end = table.whole(lambda v: _edge(v, 1), f"{self.of}.window")
        clock = table.local % DAY
        stands = (np.greater(revoked, table.at)) & (np.less_equal(given, table.at))
        within = np.where(
            np.less(begin, end), (clock >= begin) & (clock < end), (clock >= begin) | (clock < end)
        )
        good = stands & within
        state = np.where(np.less_equal(fixed, 1), fixed, np.where(good, fixed, 4))
        wanted = {"valid": 2, "doubtful": 3, "not_covering": 4}[self.state]
        answer = np.where(state == 1, np.uint8(MAYBE), np.where(state == wanted, np.uint8(YES), np.uint8(NO)))
        return int(answer) if table.single else answer

    def opens(self, table: Table) -> int | None:
        """When the consent's own hours next begin (µs UTC), if it is otherwise good."""
        window = table.value(f"{self.of}.window")
        if window in (UNKNOWN, None) or self.state != "valid":
            return None
        assert isinstance(table.at, int) and isinstance(table.local, int)
        begin = seconds(_hours(window)[0]) * SECOND
        return table.at + ((begin - table.local % DAY) % DAY or DAY)

    def until(self, table: Table) -> int | None:
        end = self.closed.until(table)
        window = table.value(f"{self.of}.window")
        if window in (UNKNOWN, None) or end is None:
            return end
        assert isinstance(table.at, int) and isinstance(table.local, int)
        begin = seconds(_hours(window)[0]) * SECOND
        return min(end, table.at + ((begin - table.local % DAY) % DAY or DAY))


FAR = 1 << 62
_FROM_TO = re.compile(r"(\d{1,2}:\d{2})\s*[-–—~～至到]\s*(\d{1,2}:\d{2})")


def _us(value: Any, none: int, later: int, offset: int) -> int:
    """A moment. Of a bare date the edge that allows less: a withdrawal takes the whole day, a consent begins the day after."""
    if value is UNKNOWN or value is None or value is False:
        return none
    instant = as_instant(value)
    if instant is not None:
        return instant
    return ((as_date(value) - date(1970, 1, 1)).days + later) * DAY - offset * SECOND


def _edge(window: Any, which: int) -> int:
    """Where the hours agreed begin (0) or end (1), µs of the day; without hours, the whole day (which stays doubtful)."""
    if window is UNKNOWN or window is None:
        return 0
    return seconds(_hours(window)[which]) * SECOND


def _hours(window: Any) -> tuple[str, str]:
    found = _FROM_TO.fullmatch(str(window).strip())
    if not found:
        raise ValueError(f"hours agreed are written 22:30-23:30; found {window!r}")
    begin, end = (said.zfill(5).replace("24:00", "00:00") for said in found.groups())
    return begin, end


def read(ground: Written, parameters: Mapping[str, Parameter]) -> Consent:
    state = ground.need("is")
    if state not in ("valid", "doubtful", "not_covering"):
        raise ground.place.error(f"'is' takes valid, doubtful, not_covering; found {state!r}")
    return Consent(read_window(ground, parameters), ground.need("of"), state)
