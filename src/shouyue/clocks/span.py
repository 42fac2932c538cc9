"""Half-open spans of time: the start belongs to the span, the end does not, so spans that touch neither overlap nor leave a gap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

T = TypeVar("T", date, datetime)


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """[start, end) of days or of aware moments. `None` as end: it has not ended, or we do not know when.

    An empty or backward span is an error: whoever made it meant something else.
    """

    start: T
    end: T | None = None

    def __post_init__(self) -> None:
        for edge in (self.start, self.end):
            if isinstance(edge, datetime) and edge.tzinfo is None:
                raise ValueError(f"{edge.isoformat()} has no zone; a moment needs one, for instance +08:00")
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"a span must end after it starts; found {self.start} to {self.end}")

    def __contains__(self, moment: T) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)

    def overlaps(self, other: Span[T]) -> bool:
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def meet(self, other: Span[T]) -> Span[T] | None:
        """What both cover, or None."""
        if not self.overlaps(other):
            return None
        ends = [e for e in (self.end, other.end) if e is not None]
        return Span(max(self.start, other.start), min(ends) if ends else None)

    def __str__(self) -> str:
        return f"[{self.start} … {self.end or '∞'})"


def joined(spans: Iterable[Span[T]]) -> tuple[Span[T], ...]:
    """The same moments in as few spans as possible, in order: what overlaps or touches becomes one."""
    result: list[Span[T]] = []
    for span in sorted(spans, key=lambda s: s.start):
        last = result[-1] if result else None
        if last is None or (last.end is not None and last.end < span.start):
            result.append(span)
        elif last.end is not None:
            result[-1] = Span(last.start, None if span.end is None else max(last.end, span.end))
    return tuple(result)
