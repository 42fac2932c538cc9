"""What staff must not say: the outbound labels of one message.

Rules of the lexicon speak for themselves; here the model adds what they leave open: hints, new wordings, disguises. A label
says what the words do. Whether they are allowed is the policy pack's business.
"""

from __future__ import annotations

from collections.abc import Iterable

from shouyue.screening.finding import OUTBOUND, Finding
from shouyue.screening.fold import Folded
from shouyue.screening.model import Earlier, model

# id of the approved wording to use instead, by label; the wordings are a pack's scripts (packs/cn/scripts/instead.yaml)
INSTEAD = {label: f"instead.{label}" for label in OUTBOUND if label != "clean"}


def judge(folded: Folded, context: Iterable[Earlier] = ()) -> list[Finding]:
    """Findings of the model for a message that we write, each with the wording to use instead."""
    return [
        found._replace(say=INSTEAD.get(found.label, ""))
        for found in model("outbound").judge(folded, tuple(context))
    ]
