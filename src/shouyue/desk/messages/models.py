"""What arrived, raw; and every contact, in or out, on any channel."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings
from django.db import models

from shouyue.casework.contact import Contact as State
from shouyue.desk.messages.covered import covered
from shouyue.desk.vault.fields import EncryptedTextField


def is_picture(one: dict[str, Any]) -> bool:
    """Whether a file of a message is read as a picture: by what the channel calls it, or by its name."""
    name = str(one.get("name", "")).lower()
    return one.get("kind") in {"image", "picture", "photo"} or name.endswith(
        (".png", ".jpg", ".jpeg", ".webp")
    )


class RawEvent(models.Model):
    """Bytes as they came in, kept once before anybody understands them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    connector = models.CharField(max_length=20)  # which connector can parse them
    body = EncryptedTextField()  # base64 of the bytes
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    understood_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["connector", "digest"], name="one_event_once")]


class Cursor(models.Model):
    """How far we have read what a channel keeps for us to fetch."""

    connector = models.CharField(max_length=20, primary_key=True)
    position = models.CharField(max_length=256)
    moved_at = models.DateTimeField()
    # what was read since it was last stated in the log, where the provider numbers all that it gives out
    stated_to = models.BigIntegerField(null=True)  # the last number that was stated
    read_to = models.BigIntegerField(null=True)
    gaps = models.JSONField(default=list)  # [first, last] of numbers that never came

    class Meta:
        app_label = "desk"


class Contact(models.Model):
    """One contact with a person: a message, a call, a visit, a letter; theirs or ours; with what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)  # made where the click is; the key of sending
    thread = models.ForeignKey("desk.Thread", models.PROTECT, null=True, related_name="contacts")
    matter = models.ForeignKey("desk.Matter", models.PROTECT, null=True, related_name="contacts")
    party = models.ForeignKey("desk.Party", models.PROTECT, null=True, related_name="contacts")
    raw = models.ForeignKey(RawEvent, models.PROTECT, null=True, related_name="contacts")
    channel = models.CharField(max_length=20)
    direction = models.CharField(max_length=24)
    purpose = models.CharField(max_length=20, blank=True)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="contacts")
    account = models.CharField(max_length=64, blank=True)  # ours
    point = models.CharField(max_length=64, blank=True)  # blind index of the number or address used
    sender = EncryptedTextField(null=True)  # theirs, where nobody is bound to it yet
    number = models.IntegerField(null=True)  # in its thread, from 1, no gaps
    text = EncryptedTextField(null=True)
    script = models.CharField(max_length=64, blank=True)
    media = models.JSONField(default=list)
    state = models.CharField(max_length=20, choices=[(s, s) for s in State])
    why = models.TextField(blank=True)  # of a state that needs a reason
    decision = models.JSONField(null=True)  # what the gate said last, with citations
    facts = EncryptedTextField(null=True)  # the facts it judged, canonical JSON: replayable
    findings = models.JSONField(default=list)
    labels = models.JSONField(default=list)
    action = models.CharField(max_length=12, blank=True)  # disposition: what was done …
    result = models.CharField(max_length=12, blank=True)  # … and what came of it
    connected = models.BooleanField(null=True)
    seconds = models.IntegerField(null=True)
    their_time = models.DateTimeField(null=True)
    at = models.DateTimeField()  # when it happened or was proposed, by our clock
    not_before = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=120, blank=True)  # the channel's own id of what we sent
    recalled_at = models.DateTimeField(null=True)  # taken back over there; the text stays here
    later_text = EncryptedTextField(null=True)  # what it was changed to over there; `text` stays what it was
    heard = EncryptedTextField(
        null=True
    )  # JSON: place of a voice message in `media` → its transcript, derived

    class Meta:
        app_label = "desk"
        indexes = [
            models.Index(fields=["party", "at"]),
            models.Index(fields=["matter", "at"]),
            models.Index(fields=["state", "not_before"]),
            models.Index(fields=["thread", "number"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "number"], condition=models.Q(number__isnull=False), name="numbered_once"
            )
        ]

    @property
    def said_in_it(self) -> str:
        """What whoever made this contact for us wrote down of it."""
        heard = json.loads(self.heard) if self.heard else {}
        return str(heard.get("report", {}).get("words", ""))

    @property
    def shown(self) -> str:
        """The words as staff may read them."""
        return covered(self.text or "")

    @property
    def files(self) -> list[dict[str, Any]]:
        """What came with it, each with its place and, of a voice message, what it says."""
        heard = json.loads(self.heard) if self.heard else {}
        listed = [one if isinstance(one, dict) else {"kind": str(one)} for one in self.media]
        return [
            {**one, "place": place, "heard": heard.get(str(place)), "picture": is_picture(one)}
            for place, one in enumerate(listed)
        ]
