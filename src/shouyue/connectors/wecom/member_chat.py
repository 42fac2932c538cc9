"""A message in a member's name: a task that the member must confirm in the client (`add_msg_template`, page 92135).

Gate: client-side intercept. What the desk proposes here was allowed before the task was made; what a member types
by hand passes only the 敏感词 rules in the client and is reviewed afterwards from the archive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from shouyue.connectors import channel as ch
from shouyue.connectors.wecom.client import Client, WeComRefused, outcome_of
from shouyue.terms import Channel, Gate


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What became of a task for one customer: `sent`, `waiting` for the member, or `failed` with the reason."""

    external_userid: str
    userid: str
    state: str
    why: str
    at: datetime | None


_STATES = {
    0: ("waiting", "the member has not confirmed it"),
    1: ("sent", ""),
    2: ("failed", "the customer is no longer a friend of the member"),
    3: ("failed", "the customer has had the most messages of this kind that WeCom allows"),
}


class MemberChat:
    """Tasks in members' names."""

    channel = Channel.WECOM
    gate = Gate.INTERCEPT

    def __init__(self, client: Client) -> None:
        self._call = client

    def send(self, message: ch.Outgoing, key: str) -> ch.Outcome:
        """Make the task. `Accepted` means that the member was asked, not that the customer has it: see `result`."""
        body = {
            "chat_type": "single",
            "external_userid": [message.to],
            "sender": message.account,
            "text": {"content": message.text},
        }
        try:
            got = self._call.post("externalcontact/add_msg_template", body)
        except (WeComRefused, ch.ConnectorDown) as trouble:
            return outcome_of(trouble)
        if message.to in got.get("fail_list", ()):
            return ch.Refused(True, "WeCom cannot reach this customer through this member", "fail_list")
        return ch.Accepted(str(got["msgid"]))

    def find(self, key: str) -> ch.Found:
        """WeCom takes no id of ours for a task, so it cannot be asked by one."""
        return ch.Unknown("a task cannot be looked up by our id; see the member's list of tasks")

    def result(self, reference: str, userid: str) -> tuple[TaskResult, ...]:
        """What became of the task `reference` at this member. All pages. Raises WeComRefused, ConnectorDown."""
        found, cursor = [], ""
        while True:
            page = self._call.post(
                "externalcontact/get_groupmsg_send_result",
                {"msgid": reference, "userid": userid, "limit": 1000, "cursor": cursor},
            )
            for one in page.get("send_list", ()):
                state, why = _STATES.get(one["status"], ("failed", f"status {one['status']}"))
                sent = one.get("send_time")
                found.append(
                    TaskResult(
                        one["external_userid"],
                        one["userid"],
                        state,
                        why,
                        datetime.fromtimestamp(sent, UTC) if sent else None,
                    )
                )
            cursor = page.get("next_cursor", "")
            if not cursor:
                return tuple(found)

    def cancel(self, reference: str) -> None:
        """Take the task back while the member has not confirmed it: part of every emergency stop."""
        self._call.post("externalcontact/cancel_groupmsg_send", {"msgid": reference})

    def remind(self, reference: str) -> None:
        """Ask the member again; at most three times a day."""
        self._call.post("externalcontact/remind_groupmsg_send", {"msgid": reference})
