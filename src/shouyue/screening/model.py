"""A small model that shows its grounds: signs and runs of characters, each with its weight for each label.

score of a label = bias + weights of the signs seen + s/√n · sum of the weights of the n runs found. Runs are one to four
characters as written and two to three syllables as heard (sound.py). All of them stand in one Aho-Corasick automaton, whose
hits are the explanation. A label speaks from its threshold on, and is sure (certainty 0.9) from its second one on; both were
chosen by cross-validation on the development split and are recorded in the file.

The file: one line of JSON (what it is, labels, thresholds, figures, digest), then a zlib stream of the names of its rows and
its weights as little-endian half floats. Nothing in it can run.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shouyue.screening.finding import Finding
from shouyue.screening.fold import Folded, fold
from shouyue.screening.literals import Literals
from shouyue.screening.plainly import Read, read
from shouyue.screening.signs import BREAK, Seen, Signs, signs
from shouyue.screening.sound import Heard, sound

FORMAT = "shouyue-model-1"
SURE = 0.9  # the certainty from which on a finding may decide alone; below it a person looks
LONGEST = 4000  # characters that are weighed; what follows is only searched by rules
Earlier = Mapping[str, str]  # an earlier message: `from` (a role) and `text`
DATA = Path(__file__).parent / "data/models"
_DIGIT = re.compile("[0-9]")
LONG, PART_FROM, MOST_PARTS = (
    30,
    10,
    40,
)  # characters of a message whose parts are judged too; of a part; parts
PART = 0.5  # what a part must have more than the whole
_GROUNDS = 5  # words shown
_EARLIER = 2  # messages before this one whose signs count


class Damaged(ValueError):
    """A model file that is not what its digest says, or not of this format."""


class Weighed(NamedTuple):
    """What the model saw in one message, row by row."""

    read: Read
    heard: Heard
    seen: list[Seen]
    sign_rows: list[int]  # of `seen`, -1 where the model has no weight for it
    other_rows: list[tuple[int, float]]  # context and length, with their values
    runs: list[tuple[int, int, int]]  # start, end in (text + mark + sound), row
    scores: npt.NDArray[np.float64]


def digits_alike(text: str) -> str:
    return _DIGIT.sub("0", text)


def parts(text: str) -> list[str]:
    """The clauses of a long text, joined until each has PART_FROM characters: in a letter one sentence may be lost."""
    if len(text) <= LONG:
        return []
    found = [""]
    for piece in BREAK.split(text):
        if len(found[-1]) >= PART_FROM:
            found.append("")
        found[-1] += ("，" if found[-1] else "") + piece
    if len(found) > 1 and len(found[-1]) < PART_FROM:
        last = found.pop()
        found[-1] += "，" + last
    return found[:MOST_PARTS] if len(found) > 1 else []


def widening(name: str) -> tuple[str, str]:
    """A sign's pattern is evidence of itself and of its sign: threat.body#1/d and threat.body/d."""
    sign, _, rest = name.partition("#")
    _, slash, stands = rest.partition("/")
    return name, sign + slash + stands


def length_features(text: str) -> dict[str, float]:
    return {"long": min(len(text) / 40, 3.0), "short": float(len(text) < 8)}


class Model:
    """One direction's weights, ready to score."""

    def __init__(
        self, head: Mapping[str, Any], names: Sequence[str], weights: npt.NDArray[np.float32]
    ) -> None:
        self.head = head
        self.labels: tuple[str, ...] = tuple(head["labels"])
        self.speaks = np.array(head["speaks"])
        self.sure = np.array(head["sure"])
        self.bias = np.array(head["bias"])
        self.scale = float(head["scale"])
        self.outbound: bool | None = head["outbound"]  # None: runs only, no signs
        self.version: str = head["digest"][:16]
        self.names = names
        self.weights = weights
        self._row = {name: row for row, name in enumerate(names)}
        runs = [(name[2:], row) for row, name in enumerate(names) if name[:2] in ("c:", "p:")]
        self._run_rows = [row for _, row in runs]
        self._runs = Literals([run for run, _ in runs], name="runs", key=(head["digest"],))
        self.signs: Signs | None = None if self.outbound is None else signs(outbound=self.outbound)
        if self.signs and head["signs"] != self.signs.fingerprint:
            raise Damaged(
                f"the model was trained with signs {head['signs']}, these are {self.signs.fingerprint}: train again"
            )

    def weigh(self, folded: Folded, context: Sequence[Earlier] = ()) -> Weighed:
        """Scores of every label, with everything that made them. Linear in the length of the text."""
        if len(folded.original) > LONGEST:
            folded = fold(folded.original[:LONGEST])
        as_read = read(folded)
        text = as_read.text
        seen: list[Seen] = []
        rows: list[int] = []
        other: list[tuple[int, float]] = []
        if self.signs:
            seen = self.signs.see(text)
            seen = [Seen(name, one.start, one.end) for one in seen for name in widening(one.name)]
            rows = [self._row.get(f"s:{one.name}", -1) for one in seen]
            features = length_features(text)
            if context:
                features |= earlier_features(self.signs, context)
            other = [
                (self._row[name], value) for name, value in features.items() if name in self._row and value
            ]
        heard = sound(text)
        hits = self._runs.find(digits_alike(text) + "\0" + digits_alike(heard.text))
        found = [(start, end, self._run_rows[n]) for start, end, n in hits]
        distinct = list({row for _, _, row in found})
        once = list({row for row in rows if row >= 0})
        share = self.scale / math.sqrt(len(distinct) or 1)
        values = [share] * len(distinct) + [1.0] * len(once) + [value for _, value in other]
        scores = (
            self.bias
            + np.array(values, np.float32) @ self.weights[distinct + once + [row for row, _ in other]]
        )
        return Weighed(as_read, heard, seen, rows, other, found, scores)

    def scored(self, weighed: Weighed) -> npt.NDArray[np.float64]:
        """Scores of the whole, or of the part of a long message that says a thing most plainly, less PART."""
        scores = weighed.scores
        for part in parts(weighed.read.text) if self.signs else ():
            scores = np.maximum(scores, self.weigh(Folded(part, part)).scores - PART)
        return scores

    def certainty(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """0.5 where a label begins to speak, SURE where it is sure; (labels,)."""
        steep = math.log(SURE / (1 - SURE)) / np.maximum(self.sure - self.speaks, 0.05)
        return np.asarray(1 / (1 + np.exp(-np.clip((scores - self.speaks) * steep, -30, 30))))

    def judge(self, folded: Folded, context: Sequence[Earlier] = ()) -> list[Finding]:
        """A finding for each label that speaks, at the clause that weighs most, with the words that weighed."""
        weighed = self.weigh(folded, context)
        scores = self.scored(weighed)
        speaking = np.flatnonzero(scores > self.speaks).tolist()
        if not speaking:
            return []
        certain = self.certainty(scores)
        places, weights = self._words(weighed, speaking)
        clauses = _Clauses(weighed.read, places)
        return [
            Finding(
                label=self.labels[column],
                rule=f"model.{self.labels[column]}",
                certainty=round(float(certain[column]), 3),
                **clauses.strongest(weights[:, n]),
            )
            for n, column in enumerate(speaking)
        ]

    def _words(
        self, weighed: Weighed, columns: list[int]
    ) -> tuple[list[tuple[int, int]], npt.NDArray[np.float32]]:
        """Each sign and run once: its place in the text as read, its share of the scores of these labels."""
        rows: dict[int, tuple[int, int]] = {}
        for one, row in zip(weighed.seen, weighed.sign_rows, strict=True):
            if row >= 0:
                rows[row] = one.start, one.end
        signs_seen = len(rows)
        size = len(weighed.read.text)
        for start, end, row in weighed.runs:
            if row not in rows:
                heard = start > size
                rows[row] = weighed.heard.span(start - size - 1, end - size - 1) if heard else (start, end)
        share = np.full(len(rows), self.scale / math.sqrt(max(len(rows) - signs_seen, 1)), np.float32)
        share[:signs_seen] = 1
        return list(rows.values()), self.weights[np.ix_(list(rows), columns)] * share[:, None]


class _Clauses:
    """The clauses of a text, and which of them each word that weighed stands in."""

    def __init__(self, as_read: Read, places: list[tuple[int, int]]) -> None:
        self.read = as_read
        self.places = places
        self.ends = [mark.end() for mark in BREAK.finditer(as_read.text)]  # where those after the first begin
        self.number = np.searchsorted(self.ends, [start for start, _ in places], side="right")

    def strongest(self, weights: npt.NDArray[np.float32]) -> dict[str, Any]:
        """The clause of the original that weighs most, and the words that weigh most anywhere."""
        text = self.read.text
        if not self.places:
            return {"start": 0, "end": len(self.read.original), "grounds": ()}
        best = int(np.bincount(self.number, weights).argmax())
        order = weights.argsort(kind="stable")[: -_GROUNDS - 1 : -1].tolist()
        shares = weights[order].tolist()
        grounds = tuple(
            (text[slice(*self.places[n])], round(share, 2))
            for n, share in zip(order, shares, strict=True)
            if share > 0
        )
        start = self.ends[best - 1] if best else 0
        end = self.ends[best] - 1 if best < len(self.ends) else len(text)
        if start >= end:  # nothing but a mark
            start, end = self.places[order[0]]
        start, end = self.read.span(start, end)
        return {"start": start, "end": end, "grounds": grounds}


def earlier_features(known: Signs, context: Sequence[Earlier]) -> dict[str, float]:
    """What the last messages before this one show, and that there are any."""
    features = {"earlier": 1.0}
    for said in context[-_EARLIER:]:
        for one in known.see(read(fold(said["text"][:LONGEST])).text):
            features[f"x:{widening(one.name)[1]}"] = 0.7
    return features


def dump(head: dict[str, Any], names: Sequence[str], weights: npt.NDArray[np.float32]) -> bytes:
    """The bytes of a model file; the digest is put into its head."""
    body = zlib.compress("\n".join(names).encode() + b"\0\0" + weights.astype("<f2").tobytes(), 9)
    head = {"format": FORMAT, **head, "rows": len(names), "digest": hashlib.sha256(body).hexdigest()}
    return json.dumps(head, ensure_ascii=False, sort_keys=True).encode() + b"\n" + body


def load(raw: bytes) -> Model:
    """The model in these bytes. Raises Damaged."""
    line, _, body = raw.partition(b"\n")
    try:
        head = json.loads(line)
        if head["format"] != FORMAT:
            raise Damaged(f"a model of format {head['format']!r}; this version reads {FORMAT!r}")
        if hashlib.sha256(body).hexdigest() != head["digest"]:
            raise Damaged("the model is not what its digest says: fetch it again, or train it again")
        names, _, weights = zlib.decompress(body).partition(b"\0\0")
        rows = names.decode().split("\n")
        table = np.frombuffer(weights, "<f2").astype(np.float32).reshape(len(rows), len(head["labels"]))
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        if isinstance(error, Damaged):
            raise
        raise Damaged(f"not a model file: {error}") from error
    return Model(head, rows, table)


@lru_cache(maxsize=4)
def model(name: str) -> Model:
    """One of those that come with Shouyue: outbound, inbound, or offence (insults among strangers, one label)."""
    return load((DATA / f"{name}.model").read_bytes())


def judge(folded: Folded, context: Iterable[Earlier] = (), *, outbound: bool) -> list[Finding]:
    """What the model says of one message."""
    return model("outbound" if outbound else "inbound").judge(folded, tuple(context))
