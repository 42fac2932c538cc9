"""The board: every figure with its number, its weeks, its formula and the rows behind it; nothing personal on any of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shouyue.desk.board import reads
from shouyue.desk.board.figures import (
    AMOUNTS,
    BESIDE,
    PARTED,
    RESULTS,
    UNIT,
    By,
    Count,
    Figure,
    Period,
    Spans,
    Unit,
)
from shouyue.desk.console.board.charts import bars
from shouyue.desk.console.board.words import BY, WORDS
from shouyue.desk.console.frame import StaffRequest, staff_only
from shouyue.desk.console.tags import channel

DAYS = 28  # of the period that is shown when none is asked for
ROWS = 50  # rows behind a figure, a page


class BoardForm(forms.Form):
    """Which days, and whose. `until` is the last day that counts."""

    since = forms.DateField(label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False)
    client = forms.ChoiceField(label=gettext_lazy("Client"), required=False)

    def __init__(self, asked: Any, *, viewer: Any, today: date) -> None:
        given = {
            "since": (today - timedelta(days=DAYS - 1)).isoformat(),
            "until": today.isoformat(),
            **{name: value for name, value in asked.items() if value},
        }
        super().__init__(given)
        self.viewer = viewer
        everything = ("", gettext_lazy("all"))
        for name, choices in (
            ("team", reads.teams_for(viewer)),
            ("channel", reads.CHANNELS),
            ("client", reads.clients()),
        ):
            words = [(one, channel(one) if name == "channel" else one) for one in choices]
            self.fields[name].choices = [everything, *words]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("until"):
            since, until = data["since"], data["until"]
            if until < since:
                self.add_error(
                    "until", _("The last day, %(until)s, lies before the first, %(since)s.") % {"until": until, "since": since}
                )  # fmt: skip
            elif (until - since).days >= 1096:
                self.add_error("until", _("Three years at most can be shown at once."))
        return data

    def question(self) -> reads.Question:
        data = self.cleaned_data
        period = Period(data["since"], data["until"] + timedelta(days=1))
        return reads.Question(self.viewer, period, data["team"], data["channel"], data["client"])

    def asked(self) -> str:
        """What was asked, to be carried from page to page."""
        return urlencode({name: str(value) for name, value in self.cleaned_data.items() if value})


def _figure(name: str) -> Figure:
    try:
        return Figure(name)
    except ValueError:
        raise Http404(f"no figure {name}") from None


def _form(request: StaffRequest) -> BoardForm:
    return BoardForm(request.GET, viewer=request.user, today=localdate(request.at))


@never_cache
@require_safe
@staff_only("see_board")
def board(request: StaffRequest) -> HttpResponse:
    """Every figure for a period, each with the number it is of."""
    form = _form(request)
    if not form.is_valid():
        return render(request, "board/page.html", {"form": form}, status=422)
    question = form.question()
    currency = reads.currency()
    cards = [
        {
            "figure": figure,
            "words": WORDS[figure],
            "unit": UNIT[figure],
            "currency": currency if figure in AMOUNTS else "",
            "value": told.total,
            "bars": bars(told.parted(By.WEEK), 240, 48) if By.WEEK in PARTED[figure] else [],
            "unnarrowed": [
                name
                for name, by in ((question.channel, By.CHANNEL), (question.client, By.CLIENT))
                if name and by not in PARTED[figure]
            ],
        }
        for figure in Figure
        for told in [reads.Told(figure, question, [by for by in PARTED[figure] if by is By.WEEK])]
    ]  # fmt: skip
    return render(request, "board/page.html", {"form": form, "cards": cards, "asked": form.asked()})


@never_cache
@require_safe
@staff_only("see_board")
def one_figure(request: StaffRequest, name: str) -> HttpResponse:
    """One figure: formula, weeks, its parts side by side, and the rows behind it."""
    figure = _figure(name)
    form = _form(request)
    context: dict[str, Any] = {"form": form, "figure": figure, "words": WORDS[figure], "section": "board"}
    if not form.is_valid():
        return render(request, "board/figure.html", context, status=422)
    question = form.question()
    page = _page(request)
    rows, of = reads.behind(figure, question, first=page * ROWS, most=ROWS)
    told = reads.Told(figure, question, PARTED[figure])
    parts = [
        {"by": by, "word": BY[by], "lines": lines, "bars": bars(lines)}
        for by in PARTED[figure]
        if (lines := told.parted(by))
    ]
    context |= {
        "unit": UNIT[figure],
        "currency": reads.currency() if figure in AMOUNTS else "",
        "value": told.total,
        "parts": parts,
        "beside": [WORDS[other].name for other in BESIDE] if figure in RESULTS else [],
        "beside_units": [UNIT[other] for other in BESIDE],
        "rows": rows,
        "of": of,
        "first": page * ROWS + 1,
        "last": page * ROWS + len(rows),
        "earlier": page - 1 if page else None,
        "later": page + 1 if (page + 1) * ROWS < of else None,
        "asked": form.asked(),
        "span": UNIT[figure] is Unit.SPAN,
    }
    return render(request, "board/figure.html", context)


def _page(request: StaffRequest) -> int:
    asked = request.GET.get("page", "0")
    return min(int(asked), 1_000_000) if asked.isdecimal() else 0


@never_cache
@require_safe
@staff_only("see_board")
def figure_csv(request: StaffRequest, name: str) -> HttpResponse | StreamingHttpResponse:
    """The figure's parts, or with ?rows=1 every row behind it, as a table for a spreadsheet."""
    figure = _figure(name)
    form = _form(request)
    if not form.is_valid():
        return render(
            request, "board/figure.html", {"form": form, "figure": figure, "words": WORDS[figure]}, status=422
        )
    question = form.question()
    table = _rows(figure, question) if request.GET.get("rows") else _parts(figure, question)
    writer = csv.writer(_Echo())
    answer = StreamingHttpResponse(
        (b"\xef\xbb\xbf" if n == 0 else b"") + writer.writerow([_safe(cell) for cell in row]).encode()
        for n, row in enumerate(table)
    )
    answer["Content-Type"] = "text/csv; charset=utf-8"
    period = question.period
    answer["Content-Disposition"] = f'attachment; filename="{figure}-{period.since}-{period.until}.csv"'
    return answer


class _Echo:
    def write(self, line: str) -> str:
        return line


def _safe(cell: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _parts(figure: Figure, question: reads.Question) -> Iterator[list[Any]]:
    span = UNIT[figure] is Unit.SPAN
    yield ["by", "name", *(["n", "median_seconds", "p95_seconds"] if span else ["part", "whole", "share"])]

    def cells(value: Count | Spans) -> list[Any]:
        if isinstance(value, Spans):
            return [value.n, value.median, value.p95]
        return [value.part, value.whole, None if value.share is None else f"{value.share:.6f}"]

    told = reads.Told(figure, question, PARTED[figure])
    yield ["total", "", *cells(told.total)]
    for by in PARTED[figure]:
        for line in told.parted(by):
            yield [by, line.name, *cells(line.value)]


def _rows(figure: Figure, question: reads.Question) -> Iterator[list[Any]]:
    yield ["at", "number", "staff_no", "team", "channel", "amount", "counted"]
    first = 0
    while True:
        rows, of = reads.behind(figure, question, first=first, most=1000)
        for row in rows:
            amount = int(row.amount.total_seconds()) if UNIT[figure] is Unit.SPAN else row.amount
            yield [
                row.at.isoformat() if row.at else "",
                row.number,
                row.staff_no,
                row.team,
                row.channel,
                amount,
                row.counted,
            ]
        first += len(rows)
        if not rows or first >= of:
            return
