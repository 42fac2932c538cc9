"""Case files. A file is read first and shown with every error; only a file without any is taken in, whole, once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shouyue.connectors.loanbook import LARGEST, UnreadableFile, read_cases, template
from shouyue.desk.console.frame import NotForYou, StaffRequest, bound, staff_only
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.matters.actions.placement import take_in
from shouyue.desk.matters.reads import imports
from shouyue.desk.vault import originals

MOST_SHOWN = 200


class FileForm(forms.Form):
    """A case file as it was received."""

    file = forms.FileField(
        label=gettext_lazy("Case file"),
        help_text=gettext_lazy("CSV (UTF-8 or GB18030) or XLSX, with the headings of the template."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={
            "required": gettext_lazy("Choose a file first."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(
                _("The file has %(mb)d MB; at most %(most)d are read.")
                % {"mb": file.size // 2**20, "most": LARGEST // 2**20}
            )
        return file


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("import_cases")
def case_files(request: StaffRequest) -> HttpResponse:
    """What was taken in; a file posted here is kept in quarantine and shown as a dry run."""
    form = FileForm(*bound(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        digest = originals.keep(file.read(), room="quarantine")
        name = PurePath(file.name or "").name[:120]
        return redirect(f"{reverse('import', args=[digest])}?{urlencode({'name': name})}")
    return render(
        request,
        "imports/page.html",
        {"form": form, "imports": imports()[:50], "section": "imports"},
        status=422 if form.errors else 200,
    )


@staff_only("import_cases")
def empty_file(request: StaffRequest) -> HttpResponse:
    """The template to fill in."""
    answer = HttpResponse(template(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="shouyue-cases.csv"'
    return answer


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only("import_cases")
def case_file(request: StaffRequest, digest: str) -> HttpResponse:
    """The dry run of one kept file: every error, or what would be taken in. POST takes it in, in one transaction."""
    name = request.GET.get("name", "")[:120]
    try:
        body = originals.fetch(digest, room="quarantine")
    except originals.NoSuchOriginal as nothing:
        raise NotForYou(f"case file {digest[:12]}") from nothing
    try:
        read, unreadable = read_cases(body, name), ""
    except UnreadableFile as why:
        read, unreadable = None, in_page_language(str(why))
    if request.method == "POST" and read and not read.errors:
        taken = take_in(cases=read.cases, filename=name, body=body, by=request.user, at=request.at)
        if taken.repeated:
            messages.warning(request, _("This very file was taken in before. Nothing was changed."))
        else:
            messages.success(
                request,
                _("Taken in: %(new)d new, %(changed)d changed, %(same)d as before.")
                % {"new": taken.new, "changed": taken.changed, "same": taken.same},
            )
        return redirect("imports")
    return render(
        request,
        "imports/file.html",
        {
            "name": name,
            "digest": digest,
            "read": read,
            "unreadable": unreadable,
            "errors": read.errors[:MOST_SHOWN] if read else (),
            "placed": sum((case["placed_amount"] for case in read.cases), Decimal(0)) if read else None,
            "section": "imports",
            "marked": True,
        },
        status=422 if request.method == "POST" else 200,
    )
