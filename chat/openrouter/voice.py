"""Models that write down speech, or read text aloud: what they cost, and what they answer.

Source: OpenRouter's openapi.yaml, `STTResponse`, `SpeechRequest` and `PublicPricing`, and its docs, "Speech-to-Text"
and "Text-to-Speech": speech is priced "per character of input text", dictation per second of audio or per token. The
list has no field for the unit, so the prices are read by their size.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.message import Message
from itertools import islice
from typing import Any

from .catalogue.models import usable_items
from .catalogue.prices import Prices, read_prices
from .errors.kinds import Unreadable
from .json_fields import as_decimal, as_int, as_list, as_object, as_text

MAX_VOICES = 100  # of a model
MAX_VOICE_LENGTH = 100

# The example of a transcription in the docs: 9.2 seconds are 83 tokens read and 30 written. It is English.
TOKENS_PER_SECOND, WRITTEN_PER_SECOND = Decimal(9), Decimal("3.3")
# About 15 characters are spoken in a second, which is 25 tokens of audio (Google) or fewer (OpenAI).
AUDIO_TOKENS_PER_CHARACTER, TOKENS_PER_CHARACTER = Decimal("1.7"), Decimal("0.25")
MAX_DOLLARS_PER_SECOND = Decimal("0.01")  # more is the price of something else: of an hour, for one
PCM_RATE, PCM_CHANNELS, PCM_BYTES = 24_000, 1, 2  # of a sample: 16 bits, little-endian


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


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was said in a recording, perhaps nothing. `cost` is in US dollars, None if OpenRouter did not say."""

    text: str
    cost: Decimal | None
    prompt_tokens: int | None
    completion_tokens: int | None
    generation_id: str


@dataclass(frozen=True, slots=True)
class Speech:
    """A text read aloud, in a format that browsers play. What it cost is only in OpenRouter's records."""

    audio: bytes
    content_type: str
    generation_id: str


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


def read_transcription(body: Mapping[str, Any], generation_id: str) -> Transcription:
    """Return the text in a response of /audio/transcriptions. Raises Unreadable."""
    usage = as_object(body.get("usage"))
    if not isinstance(body.get("text"), str):
        raise Unreadable(generation_id=generation_id)
    return Transcription(
        text=body["text"].strip(),
        cost=as_decimal(usage.get("cost")),
        prompt_tokens=as_int(usage.get("input_tokens")),
        completion_tokens=as_int(usage.get("output_tokens")),
        generation_id=generation_id or as_text(body.get("id")),
    )


def read_speech(content: bytes, headers: Mapping[str, str]) -> Speech:
    """Return the audio in a response of /audio/speech. Raises Unreadable if it is no audio."""
    generation_id = headers.get("X-Generation-Id") or ""
    declared = Message()
    declared["Content-Type"] = headers.get("Content-Type") or ""
    found = format_of(content)
    if found in PLAYED:
        return Speech(content, PLAYED[found], generation_id)
    if declared.get_content_type() in ("audio/pcm", "audio/l16") and content:
        return Speech(wav_of(content, declared), "audio/wav", generation_id)
    raise Unreadable(generation_id=generation_id)


PLAYED = {"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "flac": "audio/flac", "aac": "audio/aac"}


def format_of(audio: bytes) -> str:
    """Return the name that OpenRouter has for the format of a recording, by how it begins; "" for another one."""
    if audio[:4] == b"\x1aE\xdf\xa3":
        return "webm"
    if audio[4:8] == b"ftyp":
        return "m4a"
    if audio[:4] == b"RIFF" and audio[8:12] == b"WAVE":
        return "wav"
    for beginning, name in ((b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3")):
        if audio.startswith(beginning):
            return name
    return _format_of_frame(audio[:2])


def _format_of_frame(begin: bytes) -> str:
    """MP3 and AAC may begin with a frame: eleven or twelve bits of ones, and then the layer (AAC has none)."""
    if len(begin) < 2 or begin[0] != 0xFF or begin[1] & 0xE0 != 0xE0:
        return ""
    return "aac" if begin[1] & 0xF6 == 0xF0 else "mp3" if begin[1] & 0x06 else ""


def wav_of(pcm: bytes, declared: Message) -> bytes:
    """Return bare samples with a header, without which browsers do not play them."""
    rate, channels = _parameter(declared, "rate", PCM_RATE), _parameter(declared, "channels", PCM_CHANNELS)
    frame = channels * PCM_BYTES
    head = struct.pack("<HHIIHH", 1, channels, rate, rate * frame, frame, 8 * PCM_BYTES)
    return b"".join(
        [
            *(b"RIFF", struct.pack("<I", 36 + len(pcm)), b"WAVE"),
            *(b"fmt ", struct.pack("<I", len(head)), head),
            *(b"data", struct.pack("<I", len(pcm)), pcm),
        ]
    )


def _parameter(declared: Message, name: str, default: int) -> int:
    value = str(declared.get_param(name) or "")
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) < 7 and int(value) else default
