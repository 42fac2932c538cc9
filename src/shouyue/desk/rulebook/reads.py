"""Which pack decides at a moment."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.timezone import localdate

from shouyue.casework.wording import Wording as WordingState
from shouyue.clocks.deadline import corresponding
from shouyue.desk.rulebook.models import Edition, Wording
from shouyue.policy.describe import difference
from shouyue.policy.pack import Pack, load_pack, pack_names

DATE = re.compile(r'"(\d{4}-\d{2}-\d{2})"')


class NoRulesInForce(Exception):
    """No edition is in force: nothing may be decided, so nothing leaves."""


@lru_cache(maxsize=16)
def loaded(name: str, overlay: str) -> Pack:
    """The pack with an overlay given as canonical JSON ("{}": none). Raises what the pack says is wrong with it."""
    return load_pack(name, overlay=_as_file(overlay) if overlay != "{}" else None)


def _as_file(overlay: str) -> Path:
    """An overlay where the pack's loader reads it, named after its digest."""
    path = Path(settings.HOME) / "overlays" / f"{hashlib.sha256(overlay.encode()).hexdigest()}.yaml"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DATE.sub(r"\1", overlay))  # JSON is YAML, but for dates, which YAML writes bare
    return path


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


def editions(at: datetime) -> list[tuple[Edition, list[str], str]]:
    """Every edition, newest first; what it changes against the one of its pack before it, and where it stands: waits, later,
    decides or past."""
    rows = list(
        Edition.objects.select_related("proposed_by", "approved_by").order_by("effective_at", "proposed_at")
    )
    try:
        decides = edition_on(at).pk
    except NoRulesInForce:
        decides = None
    before: dict[str, Edition] = {}
    found = []
    for row in rows:
        earlier = before.get(row.pack)
        changes = difference(loaded_of(earlier.pk), loaded_of(row.pk)) if earlier else []
        if row.approved_at is None:
            state = "waits"
        else:
            state = "decides" if row.pk == decides else "later" if row.effective_at > at else "past"
            before[row.pack] = row
        found.append((row, changes, state))
    return found[::-1]


def pack_on(at: datetime, pack: str | None = None) -> Pack:
    """The pack in force, with this lender's overlay, loaded once."""
    edition = edition_on(at, pack)
    return loaded(edition.pack, canonical(edition.overlay))


def loaded_of(edition: UUID | str) -> Pack:
    """The pack of one edition, whether it is in force or not any more."""
    row = Edition.objects.get(pk=edition)
    return loaded(row.pack, canonical(row.overlay))


def canonical(overlay: dict[str, Any]) -> str:
    return json.dumps(overlay, sort_keys=True, ensure_ascii=False)


class NoSuchScript(Exception):
    """The edition in force has no such wording, or a field of it was not given."""


def script(name: str, at: datetime, *, language: str, **values: str) -> str:
    """Approved wording (话术) of the edition in force, filled. Raises NoSuchScript."""
    pack = pack_on(at)
    found = pack.scripts.get(name)
    if found is None:
        raise NoSuchScript(
            f"pack {pack.name} has no script {name!r}; it has {', '.join(sorted(pack.scripts))}"
        )
    return _filled(name, found, language, values)


def _filled(name: str, found: Mapping[str, Any], language: str, values: Mapping[str, str]) -> str:
    given = {"callback": settings.CALLBACK, **values}
    missing = sorted(set(found.get("fields") or ()) - set(given))
    if missing:
        raise NoSuchScript(f"script {name!r} needs {', '.join(missing)}")
    return str(found["en" if language == "en" else "zh"]).format_map(given)


def scripts(at: datetime, *, channel: str, role: str) -> list[dict[str, Any]]:
    """The approved wordings that may be used on this channel to somebody of this role."""
    written = [{"id": id, **dict(one)} for id, one in sorted(pack_on(at).scripts.items())]
    return [
        one
        for one in [*(_as_script(row) for row in own_wordings()), *written]
        if channel in (one.get("channels") or [channel]) and role in (one.get("roles") or [role])
    ]


def own_wordings() -> list[Wording]:
    """The lender's own wordings in force."""
    return list(Wording.objects.filter(state=WordingState.IN_FORCE).order_by("name"))


def _as_script(row: Wording) -> dict[str, Any]:
    """A wording of the lender's own in the form in which the pack writes its scripts."""
    return {
        "id": f"own.{row.name}", "use": "own", "zh": row.zh, "en": row.en, "title_zh": row.title_zh, "title_en": row.title_en,
        "channels": row.channels, "roles": row.roles, "fields": sorted(fields_of(row.zh)),
    }  # fmt: skip


def fields_of(text: str) -> set[str]:
    """The fields that a wording asks for, `{client}` and the like. Raises ValueError for a brace without its fellow."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def wordings_of_all_states() -> list[Wording]:
    """Every version of every wording of the lender's own, what waits first, then by name, the newest first."""
    rows = Wording.objects.select_related("proposed_by").order_by("name", "-proposed_at")
    return sorted(rows, key=lambda row: row.state != WordingState.PROPOSED)


def wording(pk: UUID) -> Wording:
    return Wording.objects.select_related("proposed_by").get(pk=pk)


def wordings(
    at: datetime, *, channel: str, role: str, language: str, values: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The approved wordings for this channel and role, filled (`filled`); those that need a value we lack are left out."""
    found = []
    for one in scripts(at, channel=channel, role=role):
        with suppress(NoSuchScript):
            found.append({**one, "filled": _filled(one["id"], one, language, values)})
    return found


def longest_plan(at: datetime) -> int | None:
    """How many months a plan of instalments may take, by the rules in force; None where they set no limit. Raises
    NoRulesInForce: nobody knows it then."""
    found = pack_on(at).parameters.get("plan_longest")
    return None if found is None else int(found.on(localdate(at)))


def conduct_kept_until(at: datetime) -> datetime:
    """Until when a record of conduct made at this moment is kept. Raises NoRulesInForce where no number says so: nothing is
    kept about somebody without an end."""
    found = pack_on(at).parameters.get("retain_conduct")
    if found is None:
        raise NoRulesInForce(
            "the rules in force do not say how long records of conduct are kept (retain_conduct)"
        )
    years = int(found.on(localdate(at)))
    return at + (corresponding(localdate(at), 12 * years) - localdate(at))


@lru_cache(maxsize=1)
def _titles() -> tuple[tuple[str, str], ...]:
    """The title of every instrument that any pack here cites, in Chinese and in English, the longest first."""
    found = {s.title.zh: s.title.en for name in pack_names() for s in loaded(name, "{}").sources.values()}
    return tuple(sorted(found.items(), key=lambda one: -len(one[0])))


PLACE = re.compile(r"第([0-9]+)(?:至([0-9]+))?(条|章)(?:之([0-9]+))?")


@lru_cache(maxsize=4096)
def cited_in_english(citation: str) -> str:
    """A citation as an English page says it: the title in English, the places as numbers. The pack's own words stay the record."""
    for zh, en in _titles():
        citation = citation.replace(zh, f"{en} ")
    citation = PLACE.sub(
        lambda at: (
            f"{'ch.' if at[3] == '章' else 'art.'} {at[1]}{f'–{at[2]}' if at[2] else ''}{f'-{at[4]}' if at[4] else ''}"
        ),
        citation,
    )
    citation = citation.replace("、", ", ").replace("；", "; ")
    return re.sub(r" +(?=[,;]|$)", "", re.sub(r"\s+", " ", citation)).strip()
