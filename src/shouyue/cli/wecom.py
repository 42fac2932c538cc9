"""`shouyue wecom`: does the corp answer, and which words do the members' clients refuse?"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import click
import yaml

from shouyue.connectors.archive_library import library_of
from shouyue.connectors.channel import ConnectorDown
from shouyue.connectors.wecom.archive import LibraryDied, LibraryRefused
from shouyue.connectors.wecom.client import WeComRefused
from shouyue.connectors.wecom.corp import Corp
from shouyue.connectors.wecom.intercept import Change, Compiled, LeftOut, compile_rules, literals

SHORTEST, SHORTEST_LATIN = 2, 4  # characters; shorter ones stop half the language
STOPS, WARNS = "守约", "守约提示"

_corp = click.option(
    "--corp",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=lambda: os.environ.get("SHOUYUE_WECOM"),
    required=True,
    help="The corp's JSON file; SHOUYUE_WECOM if not given.",
)


@click.group()
def wecom() -> None:
    """Check a WeCom corp; put the forbidden words into members' clients."""


@wecom.command()
@_corp
def check(file: Path) -> None:
    """Ask the corp for everything that the desk needs, and say what is missing. Changes nothing."""
    corp = Corp.read(file)
    client = corp.client()
    asked: dict[str, Callable[[], object]] = {
        "the application's secret": lambda: client.get("externalcontact/get_intercept_rule_list"),
        "customer service 微信客服": lambda: corp.customer_service(client).pull(""),
        "the archive's secret": lambda: list(
            corp.friends(corp.archive_client()).archive_consents([("nobody", "nobody")])
        ),
        "the archive's library": lambda: _library(corp),
    }
    failed = False
    for what, ask in asked.items():
        try:
            ask()
        except (WeComRefused, ConnectorDown, LibraryRefused, LibraryDied, ValueError, OSError) as why:
            failed = True
            click.echo(f"✗ {what}: {why}")
        else:
            click.echo(f"✓ {what}")
    raise SystemExit(1 if failed else 0)


def _library(corp: Corp) -> None:
    library = library_of(corp)
    if library is None:
        raise ValueError("none is named; what members type by hand will not be seen")
    corp.archive(library).pull("", limit=1)


@wecom.command()
@_corp
@click.option("--member", "members", multiple=True, help="A member's userid; may be given again.")
@click.option("--apply", is_flag=True, help="Put the rules in force; without it they are only shown.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def intercept(file: Path, members: tuple[str, ...], apply: bool, as_json: bool) -> None:
    """Make 敏感词 rules of the red lines of the mainland pack. Says which lines cannot be words of WeCom's."""
    stops, warns, beyond = red_lines()
    done: list[Change] = []
    if apply:
        if not members:
            raise click.UsageError("name the members whom the rules are for: --member lina --member …")
        done = put_in_force(Corp.read(file), members)
    left = [*stops.left_out, *warns.left_out]
    told = {
        "stops": sum(len(rule.words) for rule in stops.rules),
        "warns": sum(len(rule.words) for rule in warns.rules),
        "rules": len(stops.rules) + len(warns.rules),
        "left_out": [{"word": one.word, "why": one.why} for one in left],
        "no_words": beyond,
        "changes": [{"rule": one.name, "did": one.did} for one in done],
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{told['stops']} words stop a message, {told['warns']} warn, in {told['rules']} rules")
    for name, count in beyond.items():
        click.echo(f"  {name}: {count} alternatives have gaps and stay with the review afterwards")
    for one in left:
        click.echo(f"  left out: {one.word} ({one.why})")
    for change in done:
        click.echo(f"  {change.did}: {change.name}")


def put_in_force(corp: Corp, members: Sequence[str]) -> list[Change]:
    """The red lines become rules of the corp for these members; rules of others are left alone."""
    stops, warns, _ = red_lines()
    client = corp.client()
    try:
        rules = corp.intercepts(client)
        return [
            *rules.put_in_force(stops.rules, members=members, prefix=STOPS),
            *rules.put_in_force(warns.rules, members=members, prefix=WARNS),
        ]
    finally:
        client.close()


def red_lines() -> tuple[Compiled, Compiled, dict[str, int]]:
    """Words that stop, words that only warn, and how many alternatives of each line are no words.

    The client knows no context: a word that some exception of its line (`unless`) can make harmless only warns.
    """
    text = (files("shouyue.packs") / "cn" / "phrases" / "red-lines.yaml").read_text(encoding="utf-8")
    stop: list[str] = []
    warn: list[str] = []
    short: list[LeftOut] = []
    beyond: dict[str, int] = {}
    for line in yaml.safe_load(text):
        found, rest = _spelled_out(line["any"])
        excepted = _excepted(found, *_spelled_out(line.get("unless", ())))
        for word in found:
            if len(word) < (SHORTEST if not word.isascii() else SHORTEST_LATIN):
                short.append(LeftOut(word, "too short: it would stop ordinary words"))
            else:
                (warn if word in excepted else stop).append(word)
        if rest:
            beyond[line["id"]] = rest
    stops = compile_rules(stop, prefix=STOPS, meanings=["red_packet"], rules=70)
    mild = set(warn) - set(stop)
    warns = compile_rules([w for w in warn if w in mild], prefix=WARNS, rules=30, blocks=False)
    return Compiled(stops.rules, (*stops.left_out, *short)), warns, beyond


def _spelled_out(patterns: Iterable[str]) -> tuple[list[str], int]:
    """All words of these patterns, and how many alternatives are none."""
    each = [literals(pattern) for pattern in patterns]
    return [word for words, _ in each for word in words], sum(len(rest) for _, rest in each)


def _excepted(words: list[str], exceptions: list[str], gaps: int) -> set[str]:
    """Words that an exception can make harmless: those inside it; all, where it names a context and no word of the line."""
    touched = [{word for word in words if word in one} for one in exceptions]
    return set(words) if gaps or not all(touched) else set().union(*touched)
