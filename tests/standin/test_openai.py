"""OpenAI's own package as the client: it knows nothing of us, so it keeps the stand-in honest."""

import openai
import pytest

from tests.standin.voice import SILENT_FRAME, wav


@pytest.fixture
def client(standin):
    with openai.OpenAI(base_url=f"{standin.url}/api/v1", api_key=standin.make_key("alice"), max_retries=0) as client:
        yield client


def ask(client, content, **more):
    return client.chat.completions.create(
        model="openai/gpt-5.4-mini", messages=[{"role": "user", "content": content}], **more
    )


def test_it_lists_models(client):
    assert "openai/gpt-5.4-mini" in [model.id for model in client.models.list()]


def test_it_gets_a_whole_answer(client):
    completion = ask(client, "[[say Hello to you]]")

    assert completion.choices[0].message.content == "Hello to you"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


def test_it_reads_a_stream_with_usage(client):
    chunks = list(ask(client, "[[tokens n=30]] [[slow first=0.1]]", stream=True))

    text = "".join(chunk.choices[0].delta.content for chunk in chunks)
    assert text.split() == [str(number) for number in range(1, 31)]
    assert chunks[-1].usage.completion_tokens == 30
    assert chunks[-1].usage.cost > 0


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (402, openai.APIStatusError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (502, openai.InternalServerError),
    ],
)
def test_errors_become_its_exceptions(client, standin, status, expected):
    standin.answers(status)

    with pytest.raises(expected) as caught:
        ask(client, "Hello?", stream=True)

    assert caught.value.status_code == status
    assert caught.value.body["code"] == status


def test_an_error_in_the_middle_ends_its_stream(client):
    with pytest.raises(openai.APIError, match="Provider disconnected"):
        list(ask(client, "[[midstream]]", stream=True))


def test_closing_its_stream_is_noticed(client, standin):
    with ask(client, "[[tokens n=9999 rate=20]]", stream=True) as stream:
        next(iter(stream))

    assert standin.wait_for(lambda: standin.closed_early)


def test_it_gets_a_recording_written_down(client, standin):
    standin.hears("Hello from a recording")

    heard = client.audio.transcriptions.create(model="openai/whisper-1", file=("a.wav", wav(2.0)))

    assert heard.text == "Hello from a recording"
    assert (heard.usage.seconds, heard.usage.cost) == (2.0, 0.0002)


def test_it_gets_a_text_read_aloud(client):
    spoken = client.audio.speech.create(
        model="hexgrad/kokoro-82m", input="Hello there", voice="af_bella", response_format="mp3"
    )

    assert spoken.response.headers["content-type"] == "audio/mpeg"
    assert spoken.content.startswith(SILENT_FRAME)


@pytest.mark.parametrize("change", [{"voice": "nobody"}, {"model": "openai/whisper-1"}, {"input": ""}])
def test_it_is_refused_what_no_model_can_say(client, change):
    with pytest.raises(openai.BadRequestError):
        client.audio.speech.create(**{"model": "hexgrad/kokoro-82m", "input": "Hello", "voice": "af_bella", **change})


def test_it_is_refused_a_recording_in_another_format(client):
    with pytest.raises(openai.BadRequestError, match=r"decoded as webm"):
        client.audio.transcriptions.create(model="openai/whisper-1", file=("a.webm", b"RIFF and more"))


def test_errors_of_audio_become_its_exceptions(client, standin):
    standin.answers(402, to="audio/transcriptions")
    standin.answers(429, to="audio/speech")

    with pytest.raises(openai.APIStatusError, match="Insufficient credits"):
        client.audio.transcriptions.create(model="openai/whisper-1", file=("a.wav", wav(1.0)))
    with pytest.raises(openai.RateLimitError):
        client.audio.speech.create(model="hexgrad/kokoro-82m", input="Hello", voice="af_bella")
