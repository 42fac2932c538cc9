"""One gate decision with 1,000 earlier contacts of the debtor, and a history judged whole, under the mainland pack."""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timedelta

import numpy as np

from shouyue.policy.cases.cn import facts_of
from shouyue.policy.contacts import Contacts
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.policy.pack import load_pack
from shouyue.policy.survey import survey, table_of_history

AT = datetime.fromisoformat("2026-03-10T10:00:00+08:00")
TEXT = "【示例汽车金融】李强先生,您好。我是示例汽车金融有限公司工作人员,工号1023。本期应还3,218.40元尚未入账,如有疑问请致电400-000-0000。"


def main(decisions: int = 300, rows: int = 1_000_000) -> None:
    started = time.perf_counter()
    pack = load_pack("cn")
    print(f"load pack (first time): {(time.perf_counter() - started) * 1000:.0f} ms, {len(pack.rules)} rules")
    earlier = Contacts.of(
        {"debtor": 1, "person": "p", "number": f"n{i % 3}", "role": "debtor", "channel": "phone", "direction": "outbound",
         "result": "fail" if i % 3 else "reach", "at": AT - timedelta(hours=7 * (1000 - i))}
        for i in range(1000)
    )  # fmt: skip
    sender = {"type": "lender", "name": "示例汽车金融有限公司"}
    for what, known, at in (
        ("SMS by day, allowed", {"channel": "sms", "sender": sender, "text": TEXT}, AT),
        ("call by day", {"channel": "phone"}, AT),
        ("SMS at night, blocked, with the next lawful moment", {"channel": "sms", "sender": sender, "text": TEXT}, AT + timedelta(hours=13)),
    ):  # fmt: skip
        facts = Facts(
            {**facts_of(pack, known)[0].known, "recipient.person": "p", "recipient.number": "n1"}, earlier
        )
        times, spent = [], []
        for i in range(decisions):
            begun, cpu = time.perf_counter(), time.process_time()
            decision = decide(pack, facts, at + timedelta(seconds=i))
            times.append(time.perf_counter() - begun)
            spent.append(time.process_time() - cpu)
        times.sort()
        print(
            f"{what}: median {statistics.median(times) * 1000:.2f} ms, p95 {times[int(decisions * 0.95)] * 1000:.2f} ms, "
            f"CPU median {statistics.median(spent) * 1000:.2f} ms "
            f"({decision.effect}, {len(decision.spoken)} rules spoke)"
        )
    rng = np.random.default_rng(7)
    debtor = rng.integers(1, rows // 20, rows)
    columns = {
        "contact": np.arange(rows),
        "debtor": debtor,
        "person": debtor * 3 + rng.choice([0, 0, 0, 0, 1, 2], rows),
        "number": debtor * 3 + rng.integers(0, 2, rows),
        "at": 1_767_225_600_000_000 + rng.integers(0, 90 * 86_400_000_000, rows),
        "offset": np.full(rows, 28_800),
        "channel": rng.choice([0, 1, 2, 3], rows),
        "direction": rng.choice([0, 0, 0, 1], rows),
        "role": rng.choice([0, 0, 0, 0, 7], rows),
        "result": rng.choice([1, 2], rows),
        "sender": np.ones(rows, np.uint8),
    }
    begun, cpu = time.perf_counter(), time.process_time()
    history = Contacts.sorted_from(**columns)
    sorted_at = time.perf_counter()
    heard = sum(len(h.rows) for h in survey(pack, table_of_history(pack, history)))
    done, spent_cpu = time.perf_counter(), time.process_time() - cpu
    print(
        f"{rows:,} contacts: sort {sorted_at - begun:.2f} s, judge {done - sorted_at:.2f} s, together "
        f"{rows / (done - begun):,.0f} a second ({rows / spent_cpu:,.0f} a CPU second); {heard:,} findings"
    )


if __name__ == "__main__":
    main()
