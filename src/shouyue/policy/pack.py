"""Loads a pack: the law as data, checked, with a lender's overlay and a fingerprint.

    pack = load_pack("cn")                       # a pack of the package
    pack = load_pack(Path("my/pack"))            # any folder of the same shape
    pack = load_pack("cn", overlay=Path("ours.yaml"))

A pack that contradicts itself is refused with file and line: an unknown parameter, dates that overlap, a citation to no
source, a rule without cases, a phrase whose own examples fail. An overlay may be stricter, never looser on statute.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shouyue.clocks.calendar import Calendar
from shouyue.policy.decision import Effect, Text
from shouyue.policy.facts import UNKNOWN
from shouyue.policy.kinds import KINDS, read_kind
from shouyue.policy.match import Test, Unreadable, as_date, as_instant, number, read_tests
from shouyue.policy.papers import Paper, read_papers
from shouyue.policy.parameter import Parameter
from shouyue.policy.phrase import Phrase, Phrasebook, compiled, fold
from shouyue.policy.playbooks import NONE, Playbooks, read_playbooks
from shouyue.policy.practice import Practice, read_practice
from shouyue.policy.procedures import Procedures, read_procedures
from shouyue.policy.reading import PackError, Place, Written, read
from shouyue.policy.rule import Ground, Question, Rule

DECIDERS = ("supervisor", "compliance", "legal")
CONFIDENCE = ("high", "medium", "low", "unconfirmed", "design")
GROUND_KEYS = ("kind", "effect", "where", "unless", "zh", "en", "lifts")
RULE_KEYS = ("id", "zh", "en", "demands_zh", "demands_en", "cite", "confidence", "since", "enforced_by", "statute",
             "decides", "where", "grounds", "note", "effect", "because_zh", "because_en", "unless", "lifts")  # fmt: skip
FACT_KEYS = ("name", "type", "of", "or_asked", "zh", "en", "unit", "unknown", "harmless")
INDEXED = ("action", "channel", "direction", "recipient.role", "sender.type")
PLAIN = ("is", "not", "present", "absent", "contains")  # tests that need nothing but the value
EXPECTED = {
    "flag": "true or false",
    "entry": "its parts, or nothing",
    "list": "a list",
    "count": "a number",
    "number": "a number",
    "money": "a number",
    "date": "for instance 2026-03-10",
    "time": "with its zone, for instance 2026-03-10T10:00:00+08:00",
}  # of a fact that says more than a word
CLASSES: Mapping[str, tuple[Any, ...]] = {
    "flag": (bool,),
    "entry": (bool,),
    "list": (tuple, list, frozenset),
    "count": (int, Decimal),
    "number": (int, Decimal),
    "money": (int, Decimal),
    "date": (date,),
    "time": (),
}
FACT_TYPES = ("word", "text", "flag", "count", "number", "money", "date", "time", "list", "entry", "key")


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A word of the pack's vocabulary. `unknown`: "wait" makes a contact wait for a person where a rule needs the fact
    and it was not given; "none" reads the absence as none. `harmless` is what a case that is silent means. `words` are
    the only ones it may hold; with `or_asked` it may hold any in which one of them, or of those that a rule asks for, occurs."""

    name: str
    type: str
    what: Text
    unit: str
    unknown: str
    harmless: Any
    words: tuple[str, ...]
    or_asked: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    id: str
    title: Text
    issuer: str
    number: str
    issued: date | None
    in_force: date | None
    nature: str
    confidence: str
    read_as: str
    language: str = "zh"  # of the instrument: citations name it by its own title

    @property
    def own_title(self) -> str:
        return self.title.en if self.language == "en" else self.title.zh


@dataclass(frozen=True, eq=False)
class Pack:
    """The law, ready to be asked. Immutable; two packs with one fingerprint decide alike."""

    name: str
    version: str
    title: Text
    zone: ZoneInfo
    covers: Text
    leaves_out: Sequence[Text]
    sources: Mapping[str, Source]
    parameters: Mapping[str, Parameter]
    facts: Mapping[str, FactSpec]
    phrases: Phrasebook
    scripts: Mapping[str, Mapping[str, Any]]
    rules: tuple[Rule, ...]
    topics: Mapping[str, Text]
    fingerprint: str
    folder: Path
    overlay: Path | None = None
    _index: dict[Any, tuple[Question, ...]] = field(default_factory=dict)
    _asked: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def rule(self, id: str) -> Rule:
        for rule in self.rules:
            if rule.id == id:
                return rule
        near = get_close_matches(id, [r.id for r in self.rules], n=3, cutoff=0.4)
        raise KeyError(f"pack {self.name} has no rule {id!r}; near are {', '.join(near) or 'none'}")

    def questions(self, **facts: Any) -> tuple[Question, ...]:
        """What is still to be asked about a contact of which these facts of `INDEXED` hold, in the order of the pack."""
        mark = tuple(facts.get(name.replace(".", "_"), UNKNOWN) for name in INDEXED)
        if mark not in self._index:
            known = {name: value for name, value in zip(INDEXED, mark, strict=True) if value is not UNKNOWN}

            def settled(test: Test) -> int | None:
                return test.of(known[test.fact]) if test.fact in known and test.operator in PLAIN else None

            asked = (Question.of(rule, settled) for rule in self.rules)
            self._index[mark] = tuple(q for q in asked if q is not None)
        return self._index[mark]

    @cached_property
    def calendar(self) -> Calendar | None:
        """The pack's calendar of working days, None where it has none."""
        found = _yaml(self.folder / "calendars")
        return Calendar.read(read(found[0], f"{self.name}/calendars/{found[0].name}")) if found else None

    @cached_property
    def procedures(self) -> Procedures | None:
        """The pack's roads to an enforceable title, with this lender's parameters; None where it has none."""
        path = self.folder / "procedures.yaml"
        if not path.is_file():
            return None
        return read_procedures(
            read(path, f"{self.name}/procedures.yaml"),
            self.parameters,
            lambda written: _citation(_cites(written, self.sources), self.sources),
        )

    @cached_property
    def papers(self) -> Mapping[str, Paper]:
        """The papers that may be made from the record, by id."""
        path = self.folder / "papers.yaml"
        pages = read(path, f"{self.name}/papers.yaml") if path.is_file() else []
        return read_papers(pages, lambda written: _citation(_cites(written, self.sources), self.sources))

    @cached_property
    def practice(self) -> Practice | None:
        """What a lender may do next and why, as rules beside the pack; None where there are none."""
        folder = self.folder / "practice"
        if not folder.is_dir():
            return None
        return read_practice(
            folder,
            f"{self.name}/practice",
            self.parameters,
            lambda written: _citation(_cites(written, self.sources), self.sources),
        )

    @cached_property
    def playbooks(self) -> Playbooks:
        """The pack's emergency plans, with this lender's parameters; none where it has none."""
        path = self.folder / "playbooks.yaml"
        if not path.is_file():
            return NONE
        return read_playbooks(
            read(path, f"{self.name}/playbooks.yaml"),
            self.parameters,
            lambda written: _citation(_cites(written, self.sources), self.sources),
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name a fact may have, with the parents of dotted names."""
        parents = {n.rsplit(".", i)[0] for n in self.facts for i in range(1, n.count(".") + 1)}
        return frozenset(self.facts) | parents

    def may_hold(self, name: str, value: Any) -> bool:
        """Whether the fact may hold this value. A word that its closed list lacks is as good as unknown."""
        spec = self.facts.get(name)
        if spec is None or not spec.words or str(value) in spec.words:
            return True
        whole = str(value).replace("_", "").isalnum()
        return (
            spec.or_asked and whole and any(part in str(value) for part in (*spec.words, *self.asked(name)))
        )

    def asked(self, name: str) -> tuple[str, ...]:
        """The words, or parts of words, that rules of the pack ask this fact for."""
        if name not in self._asked:
            tests = (
                t
                for r in self.rules
                for t in (*r.where, *(t for g in r.grounds for t in (*g.where, *g.unless)))
            )
            self._asked[name] = tuple(
                {
                    str(w)
                    for t in tests
                    if t.fact == name and t.operator in ("is", "not", "contains")
                    for w in t.operand
                    if w
                }
            )
        return self._asked[name]

    def check(self, known: Mapping[str, Any]) -> None:
        """Refuse facts the vocabulary does not have, with the nearest name, and values that are not of their fact's type:
        "yes" is not true, and "soon" is no date."""
        if not self.names.issuperset(known):
            strange = [n for n in known if n not in self.names]
            near = get_close_matches(strange[0], list(self.names), n=2, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ValueError(
                f"pack {self.name} knows no fact {', '.join(map(repr, strange))}{hint} (see facts.yaml)"
            )
        plain = self.plain
        for name, value in known.items():
            if value is None or name not in plain or value.__class__ in plain[name]:
                continue
            type = self.facts[name].type
            if not fits(type, value):
                raise ValueError(f"{name} is {value!r}; a {type} is expected: {EXPECTED[type]}")

    @cached_property
    def plain(self) -> Mapping[str, tuple[Any, ...]]:
        """For facts that say more than a word: the classes of values that need no second look."""
        return {name: CLASSES[spec.type] for name, spec in self.facts.items() if spec.type in CLASSES}

    def cases(self) -> list[Written]:
        """The pack's own cases, as written."""
        found: list[Written] = []
        for path in _yaml(self.folder / "cases"):
            found.extend(read(path, f"{self.name}/cases/{path.name}") or [])
        return found


def fits(type: str, value: Any) -> bool:
    """Whether a value is one of this type of the vocabulary."""
    try:
        match type:
            case "flag":
                return isinstance(value, bool)
            case "entry":
                return isinstance(value, bool | Mapping)
            case "list":
                return isinstance(value, tuple | list | frozenset)
            case "count" | "number" | "money":
                return not isinstance(value, bool) and number(value).is_finite()
            case "date" | "time":
                return value is False or (as_instant(value) is not None or as_date(value) is not None)
    except (ValueError, ArithmeticError):
        return False
    return True


def pack_names() -> list[str]:
    """The packs that come with the library."""
    return sorted(p.parent.name for p in Path(str(files("shouyue.packs"))).glob("*/pack.yaml"))


def load_pack(pack: str | Path, overlay: Path | None = None) -> Pack:
    """The pack of that name in `shouyue.packs`, or in a folder. Loaded once; errors are `PackError` with file and line."""
    folder = pack if isinstance(pack, Path) else Path(str(files("shouyue.packs"))) / pack
    if not (folder / "pack.yaml").is_file():
        have = pack_names()
        raise PackError(f"no pack {str(pack)!r}; there are {', '.join(have)}")
    return _load(folder, overlay, _stamp(folder, overlay))


def _stamp(folder: Path, overlay: Path | None) -> tuple[int, ...]:
    paths = [*sorted(folder.rglob("*.yaml")), *([overlay] if overlay else [])]
    return tuple(p.stat().st_mtime_ns for p in paths)


@lru_cache(maxsize=8)
def _load(folder: Path, overlay: Path | None, stamp: tuple[int, ...]) -> Pack:
    name = folder.name
    head = read(folder / "pack.yaml", f"{name}/pack.yaml")
    sources = _sources(folder, name)
    parameters = _parameters(folder, name, sources)
    facts = _facts(folder, name)
    phrases = _phrases(folder, name)
    extra = read(overlay, overlay.name) if overlay else None
    if extra:
        parameters = _stricter_parameters(parameters, extra)
    rules = _rules(folder, name, sources, parameters)
    if extra:
        rules = _stricter_rules(rules, extra)
    _check(folder, name, rules, facts, phrases)
    pack = Pack(
        name=str(head.get("name", name)),
        version=str(head.need("version")),
        title=Text(head.need("zh"), head.need("en")),
        zone=ZoneInfo(head.need("zone")),
        covers=Text(head["covers"]["zh"], head["covers"]["en"]),
        leaves_out=tuple(Text(t["zh"], t["en"]) for t in head.get("leaves_out", [])),
        sources=sources,
        parameters=parameters,
        facts=facts,
        phrases=phrases,
        scripts=_scripts(folder, name),
        rules=rules,
        topics=_topics(folder, name),
        fingerprint=_fingerprint(folder, overlay),
        folder=folder,
        overlay=overlay,
    )
    # what is wrong with them is said now, not in court or in an emergency
    _ = pack.procedures, pack.papers, pack.playbooks, pack.practice
    return pack


def _yaml(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml")) if folder.is_dir() else []


def _fingerprint(folder: Path, overlay: Path | None) -> str:
    """SHA-256 over path and digest of every file that can change a decision (cases cannot)."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        relative = path.relative_to(folder).as_posix()
        if not relative.startswith(("cases/", "scripts/", "training/", "practice/")):
            total.update(f"{relative} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    if overlay:
        total.update(f"overlay {hashlib.sha256(overlay.read_bytes()).hexdigest()}\n".encode())
    return "sha256:" + total.hexdigest()


def _sources(folder: Path, name: str) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for s in read(folder / "sources.yaml", f"{name}/sources.yaml"):
        s.only(
            "id",
            "zh",
            "en",
            "issuer",
            "number",
            "issued",
            "in_force",
            "nature",
            "confidence",
            "read_as",
            "language",
        )
        if s["id"] in found:
            raise s.place.error(f"source {s['id']!r} is written twice")
        found[s["id"]] = Source(
            s["id"], Text(s["zh"], s["en"]), s.need("issuer"), str(s.get("number", "")), s.get("issued"),
            s.get("in_force"), s.get("nature", ""), _confidence(s), s.get("read_as", ""), s.get("language", "zh"),
        )  # fmt: skip
    return found


def _confidence(written: Written) -> str:
    value = str(written.need("confidence"))
    if value not in CONFIDENCE:
        raise written.place.error(f"confidence is one of {', '.join(CONFIDENCE)}; found {value!r}")
    return value


def _cites(written: Written, sources: Mapping[str, Source]) -> tuple[str, ...]:
    """`[CC 188, OPINIONS ch. 3]`: the first word is the id of a source."""
    cites = written.need("cite")
    cites = cites if isinstance(cites, list) else [cites]
    for cite in cites:
        if str(cite).split()[0] not in sources:
            raise written.place.error(
                f"citation {cite!r}: no source {str(cite).split()[0]!r} in sources.yaml"
            )
    return tuple(map(str, cites))


def _citation(cites: Sequence[str], sources: Mapping[str, Source]) -> str:
    parts = []
    for cite in cites:
        source, _, article = cite.partition(" ")
        s = sources[source]
        if s.language == "zh":
            places = "、".join(_in_chinese(one.strip()) for one in article.split(",")) if article else ""
            parts.append(f"{s.own_title}{'' if places.startswith('第') else ' '}{places}".strip())
        else:
            parts.append(" ".join(p for p in (s.own_title, article) if p))
    return ("; " if parts[0].isascii() else "；").join(parts)


def _in_chinese(place: str) -> str:
    """A place in a Chinese instrument as its readers write it: 188 → 第188条, 44-50 → 第44至50条, 253-1 → 第253条之1, ch. 3 → 第3章.

    The number of a standard's section, 5.3, stays as it is."""
    if found := re.fullmatch(r"ch\. (\d+)", place):
        return f"第{found[1]}章"
    if found := re.fullmatch(r"(?:art\. )?(\d+)((?:\(\d+\))*)", place):
        return f"第{found[1]}条{found[2]}"
    if found := re.fullmatch(r"(\d+)-(\d+)", place):
        first, last = found.groups()
        return f"第{first}至{last}条" if int(last) > int(first) else f"第{first}条之{last}"
    return place


def _parameters(folder: Path, name: str, sources: Mapping[str, Source]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for path in _yaml(folder / "parameters"):
        p = read(path, f"{name}/parameters/{path.name}")
        p.only("id", "zh", "en", "unit", "cite", "confidence", "checked", "values", "stricter")
        if p.need("id") != path.stem:
            raise p.place.error(f"the file {path.name} holds the parameter {p['id']!r}; name them alike")
        found[p["id"]] = _parameter(p, sources)
    return found


def _parameter(p: Written, sources: Mapping[str, Source]) -> Parameter:
    since: list[date] = []
    for v in p.need("values"):
        v.only("from", "value")
        if not isinstance(v.need("from"), date):
            raise v.place.error(f"'from' is a date such as 2026-01-30; found {v['from']!r}")
        if since and v["from"] <= since[-1]:
            raise v.place.error(f"dates overlap: {v['from']} does not come after {since[-1]}")
        v.need("value")
        since.append(v["from"])
    if not since:
        raise p.place.error("a parameter needs at least one value")
    if p.get("stricter", "lower") not in ("lower", "higher", "fixed"):
        raise p.place.error(f"'stricter' is lower, higher or fixed; found {p['stricter']!r}")
    return Parameter(
        p["id"], Text(p.need("zh"), p.need("en")), str(p.need("unit")), _cites(p, sources), p.need("checked"),
        _confidence(p), tuple(since), tuple(v["value"] for v in p["values"]), p.get("stricter", "lower"), p.place.file,
    )  # fmt: skip


def _facts(folder: Path, name: str) -> dict[str, FactSpec]:
    found: dict[str, FactSpec] = {}
    for f in read(folder / "facts.yaml", f"{name}/facts.yaml"):
        f.only(*FACT_KEYS)
        if f.need("type") not in FACT_TYPES:
            raise f.place.error(f"type is one of {', '.join(FACT_TYPES)}; found {f['type']!r}")
        if f.get("unknown", "none") not in ("wait", "none"):
            raise f.place.error(f"'unknown' is wait or none; found {f['unknown']!r}")
        harmless = f.get("harmless")
        found[f.need("name")] = FactSpec(
            f["name"], f["type"], Text(f.get("zh", ""), f.get("en", "")), f.get("unit", ""), f.get("unknown", "none"),
            tuple(harmless) if isinstance(harmless, list) else harmless, tuple(map(str, f.get("of", ()))),
            f.get("or_asked") is True,
        )  # fmt: skip
    return found


def _phrases(folder: Path, name: str) -> Phrasebook:
    found: list[Phrase] = []
    for path in _yaml(folder / "phrases"):
        for p in read(path, f"{name}/phrases/{path.name}"):
            p.only("id", "zh", "en", "any", "unless", "denied", "matches", "misses")
            try:
                any_of = compiled(p.need("any"))
                unless = compiled(p["unless"]) if p.get("unless") else None
            except re.error as error:
                raise p.place.error(f"pattern of {p.get('id')!r} is not readable: {error}") from error
            phrase = Phrase(
                p.need("id"),
                any_of,
                unless,
                tuple(p.need("matches")),
                tuple(p.need("misses")),
                p.get("denied") == "spared",
                Text(p.need("zh"), p.need("en")),
            )
            for text in phrase.matches:
                if not phrase.found(fold(text)):
                    raise p.place.error(f"phrase {phrase.id!r} should match its example {text!r}")
            for text in phrase.misses:
                if phrase.found(fold(text)):
                    raise p.place.error(f"phrase {phrase.id!r} should not match its example {text!r}")
            found.append(phrase)
    return Phrasebook(tuple(found))


def _scripts(folder: Path, name: str) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for path in _yaml(folder / "scripts"):
        for s in read(path, f"{name}/scripts/{path.name}"):
            s.only("id", "use", "zh", "en", "title_zh", "title_en", "channels", "roles", "fields", "under")
            found[s.need("id")] = s
    return found


def _topics(folder: Path, name: str) -> dict[str, Text]:
    pages = ((path.stem, read(path, f"{name}/rules/{path.name}")) for path in _yaml(folder / "rules"))
    return {stem: Text(page.need("topic_zh"), page.need("topic_en")) for stem, page in pages}


def _rules(
    folder: Path, name: str, sources: Mapping[str, Source], parameters: Mapping[str, Parameter]
) -> tuple[Rule, ...]:
    found: dict[str, Rule] = {}
    for path in _yaml(folder / "rules"):
        page = read(path, f"{name}/rules/{path.name}")
        page.only("topic_zh", "topic_en", "rules", "where", "statute", "since", "enforced_by")
        for r in page.need("rules"):
            rule = _rule(r, page, path.stem, sources, parameters)
            if rule.id in found:
                raise r.place.error(
                    f"rule {rule.id} is already in {found[rule.id].file}:{found[rule.id].line}"
                )
            found[rule.id] = rule
    for rule in found.values():
        for ground in rule.grounds:
            for lifted in ground.lifts:
                if lifted not in found:
                    raise Place(rule.file, rule.line).error(f"{rule.id} lifts {lifted!r}, which is no rule")
    return tuple(found.values())


def _rule(
    r: Written, page: Written, topic: str, sources: Mapping[str, Source], parameters: Mapping[str, Parameter]
) -> Rule:
    inline = {k for _, keys in KINDS.values() for k in keys}
    r.only(*RULE_KEYS, "kind", *inline)
    title = Text(r.need("zh"), r.need("en"))
    cites = _cites(r, sources)
    _check_deciders(r)
    try:
        where = read_tests({**page.get("where", {}), **r.get("where", {})}, parameters)
        if "grounds" in r:
            grounds = tuple(_ground(g, r, title, parameters) for g in r["grounds"])
        else:
            one = Written(
                {k: v for k, v in r.items() if k in inline or k in ("kind", "effect", "unless", "lifts")}
            )
            one.place = r.place
            if "because_zh" in r:
                one["zh"], one["en"] = r["because_zh"], r.need("because_en")
            grounds = (_ground(one, r, title, parameters),)
    except Unreadable as error:
        raise r.place.error(str(error)) from error
    return Rule(
        id=r.need("id"),
        title=title,
        demands=Text(r.get("demands_zh", r["zh"]), r.get("demands_en", r["en"])),
        where=where,
        grounds=grounds,
        cites=cites,
        citation=_citation(cites, sources),
        confidence=_confidence(r),
        since=r.get("since", page.get("since")),
        enforced_by=r.get("enforced_by", page.get("enforced_by", "gate")),
        statute=bool(r.get("statute", page.get("statute", False))),
        topic=topic,
        note=Text(r["note"]["zh"], r["note"]["en"]) if "note" in r else None,
        file=r.place.file,
        line=r.place.line,
        data=r,
    )


def _check_deciders(r: Written) -> None:
    """`decides: {by: [legal, compliance], persons: 2}`: who decides where the rule asks for approval, and how many."""
    if "decides" not in r:
        return
    r["decides"].only("by", "persons")
    by = r["decides"].need("by")
    if not isinstance(by, list) or not by or not set(by) <= set(DECIDERS):
        raise r["decides"].place.error(f"'by' is a list of {', '.join(DECIDERS)}; found {by!r}")
    if r["decides"].get("persons", 1) not in (1, 2):
        raise r["decides"].place.error(f"'persons' is 1 or 2; found {r['decides']['persons']!r}")


def _ground(g: Written, r: Written, title: Text, parameters: Mapping[str, Parameter]) -> Ground:
    kind_name = str(g.need("kind"))
    if kind_name in KINDS:
        g.only(*GROUND_KEYS, *KINDS[kind_name][1])
    name, kind = read_kind(g, parameters)
    effect = g.need("effect")
    try:
        what = Effect(effect)
    except ValueError:
        raise g.place.error(f"effect is block, approval, warn, allow or record; found {effect!r}") from None
    reason = Text(g["zh"], g.need("en")) if "zh" in g else title
    return Ground(
        name, kind, read_tests(g.get("where"), parameters) if "grounds" in r else (),
        read_tests(g.get("unless"), parameters), what, reason, tuple(g.get("lifts", ())),
    )  # fmt: skip


def _check(
    folder: Path, name: str, rules: Sequence[Rule], facts: Mapping[str, FactSpec], phrases: Phrasebook
) -> None:
    """What only the whole pack can show: cases for every rule, facts in the vocabulary."""
    told = re.compile(r"\brule: *([^\s,}]+)")
    cased = {m for path in _yaml(folder / "cases") for m in told.findall(path.read_text("utf-8"))}
    for rule in rules:
        if rule.id not in cased:
            raise Place(rule.file, rule.line).error(f"rule {rule.id} has no case in {name}/cases/")
        reads = {t.fact for t in rule.where} | {n for g in rule.grounds for n in g.reads}
        for fact in sorted(reads):
            if fact not in facts and fact.removesuffix(".marks") not in facts:
                raise Place(rule.file, rule.line).error(
                    f"rule {rule.id} reads {fact!r}, which facts.yaml does not have"
                )
        for test in (*rule.where, *(t for g in rule.grounds for t in (*g.where, *g.unless))):
            spec = facts.get(test.fact)
            words = spec.words if spec and not spec.or_asked else ()
            strange = (
                [w for w in test.operand if w is not None and str(w) not in words]
                if words and test.operator in ("is", "not")
                else []
            )
            if strange:
                near = get_close_matches(str(strange[0]), words, n=1, cutoff=0.5)
                raise Place(rule.file, rule.line).error(
                    f"rule {rule.id} asks whether {test.fact} is {strange[0]!r}, which is none of its words"
                    + (f"; did you mean {near[0]}?" if near else "")
                )


def _stricter_parameters(parameters: dict[str, Parameter], extra: Written) -> dict[str, Parameter]:
    """A lender's own numbers, from a day on; each only in the stricter direction."""
    extra.only("lender", "parameters", "rules", "zh", "en")
    result = dict(parameters)
    for id, change in (extra.get("parameters") or {}).items():
        if id not in result:
            raise extra.place.error(f"unknown parameter {id!r} in the overlay")
        change.only("from", "value", "why")
        base = result[id]
        old, new = base.on(max(change.need("from"), base.since[0])), change.need("value")
        ok = {"lower": _order(new) <= _order(old), "higher": _order(new) >= _order(old), "fixed": False}[
            base.stricter
        ]
        if not ok:
            raise change.place.error(
                f"{id}: {new} is looser than {old}; an overlay may only be stricter ({base.stricter})"
            )
        keep = [(d, v) for d, v in zip(base.since, base.values, strict=True) if d < change["from"]]
        result[id] = replace(
            base, since=(*(d for d, _ in keep), change["from"]), values=(*(v for _, v in keep), new)
        )
    return result


def _order(value: Any) -> Any:
    return value if not isinstance(value, str) else value.zfill(8)


def _stricter_rules(rules: tuple[Rule, ...], extra: Written) -> tuple[Rule, ...]:
    """A lender may raise a rule's effect; lower it only where the rule is no statute, with a reason."""
    wanted = extra.get("rules") or {}
    for id in wanted:
        if id not in {r.id for r in rules}:
            raise extra.place.error(f"unknown rule {id!r} in the overlay")
    result = []
    for rule in rules:
        change = wanted.get(rule.id)
        if change:
            change.only("effect", "why")
            effect = Effect(change.need("effect"))
            if effect.weight < rule.effect.weight and rule.statute:
                raise change.place.error(
                    f"{rule.id} rests on statute; its effect {rule.effect} cannot become {effect}"
                )
            if effect.weight < rule.effect.weight and not change.get("why"):
                raise change.place.error(f"{rule.id} is made looser; a recorded reason ('why') is needed")
            rule = replace(
                rule,
                grounds=tuple(
                    g if g.effect is Effect.RECORD else replace(g, effect=effect) for g in rule.grounds
                ),
            )
        result.append(rule)
    return tuple(result)


def offset_of(pack: Pack, at: datetime) -> int:
    """Seconds local time in the pack's zone is ahead of UTC."""
    shift = at.astimezone(pack.zone).utcoffset()
    assert shift is not None
    return int(shift.total_seconds())
