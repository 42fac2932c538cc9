"""Which pack decides at a moment."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache

from shouyue.desk.rulebook.models import Edition
from shouyue.policy.pack import Pack, load_pack


class NoRulesInForce(Exception):
    """No edition is in force: nothing may be decided, so nothing leaves."""


@lru_cache(maxsize=16)
def _loaded(name: str, overlay: str) -> Pack:
    return load_pack(name, overlay=json.loads(overlay) or None)


def edition_on(at: datetime, pack: str | None = None) -> Edition:
    """The newest approved edition that is effective. Raises NoRulesInForce when there is none."""
    found = Edition.objects.filter(approved_at__isnull=False, effective_at__lte=at)
    if pack:
        found = found.filter(pack=pack)
    newest = found.order_by("-effective_at", "-approved_at").first()
    if newest is None:
        raise NoRulesInForce(
            f"no rule edition is in force at {at:%Y-%m-%d %H:%M}; a compliance officer must approve one"
        )
    return newest


def pack_on(at: datetime, pack: str | None = None) -> Pack:
    """The pack in force, with this lender's overlay, loaded once."""
    edition = edition_on(at, pack)
    return _loaded(edition.pack, json.dumps(edition.overlay, sort_keys=True))


def editions() -> list[Edition]:
    return list(Edition.objects.select_related("proposed_by", "approved_by").order_by("-effective_at"))


def script(name: str, at: datetime, *, language: str, **values: str) -> str:
    """Approved wording (话术) of the edition in force, filled. Raises KeyError for a script or a value it does not have."""
    scripts = {
        "opening_notice": "{client} {staff} {staff_no} 本会话将被存档",
        "identity_link": "{client} {link} {staff_no}",
        "refusal_redirect": "{client} {staff_no}",
    }
    return scripts[name].format(**values)
