"""The first page after signing in: the first place of one's role."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from shouyue.desk.console.frame import StaffRequest, places, staff_only
from shouyue.desk.people.reads import Role

FIRST: dict[str, str] = {
    Role.LEGAL: "suits",
    Role.TRAINER: "training_board",
}  # whose day begins elsewhere than at the first place they may enter


@staff_only()
def home(request: StaffRequest) -> HttpResponse:
    """The first place that this role may enter; a page that says so where there is none yet."""
    mine = [place.url for place in places(request.user)]
    if mine:
        first = FIRST.get(request.user.role)
        return redirect(first if first in mine else mine[0])
    return render(request, "layout/no_place.html")
