"""A small model that shows its grounds: signs and runs of characters, each with its weight for each label.

score of a label = bias + weights of the signs seen, and of pairs of them + s/√n · sum of the weights of the n runs found.
Runs are one to four characters as written and two to three syllables as heard (sound.py). All of them stand in one
Aho-Corasick automaton, whose hits are the explanation. A label speaks from its threshold on, and is sure (certainty 0.9)
from its second one on; both were chosen by cross-validation on the development split and are recorded in the file.

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
from functools import cached_property, lru_cache
from itertools import combinations
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shouyue.screening.finding import SURE, Finding
from shouyue.screening.fold import Folded, fold
from shouyue.screening.literals import Literals
from shouyue.screening.plainly import Read, read
from shouyue.screening.signs import BREAK, Seen, Signs, signs
from shouyue.screening.sound import Heard, sound

FORMAT = "shouyue-model-1"
LONGEST = 4000  # characters that are weighed; what follows is only searched by rules
Earlier = Mapping[str, str]  # an earlier message: `from` (a role) and `text`
DATA = Path(__file__).parent / "data/models"
_DIGIT = re.compile("[0-9]")
LONG, PART_FROM, MOST_PARTS = (
    30,
    10,
    40,
)  # characters of a message whose parts are judged too; of a part; parts
PART = 1.0  # what a part must have more than the whole
PAIR = 0.5  # of two signs in one message
_GROUNDS = 5  # words shown
_NUMBER = itemgetter(2)  # of a hit
_EARLIER = 2  # messages before this one whose signs count


class Damaged(ValueError):
    """A model file that is not what its digest says, or not of this format."""


class Weighed(NamedTuple):
    """What the model saw in one message, row by row."""

    read: Read
    heard: Heard
    seen: list[Seen]
    sign_rows: list[int]  # of `seen`, -1 where the model has no weight for it
    together: list[tuple[int, int, int]]  # pairs: row, and the rows of the two signs
    values: dict[int, float]  # of the rows of signs, pairs, context and length
    hits: list[tuple[int, int, int]]  # start, end in (text + mark + sound), row of the run
    runs: set[int]  # rows of the runs, each once


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


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Signs that stand in one message, two by two: "your home" and "tonight" say more together than each alone."""
    return list(combinations(sorted({name for name in names if "#" not in name}), 2))


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
        runs = [row for row, name in enumerate(names) if name[:2] in ("c:", "p:")]
        others = [row for row, name in enumerate(names) if name[:2] not in ("c:", "p:")]
        self.weights = weights[runs + others]  # runs first, so that a run's number is its row
        self._row = {names[row]: new for new, row in enumerate(others, start=len(runs))}
        self._runs = Literals([names[row][2:] for row in runs], name="runs", key=(head["digest"],))
        self._steep = (math.log(SURE / (1 - SURE)) / np.maximum(self.sure - self.speaks, 0.05)).tolist()
        self._sign_rows: dict[str, list[tuple[str, int]]] = {}  # filled as signs are seen
        self._pair_rows = {
            tuple(name[2:].split("&")): row
            for name, row in self._row.items()
            if name[0] == "s" and "&" in name
        }
        self.signs: Signs | None = None if self.outbound is None else signs(outbound=self.outbound)
        if self.signs and head["signs"] != self.signs.fingerprint:
            raise Damaged(
                f"the model was trained with signs {head['signs']}, these are {self.signs.fingerprint}: train again"
            )

    def weigh(self, folded: Folded, context: Sequence[Earlier] = ()) -> Weighed:
        """Everything in one message that has a weight. Linear in the length of the text."""
        if len(folded.original) > LONGEST:
            folded = fold(folded.original[:LONGEST])
        as_read = read(folded)
        text = as_read.text
        seen: list[Seen] = []
        rows: list[int] = []
        together: list[tuple[int, int, int]] = []
        values: dict[int, float] = {}
        if self.signs:
            row_of: dict[str, int] = {}
            for one in self.signs.see(text):
                for name, row in self._widened(one.name):
                    seen.append(Seen(name, one.start, one.end))
                    rows.append(row)
                    row_of[name] = row
                    values[row] = 1.0
            for pair in pairs(row_of):
                if (row := self._pair_rows.get(pair, -1)) >= 0:
                    together.append((row, row_of[pair[0]], row_of[pair[1]]))
                    values[row] = PAIR
            features = length_features(text)
            if context:
                features |= earlier_features(self.signs, context)
            values |= {self._row.get(name, -1): value for name, value in features.items() if value}
            values.pop(-1, None)
        heard = sound(text)
        hits = self._runs.find(digits_alike(f"{text}\0{heard.text}"))
        return Weighed(as_read, heard, seen, rows, together, values, hits, set(map(_NUMBER, hits)))

    def _widened(self, name: str) -> list[tuple[str, int]]:
        found = self._sign_rows.get(name)
        if found is None:
            found = [(wider, self._row.get(f"s:{wider}", -1)) for wider in widening(name)]
            self._sign_rows[name] = found
        return found

    def _share(self, runs: int) -> float:
        """What the weight of one run counts for, among so many."""
        return self.scale / math.sqrt(runs or 1)

    def scores(self, weighed: Weighed) -> npt.NDArray[np.float64]:
        """The score of each label: of the whole, or of the part of a long message that says a thing most plainly, less PART."""
        every = [weighed]
        if self.signs:
            every += [self.weigh(Folded(part, part)) for part in parts(weighed.read.text)]
        rows = [row for one in every for row in (*one.runs, *one.values)]
        table = np.zeros((len(every), len(rows)))
        start = 0
        for values, one in zip(table, every, strict=True):
            runs, end = start + len(one.runs), start + len(one.runs) + len(one.values)
            values[start:runs] = self._share(len(one.runs))
            values[runs:end] = [*one.values.values()]
            start = end
        scores: npt.NDArray[np.float64] = table @ self.weights.take(rows, 0) + self.bias
        if len(every) == 1:
            return scores[0]
        scores[1:] -= PART
        return np.maximum.reduce(scores)

    def certainty(self, column: int, score: float) -> float:
        """0.5 where a label begins to speak, SURE where it is sure."""
        over = (score - self.speaks.item(column)) * self._steep[column]
        return 1 / (1 + math.exp(-min(max(over, -30), 30)))

    def judge(self, folded: Folded, context: Sequence[Earlier] = ()) -> list[Finding]:
        """A finding for each label that speaks, at the clause that weighs most, with the words that weighed."""
        weighed = self.weigh(folded, context)
        scores = self.scores(weighed)
        speaking = (scores > self.speaks).nonzero()[0].tolist()
        if not speaking:
            return []
        words = _Words(self, weighed)
        return [
            Finding(
                label=self.labels[column],
                rule=f"model.{self.labels[column]}",
                certainty=round(self.certainty(column, scores.item(column)), 3),
                **words.strongest(column),
            )
            for column in speaking
        ]


class _Words:
    """Each sign and run of a message once, its first place in the text as read, and the clause it stands in."""

    def __init__(self, model: Model, weighed: Weighed) -> None:
        self.read = weighed.read
        self._heard = weighed.heard
        self._size = len(weighed.read.text) + 1
        signs_at = {
            row: (one.start, one.end)
            for one, row in zip(weighed.seen, weighed.sign_rows, strict=True)
            if row >= 0
        }
        runs_at: dict[int, tuple[int, int]] = {}
        for start, end, n in weighed.hits:
            if n not in runs_at:
                runs_at[n] = start, end
        self.places = [*signs_at.values(), *runs_at.values()]
        share = model._share(len(runs_at))
        self.weights = model.weights.take(list(runs_at), 0) * np.float32(share)
        if signs_at:
            of_signs = model.weights.take(list(signs_at), 0)
            number = {row: n for n, row in enumerate(signs_at)}
            if weighed.together:  # what two say together is said by each of them, half and half
                pairs, *both = zip(*weighed.together, strict=True)
                half = model.weights.take(pairs, 0) * np.float32(PAIR / 2)
                for rows in both:
                    np.add.at(of_signs, [number[row] for row in rows], half)
            self.weights = np.concatenate([of_signs, self.weights])
        self._ends = [
            mark.end() for mark in BREAK.finditer(weighed.read.text)
        ]  # where those after the first begin

    def _place(self, n: int) -> tuple[int, int]:
        """Runs that were heard stand behind the text, after a mark."""
        start, end = self.places[n]
        return (start, end) if end < self._size else self._heard.span(start - self._size, end - self._size)

    @cached_property
    def _clause(self) -> npt.NDArray[np.intp]:
        """Number of the clause of each."""
        size, heard = self._size, self._heard
        starts = [start if start < size else heard.place(start - size) for start, _ in self.places]
        return np.searchsorted(self._ends, starts, side="right")

    def strongest(self, column: int) -> dict[str, Any]:
        """The clause of the original that weighs most for a label, and the words that weigh most anywhere."""
        text, ends = self.read.text, self._ends
        if not self.places:
            return {"start": 0, "end": len(self.read.original), "grounds": ()}
        weights = self.weights[:, column]
        best = int(np.bincount(self._clause, weights).argmax()) if ends else 0
        order = weights.argsort(kind="stable")[: -_GROUNDS - 1 : -1].tolist()
        grounds = tuple(
            (text[slice(*self._place(n))], share) for n in order if (share := round(weights.item(n), 2)) > 0
        )
        start = ends[best - 1] if best else 0
        end = ends[best] - 1 if best < len(ends) else len(text)
        if start >= end:  # nothing but a mark
            start, end = self._place(order[0])
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
