"""OpenAI's own package as the client: it knows nothing of us, so it keeps the stand-in honest."""

from types import ModuleType

import pytest

from tests.standin.voice import SILENT_FRAME, wav


@pytest.fixture(scope="module")
def openai() -> ModuleType:
    import openai  # takes a third of a second, in every process that collects this file

    return openai


@pytest.fixture
def client(openai, standin):
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


class TestResponses:
    """The same answers by the Responses API."""

    @staticmethod
    def respond(client, content, **more):
        return client.responses.create(model="openai/gpt-5.4-mini", input=content, **more)

    def test_it_gets_a_whole_answer(self, client):
        response = self.respond(client, "[[say Hello to you]] [[reasoning n=3]]")

        assert response.output_text == "Hello to you"
        assert [item.type for item in response.output] == ["reasoning", "message"]
        assert response.status == "completed"
        assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens

    def test_it_reads_a_stream_with_usage(self, client):
        events = list(self.respond(client, "[[tokens n=30]] [[slow first=0.1]]", stream=True))

        text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert text.split() == [str(number) for number in range(1, 31)]
        assert events[-1].response.output_text == text
        assert events[-1].response.usage.output_tokens == 30
        assert events[-1].response.usage.cost > 0

    def test_it_reads_calls_and_gives_results_back(self, client):
        tool = {"type": "function", "name": "calculator", "parameters": {"type": "object"}, "strict": None}
        question = {"role": "user", "content": "What is 6*7?"}
        first = self.respond(client, [question], tools=[tool])
        (call,) = [item for item in first.output if item.type == "function_call"]
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "42"}

        second = self.respond(client, [question, *first.output, result], tools=[tool])

        assert (call.name, call.arguments) == ("calculator", '{"expression": "6*7"}')
        assert second.output_text == "The tools returned: 42."

    def test_it_reads_a_stream_with_everything(self, client):
        marks = "[[details summary]] [[search]] [[citations]] [[image]] [[call calculator]]"
        tool = {"type": "function", "name": "calculator", "parameters": {"type": "object"}, "strict": None}
        *_, last = self.respond(client, marks, tools=[tool], stream=True)

        types = [item.type for item in last.response.output]
        assert types[:2] == ["reasoning", "openrouter:web_search"]
        assert {"message", "image_generation_call", "function_call"} == set(types[2:])
        assert last.response.output[0].encrypted_content

    @pytest.mark.parametrize(("mark", "status", "reason"), [("length", "incomplete", "max_output_tokens")])
    def test_an_answer_that_was_too_long(self, client, mark, status, reason):
        response = self.respond(client, f"[[{mark}]]")

        assert (response.status, response.incomplete_details.reason) == (status, reason)

    def test_a_failure_ends_its_stream(self, client):
        *_, last = self.respond(client, "[[midstream]]", stream=True)

        assert (last.type, last.response.error.code) == ("response.failed", "server_error")
        assert last.response.error_type == "provider_unavailable"

    def test_what_belongs_to_chat_completions_is_refused(self, client, openai):
        with pytest.raises(openai.BadRequestError):
            self.respond(client, "Hello?", extra_body={"max_completion_tokens": 5})


class TestCompletions:
    """Texts that are no chats."""

    @staticmethod
    def go_on(client, prompt, **more):
        return client.completions.create(model="openai/gpt-5.4-mini", prompt=prompt, **more)

    def test_it_gets_a_whole_text(self, client):
        completion = self.go_on(client, "[[say Once upon a time]]")

        assert completion.choices[0].text == "Once upon a time"
        assert completion.choices[0].finish_reason == "stop"
        assert completion.usage.completion_tokens == 4

    def test_it_reads_a_stream_with_usage(self, client):
        chunks = list(self.go_on(client, "[[tokens n=5]]", stream=True))

        assert "".join(chunk.choices[0].text for chunk in chunks).split() == ["1", "2", "3", "4", "5"]
        assert chunks[-1].object == "text_completion"
        assert chunks[-1].usage.cost > 0

    def test_what_belongs_to_chats_is_refused(self, client, openai):
        with pytest.raises(openai.BadRequestError):
            self.go_on(client, "Hello?", extra_body={"messages": []})


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (402, "APIStatusError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (429, "RateLimitError"),
        (502, "InternalServerError"),
    ],
)
def test_errors_become_its_exceptions(client, openai, standin, status, expected):
    standin.answers(status)

    with pytest.raises(getattr(openai, expected)) as caught:
        ask(client, "Hello?", stream=True)

    assert caught.value.status_code == status
    assert caught.value.body["code"] == status


def test_an_error_in_the_middle_ends_its_stream(client, openai):
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
def test_it_is_refused_what_no_model_can_say(client, openai, change):
    with pytest.raises(openai.BadRequestError):
        client.audio.speech.create(**{"model": "hexgrad/kokoro-82m", "input": "Hello", "voice": "af_bella", **change})


def test_it_is_refused_a_recording_in_another_format(client, openai):
    with pytest.raises(openai.BadRequestError, match=r"decoded as webm"):
        client.audio.transcriptions.create(model="openai/whisper-1", file=("a.webm", b"RIFF and more"))


def test_errors_of_audio_become_its_exceptions(client, openai, standin):
    standin.answers(402, to="audio/transcriptions")
    standin.answers(429, to="audio/speech")

    with pytest.raises(openai.APIStatusError, match="Insufficient credits"):
        client.audio.transcriptions.create(model="openai/whisper-1", file=("a.wav", wav(1.0)))
    with pytest.raises(openai.RateLimitError):
        client.audio.speech.create(model="hexgrad/kokoro-82m", input="Hello", voice="af_bella")
