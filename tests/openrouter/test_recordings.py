"""Real exchanges, replayed: OPENROUTER_RECORDINGS names the folder. What comes out is compared with a plain reading."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.openrouter import Call, Event, Finished, Image, OpenRouterError, Reasoning, Started, Text, Usage, read_models
from chat.openrouter.answers.chat_completions import AnswerReader
from chat.openrouter.connection.sse import EventParser
from chat.openrouter.errors.diagnosis import diagnose_answer
from tests.openrouter.scripted_server import STREAM_END, STREAM_HEAD

KINDS = {
    "error-400__claude-haiku-4.5__ruby_llm-9c8892": "context_too_long",
    "error-400__glm-4.5-air-free__open_router_enhanced-921e95": "bad_request",
    "error-400__invalid-model-1__open_router_enhanced-2a615a": "unknown_model",
    "error-401__claude-haiku-4.5__ruby_llm-a5c01d": "key_rejected",
    "error-404__dolphin3.0-mistral-24b__req_llm-a0f7a1": "no_tool_use",
    "error-404__horizon-alpha__req_llm-7a1cc6": "unknown_model",
    "error-429__deepseek-r1-0528-qwen3-8b-free__req_llm-d399e0": "free_minute_limit",
    "error-429__llama-3.2-3b-instruct-free__langchaingo-e8bde5": "rate_limited",
    "transcribed/401-user-not-found": "key_rejected",
    "transcribed/402-affordability": "answer_too_expensive",
    "transcribed/402-affordability-2026-08": "answer_too_expensive",
    "transcribed/402-in-flight-budget": "in_flight_budget",
    "transcribed/402-insufficient": "out_of_credit",
    "transcribed/402-key-limit-affordability": "key_limit_reached",
    "transcribed/402-never-purchased": "never_purchased",
    "transcribed/403-geo-block": "region_blocked",
    "transcribed/403-key-limit": "key_limit_reached",
    "transcribed/403-not-management-key": "refused",
    "transcribed/403-region": "region_blocked",
    "transcribed/413-image-too-large": "too_large",
    "transcribed/429-free-per-day": "free_daily_limit",
    "transcribed/429-free-per-day-high-balance": "free_daily_limit",
    "transcribed/429-free-per-minute": "free_minute_limit",
    "transcribed/exchange-400-challenge-method": "bad_request",
    "transcribed/exchange-403-invalid-code": "refused",  # code_rejected at the exchange itself
}


@pytest.mark.parametrize("cut", ["byte by byte", "7 bytes", "1000 bytes", "as recorded", "whole", "CRLF", "CR"])
def test_streams_are_read_right_wherever_they_are_cut(recordings, cut):
    for name, response in streams(recordings):
        parser, reader, events = EventParser(), AnswerReader(), []
        for piece in pieces(response, cut):
            events += [event for payload in parser.feed(piece) for event in reader.read(payload)]
        reader.end()

        assert (name, summary(events, reader.failure)) == (name, plain_reading(response["body"]))


def test_streams_survive_the_way_over_a_socket(recordings, server, client, key):
    for name, response in streams(recordings):

        def script(visit, response=response):
            visit.send(STREAM_HEAD)
            visit.chunk(*pieces(response, "as recorded"))
            visit.send(STREAM_END)

        server.script = script

        assert (name, summary(*read(client.chat(key, {})))) == (name, plain_reading(response["body"]))
    assert server.connections == 2  # the one failed answer costs its connection


def test_a_success_that_was_only_an_error(recordings, server, client, key):
    (path,) = recordings.glob("chat-error-in-200__*.json")
    server.answers(200, load(path)["body"].encode())

    with pytest.raises(OpenRouterError) as failure:
        list(client.chat(key, {}))

    assert failure.value.kind == "upstream_unavailable"
    assert failure.value.details["provider_name"] == "Cloudflare"
    assert failure.value.details["provider_message"].startswith("AiError: AiError: Internal server error")


def test_answers_that_were_not_streamed(recordings, server, client, key):
    paths = sorted(recordings.glob("chat-json-*.json"))
    for path in paths:
        body = load(path)["body"]
        (choice,) = json.loads(body)["choices"]
        message = choice["message"]
        server.answers(200, body.encode())

        events, failure = read(client.chat(key, {}))

        assert joined(events, Text) == (message["content"] or "") + (message.get("refusal") or ""), path.name
        assert joined(events, Reasoning) == (message.get("reasoning") or ""), path.name
        assert [event.finish_reason for event in events if isinstance(event, Finished)] == [choice["finish_reason"]]
        assert isinstance(events[-1], Usage)
        assert (failure.message if failure else None) == choice.get("error", {}).get("message"), path.name
    assert len(paths) > 10


def test_every_error_has_its_class(recordings):
    found = {}
    for path in [*recordings.glob("error-*.json"), *recordings.glob("transcribed/4*.json"),
                 *recordings.glob("transcribed/exchange-*.json")]:  # fmt: skip
        response = load(path)
        failure = diagnose_answer(
            status=response["status"], headers=response["headers"], body=response["body"].encode()
        )
        found[str(path.relative_to(recordings).with_suffix(""))] = failure.kind
        assert failure.message
        assert failure.status == response["status"]

    assert found == KINDS


def test_the_facts_of_errors(recordings):
    def details(name: str) -> dict[str, Any]:
        response = load(recordings / f"{name}.json")
        return diagnose_answer(
            status=response["status"], headers=response["headers"], body=response["body"].encode()
        ).details

    assert details("transcribed/402-affordability")["affordable_tokens"] == 27342
    assert details("transcribed/402-in-flight-budget")["retry_after"] == 120
    assert details("transcribed/403-key-limit") == {"limit_period": "total"}
    assert details("transcribed/429-free-per-day")["reset_at"] == "2026-10-07T00:00:00+00:00"
    assert details("error-400__glm-4.5-air-free__open_router_enhanced-921e95") == {
        "provider_name": "AtlasCloud",
        "provider_message": "not found",
    }


def test_a_streamed_image(recordings):
    response = load(recordings / "transcribed/stream-image-delta.json")
    (payload,) = EventParser().feed(response["body"].encode())

    assert AnswerReader().read(payload) == [Started("", "", ""), Image("data:image/png;base64,AAAA")]


def test_the_whole_catalogue(recordings):
    told = json.loads(load(recordings / "models__x__rig-da841d.json")["body"])

    models = {model.id: model for model in read_models(told)}

    assert len(models) == told["total_count"] == 413
    assert models["openrouter/auto"].prompt_price is None
    assert models["qwen/qwen3.8-27b"].completion_price == Decimal("0.0000032")
    assert models["qwen/qwen3.8-27b"].sees_images
    assert models["dots-studio/dots-3-note-preview:free"].is_free
    assert all(model.context_length and model.output_modalities for model in models.values())
    assert sum(model.expires_on is not None for model in models.values()) == 4


def test_keys_and_generations(recordings, server, client, key):
    def answer(name: str) -> None:
        response = load(recordings / f"{name}.json")
        server.answers(response["status"], response["body"].encode())

    answer("transcribed/key-200-2026-09-08")
    assert client.key_info(key).limit_remaining == Decimal("92.634926647")

    answer("transcribed/key-200-free-tier-2026-10")
    assert client.key_info(key).is_free_tier

    answer("generation__x__open_router_enhanced-a7ff10")
    record = client.generation(key, "gen-1")
    assert (record.provider, record.reasoning_tokens, record.total_cost) == ("Parasail", 169, Decimal(0))

    answer("generation__x__open_router_enhanced-d20b35")
    assert client.generation(key, "gen-1") is None


def streams(recordings: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    paths = sorted(recordings.glob("chat-stream-*.json"))
    assert len(paths) > 40
    for path in paths:
        yield path.stem, load(path)


def load(path: Path) -> dict[str, Any]:
    response: dict[str, Any] = json.loads(path.read_text())["response"]
    if "body_file" in response:
        response["body"] = (path.parent / response["body_file"]).read_bytes().decode()
    return response


def pieces(response: dict[str, Any], cut: str) -> Iterator[bytes]:
    ending = {"CRLF": "\r\n", "CR": "\r"}.get(cut, "\n")
    body = response["body"].replace("\n", ending).encode()
    sizes = {"byte by byte": 1, "7 bytes": 7, "1000 bytes": 1000, "CRLF": 3, "CR": 3}
    size = sizes.get(cut, len(body))
    lengths = response.get("network_chunk_lengths") if cut == "as recorded" else None
    lengths = lengths or [size] * (len(body) // size + 1)
    start = 0
    for length in lengths:
        if piece := body[start : start + length]:
            yield piece
        start += length


def read(call: Call) -> tuple[list[Event], OpenRouterError | None]:
    events: list[Event] = []
    try:
        events.extend(call)
    except OpenRouterError as failure:
        return events, failure
    return events, None


def summary(events, failure) -> dict[str, Any]:
    finished = [event.finish_reason for event in events if isinstance(event, Finished)]
    used = [event for event in events if isinstance(event, Usage)]
    return {
        "text": joined(events, Text),
        "reasoning": joined(events, Reasoning),
        "finish": finished,
        "usage": [(use.prompt_tokens, use.completion_tokens, use.reasoning_tokens, use.cost) for use in used],
        "error": failure.message if failure else None,
    }


def plain_reading(body: str) -> dict[str, Any]:
    """Read the same without any of the code under test."""
    chunks = [json.loads(line[6:]) for line in body.split("\n") if line.startswith("data: {")]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    (use,) = (chunk["usage"] for chunk in chunks if chunk.get("usage"))
    errors = [chunk["error"]["message"] for chunk in chunks if "error" in chunk]
    spent = (use.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    cost = None if use.get("cost") is None else Decimal(str(use["cost"]))
    return {
        "text": "".join((c["delta"]["content"] or "") + (c["delta"].get("refusal") or "") for c in choices),
        "reasoning": "".join(choice["delta"].get("reasoning") or "" for choice in choices),
        "finish": [choice["finish_reason"] for choice in choices if choice["finish_reason"]][:1],
        "usage": [(use["prompt_tokens"], use["completion_tokens"], spent, cost)],
        "error": errors[0] if errors else None,
    }


def joined(events, kind) -> str:
    return "".join(event.text for event in events if isinstance(event, kind))
