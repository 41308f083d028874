import base64
import io

import pytest
import requests
from PIL import Image

from tests.standin.client import BLIND, SEES, events
from tests.standin.details import FORMS


def image_url(kind="PNG", size=(40, 30), named=None):
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return f"data:image/{named or kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def seen(url, text="What is this?"):
    return [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}]


def message(response):
    return response.json()["error"]["message"]


def test_it_echoes_the_question_and_always_the_same_way(alice):
    answer = alice.text("Why is the sky blue?")

    assert "> Why is the sky blue?" in answer
    assert "stand-in for OpenRouter" in answer
    assert answer == alice.text("Why is the sky blue?")
    assert answer != alice.text("Why is the grass green?")


def test_some_answers_hold_code_a_list_or_a_table(alice):
    answers = "".join(alice.text(f"Question {number}?") for number in range(12))

    assert all(sign in answers for sign in ("```python", "1. **Start small.**", "|:-------|", "> If you bring"))


def test_a_whole_answer_is_the_streamed_one(alice):
    whole = alice.ask("Hello?", stream=False).json()

    assert whole["choices"][0]["message"]["content"] == alice.text("Hello?")
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["usage"] == alice.events("Hello?")[-1]["usage"]


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_answer_has_the_details_that_were_streamed_in_pieces(alice, form):
    whole = alice.ask(f"[[details {form}]]", stream=False).json()["choices"][0]["message"]["reasoning_details"]
    deltas = [event["choices"][0]["delta"] for event in alice.events(f"[[details {form}]]") if event["choices"]]
    pieces = [detail for delta in deltas for detail in delta.get("reasoning_details", ())]

    assert pieces == FORMS[form]
    for name in ("text", "summary", "data", "signature"):
        assert "".join(each.get(name, "") for each in whole) == "".join(each.get(name, "") for each in pieces)


def test_who_asks_gets_the_probabilities_of_all_tokens(alice):
    asked = alice.events("[[say Grüße]]", logprobs=True, top_logprobs=2)
    choices = [choice for event in asked for choice in event["choices"] if "logprobs" in choice]
    tokens = [token for choice in choices for token in choice["logprobs"]["content"]]

    assert b"".join(bytes(token["bytes"]) for token in tokens).decode() == "Grüße"
    assert {len(token["top_logprobs"]) for token in tokens} == {2}
    assert not any("logprobs" in choice for event in alice.events("[[say Hi]]") for choice in event["choices"])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_it_describes_images_by_their_real_size(alice, kind):
    answer = alice.text(seen(image_url(kind)))

    assert f"**Image 1** is a wide {kind} of 40 × 30 pixels" in answer


def test_it_knows_how_long_the_chat_is(alice):
    chat = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "Two?"},
    ]

    answer = alice.text(chat)

    assert "> Two?" in answer
    assert "message 2 of yours" in answer


def test_it_continues_an_unfinished_answer(alice):
    question = {"role": "user", "content": "Why is the sky blue?"}
    whole = alice.text([question])
    begun = whole[:70]

    rest = alice.text([question, {"role": "assistant", "content": begun}])

    assert begun + rest == whole


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_it_stops_at_the_token_limit(alice, limit):
    chunks = alice.events("Hello?", **{limit: 16})

    assert chunks[-1]["usage"]["completion_tokens"] == 16
    assert chunks[-1]["choices"][0]["finish_reason"] == "length"


def test_the_cost_is_tokens_times_price(alice):
    usage = alice.events("Hello?", model="anthropic/claude-haiku-4.5")[-1]["usage"]

    expected = usage["prompt_tokens"] * 0.000001 + usage["completion_tokens"] * 0.000005
    assert usage["cost"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("~google/gemini-flash-latest", "google/gemini-3.7-flash-20260901"),
        ("openrouter/auto", "google/gemini-3.7-flash-20260901"),
        ("anthropic/claude-haiku-4.5:nitro", "anthropic/claude-4.5-haiku-20251001"),
    ],
)
def test_the_model_that_answers_is_named(alice, asked, answers):
    assert alice.events("Hello?", model=asked)[0]["model"] == answers


def test_a_model_that_makes_images_sends_one_when_asked(alice):
    chunks = alice.events("A boat", model="google/gemini-2.5-flash-image", modalities=["image", "text"])

    urls = [image["image_url"]["url"] for chunk in chunks for image in _images(chunk)]
    content = base64.b64decode(urls[0].removeprefix("data:image/png;base64,"))
    assert Image.open(io.BytesIO(content)).size == (96, 64)


def _images(chunk):
    return [image for choice in chunk["choices"] for image in choice["delta"].get("images", [])]


def test_a_missing_or_dead_key_is_refused(alice, standin):
    missing = requests.post(f"{standin.url}/api/v1/chat/completions", json={}, timeout=60)
    standin.revoke(alice.key)
    dead = alice.ask("Hello?")

    assert (missing.status_code, message(missing)) == (401, "Missing Authentication header")
    assert (dead.status_code, message(dead)) == (401, "User not found.")


def test_an_unknown_model_is_refused(alice):
    answer = alice.ask("Hello?", model="nobody/nothing")

    assert (answer.status_code, message(answer)) == (400, "nobody/nothing is not a valid model ID")


def test_it_refuses_more_than_three_fallback_models(alice):
    assert alice.ask("Hello?", models=[SEES] * 3).status_code == 200
    refused = alice.ask("Hello?", models=[SEES] * 4)

    assert (refused.status_code, message(refused)) == (400, "'models' array must have 3 items or fewer.")


def test_images_are_refused_by_a_model_that_cannot_see_even_in_the_history(alice):
    history = [
        {"role": "user", "content": seen(image_url())},
        {"role": "assistant", "content": "A square."},
        {"role": "user", "content": "Sure?"},
    ]

    answer = alice.ask(history, model=BLIND)

    assert (answer.status_code, message(answer)) == (404, "No endpoints found that support image input")
    assert alice.ask(history, model=SEES).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        image_url("PNG", named="jpeg"),
        image_url("PNG")[:-40],
        "data:image/png;base64,AAAA",
        "data:image/png;base64,not base64",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png,plain",
        "http://localhost:8000/images/1/",
        "http://127.0.0.1/x.png",
        "file:///etc/passwd",
    ],
)
def test_an_image_that_cannot_be_read_is_refused(alice, url):
    answer = alice.ask(seen(url))

    assert answer.status_code == 400
    assert answer.json()["error"]["metadata"]["error_type"] == "invalid_image"


def test_a_truncated_jpeg_is_refused(alice):
    whole = base64.b64decode(image_url("JPEG", (400, 300)).partition(",")[2])
    cut = base64.b64encode(whole[: len(whole) // 2]).decode()

    assert alice.ask(seen(f"data:image/jpeg;base64,{cut}")).status_code == 400


def test_an_image_over_thirty_megabytes_is_refused(alice):
    huge = "A" * 40_000_004

    assert alice.ask(seen(f"data:image/png;base64,{huge}")).status_code == 413


@pytest.mark.parametrize(
    "messages", [[], None, "Hello", [{"role": "user", "content": 5}], [{"role": "pirate", "content": "Arr"}]]
)
def test_messages_have_to_be_messages(alice, standin, messages):
    body = {"model": SEES, "messages": messages}
    url = f"{standin.url}/api/v1/chat/completions"

    assert requests.post(url, headers=alice.headers, json=body, timeout=60).status_code == 400


def test_a_prompt_beyond_the_context_is_refused(alice):
    answer = alice.ask("word " * 120_000, model=BLIND)

    assert answer.status_code == 400
    assert message(answer).startswith("This endpoint's maximum context length is 131072 tokens.")


def test_it_streams_at_the_given_rate(alice, standin):
    standin.settings.rate = 200

    answer = alice.ask("[[tokens n=40]]")

    answer.content  # noqa: B018 - reads to the end
    stream = standin.wait_for(lambda: not standin.open_streams and standin.streams)[-1]
    assert stream.closed_at - stream.opened_at > 0.19


def test_help_lists_every_mark_and_error(alice):
    answer = alice.text("help")

    assert "`[[tokens n=400 rate=40 stamp]]`" in answer
    assert "`[[error 402 in-flight]]`" in answer


def test_words_in_brackets_that_are_no_mark_do_nothing(alice):
    assert "> [[hello]] there" in alice.text("[[hello]] there")
    assert events(alice.ask("[[error 999]]").content)[-1]["usage"]
