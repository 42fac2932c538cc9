"""What compliance and a supervisor write down about an agency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shouyue.desk.agencies.reads import CRITERIA
from shouyue.desk.console import tags
from shouyue.desk.console.suits.forms import Day
from shouyue.desk.people.actions import AGENCY_CHANNELS

Area = forms.Textarea(attrs={"rows": 3})


class WhyForm(forms.Form):
    why = forms.CharField(label=_("Reason"), min_length=4, max_length=500, widget=Area)


def channels_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Channels of the contract"),
        choices=[(one, tags.channel(one)) for one in AGENCY_CHANNELS],
        widget=forms.CheckboxSelectMultiple,
    )


class ChannelsForm(forms.Form):
    """Which channels the contract lets the agency use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"] = channels_field()
        self.fields["why"] = forms.CharField(label=_("Ground"), min_length=4, max_length=500)


class AdmitForm(forms.Form):
    name = forms.CharField(label=_("Legal name"), max_length=80)
    kind = forms.ChoiceField(
        label=_("What it is"), choices=[("agency", _("agency")), ("mediator", _("mediator"))]
    )
    registration_no = forms.CharField(label=_("Registration number"), max_length=32)
    contract_no = forms.CharField(label=_("Contract number"), max_length=64)
    contract_from = Day(label=_("Contract from"))
    contract_until = Day(label=_("Contract until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"] = channels_field()


class InspectForm(forms.Form):
    on = Day(label=_("Inspected on"))
    on_site = forms.BooleanField(label=_("On the spot"), required=False)
    found = forms.CharField(label=_("What was found"), min_length=4, max_length=2000, widget=Area)


class _Criteria(forms.Form):
    """One whole number for each criterion, and none for how often or how hard somebody was pressed."""

    top = 100

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CRITERIA:
            self.fields[name] = forms.IntegerField(
                label=tags.criterion_word(name), min_value=0, max_value=self.top
            )
        for name in [n for n in self.fields if n not in CRITERIA]:
            self.fields[name] = self.fields.pop(name)

    def by_criterion(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in CRITERIA}


class EvaluateForm(_Criteria):
    words = forms.CharField(label=_("What the scores rest on"), min_length=4, max_length=2000, widget=Area)


class CommissionForm(_Criteria):
    begins_on = Day(label=_("In force from"))
    per_cent = forms.DecimalField(
        label=_("Per cent of what comes in"),
        min_value=Decimal("0.01"),
        max_value=Decimal(100),
        decimal_places=2,
    )


class RenewForm(forms.Form):
    until = Day(label=_("Contract until"))


class EntrustForm(forms.Form):
    number = forms.CharField(label=_("Case number"), max_length=32)
    member = forms.ChoiceField(label=_("To whom"))
    until = Day(label=_("Until"))

    def __init__(self, *args: Any, members: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(m.pk): m for m in members}
        self.fields["member"].choices = [(pk, f"{m} {m.staff_no}") for pk, m in self.members.items()]  # type: ignore[attr-defined]


class TellForm(forms.Form):
    """How the debtor was told: one of our messages that names the agency, or a letter's receipt."""

    contact = forms.ChoiceField(label=_("Our message that names the agency"), required=False)
    receipt = forms.CharField(label=_("or the receipt of a letter"), max_length=200, required=False)

    def __init__(self, *args: Any, messages: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((str(m.pk), f"{tags.moment(m.left_at or m.at)} {tags.channel(m.channel)}") for m in messages),
        ]


class GiveBackForm(forms.Form):
    words = forms.CharField(
        label=_("What was given back or deleted, and how"), min_length=4, max_length=1000, widget=Area
    )
