"""What an administrator writes down about who works at the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shouyue.desk.console.suits.forms import Day
from shouyue.desk.console.tags import role_word
from shouyue.desk.people import reads
from shouyue.desk.people.reads import Role

ROLES = [role for role in Role if role != Role.SYSTEM]


class Choice(forms.ModelChoiceField):
    """A person or a team out of those that the field offers; a person with their number."""

    def label_from_instance(self, one: Any) -> str:
        return f"{one.display_name} · {one.staff_no}" if hasattr(one, "staff_no") else str(one)


def _teams() -> forms.ModelChoiceField:
    return Choice(label=_("Team"), queryset=reads.teams(), required=False)


def _offer_roles(form: forms.Form) -> None:
    role = form.fields["role"]
    assert isinstance(role, forms.ChoiceField)
    role.choices = [(one, role_word(one)) for one in ROLES]


class EnrolForm(forms.Form):
    display_name = forms.CharField(label=_("Full name"), max_length=80)
    staff_no = forms.CharField(
        label=_("Staff number"), max_length=32, help_text=_("Borrowers are told this number.")
    )
    username = forms.CharField(label=_("Account name"), max_length=31)
    role = forms.ChoiceField(label=_("Role"), choices=())
    wecom_userid = forms.CharField(label=_("Userid in WeCom"), max_length=64, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_roles(self)
        self.fields["team"] = _teams()


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supervisor"] = Choice(
            label=_("Led by"), queryset=reads.with_role(Role.SUPERVISOR), required=False
        )


class MoveForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"] = Choice(label=_("Team"), queryset=reads.teams())


class LeaveForm(forms.Form):
    why = forms.CharField(label=_("Reason"), min_length=4, max_length=500)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=())
    why = forms.CharField(label=_("Reason"), min_length=4, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_roles(self)


class PasswordForm(forms.Form):
    why = forms.CharField(label=_("Reason"), min_length=4, max_length=500)


class StandInForm(forms.Form):
    until = Day(label=_("Until the end of"))
    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deputy"] = Choice(label=_("Stand-in"), queryset=reads.with_role(*reads.MAY["approve"]))
        self.order_fields(["deputy", "until", "reason"])


class AgencyForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"] = Choice(label=_("Agency"), queryset=reads.agencies())
