"""The log: leaves in streams, their place in the tree, signed heads, and what others said about those."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Stream(models.Model):
    """Entries that belong together: a thread, a matter, a person's conduct, the log's own. Counted without gaps.

    `name` is what the desk calls it and is overwritten by erasure; `tag` is what the log calls it.
    """

    name = models.CharField(max_length=120, unique=True)
    tag = models.CharField(max_length=64, unique=True)
    subject = models.UUIDField(null=True, db_index=True)
    count = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64)  # leaf hash of the last entry, hex

    class Meta:
        app_label = "desk"


class Leaf(models.Model):
    """One sealed entry. Never changed but once: when the integrator gives it its index."""

    id = models.BigAutoField(primary_key=True)
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="leaves")
    n = models.BigIntegerField()  # in its stream, from 0
    kind = models.CharField(max_length=60)
    entry = models.BinaryField()  # the canonical bytes
    kept = models.BinaryField()  # its parts, encrypted: see kept.py
    hash = models.BinaryField()  # 32 bytes
    at = models.DateTimeField()
    index = models.BigIntegerField(null=True, unique=True)  # in the log, from 0

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["stream", "n"], name="no_two_at_one_number")]
        indexes = [models.Index(fields=["id"], name="leaf_waiting", condition=Q(index=None))]

    @property
    def digest(self) -> str:
        """The leaf hash in hex: what other tables remember this entry by."""
        return bytes(self.hash).hex()


class LogHead(models.Model):
    """How far the log has been integrated. Moved only by compare-and-swap on `size`."""

    origin = models.CharField(max_length=200, primary_key=True)
    size = models.BigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")  # complete subtrees of the right edge, largest first
    alarm = models.TextField(default="", blank=True)  # why nothing may be published until a person has looked

    class Meta:
        app_label = "desk"


class LogTile(models.Model):
    """Hashes of the tree: up to 256 of a level, end to end. At level 0, the leaves, only full ones stand here."""

    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="one_tile_a_place")]


class Checkpoint(models.Model):
    """A size and root that we signed. There is never another root for the same size."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.BinaryField()  # the signed note as we made it; cosignatures stand in their own table
    signed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"
        indexes = [models.Index(fields=["size"], name="checkpoint_out", condition=~Q(published_at=None))]


class Cosignature(models.Model):
    """A witness saw this checkpoint, at its own time, and that the log had only grown."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200)
    line = models.TextField()
    their_time = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="one_word_a_witness")]


class TimeToken(models.Model):
    """A time-stamping authority's token (RFC 3161) over a checkpoint; request and answer untouched."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="tokens")
    authority = models.CharField(max_length=200)
    request = models.BinaryField()
    response = models.BinaryField()
    chain = models.BinaryField(default=b"")  # certificates, PEM
    their_time = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "authority"], name="one_token_an_authority")
        ]


class HandedOut(models.Model):
    """An evidence package that left: what it is about, its digests, and for a short time the file itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    about = models.CharField(max_length=120, db_index=True)  # thread:<id> or matter:<id>
    title = models.CharField(max_length=300)
    purpose = models.CharField(max_length=300)
    reason = models.TextField()
    digest = models.CharField(max_length=64)  # SHA-256 of the file; also its name among the originals
    sums = models.CharField(max_length=64)
    trust = models.CharField(max_length=64)
    entries = models.BigIntegerField()
    log_size = models.BigIntegerField()
    size = models.BigIntegerField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "desk"


class Anchor(models.Model):
    """A checkpoint's digest in somebody else's ledger."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="anchors")
    place = models.CharField(max_length=200)  # evm:<chain id>:<contract>, opentimestamps, a deposit platform
    digest = models.CharField(max_length=64)
    record = models.JSONField()  # transaction, block, header, receipt: what that place gives
    confirmed_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "desk"
        constraints = [models.UniqueConstraint(fields=["checkpoint", "place"], name="one_anchor_a_place")]
