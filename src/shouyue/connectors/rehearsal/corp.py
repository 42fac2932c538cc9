"""A corp at WeCom, in memory: friends, links, words that stop, customer service, tasks, the archive; with their limits.

Pure state and rules, no HTTP: `interface.py` answers calls from it, `caller.py` carries its events to our door, and the
acts of borrowers and members (`add`, `accept`, `say` …) are what people do on their phones.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from shouyue.connectors.channel import Call
from shouyue.connectors.rehearsal.caller import Caller, Mischief
from shouyue.connectors.rehearsal.library import seal
from shouyue.connectors.rehearsal.people import Borrower, cast
from shouyue.connectors.rehearsal.stage import Stage
from shouyue.connectors.wecom.corp import Corp
from shouyue.connectors.wecom.envelope import Envelope

WELCOME_FOR = timedelta(seconds=20)
ARCHIVE_KEEPS = timedelta(days=5)
KF_OPEN_FOR = timedelta(hours=48)
KF_MESSAGES = 5
SERVICE, TEXTS = "客服", "短信"  # on a borrower's phone, beside the chats with members
NOTICE_EVERY = 15.0  # seconds between two notices of the archive
# a grey picture of one pixel: what a borrower "sends" as a photograph
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


class Impossible(Exception):
    """An act that nobody could do on a phone: an unknown person, a request that is not there."""


@dataclass(slots=True)
class Request:
    """A friend request as the member's client shows it. `waiting`, `accepted` or `ignored`."""

    id: str
    external_userid: str
    userid: str
    words: str
    state: str
    way: int  # add_way
    link_id: str
    at: float
    status: str = "waiting"


@dataclass(slots=True)
class Friendship:
    userid: str
    external_userid: str
    state: str
    way: int
    since: int
    remark: str = ""
    description: str = ""
    agreed: str = ""  # Agree | Disagree, once asked
    agreed_at: int = 0


@dataclass(slots=True)
class Session:
    """One customer at the customer service: when they wrote last, and how many of our messages followed."""

    wrote: datetime | None = None
    used: int = 0
    state: int = 0  # 0 new … 3 a human serves … 4 ended
    greeted: datetime | None = None


@dataclass(slots=True)
class Welcome:
    external_userid: str
    userid: str  # empty: of the customer service
    until: datetime


class RehearsedCorp:
    """The whole other side. Every public method locks; callbacks leave by the stage, never inside a caller's call."""

    def __init__(
        self,
        *,
        deliver: Callable[[Call], int] | None = None,
        pace: float = 1.0,
        members: tuple[str, ...] = ("lina", "zhaolei", "wangmin", "qianjin"),
    ) -> None:
        self.lock = threading.RLock()
        self.shift = timedelta(0)
        self.stage = Stage(pace)
        self.mischief = Mischief()
        self.corpid = "ww" + "5e" * 8
        self.secret, self.archive_secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.token = secrets.token_hex(10)
        self.aes_key = base64.b64encode(os.urandom(32)).decode()[:43]
        self.open_kfid = "wk" + secrets.token_hex(15)
        self.members = list(members)
        self.skips_verification: set[str] = set()
        self.people = cast()
        self.caller = Caller(self.stage, self._envelope, self.mischief, self.now, deliver)
        self.tokens: dict[str, tuple[str, datetime]] = {}
        self.requests: dict[str, Request] = {}
        self.friends: dict[tuple[str, str], Friendship] = {}
        self.links: dict[str, dict[str, Any]] = {}
        self.rules: dict[str, dict[str, Any]] = {}
        self.welcomes: dict[str, Welcome] = {}
        self.sessions: dict[str, Session] = {}
        self.inbox: list[dict[str, Any]] = []
        self.sent: dict[str, dict[str, Any]] = {}  # by msgid: what the customer service sent
        self.tasks: dict[str, dict[str, Any]] = {}
        self.archive: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.stopped: list[dict[str, str]] = []  # what the members' clients refused to send
        self.calls: dict[str, deque[datetime]] = {}
        self.keys: dict[int, RSAPrivateKey] = {}
        self._noticed = False

    # ── who we are ───────────────────────────────────────────────────────────────────────────────────────
    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def corp(self, base: str) -> Corp:
        """What the administrator would write down for the desk."""
        if not self.keys:
            self.new_archive_key()
        pems = {
            str(version): key.private_bytes(
                Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
            ).decode()
            for version, key in self.keys.items()
        }
        return Corp(
            corpid=self.corpid,
            open_kfid=self.open_kfid,
            base=base,
            library=base,
            token=self.token,
            aes_key=self.aes_key,
            secret=self.secret,
            archive_secret=self.archive_secret,
            archive_keys=pems,
        )

    def be(self, file: Path) -> None:
        """Take ids, secrets and keys from a file that an earlier rehearsal wrote."""
        with self.lock:
            known = Corp.read(file)
            self.corpid, self.token, self.aes_key = known.corpid, known.token, known.aes_key
            self.secret, self.archive_secret = known.secret, known.archive_secret
            self.open_kfid = known.open_kfid
            for version, pem in known.archive_keys.items():
                key = load_pem_private_key(pem.encode(), password=None)
                assert isinstance(key, RSAPrivateKey)
                self.keys[int(version)] = key

    def new_archive_key(self) -> int:
        """The administrator uploads a new public key; from now on messages are sealed for it."""
        with self.lock:
            version = max(self.keys, default=0) + 1
            self.keys[version] = generate_private_key(65537, 2048)
            return version

    def borrower(self, who: str) -> Borrower:
        """By the kind of their behaviour or by their external_userid."""
        for name, one in self.people.items():
            if who in (name, one.external_userid):
                return one
        raise Impossible(f"nobody here is {who!r}; there are {', '.join(self.people)}")

    # ── what a borrower does ─────────────────────────────────────────────────────────────────────────────
    def add(self, who: str, *, url: str = "", member: str = "", words: str = "") -> Request:
        """Press "add": through a link (its address carries the token), or by searching a member's number."""
        with self.lock:
            one = self.borrower(who)
            link_id, state = self._link_in(url) if url else ("", "")
            userid = self.links[link_id]["range"]["user_list"][0] if link_id else member
            if userid not in self.members:
                raise Impossible(f"no member {userid!r} here; there are {', '.join(self.members)}")
            if (userid, one.external_userid) in self.friends:
                raise Impossible("they are friends already: WeChat opens the chat, and no event is told")
            request = Request(
                secrets.token_hex(6),
                one.external_userid,
                userid,
                words or one.script.request,
                state,
                16 if link_id else 2,
                link_id,
                self.now().timestamp(),
            )
            self.requests[request.id] = request
            self._show(one, userid, "system", f"已发送好友申请：{request.words}")
            if link_id and state:
                self._tell("customer_acquisition", "friend_request", LinkId=link_id, State=state)
            if userid in self.skips_verification:
                self._friend_event("add_half_external_contact", one, userid, state)
            return request

    def say(self, who: str, text: str, *, member: str = "") -> str:
        """Write a message: to the customer service, or in the chat with a member. `image` sends a photograph."""
        with self.lock:
            one = self.borrower(who)
            if member:
                self._friendship(member, one)
            self._show(one, member or SERVICE, "me", "[图片]" if text == "image" else text)
            if member:
                return self._archive_message(one.external_userid, [member], text)
            session = self.sessions.setdefault(one.external_userid, Session())
            session.wrote, session.used = self.now(), 0
            if session.state == 4:
                session.state = 0
            content: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
            if text == "image":
                reference = secrets.token_hex(16)
                self.files[reference] = PICTURE
                content = {"msgtype": "image", "image": {"media_id": reference}}
            return self._inbox(one, origin=3, **content)

    def enter(self, who: str, *, scene: str = "", state: str = "") -> str:
        """Open the customer-service window, through a link with a token or without."""
        with self.lock:
            one = self.borrower(who)
            session = self.sessions.setdefault(one.external_userid, Session())
            event = {
                "event_type": "enter_session",
                "open_kfid": self.open_kfid,
                "external_userid": one.external_userid,
                "scene": scene,
                "scene_param": state,
            }
            if session.wrote is None and (
                session.greeted is None or self.now() - session.greeted > KF_OPEN_FOR
            ):
                event["welcome_code"] = self._welcome(one.external_userid, "")
            return self._inbox(one, origin=4, msgtype="event", event=event)

    def consent(self, who: str, *, member: str, agreed: bool) -> None:
        """Agree or refuse that the chat is archived. A refusal makes no event: it shows in the archive alone."""
        with self.lock:
            one = self.borrower(who)
            friendship = self._friendship(member, one)
            friendship.agreed, friendship.agreed_at = (
                "Agree" if agreed else "Disagree",
                int(self.now().timestamp()),
            )
            kind = "agree" if agreed else "disagree"
            body = {"userid": one.external_userid, f"{kind}_time": int(self.now().timestamp() * 1000)}
            self._archive(one.external_userid, [member], {"msgtype": kind, kind: body})
            if agreed:
                self._friend_event("msg_audit_approved", one, member, "")

    def recall(self, who: str, msgid: str, *, member: str) -> str:
        """Take a message back."""
        with self.lock:
            body = {"msgtype": "revoke", "revoke": {"pre_msgid": msgid}}
            return self._archive(self.borrower(who).external_userid, [member], body, action="recall")

    def unfriend(self, who: str, *, member: str, by_member: bool = False) -> None:
        with self.lock:
            one = self.borrower(who)
            self._friendship(member, one)
            del self.friends[member, one.external_userid]
            kind = "del_external_contact" if by_member else "del_follow_user"
            self._tell("change_external_contact", kind, UserID=member, ExternalUserID=one.external_userid)

    def play(self, who: str, *, member: str = "") -> None:
        """Let the borrower behave by their script from now on: first their own lines, then an answer to each message."""
        with self.lock:
            one = self.borrower(who)
            one.plays = True
            for number, line in enumerate(one.script.opens):
                self.stage.after(one.script.every * number, partial(self.say, who, line, member=member))

    # ── what a member does ───────────────────────────────────────────────────────────────────────────────
    def accept(self, request_id: str) -> str:
        """Accept by hand, in the client. Returns the external_userid. Nothing of ours can do this, or stop it."""
        with self.lock:
            request = self._waiting(request_id)
            request.status = "accepted"
            one = self.borrower(request.external_userid)
            self.friends[request.userid, one.external_userid] = Friendship(
                request.userid, one.external_userid, request.state, request.way, int(self.now().timestamp())
            )
            self._show(one, request.userid, "system", "对方通过了你的好友申请，现在可以开始聊天了")
            self._friend_event("add_external_contact", one, request.userid, request.state)
            return one.external_userid

    def ignore(self, request_id: str) -> None:
        """Leave it unanswered. WeCom tells nobody."""
        with self.lock:
            self._waiting(request_id).status = "ignored"

    def type(self, member: str, who: str, text: str) -> str:
        """A member types to a friend. Empty if the client refused it by a 敏感词 rule, else the archive's id."""
        with self.lock:
            one = self.borrower(who)
            self._friendship(member, one)
            for rule in self.rules.values():
                users = rule.get("applicable_range", {}).get("user_list", [])
                word = next((w for w in rule["word_list"] if w in text), "")
                if word and member in users:
                    self.stopped.append(
                        {"userid": member, "external_userid": one.external_userid, "text": text, "word": word}
                    )
                    if rule["intercept_type"] == 1:
                        return ""
            self._reach(one, member, text)
            return self._archive_message(member, [one.external_userid], text)

    def confirm(self, msgid: str) -> None:
        """The member confirms a task: its message goes to its customers."""
        with self.lock:
            task = self.tasks.get(msgid)
            if task is None or task["cancelled"]:
                raise Impossible(f"there is no task {msgid!r} to confirm")
            for who in task["external_userid"]:
                friend = (task["sender"], who) in self.friends
                task["results"][who] = {
                    "status": 1 if friend else 2,
                    "send_time": int(self.now().timestamp()),
                }
                if friend:
                    self._reach(self.borrower(who), task["sender"], task["text"]["content"])
                    self._archive_message(task["sender"], [who], task["text"]["content"])

    def serve(self, who: str, text: str, *, member: str) -> str:
        """A member answers in the customer service by hand: the machine may no longer write (95018)."""
        with self.lock:
            one = self.borrower(who)
            session = self.sessions.setdefault(one.external_userid, Session())
            session.state = 3
            self._reach(one, SERVICE, text)
            return self._inbox(one, origin=5, msgtype="text", text={"content": text}, servicer_userid=member)

    # ── what reaches a phone ─────────────────────────────────────────────────────────────────────────────
    def reach_by_service(self, one: Borrower, text: str) -> None:
        self._reach(one, SERVICE, text)

    def text(self, number: str, words: str) -> None:
        """A text message reaches whoever has this number."""
        with self.lock:
            for one in self.people.values():
                if one.script.mobile == number:
                    self._show(one, TEXTS, "them", words)

    def texted(self, who: str, words: str) -> str:
        """The borrower writes a text message; returns the number it comes from."""
        with self.lock:
            one = self.borrower(who)
            self._show(one, TEXTS, "me", words)
            return one.script.mobile

    def fail(self, msgid: str, why: int) -> None:
        """Tell later that a message of the customer service did not arrive."""
        with self.lock:
            sent = self.sent[msgid]
            event = {
                "event_type": "msg_send_fail",
                "open_kfid": self.open_kfid,
                "external_userid": sent["touser"],
                "fail_msgid": msgid,
                "fail_type": why,
            }
            self._inbox(self.borrower(sent["touser"]), origin=4, msgtype="event", event=event)

    def _reach(self, one: Borrower, sender: str, text: str) -> None:
        self._show(one, sender, "them", text)
        if not one.plays:
            return
        line = one.script.answer(one.answered)
        one.answered += 1
        member = sender if sender in self.members else ""
        self.stage.after(one.script.every, partial(self.say, one.external_userid, line, member=member))

    def _show(self, one: Borrower, chat: str, side: str, text: str) -> None:
        one.phone.append({"chat": chat, "side": side, "text": text, "at": self.now().isoformat()})

    # ── events, inbox, archive ───────────────────────────────────────────────────────────────────────────
    def _envelope(self, wrong_receiver: bool = False) -> Envelope:
        receiver = "ww-of-another-corp" if wrong_receiver else self.corpid
        return Envelope(token=self.token, aes_key=self.aes_key, receive_id=receiver)

    def _tell(self, event: str, change: str = "", **more: str) -> None:
        fields = {
            "ToUserName": self.corpid,
            "FromUserName": "sys",
            "CreateTime": str(int(self.now().timestamp())),
            "MsgType": "event",
            "Event": event,
            **({"ChangeType": change} if change else {}),
            **more,
        }
        body = "".join(
            f"<{name}>{value}</{name}>"
            if value.isdigit()
            else f"<{name}><![CDATA[{_cdata(value)}]]></{name}>"
            for name, value in fields.items()
        )
        self.caller.tell(f"{event} {change}".strip(), f"<xml>{body}</xml>".encode())

    def _friend_event(self, change: str, one: Borrower, userid: str, state: str) -> None:
        more = {"UserID": userid, "ExternalUserID": one.external_userid}
        if state:
            more["State"] = state
        if change != "msg_audit_approved" or userid:
            more["WelcomeCode"] = self._welcome(one.external_userid, userid)
        self._tell("change_external_contact", change, **more)

    def _welcome(self, external_userid: str, userid: str) -> str:
        code = secrets.token_urlsafe(32)
        self.welcomes[code] = Welcome(external_userid, userid, self.now() + WELCOME_FOR)
        return code

    def _inbox(self, one: Borrower, **item: Any) -> str:
        msgid = secrets.token_urlsafe(33)
        head: dict[str, Any] = {"msgid": msgid, "send_time": int(self.now().timestamp())}
        if item["msgtype"] != "event":  # an event names both inside
            head |= {"open_kfid": self.open_kfid, "external_userid": one.external_userid}
        self.inbox.append(head | item)
        self._tell("kf_msg_or_event", Token=secrets.token_urlsafe(24), OpenKfId=self.open_kfid)
        return msgid

    def _archive_message(self, sender: str, to: list[str], text: str) -> str:
        if text == "image":
            reference = secrets.token_hex(24)
            self.files[reference] = PICTURE
            image = {"sdkfileid": reference, "md5sum": "", "filesize": len(PICTURE)}
            return self._archive(sender, to, {"msgtype": "image", "image": image})
        if text.startswith("redpacket"):
            packet = {"type": 1, "wish": "恭喜发财", "totalcnt": 1, "totalamount": 100}
            return self._archive(sender, to, {"msgtype": "external_redpacket", "redpacket": packet})
        return self._archive(sender, to, {"msgtype": "text", "text": {"content": text}})

    def _archive(self, sender: str, to: list[str], body: dict[str, Any], action: str = "send") -> str:
        """Seal a message for the newest key and put it at the end; tell so, at most every 15 seconds."""
        if not self.keys:
            self.new_archive_key()
        seq, msgid = len(self.archive) + 1, f"{secrets.token_hex(10)}_external"
        plain = {
            "msgid": msgid,
            "action": action,
            "from": sender,
            "tolist": to,
            "roomid": "",
            "msgtime": int(self.now().timestamp() * 1000),
            **body,
        }
        version, random_key = max(self.keys), secrets.token_bytes(32)
        sealed = seal(random_key, json.dumps(plain, ensure_ascii=False).encode(), secrets.token_bytes(12))
        if self.mischief.broken_archive:
            self.mischief.broken_archive -= 1
            sealed = sealed[:8]
        self.archive.append(
            {
                "seq": seq,
                "msgid": msgid,
                "publickey_ver": version,
                "encrypt_random_key": base64.b64encode(
                    self.keys[version].public_key().encrypt(random_key, PKCS1v15())
                ).decode(),
                "encrypt_chat_msg": sealed,
                "_at": self.now(),
            }
        )
        if not self._noticed:
            self._noticed = True
            self._tell("msgaudit_notify", AgentID="2000004")
            self.stage.after(NOTICE_EVERY if len(self.archive) > 1 else 0.0, self._notice_again)
        return msgid

    def _notice_again(self) -> None:
        with self.lock:
            self._noticed = False

    def archived(self, seq: int, limit: int) -> dict[str, Any]:
        """GetChatData: what is left of the last five days after `seq`."""
        with self.lock:
            oldest = self.now() - ARCHIVE_KEEPS
            there = [one for one in self.archive if one["seq"] > seq and one["_at"] >= oldest][:limit]
            told = [{name: value for name, value in one.items() if name != "_at"} for one in there]
            return {"errcode": 0, "errmsg": "ok", "chatdata": told}

    # ── looking things up ────────────────────────────────────────────────────────────────────────────────
    def _link_in(self, url: str) -> tuple[str, str]:
        parts = urlsplit(url)
        link_id = parts.path.rsplit("/", 1)[-1]
        if link_id not in self.links:
            raise Impossible("this link is not there, or was deleted")
        state = parse_qs(parts.query).get("customer_channel", [""])[0]
        return link_id, state.encode()[:64].decode(errors="ignore")

    def _waiting(self, request_id: str) -> Request:
        request = self.requests.get(request_id)
        if request is None or request.status != "waiting":
            raise Impossible(f"no friend request {request_id!r} is waiting")
        return request

    def _friendship(self, member: str, one: Borrower) -> Friendship:
        found = self.friends.get((member, one.external_userid))
        if found is None:
            raise Impossible(f"{one.nickname} and {member} are no friends")
        return found

    def picture(self) -> dict[str, Any]:
        """Everything there is, for the control page and for tests that look from outside."""
        with self.lock:
            return {
                "corpid": self.corpid,
                "now": self.now().isoformat(),
                "callback": self.caller.url,
                "mischief": asdict(self.mischief),
                "people": [
                    {
                        "kind": name,
                        "name": one.script.person,
                        "nickname": one.nickname,
                        "external_userid": one.external_userid,
                        "plays": one.plays,
                    }
                    for name, one in self.people.items()
                ],
                "members": self.members,
                "requests": [asdict(one) for one in self.requests.values()],
                "friends": [asdict(one) for one in self.friends.values()],
                "links": list(self.links.values()),
                "tasks": [
                    {
                        "msgid": msgid,
                        "sender": task["sender"],
                        "external_userid": task["external_userid"],
                        "text": task["text"]["content"],
                        "waits": not task["cancelled"]
                        and any(one["status"] == 0 for one in task["results"].values()),
                    }
                    for msgid, task in self.tasks.items()
                ],
                "stopped": self.stopped,
                "knocks": [asdict(one) for one in self.caller.knocks[-50:]],
            }


def _cdata(value: str) -> str:
    """CDATA cannot hold its own end; nothing here should, but a borrower may type anything."""
    return value.replace("]]>", "]]]]><![CDATA[>")
