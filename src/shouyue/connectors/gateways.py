"""The lender's gateways as the administrator wrote them down: one JSON file, channel → address and shared secret.

    {"sms": {"base": "https://sms.example.com/v1", "secret": "…"}, "phone": {…},
     "email": {"host": "mail.example.com", "port": "587", "user": "…", "password": "…"}}

Channels: sms, phone, letter, visit, mediation speak the plain protocol of `gateway`; email speaks SMTP.
"""

from __future__ import annotations

import json
from pathlib import Path

from shouyue.connectors.gateway import Gateway
from shouyue.connectors.letter import LetterHouse
from shouyue.connectors.mail import Mail
from shouyue.connectors.mediation import MediationBody
from shouyue.connectors.sms import Sms
from shouyue.connectors.visit import FieldApp
from shouyue.connectors.voice import Dialler

KINDS: dict[str, type[Gateway]] = {
    one.channel.value: one for one in (Sms, Dialler, LetterHouse, FieldApp, MediationBody)
}


def connected(path: Path) -> dict[str, Gateway | Mail]:
    """Every channel in the file, by name. Raises ValueError that names the file and what is wrong in it."""
    told = json.loads(path.read_text(encoding="utf-8"))
    if unknown := told.keys() - KINDS.keys() - {"email"}:
        known = ", ".join((*KINDS, "email"))
        raise ValueError(f"{path}: unknown channel {', '.join(sorted(unknown))}; known: {known}")
    try:
        return {name: _one(name, dict(fields)) for name, fields in told.items()}
    except (TypeError, KeyError, ValueError) as wrong:
        raise ValueError(f"{path}: {wrong}") from wrong


def _one(name: str, fields: dict[str, str]) -> Gateway | Mail:
    if name == "email":
        return Mail(
            fields["host"],
            int(fields.get("port", 587)),
            user=fields.get("user", ""),
            password=fields.get("password", ""),
            tls=fields.get("tls", "yes") != "no",
        )
    return KINDS[name](fields["base"], fields["secret"])
