"""Calls on the member's own telephone, as their thread shows them: those that were let go, and the forms to tell of a call."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shouyue.casework.contact import Contact as State
from shouyue.desk.console.tags import NOT_CONNECTED, RESULTS
from shouyue.desk.messages import own_phone

LARGEST = 50 * 1024 * 1024  # bytes of a recording
NOT_MADE = "NOT_MADE"
MINUTE = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class CallForm(forms.Form):
    """What came of a call. A recording is kept as the telephone made it."""

    result = forms.ChoiceField(label=gettext_lazy("What came of it"))
    when = forms.DateTimeField(label=gettext_lazy("When it began"), widget=MINUTE)
    seconds = forms.IntegerField(
        label=gettext_lazy("How long, in seconds"), min_value=0, max_value=6 * 3600, initial=0
    )
    words = forms.CharField(
        label=gettext_lazy("What you said"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "As close to the words as you can; they are judged like a message. Where they called you: what they said."
        ),
    )
    recording = forms.FileField(
        label=gettext_lazy("Recording"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "audio/*"}),
        help_text=gettext_lazy("If there is one: at most 50 MB, kept byte for byte."),
    )

    def __init__(self, *args: Any, asked: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *RESULTS.items()]
        if asked:
            choices.append((NOT_MADE, gettext_lazy("I did not call after all")))
        self.fields["result"].choices = choices  # type: ignore[attr-defined]

    def clean_recording(self) -> tuple[str, bytes] | None:
        file = self.cleaned_data["recording"]
        if not file:
            return None
        if file.size > LARGEST:
            raise forms.ValidationError(
                _("This file has %(found)d MB; at most 50 are taken. Cut it in parts and record each.")
                % {"found": file.size // 2**20}
            )
        return str(file.name), bytes(file.read())

    def told(self) -> own_phone.Told:
        said = self.cleaned_data
        return own_phone.Told(
            when=said["when"],
            connected=said["result"] not in NOT_CONNECTED,
            seconds=said["seconds"],
            result=said["result"],
            words=said["words"].strip(),
            recording=said["recording"],
        )


class UnaskedForm(CallForm):
    """A call that was not asked for. `id` is made where the click is: twice is once."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    theirs = forms.ChoiceField(
        label=gettext_lazy("Who called"),
        choices=[("", "—"), ("yes", gettext_lazy("They called me")), ("no", gettext_lazy("I called them"))],
    )
    field_order = ("id", "theirs", "result", "when", "seconds", "words", "recording")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, asked=False, auto_id="unasked-%s", **kwargs)


def calls_of(
    thread: Any,
    contacts: list[Any],
    viewer: Any,
    at: datetime,
    sent: tuple[UUID, CallForm] | None = None,
    unasked: UnaskedForm | None = None,
) -> dict[str, Any]:
    """What stands above the box in a thread for such calls: those that were let go and not told of yet, and the form for others."""
    if not own_phone.is_own_phone(thread.account) or thread.owner_id != viewer.pk:
        return {}
    now = timezone.localtime(at)
    lines = []
    for row in contacts:
        if row.state == State.ACCEPTED and row.left_at:
            form = CallForm(asked=True, auto_id=f"call-{row.pk}-%s", initial={"when": now})
            lines.append(
                {
                    "call": row,
                    "until": own_phone.may_call_until(row, at),
                    "form": sent[1] if sent and sent[0] == row.pk else form,
                }
            )
    return {
        "calls": lines,
        "unasked": unasked or (UnaskedForm(initial={"when": now}) if thread.state == "open" else None),
    }
