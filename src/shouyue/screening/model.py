"""A small model that shows its grounds: signs and runs of characters, each with its weight for each label.

score of a label = bias + weights of the signs seen, and of pairs of them + s/√n · sum of the weights of the n runs found.
Runs are one to four characters as written and two to three syllables as heard (sound.py). All of them stand in one
Aho-Corasick automaton, whose hits are the explanation. A label speaks from its threshold on, and is sure (certainty 0.9)
from its second one on; both were chosen by cross-validation on the development split and are recorded in the file.

The file: one line of JSON (what it is, labels, thresholds, figures, digest), then a zlib stream of the names of its rows, runs
first, and its weights as little-endian half floats. Nothing in it can run.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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

FORMAT = "shouyue-model-2"
LONGEST = 4000  # characters that are weighed; what follows is only searched by rules
Floats = npt.NDArray[np.float32]
Earlier = Mapping[str, str]  # an earlier message: `from` (a role) and `text`
DATA = Path(__file__).parent / "data/models"
_DIGIT = re.compile("[0-9]")
# characters of a message whose parts are judged too; of a part; parts
LONG, PART_FROM, MOST_PARTS = 60, 10, 40
PART = 1.0  # what a part must have more than the whole
PAIR = 0.5  # of two signs in one message
_GROUNDS, _HEAVIEST = 5, 8  # words shown; words that say which clause is shown
_NUMBER = itemgetter(2)  # of a hit
_HEAVY = itemgetter(1)  # of a word
_EARLIER = 2  # messages before this one whose signs count
_SILENT = Heard("")


class Damaged(ValueError):
    """A model file that is not what its digest says, or not of this format."""


class Weighed(NamedTuple):
    """What the model saw in one message, row by row."""

    read: Read
    heard: Heard
    signs: dict[int, Seen]  # by row, pairs too: a pair stands where one of the two does
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
        self, head: Mapping[str, Any], runs: str, others: Sequence[str], weights: npt.NDArray[np.float32]
    ) -> None:
        """`runs`: names of the first rows, one a line; `others`: those of the rows after them."""
        self.head = head
        self.labels: tuple[str, ...] = tuple(head["labels"])
        self._rules = tuple(f"model.{label}" for label in self.labels)
        self.speaks: list[float] = head["speaks"]
        self.bias: list[float] = head["bias"]
        self.scale = float(head["scale"])
        self.outbound: bool | None = head["outbound"]  # None: runs only, no signs
        self.version: str = head["digest"][:16]
        self.weights = weights
        self._row = {name: row for row, name in enumerate(others, start=len(weights) - len(others))}
        # the number of a run is its row
        self._runs = Literals(
            lambda: [name[2:] for name in runs.split("\n")], name="runs", key=(head["digest"],)
        )
        self._hears = "\np:" in runs
        self._steep = [
            math.log(SURE / (1 - SURE)) / max(sure - speaks, 0.05)
            for sure, speaks in zip(head["sure"], head["speaks"], strict=True)
        ]
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
        found: dict[int, Seen] = {}
        values: dict[int, float] = {}
        if self.signs:
            said: dict[str, Seen] = {}
            for one in self.signs.see(text):
                for name, row in self._widened(one.name):
                    if row >= 0:
                        found[row] = one
                    said[name] = one
            values = dict.fromkeys(found, 1.0)
            for pair in pairs(said) if len(said) > 1 else ():
                if (row := self._pair_rows.get(pair, -1)) >= 0:
                    found[row], values[row] = said[pair[0]], PAIR
            features = length_features(text)
            if context:
                features |= earlier_features(self.signs, context)
            for name, value in features.items():
                if value and (row := self._row.get(name, -1)) >= 0:
                    values[row] = value
        heard = sound(text) if self._hears else _SILENT
        hits = self._runs.find(digits_alike(f"{text}\0{heard.text}" if self._hears else text))
        return Weighed(as_read, heard, found, values, hits, set(map(_NUMBER, hits)))

    def _widened(self, name: str) -> list[tuple[str, int]]:
        """A sign and its wider name with their rows, -1 where the model has no weight for it."""
        known = self._sign_rows.get(name)
        if known is None:
            known = [(wider, self._row.get(f"s:{wider}", -1)) for wider in widening(name)]
            self._sign_rows[name] = known
        return known

    def _share(self, runs: int) -> float:
        """What the weight of one run counts for, among so many."""
        return self.scale / math.sqrt(runs or 1)

    def _sum(self, weighed: Weighed) -> Floats:
        """What everything in one text weighs for each label."""
        runs, values = weighed.runs, weighed.values
        rows = np.fromiter((*runs, *values), np.intp, len(runs) + len(values))
        counts = np.full(len(rows), self._share(len(runs)), np.float32)
        if values:
            counts[len(runs) :] = [*values.values()]
        total: Floats = counts @ self.weights.take(rows, 0)
        return total

    def scores(self, weighed: Weighed) -> list[float]:
        """The score of each label: of the whole, or of the part of a long message that says a thing most plainly, less PART."""
        scores = self._sum(weighed)
        if self.signs:
            for part in parts(weighed.read.text):
                np.maximum(scores, self._sum(self.weigh(Folded(part, part))) - PART, out=scores)
        return [score + bias for score, bias in zip(scores.tolist(), self.bias, strict=True)]

    def certainty(self, column: int, score: float) -> float:
        """0.5 where a label begins to speak, SURE where it is sure."""
        over = (score - self.speaks[column]) * self._steep[column]
        return 1 / (1 + math.exp(-min(max(over, -30), 30)))

    def judge(self, folded: Folded, context: Sequence[Earlier] = ()) -> list[Finding]:
        """A finding for each label that speaks, at the clause that weighs most, with the words that weighed."""
        weighed = self.weigh(folded, context)
        scores = self.scores(weighed)
        speaking = [n for n, (score, at) in enumerate(zip(scores, self.speaks, strict=True)) if score > at]
        if not speaking:
            return []
        words = _Words(self, weighed)
        found = []
        for column in speaking:
            heaviest = words.heaviest(column)
            found.append(
                Finding(
                    *words.clause(heaviest),
                    self.labels[column],
                    self._rules[column],
                    words.grounds(heaviest),
                    round(self.certainty(column, scores[column]), 3),
                )
            )
        return found


Word = tuple[tuple[int, int], float]  # a place in the text as read, and what stands there weighs


class _Words:
    """The words of a message that weigh most for a label, and where they stand first."""

    def __init__(self, model: Model, weighed: Weighed) -> None:
        self._weight, self._share = model.weights.item, model._share(len(weighed.runs))
        self._weighed, self._size = weighed, len(weighed.read.text) + 1
        self._first = {hit[2]: hit for hit in reversed(weighed.hits)}
        self._ends = [mark.end() for mark in BREAK.finditer(weighed.read.text)]  # where later clauses begin

    def heaviest(self, column: int) -> list[Word]:
        """A few dozen weights, so they are taken one by one: an array for each would cost more."""
        weight, share, values = self._weight, self._share, self._weighed.values
        heavy = [(weight(row, column) * share, row) for row in self._first]
        heavy += [(weight(row, column) * values[row], row) for row in self._weighed.signs]
        heavy.sort(reverse=True)
        said: dict[tuple[int, int], float] = {}  # what stands in one place, together
        for much, row in heavy[:_HEAVIEST]:
            sign = self._weighed.signs.get(row)
            place = (sign.start, sign.end) if sign else self._first[row][:2]
            said[place] = said.get(place, 0.0) + much
        return sorted(said.items(), key=_HEAVY, reverse=True)

    def _place(self, place: tuple[int, int]) -> tuple[int, int]:
        """In the text as read; runs that were heard stand behind it, after a mark."""
        start, end = place
        heard = self._weighed.heard
        return place if end < self._size else heard.span(start - self._size, end - self._size)

    def grounds(self, words: list[Word]) -> tuple[tuple[str, float], ...]:
        """The words as they read, each with what it weighs."""
        text, place = self._weighed.read.text, self._place
        return tuple(
            (text[slice(*place(at))], round(weight, 2)) for at, weight in words[:_GROUNDS] if weight >= 0.005
        )

    def clause(self, words: list[Word]) -> tuple[int, int]:
        """The clause of the original in which they weigh most."""
        as_read, ends = self._weighed.read, self._ends
        if not words:
            return 0, len(as_read.original)
        best = 0
        if ends:
            of_clause = [0.0] * (len(ends) + 1)
            for at, weight in words:
                of_clause[bisect_right(ends, self._place(at)[0])] += weight
            best = of_clause.index(max(of_clause))
        start = ends[best - 1] if best else 0
        end = ends[best] - 1 if best < len(ends) else len(as_read.text)
        if start >= end:  # nothing but a mark
            start, end = self._place(words[0][0])
        return as_read.span(start, end)


def earlier_features(known: Signs, context: Sequence[Earlier]) -> dict[str, float]:
    """What the last messages before this one show, and that there are any."""
    features = {"earlier": 1.0}
    for said in context[-_EARLIER:]:
        for one in known.see(read(fold(said["text"][:LONGEST])).text):
            features[f"x:{widening(one.name)[1]}"] = 0.7
    return features


_OF_RUNS = ("c:", "p:")


def dump(head: dict[str, Any], names: Sequence[str], weights: npt.NDArray[np.float32]) -> bytes:
    """The bytes of a model file; the digest is put into its head."""
    order = sorted(range(len(names)), key=lambda row: not names[row].startswith(_OF_RUNS))  # stable
    runs = [name for name in names if name.startswith(_OF_RUNS)]
    others = [name for name in names if not name.startswith(_OF_RUNS)]
    said = "\0\0".join(("\n".join(runs), "\n".join(others), ""))
    body = zlib.compress(said.encode() + weights[order].astype("<f2").tobytes(), 9)
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
        runs, others, weights = zlib.decompress(body).split(b"\0\0", 2)
        table = np.frombuffer(weights, "<f2").astype(np.float32).reshape(head["rows"], len(head["labels"]))
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        if isinstance(error, Damaged):
            raise
        raise Damaged(f"not a model file: {error}") from error
    return Model(head, runs.decode(), others.decode().split("\n") if others else [], table)


@lru_cache(maxsize=4)
def model(name: str) -> Model:
    """One of those that come with Shouyue: outbound, inbound, or offence (insults among strangers, one label)."""
    return load((DATA / f"{name}.model").read_bytes())


def judge(folded: Folded, context: Iterable[Earlier] = (), *, outbound: bool) -> list[Finding]:
    """What the model says of one message."""
    return model("outbound" if outbound else "inbound").judge(folded, tuple(context))
