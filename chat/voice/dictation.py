"""Writes down a recording that a person has made for the message field."""

import io
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chat.catalogue.voice import dictation_model_of
from chat.models import Charge, User
from chat.openrouter import EncodedFile, VoiceModel, format_of
from chat.spending.settle import settle
from chat.upstream import openrouter
from chat.voice.paid_request import ESTIMATE_FACTOR, PaidRequest

MAX_SECONDS = 5 * 60  # OpenRouter says that its providers give up on what takes them more than a minute
MAX_RECORDING_BYTES = 10 * 1024 * 1024  # Safari takes five for five minutes, the others one
LEAST_SECONDS = 10  # that some providers charge for


class NotPossible(Exception):
    """Voice cannot be used like this; `str()` is the sentence to show."""


@dataclass(frozen=True)
class Dictation:
    """What was said, perhaps nothing, and what it cost in US dollars; None if OpenRouter has not said."""

    text: str
    cost: Decimal | None


def transcribe(
    user: User, conversation: UUID, recording: bytes, *, seconds: int | None, over_limit: bool = False
) -> Dictation:
    """Write down a recording of `seconds`, as the browser says. Raises NotPossible, OverLimit, OpenRouterError."""
    audio_format = format_of(recording)
    if not audio_format:
        raise NotPossible(_("This isn't a supported recording. Try another browser."))
    model = dictation_model(user)
    request = PaidRequest(user, Charge.Kind.DICTATION, conversation, model.id, _most(model, seconds))
    with transaction.atomic():
        charge = request.reserve(over_limit=over_limit)
    audio = EncodedFile("", len(recording), lambda: io.BytesIO(recording), is_url=False)
    heard = request.send(
        charge, lambda key: openrouter().transcribe(key, model=model.id, audio=audio, audio_format=audio_format)
    )
    settle(
        charge,
        cost=heard.cost,
        generation_id=heard.generation_id,
        prompt_tokens=heard.prompt_tokens,
        completion_tokens=heard.completion_tokens,
    )
    return Dictation(heard.text, heard.cost)


def dictation_model(user: User) -> VoiceModel:
    """The person's model for dictation. Raises NotPossible if dictation is off, or OpenRouter has no model for it."""
    if not user.has_dictation:
        raise NotPossible(_("Dictation is turned off. You can turn it on in your account."))
    model = dictation_model_of(user)
    if model is None:
        raise NotPossible(_("OpenRouter offers no model for dictation right now."))
    return model


def _most(model: VoiceModel, seconds: int | None) -> Decimal | None:
    price = model.price_per_second
    if price is None:
        return None
    length = min(max(seconds or MAX_SECONDS, LEAST_SECONDS), MAX_SECONDS)
    return price.of(length) * (1 if price.is_exact else ESTIMATE_FACTOR)
