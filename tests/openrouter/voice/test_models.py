"""Which models write down speech and read text aloud, and what they cost, as far as the list says it."""

from decimal import Decimal

import pytest

from chat.openrouter import read_voice_models
from tests.standin import models


def voice_models(modality, **pricing):
    items = models.listing("all")["data"]
    for item in items:
        item["pricing"] |= pricing
    return {model.id: model for model in read_voice_models(items, modality)}


def test_the_list_names_them_with_their_voices():
    assert set(voice_models("transcription")) == {"openai/whisper-1", "openai/gpt-4o-transcribe"}
    assert voice_models("speech")["hexgrad/kokoro-82m"].voices == ("af_bella", "bm_george")
    assert read_voice_models([{}, {"id": 5}, {"architecture": []}], "speech") == []


def test_prices_are_for_a_second_or_estimated_from_tokens():
    heard = voice_models("transcription")

    by_second, by_token = (heard[f"openai/{name}"].price_per_second for name in ("whisper-1", "gpt-4o-transcribe"))
    assert (by_second.of(60), by_second.is_exact) == (Decimal("0.006"), True)
    assert (by_token.of(60), by_token.is_exact) == (Decimal("0.00333"), False)
    assert by_token.of(Decimal("9.2")) == pytest.approx(Decimal("0.000508"), rel=Decimal("0.01"))  # as in the docs


def test_prices_are_for_a_character_or_estimated_from_tokens():
    said = voice_models("speech")

    assert said["hexgrad/kokoro-82m"].price_per_character.of(1000) == Decimal("0.00062")
    by_token = said["openai/gpt-4o-mini-tts-2025-12-15"].price_per_character
    assert (by_token.of(1000), by_token.is_exact) == (Decimal("0.02055"), False)


@pytest.mark.parametrize("pricing", [{"prompt": "0.1"}, {"prompt": "-1"}, {"prompt": "varies"}])
def test_a_price_of_something_else_is_not_known(pricing):
    assert voice_models("transcription", **pricing, completion="0")["openai/whisper-1"].price_per_second is None


def test_a_price_for_each_request_is_added():
    price = voice_models("transcription", request="0.002")["openai/whisper-1"].price_per_second
    assert price.of(60) == Decimal("0.008")
