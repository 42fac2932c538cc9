"""Reading a client's case file (委案文件): CSV or XLSX, with a mapping that is data, every error with row and column.

Nothing is guessed and nothing is dropped: a row is read whole or its errors are listed. Field names are those of the field
guide, section 4; how people write dates, sums and numbers is section 4's "Import conventions".
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Any

import yaml

from shouyue.connectors.identifiers import company_code_holds, resident_id_holds, vin_holds

LARGEST = 64 * 1024 * 1024  # bytes
MOST_ROWS = 200_000
REQUIRED = [
    "client",
    "funder",
    "batch_no",
    "placed_on",
    "due_back_on",
    "placed_amount",
    "case_no",
    "contract_no",
    "receipt_no",
    "product",
    "principal",
    "dpd",
    "overdue_since",
    "overdue_principal",
    "overdue_interest",
    "penalty",
    "outstanding_total",
    "as_of",
    "name",
    "id_no",
    "mobile",
]
DATES = {
    "placed_on", "due_back_on", "signed_on", "matures_on", "overdue_since", "as_of", "valued_on",
    "mortgage_registered_on", "guarantee_until",
}  # fmt: skip
SUMS = {
    "placed_amount", "principal", "overdue_principal", "overdue_interest", "penalty", "breach_fee", "other_fee",
    "outstanding_principal", "outstanding_total", "valuation",
}  # fmt: skip
COUNTS = {"terms_total", "terms_paid", "due_day", "dpd"}
PEOPLE = ("guarantor_", "contact_", "co_borrower_", "legal_rep_")
OVERDUE = ("overdue_principal", "overdue_interest", "penalty", "breach_fee", "other_fee")
_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"


DAMAGED = "the workbook is damaged or protected; save it anew as .xlsx"
SHORTENED = "a spreadsheet shortened it; format the column as text before filling it"
FITS, MISTYPED = "a number whose last character fits the others", "one character was probably mistyped"


class UnreadableFile(Exception):
    """The file as a whole cannot be read as a case file."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong with one cell. `row` counts as a spreadsheet does: the heading is row 1."""

    row: int
    column: str
    found: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        end = f"; {self.hint}" if self.hint else ""
        return f"row {self.row}, {self.column}: found {self.found!r}, expected {self.expected}{end}"


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: typed cases with the field guide's names, and every error. Take it in only without errors."""

    cases: tuple[dict[str, Any], ...]
    errors: tuple[RowError, ...]
    rows: int


class _Wrong(Exception):
    def __init__(self, expected: str, hint: str = "") -> None:
        self.expected, self.hint = expected, hint


def default_mapping() -> dict[str, Any]:
    """The mapping of the desk's own template."""
    loaded: dict[str, Any] = yaml.safe_load(
        files("shouyue.connectors").joinpath("loanbook.yaml").read_text("utf-8")
    )
    return loaded


def template() -> bytes:
    """An empty case file to fill in: CSV, UTF-8 with the mark that spreadsheets need, headings in Chinese."""
    headings = [names[0] for names in default_mapping()["columns"].values()]
    return ("\ufeff" + ",".join(headings) + "\r\n").encode()


def read_cases(body: bytes, filename: str, mapping: Mapping[str, Any] | None = None) -> Read:
    """Read a case file. Raises UnreadableFile when it is no case file at all; wrong cells become errors."""
    columns = (mapping or default_mapping())["columns"]
    lines = _lines(body, filename)
    try:
        heading = [_clean(cell) for cell in next(lines)]
    except StopIteration:
        raise UnreadableFile("the file is empty; download the template and fill it in") from None
    places = _places(heading, columns)
    known = set(places.values())
    cases: list[dict[str, Any]] = []
    errors: list[RowError] = []
    seen: dict[tuple[str, ...], int] = {}
    rows = 0
    for number, cells in enumerate(lines, start=2):
        if not any(_clean(cell) for cell in cells):
            continue
        rows += 1
        if rows > MOST_ROWS:
            raise UnreadableFile(f"more than {MOST_ROWS:,} rows; split the file")
        case, wrong = _row(number, cells, places, columns)
        case["more"] = {
            name: _clean(cell)[:200]
            for place, (name, cell) in enumerate(zip(heading, cells, strict=False))
            if name and place not in known and _clean(cell)
        }
        for field, key in (
            ("contract_no", (case.get("client"), case.get("contract_no"))),
            ("receipt_no", (case.get("client"), case.get("batch_no"), case.get("receipt_no"))),
        ):
            first = seen.setdefault((field, *map(str, key)), number)
            if first != number and all(key):
                wrong.append(
                    RowError(
                        number,
                        columns[field][0],
                        str(key[-1]),
                        "each contract once" if field == "contract_no" else "each receipt once",
                        f"it stands in row {first} too",
                    )
                )
                break
        errors += wrong
        if not wrong:
            cases.append(case)
    return Read(tuple(cases), tuple(errors), rows)


# ── bytes to cells ──


def _lines(body: bytes, filename: str) -> Iterator[Sequence[Any]]:
    if len(body) > LARGEST:
        raise UnreadableFile(
            f"the file has {len(body) // 1024 // 1024} MB; at most {LARGEST // 1024 // 1024} MB are read"
        )
    if body.startswith(b"PK"):
        return _xlsx(body)
    if filename.lower().endswith((".xlsx", ".xls")):
        raise UnreadableFile("this is no .xlsx file; save it as .xlsx or CSV and try again")
    return _csv(body)


def _csv(body: bytes) -> Iterator[Sequence[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        divider = max(",;\t", key=text.partition("\n")[0].count)
        return _whole(
            csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True),
            "a quotation mark is not closed, or stands inside a cell; save the file anew as CSV",
        )
    raise UnreadableFile("the text is neither UTF-8 nor GB18030; save the file as CSV UTF-8")


def _xlsx(body: bytes) -> Iterator[Sequence[Any]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(part.file_size for part in archive.infolist()) > 8 * LARGEST:
                raise UnreadableFile("the workbook unpacks to far more than its size; it is not read")
        sheet = load_workbook(io.BytesIO(body), read_only=True, data_only=True).worksheets[0]
    except UnreadableFile:
        raise
    except Exception as why:
        raise UnreadableFile(DAMAGED) from why
    return _whole(sheet.iter_rows(values_only=True), DAMAGED)


def _whole(lines: Iterable[Sequence[Any]], otherwise: str) -> Iterator[Sequence[Any]]:
    """The lines; if reading them breaks off, the file as a whole is refused."""
    try:
        yield from lines
    except Exception as why:  # the readers of CSV, zip and XML each raise their own
        raise UnreadableFile(otherwise) from why


def _places(heading: Sequence[str], columns: Mapping[str, Sequence[str]]) -> dict[str, int]:
    twice = sorted({name for name in heading if name and heading.count(name) > 1})
    if twice:
        raise UnreadableFile(f"columns that stand twice: {', '.join(twice)[:300]}; keep one of each")
    at = {name: n for n, name in enumerate(heading) if name}
    places = {
        field: next(at[_clean(name)] for name in names if _clean(name) in at)
        for field, names in columns.items()
        if any(_clean(name) in at for name in names)
    }
    missing = [columns[field][0] for field in REQUIRED if field not in places]
    if missing:
        raise UnreadableFile(
            f"columns missing: {', '.join(missing)}; found: {', '.join(h for h in heading if h)[:300] or 'none'}"
        )
    return places


def _clean(cell: Any) -> str:
    """A cell as text: width folded, spaces at the ends dropped. A whole number that a spreadsheet made a float stays whole."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip()


# ── cells to values ──


def _row(
    number: int, cells: Sequence[Any], places: Mapping[str, int], columns: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], list[RowError]]:
    case: dict[str, Any] = {}
    errors: list[RowError] = []
    for field, place in places.items():
        cell = cells[place] if place < len(cells) else None
        text = _clean(cell)
        if not text:
            if field in REQUIRED:
                errors.append(RowError(number, columns[field][0], "", "a value"))
            continue
        try:
            case[field] = _value(field, text, cell)
        except _Wrong as wrong:
            errors.append(RowError(number, columns[field][0], text[:60], wrong.expected, wrong.hint))
    if not errors:
        errors += _together(number, case, columns)
    return (_shaped(case) if not errors else case), errors


def _value(field: str, text: str, cell: Any) -> Any:
    base = next((field.removeprefix(who) for who in PEOPLE if field.startswith(who)), field)
    if field in DATES:
        return _date(text, cell)
    if field in SUMS:
        return _sum(text, cell)
    if field in COUNTS:
        if not re.fullmatch(r"\d{1,5}", text):
            raise _Wrong("a whole number")
        return int(text)
    if field == "rate_year":
        return _rate(text)
    if base == "id_no":
        return _id_no(text, cell)
    if base == "mobile":
        return _mobiles(text)
    if field == "vin":
        return _vin(text)
    if field == "plate":
        return _plate(text)
    if field in {"contract_no", "receipt_no", "case_no"} and _shortened(text, cell):
        raise _Wrong("the whole number as text", SHORTENED)
    if len(text) > 200:
        raise _Wrong("at most 200 characters")
    return text


def _shortened(text: str, cell: Any) -> bool:
    """Whether a spreadsheet kept this as a number: it keeps 15 digits, and shows more than 11 as 1.2E+17."""
    return bool(re.search(r"\d[eE]\+?\d", text)) or (isinstance(cell, int | float) and abs(cell) >= 10**15)


def _date(text: str, cell: Any) -> date:
    if re.fullmatch(r"[2-7]\d{4}", text):
        return date(1899, 12, 30) + timedelta(days=int(text))  # a spreadsheet's serial number
    found = re.fullmatch(
        r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]0?0:00(?::00)?)?", text
    ) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if not found:
        raise _Wrong("a date such as 2026-01-31")
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise _Wrong("a date that exists", f"{text} is not in the calendar") from None


def _sum(text: str, cell: Any) -> Decimal:
    if isinstance(cell, float) and abs(cell) < 1e13 and abs(cell - round(cell, 2)) < 1e-6:
        text = f"{cell:.2f}"  # what a spreadsheet computed as 0.30000000000000004 is 0.30
    bare = re.sub(r"[,\s¥￥元]|CNY|RMB", "", text)
    times = 1
    if bare.endswith("万"):
        bare, times = bare[:-1], 10_000
    try:
        value = Decimal(bare) * times
    except InvalidOperation:
        raise _Wrong("a sum of money such as 1,234.50") from None
    if not value.is_finite() or value < 0:
        raise _Wrong("a sum that is not negative")
    if "E" in bare.upper():
        raise _Wrong("a sum of money such as 1,234.50", SHORTENED)
    if value != value.quantize(Decimal("0.01")):
        raise _Wrong("at most two places after the point")
    if value >= Decimal("1e13"):
        raise _Wrong("a sum below ten trillion")
    return value.quantize(Decimal("0.01"))


def _rate(text: str) -> Decimal:
    try:
        value = Decimal(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except InvalidOperation:
        raise _Wrong("a yearly rate such as 0.0888 or 8.88%") from None
    if not 0 <= value <= Decimal("0.36"):
        raise _Wrong("a yearly rate between 0 and 36 %")
    return value.quantize(Decimal("0.000001"))


def _id_no(text: str, cell: Any) -> str:
    if _shortened(text, cell):
        raise _Wrong("18 characters as text", SHORTENED)
    number = re.sub(r"\s", "", text).upper()
    if (
        re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", number)
        and not number[:17].isdigit()
    ):
        if not company_code_holds(number):
            raise _Wrong(FITS, MISTYPED)
        return number  # a company's unified social credit code
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise _Wrong("18 digits, the last may be X")
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise _Wrong("a date of birth that exists in places 7 to 14") from None
    if not resident_id_holds(number):
        raise _Wrong(FITS, MISTYPED)
    return number


def _mobiles(text: str) -> list[str]:
    found = []
    for part in re.split(r"[/;、,|\n]", text):
        digits = re.sub(r"[\s()-]", "", part)
        digits = re.sub(r"^(\+?86)(?=1\d{10}$)", "", digits)
        if not digits:
            continue
        if not re.fullmatch(r"1\d{10}", digits):
            raise _Wrong(
                "mobile numbers of 11 digits, several apart by / ; or 、", f"{part.strip()!r} is none"
            )
        found.append(digits)
    return found


def _vin(text: str) -> str:
    number = text.upper()
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", number):
        raise _Wrong("17 letters and digits without I, O and Q")
    if not vin_holds(number):
        raise _Wrong("a VIN whose ninth character fits the others", MISTYPED)
    return number


def _plate(text: str) -> str:
    plate = re.sub(r"[\s·•.-]", "", text).upper()
    if not re.fullmatch(rf"[{_PROVINCES}][A-Z][A-HJ-NP-Z0-9]{{5,6}}", plate):
        raise _Wrong("a plate such as 京A12345, or eight characters for a new-energy car")
    return plate


def _together(number: int, case: Mapping[str, Any], columns: Mapping[str, Sequence[str]]) -> list[RowError]:
    """What only several cells together can show."""
    errors = []

    def say(field: str, expected: str, hint: str = "") -> None:
        errors.append(RowError(number, columns[field][0], str(case[field]), expected, hint))

    overdue = sum((case.get(part) or Decimal(0) for part in OVERDUE), Decimal(0))
    if case["placed_amount"] != overdue and case["placed_amount"] != case["outstanding_total"]:
        say(
            "placed_amount",
            f"the sum of its parts, {overdue:,.2f}, or what is outstanding",
            "a part is missing or wrong",
        )
    if case["outstanding_total"] < overdue:
        say("outstanding_total", f"at least what is overdue, {overdue:,.2f}")
    if "outstanding_principal" in case:
        total = case["outstanding_principal"] + overdue - case["overdue_principal"]
        if case["outstanding_total"] != total:
            say(
                "outstanding_total",
                f"the sum of its parts, {total:,.2f}",
                "all principal that is left, and what is overdue beside principal",
            )
    days = (case["as_of"] - case["overdue_since"]).days
    if abs(days - case["dpd"]) > 1:
        say("dpd", f"{days}, the days from {case['overdue_since']} to {case['as_of']}")
    if case["due_back_on"] < case["placed_on"]:
        say("due_back_on", f"a day not before {case['placed_on']}")
    if (case.get("terms_paid") or 0) > (case.get("terms_total") or 10_000):
        say("terms_paid", f"at most {case['terms_total']}")
    return errors


def _shaped(case: dict[str, Any]) -> dict[str, Any]:
    """The flat row in the desk's shape: the debtor's numbers, and guarantor and contact as people."""
    case["mobiles"] = case.pop("mobile")
    guarantor, contact, co_borrower, legal_rep = (
        {key.removeprefix(who): case.pop(key) for key in list(case) if key.startswith(who)} for who in PEOPLE
    )
    guarantee, until = case.pop("guarantee", ""), case.pop("guarantee_until", None)
    if guarantor.get("name"):
        case["guarantors"] = [
            {
                **_person("guarantor", guarantor),
                "guarantee": {"连带": "joint", "连带责任": "joint", "一般": "general"}.get(
                    guarantee, guarantee
                ),
                "guarantee_until": until,
            }
        ]
    if co_borrower.get("name"):
        case["co_borrowers"] = [_person("co_borrower", co_borrower)]
    if not case["id_no"][:17].isdigit():  # a unified social credit code: the borrower is a company
        case["kind"], case["id_type"] = "company", "uscc"
    if legal_rep.get("name"):
        case["legal_representative"] = _person("legal_representative", legal_rep)
    if contact.get("name"):
        case["contacts"] = [
            {
                **_person("reserved_contact", contact),
                "relation": contact.get("relation", ""),
                "named_by_debtor": True,
                "source": "debtor_supplied",
            }
        ]
    return case


def _person(role: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "role": role,
        "name": told["name"],
        "id_no": told.get("id_no"),
        "mobiles": told.get("mobile") or [],
    }
