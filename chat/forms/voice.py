"""Whether a person dictates and has answers read aloud, with which models, and what that costs."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from chat.catalogue.voice import (
    dictation_model_of,
    dictation_models,
    name_of_voice_model,
    price_per_minute,
    price_per_thousand_characters,
    speech_model_of,
    speech_models,
)
from chat.models import User
from chat.openrouter import VoiceModel

FIELDS = ("has_dictation", "dictation_model", "reads_aloud", "speech_model", "speech_voice")


class VoiceForm(forms.Form):
    """Two switches, each with the choice of a model. A voice is chosen as "model voice": models have their own."""

    has_dictation = forms.BooleanField(required=False)
    dictation_model = forms.ChoiceField(required=False)
    reads_aloud = forms.BooleanField(required=False)
    speech_voice = forms.ChoiceField(required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        model, (reader, voice) = dictation_model_of(user), speech_model_of(user)
        chosen = {
            "has_dictation": user.has_dictation,
            "dictation_model": model.id if model else "",
            "reads_aloud": user.reads_aloud,
            "speech_voice": f"{reader.id} {voice}" if reader else "",
        }
        super().__init__(data, initial=chosen)
        for name, choices in (("dictation_model", _dictation_choices()), ("speech_voice", _speech_choices())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
            field.error_messages["invalid_choice"] = _("Choose one of the options.")
        self.dictation_price = price_per_minute(model) if model else ""
        self.speech_price = price_per_thousand_characters(reader) if reader else ""
        self._user = user

    def save(self) -> None:
        """Store the choices. A choice that was not sent does not change."""
        user, chosen = self._user, self.cleaned_data
        user.has_dictation, user.reads_aloud = chosen["has_dictation"], chosen["reads_aloud"]
        user.dictation_model = chosen["dictation_model"] or user.dictation_model
        if chosen["speech_voice"]:
            user.speech_model, _space, user.speech_voice = chosen["speech_voice"].partition(" ")
        user.save(update_fields=FIELDS)


def _dictation_choices() -> list[tuple[str, str]]:
    return [(model.id, _named(model, price_per_minute(model))) for model in dictation_models()]


def _speech_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Voices by model."""
    return [
        (
            _named(model, price_per_thousand_characters(model)),
            [(f"{model.id} {voice}", voice) for voice in model.voices],
        )
        for model in speech_models()
    ]


def _named(model: VoiceModel, price: str) -> str:
    return f"{name_of_voice_model(model.id)} · {price}"
