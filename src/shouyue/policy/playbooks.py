"""Emergency plans as data: what calls each, over whom, and its steps in order, from a pack's `playbooks.yaml`.

    plans = pack.playbooks
    plans["threat"].steps            freeze, preserve, notify, legal, report, release
    plans.called_by(label="threat")  the plans that such a message calls, with how often within which time

A pack without plans still lets anything be stopped: BARE is what is done then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from shouyue.policy.decision import Text
from shouyue.policy.parameter import Parameter
from shouyue.policy.reading import Written

ACTS = ("freeze", "preserve", "notify", "legal", "report", "release")
SCOPES = ("party", "staff", "account", "lender")
WHOM = ("supervisor", "compliance", "legal", "member")
KINDS = ("label", "tactic", "typed", "incident", "stop")
NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Call:
    """What begins a plan by itself: a word of one kind, and how often within how many minutes."""

    kind: str  # label (theirs) | tactic (what a thread shows) | typed (a label of what a member wrote by hand) | incident | stop
    word: str
    times: Parameter | None = None
    within: Parameter | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done, by the desk or by a person; a report also to whom, within how long, and by which law."""

    do: str
    by: str = "desk"
    whom: tuple[str, ...] = ()
    to: Text = NOTHING
    within: Parameter | None = None
    citation: str = ""

    def hours(self, day: date) -> int | None:
        return int(self.within.on(day)) if self.within else None


@dataclass(frozen=True, slots=True)
class Plan:
    id: str
    title: Text
    calls: tuple[Call, ...]
    over: tuple[str, ...]
    steps: tuple[Step, ...]


BARE = Plan(
    "hand",
    Text("人工启动", "Called by hand"),
    (),
    SCOPES,
    (
        Step("freeze"),
        Step("preserve"),
        Step("notify", whom=WHOM),
        Step("legal", by="legal"),
        Step("release", by="two"),
    ),
)


@dataclass(frozen=True)
class Playbooks:
    """Every plan of a pack, and the words that members' clients refuse while one runs."""

    plans: Mapping[str, Plan]
    intercept: tuple[str, ...] = ()

    def plan(self, id: str) -> Plan:
        """The plan of this cause; what has none of its own is done as one called by hand."""
        return self.plans.get(id) or self.plans.get("hand") or BARE

    def called_by(self, kind: str, word: str) -> Iterator[tuple[Plan, Call]]:
        for plan in self.plans.values():
            for call in plan.calls:
                if (call.kind, call.word) == (kind, word):
                    yield plan, call


NONE = Playbooks({})


def read_playbooks(
    page: Written, parameters: Mapping[str, Parameter], cites: Callable[[Written], str]
) -> Playbooks:
    """From `playbooks.yaml`. A plan freezes first, keeps what there is before anybody is told, and ends with its release."""
    page.only("intercept", "plans")
    plans = {id: _plan(id, written, parameters, cites) for id, written in page.need("plans").items()}
    return Playbooks(plans, tuple(map(str, page.get("intercept", ()))))


def _plan(
    id: str, written: Written, parameters: Mapping[str, Parameter], cites: Callable[[Written], str]
) -> Plan:
    written.only("zh", "en", "calls", "over", "steps")
    over = tuple(written.need("over"))
    if not over or any(one not in SCOPES for one in over):
        raise written.place.error(f"'over' names some of {', '.join(SCOPES)}; found {list(over)}")
    steps = tuple(_step(step, parameters, cites) for step in written.need("steps"))
    acts = [step.do for step in steps]
    if acts[:2] != ["freeze", "preserve"] or acts[-1] != "release" or acts.count("release") != 1:
        raise written.place.error(
            f"a plan begins with freeze and preserve and ends with release; found {', '.join(acts)}"
        )
    calls = tuple(_call(call, parameters) for call in written.get("calls", ()))
    return Plan(id, Text(written.need("zh"), written.need("en")), calls, over, steps)


def _call(call: Written, parameters: Mapping[str, Parameter]) -> Call:
    call.only(*KINDS, "times", "within")
    kinds = [kind for kind in KINDS if kind in call]
    if len(kinds) != 1:
        raise call.place.error(f"a call is one of {', '.join(KINDS)}")
    if ("times" in call) != ("within" in call):
        raise call.place.error("'times' and 'within' go together: how often, within how many minutes")
    return Call(
        kinds[0],
        str(call[kinds[0]]),
        _parameter(call, "times", parameters),
        _parameter(call, "within", parameters),
    )


def _step(step: Written, parameters: Mapping[str, Parameter], cites: Callable[[Written], str]) -> Step:
    step.only("do", "by", "whom", "within", "to_zh", "to_en", "cite")
    do = step.need("do")
    if do not in ACTS:
        raise step.place.error(f"no step {do!r}; there are {', '.join(ACTS)}")
    whom = tuple(step.get("whom", ()))
    if (do == "notify") != bool(whom) or any(one not in WHOM for one in whom):
        raise step.place.error(f"'whom' belongs to notify and names some of {', '.join(WHOM)}")
    by = {"report": "compliance", "release": "two"}.get(do, step.get("by", "desk"))
    if by not in ("desk", "legal", "compliance", "two"):
        raise step.place.error(f"'by' is desk or legal; found {by!r}")
    if do != "report":
        return Step(do, by, whom)
    to = Text(step.need("to_zh"), step.need("to_en"))
    step.need("within")
    return Step(do, by, (), to, _parameter(step, "within", parameters), cites(step))


def _parameter(written: Written, key: str, parameters: Mapping[str, Parameter]) -> Parameter | None:
    if key not in written:
        return None
    if written[key] not in parameters:
        raise written.place.error(f"no parameter {written[key]!r} in parameters/")
    return parameters[written[key]]
