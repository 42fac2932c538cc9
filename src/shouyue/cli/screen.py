"""`shouyue screen`: what the messages of a file say. `shouyue lexicon`: the rules that say so."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from shouyue.screening import Lexicon, Screening

_PART = 10_000  # messages in memory at once
_LONGEST_FIELD = 1 << 30  # of a CSV: what is too long to screen is for screening to say


def _rows(path: Path, column: str) -> Iterator[dict[str, Any]]:
    """The messages of a JSON lines, CSV or Parquet file; each row has `text`."""
    suffix = path.suffix.lower()
    rows: Iterator[dict[str, Any]]
    if suffix == ".parquet":
        rows = _parquet(path)
    elif suffix == ".csv":
        rows = _csv(path)
    elif suffix in (".jsonl", ".ndjson", ".json"):
        rows = _json(path)
    else:
        raise click.ClickException(f"{path.name}: expected a name that ends in .jsonl, .csv or .parquet")
    for number, row in enumerate(rows, 1):
        if not isinstance(row.get(column), str):
            raise click.ClickException(
                f"{path.name}: message {number}: expected words under {column!r}, found {_found(row, column)}"
            )
        context = row.get("context") or ()
        if isinstance(context, str):  # a CSV has no lists
            try:
                context = json.loads(context)
            except (ValueError, RecursionError):
                context = None
        if not isinstance(context, Sequence) or not all(_said(one) for one in context):
            raise click.ClickException(
                f"{path.name}: message {number}: expected `context` as a list of earlier messages, each with `from` and `text`"
            )
        yield {**row, "text": row[column], "context": context}


def _found(row: dict[str, Any], column: str) -> str:
    if column in row:
        return repr(row[column])[:40]
    return f"only {', '.join(row)}" if row else "nothing"


def _said(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("text"), str)


def _json(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise click.ClickException(f"{path.name}:{number}: not JSON: {error}") from error
                if not isinstance(row, dict):
                    raise click.ClickException(
                        f"{path.name}:{number}: expected an object a line, found {line[:40]!r}"
                    )
                yield row


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        try:
            yield from csv.DictReader(lines)
        except (csv.Error, UnicodeDecodeError) as error:
            raise click.ClickException(f"{path.name}: cannot be read as CSV in UTF-8: {error}") from error


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise click.ClickException("reading Parquet needs pyarrow: pip install 'shouyue[audit]'") from error
    try:
        for batch in pq.ParquetFile(path).iter_batches(_PART):
            yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise click.ClickException(f"{path.name}: cannot be read as Parquet: {error}") from error


def _screened(
    rows: Iterator[dict[str, Any]], direction: str | None, lexicon: Lexicon | None, *, by_rules: bool
) -> Iterator[tuple[dict[str, Any], str, Screening]]:
    from shouyue.screening import screen, screen_many
    from shouyue.screening.finding import ours
    from shouyue.screening.roles import role_of, with_role

    part: list[tuple[dict[str, Any], str]] = []

    def together() -> Iterator[tuple[dict[str, Any], str, Screening]]:
        alone = {
            way: iter(
                screen_many(
                    [row["text"] for row, one in part if one == way and not row.get("context")],
                    direction=way, lexicon=lexicon, by_rules=by_rules,
                )
            )
            for way in {way for _, way in part}
        }  # fmt: skip
        for row, way in part:
            if context := row.get("context"):
                said = screen(row["text"], direction=way, context=context, lexicon=lexicon, by_rules=by_rules)
            else:
                said = next(alone[way])
            yield row, way, with_role(said, row["text"], direction=way, role=role_of(row, way))
        part.clear()

    for number, row in enumerate(rows, 1):
        way = direction or row.get("direction")
        if not way or not isinstance(way, str):
            raise click.ClickException(
                f"message {number} does not say its direction; give --direction out or in"
            )
        try:
            ours(way)
        except ValueError as error:
            raise click.ClickException(f"message {number}: {error}") from error
        part.append((row, way))
        if len(part) == _PART:
            yield from together()
    yield from together()


def _line(row: dict[str, Any], way: str, said: Screening) -> str:
    """One message for a person: labels, the message with identifiers covered, and the words that decided."""
    from shouyue.screening import mask

    text = " ".join(mask(row["text"], said.findings).split())
    grounds = []
    for one in said.findings:
        words = ", ".join(word for word, _ in one.grounds[:3])
        grounds.append(f"{one.label or one.kind}[{one.start}:{one.end}] {words} ({one.certainty:.2f})")
    head = f"{row.get('id', '')}\t{way}\t{' '.join(sorted(said.labels))}\t{text[:200]}"
    line = "\t".join([head, "; ".join(grounds)]) if grounds else head
    # a message must not steer the terminal: no escapes, no right-to-left overrides
    return "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in line)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--direction", type=click.Choice(["out", "in"]), help="Who wrote them, where the file does not say."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message.")
@click.option("--column", default="text", show_default=True, help="Where the text stands.")
@click.option("--by-rules", is_flag=True, help="Rules and identifiers only, without the models: much faster.")
@click.option(
    "--lexicon",
    "rules",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Your own rules, instead of ours.",
)
@click.option("--evaluate", is_flag=True, help="FILE has labels: how well are they found?")
def screen(
    file: Path,
    direction: str | None,
    as_json: bool,
    column: str,
    by_rules: bool,
    rules: tuple[Path, ...],
    evaluate: bool,
) -> None:
    """What the messages of FILE say: a line for each, identifiers covered.

    FILE is JSON lines, CSV or Parquet with a column `text`, and optionally `direction` (out | in), `id`, `context` (earlier
    messages, each with `from` and `text`), and `to_role` or `from_role`: what the other side is to the loan (debtor, guarantor,
    contact_person).
    """
    if evaluate:
        from shouyue.screening import evaluate as evaluation

        try:
            reports = evaluation.evaluate(file, evaluation.by_screening)
        except UnicodeDecodeError as error:
            raise click.ClickException(f"{file.name}: not UTF-8: {error}") from error
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        for report in reports:
            click.echo(
                json.dumps(report.as_json(), ensure_ascii=False)
                if as_json
                else evaluation.as_text(report) + "\n"
            )
        return
    lexicon = _lexicon(rules) if rules else None
    try:
        for row, way, said in _screened(_rows(file, column), direction, lexicon, by_rules=by_rules):
            if as_json:
                known = {"id": row["id"]} if "id" in row else {}
                line = json.dumps({**known, "direction": way, **said.to_data()}, ensure_ascii=False)
            else:
                line = _line(row, way, said)
            click.echo(line.encode(errors="replace"))  # a lone surrogate is no text that can be written
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name}: not UTF-8: {error}") from error
    except BrokenPipeError:
        sys.exit(0)


def _lexicon(paths: tuple[Path, ...]) -> Lexicon:
    from shouyue.screening import Lexicon
    from shouyue.screening.phrasebook import UnableToRead

    try:
        return Lexicon.read(*paths)
    except UnableToRead as error:
        raise click.ClickException(str(error)) from error


@click.group()
def lexicon() -> None:
    """The rules and signs that screening works with."""


@lexicon.command("test")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def test(paths: tuple[Path, ...]) -> None:
    """Run the examples of every rule in PATHS (files or folders of YAML); without PATHS, of those that come with Shouyue."""
    from shouyue.screening import elsewhere
    from shouyue.screening import lexicon as lexicons
    from shouyue.screening.signs import signs

    book = _lexicon(paths) if paths else lexicons.default()
    if not book.rules:
        raise click.ClickException("no rules there: expected files or folders of *.yaml")
    failed, count = book.failing_examples(), len(book.rules)
    examples = sum(len(rule.must_match) + len(rule.must_not_match) for rule in book.rules.values())
    if not paths:
        other = elsewhere.lexicon()
        failed += other.failing_examples()
        count += len(other.rules)
        examples += sum(len(rule.must_match) + len(rule.must_not_match) for rule in other.rules.values())
        for outbound in (True, False):
            known = signs(outbound=outbound)
            failed += known.failing_examples()
            count += len(known.signs)
            examples += sum(len(sign.match) + len(sign.no_match) for sign in known.signs)
    for line in failed:
        click.echo(line, err=True)
    click.echo(f"{count} rules, {examples} examples, {len(failed)} failed")
    sys.exit(1 if failed else 0)
