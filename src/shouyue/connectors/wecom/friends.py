"""Friends 客户联系: who they are, the links by which they come, the words that greet them, what they agreed to.

Nothing here accepts or refuses a friend: no such interface exists. `/cgi-bin/externalcontact/*`, pages 92277, 97297, 91782.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from shouyue.connectors.wecom.client import Client

LONGEST_STATE = 30  # characters: what a member's own QR code would take; a link takes 64 bytes
CONSENTS_A_CALL = 100


@dataclass(frozen=True, slots=True)
class Follow:
    """One member's side of a friendship. `began_by_us`: a member's id began it, not the customer's."""

    userid: str
    since: datetime
    state: str
    way: int  # add_way: 1 QR, 2 searched mobile, 16 acquisition link … (page 92277)
    remark: str
    began_by_us: bool


@dataclass(frozen=True, slots=True)
class Friend:
    """An external contact as WeCom describes it. `name` is the nickname they chose: no proof of who they are."""

    external_userid: str
    name: str
    is_wechat: bool  # else a WeCom user of another corp
    corp_name: str
    follows: tuple[Follow, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An acquisition link 获客链接. `url` already carries the state."""

    link_id: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """Whether one customer agreed that the chat with one member is archived. None: not asked, or not answered."""

    userid: str
    external_userid: str
    agreed: bool | None
    since: datetime | None


class Friends:
    """客户联系 with one application's client."""

    def __init__(self, client: Client) -> None:
        self._call = client

    def detail(self, external_userid: str) -> Friend:
        """Everything WeCom says of a friend, all pages of members joined."""
        cursor = ""
        follows: list[Follow] = []
        who: dict[str, Any] = {}
        while True:
            page = self._call.get("externalcontact/get", external_userid=external_userid, cursor=cursor)
            who = who or page["external_contact"]
            follows += [_follow(one) for one in page.get("follow_user", ())]
            cursor = page.get("next_cursor", "")
            if not cursor:
                break
        return Friend(
            external_userid=who["external_userid"],
            name=who.get("name", ""),
            is_wechat=who.get("type") == 1,
            corp_name=who.get("corp_name", ""),
            follows=tuple(follows),
        )

    def make_link(self, *, name: str, members: list[str], state: str) -> Link:
        """A link of its own for one case, with verification on, so that the request is told before it is accepted."""
        got = self._call.post(
            "externalcontact/customer_acquisition/create_link",
            {"link_name": name, "range": {"user_list": members}, "skip_verify": False},
        )["link"]
        return Link(got["link_id"], with_state(got["url"], state), state)

    def delete_link(self, link_id: str) -> None:
        self._call.post("externalcontact/customer_acquisition/delete_link", {"link_id": link_id})

    def welcome(self, welcome_code: str, text: str) -> None:
        """Greet a new friend. The code serves once and for about twenty seconds; no code comes after a chat began."""
        self._call.post(
            "externalcontact/send_welcome_msg", {"welcome_code": welcome_code, "text": {"content": text}}
        )

    def remark(self, *, userid: str, external_userid: str, remark: str, description: str = "") -> None:
        """What the member sees beside the nickname, so that no two 张伟 are confused."""
        self._call.post(
            "externalcontact/remark",
            {
                "userid": userid,
                "external_userid": external_userid,
                "remark": remark[:20],
                "description": description[:150],
            },
        )

    def archive_consents(self, pairs: Iterable[tuple[str, str]]) -> Iterator[Agreed]:
        """What each (member, customer) agreed to. Needs the archive's own secret. A refusal has no event: ask."""
        todo = list(pairs)
        for start in range(0, len(todo), CONSENTS_A_CALL):
            info = [
                {"userid": member, "exteranalopenid": customer}  # their spelling
                for member, customer in todo[start : start + CONSENTS_A_CALL]
            ]
            for one in self._call.post("msgaudit/check_single_agree", {"info": info})["agreeinfo"]:
                yield Agreed(
                    one["userid"],
                    one["exteranalopenid"],
                    _AGREED.get(one.get("agree_status", "")),
                    _moment(one.get("status_change_time", 0)),
                )


_AGREED = {"Agree": True, "Default_Agree": True, "Disagree": False}


def checked_state(state: str) -> str:
    """The token as it may travel: letters, digits, - and _, at most 30 characters, or it would be cut off unseen."""
    if not 0 < len(state) <= LONGEST_STATE or not all(
        c.isascii() and (c.isalnum() or c in "-_") for c in state
    ):
        raise ValueError(
            f"a state of {len(state)} characters; it takes 1 to {LONGEST_STATE} letters, digits, - or _"
        )
    return state


def with_state(url: str, state: str) -> str:
    """The link's address carrying the token that comes back as `State`."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'customer_channel': checked_state(state)})}"


def _follow(one: dict[str, Any]) -> Follow:
    began = str(one.get("oper_userid", ""))
    return Follow(
        userid=one["userid"],
        since=datetime.fromtimestamp(int(one.get("createtime", 0)), UTC),
        state=one.get("state", ""),
        way=int(one.get("add_way", 0)),
        remark=one.get("remark", ""),
        began_by_us=bool(began) and not began.startswith(("wo", "wm")),
    )


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
