"""What can be asked for, each with a form of its own; the words are those that people use."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from shouyue.casework.right import Kind
from shouyue.connectors.recognition import LARGEST, refusal_of

GROUNDS = (
    ("illness", _("Illness or an accident")),
    ("work", _("Loss of work or income")),
    ("family", _("Somebody of the family needs care")),
    ("disaster", _("Disaster or epidemic")),
    ("other", _("Something else")),
)
CHANNELS = (
    ("*", _("Not at all, until I write")),
    ("phone", _("Not by phone")),
    ("sms", _("Not by SMS")),
    ("wecom", _("Not on WeChat")),
    ("visit", _("Not by a visit")),
)
NIGHT_CHANNELS = (("sms", _("By SMS")), ("wecom", _("On WeChat")), ("phone", _("By phone")))
CONSENTS = (
    ("recording", _("Recording of calls")),
    ("archive", _("Archiving of chats")),
    ("night_contact", _("Contact at night")),
    ("third_person", _("Contact by another person")),
    ("sensitive_data", _("Use of sensitive data")),
)
MOST_DOCUMENTS = 5


class Asking(forms.Form):
    """What every form has: an id made where it was opened, and words, after what is chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name not in {"words", "papers"}), "words"])
        for field in self.fields.values():
            for check in field.validators:
                if isinstance(check, MinLengthValidator):
                    check.message = _("Write at least %(limit_value)d characters; found %(show_value)d.")

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    words = forms.CharField(
        label=_("In your words"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def facts(self) -> dict[str, Any]:
        """The plain choices of the form."""
        return {}


class Dispute(Asking):
    words = forms.CharField(
        label=_("What is wrong?"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The amount, the contract, or that it is not yours. Collection rests until you have an answer."),
    )  # fmt: skip


class Pictures(forms.ClearableFileInput):
    allow_multiple_selected = True


class Documents(forms.FileField):
    """Several pictures, each checked as hostile; what is none is refused with its name."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=Pictures(attrs={"accept": "image/jpeg,image/png,image/webp"}), **more)

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:
        files = data if isinstance(data, list) else [data] if data else []
        if len(files) > MOST_DOCUMENTS:
            raise forms.ValidationError(
                _("%(n)d pictures were chosen; at most %(most)d can be taken.")
                % {"n": len(files), "most": MOST_DOCUMENTS}
            )
        bodies = []
        for file in files:
            super().clean(file, initial)
            if file.size > LARGEST:
                raise forms.ValidationError(_("%(name)s is larger than 8 MB.") % {"name": file.name})
            body = file.read()
            if refusal_of(body):
                raise forms.ValidationError(
                    _("%(name)s is no picture that can be taken; send a JPEG, PNG or WebP.")
                    % {"name": file.name}
                )
            bodies.append(body)
        return bodies


class Hardship(Asking):
    ground = forms.ChoiceField(label=_("What happened?"), choices=GROUNDS, widget=forms.RadioSelect)
    papers = Documents(
        label=_("Papers, if you have them"), required=False, help_text=_("Up to five pictures, 8 MB each.")
    )

    def facts(self) -> dict[str, Any]:
        return {"ground": self.cleaned_data["ground"]}


class PlanAsked(Asking):
    count = forms.IntegerField(label=_("In how many monthly instalments?"), min_value=1, max_value=60)
    first_on = forms.DateField(
        label=_("The first one on"), widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("This is no date that exists. Write it as 2026-01-31.")},
    )  # fmt: skip


class Complaint(Asking):
    staff_no = forms.CharField(
        label=_("Staff number of whom it is about, if you know it"), required=False, max_length=20
    )


class Preference(Asking):
    channel = forms.ChoiceField(
        label=_("How not to be contacted"), choices=CHANNELS, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("Anything you want to add"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def facts(self) -> dict[str, Any]:
        return {"channel": self.cleaned_data["channel"]}


class Night(Asking):
    channel = forms.ChoiceField(
        label=_("How you may be reached at night"), choices=NIGHT_CHANNELS, widget=forms.RadioSelect
    )
    begins = forms.TimeField(
        label=_("From when"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=_("Until when"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Nobody may contact you at night unless you agree. You may take this back at any time, and it ends at once."),
    )  # fmt: skip
    words = forms.CharField(
        label=_("In your words: why and for what"), min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "begins" in said and said["begins"] == said.get("ends"):
            self.add_error("ends", _("The hours begin and end at the same time; say from when until when."))
        return said

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"channel": said["channel"], "from": f"{said['begins']:%H:%M}", "to": f"{said['ends']:%H:%M}"}


class Withdrawal(Asking):
    consent = forms.ChoiceField(label=_("Which consent do you take back?"), widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Anything you want to add"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def offer(self, given: Collection[str]) -> None:
        """Of all consents those that this person has given."""
        field = self.fields["consent"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(what, word) for what, word in CONSENTS if what in given]
        if not field.choices:
            field.help_text = _("There is no consent of yours that could be taken back.")

    def facts(self) -> dict[str, Any]:
        return {"consent": self.cleaned_data["consent"]}


class Representative(Asking):
    words = forms.CharField(
        label=_("Who speaks for you, and how are they reached?"), min_length=4, max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


FORMS: dict[Kind, type[Asking]] = {
    Kind.DISPUTE: Dispute,
    Kind.HARDSHIP: Hardship,
    Kind.PLAN: PlanAsked,
    Kind.COMPLAINT: Complaint,
    Kind.PREFERENCE: Preference,
    Kind.NIGHT: Night,
    Kind.WITHDRAWAL: Withdrawal,
    Kind.REPRESENTATIVE: Representative,
    Kind.CORRECTION: Asking,
    Kind.DELETION: Asking,
}
