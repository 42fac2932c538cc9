"""Which library opens a corp's archive: the operator's native one, or the counterpart's on this machine."""

from __future__ import annotations

from pathlib import Path

from shouyue.connectors.rehearsal.library import RehearsedLibrary
from shouyue.connectors.wecom.archive import Library
from shouyue.connectors.wecom.corp import Corp
from shouyue.connectors.wecom.native import NativeLibrary


def library_of(corp: Corp) -> Library | None:
    """The library that the corp's file names; None where there is none, and then there is no archive."""
    if not corp.library:
        return None
    if corp.library.startswith("http://"):
        return RehearsedLibrary(corp.library)
    return NativeLibrary(Path(corp.library), corpid=corp.corpid, secret=corp.archive_secret)
