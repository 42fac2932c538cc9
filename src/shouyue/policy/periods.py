"""A parameter that is a length of time, as the clocks understand it."""

from __future__ import annotations

from datetime import date
from typing import Any

from shouyue.clocks.deadline import Period, ends_on
from shouyue.policy.parameter import Parameter
from shouyue.policy.table import Table

UNITS = ("days", "months", "years")


def length(parameter: Parameter, on: date) -> Period:
    """The period on a day; the parameter's unit is days, months or years."""
    value = int(parameter.on(on))
    match parameter.unit:
        case "days":
            return Period(days=value)
        case "months":
            return Period(months=value)
        case "years":
            return Period(months=12 * value)
    raise ValueError(f"{parameter.id} is in {parameter.unit}; a period is in {', '.join(UNITS)}")


def both_dates(end: date, table: Table) -> dict[str, Any]:
    """What a reason says of a deadline: the safe day that counts, the days left to it, and the legal day (rolled over rest
    days) beside it where the pack's calendar can tell and it differs."""
    legal = ends_on(end, table.calendar).legal
    shown = {} if legal is None or legal == end else {"legal_last_day": legal.isoformat()}
    return {"safe_deadline": end.isoformat(), "days_left": (end - table.today).days, **shown}
