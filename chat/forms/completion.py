"""The form of "Continue this text": a text, and how a model is to continue it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from chat.catalogue.pseudo_models import can_be_asked
from chat.forms.fields import TextField

LONGEST_TEXT = 400_000  # characters
MOST_TOKENS, USUAL_TOKENS = 8192, 256


class CompletionForm(forms.Form):
    text = TextField(
        strip=False,
        max_length=LONGEST_TEXT,
        label=gettext_lazy("Text"),
        error_messages={
            "required": gettext_lazy("Write the start of a text first."),
            "max_length": gettext_lazy("This text is too long."),
        },
    )
    model = forms.CharField(label=gettext_lazy("Model"))
    max_tokens = forms.IntegerField(
        min_value=1,
        max_value=MOST_TOKENS,
        initial=USUAL_TOKENS,
        label=gettext_lazy("Maximum tokens to add"),
    )
    temperature = forms.FloatField(required=False, min_value=0, max_value=2, label=gettext_lazy("Temperature"))

    def clean_model(self) -> str:
        model: str = self.cleaned_data["model"]
        if not can_be_asked(model):
            raise forms.ValidationError(gettext_lazy("Choose a model from the list."))
        return model

    @property
    def sentence(self) -> str:
        """The first thing that is wrong, in a sentence."""
        found: Any = next(iter(self.errors.items()), None)
        if found is None:
            return ""
        name, (sentence, *_others) = found
        return str(sentence) if name in ("text", "model") else f"{self.fields[name].label}: {sentence}"
