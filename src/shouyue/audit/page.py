"""What an audit found, for people: one HTML file in Chinese and English, without scripts, fetching nothing."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from shouyue.audit.judge import Found
from shouyue.audit.report import in_weight, share, span
from shouyue.audit.run import Audit
from shouyue.policy.describe import CONFIDENCE

BROKEN_SHOWN = 200
STAFF_SHOWN = 10
WEEKS_SHOWN = 53
EFFECTS = {
    "block": ("禁止", "forbidden"),
    "approval": ("须审批", "needed approval"),
    "warn": ("提示", "warned"),
    "allow": ("允许", "allowed"),
    "record": ("须记录", "to be recorded"),
}
CHANNELS = {
    "phone": ("电话", "phone"),
    "ai_call": ("智能外呼", "automatic call"),
    "sms": ("短信", "SMS"),
    "wecom": ("企业微信", "WeCom"),
    "kf": ("微信客服", "WeChat service"),
    "wechat_personal": ("个人微信", "personal WeChat"),
    "wechat_group": ("微信群", "WeChat group"),
    "wecom_group": ("企业微信群", "WeCom group"),
    "email": ("邮件", "e-mail"),
    "letter": ("信函", "letter"),
    "visit": ("上门", "visit"),
    "mediation": ("调解", "mediation"),
    "portal": ("本人页面", "own page"),
    "internal": ("内部", "internal"),
}
CSS = """
:root{color-scheme:light dark;--ink:#17202b;--soft:#56616d;--line:#dce0e6;--paper:#f4f5f7;--card:#fff;--stop:#9d1f18;--warn:#7a4a00;--bar:#1c4c8c}
@media(prefers-color-scheme:dark){:root{--ink:#e7ecf1;--soft:#9fabb6;--line:#2b3641;--paper:#0f141a;--card:#171e26;--stop:#ff9c92;--warn:#f0c174;--bar:#86b6f2}}
*{box-sizing:border-box}html{overflow-wrap:anywhere}a{color:inherit}
body{margin:0;font:15px/1.6 -apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:1080px;margin:0 auto;padding:24px 16px}h1{font-size:26px;margin:0}h2{font-size:19px;margin:32px 0 8px}h3{font-size:16px;margin:0}h4{font-size:14px;margin:12px 0 4px}h4:first-child{margin-top:0}
p{margin:8px 0}.soft{color:var(--soft);font-weight:400}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0}
.card,section.rule{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px;min-width:0}
.card b{display:block;font-size:24px;font-variant-numeric:tabular-nums}
section.rule{margin:12px 0}.head{display:flex;gap:12px;align-items:baseline;flex-wrap:wrap}.head .n{margin-left:auto;font-size:20px;font-weight:700;font-variant-numeric:tabular-nums}
.effect{font-size:13px;border:1px solid;border-radius:4px;padding:0 6px;white-space:nowrap}.block{color:var(--stop)}.approval,.warn,.doubt{color:var(--warn)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{text-align:left;padding:4px 8px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;overflow-wrap:normal;padding-right:0;padding-left:8px}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:20px;margin:12px 0}.two>div{min-width:0}
.two .card+.card{margin:0}svg{width:100%;height:auto;display:block}svg rect{fill:var(--bar)}svg text{fill:var(--soft);font-size:11px}
details{margin-top:8px}summary{cursor:pointer;color:var(--soft)}.scroll{overflow-x:auto}
.list{min-width:760px}.list td,.list th{overflow-wrap:break-word;padding-right:16px}.list .n{padding-left:0}td.n,th.n{white-space:nowrap}
@media print{section.rule,.card{break-inside:avoid}details>*{display:block}}
"""


def write_html(audit: Audit, target: Path) -> None:
    """The page, in one file."""
    target.write_text(page(audit), encoding="utf-8")


def page(audit: Audit) -> str:
    """The whole of it: what was read, the sum, the rules that spoke, what could not be judged or read."""
    spoke = [(id, effect, found) for (id, effect), found in in_weight(audit) if found.rows]
    silent = [(id, found) for (id, _), found in in_weight(audit) if found.unsure and not found.rows]
    cards = "".join(
        f"<div class=card><span class=soft>{zh} · {en}</span><b>{value}</b></div>"
        for zh, en, value in (
            ("联系", "contacts", f"{audit.contacts:,}"),
            ("债务人", "debtors", f"{audit.debtors:,}"),
            ("至少违反一条禁止", "broke a block", f"{audit.flagged:,}"),
            ("占比", "share", f"{share(audit.flagged, audit.contacts)} %"),
            ("无法判断的规则", "rules not judged", f"{len(silent)}"),
            ("无法读取的行", "broken rows", f"{len(audit.broken):,}"),
        )
    )
    files = _e(", ".join(Path(f).name for f in audit.files))
    return f"""<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>联系记录审查 · Contact audit</title><style>{CSS}</style><main>
<h1>联系记录审查 <span class=soft lang=en>Contact audit</span></h1>
<p class=soft>{files} · {_e(span(audit))}<br>
规则包 pack {_e(audit.pack.name)} {_e(str(audit.pack.version))} · {_e(audit.pack.fingerprint)}</p>
<div class=cards>{cards}</div>
<div class=two><div class=card><h3>按当地时刻 <span class=soft lang=en>by local hour</span></h3>{bars(_hours(audit.hour), "contacts by local hour")}</div>
<div class=card><h3>按渠道 <span class=soft lang=en>by channel</span></h3>{table(_channels(audit.channel), audit.contacts)}</div></div>
<h2>违反与提示 <span class=soft lang=en>Rules that spoke</span></h2>
{_overview(audit, spoke) if spoke else "<p>未发现。 <span lang=en>Nothing was found.</span></p>"}
{"".join(_section(audit, n, *rule) for n, rule in enumerate(spoke, start=1))}
<h2>无法判断 <span class=soft lang=en>Not judged: the history does not say</span></h2>
<p class=soft>记录中没有这些规则所需的事实（例如同意、停催、考试）。不知道不等于合规。 <span lang=en>Not knowing is not permission.</span></p>
{_silent(audit, silent)}
<h2>无法读取的行 <span class=soft lang=en>Broken rows ({len(audit.broken):,})</span></h2>
{_broken(audit)}
</main></html>"""


def _e(words: object) -> str:
    return html.escape(str(words))


def _overview(audit: Audit, spoke: list[tuple[str, str, Found]]) -> str:
    rows = "".join(
        f"<tr><td><a href='#rule-{n}'>{_e(audit.pack.rule(id).title.zh)}</a> {_effect(effect)}<br>"
        f"<span class=soft lang=en>{_e(audit.pack.rule(id).title.en)}</span></td>"
        f"<td class=n>{found.rows:,}</td><td class=n>{share(found.rows, audit.contacts)} %</td></tr>"
        for n, (id, effect, found) in enumerate(spoke, start=1)
    )
    return f"<div class=card><table><tr><th>规则 rule<th class=n>联系 contacts<th class=n>占比 share</tr>{rows}</table></div>"


def _section(audit: Audit, n: int, id: str, effect: str, found: Found) -> str:
    rule = audit.pack.rule(id)
    staff = {audit.names.get(s, str(s) if s else "—"): c for s, c in found.staff.most_common(STAFF_SHOWN)}
    more = len(found.staff) - len(staff)
    rows = "、".join(f"{_e(Path(audit.files[file]).name)}:{row}" for file, row, _ in found.samples)
    all_rows = (
        ""
        if found.rows <= len(found.samples)
        else f"（前 {len(found.samples)} 条 first {len(found.samples)}）"
    )
    confidence = CONFIDENCE[rule.confidence]
    doubt = " class=doubt" if rule.confidence in {"unconfirmed", "design", "low"} else ""
    unsure = (
        f"<br>另有 {found.unsure:,} 条无法判断 · {found.unsure:,} more could not be judged"
        if found.unsure
        else ""
    )
    weeks = {_week(w): c for w, c in sorted(found.week.items())[-WEEKS_SHOWN:]}
    return f"""<section class=rule id="rule-{n}"><div class=head><h3>{_e(rule.title.zh)}</h3>{_effect(effect)}<span class=n>{found.rows:,}</span></div>
<p class=soft><span lang=en>{_e(rule.title.en)}</span><br>{_e(id)} · {_e(rule.citation)} · <span{doubt}>可信度 {_e(confidence.zh)} {_e(confidence.en)}</span> · {share(found.rows, audit.contacts)} %{unsure}</p>
<div class=two><div><h4>人员 <span class=soft lang=en>staff</span></h4>{table(staff, found.rows)}{f"<p class=soft>另有 {more} 人 · {more} more</p>" if more > 0 else ""}</div>
<div><h4>渠道 <span class=soft lang=en>channel</span></h4>{table(_channels(found.channel), found.rows)}
<h4>当地时刻 <span class=soft lang=en>local hour</span></h4>{bars(_hours(found.hour), f"{id} by local hour")}
<h4>周（周一起） <span class=soft lang=en>week, from Monday</span></h4>{bars(weeks, f"{id} by week")}</div></div>
<details><summary>行 rows{all_rows}</summary>{rows}</details></section>"""


def _silent(audit: Audit, silent: list[tuple[str, Found]]) -> str:
    if not silent:
        return "<p>无。 <span lang=en>None.</span></p>"
    rows = "".join(
        f"<tr><td>{_e(audit.pack.rule(id).title.zh)}<br><span class=soft><span lang=en>{_e(audit.pack.rule(id).title.en)}</span> · {_e(id)}</span></td>"
        f"<td class=n>{found.unsure:,}</td></tr>"
        for id, found in silent
    )
    return f"<div class=card><table><tr><th>规则 rule<th class=n>联系 contacts</tr>{rows}</table></div>"


def _broken(audit: Audit) -> str:
    if not audit.broken:
        return "<p>无。 <span lang=en>None.</span></p>"
    rows = "".join(
        f"<tr><td>{_e(b.file)}</td><td class=n>{b.row}</td><td>{_e(b.column)}</td><td>{_e(b.found)}</td><td>{_e(b.expected)}</td></tr>"
        for b in sorted(audit.broken.listed[:BROKEN_SHOWN], key=lambda b: (b.file, b.row))
    )
    more = len(audit.broken) - BROKEN_SHOWN
    rest = (
        f"<p class=soft>另有 {more:,} 行，见 JSON · {more:,} more are in the JSON form</p>"
        if more > 0
        else ""
    )
    return f"<div class='card scroll' tabindex=0 role=region aria-label='无法读取的行 broken rows'><table class=list><tr><th>文件 file<th class=n>行 row<th>列 column<th>写的是 found<th>应为 expected</tr>{rows}</table></div>{rest}"


def _effect(effect: str) -> str:
    zh, en = EFFECTS.get(effect, (effect, effect))
    return f'<span class="effect {_e(effect)}">{zh} {en}</span>'


def _channels(counts: Mapping[str, int]) -> dict[str, int]:
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {" ".join(CHANNELS.get(name, (name,))): n for name, n in most}


def _hours(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(hour): counts.get(hour, 0) for hour in range(24)}


def _week(monday: str) -> str:
    day = date.fromisoformat(monday)
    return f"{day.month}-{day.day}"


def table(counts: Mapping[str, int], of: int) -> str:
    """Names, counts and their share of `of`."""
    rows = "".join(
        f"<tr><td>{_e(k)}</td><td class=n>{n:,}</td><td class=n>{share(n, of)} %</td></tr>"
        for k, n in counts.items()
    )
    return f"<table>{rows}</table>"


def bars(counts: Mapping[str, int], title: str) -> str:
    """A bar chart as SVG, its greatest figure written above, all figures in its text alternative."""
    if not counts:
        return ""
    most = max(counts.values()) or 1
    wide = min(480 / len(counts), 60)
    shapes: list[str] = []
    labels: list[str] = []
    every = max(1, len(counts) // 8)
    for n, (name, value) in enumerate(counts.items()):
        tall = 84 * value // most
        shapes.append(
            f'<rect x="{n * wide:.1f}" y="{100 - tall}" width="{max(1, wide - 2):.1f}" height="{tall}"><title>{_e(name)}: {value:,}</title></rect>'
        )
        if value == most and not any("data-most" in label for label in labels):
            at, anchor = (n * wide, "start") if n < len(counts) / 2 else ((n + 1) * wide - 2, "end")
            labels.append(f'<text data-most x="{at:.1f}" y="12" text-anchor="{anchor}">{value:,}</text>')
        if n % every == 0:
            labels.append(f'<text x="{n * wide:.1f}" y="114">{_e(name)}</text>')
    said = ", ".join(f"{k}: {v}" for k, v in counts.items() if v)
    return f'<svg viewBox="0 0 480 118" role="img" aria-label="{_e(title)}: {_e(said)}">{"".join(shapes)}{"".join(labels)}</svg>'
