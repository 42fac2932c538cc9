"""The forms of a procedure's page: one for each thing that a legal officer writes down."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shouyue.casework.track import Track
from shouyue.desk.console import tags
from shouyue.desk.console.states import look
from shouyue.desk.matters.reads import INTERRUPTS
from shouyue.desk.suits.actions import FEES
from shouyue.policy.papers import Paper
from shouyue.policy.procedures import Procedures

LARGEST = 20 * 2**20  # an exhibit's file, in bytes


def text_of(text: Any) -> str:
    """A pack's words in the page's language."""
    return str(text.zh if get_language() == "zh-hans" else text.en)


def label_of(text: Any) -> str:
    return str(capfirst(text_of(text)))


class Day(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class StepForm(forms.Form):
    """The next stage, when it was reached, and the dates that it cannot be without."""

    to = forms.ChoiceField(label=_("Next stage"))
    on = Day(label=_("Reached on"))
    note = forms.CharField(label=_("Note"), required=False, max_length=500)

    def __init__(
        self,
        *args: Any,
        track: str,
        ahead: list[str],
        known: Procedures,
        dated: dict[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(stage, look(track, stage).word) for stage in ahead]  # type: ignore[attr-defined]
        self.wanted: list[str] = []
        for stage in ahead:
            for name in known.stages.get(track, {}).get(stage, ()):
                if name not in dated and name not in self.wanted:
                    self.wanted.append(name)
        for name in self.wanted:
            day = known.dates[name]
            stages = [s for s in ahead if name in known.stages[track].get(s, ())]
            words = "、".join(look(track, s).word for s in stages)
            help_text = _("For: %(stages)s. Read off: %(paper)s") % {
                "stages": words,
                "paper": text_of(day.paper),
            }
            self.fields[name] = Day(label=label_of(day.what), required=False, help_text=help_text)
        for name in ("note",):
            self.fields[name] = self.fields.pop(name)

    def dates(self) -> dict[str, Any]:
        return {n: self.cleaned_data[n] for n in self.wanted if self.cleaned_data.get(n)}


class DateForm(forms.Form):
    """Any other date, or the correction of one."""

    name = forms.ChoiceField(label=_("Which date"))
    day = Day(label=_("Day"))
    why = forms.CharField(label=_("Why it is corrected"), required=False, max_length=200)

    def __init__(self, *args: Any, known: Procedures, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = [(id, label_of(day.what)) for id, day in known.dates.items()]  # type: ignore[attr-defined]


class CourtForm(forms.Form):
    body = forms.CharField(label=_("Court or office"), max_length=120)
    case_no = forms.CharField(label=_("Court's case number"), max_length=80, required=False)
    judge = forms.CharField(label=_("Judge"), max_length=40, required=False)
    clerk = forms.CharField(label=_("Clerk"), max_length=40, required=False)
    clerk_phone = forms.CharField(label=_("Clerk's telephone"), max_length=40, required=False)


class HearingForm(forms.Form):
    starts_at = forms.DateTimeField(
        label=_("Begins"),
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=_("Place"), max_length=120, required=False)


class FeeForm(forms.Form):
    kind = forms.ChoiceField(label=_("Fee"))
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0)
    as_of = Day(label=_("As of (day of the notice or receipt)"))
    paid_on = Day(label=_("Paid on"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, tags.fee_word(kind)) for kind in FEES]  # type: ignore[attr-defined]


class MeasureForm(forms.Form):
    kind = forms.ChoiceField(label=_("Over"))
    what = forms.CharField(label=_("What exactly"), max_length=120)
    begins_on = Day(label=_("From"))
    ends_on = Day(label=_("Until, as the paper says"), required=False)
    renews = forms.ChoiceField(label=_("Renews"), required=False)
    before_suit = forms.BooleanField(label=_("Before the suit"), required=False)

    def __init__(self, *args: Any, known: Procedures, running: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.running = {str(m.pk): m for m in running}
        self.fields["kind"].choices = [(k, tags.measure_word(k)) for k in known.measures]  # type: ignore[attr-defined]
        self.fields["renews"].choices = [("", "—"), *((pk, m.what) for pk, m in self.running.items())]  # type: ignore[attr-defined]

    def clean_renews(self) -> Any:
        return self.running.get(self.cleaned_data["renews"])


class ExhibitForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"))
    title = forms.CharField(label=_("Title"), max_length=200)
    source = forms.CharField(label=_("Source"), max_length=120)
    pages = forms.IntegerField(label=_("Pages"), min_value=1, max_value=9999, required=False)
    file = forms.FileField(label=_("File"), required=False)
    med_room = forms.BooleanField(
        label=_("Comes out of a mediation"),
        required=False,
        help_text=_("What was offered to settle shows nothing, unless both sides agreed to its use."),
    )
    both_agree = forms.CharField(label=_("Paper in which both sides agreed"), max_length=200, required=False)

    def __init__(self, *args: Any, known: Procedures, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k, label_of(what)) for k, what in known.evidence.items()]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST:
            raise forms.ValidationError(
                _("The file has %(mb)d MB; at most %(most)d are read.")
                % {"mb": file.size // 2**20, "most": LARGEST // 2**20}
            )
        return file


class EventForm(forms.Form):
    """Something that began the claim's period anew."""

    kind = forms.ChoiceField(label=_("What happened"))
    on = Day(label=_("On"))
    proof = forms.CharField(
        label=_("Proof"), min_length=3, max_length=200, help_text=_("Receipt, sealed entry or number.")
    )
    party = forms.ChoiceField(label=_("Against"), required=False)

    def __init__(self, *args: Any, guarantors: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k, tags.event_word(k)) for k in INTERRUPTS]  # type: ignore[attr-defined]
        self.fields["party"].choices = [("", _("the debtors")), *guarantors]  # type: ignore[attr-defined]


class PaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("Paper"))
    party = forms.ChoiceField(
        label=_("Guarantor"), required=False, help_text=_("For a claim on a guarantor.")
    )

    def __init__(
        self, *args: Any, papers: list[Paper], guarantors: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(p.id, label_of(p.title)) for p in papers]  # type: ignore[attr-defined]
        self.fields["party"].choices = [("", "—"), *guarantors]  # type: ignore[attr-defined]


class WhyForm(forms.Form):
    why = forms.CharField(label=_("Reason"), min_length=2, max_length=500)


class TrackForm(WhyForm):
    """Another procedure on a case."""

    track = forms.ChoiceField(label=_("Track"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["track"].choices = [(t.value, tags.track_word(t.value)) for t in Track]  # type: ignore[attr-defined]
        self.fields["why"] = self.fields.pop("why")
