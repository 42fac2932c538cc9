"""The first page after signing in: the first place of one's role."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from shouyue.desk.console.frame import StaffRequest, places, staff_only


@staff_only()
def home(request: StaffRequest) -> HttpResponse:
    """The first place that this role may enter; a page that says so where there is none yet."""
    for place in places(request.user):
        return redirect(place.url)
    return render(request, "layout/no_place.html")
