"""Placing cases."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Schema, Status
from ninja.files import UploadedFile

from shouyue.connectors.loanbook import LARGEST, UnreadableFile, read_cases
from shouyue.desk.api.door import Problem, Program, Refused, actor, now, once
from shouyue.desk.matters.actions.placement import take_in

router = Router(tags=["cases"], auth=Program("cases:write", "import_cases"))


class WrongCell(Schema):
    """One thing wrong with one cell; rows count as a spreadsheet does, the heading is row 1."""

    row: int
    column: str
    found: str
    expected: str
    hint: str


class Reading(Schema):
    """What a case file says, before anything is taken in."""

    rows: int
    errors: list[WrongCell]


class Placed(Schema):
    """What taking a file in did. `repeated`: this very file was taken in before, and nothing changed."""

    id: str
    new: int
    changed: int
    same: int
    repeated: bool


def _read(file: UploadedFile) -> tuple[bytes, str, list[dict[str, object]], Reading]:
    if (file.size or 0) > LARGEST:
        raise Refused(413, "too_large", f"the file has {file.size} bytes; at most {LARGEST} are read")
    body, name = file.read(), file.name or "cases.csv"
    try:
        read = read_cases(body, name)
    except UnreadableFile as why:
        raise Refused(422, "unreadable_file", str(why)) from why
    errors = [
        WrongCell(row=e.row, column=e.column, found=e.found, expected=e.expected, hint=e.hint)
        for e in read.errors
    ]
    return body, name, list(read.cases), Reading(rows=read.rows, errors=errors)


@router.post(
    "/cases/check", response={200: Reading, 422: Problem}, summary="Check a case file; keeps nothing"
)
def check(request: HttpRequest, file: File[UploadedFile]) -> Reading:
    return _read(file)[3]


@router.post(
    "/cases", response={201: Placed, 422: Reading | Problem}, summary="Take a case file in, all or nothing"
)
def place(request: HttpRequest, file: File[UploadedFile]) -> HttpResponse | Status[Reading]:
    body, name, cases, reading = _read(file)
    if reading.errors:
        return Status(422, reading)

    def act() -> Placed:
        taken = take_in(cases=cases, filename=name, body=body, by=actor(request), at=now())
        return Placed(
            id=str(taken.id), new=taken.new, changed=taken.changed, same=taken.same, repeated=taken.repeated
        )

    return once(request, act, status=201, contents=body)
