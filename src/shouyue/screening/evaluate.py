"""How well screening does on labelled messages: figures per label and per slice, the same for anybody's screening.

Reads the labelled chat (JSON lines with `direction`, `text`, `labels`, optional `context`, `spans`, `difficulty`, `note`) and
the comments of cold and hed_cold (CSV with `text` and `label`), as they stand.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shouyue.screening.finding import INBOUND, OUTBOUND, SURE, Finding
from shouyue.screening.fold import fold
from shouyue.screening.model import model
from shouyue.screening.roles import role_of, with_role

_NONE = {"out": "clean", "in": "neutral"}
Judge = Callable[[Mapping[str, Any]], Iterable[Finding]]  # what screening finds in one message of the file


@dataclass
class Tally:
    """Counts of one slice and label."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)


@dataclass
class Report:
    """Figures of one direction of one file."""

    direction: str
    messages: int = 0
    labels: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    slices: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))  # all labels together
    slice_messages: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    clean_flagged: int = 0
    clean_blocked: int = 0  # flagged with certainty
    twins: int = 0
    twins_flagged: int = 0
    twins_blocked: int = 0
    overlap: list[float] = field(
        default_factory=list
    )  # of labels rightly found: shared characters / all characters of both
    touched: int = 0  # of those, spans that share at least one character

    @property
    def macro_f1(self) -> float:
        """Over the labels that occur in the file, clean and neutral included."""
        seen = [tally.f1 for tally in self.labels.values() if tally.right + tally.missed]
        return sum(seen) / max(len(seen), 1)

    @property
    def macro_f1_without_clean(self) -> float:
        seen = [
            t.f1 for label, t in self.labels.items() if t.right + t.missed and label not in _NONE.values()
        ]
        return sum(seen) / max(len(seen), 1)

    @property
    def accuracy(self) -> float:
        """Where every message has one of two labels."""
        return sum(t.right for t in self.labels.values()) / max(self.messages, 1)

    def as_json(self) -> dict[str, Any]:
        def rate(part: int, whole: int) -> float | None:
            return round(part / whole, 4) if whole else None

        return {
            "direction": self.direction, "messages": self.messages,
            "macro_f1": round(self.macro_f1, 4), "macro_f1_without_clean": round(self.macro_f1_without_clean, 4),
            "labels": {
                label: {"precision": round(t.precision, 4), "recall": round(t.recall, 4), "f1": round(t.f1, 4), "messages": t.right + t.missed}
                for label, t in sorted(self.labels.items())
            },
            "false_alarms_per_1000_clean": round(1000 * self.clean_flagged / self.clean, 1) if self.clean else None,
            "clean_blocked": rate(self.clean_blocked, self.clean), "twins_flagged": rate(self.twins_flagged, self.twins),
            "twins_blocked": rate(self.twins_blocked, self.twins),
            "span_overlap": round(sum(self.overlap) / len(self.overlap), 4) if self.overlap else None,
            "spans_touched": rate(self.touched, len(self.overlap)),
            "slices": {name: {"messages": self.slice_messages[name], "precision": round(t.precision, 4), "recall": round(t.recall, 4), "f1": round(t.f1, 4)} for name, t in sorted(self.slices.items())},
        }  # fmt: skip


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The messages of a file. Raises ValueError with the line that cannot be read."""
    if path.suffix not in (".csv", ".jsonl", ".ndjson", ".json"):
        raise ValueError(f"{path.name}: expected labelled messages as JSON lines or CSV")
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), 2):
                if "text" not in row or "label" not in row:
                    raise ValueError(
                        f"{path.name}:{number}: expected the columns text and label, found {', '.join(row)}"
                    )
                labels = ["insult"] if row["label"] == "1" else ["neutral"]
                yield {**row, "comment": True, "direction": "in", "labels": labels}
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                one = json.loads(line)
                if not isinstance(one, dict):
                    raise TypeError(f"found {line[:40].strip()!r}")
                known = OUTBOUND if one["direction"] in ("out", "outbound") else INBOUND
                if not set(one["labels"]) <= known:
                    raise ValueError(f"labels {sorted(set(one['labels']) - known)} are not of this direction")
                one["direction"] = "out" if known is OUTBOUND else "in"
                str(one["text"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise ValueError(
                    f"{path.name}:{number}: expected direction, text and labels: {error}"
                ) from error
            yield one


def slices_of(row: Mapping[str, Any]) -> list[str]:
    """What the file says of how a message is hard."""
    found = [f"{name}={row[name]}" for name in ("difficulty", "channel", "changed", "topic") if row.get(name)]
    parts = re.split(r";\s*", row.get("note") or "")
    found += [
        f"evasion={kind}" for part in parts if part.startswith("evasion=") for kind in part[8:].split("+")
    ]
    found += [part for part in parts if part.startswith("lang=")]
    found += ["twin" for part in parts if part.startswith("twin=")]
    disguised = row.get("evasion") or row.get("disguise")
    return (
        found
        + ([f"evasion={disguised}"] if disguised else [])
        + (["with context"] if row.get("context") else [])
    )


def evaluate(path: Path, judge: Judge) -> list[Report]:
    """A report for each direction in the file."""
    reports: dict[str, Report] = {}
    for row in rows(path):
        report = reports.setdefault(row["direction"], Report(row["direction"]))
        count(report, row, list(judge(row)))
    return [reports[direction] for direction in sorted(reports, reverse=True)]


def count(report: Report, row: Mapping[str, Any], findings: list[Finding]) -> None:
    """Add one message."""
    nothing = _NONE[row["direction"]]
    wanted = set(row["labels"])
    found = {one.label for one in findings if one.label} or {nothing}
    report.messages += 1
    slices = slices_of(row)
    report.slice_messages.update(slices)
    for label in wanted | found:
        for tally in (report.labels[label], *(report.slices[name] for name in slices)):
            tally.right += label in wanted and label in found
            tally.wrong += label not in wanted
            tally.missed += label not in found
    if wanted == {nothing}:
        flagged = found != {nothing}
        blocked = any(one.label and one.certainty >= SURE for one in findings)
        report.clean += 1
        report.clean_flagged += flagged
        report.clean_blocked += blocked
        if "twin" in slices:
            report.twins += 1
            report.twins_flagged += flagged
            report.twins_blocked += blocked
    spans: dict[str, set[int]] = defaultdict(set)
    for span in row.get("spans") or ():
        spans[span["label"]] |= set(range(span["start"], span["end"]))
    for label in wanted & found & set(spans):
        ours = {at for one in findings if one.label == label for at in range(one.start, one.end)}
        report.overlap.append(len(spans[label] & ours) / len(spans[label] | ours))
        report.touched += bool(spans[label] & ours)


def by_screening(row: Mapping[str, Any]) -> Iterable[Finding]:
    """What Shouyue finds: the whole path, or for comments of strangers the offence model."""
    if row.get("comment"):
        return model("offence").judge(fold(row["text"]))
    from shouyue.screening import screen

    said = screen(row["text"], direction=row["direction"], context=row.get("context") or ())
    return with_role(
        said, row["text"], direction=row["direction"], role=role_of(row, row["direction"])
    ).findings


def as_text(report: Report) -> str:
    """A table for a terminal."""
    figures = report.as_json()
    lines = [
        f"{figures['direction']}  {figures['messages']} messages",
        f"{'label':<26}{'precision':>10}{'recall':>8}{'F1':>8}{'messages':>10}",
    ]
    for label, one in figures["labels"].items():
        lines.append(
            f"{label:<26}{one['precision']:>10.3f}{one['recall']:>8.3f}{one['f1']:>8.3f}{one['messages']:>10}"
        )
    lines.append(
        f"macro-F1 {figures['macro_f1']:.4f} (without clean and neutral {figures['macro_f1_without_clean']:.4f})"
    )
    if report.clean:
        lines.append(
            f"false alarms per 1,000 clean messages: {figures['false_alarms_per_1000_clean']} that a person looks at,"
            f" {1000 * report.clean_blocked / report.clean:.1f} blocked without one"
        )
    if report.twins:
        lines.append(
            f"benign twins: {100 * report.twins_flagged / report.twins:.1f} % flagged, {100 * report.twins_blocked / report.twins:.1f} % blocked"
        )
    if report.overlap:
        lines.append(
            f"span overlap {figures['span_overlap']:.3f} (shared / all characters), {100 * report.touched / len(report.overlap):.1f} % touch"
        )
    for name, one in figures["slices"].items():
        lines.append(
            f"  {name:<26}{one['messages']:>6} messages  precision {one['precision']:.3f}  recall {one['recall']:.3f}  F1 {one['f1']:.3f}"
        )
    return "\n".join(lines)
