"""`shouyue policy`: read the law, ask it, test it, compare it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from shouyue.audit.files import UnreadableHistory
from shouyue.audit.history import Layout, row_of
from shouyue.audit.run import in_parts
from shouyue.cli.reading import progress_bar, read_as
from shouyue.policy.backtest import Backtest
from shouyue.policy.backtest import backtest as compare
from shouyue.policy.cases import UNREADABLE, Case, Result, decisions_of, own_cases, read_cases
from shouyue.policy.cases import judge as judge_case
from shouyue.policy.decision import Decision, Effect
from shouyue.policy.describe import CONFIDENCE, EFFECTS, difference, numbers, rule_lines, said, value_of
from shouyue.policy.describe import reference as page
from shouyue.policy.facts import Facts
from shouyue.policy.gate import decide
from shouyue.policy.pack import Pack, load_pack
from shouyue.policy.reading import PackError

COLOURS = {"block": "red", "approval": "yellow", "warn": "cyan", "allow": "green", "record": None}
LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language."
)


class PackSpec(click.ParamType):
    """A pack's name or folder, with `+overlay.yaml` for a lender's own, stricter numbers."""

    name = "PACK"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Pack:
        if isinstance(value, Pack):
            return value
        name, _, overlay = str(value).partition("+")
        try:
            where: str | Path = Path(name) if "/" in name or Path(name).is_dir() else name
            return load_pack(where, Path(overlay) if overlay else None)
        except (PackError, OSError) as error:
            self.fail(str(error), param, ctx)


PACK = PackSpec()
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
of_pack = click.option(
    "--pack", type=PACK, default="cn", show_default=True, help="Pack, or PACK+overlay.yaml."
)


@click.group()
def policy() -> None:
    """Read the law, ask it, test it, compare it."""


@policy.command("list")
@of_pack
@LANG
@click.option("--json", "as_json", is_flag=True, help="Machine form.")
def list_rules(pack: Pack, lang: str, as_json: bool) -> None:
    """List every rule: id, effect, confidence, title."""
    if as_json:
        rows = [{"id": r.id, "effect": r.effect, "confidence": r.confidence, "zh": r.title.zh, "en": r.title.en,
                 "citation": r.citation, "enforced_by": r.enforced_by} for r in pack.rules]  # fmt: skip
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for r in pack.rules:
        effect = click.style(f"{r.effect:9}", fg=COLOURS[str(r.effect)])
        doubt = (
            f" [{said(CONFIDENCE[r.confidence], lang)}]" if r.confidence in ("unconfirmed", "design") else ""
        )
        click.echo(f"{r.id:28} {effect} {said(r.title, lang)}{doubt}")
    click.echo(f"{len(pack.rules)} rules, pack {pack.name} {pack.version}, {pack.fingerprint}")


@policy.command()
@click.argument("rule")
@of_pack
@LANG
def show(rule: str, pack: Pack, lang: str) -> None:
    """Show one rule with its source, numbers and cases."""
    try:
        found = pack.rule(rule)
    except KeyError as error:
        raise click.ClickException(str(error.args[0])) from error
    click.echo("\n".join(rule_lines(found, lang)).replace("**", "").replace("### ", ""))
    click.echo(f"{found.file}:{found.line}")
    for cite in found.cites:
        s = pack.sources[cite.split()[0]]
        dates = ", ".join(
            f"{what} {day}" for what, day in (("issued", s.issued), ("in force", s.in_force)) if day
        )
        click.echo(f"  {cite}: {s.title.zh} / {s.title.en}\n    {s.issuer} {s.number} {dates} ({s.nature})")
        click.echo(f"    {said(CONFIDENCE[s.confidence], lang)}; {s.read_as}")
    for p in numbers(found).values():
        click.echo(f"  {p.id} = {value_of(p)} {p.unit}; checked {p.checked}; {p.file}")
    click.echo(f"  cases: {sum(c.rule == rule for c in own_cases(pack))}")


@policy.command()
@of_pack
@LANG
def facts(pack: Pack, lang: str) -> None:
    """Print the vocabulary: every fact the pack may ask for, and what its absence means."""
    for spec in pack.facts.values():
        wait = click.style("wait", fg="yellow") if spec.unknown == "wait" else "none"
        click.echo(f"{spec.name:38} {spec.type:7} {wait}  {said(spec.what, lang)}")


@policy.command()
@click.argument("files", nargs=-1, type=FILE)
@of_pack
@click.option("--json", "as_json", is_flag=True, help="Every case with what the gate said.")
@click.pass_context
def test(ctx: click.Context, files: tuple[Path, ...], pack: Pack, as_json: bool) -> None:
    """Run cases: FILES in the trade's JSON Lines form or a pack's YAML; without FILES the pack's own."""
    cases: list[Case] = []
    try:
        for path in files:
            cases += read_cases(path)
        results = [judge_case(pack, case) for case in (cases if files else own_cases(pack))]
    except (ValueError, KeyError) as error:
        raise click.ClickException(str(error)) from error
    if files and not cases:
        raise click.ClickException(f"no case in {', '.join(path.name for path in files)}")
    failed = [r for r in results if r.wrong]
    if as_json:
        click.echo(json.dumps([r.to_data() for r in results], ensure_ascii=False, indent=1))
    else:
        for r in failed:
            click.echo(_failure(r))
        click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    ctx.exit(1 if failed else 0)


def _failure(r: Result) -> str:
    spoke = (
        ", ".join(f"{s.rule} {s.effect}" for s in r.decision.spoken if s.effect is not Effect.RECORD)
        or "nobody"
    )
    return f"{r.case.id} {r.case.rule}: expected {r.case.expect}, got {r.decision.effect} ({r.wrong}); spoke: {spoke}"


@policy.command()
@click.argument("file", type=FILE)
@of_pack
@LANG
@click.option("--at", help="When (ISO 8601 with zone); otherwise the `at` of the file.")
@click.option("--json", "as_json", is_flag=True, help="The decision as it is sealed.")
def explain(file: Path, pack: Pack, lang: str, at: str | None, as_json: bool) -> None:
    """Decide on the contact in FILE and say why. FILE is facts as JSON, or a record and an act (`facts` and `query`)."""
    data = _object(_text(file), file.name)
    if "query" in data:
        act = data["query"]
        if not isinstance(act, dict):
            raise click.ClickException(
                f"{file.name}: query is {act!r}; an act is expected, with action and at"
            )
        act["at"] = at or act.get("at")
        try:
            decisions = decisions_of(pack, Case(file.stem, "", data, "allow"))
        except UNREADABLE as error:
            raise click.ClickException(f"{file.name} is no readable record: {error}") from error
        for found in decisions:
            click.echo(found.to_json().decode() if as_json else "\n".join(_explained(found, lang)))
        return
    when = at or data.pop("at", None)
    if when is None:
        raise click.ClickException(f"no time: give --at, or `at` in the file, for instance {A_TIME}")
    data.pop("at", None)
    try:
        given = Facts.from_json(json.dumps(data).encode()) if "known" in data else Facts.of(data)
        decision = decide(pack, given, _time(when))
    except UNREADABLE as error:
        raise click.ClickException(f"{file.name} cannot be decided: {error}") from error
    click.echo(decision.to_json().decode() if as_json else "\n".join(_explained(decision, lang)))


A_TIME = "2026-03-10T10:00:00+08:00"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path.name} is not UTF-8 (byte {error.start})") from error


def _object(text: str, where: str) -> dict[str, Any]:
    """A JSON object, or a sentence about what stands there instead."""
    try:
        found = json.loads(text, parse_float=str)
    except ValueError as error:
        raise click.ClickException(f"{where} is not readable as JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.ClickException(f"{where} holds {str(found)[:40]!r}; a JSON object is expected")
    return found


def _time(said: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(said))
    except ValueError:
        raise ValueError(f"at is {said!r}; a time with its zone is expected, for instance {A_TIME}") from None


def _explained(decision: Decision, lang: str) -> Iterator[str]:
    yield click.style(said(EFFECTS[str(decision.effect)], lang), fg=COLOURS[str(decision.effect)], bold=True)
    for s in decision.spoken:
        effect = click.style(said(EFFECTS[str(s.effect)], lang), fg=COLOURS[str(s.effect)])
        doubt = (
            f" [{said(CONFIDENCE[s.confidence], lang)}]"
            if s.confidence in ("low", "unconfirmed", "design")
            else ""
        )
        yield f"  {effect} {s.rule}{doubt}: {said(s.reason, lang)}"
        yield f"      {s.citation}{f' (lifted by {s.lifted_by})' if s.lifted_by else ''}"
    if decision.effect is Effect.BLOCK:
        never = said(decision.why_never, lang) if decision.why_never else ""
        when = decision.next_lawful.isoformat() if decision.next_lawful else never
        yield f"{'下一合法时刻' if lang == 'zh' else 'next lawful moment'}: {when}"
    yield f"{decision.pack} {decision.fingerprint}"


@policy.command()
@click.argument("a", type=PACK)
@click.argument("b", type=PACK)
def diff(a: Pack, b: Pack) -> None:
    """Say what changed from pack A to pack B."""
    changes = difference(a, b)
    click.echo("\n".join(changes) or "no difference in rules or numbers")


@policy.command()
@click.argument("history", nargs=-1, required=True, type=FILE)
@click.option("--from", "old", type=PACK, required=True, help="The pack as it is.")
@click.option("--to", "new", type=PACK, required=True, help="The pack as it would be.")
@read_as
@click.option("--json", "as_json", is_flag=True, help="Machine form.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def backtest(
    history: tuple[Path, ...],
    old: Pack,
    new: Pack,
    mapping: Path | None,
    zone: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """What would pack --to have decided over contact histories, compared with --from?

    Reads what `shouyue audit` reads: CSV, JSONL, XLSX and Parquet of any size, with its mapping and its guess.
    Exit 0 done, 2 unreadable.
    """
    whole = Backtest()
    try:
        with progress_bar(quiet) as told, in_parts(
            history, told=Layout.read(mapping) if mapping else None, zone=zone, progress=told
        ) as (parts, broken):  # fmt: skip
            for contacts, facts in parts:
                whole.add(compare(old, new, contacts, facts))
                told("judge", whole.contacts, 0)
    except UnreadableHistory as why:
        click.echo(str(why), err=True)
        raise SystemExit(2) from why

    def named(ids: list[int]) -> list[dict[str, Any]]:
        return [{"file": history[file].name, "row": row} for file, row in map(row_of, ids)]

    result = whole.to_data() | {
        "stricter_on": named(whole.stricter_on),
        "looser_on": named(whole.looser_on),
        "broken": len(broken),
        "broken_rows": [asdict(b) for b in broken],
    }
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=1))
        return
    click.echo(f"{whole.contacts:,} contacts; stricter on {whole.stricter:,}, looser on {whole.looser:,}")
    for effect, count in result["before"].items():
        click.echo(f"  {effect:28} {count:>8} → {result['after'][effect]}")
    for id, c in result["rules"].items():
        click.echo(f"  {id:28} {c['before']:>8} → {c['after']}")
    for name, rows in (("stricter", result["stricter_on"]), ("looser", result["looser_on"])):
        if rows:
            more = " …" if getattr(whole, name) > len(rows) else ""
            click.echo(f"{name}: " + ", ".join(f"{r['file']} row {r['row']}" for r in rows) + more)
    if broken:
        click.echo(f"{len(broken):,} rows could not be read and count on neither side; --json lists them")


@policy.command()
@click.argument("file", type=FILE)
@of_pack
@click.pass_context
def replay(ctx: click.Context, file: Path, pack: Pack) -> None:
    """Take sealed decisions again: FILE has one JSON object a line with facts, at, decision."""
    same = other = 0
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{file.name}:{number}"
        sealed = _object(line, where)
        lacks = [part for part in ("facts", "at", "decision") if part not in sealed]
        if lacks:
            raise click.ClickException(f"{where} lacks {', '.join(lacks)}; a line has facts, at, decision")
        was = sealed["decision"]
        try:
            given = Facts.from_json(json.dumps(sealed["facts"]).encode())
            again = decide(pack, given, _time(sealed["at"]))
        except UNREADABLE as error:
            raise click.ClickException(f"{where} cannot be decided again: {error}") from error
        if again.to_data() == was:
            same += 1
            continue
        other += 1
        told = was if isinstance(was, dict) else {}
        under = told.get("fingerprint")
        pack_note = "" if under == pack.fingerprint else f"; sealed under {under or 'no fingerprint'}"
        click.echo(f"{where}: was {told.get('effect', 'nothing')}, is {again.effect}{pack_note}")
    click.echo(f"{same} the same, {other} different")
    ctx.exit(1 if other else 0)


@policy.command()
@of_pack
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("docs/reference"),
    help="Folder for the pages.",
)
def reference(pack: Pack, out: Path) -> None:
    """Write the pages of all rules, in both languages."""
    out.mkdir(parents=True, exist_ok=True)
    for lang, name in (("zh", f"rules-{pack.name}.zh.md"), ("en", f"rules-{pack.name}.md")):
        (out / name).write_text(page(pack, lang), "utf-8")
        click.echo(str(out / name))
