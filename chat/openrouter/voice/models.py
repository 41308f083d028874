"""Reads which models write down speech, or read text aloud, and what they cost.

Source: OpenRouter's openapi.yaml, `PublicPricing`, and its docs, "Speech-to-Text" and "Text-to-Speech": speech is
priced "per character of input text", dictation per second of audio or per token. The list has no field for the unit,
so the prices are read by their size.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from chat.openrouter.catalogue.models import usable_items
from chat.openrouter.catalogue.prices import Prices, read_prices
from chat.openrouter.json_fields import as_list, as_object, as_text

MAX_VOICES = 100  # of a model
MAX_VOICE_LENGTH = 100

# The example of a transcription in the docs: 9.2 seconds are 83 tokens read and 30 written. It is English.
TOKENS_PER_SECOND, WRITTEN_PER_SECOND = Decimal(9), Decimal("3.3")
# About 15 characters are spoken in a second, which is 25 tokens of audio (Google) or fewer (OpenAI).
AUDIO_TOKENS_PER_CHARACTER, TOKENS_PER_CHARACTER = Decimal("1.7"), Decimal("0.25")
MAX_DOLLARS_PER_SECOND = Decimal("0.01")  # more is the price of something else: of an hour, for one


@dataclass(frozen=True, slots=True)
class VoicePrice:
    """US dollars for a second of audio, or for a character of text; `is_exact` if no token had to be estimated."""

    each: Decimal
    is_exact: bool
    request: Decimal = Decimal(0)  # for each request besides

    def of(self, amount: Decimal | int) -> Decimal:
        return self.request + self.each * amount


@dataclass(frozen=True, slots=True)
class VoiceModel:
    """A model for the endpoints of audio. `voices` are empty where the list names none."""

    id: str
    name: str
    voices: tuple[str, ...]
    prices: Prices

    @property
    def price_per_second(self) -> VoicePrice | None:
        """What a second of dictation costs; None where that cannot be told from the list."""
        extra, read, written = dict(self.prices.extra), self.prices.prompt, self.prices.completion or Decimal(0)
        heard = extra.get("audio", read)
        if heard is None:
            return None
        if written or "audio" in extra:
            return self._price(heard * TOKENS_PER_SECOND + written * WRITTEN_PER_SECOND, is_exact=False)
        return None if heard > MAX_DOLLARS_PER_SECOND else self._price(heard, is_exact=True)

    @property
    def price_per_character(self) -> VoicePrice | None:
        """What reading a character aloud costs; None where that cannot be told from the list."""
        read, spoken = self.prices.prompt, dict(self.prices.extra).get("audio_output", self.prices.completion)
        if read is None:
            return None
        if not spoken:
            return self._price(read, is_exact=True)
        return self._price(read * TOKENS_PER_CHARACTER + spoken * AUDIO_TOKENS_PER_CHARACTER, is_exact=False)

    def _price(self, each: Decimal, *, is_exact: bool) -> VoicePrice:
        return VoicePrice(each, is_exact, dict(self.prices.extra).get("request", Decimal(0)))


def read_voice_models(items: list[dict[str, Any]], modality: str) -> list[VoiceModel]:
    """Return the models among `items` of /models whose output is `modality`: "transcription" or "speech"."""
    usable = usable_items({"data": [item for item in items if modality in _outputs(item)]})
    return [_read_model(item) for item in usable]


def _outputs(item: dict[str, Any]) -> list[Any]:
    return as_list(as_object(as_object(item).get("architecture")).get("output_modalities"))


def _read_model(item: dict[str, Any]) -> VoiceModel:
    voices = [
        voice for voice in map(as_text, as_list(item.get("supported_voices"))) if 0 < len(voice) <= MAX_VOICE_LENGTH
    ]
    return VoiceModel(
        id=item["id"],
        name=as_text(item.get("name")) or item["id"],
        voices=tuple(islice(dict.fromkeys(voices), MAX_VOICES)),
        prices=read_prices(as_object(item.get("pricing"))),
    )
