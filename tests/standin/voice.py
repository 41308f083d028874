"""`POST /audio/transcriptions` and `POST /audio/speech`: what is heard and what is said, with real audio."""

import io
import math
import struct
import wave
from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Any

from tests.standin.account import remember_voice
from tests.standin.catalogue import BY_ID
from tests.standin.model import Model
from tests.standin.refusal import Refused
from tests.standin.web import Request, Response
from tests.standin.wire import generation_id
from tests.standin.world import World

MAX_MULTIPART_BYTES = 25 * 1024 * 1024
BYTES_PER_SECOND = 4000  # of a recording whose length is not in its head
TOKENS_PER_SECOND, WRITTEN_PER_SECOND = 9, 3.3  # as in the example of the docs
SECONDS_PER_CHARACTER = 0.01  # it speaks fast, so that tests need not listen for long
RATE = 24_000
BEGINNINGS = {
    "webm": b"\x1aE\xdf\xa3",
    "wav": b"RIFF",
    "ogg": b"OggS",
    "flac": b"fLaC",
    "mp3": b"",
    "m4a": b"",
    "aac": b"",
}
SILENT_FRAME = b"\xff\xfb\x90\xc4" + bytes(413)  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz: 26 ms of nothing
FRAME_SECONDS = 1152 / 44_100


@dataclass
class Recording:
    model: Model
    audio: bytes
    is_verbose: bool = False

    @property
    def seconds(self) -> float:
        if self.audio[:4] == b"RIFF":
            bytes_per_second: int = struct.unpack_from("<I", self.audio, 28)[0]
            return (len(self.audio) - 44) / bytes_per_second
        return len(self.audio) / BYTES_PER_SECOND


def transcribe(world: World, request: Request) -> Response:
    """What `StandIn.hears` was given, whatever was said. A recording that is not in its format is refused."""
    key = world.key_of(request)
    is_form = request.headers.get("content-type", "").startswith("multipart/")
    recording = _from_form(request) if is_form else _from_json(request.body)
    world.refuse_poor(key)
    seconds = round(recording.seconds, 2)
    read, written = math.ceil(seconds * TOKENS_PER_SECOND), math.ceil(seconds * WRITTEN_PER_SECOND)
    by_token = recording.model.completion != "0"
    cost = sum(recording.model.cost(read, written)) if by_token else recording.model.cost(1, 0)[0] * seconds
    id_ = generation_id(world.clock.now())
    remember_voice(world, key, recording.model, id_, cost)
    body: dict[str, Any] = {"text": world.transcript}
    if recording.is_verbose:
        body |= {"task": "transcribe", "language": "english", "duration": seconds}
        body |= {"segments": [{"id": 0, "start": 0, "end": seconds, "text": world.transcript}]}
    if world.settings.tells_voice_cost:
        tokens = {"total_tokens": read + written, "input_tokens": read, "output_tokens": written}
        body["usage"] = {"seconds": seconds, **(tokens if by_token else {}), "cost": cost}
    return Response.json(body, headers=(("X-Generation-Id", id_),))


def speak(world: World, request: Request) -> Response:
    """A tone as bare samples, or silence as MP3; as long as the text."""
    key = world.key_of(request)
    body = request.body
    if not isinstance(body, dict) or not isinstance(body.get("input"), str) or not body["input"].strip():
        raise Refused(400, "bad-request")
    model = _model(body.get("model"), "speech")
    if body.get("voice") not in model.voices:
        raise Refused(400, "voice", voice=body.get("voice"), model=model.id)
    wanted = body.get("response_format", "pcm")
    if wanted not in model.formats:
        raise Refused(400, "audio-format", format=wanted, model=model.id)
    world.refuse_poor(key)
    id_ = generation_id(world.clock.now())
    remember_voice(world, key, model, id_, speech_cost(model, body["input"]))
    seconds = max(0.3, len(body["input"]) * SECONDS_PER_CHARACTER)
    content, kind = (silence(seconds), "audio/mpeg") if wanted == "mp3" else (tone(seconds), "audio/pcm")
    return Response.whole(content, kind, 200, (("X-Generation-Id", id_),))


def speech_cost(model: Model, text: str) -> float:
    if model.completion == "0":
        return model.cost(len(text), 0)[0]
    return sum(model.cost(len(text) // 4, math.ceil(1.7 * len(text))))


def silence(seconds: float) -> bytes:
    return SILENT_FRAME * math.ceil(seconds / FRAME_SECONDS)


def tone(seconds: float, *, hertz: int = 440) -> bytes:
    """Samples of 16 bits, little-endian, 24,000 a second."""
    repeats_after = RATE // math.gcd(RATE, hertz)
    samples = [int(8000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(repeats_after)]
    wanted = 2 * int(seconds * RATE)
    wave_once = struct.pack(f"<{repeats_after}h", *samples)
    return (wave_once * (wanted // len(wave_once) + 1))[:wanted]


def wav(seconds: float) -> bytes:
    """A tone as a WAV file."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone(seconds))
    return content.getvalue()


def _model(id_: object, output: str) -> Model:
    model = BY_ID.get(str(id_))
    if model is None or output not in model.outputs:
        raise Refused(400, "model", model=id_)
    return model


def _from_json(body: Any) -> Recording:
    sent = body.get("input_audio") if isinstance(body, dict) else None
    if not isinstance(sent, dict) or body.get("stream"):
        raise Refused(400, "bad-request")
    model = _model(body.get("model"), "transcription")
    try:
        audio = b64decode(str(sent.get("data")), validate=True)
    except BadBase64:
        raise Refused(400, "audio", format=sent.get("format")) from None
    return _checked(Recording(model, audio, body.get("response_format") == "verbose_json"), str(sent.get("format")))


def _from_form(request: Request) -> Recording:
    """A recording in a form, as the `openai` package sends it."""
    if len(request.raw) > MAX_MULTIPART_BYTES:
        raise Refused(413)
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = {name: part for part in message_from_bytes(head + request.raw).walk() if (name := _name_of(part))}
    fields = {name: bytes(part.get_payload(decode=True) or b"") for name, part in parts.items()}
    if "file" not in fields:
        raise Refused(400, "bad-request")
    model = _model(fields.get("model", b"").decode(), "transcription")
    kind = str(parts["file"].get_filename()).rpartition(".")[2]
    return _checked(Recording(model, fields["file"], fields.get("response_format") == b"verbose_json"), kind)


def _name_of(part: Message) -> str:
    return str(part.get_param("name", "", header="Content-Disposition"))


def _checked(recording: Recording, kind: str) -> Recording:
    if kind not in BEGINNINGS or not recording.audio.startswith(BEGINNINGS[kind]) or not recording.audio:
        raise Refused(400, "audio", format=kind)
    return recording
