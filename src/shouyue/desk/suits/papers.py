"""Papers filled from the record: the values, and the two forms (DOCX to be edited and sealed by hand, PDF to be filed).

The DOCX is rendered by docxtpl from a template that is built here from the pack's blocks, so that a lawyer's change of words is a
change of one YAML file and nothing else. What the record does not know is not written: it is refused, naming what lacks.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.timezone import localdate

from shouyue.desk.matters import reads as matters
from shouyue.desk.rulebook.reads import pack_on
from shouyue.desk.suits import reads
from shouyue.evidence import book
from shouyue.policy.papers import FIELDS, LISTS, Block, Paper, day, filled, sum_as_of
from shouyue.policy.procedures import MissingDate

GUARANTEE = {"joint": "连带责任保证", "general": "一般保证", "": "保证（未约定方式，视为一般保证）"}


class UnableToWrite(Exception):
    """The paper cannot be made: something it must say is not in the record, or may not be said."""


@dataclass(frozen=True)
class Filled:
    """A paper's words with everything in place; `as_of` is the day of the debt it names, None where it names none."""

    paper: Paper
    blocks: tuple[Block, ...]
    values: Mapping[str, str]
    lists: Mapping[str, Sequence[Mapping[str, str]]]
    as_of: date | None


def fill(suit: Any, paper: Paper, *, party: Any, staff: Any, at: datetime) -> Filled:
    """The paper with the record's values. Raises UnableToWrite, naming every field that the record cannot fill."""
    if suit.track not in paper.tracks:
        raise UnableToWrite(
            f"{paper.title.en} is no paper of this track; it is one of {', '.join(paper.tracks)}"
        )
    until = None
    if paper.to == "guarantor":
        party, until = _may_be_claimed(suit, party, at)
    elif paper.to == "debtor":
        party = matters.debtor_of(suit.matter.loan)
    holds = sorted(reads.conditions(suit))
    values = _values(suit, party=party, staff=staff, at=at)
    if until:
        values["guarantee_until"] = day(until)
    lists = _lists(suit, at)
    lacking = sorted(name for name in paper.fields(holds) if not values.get(name))
    if lacking:
        raise UnableToWrite(
            f"{paper.title.en} cannot be written without {', '.join(lacking)}; "
            "enter it in the record, it is never left blank"
        )
    blocks = tuple(b for b in paper.blocks if not b.when or b.when in holds)
    for block in blocks:
        if block.of and not lists[block.of]:
            raise UnableToWrite(
                f"{paper.title.en} has no {block.of} to name; bring them into the record first"
            )
    owed = matters.debt(suit.matter.loan, at)
    names_money = any(FIELDS.get(name) == "money" for name in paper.fields(holds))
    known = {name: value for name, value in values.items() if value}
    return Filled(paper, blocks, known, lists, owed.as_of if owed and names_money else None)


def _may_be_claimed(suit: Any, party: Any, at: datetime) -> tuple[Any, date]:
    """Only a guarantor whose period has not passed unclaimed is asked to perform (CLK.guarantee.expired): who, until when."""
    known = reads.procedures_on(at)
    record = reads.record_of(suit, at)
    one = next((g for g in record.guarantors if party and g.key == str(party.pk)), None)
    if party is None or one is None:
        raise UnableToWrite("choose a guarantor of this loan; the claim is on one person")
    try:
        state = known.guarantee_of(one, record, localdate(at), pack_on(at).calendar)
    except MissingDate as lacks:
        raise UnableToWrite(
            f"the guarantee period cannot be counted: {lacks.args[0][0].what.en} is not in the record"
        ) from lacks
    if state.lost(localdate(at)):
        raise UnableToWrite(
            f"the guarantee period ended on {state.period.safe} unclaimed: the guarantor owes nothing and is not asked"
        )
    return party, state.period.safe


def _values(suit: Any, *, party: Any, staff: Any, at: datetime) -> dict[str, str]:
    """Every field of policy.papers that the record can fill."""
    loan = suit.matter.loan
    vehicle = getattr(loan, "vehicle", None)
    debtor = matters.debtor_of(loan)
    owed = matters.debt(loan, at)
    dates = {name: date.fromisoformat(value) for name, value in suit.dates.items()}
    pack = pack_on(at)
    link = matters.link(loan, party) if party else None
    days = {
        "today": localdate(at),
        "signed_on": loan.signed_on,
        "matures_on": matters.last_due(loan),
        "overdue_since": loan.overdue_since,
        "mortgage_registered_on": getattr(vehicle, "mortgage_registered_on", None),
        "effective_on": dates.get("effective_on"),
        "perform_by": dates.get("perform_by"),
        "guarantee_until": link.guarantee_until if link else None,
    }
    found = {name: day(value) for name, value in days.items() if value}
    sums: dict[str, tuple[Any, date | None]] = {"principal": (loan.principal, loan.signed_on)}
    if owed:
        sums |= {
            "overdue_total": (owed.total, owed.as_of),
            "overdue_principal": (owed.principal, owed.as_of),
            "overdue_interest": (owed.interest, owed.as_of),
            "penalty": (owed.penalty, owed.as_of),
            "outstanding_total": (owed.outstanding, owed.as_of),
        }
    if suit.claim is not None:
        sums["claim"] = (suit.claim, suit.claim_as_of)
    found |= {n: sum_as_of(amount, on, loan.currency) for n, (amount, on) in sums.items() if on is not None}
    found |= {
        "lender": loan.client,
        "party": party.name if party else "",
        "debtor": debtor.name if debtor else "",
        "contract_no": loan.contract_no,
        "court": suit.body,
        "case_no": suit.case_no,
        "vehicle": getattr(vehicle, "model", "") or "",
        "vin": getattr(vehicle, "vin", "") or "",
        "guarantee": GUARANTEE.get(link.guarantee, GUARANTEE[""]) if link else "",
        "callback": settings.CALLBACK,
        "staff_no": staff.staff_no,
        "days_to_pay": str(pack.parameters["least_days_to_pay"].on(localdate(at))),
        "exhibit_count": str(len(reads.admissible(suit, at))),
    }
    return found


def _lists(suit: Any, at: datetime) -> dict[str, list[dict[str, str]]]:
    loan = suit.matter.loan
    known = reads.procedures_on(at)
    shows: dict[str, list[str]] = {}
    for row in reads.matrix(suit, at):
        for kind, _ in row.have:
            shows.setdefault(kind, []).append(row.element.what.zh)
    owing = [row for row in matters.people_of(loan) if row.role in {"debtor", "co_borrower", "guarantor"}]
    return {
        "defendants": [
            {
                "name": r.party.name,
                "id_no": r.party.id_no or "（未登记）",
                "address": r.party.address or "（未登记）",
            }
            for r in owing
        ],
        "guarantors": [
            {"name": r.party.name, "guarantee": GUARANTEE.get(r.guarantee, GUARANTEE[""])}
            for r in owing
            if r.role == "guarantor"
        ],
        "exhibits": [
            {
                "no": str(n),
                "title": e.title,
                "source": e.source,
                "purpose": "；".join(shows.get(e.kind, [known.evidence[e.kind].zh])),
                "pages": str(e.pages) if e.pages else "—",
            }
            for n, e in enumerate(reads.admissible(suit, at), start=1)
        ],
    }


# ── the two forms ──


def template(paper: Paper, conditions: Sequence[str]) -> bytes:
    """The DOCX template of a paper, built from the pack's blocks: fields and loops in docxtpl's notation."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.8)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(14)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")

    def paragraph(words: str) -> Any:
        one = document.add_paragraph(words)
        one.paragraph_format.line_spacing = 1.5
        return one

    for block in paper.blocks:
        if block.when and block.when not in conditions:
            continue
        if block.kind == "table":
            table = document.add_table(rows=4, cols=len(block.columns), style="Table Grid")
            for n, column in enumerate(block.columns):
                table.cell(0, n).text = column.heading
                table.cell(2, n).text = f"{{{{ row.{column.field} }}}}"
            table.cell(1, 0).text = f"{{%tr for row in {block.of} %}}"
            table.cell(3, 0).text = "{%tr endfor %}"
            continue
        words = block.words
        if block.of:
            for name in block.fields:
                if name in LISTS[block.of]:
                    words = words.replace(f"{{{{ {name} }}}}", f"{{{{ row.{name} }}}}")
            document.add_paragraph(f"{{%p for row in {block.of} %}}")
        one = paragraph(words)
        if block.kind == "title":
            one.alignment = WD_ALIGN_PARAGRAPH.CENTER
            one.runs[0].font.size, one.runs[0].bold = Pt(22), True
        elif block.kind == "head":
            one.runs[0].bold = True
        elif block.kind == "right":
            one.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        elif block.kind in ("line", "item"):
            one.paragraph_format.first_line_indent = Pt(28)
        if block.of:
            document.add_paragraph("{%p endfor %}")
    return _saved(document)


def _saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def docx(given: Filled, conditions: Sequence[str]) -> bytes:
    """The paper as DOCX. A field without a value would be an error, not a blank."""
    from docxtpl import DocxTemplate
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    made = DocxTemplate(io.BytesIO(template(given.paper, conditions)))
    made.render(
        {**given.values, **given.lists},
        SandboxedEnvironment(undefined=StrictUndefined),
        autoescape=True,
    )
    return _saved(made)


def pdf(given: Filled, at: datetime) -> bytes:
    """The paper as PDF/A-2b; the same words and moment give the same bytes."""
    import typst

    shown = book.drawable()
    blocks: list[dict[str, Any]] = []
    for block in given.blocks:
        if block.kind == "table":
            rows = [[row[c.field].translate(shown) for c in block.columns] for row in given.lists[block.of]]
            blocks.append({"kind": "table", "head": [c.heading for c in block.columns], "rows": rows})
            continue
        for row in given.lists[block.of] if block.of else ({},):
            words = filled(block.words, {**given.values, **row}).translate(shown)
            blocks.append({"kind": block.kind, "words": words})
    made = typst.compile(
        Path(str(files("shouyue.desk.suits") / "paper.typ")),
        font_paths=[book.fonts()],
        ignore_system_fonts=True,
        pdf_standards=["a-2b"],
        sys_inputs={
            "paper": json.dumps({"title": given.paper.title.zh, "blocks": blocks}, ensure_ascii=False)
        },
        timestamp=at.replace(microsecond=0),
    )
    assert isinstance(made, bytes)
    return made
