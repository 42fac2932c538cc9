"""Files of any of four kinds as tables of columns: what stands in them, before anybody asks what it means.

A row that is none (another number of cells, a line that is no JSON) is told as `Odd` with its place, and reading goes on.
Titles above the heading are passed over. Rows are numbered from 1 without what stands above and the heading.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BATCH = 131_072  # rows read at once
PARQUET = frozenset({".parquet", ".pq"})
HEAD = 1 << 20  # bytes by which encoding, delimiter and heading are found
ABOVE = 20  # rows among which the heading is looked for
DELIMITERS = ",;\t|"


class UnreadableHistory(Exception):
    """A file cannot be read as a history: what is missing, what was found, what to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows, and the row of the file in which each stands."""

    table: pa.Table
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Odd:
    """A row that is no row of this file."""

    row: int
    found: str
    expected: str


def pieces(path: Path, groups: Sequence[int] | None = None, base: int = 0) -> Iterator[Piece | Odd]:
    """What stands in a file. Of a Parquet file perhaps only some row groups, before which `base` rows stand."""
    kind = path.suffix.lower()
    try:
        if kind in PARQUET:
            yield from _parquet(path, groups, base)
        elif kind in {".jsonl", ".ndjson", ".json"}:
            yield from _json(path)
        elif kind == ".xlsx":
            yield from _xlsx(path)
        elif kind in {".csv", ".tsv", ".txt"}:
            yield from _csv(path)
        else:
            raise UnreadableHistory(
                f"{path.name}: {kind or 'no ending'} is not read; give .csv, .jsonl, .xlsx or .parquet"
            )
    except (pa.ArrowException, OSError, csv.Error) as why:
        raise UnreadableHistory(f"{path.name} cannot be read: {why}") from why


def names_of(path: Path) -> list[str]:
    """The column names of a file."""
    first = next((p for p in pieces(path) if isinstance(p, Piece)), None)
    return list(first.table.schema.names) if first else []


def _named(path: Path, cells: Sequence[Any], width: int) -> list[str]:
    """The names in a heading; a column without one is called by its place. No two may be alike."""
    names = [str(c if c is not None else "").strip() for c in (*cells, *[None] * (width - len(cells)))]
    names = [name or f"column {n}" for n, name in enumerate(names, start=1)]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise UnreadableHistory(
            f"{path.name} has more than one column {', '.join(map(repr, twice))}; give each a name of its own"
        )
    return names


def _heading(rows: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """Where the heading stands, and how wide the table is. Titles have few cells; a heading has about as many as a row."""
    filled = [sum(c not in (None, "") for c in row) for row in rows]
    widest = max(filled, default=0)
    at = next((n for n, cells in enumerate(filled) if cells and cells >= 0.6 * widest), 0)
    lengths = [len(row) for row in rows[at + 1 :] if any(c not in (None, "") for c in row)]
    usual = max(set(lengths), key=lengths.count) if lengths else 0
    spare = usual == len(rows[at]) + 1 and all(
        row[-1] in (None, "") for row in rows[at + 1 :] if len(row) == usual
    )
    return at, len(rows[at]) + spare


# ── text ──


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(head)  # a character cut at the end is no error
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _csv(path: Path) -> Iterator[Piece | Odd]:
    with path.open("rb") as probe:
        head = probe.read(HEAD)
    encoding = _encoding(head)
    sample = head.decode(encoding, errors="ignore")
    if not sample.strip():
        raise UnreadableHistory(f"{path.name} is empty")
    delimiter, skip, names = _layout(path, sample)
    if encoding == "utf-8-sig":
        yield from _fast_csv(path, delimiter, skip, names)
        return
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        for _ in range(skip):
            file.readline()
        yield from _in_pieces(names, csv.reader(file, delimiter=delimiter), exact=True)


def _layout(path: Path, sample: str) -> tuple[str, int, list[str]]:
    """The delimiter, how many lines stand up to the heading's end, and the names in it."""
    found: list[tuple[int, str, int, list[str]]] = []
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(sample), delimiter=delimiter)
        rows, ends = [], []
        for row in islice(reader, ABOVE):
            rows.append(row)
            ends.append(reader.line_num)
        at, width = _heading(rows)
        found.append((len(rows[at]), delimiter, ends[at], _padded(rows[at], width)))
    _, delimiter, skip, cells = max(found, key=lambda f: f[0])
    return delimiter, skip, _named(path, cells, len(cells))


def _padded(cells: Sequence[Any], width: int) -> list[Any]:
    return [*cells, *[None] * (width - len(cells))]


def _fast_csv(path: Path, delimiter: str, skip: int, names: list[str]) -> Iterator[Piece | Odd]:
    import pyarrow.csv as pcsv

    odd: list[Any] = []

    def skipped(row: Any) -> str:
        odd.append(row)
        return "skip"

    reader = pcsv.open_csv(
        path,
        # with one thread an odd row has its number
        read_options=pcsv.ReadOptions(
            column_names=names, skip_rows=skip, block_size=16 << 20, use_threads=False
        ),
        parse_options=pcsv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skipped
        ),
        convert_options=pcsv.ConvertOptions(
            column_types={n: pa.string() for n in names}, strings_can_be_null=False
        ),
    )
    empty, before, told = True, 0, 0
    for batch in reader:
        empty = False
        table = pa.Table.from_batches([batch])
        rows = before + 1 + np.arange(table.num_rows, dtype=np.int64)
        gaps = np.array([row.number - skip - n for n, row in enumerate(odd)], np.int64)
        yield Piece(table, rows + np.searchsorted(gaps, rows, side="right"))
        before += table.num_rows
        for row in odd[told:]:
            yield _cells_differ(row.number - skip, row.text, row.actual_columns, len(names))
        told = len(odd)
    for row in odd[told:]:
        yield _cells_differ(row.number - skip, row.text, row.actual_columns, len(names))
    if empty:
        yield Piece(pa.table({n: pa.array([], pa.string()) for n in names}), np.zeros(0, np.int64))


def _cells_differ(row: int, text: str, found: int, wanted: int) -> Odd:
    return Odd(
        row,
        text,
        f"{wanted} cells as in the heading, not {found}; words with the delimiter in them stand in quotes",
    )


Row = TypeVar("Row")


def _gathered(
    rows: Iterable[tuple[int, Row] | Odd], table: Callable[[Sequence[Row]], pa.Table]
) -> Iterator[Piece | Odd]:
    """Numbered rows, a batch at a time as a `table`; what is no row as it comes. One piece at least: it tells the columns."""
    held: list[tuple[int, Row]] = []
    told = False

    def piece() -> Piece:
        return Piece(table([row for _, row in held]), np.array([number for number, _ in held], np.int64))

    for one in rows:
        if isinstance(one, Odd):
            yield one
            continue
        held.append(one)
        if len(held) == BATCH:
            told = True
            yield piece()
            held.clear()
    if held or not told:
        yield piece()


def _in_pieces(
    names: Sequence[str], rows: Iterator[Sequence[Any]], *, exact: bool = False
) -> Iterator[Piece | Odd]:
    """Rows of cells as tables. Empty rows are passed over; `exact` rows must be as wide as the heading."""

    def table(held: Sequence[Sequence[Any]]) -> pa.Table:
        cells = [[_cell(row[n]) if n < len(row) else None for row in held] for n in range(len(names))]
        columns = {name: pa.array(column, pa.string()) for name, column in zip(names, cells, strict=True)}
        return pa.table(columns)

    def read() -> Iterator[tuple[int, Sequence[Any]] | Odd]:
        for number, row in enumerate(rows, start=1):
            if all(c is None or c == "" for c in row):
                continue
            if exact and len(row) != len(names):
                yield _cells_differ(number, ",".join(map(str, row)), len(row), len(names))
            else:
                yield number, row

    return _gathered(read(), table)


def _cell(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _json(path: Path) -> Iterator[Piece | Odd]:
    names: dict[str, None] = {}

    def table(held: Sequence[Mapping[str, Any]]) -> pa.Table:
        return pa.table({n: pa.array([_cell(row.get(n)) for row in held], pa.string()) for n in names})

    def read() -> Iterator[tuple[int, Mapping[str, Any]] | Odd]:
        with path.open("rb") as probe:
            encoding = _encoding(probe.read(HEAD))
        with path.open(encoding=encoding, errors="replace") as file:
            for number, line in enumerate((one for one in file if one.strip()), start=1):
                try:
                    row = json.loads(line)
                except ValueError:
                    row = None
                if isinstance(row, dict):
                    names.update(dict.fromkeys(row))
                    yield number, row
                    continue
                if (number == 1 and line.strip()[:1] == "[") or line.strip() == "{":
                    raise UnreadableHistory(
                        f"{path.name} begins with {line.strip()[:40]!r}; expected one JSON object a line (of a JSON array: jq -c '.[]')"
                    )
                yield Odd(number, line.strip(), "a JSON object on one line")

    return _gathered(read(), table)


# ── workbooks and Parquet ──


def _xlsx(path: Path) -> Iterator[Piece | Odd]:
    """The first sheet that has rows. A further sheet is read if its heading is the same, and else told."""
    from openpyxl import load_workbook

    try:
        sheets = load_workbook(path, read_only=True, data_only=True).worksheets
    except Exception as why:
        raise UnreadableHistory(f"{path.name}: damaged or protected; save it anew as .xlsx") from why
    names: list[str] | None = None
    before = 0
    for sheet in sheets:
        rows = sheet.iter_rows(values_only=True)
        head = list(islice(rows, ABOVE))
        if not any(c not in (None, "") for row in head for c in row):
            continue
        at, width = _heading(head)
        own = _named(path, head[at], width)
        if names is None:
            names = own
        elif own != names:
            yield Odd(
                0,
                f"sheet {sheet.title}",
                "the heading of the first sheet; save a sheet of another kind as a file of its own",
            )
            continue
        last = before
        for one in _in_pieces(names, (row for part in (head[at + 1 :], rows) for row in part)):
            if isinstance(one, Piece):
                one = Piece(one.table, one.rows + before)
                last = max(last, int(one.rows.max(initial=0)))
            yield one
        before = last
    if names is None:
        raise UnreadableHistory(f"{path.name} is empty")


def _parquet(path: Path, groups: Sequence[int] | None, base: int) -> Iterator[Piece]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    _named(path, file.schema_arrow.names, len(file.schema_arrow.names))
    if not file.metadata.num_rows:
        yield Piece(file.schema_arrow.empty_table(), np.zeros(0, np.int64))
    for batch in file.iter_batches(BATCH, row_groups=groups):
        table = pa.Table.from_batches([batch])
        rows = base + 1 + np.arange(table.num_rows, dtype=np.int64)
        yield Piece(_plainly(table), rows)
        base += table.num_rows


def _plainly(table: pa.Table) -> pa.Table:
    """Columns of plain values: what is coded is looked up, what is nested is written out, whole floats are whole numbers."""
    for n, field in enumerate(table.schema):
        column, kind = table.column(n), field.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
        elif pa.types.is_nested(kind):
            column = pa.chunked_array([pa.array([_cell(v) for v in column.to_pylist()], pa.string())])
        elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            words = [None if v is None else v.decode(_encoding(v), "replace") for v in column.to_pylist()]
            column = pa.chunked_array([pa.array(words, pa.string())])
        elif pa.types.is_floating(kind):
            column = _whole(column)
        if column is not table.column(n):
            table = table.set_column(n, field.name, column)
    return table


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column
