"""What is written down about a company: a new representative, a seal, its end, where its register says it is reached."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shouyue.connectors.identifiers import resident_id_holds
from shouyue.connectors.recognition import refusal_of
from shouyue.desk.console import tags
from shouyue.desk.console.sentences import in_page_language
from shouyue.desk.console.suits.forms import Day
from shouyue.desk.parties.actions import CHOPS

POINTS = ("address", "mobile", "landline", "email")
LARGEST = 8 * 2**20  # a picture of a print, in bytes


class RepresentativeForm(forms.Form):
    """Somebody of the loan, or a person who is not in it yet; and what shows that they act for the company."""

    person = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    name = forms.CharField(
        label=gettext_lazy("Name of a person not in the list"), max_length=40, required=False
    )
    id_no = forms.CharField(label=gettext_lazy("Their identity number"), max_length=20, required=False)
    mobile = forms.CharField(label=gettext_lazy("Their mobile number"), max_length=20, required=False)
    why = forms.CharField(
        label=gettext_lazy("What shows it"),
        min_length=4,
        max_length=500,
        help_text=gettext_lazy("The register's notice, the resolution, with its date and number."),
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", gettext_lazy("somebody else")), *people]  # type: ignore[attr-defined]

    def clean_id_no(self) -> str:
        number = re.sub(r"\s", "", self.cleaned_data["id_no"]).upper()
        if number and not resident_id_holds(number):
            raise forms.ValidationError(
                _("This is no identity number of 18 characters whose last fits the others; copy it again.")
            )
        return number

    def clean_mobile(self) -> str:
        number = re.sub(r"[\s-]", "", self.cleaned_data["mobile"])
        if number and not re.fullmatch(r"1\d{10}", number):
            raise forms.ValidationError(
                _("A mobile number has 11 digits and begins with 1; look at it again.")
            )
        return number

    def clean(self) -> None:
        given = self.cleaned_data
        if not given.get("person") and not self.errors and not (given.get("name") and given.get("id_no")):
            raise forms.ValidationError(
                _("Choose somebody, or write the name and the identity number of a person not in the list.")
            )


class ChopForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Which seal"))
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("As recorded with the police."),
    )
    valid_from = Day(label=gettext_lazy("Valid from"))
    signatories = forms.MultipleChoiceField(
        label=gettext_lazy("Who may use it"), widget=forms.CheckboxSelectMultiple
    )
    picture = forms.FileField(
        label=gettext_lazy("Picture of its print"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, tags.chop_word(kind)) for kind in CHOPS]  # type: ignore[attr-defined]
        self.fields["signatories"].choices = people  # type: ignore[attr-defined]

    def clean_picture(self) -> bytes:
        """The picture itself; nothing of it is decoded but its head, and it is only ever handed out, never shown."""
        file = self.cleaned_data["picture"]
        body = file.read() if file.size <= LARGEST else b"\x00" * (LARGEST + 1)
        if why := refusal_of(body):
            raise forms.ValidationError(in_page_language(why))
        return bytes(body)


class RetireForm(forms.Form):
    on = Day(label=gettext_lazy("Retired on"))
    why = forms.CharField(label=gettext_lazy("Reason"), min_length=4, max_length=500)


class PointForm(forms.Form):
    """Where the register of companies, or its public notice, says that the company is reached."""

    kind = forms.ChoiceField(label=gettext_lazy("What"))
    value = forms.CharField(label=gettext_lazy("Number or address"), max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k, tags.point_word(k)) for k in POINTS]  # type: ignore[attr-defined]

    def clean(self) -> None:
        given = self.cleaned_data
        kind, value = given.get("kind"), given.get("value", "")
        digits = re.sub(r"[\s()+-]", "", value)
        good = {
            "mobile": bool(re.fullmatch(r"(86)?1\d{10}", digits)),
            "landline": bool(re.fullmatch(r"0?\d{7,12}", digits)),
            "email": bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value.strip())),
            "address": len(value.strip()) >= 6,
        }
        if kind and value and not good[kind]:
            self.add_error(
                "value",
                {
                    "mobile": _("A mobile number has 11 digits and begins with 1; look at it again."),
                    "landline": _(
                        "A telephone number has its area code and 7 or 8 digits; look at it again."
                    ),
                    "email": _("An e-mail address has one @ and a domain; look at it again."),
                    "address": _("Write the whole address, at least 6 characters."),
                }[kind],
            )


class BindsForm(forms.Form):
    """A print on a paper: which of the seals on record it is, of what day, and who used it."""

    seal = forms.ChoiceField(
        label=gettext_lazy("The print is that of"),
        help_text=gettext_lazy("Compare it with the picture on record first."),
    )
    on = Day(label=gettext_lazy("Day of the paper"))
    who = forms.ChoiceField(label=gettext_lazy("Who used it"))

    def __init__(
        self, *args: Any, seals: list[tuple[str, Any]], people: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seal"].choices = [("", "—"), *seals]  # type: ignore[attr-defined]
        self.fields["who"].choices = [("", "—"), *people]  # type: ignore[attr-defined]
