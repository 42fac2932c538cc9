"""Bars and lines as places in a drawing; the template draws them, and says every number in words beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shouyue.desk.board.figures import Count, Spans
from shouyue.desk.board.reads import Line

WIDE, TALL = 480, 120


@dataclass(frozen=True)
class Bar:
    """One bar of the drawing, from the left and from above, and the line that it stands for."""

    x: str
    y: str
    width: str
    height: str
    line: Line


def height_of(value: Count | Spans) -> Decimal | None:
    """What a bar's height is drawn from; None where there is nothing to draw."""
    if isinstance(value, Spans):
        return None if value.median is None else Decimal(value.median)
    return value.share


def bars(lines: Sequence[Line], wide: int = WIDE, tall: int = TALL) -> list[Bar]:
    heights = [height_of(line.value) for line in lines]
    most = max((h for h in heights if h is not None), default=Decimal(0))
    if not most:
        return []
    step = min(wide / len(lines), 64)
    drawn = []
    for n, (line, height) in enumerate(zip(lines, heights, strict=True)):
        if height:
            up = max(1.0, float(height / most) * (tall - 4))
            drawn.append(
                Bar(f"{n * step:.1f}", f"{tall - up:.1f}", f"{max(1.0, step - 3):.1f}", f"{up:.1f}", line)
            )
    return drawn
