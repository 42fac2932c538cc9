"""Further keys of the log: one is added, both of a kind sign for a time, the older is retired.

    add      kept aside; its public half sealed; then put to use: every head signed from now on bears its line
    retire   sealed; then its private half destroyed: what it signed stays valid, and it signs nothing more

If we die: an added key that was sealed and not yet put to use signs nothing; add another. A key whose retirement was sealed
and that is still there goes on signing; retire it again. `shouyue evidence keys` shows those that sign.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from shouyue.desk.ledger import keys
from shouyue.desk.ledger.actions.sealing import seal
from shouyue.desk.ledger.models import Leaf
from shouyue.evidence.checkpoint import VerifierKey

KEYS = "log/keys"


class NoSuchKey(LookupError):
    """None of the log's further keys has this id."""


def add_key(*, kind: str, reason: str, by: object, at: datetime) -> VerifierKey:
    """Let the log sign with one more key, "sm2" or "ml-dsa-44". Its public half must be handed over, as the first one's was."""
    key = keys.make(kind)
    _seal("key/added", key, kind, reason, by, at)
    keys.use(kind, key)
    return key


def retire_key(*, key_id: str, reason: str, by: object, at: datetime) -> VerifierKey:
    """Sign no more with this further key, and destroy its private half. Raises NoSuchKey; the principal key cannot be retired."""
    found = next((one for one in keys.further() if one[1].key.id.hex() == key_id), None)
    if found is None:
        raise NoSuchKey(f"the log signs with no further key of the id {key_id}")
    kind, signer = found
    _seal("key/retired", signer.key, kind, reason, by, at)
    keys.destroy(kind, signer.key)
    return signer.key


@transaction.atomic
def _seal(act: str, key: VerifierKey, kind: str, reason: str, by: object, at: datetime) -> Leaf:
    return seal(
        act,
        stream=KEYS,
        subject=None,
        parts={"key": str(key), "reason": reason},
        by=by,
        at=at,
        outside={"id": key.id.hex(), "kind": kind},
    )
