"""The models that write down speech and read text aloud: which there are, who uses which, and their prices in words."""

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.formats import price
from chat.models import User
from chat.openrouter import VoiceModel, VoicePrice

SECONDS_PER_MINUTE, SOME_CHARACTERS = 60, 1000
UNKNOWN = Decimal(10) ** 9  # sorts models without a known price behind all others


def dictation_models() -> list[VoiceModel]:
    """The models that write down speech, the cheapest first."""
    return sorted(cache.voice_models("transcription"), key=_by(lambda model: model.price_per_second))


def speech_models() -> list[VoiceModel]:
    """The models that read aloud, the cheapest first, without those that name no voice: most of them want one."""
    models = [model for model in cache.voice_models("speech") if model.voices]
    return sorted(models, key=_by(lambda model: model.price_per_character))


def _by(price_of: Callable[[VoiceModel], VoicePrice | None]) -> Callable[[VoiceModel], tuple[Decimal, str]]:
    def key(model: VoiceModel) -> tuple[Decimal, str]:
        found = price_of(model)
        return (found.each if found else UNKNOWN, model.id)

    return key


def dictation_model_of(user: User) -> VoiceModel | None:
    """The person's model for dictation: the chosen one while it is listed, else the cheapest. None if there is none."""
    return _chosen(dictation_models(), user.dictation_model)


def speech_model_of(user: User) -> tuple[VoiceModel | None, str]:
    """The person's model for reading aloud and its voice, chosen like that for dictation."""
    model = _chosen(speech_models(), user.speech_model)
    if model is None:
        return None, ""
    return model, user.speech_voice if user.speech_voice in model.voices else model.voices[0]


def _chosen(models: list[VoiceModel], id_: str) -> VoiceModel | None:
    return next((model for model in models if model.id == id_), models[0] if models else None)


def price_per_minute(model: VoiceModel) -> str:
    """The price of a minute of dictation in words, for a choice of models."""
    found = model.price_per_second
    if found is None:
        return _("price unknown")
    words = _("%(price)s per minute") if found.is_exact else _("about %(price)s per minute")
    return words % {"price": price(found.of(SECONDS_PER_MINUTE))}


def price_per_thousand_characters(model: VoiceModel) -> str:
    """The price of reading a thousand characters (about a minute) aloud in words, for a choice of models."""
    found = model.price_per_character
    if found is None:
        return _("price unknown")
    words = _("%(price)s per 1,000 characters") if found.is_exact else _("about %(price)s per 1,000 characters")
    return words % {"price": price(found.of(SOME_CHARACTERS))}


def name_of_voice_model(model_id: str) -> str:
    """The name of a model for voice without its maker; the id of one that is not in the list."""
    known = [model for each in cache.VOICE_MODALITIES for model in cache.voice_models(each) if model.id == model_id]
    return known[0].name.partition(": ")[2] or known[0].name if known else model_id
