"""What an audit found, for machines (JSON) and in a few lines for a terminal. The page for people is `audit.page`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from shouyue.audit.judge import Found
from shouyue.audit.run import Audit


def share(part: int, whole: int) -> str:
    """A share in percent with two places, as text: exact, never a float."""
    return f"{Decimal(100 * part) / Decimal(whole):.2f}" if whole else "0.00"


def to_data(audit: Audit) -> dict[str, Any]:
    """The machine form. Counts are whole numbers, shares text in percent, times ISO 8601 UTC."""
    return {
        "pack": audit.pack.name,
        "pack_version": str(audit.pack.version),
        "fingerprint": audit.pack.fingerprint,
        "files": [Path(f).name for f in audit.files],
        "contacts": audit.contacts,
        "debtors": audit.debtors,
        "from": iso(audit.first),
        "to": iso(audit.last),
        "contacts_with_a_block": audit.flagged,
        "share_with_a_block_percent": share(audit.flagged, audit.contacts),
        "text_screened": audit.with_text,
        "broken": len(audit.broken),
        "broken_rows": [
            {"file": b.file, "row": b.row, "column": b.column, "found": b.found, "expected": b.expected}
            for b in audit.broken
        ],
        "rules": [_rule(audit, id, effect, found) for (id, effect), found in in_weight(audit) if found.rows],
        "not_judged": [
            {
                "rule": id,
                "effect": effect,
                "contacts": found.unsure,
                "needs": "facts that the history does not hold",
            }
            for (id, effect), found in in_weight(audit)
            if found.unsure and not found.rows
        ],
        "by_channel": dict(audit.channel.most_common()),
        "by_hour": {str(h): audit.hour.get(h, 0) for h in range(24)},
    }


def _rule(audit: Audit, id: str, effect: str, found: Found) -> dict[str, Any]:
    rule = audit.pack.rule(id)
    return {
        "rule": id,
        "effect": effect,
        "title": rule.title.to_data(),
        "citation": rule.citation,
        "confidence": rule.confidence,
        "contacts": found.rows,
        "share_percent": share(found.rows, audit.contacts),
        "could_not_judge": found.unsure,
        "by_staff": {audit.names.get(s, str(s) if s else "—"): n for s, n in found.staff.most_common(50)},
        "by_channel": dict(found.channel.most_common()),
        "by_hour": {str(h): n for h, n in sorted(found.hour.items())},
        "by_week": dict(sorted(found.week.items())),
        "rows": [{"file": Path(audit.files[file]).name, "row": row} for file, row, _ in found.samples],
    }


def in_weight(audit: Audit) -> list[tuple[tuple[str, str], Found]]:
    """The gravest effect first, then the most contacts."""
    weight = {"block": 0, "approval": 1, "warn": 2}
    return sorted(audit.rules.items(), key=lambda item: (weight.get(item[0][1], 3), -item[1].rows, item[0]))


def iso(us: int) -> str:
    return datetime.fromtimestamp(us // 1_000_000, UTC).isoformat() if us else ""


def span(audit: Audit) -> str:
    """From the first contact to the last, as the clock stood where the pack's law is."""
    if not audit.contacts:
        return "—"
    zone = audit.pack.zone
    first, last = (datetime.fromtimestamp(us // 1_000_000, zone) for us in (audit.first, audit.last))
    return f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M} ({zone.key})"


def write_json(audit: Audit, target: Path) -> None:
    target.write_text(json.dumps(to_data(audit), ensure_ascii=False, indent=1), encoding="utf-8")


def summary(audit: Audit, most: int = 12) -> Iterable[str]:
    """A few lines for the terminal."""
    yield f"{audit.contacts:,} contacts with {audit.debtors:,} debtors, {span(audit)}"
    yield f"{audit.flagged:,} ({share(audit.flagged, audit.contacts)} %) broke at least one rule that blocks"
    for (id, effect), found in in_weight(audit)[:most]:
        if found.rows:
            rule = audit.pack.rule(id)
            yield f"  {found.rows:>10,}  {effect:<8}  {id:<28} {rule.title.zh}  [{rule.citation}; {rule.confidence}]"
    blind = Counter(effect for (_, effect), found in audit.rules.items() if found.unsure and not found.rows)
    if blind:
        yield f"not judged, for want of facts in the history: {', '.join(f'{n} of effect {e}' for e, n in blind.items())} (rules)"
    if audit.broken:
        one = audit.broken.listed[0]
        where = f"{one.file} row {one.row}" + (f", {one.column}" if one.column else "")
        yield f"{len(audit.broken):,} rows could not be read; the first: {where}: found {one.found!r}, expected {one.expected}"
