"""The closed list of things that may be noted. `worker/reactions.py` says what follows from each."""

from __future__ import annotations

from enum import StrEnum


class Happened(StrEnum):
    """One word for each thing that has consequences. Its value is stored; never reuse an old one for something else."""

    EVENT_RECEIVED = "event_received"  # raw bytes are kept and sealed; they want to be understood
    MESSAGE_UNDERSTOOD = "message_understood"  # who, which thread, what it says
    MESSAGE_SCHEDULED = "message_scheduled"  # allowed; it may leave from `not_before` on
