"""A parameter that is a length of time, as the clocks understand it."""

from __future__ import annotations

from datetime import date

from shouyue.clocks.deadline import Period
from shouyue.policy.parameter import Parameter

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
