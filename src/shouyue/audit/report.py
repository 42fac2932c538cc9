"""What an audit found, for people (one HTML file, no scripts, nothing fetched) and for machines (JSON)."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from shouyue.audit.judge import Found
from shouyue.audit.run import Audit

BROKEN_SHOWN = 200


def _share(part: int, whole: int) -> str:
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
        "from": _iso(audit.first),
        "to": _iso(audit.last),
        "contacts_with_a_block": audit.flagged,
        "share_with_a_block_percent": _share(audit.flagged, audit.contacts),
        "text_screened": audit.with_text,
        "broken": len(audit.broken),
        "broken_rows": [
            {"file": b.file, "row": b.row, "column": b.column, "found": b.found, "expected": b.expected}
            for b in audit.broken
        ],
        "rules": [_rule(audit, id, effect, found) for (id, effect), found in _ordered(audit) if found.rows],
        "not_judged": [
            {
                "rule": id,
                "effect": effect,
                "contacts": found.unsure,
                "needs": "facts that the history does not hold",
            }
            for (id, effect), found in _ordered(audit)
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
        "share_percent": _share(found.rows, audit.contacts),
        "could_not_judge": found.unsure,
        "by_staff": {audit.names.get(s, str(s) if s else "—"): n for s, n in found.staff.most_common(50)},
        "by_channel": dict(found.channel.most_common()),
        "by_hour": {str(h): n for h, n in sorted(found.hour.items())},
        "by_week": dict(sorted(found.week.items())),
        "rows": [{"file": Path(audit.files[file]).name, "row": row} for file, row, _ in found.samples],
    }


def _ordered(audit: Audit) -> list[tuple[tuple[str, str], Found]]:
    weight = {"block": 0, "approval": 1, "warn": 2}
    return sorted(audit.rules.items(), key=lambda item: (weight.get(item[0][1], 3), -item[1].rows, item[0]))


def _iso(us: int) -> str:
    return datetime.fromtimestamp(us // 1_000_000, UTC).isoformat() if us else ""


def write_json(audit: Audit, target: Path) -> None:
    target.write_text(json.dumps(to_data(audit), ensure_ascii=False, indent=1), encoding="utf-8")


# ── for people ──

WORDS = {
    "block": ("禁止", "forbidden"),
    "approval": ("须审批", "needed approval"),
    "warn": ("提示", "warned"),
}
CSS = """
:root{color-scheme:light dark;--ink:#17202b;--soft:#5d6874;--line:#dce0e6;--paper:#f4f5f7;--card:#fff;--stop:#9d1f18;--warn:#7a4a00;--bar:#1c4c8c}
@media(prefers-color-scheme:dark){:root{--ink:#e7ecf1;--soft:#98a5b1;--line:#2b3641;--paper:#0f141a;--card:#171e26;--stop:#ff9c92;--warn:#f0c174;--bar:#86b6f2}}
*{box-sizing:border-box}body{margin:0;font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans SC",sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:1080px;margin:0 auto;padding:24px}h1{font-size:26px;margin:0}h2{font-size:19px;margin:32px 0 8px}h3{font-size:16px;margin:0}
p.soft,.soft{color:var(--soft)}.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:20px 0}
.card,section.rule{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px}.card b{display:block;font-size:24px;font-variant-numeric:tabular-nums}
section.rule{margin:12px 0}.head{display:flex;gap:12px;align-items:baseline;flex-wrap:wrap}.head .n{margin-left:auto;font-size:20px;font-weight:700;font-variant-numeric:tabular-nums}
.effect{font-size:13px;border:1px solid;border-radius:4px;padding:0 6px}.block{color:var(--stop)}.approval,.warn{color:var(--warn)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{text-align:left;padding:4px 8px;border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:16px}svg{width:100%;height:auto;display:block}svg rect{fill:var(--bar)}svg text{fill:var(--soft);font:10px system-ui}
details{margin-top:8px}summary{cursor:pointer;color:var(--soft)}.scroll{overflow-x:auto}
"""


def write_html(audit: Audit, target: Path) -> None:
    """One self-contained page in Chinese and English."""
    target.write_text(page(audit), encoding="utf-8")


def page(audit: Audit) -> str:
    data = to_data(audit)
    e = html.escape
    rules = "".join(
        _section(audit, id, effect, found) for (id, effect), found in _ordered(audit) if found.rows
    )
    blind = "".join(
        f"<tr><td>{e(row['rule'])}</td><td>{e(audit.pack.rule(row['rule']).title.zh)}<br><span class=soft>{e(audit.pack.rule(row['rule']).title.en)}</span></td>"
        f"<td class=n>{row['contacts']:,}</td></tr>"
        for row in data["not_judged"]
    )
    broken = "".join(
        f"<tr><td>{e(b.file)}</td><td class=n>{b.row}</td><td>{e(b.column)}</td><td>{e(b.found)}</td><td>{e(b.expected)}</td></tr>"
        for b in audit.broken.listed[:BROKEN_SHOWN]
    )
    cards = "".join(
        f"<div class=card><span class=soft>{zh} · {en}</span><b>{value}</b></div>"
        for zh, en, value in (
            ("联系", "contacts", f"{audit.contacts:,}"),
            ("债务人", "debtors", f"{audit.debtors:,}"),
            ("至少一条禁止", "with a block", f"{audit.flagged:,}"),
            ("占比", "share", f"{data['share_with_a_block_percent']} %"),
            ("无法读取的行", "broken rows", f"{len(audit.broken):,}"),
            ("无法判断的规则", "rules not judged", f"{len(data['not_judged'])}"),
        )
    )
    return f"""<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>联系记录审查 · Contact audit</title><style>{CSS}</style><main>
<h1>联系记录审查 <span class=soft>Contact audit</span></h1>
<p class=soft>{e(", ".join(data["files"]))} · {e(data["from"])} – {e(data["to"])}<br>
规则包 pack {e(audit.pack.name)} {e(str(audit.pack.version))} · {e(audit.pack.fingerprint)}</p>
<div class=cards>{cards}</div>
<div class=two><div class=card><h3>按小时 <span class=soft>by local hour</span></h3>{bars({str(h): audit.hour.get(h, 0) for h in range(24)}, "contacts by local hour")}</div>
<div class=card><h3>按渠道 <span class=soft>by channel</span></h3>{bars(dict(audit.channel.most_common(8)), "contacts by channel")}</div></div>
<h2>规则 <span class=soft>Rules that spoke</span></h2>{rules or "<p>未发现。 Nothing was found.</p>"}
<h2>无法判断 <span class=soft>Not judged: the history does not say</span></h2>
<p class=soft>记录中没有这些规则所需的事实（例如同意、停催、考试）。不知道不等于合规。 Not knowing is not permission.</p>
<div class=scroll><table><tr><th>rule<th>规则<th class=n>contacts</tr>{blind}</table></div>
<h2>无法读取的行 <span class=soft>Broken rows ({len(audit.broken):,})</span></h2>
<div class=scroll><table><tr><th>file<th class=n>row<th>column<th>found<th>expected</tr>{broken}</table></div>
{f"<p class=soft>… {len(audit.broken) - BROKEN_SHOWN:,} more are in the JSON form.</p>" if len(audit.broken) > BROKEN_SHOWN else ""}
</main></html>"""


def _section(audit: Audit, id: str, effect: str, found: Found) -> str:
    e = html.escape
    rule = audit.pack.rule(id)
    zh, en = WORDS.get(effect, (effect, effect))
    staff = {audit.names.get(s, str(s) if s else "—"): n for s, n in found.staff.most_common(10)}
    rows = "、".join(f"{e(Path(audit.files[f]).name)}:{row}" for f, row, _ in found.samples)
    unsure = f" · 另有 {found.unsure:,} 条无法判断 could not be judged" if found.unsure else ""
    return f"""<section class=rule><div class=head><h3>{e(rule.title.zh)}</h3><span class="effect {effect}">{zh} {en}</span><span class=n>{found.rows:,}</span></div>
<p class=soft>{e(rule.title.en)}<br>{e(id)} · {e(rule.citation)} · {e(rule.confidence)} · {_share(found.rows, audit.contacts)} %{unsure}</p>
<div class=two><div>{table("人员 staff", staff)}</div><div>{bars({str(h): found.hour.get(h, 0) for h in range(24)}, f"{id} by local hour")}</div></div>
<div class=two><div>{table("渠道 channel", dict(found.channel.most_common(6)))}</div><div>{bars(dict(sorted(found.week.items())[-53:]), f"{id} by week")}</div></div>
<details><summary>行 rows</summary>{rows}</details></section>"""


def table(head: str, counts: Mapping[str, int]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(str(k))}</td><td class=n>{n:,}</td></tr>" for k, n in counts.items()
    )
    return f"<table><tr><th>{head}<th class=n>n</tr>{rows}</table>"


def bars(counts: Mapping[str, int], title: str) -> str:
    """A bar chart as SVG, with its figures as the text alternative."""
    if not counts:
        return ""
    most = max(counts.values()) or 1
    wide = 480 / len(counts)
    shapes, labels = [], []
    every = max(1, len(counts) // 8)
    for n, (name, value) in enumerate(counts.items()):
        tall = 90 * value // most
        shapes.append(
            f'<rect x="{n * wide:.1f}" y="{96 - tall}" width="{max(1, wide - 2):.1f}" height="{tall}"><title>{html.escape(name)}: {value:,}</title></rect>'
        )
        if n % every == 0:
            labels.append(f'<text x="{n * wide:.1f}" y="110">{html.escape(name[-8:])}</text>')
    said = ", ".join(f"{k}: {v}" for k, v in counts.items() if v)
    return f'<svg viewBox="0 0 480 116" role="img" aria-label="{html.escape(title)}: {html.escape(said)}">{"".join(shapes)}{"".join(labels)}</svg>'


def summary(audit: Audit, most: int = 12) -> Iterable[str]:
    """A few lines for the terminal."""
    yield f"{audit.contacts:,} contacts with {audit.debtors:,} debtors, {_iso(audit.first)} to {_iso(audit.last)}"
    yield f"{audit.flagged:,} ({_share(audit.flagged, audit.contacts)} %) broke at least one rule that blocks"
    for (id, effect), found in _ordered(audit)[:most]:
        if found.rows:
            rule = audit.pack.rule(id)
            yield f"  {found.rows:>10,}  {effect:<8}  {id:<28} {rule.title.zh}  [{rule.citation}; {rule.confidence}]"
    blind = Counter(effect for (_, effect), found in audit.rules.items() if found.unsure and not found.rows)
    if blind:
        yield f"not judged, for want of facts in the history: {', '.join(f'{n} rules that {e}' for e, n in blind.items())}"
    if audit.broken:
        yield f"{len(audit.broken):,} rows could not be read; the first: {audit.broken.listed[0].file} row {audit.broken.listed[0].row}, {audit.broken.listed[0].column}: found {audit.broken.listed[0].found!r}, expected {audit.broken.listed[0].expected}"
