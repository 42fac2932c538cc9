"""WeCom's interface as the counterpart answers it: `/cgi-bin/…`, with its errors and its limits."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shouyue.connectors.rehearsal.corp import KF_MESSAGES, KF_OPEN_FOR, RehearsedCorp, Session

CALLS_A_MINUTE = 10_000
TOKEN_FOR = timedelta(seconds=7200)
Body = dict[str, Any]


class No(Exception):
    """An answer with an error code."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code, self.said = code, said


class Lost(Exception):
    """The call was done, and the connection ends before the answer."""


def answer(corp: RehearsedCorp, method: str, path: str, query: dict[str, str], body: Body) -> Body:
    """One call. `path` without /cgi-bin/. Raises Lost where the answer is to be lost."""
    with corp.lock:
        try:
            said = {"errcode": 0, "errmsg": "ok", **_called(corp, method, path, query, body)}
        except No as no:
            said = {"errcode": no.code, "errmsg": no.said}
        except (KeyError, TypeError, ValueError, IndexError) as wrong:
            said = {"errcode": 40058, "errmsg": f"invalid request parameter: {wrong}"}
        if corp.mischief.no_answer and path != "gettoken":
            corp.mischief.no_answer -= 1
            raise Lost
        return said


def _called(corp: RehearsedCorp, method: str, path: str, query: dict[str, str], body: Body) -> Body:
    if path == "gettoken":
        return _token(corp, query)
    known = _CALLS.get((method, path))
    if known is None:
        raise No(40066, "invalid url")
    if "access_token" not in query:
        raise No(41001, "access_token missing")
    whose, until = corp.tokens.get(query["access_token"], ("", corp.now()))
    if not whose:
        raise No(40014, "invalid access_token")
    if corp.mischief.dead_token:
        corp.mischief.dead_token -= 1
        del corp.tokens[query["access_token"]]
        raise No(42001, "access_token expired")
    if corp.now() >= until:
        raise No(42001, "access_token expired")
    if (whose == "archive") != path.startswith("msgaudit/"):
        raise No(48002, "api forbidden")
    recent = corp.calls.setdefault(path, deque())
    recent.append(corp.now())
    while recent[0] < corp.now() - timedelta(minutes=1):
        recent.popleft()
    if corp.mischief.rate_limited or len(recent) > CALLS_A_MINUTE:
        corp.mischief.rate_limited = max(0, corp.mischief.rate_limited - 1)
        raise No(45009, "api freq out of limit")
    return known(corp, query if method == "GET" else body)


def _token(corp: RehearsedCorp, query: dict[str, str]) -> Body:
    corp.calls.setdefault("gettoken", deque()).append(corp.now())
    if query.get("corpid") != corp.corpid:
        raise No(40013, "invalid corpid")
    whose = {corp.secret: "app", corp.archive_secret: "archive"}.get(query.get("corpsecret", ""))
    if whose is None:
        raise No(40001, "invalid credential")
    for token, (owner, until) in corp.tokens.items():  # the same token again while it lives, as WeCom does
        if owner == whose and corp.now() < until:
            return {"access_token": token, "expires_in": int((until - corp.now()).total_seconds())}
    token = secrets.token_urlsafe(64)
    corp.tokens[token] = (whose, corp.now() + TOKEN_FOR)
    return {"access_token": token, "expires_in": 7200}


# ── friends ──────────────────────────────────────────────────────────────────────────────────────────────
def _contact(corp: RehearsedCorp, asked: Body) -> Body:
    who = asked["external_userid"]
    follows = [one for one in corp.friends.values() if one.external_userid == who]
    if not follows:
        raise No(84061, "not external contact")
    one = corp.borrower(who)
    return {
        "external_contact": {
            "external_userid": who,
            "name": one.nickname,
            "avatar": "",
            "type": 1,
            "gender": 0,
        },
        "follow_user": [
            {
                "userid": f.userid,
                "remark": f.remark,
                "description": f.description,
                "createtime": f.since,
                "tags": [],
                "remark_mobiles": [],
                "add_way": f.way,
                "state": f.state,
                "oper_userid": who,
            }
            for f in follows
        ],
    }


def _remark(corp: RehearsedCorp, asked: Body) -> Body:
    friend = corp.friends.get((asked["userid"], asked["external_userid"]))
    if friend is None:
        raise No(84061, "not external contact")
    friend.remark = asked.get("remark", friend.remark)
    friend.description = asked.get("description", friend.description)
    return {}


def _make_link(corp: RehearsedCorp, asked: Body) -> Body:
    for member in asked["range"]["user_list"]:
        if member not in corp.members:
            raise No(40003, "invalid userid")
    link_id = "caw" + secrets.token_hex(8)
    corp.links[link_id] = {
        "link_id": link_id,
        "link_name": asked["link_name"],
        "url": f"https://work.weixin.qq.com/ca/{link_id}",
        "create_time": int(corp.now().timestamp()),
        "skip_verify": asked.get("skip_verify", True),
        "range": asked["range"],
    }
    return {"link": {k: corp.links[link_id][k] for k in ("link_id", "link_name", "url", "create_time")}}


def _get_link(corp: RehearsedCorp, asked: Body) -> Body:
    return {"link": _link(corp, asked["link_id"])}


def _delete_link(corp: RehearsedCorp, asked: Body) -> Body:
    _link(corp, asked["link_id"])
    del corp.links[asked["link_id"]]
    corp._tell("customer_acquisition", "delete_link", LinkId=asked["link_id"])
    return {}


def _link(corp: RehearsedCorp, link_id: str) -> Body:
    if link_id not in corp.links:
        raise No(40058, "invalid link_id")
    return corp.links[link_id]


def _welcome(corp: RehearsedCorp, asked: Body) -> Body:
    found = corp.welcomes.pop(asked["welcome_code"], None)
    if found is None or found.until < corp.now() or not found.userid:
        raise No(41051, "externaluser has started chatting, or the code is invalid or used")
    text = asked["text"]["content"]
    one = corp.borrower(found.external_userid)
    corp._reach(one, found.userid, text)
    corp._archive_message(found.userid, [found.external_userid], text)
    return {}


# ── words that stop ──────────────────────────────────────────────────────────────────────────────────────
def _checked_rule(corp: RehearsedCorp, name: str, words: list[str], kind: int) -> None:
    if not 1 <= len(name) <= 20 or not words or len(words) > 300 or kind not in (1, 2):
        raise No(40058, "invalid rule")
    if any(not 1 <= len(word) <= 32 for word in words):
        raise No(40058, "word too long")


def _add_rule(corp: RehearsedCorp, asked: Body) -> Body:
    _checked_rule(corp, asked["rule_name"], asked["word_list"], asked["intercept_type"])
    users = asked["applicable_range"].get("user_list", [])
    if len(corp.rules) >= 100 or len(users) > 1000:
        raise No(45032, "too many rules or users")
    rule_id = secrets.token_hex(12)
    corp.rules[rule_id] = {
        "rule_id": rule_id,
        "rule_name": asked["rule_name"],
        "word_list": list(asked["word_list"]),
        "extra_rule": {"semantics_list": list(asked.get("semantics_list", ()))},
        "intercept_type": asked["intercept_type"],
        "applicable_range": {"user_list": list(users)},
        "create_time": int(corp.now().timestamp()),
    }
    return {"rule_id": rule_id}


def _rules(corp: RehearsedCorp, asked: Body) -> Body:
    shown = ("rule_id", "rule_name", "create_time")
    return {"rule_list": [{k: rule[k] for k in shown} for rule in corp.rules.values()]}


def _rule(corp: RehearsedCorp, asked: Body) -> Body:
    if asked["rule_id"] not in corp.rules:
        raise No(40058, "invalid rule_id")
    return {"rule": {k: v for k, v in corp.rules[asked["rule_id"]].items() if k != "create_time"}}


def _update_rule(corp: RehearsedCorp, asked: Body) -> Body:
    if "semantics_list" in asked or "applicable_range" in asked:
        raise No(40058, "the shape of add is not the shape of update")
    rule = _rule(corp, asked) and corp.rules[asked["rule_id"]]
    _checked_rule(corp, asked["rule_name"], asked["word_list"], asked["intercept_type"])
    users = set(rule["applicable_range"]["user_list"])
    users |= set(asked.get("add_applicable_range", {}).get("user_list", []))
    users -= set(asked.get("remove_applicable_range", {}).get("user_list", []))
    rule |= {k: asked[k] for k in ("rule_name", "word_list", "intercept_type")}
    rule["extra_rule"] = asked.get("extra_rule", rule["extra_rule"])
    rule["applicable_range"] = {"user_list": sorted(users)}
    return {}


def _del_rule(corp: RehearsedCorp, asked: Body) -> Body:
    if corp.rules.pop(asked["rule_id"], None) is None:
        raise No(40058, "invalid rule_id")
    return {}


# ── tasks for members ────────────────────────────────────────────────────────────────────────────────────
def _task(corp: RehearsedCorp, asked: Body) -> Body:
    friends = [who for who in asked["external_userid"] if (asked["sender"], who) in corp.friends]
    if not friends:
        raise No(41048, "no customer to send")
    msgid = "msg" + secrets.token_hex(14)
    corp.tasks[msgid] = {
        "sender": asked["sender"],
        "external_userid": friends,
        "text": asked["text"],
        "cancelled": False,
        "results": {who: {"status": 0} for who in friends},
    }
    return {"msgid": msgid, "fail_list": [who for who in asked["external_userid"] if who not in friends]}


def _task_result(corp: RehearsedCorp, asked: Body) -> Body:
    task = corp.tasks[asked["msgid"]]
    return {
        "next_cursor": "",
        "send_list": [
            {"external_userid": who, "userid": task["sender"], **told}
            for who, told in task["results"].items()
        ],
    }


def _cancel_task(corp: RehearsedCorp, asked: Body) -> Body:
    corp.tasks[asked["msgid"]]["cancelled"] = True
    return {}


def _remind(corp: RehearsedCorp, asked: Body) -> Body:
    task = corp.tasks[asked["msgid"]]
    task["reminded"] = task.get("reminded", 0) + 1
    if task["reminded"] > 3:
        raise No(45009, "api freq out of limit")
    return {}


# ── customer service ─────────────────────────────────────────────────────────────────────────────────────
def _kf_send(corp: RehearsedCorp, asked: Body) -> Body:
    if asked["open_kfid"] != corp.open_kfid:
        raise No(95000, "invalid open_kfid")
    msgid = asked.get("msgid") or secrets.token_hex(16)
    if len(msgid) > 32:
        raise No(40058, "msgid exceed max length 32")
    session = corp.sessions.get(asked["touser"])
    if (
        session is None
        or session.wrote is None
        or corp.now() - session.wrote > KF_OPEN_FOR
        or session.state > 1
    ):
        raise No(95018, "send msg session status invalid")
    if session.used >= KF_MESSAGES:
        raise No(95001, "send msg count limit")
    return _kf_leave(corp, session, asked, asked["touser"], msgid)


def _kf_on_event(corp: RehearsedCorp, asked: Body) -> Body:
    found = corp.welcomes.pop(asked["code"], None)
    if found is None or found.until < corp.now() or found.userid:
        raise No(95007, "invalid code")
    session = corp.sessions.setdefault(found.external_userid, Session())
    session.greeted = corp.now()
    msgid = asked.get("msgid") or secrets.token_hex(16)
    return _kf_leave(corp, session, asked, found.external_userid, msgid)


def _kf_leave(corp: RehearsedCorp, session: Session, asked: Body, who: str, msgid: str) -> Body:
    text = asked["text"]["content"]
    if not text or len(text.encode()) > 2048:
        raise No(40058, "invalid content")
    session.used += 1
    corp.sent[msgid] = {"touser": who, "text": text, "at": corp.now().isoformat()}
    corp.reach_by_service(corp.borrower(who), text)
    return {"msgid": msgid}


def _kf_sync(corp: RehearsedCorp, asked: Body) -> Body:
    start = int(asked.get("cursor") or 0)
    limit = min(int(asked.get("limit", 1000)), 1000)
    page = corp.inbox[start : start + limit]
    more = start + len(page) < len(corp.inbox)
    return {"next_cursor": str(start + len(page)), "has_more": int(more), "msg_list": page}


def _kf_way(corp: RehearsedCorp, asked: Body) -> Body:
    if len(asked.get("scene", "")) > 32:
        raise No(40058, "scene too long")
    return {"url": f"https://work.weixin.qq.com/kfid/{asked['open_kfid']}?enc_scene={asked.get('scene', '')}"}


def _kf_state(corp: RehearsedCorp, asked: Body) -> Body:
    session = corp.sessions.setdefault(asked["external_userid"], Session())
    if "service_state" in asked:
        session.state = int(asked["service_state"])
        return {}
    return {"service_state": session.state, "servicer_userid": ""}


# ── the archive's consents ───────────────────────────────────────────────────────────────────────────────
def _agreed(corp: RehearsedCorp, asked: Body) -> Body:
    if len(asked["info"]) > 100:
        raise No(40058, "too many")
    told = []
    for pair in asked["info"]:
        friend = corp.friends.get((pair["userid"], pair["exteranalopenid"]))
        if friend is not None and friend.agreed:
            told.append({**pair, "agree_status": friend.agreed, "status_change_time": friend.agreed_at})
    return {"agreeinfo": told}


_CALLS: dict[tuple[str, str], Callable[[RehearsedCorp, Body], Body]] = {
    ("GET", "externalcontact/get"): _contact,
    ("POST", "externalcontact/remark"): _remark,
    ("POST", "externalcontact/send_welcome_msg"): _welcome,
    ("POST", "externalcontact/customer_acquisition/create_link"): _make_link,
    ("POST", "externalcontact/customer_acquisition/get"): _get_link,
    ("POST", "externalcontact/customer_acquisition/delete_link"): _delete_link,
    ("POST", "externalcontact/add_intercept_rule"): _add_rule,
    ("GET", "externalcontact/get_intercept_rule_list"): _rules,
    ("POST", "externalcontact/get_intercept_rule"): _rule,
    ("POST", "externalcontact/update_intercept_rule"): _update_rule,
    ("POST", "externalcontact/del_intercept_rule"): _del_rule,
    ("POST", "externalcontact/add_msg_template"): _task,
    ("POST", "externalcontact/get_groupmsg_send_result"): _task_result,
    ("POST", "externalcontact/cancel_groupmsg_send"): _cancel_task,
    ("POST", "externalcontact/remind_groupmsg_send"): _remind,
    ("POST", "kf/send_msg"): _kf_send,
    ("POST", "kf/send_msg_on_event"): _kf_on_event,
    ("POST", "kf/sync_msg"): _kf_sync,
    ("POST", "kf/add_contact_way"): _kf_way,
    ("POST", "kf/service_state/get"): _kf_state,
    ("POST", "kf/service_state/trans"): _kf_state,
    ("POST", "msgaudit/check_single_agree"): _agreed,
}
