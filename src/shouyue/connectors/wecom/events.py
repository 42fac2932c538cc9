"""What WeCom tells us, read into events. Pure: the same bytes always give the same events.

Official pages 92277 (contacts), 97299 (acquisition links), 95039 (archive notice), 94670 (customer service). What is
unknown, or lacks what it should have, becomes NotUnderstood: kept and shown, never dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shouyue.connectors import channel as ch
from shouyue.connectors.wecom.envelope import read_xml
from shouyue.terms import Channel

Fields = dict[str, str]


def parse(payload: bytes) -> tuple[ch.Event, ...]:
    """Events of one decrypted callback."""
    try:
        fields = {child.tag: (child.text or "").strip() for child in read_xml(payload)}
    except ch.CallbackRefused as wrong:
        return (_not_understood(payload, {}, wrong.reason),)
    kind = (fields.get("Event", ""), fields.get("ChangeType", ""))
    read = _READERS.get(kind) or _READERS.get((kind[0], "*"))
    if read is None:
        return (
            _not_understood(payload, fields, f"an event of an unknown kind: {kind[0]} {kind[1]}".strip()),
        )
    try:
        return (read(fields, _head(payload, fields)),)
    except (KeyError, ValueError, OverflowError, OSError) as missing:
        return (_not_understood(payload, fields, f"{kind[0]} {kind[1]} without a usable {missing}"),)


def event_id(fields: Fields) -> str:
    """The same happening told twice has the same id. WeCom gives messages an id and events none (page 96466)."""
    if fields.get("MsgId"):
        return f"msg:{fields['MsgId']}"
    names = (
        "FromUserName",
        "CreateTime",
        "Event",
        "ChangeType",
        "UserID",
        "ExternalUserID",
        "LinkId",
        "State",
        "ChatId",
        "Token",
        "OpenKfId",
        "UpdateDetail",
    )
    told = "\x1f".join(fields.get(name, "") for name in names)
    return "event:" + hashlib.sha256(told.encode()).hexdigest()[:40]


def _head(payload: bytes, fields: Fields) -> dict[str, Any]:
    return {
        "external_id": event_id(fields),
        "channel": Channel.WECOM,
        "account": fields.get("UserID", ""),
        "at": datetime.fromtimestamp(int(fields["CreateTime"]), UTC),
        "raw": payload,
    }


def _not_understood(payload: bytes, fields: Fields, what: str) -> ch.NotUnderstood:
    stamp = fields.get("CreateTime", "")
    try:
        at = datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        at = datetime.fromtimestamp(0, UTC)
    return ch.NotUnderstood(
        external_id="raw:" + hashlib.sha256(payload).hexdigest()[:40],
        channel=Channel.WECOM,
        account=fields.get("UserID", ""),
        at=at,
        raw=payload,
        what=what,
    )


def _pair(fields: Fields) -> dict[str, Any]:
    return {"userid": fields["UserID"], "external_userid": fields["ExternalUserID"]}


def _friend(fields: Fields) -> dict[str, Any]:
    return _pair(fields) | {
        "state": fields.get("State", ""),
        "welcome_code": fields.get("WelcomeCode", ""),
    }


def _deleted(fields: Fields, head: dict[str, Any], *, by_member: bool) -> ch.Event:
    return ch.ContactDeleted(
        **head,
        **_pair(fields),
        by_member=by_member,
        by_transfer=fields.get("Source") == "DELETE_BY_TRANSFER",
    )


def _kf(fields: Fields, head: dict[str, Any]) -> ch.Event:
    return ch.PullDue(
        **(head | {"channel": Channel.KF, "account": fields["OpenKfId"]}), what="kf", token=fields["Token"]
    )


def _link_changed(fields: Fields, head: dict[str, Any]) -> ch.Event:
    return ch.LinkChanged(**head, change=fields["ChangeType"], link_id=fields.get("LinkId", ""))


_READERS: dict[tuple[str, str], Callable[[Fields, dict[str, Any]], ch.Event]] = {
    ("customer_acquisition", "friend_request"): lambda f, head: ch.FriendRequested(
        **head, link_id=f["LinkId"], state=f.get("State", "")
    ),
    ("customer_acquisition", "delete_link"): _link_changed,
    ("customer_acquisition", "link_unavailable"): _link_changed,
    ("customer_acquisition", "balance_low"): _link_changed,
    ("customer_acquisition", "balance_exhausted"): _link_changed,
    ("customer_acquisition", "balance_increased"): _link_changed,
    ("customer_acquisition", "quota_expire_soon"): _link_changed,
    ("change_external_contact", "add_external_contact"): lambda f, head: ch.ContactAdded(
        **head, **_friend(f)
    ),
    ("change_external_contact", "add_half_external_contact"): lambda f, head: ch.ContactHalfAdded(
        **head, **_friend(f)
    ),
    ("change_external_contact", "edit_external_contact"): lambda f, head: ch.ContactEdited(
        **head, **_pair(f)
    ),
    ("change_external_contact", "del_external_contact"): lambda f, head: _deleted(f, head, by_member=True),
    ("change_external_contact", "del_follow_user"): lambda f, head: _deleted(f, head, by_member=False),
    ("change_external_contact", "transfer_fail"): lambda f, head: ch.TransferFailed(
        **head, **_pair(f), reason=f.get("FailReason", "")
    ),
    ("change_external_contact", "msg_audit_approved"): lambda f, head: ch.ConsentChanged(
        **head, **_pair(f), agreed=True
    ),
    ("change_external_chat", "*"): lambda f, head: ch.GroupChanged(
        **head, chat_id=f["ChatId"], change=f["ChangeType"], detail=f.get("UpdateDetail", "")
    ),
    ("msgaudit_notify", "*"): lambda f, head: ch.PullDue(**head, what="archive"),
    ("kf_msg_or_event", "*"): _kf,
}
