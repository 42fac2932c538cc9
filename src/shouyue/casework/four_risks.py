"""The decision sheet of a friend request: the four risks of the founding article, scored from facts, with a recommendation.

Privacy, evidence, formal process, counter-tactics. Each risk is the sum of the weights of the facts that speak,
capped at 100; below 30 it is low, from 60 high. A fact that is not known counts as if it spoke: not knowing is not
permission. The sheet recommends; a person decides.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class Risk(StrEnum):
    PRIVACY = "privacy"
    EVIDENCE = "evidence"
    PROCESS = "process"
    TACTICS = "tactics"


class Recommendation(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is known about a request. None means not known."""

    company_account: bool  # the request came to the company's WeCom account, not to a personal WeChat
    matched_by: str  # case_token | reserved_mobile | screenshot_mobile | name | nothing
    owes: bool | None  # the matched person owes on this loan (debtor, co-borrower, guarantor)
    namesakes: int  # other known people of this name
    identity_proved: bool | None
    debt_confirmed: bool | None  # None: not answered; False: disputed
    archive_agreed: bool | None  # the person agreed to archiving of the chat
    member_archived: bool | None  # the member's account has an archive licence
    certificate_valid: bool | None
    supervised: bool  # the collector's team has a supervisor
    stopped: tuple[str, ...]  # kinds of stops in force: opt_out, represented, …
    other_thread: bool  # a thread on another matter is open with this person on this account
    at_night: bool
    threats: int  # by the person, last 90 days
    irrelevant: int  # messages about nothing
    provocation: int
    stalling: int
    inducements: int
    refused_before: int  # requests of this person refused before


@dataclass(frozen=True, slots=True)
class Ground:
    """One fact that speaks, with its weight, in both languages."""

    fact: str
    weight: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Scored:
    risk: Risk
    score: int
    level: str
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Four scores with their grounds, and what follows from them."""

    risks: tuple[Scored, ...]
    recommendation: Recommendation
    because_zh: str
    because_en: str
    facts: RequestFacts

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def _grounds(f: RequestFacts) -> dict[Risk, list[Ground]]:
    out: dict[Risk, list[Ground]] = {risk: [] for risk in Risk}

    def say(risk: Risk, when: bool, fact: str, weight: int, zh: str, en: str) -> None:
        if when:
            out[risk].append(Ground(fact, weight, zh, en))

    say(
        Risk.PRIVACY,
        f.matched_by in {"name", "nothing"},
        "matched_by",
        60,
        "申请人与案件未能可靠匹配，可能是第三人",
        "the requester is not reliably matched to a case; it may be a third person",
    )
    say(
        Risk.PRIVACY,
        f.matched_by in {"reserved_mobile", "screenshot_mobile"},
        "matched_by",
        15,
        "仅以手机号匹配，号码可能已换人",
        "matched by a phone number alone; the number may have changed hands",
    )
    say(
        Risk.PRIVACY,
        not f.owes,
        "owes",
        60,
        "申请人不负债或身份未知，不得向其透露债务",
        "the person owes nothing, or it is not known that they owe: they must not learn of the debt",
    )
    say(
        Risk.PRIVACY,
        not f.identity_proved,
        "identity_proved",
        40,
        "尚未完成身份核验",
        "identity has not been proved",
    )
    say(
        Risk.PRIVACY,
        f.namesakes > 0,
        "namesakes",
        15,
        f"另有{f.namesakes}位同名客户",
        f"{f.namesakes} other known people bear this name",
    )
    say(
        Risk.PRIVACY,
        not f.company_account,
        "company_account",
        40,
        "个人微信无法屏蔽个人信息外泄",
        "a personal account cannot be screened for leaks",
    )

    say(
        Risk.EVIDENCE,
        not f.company_account,
        "company_account",
        70,
        "个人微信聊天无法存档，证据完整性存疑",
        "chats on a personal account are not archived; their completeness can be denied",
    )
    say(
        Risk.EVIDENCE,
        f.member_archived is not True,
        "member_archived",
        40,
        "该成员账号未确认开通会话存档",
        "it is not known that the member's account is archived",
    )
    say(
        Risk.EVIDENCE,
        f.archive_agreed is False,
        "archive_agreed",
        50,
        "客户不同意会话存档",
        "the person refused archiving",
    )
    say(
        Risk.EVIDENCE,
        f.archive_agreed is None,
        "archive_agreed",
        20,
        "客户是否同意存档尚不可知",
        "whether the person agrees to archiving is not yet known",
    )
    say(
        Risk.EVIDENCE,
        not f.identity_proved,
        "identity_proved",
        30,
        "账号与本人未绑定，聊天难以归属本人",
        "the account is not bound to the person, so words cannot be attributed",
    )
    say(
        Risk.EVIDENCE,
        f.debt_confirmed is None,
        "debt_confirmed",
        10,
        "债务确认尚未完成",
        "the debt has not been confirmed or disputed",
    )

    say(
        Risk.PROCESS,
        not f.company_account,
        "company_account",
        70,
        "个人账号沟通超出正式业务流程",
        "a personal account is outside the formal process",
    )
    say(
        Risk.PROCESS,
        f.certificate_valid is not True,
        "certificate_valid",
        60,
        "催收员无该渠道有效证书",
        "the collector has no valid certificate for this channel",
    )
    say(
        Risk.PROCESS,
        not f.supervised,
        "supervised",
        40,
        "催收员所在小组没有主管",
        "the collector's team has no supervisor",
    )
    for kind in f.stopped:
        say(
            Risk.PROCESS,
            True,
            "stopped",
            70,
            f"存在停止联系事由:{kind}",
            f"a reason not to contact is in force: {kind}",
        )
    say(
        Risk.PROCESS,
        f.other_thread,
        "other_thread",
        30,
        "同一账号上另有其他事项的会话，违反一事一聊",
        "a thread on another matter is open here: one matter, one chat",
    )
    say(
        Risk.PROCESS,
        f.at_night,
        "at_night",
        10,
        "申请在夜间提出，开场消息须待次日",
        "the request came at night; the opening must wait for the morning",
    )
    say(
        Risk.PROCESS,
        f.debt_confirmed is False,
        "debt_confirmed",
        20,
        "债务人对债务提出异议，应先处理异议",
        "the person disputes the debt; answer the dispute first",
    )

    say(
        Risk.TACTICS,
        f.threats > 0,
        "threats",
        70,
        f"近90日内威胁{f.threats}次",
        f"{f.threats} threats within 90 days",
    )
    say(
        Risk.TACTICS,
        f.irrelevant >= 5,
        "irrelevant",
        40,
        f"近90日内无关信息{f.irrelevant}条",
        f"{f.irrelevant} messages about nothing within 90 days",
    )
    say(
        Risk.TACTICS,
        f.provocation > 0,
        "provocation",
        min(60, 25 * f.provocation),
        f"近90日内挑衅诱导{f.provocation}次",
        f"{f.provocation} provocations within 90 days",
    )
    say(
        Risk.TACTICS,
        f.inducements > 0,
        "inducements",
        40,
        f"近90日内利益诱导{f.inducements}次",
        f"{f.inducements} inducements within 90 days",
    )
    say(
        Risk.TACTICS,
        f.stalling >= 3,
        "stalling",
        25,
        f"近90日内拖延{f.stalling}次",
        f"put off {f.stalling} times within 90 days",
    )
    say(
        Risk.TACTICS,
        f.refused_before > 0,
        "refused_before",
        15,
        f"此前被拒绝{f.refused_before}次",
        f"{f.refused_before} earlier requests were refused",
    )
    return out


def _level(score: int) -> str:
    return "high" if score >= 60 else "medium" if score >= 30 else "low"


def sheet(facts: RequestFacts) -> Sheet:
    """Score the four risks and recommend. Pure: the same facts give the same sheet."""
    scored = []
    for risk, grounds in _grounds(facts).items():
        score = min(100, sum(g.weight for g in grounds))
        scored.append(Scored(risk, score, _level(score), tuple(grounds)))
    level = {s.risk: s.level for s in scored}

    def give(what: Recommendation, zh: str, en: str) -> Sheet:
        return Sheet(tuple(scored), what, zh, en, facts)

    if facts.stopped:
        return give(
            Recommendation.REFUSE,
            "存在停止联系事由，不得新开渠道",
            "a reason not to contact is in force; no new channel may be opened",
        )
    if not facts.company_account:
        return give(
            Recommendation.REDIRECT,
            "个人账号一律不予接受，请引导至公司渠道",
            "personal accounts are never accepted; redirect to the company's channel",
        )
    if not facts.owes or facts.matched_by == "nothing":
        return give(
            Recommendation.REFUSE,
            "申请人不是本案债务人或无法核实，以中性话术回复",
            "the requester is no party to the debt or cannot be verified; answer neutrally",
        )
    if not facts.identity_proved or level[Risk.PRIVACY] == "high":
        return give(
            Recommendation.REFUSE,
            "身份未核实，不得接受",
            "identity is not proved; do not accept",
        )
    if level[Risk.TACTICS] == "high":
        return give(
            Recommendation.REDIRECT,
            "存在威胁或恶意行为记录，建议改走正式书面渠道",
            "threats or malicious conduct on record; use a formal written channel instead",
        )
    if "high" in (level[Risk.EVIDENCE], level[Risk.PROCESS]):
        return give(
            Recommendation.REDIRECT,
            "证据或流程条件不足，请先补齐或改用微信客服、短信",
            "evidence or process is not in place; complete it, or use customer service or SMS",
        )
    return give(
        Recommendation.ACCEPT,
        "身份已核实、账号受控、流程完备，可在公司账号上接受",
        "identity proved, account controlled, process complete: accept on the company account",
    )


FACTS = tuple(f.name for f in fields(RequestFacts))
