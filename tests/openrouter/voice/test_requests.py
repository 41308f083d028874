"""Dictation and reading aloud: what is sent, and what is read of the answers."""

import io
import json
import struct
import wave
from base64 import b64decode
from decimal import Decimal

import pytest

from chat.openrouter import (
    AnswerTooLarge,
    ApiKey,
    EncodedFile,
    Interrupted,
    KeyRejected,
    LineSilent,
    OpenRouter,
    OpenRouterError,
    OutOfCredit,
    RateLimited,
    Unreadable,
    client,
)
from chat.openrouter.voice.speech import read_speech
from tests.standin.voice import silence, tone, wav

HEARD = "audio/transcriptions"
SAID = "audio/speech"
KOKORO = {"model": "hexgrad/kokoro-82m", "text": "Hello there.", "voice": "af_bella"}


@pytest.fixture
def openrouter(standin):
    client = OpenRouter(standin.url, title="Tests", referer="http://localhost:8000", transport_idle_seconds=0.5)
    yield client
    client.close()


@pytest.fixture
def key(standin):
    return ApiKey(standin.make_key("alice"))


def recording(content=None):
    audio = wav(2.0) if content is None else content
    return EncodedFile("audio/wav", len(audio), lambda: io.BytesIO(audio), is_url=False)


def transcribe(openrouter, key, **more):
    return openrouter.transcribe(
        key, **{"model": "openai/whisper-1", "audio": recording(), "audio_format": "wav", **more}
    )


def test_a_recording_is_sent_as_bare_base64_and_written_down(openrouter, key, standin):
    standin.hears(" Hello from Zürich \n")

    heard = transcribe(openrouter, key)

    sent = standin.requests[-1].body
    assert b64decode(sent["input_audio"]["data"]) == wav(2.0)
    assert (sent["model"], sent["input_audio"]["format"]) == ("openai/whisper-1", "wav")
    assert (heard.text, heard.cost) == ("Hello from Zürich", Decimal("0.0002"))
    assert heard.generation_id.startswith("gen-")


def test_tokens_are_read_where_they_are_what_costs(openrouter, key):
    heard = transcribe(openrouter, key, model="openai/gpt-4o-transcribe")

    assert (heard.prompt_tokens, heard.completion_tokens) == (18, 7)
    assert heard.cost == Decimal("0.000115")


def test_a_transcription_without_its_cost_can_be_looked_up(openrouter, key, standin):
    standin.settings.tells_voice_cost = False

    heard = transcribe(openrouter, key)
    standin.later(60)

    assert heard.cost is None
    assert openrouter.generation(key, heard.generation_id).total_cost == Decimal("0.0002")


@pytest.mark.parametrize("body", [b"{}", b'{"text": 5}', b'{"text": null, "usage": []}'])
def test_an_answer_without_text_is_unreadable(openrouter, key, standin, body):
    standin.answers_raw(body, content_type="application/json", to=HEARD)

    with pytest.raises(Unreadable):
        transcribe(openrouter, key)


@pytest.mark.parametrize("usage", [None, [], {"cost": "much"}, {"cost": -1, "input_tokens": "many"}])
def test_odd_usage_is_no_usage(openrouter, key, standin, usage):
    body = json.dumps({"text": "Hello", "usage": usage}).encode()
    standin.answers_raw(body, content_type="application/json", to=HEARD)

    assert transcribe(openrouter, key).text == "Hello"


@pytest.mark.parametrize("to", [HEARD, SAID])
@pytest.mark.parametrize(
    ("status", "expected"), [(401, KeyRejected), (402, OutOfCredit), (429, RateLimited), (502, OpenRouterError)]
)
def test_refusals_are_those_of_every_request(openrouter, key, standin, to, status, expected):
    standin.answers(status, to=to)

    with pytest.raises(expected):
        transcribe(openrouter, key) if to == HEARD else openrouter.speak(key, **KOKORO)


@pytest.mark.parametrize("to", [HEARD, SAID])
def test_silence_ends(openrouter, key, standin, to):
    standin.answers_raw([b"\xff\xfb"], content_type="audio/mpeg", end="hang", to=to)

    with pytest.raises(LineSilent if to == SAID else OpenRouterError):
        transcribe(openrouter, key) if to == HEARD else openrouter.speak(key, **KOKORO)


def test_a_text_is_read_aloud(openrouter, key, standin):
    said = openrouter.speak(key, **KOKORO)

    sent = standin.requests[-1].body
    assert sent == {
        **{"model": "hexgrad/kokoro-82m", "input": "Hello there.", "voice": "af_bella", "response_format": "mp3"}
    }
    assert (said.content_type, said.audio) == ("audio/mpeg", silence(0.3))
    assert said.generation_id in standin.billed()


@pytest.mark.parametrize(
    ("kind", "rate"), [("audio/pcm", 24000), ("audio/pcm;rate=16000;channels=1", 16000), ("audio/L16; rate=x", 24000)]
)
def test_bare_samples_get_a_header(openrouter, key, standin, kind, rate):
    standin.answers_raw(b"<" + tone(0.5)[1:], content_type=kind, to=SAID)

    said = openrouter.speak(key, **KOKORO)

    assert said.content_type == "audio/wav"
    with wave.open(io.BytesIO(said.audio)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, 1, 2)
        assert file.readframes(10**6)[1:] == tone(0.5)[1:]


@pytest.mark.parametrize("sample", [-1, -1025, -3585])
def test_bare_samples_that_begin_like_a_frame_get_one_too(openrouter, key, standin, sample):
    samples = struct.pack("<h", sample) + tone(0.5)
    standin.answers_raw(samples, content_type="audio/pcm", to=SAID)

    said = openrouter.speak(key, **KOKORO)

    assert (said.content_type, said.audio[-len(samples) :]) == ("audio/wav", samples)


def test_what_has_the_signature_of_a_format_is_played_as_it_is(openrouter, key, standin):
    standin.answers_raw(wav(0.5), content_type="audio/pcm", to=SAID)

    assert openrouter.speak(key, **KOKORO).audio == wav(0.5)


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"<html><title>502</title>", "text/html", OpenRouterError),
        (b'{"error": {"code": 429, "message": "Slow down"}}', "application/json", RateLimited),
        (b"no sound at all", "audio/mpeg", Unreadable),
        (b"", "audio/pcm", Unreadable),
    ],
)
def test_what_is_no_audio_is_an_error(openrouter, key, standin, content, kind, expected):
    standin.answers_raw(content, content_type=kind, to=SAID)

    with pytest.raises(expected):
        openrouter.speak(key, **KOKORO)


@pytest.mark.parametrize(
    "odd", ["channels=70000", "channels=9", "channels=0", "rate=0", "rate=999999", "rate=" + "9" * 9]
)
def test_samples_that_nobody_can_play_are_an_error_that_says_which_answer_it_was(odd):
    headers = {"Content-Type": f"audio/pcm; {odd}", "X-Generation-Id": "gen-1"}

    with pytest.raises(Unreadable) as failure:
        read_speech(tone(0.5), headers)
    assert failure.value.generation_id == "gen-1"


def test_nobody_can_fill_the_memory(openrouter, key, standin, monkeypatch):
    monkeypatch.setattr(client, "MAX_SPEECH_BYTES", 1000)
    standin.answers_raw(silence(1.0), content_type="audio/mpeg", to=SAID)

    with pytest.raises(AnswerTooLarge):
        openrouter.speak(key, **KOKORO)


@pytest.mark.parametrize(("end", "most"), [("cut", 10_000), ("hang", 10_000), ("close", 1000)])
def test_what_breaks_off_can_be_looked_up(openrouter, key, standin, monkeypatch, end, most):
    monkeypatch.setattr(client, "MAX_SPEECH_BYTES", most)
    headers = (("X-Generation-Id", "gen-1"),)
    standin.answers_raw(silence(0.2), content_type="audio/mpeg", headers=headers, end=end, to=SAID)

    with pytest.raises(Interrupted) as broken:
        openrouter.speak(key, **KOKORO)
    assert broken.value.generation_id == "gen-1"


def test_a_transcription_that_breaks_off_can_be_looked_up(openrouter, key, standin):
    headers = (("X-Generation-Id", "gen-1"),)
    standin.answers_raw(b'{"text": "Hel', content_type="application/json", headers=headers, end="cut", to=HEARD)

    with pytest.raises(Interrupted) as broken:
        transcribe(openrouter, key)
    assert broken.value.generation_id == "gen-1"
