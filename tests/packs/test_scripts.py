"""Approved wording passes the gate it was approved for, names only rules that exist, and says all its fields."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from shouyue.policy.cases.cn import facts_of
from shouyue.policy.decision import Effect
from shouyue.policy.gate import decide
from shouyue.policy.pack import load_pack
from shouyue.screening.finding import OUTBOUND

PACK = load_pack("cn")
AT = datetime.fromisoformat("2026-03-10T10:00:00+08:00")
VALUES = {
    "client": "示例汽车金融", "staff": "李娜", "staff_no": "1023", "contract": "6620", "amount": "9,655.20",
    "as_of": "2026-03-01", "pay_by": "2026年4月16日", "due_on": "3月15日", "callback": "400-000-0000", "debtor": "李强先生",
    "agency": "示例资产服务有限公司", "link": "https://example.cn/p/abc",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PACK.scripts))
def test_an_approved_wording_passes_the_gate(name: str) -> None:
    script = PACK.scripts[name]
    text = str(script["zh"]).format_map(VALUES)
    for channel in script.get("channels") or ("wecom", "kf"):
        for role in script.get("roles") or ("debtor",):
            outward = script.get("use") != "boundary"
            known = {
                "channel": channel,
                "direction": "outbound" if outward and role != "unverified" else "reply",
                "recipient": {"role": role, "joint_signature": role == "spouse", "guarantee": "joint"},
                "guarantee": {"main_due": "2025-12-31"},
                "sender": {"type": "lender", "name": "示例汽车金融有限公司"},
                "trigger": "number_invalid",
                "text": text,
                "intent_flag": True,
                "plan": None,
            }
            facts, _ = facts_of(PACK, known)
            decision = decide(PACK, facts, AT)
            spoken = [
                (s.rule, str(s.effect), s.reason.zh) for s in decision.grounds if s.effect is not Effect.ALLOW
            ]
            assert not spoken, (channel, role, text)


@pytest.mark.parametrize("name", sorted(PACK.scripts))
def test_a_wording_names_its_fields_and_its_rules(name: str) -> None:
    script = PACK.scripts[name]
    for tongue in ("zh", "en"):
        assert set(re.findall(r"{(\w+)}", script[tongue])) <= set(script["fields"])
    assert set(script.get("under", ())) <= {r.id for r in PACK.rules}


def test_every_label_of_screening_has_a_wording_to_use_instead() -> None:
    assert {f"instead.{label}" for label in OUTBOUND - {"clean"}} <= set(PACK.scripts)
