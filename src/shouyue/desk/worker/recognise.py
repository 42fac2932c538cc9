"""Reading pictures: slow, hostile, and so done in the background, one at a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shouyue.connectors import recognition
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.messages import pictures
from shouyue.desk.messages.reads import get
from shouyue.desk.people.reads import Actor
from shouyue.desk.vault import originals


def identity(*, request: str, original: str, by: Actor, at: datetime) -> None:
    """Read an offered identity card. What is no card never leaves quarantine, and is removed there."""
    read = recognition.read_id_card(originals.fetch(original, room="quarantine"))
    judged = friend_requests.judge_identity(request=UUID(request), digest=original, read=read, by=by, at=at)
    if judged.passed:
        originals.discharge(original)
    else:
        originals.destroy(original)


def screenshot(*, request: str, original: str, by: Actor, at: datetime) -> None:
    """Read a reported screenshot; its lines may name the person."""
    lines = recognition.read_screenshot(originals.fetch(original, room="quarantine"))
    friend_requests.read_screenshot(request=UUID(request), lines=[str(line) for line in lines], by=by, at=at)
    originals.discharge(original)


def picture(*, contact: str, place: int, by: Actor, at: datetime) -> None:
    """Read a picture that came with a message; its words are screened like any others."""
    row = get(contact)
    bubbles, refused = [], ""
    try:
        bubbles = recognition.read_bubbles(originals.fetch(row.media[place]["sha256"], subject=row.party_id))
    except recognition.Refused as why:
        refused = str(why)
    pictures.read(contact=row.pk, place=place, bubbles=bubbles, refused=refused, by=by, at=at)
