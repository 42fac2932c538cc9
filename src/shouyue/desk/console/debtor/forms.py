"""What is written down on a debtor's page: a new thread, a promise, a plan."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from shouyue.desk.console.tags import channel as channel_word
from shouyue.desk.console.tags import purpose as purpose_word
from shouyue.terms import Channel, Purpose

WRITABLE = (Channel.SMS, Channel.KF, Channel.WECOM)
HEARD_ON = (Channel.PHONE, Channel.WECOM, Channel.KF, Channel.SMS, Channel.VISIT)


class OfPeople(forms.Form):
    """A form about somebody who owes on this loan. `people` as the debtor's page lists them."""

    party = forms.ChoiceField(label=_("With"))

    def __init__(self, people: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owing = [(str(p["masked"].id), f"{p['masked'].name}") for p in people if p["owes"]]
        self.fields["party"].choices = owing  # type: ignore[attr-defined]


class ThreadForm(OfPeople):
    """A new thread: with whom, by which channel, for which one purpose."""

    channel = forms.ChoiceField(label=_("Channel"))
    purpose = forms.ChoiceField(label=_("Purpose"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            *((c.value, channel_word(c)) for c in WRITABLE), (Channel.PHONE.value, _("Call on my own telephone"))
        ]  # fmt: skip
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            (p.value, purpose_word(p)) for p in Purpose if p not in {Purpose.ASK_CONTACT, Purpose.ASK_RELAY}
        ]


class PromiseForm(OfPeople):
    """A promise as it was made. `id` is made where the click is: twice is once."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2)
    due_on = forms.DateField(label=_("By when"), widget=forms.DateInput(attrs={"type": "date"}))
    channel = forms.ChoiceField(label=_("Said by"))
    instead_because = forms.CharField(
        label=_("Why it takes the place of the one before"), required=False, max_length=200
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="promise", **kwargs)
        self.fields["channel"].choices = [(c.value, channel_word(c)) for c in HEARD_ON]  # type: ignore[attr-defined]


class CancelForm(forms.Form):
    """Why a promise is out of force."""

    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=500)


class PlanForm(OfPeople):
    """Equal monthly instalments over everything that is overdue."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    count = forms.IntegerField(label=_("How many instalments"), min_value=1, max_value=60)
    first_on = forms.DateField(label=_("First one on"), widget=forms.DateInput(attrs={"type": "date"}))
    why = forms.CharField(
        label=_("Ground"), min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="plan", **kwargs)


class LockForm(forms.Form):
    """Why a number is wrong."""

    why = forms.CharField(min_length=4, max_length=200)
