"""Anybody's history, judged as the gate judges one contact; nothing dropped in silence."""

from __future__ import annotations

import csv
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from shouyue.audit.history import Layout, UnreadableHistory, guess, settle
from shouyue.audit.judge import in_order, judge
from shouyue.audit.page import page
from shouyue.audit.report import to_data
from shouyue.audit.run import audit
from shouyue.cli import main
from shouyue.policy.contacts import Contacts
from shouyue.policy.decision import Effect
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.policy.pack import load_pack
from shouyue.screening import screen

CN = load_pack("cn")
HEAD = ["客户号", "联系时间", "渠道", "方向", "工号", "结果", "内容"]
ROWS = [
    ["C1", "2026-03-02T22:30:00+08:00", "电话", "外呼", "1023", "未接通", ""],
    ["C1", "2026-03-02T09:30:00+08:00", "短信", "外呼", "1023", "已送达", "【示例】您好，请回电"],
    ["C3", "2026-03-03T10:30:00+08:00", "短信", "外呼", "1024", "已送达", "再不还钱我们就去你单位闹"],
    *[["C4", f"2026-03-04T{9 + n:02d}:00:00+08:00", "电话", "外呼", "1024", "未接通", ""] for n in range(8)],
]


def write(path: Path, rows=ROWS, head=HEAD) -> Path:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    elif path.suffix == ".jsonl":
        path.write_text(
            "\n".join(json.dumps(dict(zip(head, r, strict=True)), ensure_ascii=False) for r in rows), "utf-8"
        )
    elif path.suffix == ".xlsx":
        book = Workbook()
        for row in [head, *rows]:
            book.active.append(row)
        book.save(path)
    else:
        pq.write_table(pa.table({h: [r[n] for r in rows] for n, h in enumerate(head)}), path)
    return path


def told(found):
    """What an audit says, without the file's own name."""
    data = to_data(found)
    return {k: v for k, v in data.items() if k not in {"files"}} | {
        "rules": [{k: v for k, v in r.items() if k != "rows"} for r in data["rules"]]
    }


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".xlsx", ".parquet"])
def test_every_format_says_the_same(tmp_path, ending):
    found = audit([write(tmp_path / f"h{ending}")], pack="cn")
    assert told(found) == told(audit([write(tmp_path / "x.csv")], pack="cn"))
    spoken = {rule for rule, _ in found.rules if found.rules[rule, _].rows}
    assert {"CBA-2026.hours", "CBA-2026.red.threat", "CBA-2026.attempts"} <= spoken


def test_several_files_are_one_history_and_order_does_not_matter(tmp_path):
    whole = told(audit([write(tmp_path / "a.csv")], pack="cn"))
    mixed = ROWS[:]
    random.Random(7).shuffle(mixed)
    parts = [write(tmp_path / "b.csv", mixed[:5]), write(tmp_path / "c.jsonl", mixed[5:])]
    assert told(audit(parts, pack="cn")) == whole


def test_parts_and_processes_change_nothing(tmp_path, monkeypatch):
    whole = told(audit([write(tmp_path / "a.csv")], pack="cn"))
    monkeypatch.setattr("shouyue.audit.deal.PART", 1)
    assert told(audit([tmp_path / "a.csv"], pack="cn", jobs=2)) == whole


def test_broken_rows_are_listed_with_what_was_found(tmp_path):
    bad = [["C1", "2026-02-30T09:00:00+08:00", "短信", "外呼", "1", "已送达", ""], ["C1", "2026-02-03T09:00:00+08:00", "传真", "外呼", "1", "", ""],
           ["", "2026-02-03T09:00:00+08:00", "短信", "外呼", "1", "", ""]]  # fmt: skip
    found = audit([write(tmp_path / "a.csv", ROWS + bad)], pack="cn")
    assert found.contacts == len(ROWS)
    assert [(b.row, b.column, b.found) for b in sorted(found.broken, key=lambda b: b.row)] == [
        (12, "联系时间", "2026-02-30T09:00:00+08:00"),
        (13, "渠道", "传真"),
        (14, "客户号", ""),
    ]


def test_times_without_a_zone_need_one(tmp_path):
    naive = [[c.replace("+08:00", "") for c in row] for row in ROWS]
    path = write(tmp_path / "a.csv", naive)
    with pytest.raises(UnreadableHistory, match="no zone"):
        audit([path], pack="cn")
    assert told(audit([path], pack="cn", zone="Asia/Shanghai")) == told(
        audit([write(tmp_path / "b.csv")], pack="cn")
    )
    with pytest.raises(UnreadableHistory, match="no time zone"):
        audit([path], pack="cn", zone="Mars/Olympus")


def test_missing_columns_are_named_with_the_nearest(tmp_path):
    path = write(tmp_path / "a.csv", head=["客户号", "联系时间", "渠", "向", "工号", "结果", "内容"])
    with pytest.raises(UnreadableHistory, match=r"lacks channel .*direction"):
        settle(path, None, "")
    layout = Layout(columns={"channel": "渠"}, constants={"direction": "outbound"})
    assert audit([path], pack="cn", told=layout).contacts == len(ROWS)


def test_a_mapping_of_foreign_words(tmp_path):
    rows = [[*r[:2], {"电话": "K1", "短信": "K2"}[r[2]], *r[3:]] for r in ROWS]
    path = write(tmp_path / "a.csv", rows)
    assert len(audit([path], pack="cn").broken) == len(rows)
    layout = Layout(words={"channel": {"K1": "phone", "K2": "sms"}})
    assert audit([path], pack="cn", told=layout).contacts == len(rows)


def test_headings_are_guessed_in_both_languages():
    assert guess(HEAD).columns["at"] == "联系时间"
    english = guess(["Customer ID", "Start Time", "Channel", "Call-Direction", "Agent ID"]).columns
    assert english["debtor"] == "Customer ID"
    assert english["direction"] == "Call-Direction"


def test_the_report_is_safe_and_names_the_law(tmp_path):
    rows = [["C1", "2026-03-02T22:30:00+08:00", "电话", "外呼", "<script>alert(1)</script>", "未接通", ""]]
    text = page(audit([write(tmp_path / "a.csv", rows)], pack="cn"))
    assert "<script>" not in text
    assert "CBA-2026.hours" in text and "催收工作指引" in text


def test_the_command_writes_three_forms(tmp_path):
    path = write(tmp_path / "a.csv")
    outs = [tmp_path / n for n in ("r.html", "r.json", "r.parquet")]
    words = ["audit", str(path), "--quiet", *(w for o in outs for w in ("--out", str(o)))]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert all(o.exists() for o in outs)
    rows = pq.read_table(outs[2]).to_pylist()
    assert {"CBA-2026.hours", "CBA-2026.red.threat"} <= {r["rule"] for r in rows}
    assert CliRunner().invoke(main, [*words, "--fail-on-violation"]).exit_code == 1
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    assert CliRunner().invoke(main, ["audit", str(tmp_path / "x.csv")]).exit_code == 2


SHANGHAI = ZoneInfo("Asia/Shanghai")
moments = st.integers(0, 3 * 24 * 4).map(
    lambda n: datetime(2026, 3, 2, tzinfo=SHANGHAI) + timedelta(minutes=15 * n)
)
contacts = st.fixed_dictionaries(
    {
        "debtor": st.sampled_from(["a", "b"]),
        "at": moments,
        "channel": st.sampled_from(["phone", "sms", "wecom"]),
        "direction": st.sampled_from(["outbound", "inbound"]),
        "result": st.sampled_from(["fail", "reach", "success"]),
        "role": st.just("debtor"),
        "sender": st.just("lender"),
    }
)


@settings(max_examples=40)
@given(st.lists(contacts, min_size=1, max_size=14, unique_by=lambda c: (c["debtor"], c["at"])))
def test_the_audit_says_of_each_contact_what_the_gate_would_have_said(rows):
    """One implementation: the hours, attempts and calls of a history are those the gate would have refused one by one."""
    rows = [{**r, "person": r["debtor"], "number": r["debtor"], "contact": n + 1} for n, r in enumerate(rows)]
    judged = judge(CN, Contacts.of(rows))
    counting = ("CBA-2026.hours", "CBA-2026.attempts", "GBT-45251.calls")
    expected = dict.fromkeys(counting, 0)
    for row in rows:
        before = [r for r in rows if r["debtor"] == row["debtor"] and r["at"] < row["at"]]
        known = {
            "channel": row["channel"], "direction": row["direction"], "debtor": row["debtor"], "recipient.person": row["debtor"],
            "recipient.number": row["debtor"], "recipient.role": "debtor", "sender.type": "lender",
        }  # fmt: skip
        for spoken in decide(CN, Facts.of(known, Contacts.of(before)), row["at"]).spoken:
            if spoken.rule in expected and spoken.effect is Effect.BLOCK and not spoken.unknown:
                expected[spoken.rule] += 1
    found = {
        rule: judged.rules[rule, "block"].rows if (rule, "block") in judged.rules else 0 for rule in counting
    }
    assert found == expected


ties = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from([0, 0, 0, 1, 26]),
        st.sampled_from(["phone", "sms", "ai_call"]),
        st.sampled_from(["outbound", "inbound"]),
        st.sampled_from(["fail", "fail", "reach"]),
        st.sampled_from([1, 2]),
    ),
    min_size=2,
    max_size=24,
)


@settings(max_examples=60, deadline=None)
@given(ties, st.randoms(use_true_random=False))
def test_it_does_not_matter_where_a_row_stood_in_its_file(rows, dice):
    """Records are kept by the second: several contacts of one instant are common, and each must be told apart by what it is."""

    rows = [
        ("a", -1, "phone", "outbound", "fail", 1)
    ] * 5 + rows  # one call short of what counting rules forbid

    def told_of(shuffled):
        columns = Contacts.of(
            {"debtor": d, "person": d, "number": d, "role": "debtor", "channel": c, "direction": way, "result": r,
             "staff": s, "sender": "lender", "at": datetime(2026, 3, 2, 9, tzinfo=SHANGHAI) + timedelta(hours=h), "contact": n + 1}
            for n, (d, h, c, way, r, s) in enumerate(shuffled)
        )  # fmt: skip
        given = {name: getattr(columns, name) for name in columns.__slots__}
        judged = judge(CN, Contacts.in_order(in_order(given), **given))
        return {
            rule: (f.rows, f.unsure, f.staff, f.channel, f.hour, f.week) for rule, f in judged.rules.items()
        }

    mixed = list(rows)
    dice.shuffle(mixed)
    assert told_of(mixed) == told_of(rows)


def test_what_screening_finds_is_what_the_gate_would_have_been_told(tmp_path):
    """Words that no phrase of the pack has, but screening knows: the audit hears them as the gate does."""
    words = "老赖你给我等着，明天找人收拾你全家"
    rows = [["C1", "2026-03-03T10:30:00+08:00", "企业微信", "外呼", "7", "已送达", words]]
    found = audit([write(tmp_path / "a.csv", rows)], pack="cn")
    screened = screen(words, direction="outbound", by_rules=True)
    facts = Facts.of(
        {"channel": "wecom", "direction": "outbound", "debtor": "C1", "text": words, "labels": sorted(screened.sure),
         "suspected": sorted(screened.suspected)}
    )  # fmt: skip
    gate = {
        (s.rule, str(s.effect))
        for s in decide(CN, facts, datetime(2026, 3, 3, 10, 30, tzinfo=SHANGHAI)).spoken
        if s.effect is not Effect.RECORD and not s.reason.zh.startswith("不知道")
    }
    assert {key for key, f in found.rules.items() if f.rows} == gate
    assert ("CBA-2026.red.threat", "block") in gate


def test_a_file_of_broken_rows_is_counted_whole_and_listed_in_part(tmp_path, monkeypatch):
    monkeypatch.setattr("shouyue.audit.history.LISTED", 3)
    bad = [["C1", "昨天", "短信", "外呼", "1", "已送达", ""]] * 9
    found = audit([write(tmp_path / "a.csv", ROWS + bad)], pack="cn")
    assert (len(found.broken), len(list(found.broken))) == (9, 3)
    assert to_data(found)["broken"] == 9
