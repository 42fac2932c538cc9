"""A lender's corp at WeCom, as the administrator wrote it down: one JSON file, from which every part is made.

Fields: corpid, token, aes_key, secret, archive_secret, open_kfid, base (default: the official address), archive_keys
({"1": PEM, …}, every version ever uploaded), library (path of the archive's native library, or the counterpart's address).
A field `secrets` names a second file whose fields are added, so that the first can be shown around.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path

from shouyue.connectors.wecom.archive import Archive, Library
from shouyue.connectors.wecom.client import OFFICIAL, Client, Credentials
from shouyue.connectors.wecom.customer_service import CustomerService
from shouyue.connectors.wecom.envelope import Door, Envelope
from shouyue.connectors.wecom.friends import Friends
from shouyue.connectors.wecom.intercept import Intercepts
from shouyue.connectors.wecom.member_chat import MemberChat


@dataclass(frozen=True, slots=True, kw_only=True)
class Corp:
    """Ids and secrets of one corp. What is secret does not show when printed."""

    corpid: str
    open_kfid: str = ""
    base: str = OFFICIAL
    library: str = ""
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    secret: str = field(repr=False)
    archive_secret: str = field(default="", repr=False)
    archive_keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, path: Path) -> Corp:
        """From the file. Raises ValueError that names the file and the field."""
        told = json.loads(path.read_text(encoding="utf-8"))
        if "secrets" in told:
            told |= json.loads((path.parent / told.pop("secrets")).read_text(encoding="utf-8"))
        known = {one.name for one in fields(cls)}
        if unknown := told.keys() - known:
            raise ValueError(
                f"{path}: unknown field {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
            )
        if missing := {"corpid", "token", "aes_key", "secret"} - told.keys():
            raise ValueError(f"{path}: the field {', '.join(sorted(missing))} is missing")
        return cls(**told)

    def write(self, path: Path) -> None:
        """Into a file that only its owner reads."""
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2), encoding="utf-8")

    def door(self, once: Callable[[str, datetime], bool] | None = None) -> Door:
        """Who checks callbacks. `once(signature, at)`, if given, says whether a call is new."""
        return Door(Envelope(token=self.token, aes_key=self.aes_key, receive_id=self.corpid), once)

    def client(self) -> Client:
        """Calls as the application. Make one and keep it: it holds the token."""
        return Client(Credentials(self.corpid, self.secret, self.base))

    def archive_client(self) -> Client:
        """Calls as the archive, which has a secret of its own."""
        return Client(Credentials(self.corpid, self.archive_secret, self.base))

    def customer_service(self, client: Client) -> CustomerService:
        return CustomerService(client, self.open_kfid)

    def friends(self, client: Client) -> Friends:
        return Friends(client)

    def member_chat(self, client: Client) -> MemberChat:
        return MemberChat(client)

    def intercepts(self, client: Client) -> Intercepts:
        return Intercepts(client)

    def archive(self, library: Library) -> Archive:
        return Archive(library, {int(ver): pem.encode() for ver, pem in self.archive_keys.items()})
