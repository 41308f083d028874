"""Reads the audio of a text read aloud, in a format that browsers play.

Source: OpenRouter's openapi.yaml, `SpeechRequest`, and its docs, "Text-to-Speech".
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message

from chat.openrouter.errors.kinds import Unreadable
from chat.openrouter.voice.audio_format import format_of, signature_of

PLAYED = {"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "flac": "audio/flac", "aac": "audio/aac"}
PCM_RATE, PCM_CHANNELS, PCM_BYTES = 24_000, 1, 2  # of a sample: 16 bits, little-endian
RATES, CHANNELS = range(1_000, 400_000), range(1, 9)  # of what can be played


@dataclass(frozen=True, slots=True)
class Speech:
    """A text read aloud, in a format that browsers play. What it cost is only in OpenRouter's records."""

    audio: bytes
    content_type: str
    generation_id: str


def read_speech(content: bytes, headers: Mapping[str, str]) -> Speech:
    """Return the audio in a response of /audio/speech. Raises Unreadable if it is no audio."""
    generation_id = headers.get("X-Generation-Id") or ""
    declared = Message()
    declared["Content-Type"] = headers.get("Content-Type") or ""
    are_samples = declared.get_content_type() in ("audio/pcm", "audio/l16")
    found = signature_of(content) if are_samples else format_of(content)
    if found in PLAYED:
        return Speech(content, PLAYED[found], generation_id)
    rate, channels = _parameter(declared, "rate", PCM_RATE), _parameter(declared, "channels", PCM_CHANNELS)
    if are_samples and content and rate in RATES and channels in CHANNELS:
        return Speech(wav_of(content, rate, channels), "audio/wav", generation_id)
    raise Unreadable(generation_id=generation_id)


def wav_of(pcm: bytes, rate: int, channels: int) -> bytes:
    """Return bare samples with a header, without which browsers do not play them."""
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
    return int(value[:7]) if value.isascii() and value.isdigit() else default  # seven digits are too many
