"""The Responses API: how a request for it is made, and that its streams are read as those of chat completions are."""

import io
import json
from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest

from chat.openrouter import (
    RESPONSES,
    Citation,
    EncodedFile,
    Finished,
    Image,
    Reasoning,
    ServerToolCall,
    Started,
    Text,
    Usage,
)
from chat.openrouter.answers.chat_completions import merge_adjacent
from chat.openrouter.answers.responses_body import responses_body
from chat.openrouter.answers.responses_items import details_of, items_of
from chat.openrouter.answers.responses_stream import ResponsesReader
from chat.openrouter.connection.sse import EventParser
from chat.openrouter.connection.upload import Upload
from tests.openrouter.test_recordings import read
from tests.parameters.api_description import openrouters_description
from tests.standin.details import FORMS
from tests.standin.responses import ResponsesWire
from tests.standin.tool_calls import Calls, Search, ToolUse, search_citations
from tests.standin.wire import Usage as Spent

PNG = "data:image/png;base64,iVBORw0KGgo="
QUESTION = {"role": "user", "content": "Hello?"}
REASONING_ITEM = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "First"}, {"type": "summary_text", "text": "Second"}],
    "content": [{"type": "reasoning_text", "text": "One"}, {"type": "reasoning_text", "text": "Two"}],
    "encrypted_content": "gAAAA",
    "signature": "Evs=",
    "format": "anthropic-claude-v1",
}
USAGE = {
    "input_tokens": 7,
    "input_tokens_details": {"cached_tokens": 3},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 12,
    "cost": 0.000123,
}


def everything(*, searches: bool = True) -> bytes:
    """A stream with all that the stand-in can say."""
    wire = ResponsesWire("gen-1", 1767000000, "maker/model", "Somebody")
    calls = ToolUse([], [], False).chunks(Calls(["calculator"], ['{"expression": "6*7", "unit": "é"}']))
    spent = Spent(7, 5, 0.0001, 0.0002, 2)
    pieces = [
        *(wire.detail(detail) for detail in FORMS["summary"]),
        *(wire.chunk(delta) for delta in (Search().deltas() if searches else ())),
        *map(wire.text, ["Hello", " to", " you: 🍲é", "\n"]),
        wire.image(PNG),
        *(wire.chunk(delta) for delta in calls),
        wire.citations(search_citations()),
        wire.finish("tool_calls"),
        wire.usage(spent, "tool_calls"),
        b"data: [DONE]\n\n",
    ]
    return b"".join(pieces)


def events_of(stream: bytes, size: int) -> tuple[list[Any], ResponsesReader]:
    parser, reader, events = EventParser(), ResponsesReader("gen-1"), []
    for start in range(0, len(stream), size):
        events += [event for each in parser.feed(stream[start : start + size]) for event in reader.read(each)]
    return merge_adjacent([*events, *reader.end()]), reader


def answer(*payloads: dict[str, Any], id_: str | None = None) -> tuple[list[Any], ResponsesReader]:
    reader = ResponsesReader(id_)
    events = [event for payload in payloads for event in reader.read(json.dumps(payload))]
    return merge_adjacent([*events, *reader.end()]), reader


def response(status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "model": "maker/model", "status": status, "output": [], **more}


def description_of(name: str) -> Any:
    schema = {"$ref": f"#/components/schemas/{name}", "components": openrouters_description()["components"]}
    return jsonschema_rs.Draft202012Validator(schema)


class TestDescription:
    """What is sent, and what the stand-in answers, is valid by OpenRouter's own description of its API."""

    def test_every_event_of_the_stand_in(self):
        """But those of OpenRouter's tools: the description allows only their items, and contradicts itself there."""
        names = openrouters_description()["components"]["schemas"]["StreamEvents"]["discriminator"]["mapping"]
        *payloads, done = EventParser().feed(everything(searches=False))

        assert done == "[DONE]"
        for event in map(json.loads, payloads):
            description_of(names[event["type"]].rpartition("/")[2]).validate(event)

    def test_a_search_of_the_stand_in(self):
        events = [json.loads(each) for each in EventParser().feed(everything())[:-1]]
        items = [each["item"] for each in events if each["type"].startswith("response.output_item")]
        searches = [item for item in items if item["type"] == "openrouter:web_search"]

        assert len(searches) == 2
        for item in searches:
            description_of("OutputWebSearchServerToolItem").validate(item)

    def test_requests_with_every_kind_of_message(self):
        call = {"id": "call_1", "type": "function", "function": {"name": "calculator", "arguments": "{}"}}
        tool = {"type": "function", "function": {"name": "calculator", "parameters": {"type": "object"}}}
        image = {"type": "image_url", "image_url": {"url": PNG}}
        said = {"role": "assistant", "content": "Here:", "images": [image]}
        details = [{**each, "index": number} for number, each in enumerate(details_of(REASONING_ITEM))]
        _, reader = events_of(everything(), 1000)
        searched = json.loads(reader.reasoning_details.as_json())
        choices = ["auto", "none", "required", {"type": "function", "function": {"name": "calculator"}}]

        for choice in choices:
            body = responses_body(
                {
                    "model": "a/b",
                    "stream": True,
                    "messages": [
                        {"role": "system", "content": "Be brief."},
                        {"role": "user", "content": [{"type": "text", "text": "Look:"}, image]},
                        said | {"reasoning_details": details},
                        {"role": "assistant", "content": None, "tool_calls": [call], "reasoning_details": searched},
                        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "42"}, image]},
                        *(said | {"reasoning_details": form} for form in FORMS.values()),
                    ],
                    "tools": [{"type": "openrouter:web_search", "parameters": {"max_results": 3}}, tool],
                    "tool_choice": choice,
                    "stop_server_tools_when": [{"type": "step_count_is", "step_count": 10}],
                }
            )
            description_of("ResponsesRequest").validate(body)


class TestStreams:
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 1000, 1_000_000])
    def test_all_is_read_right_wherever_it_is_cut(self, size):
        events, reader = events_of(everything(), size)

        assert [type(event) for event in events] == [
            *(Started, Reasoning, ServerToolCall, ServerToolCall, Text, Image, Citation, Citation, Finished, Usage),
        ]
        started, thought, running, search, text, image, first, _second, finished, usage = events
        assert started == Started("gen-1", "maker/model", "")
        assert thought == Reasoning("**Looking at both parts**")
        assert (search.name, search.arguments) == ("openrouter:web_search", '{"query": "potluck"}')
        assert (running.id, running.result) == (search.id, None)
        assert "wikipedia" in search.result
        assert text == Text("Hello to you: 🍲é\n")
        assert image == Image(PNG)
        assert first.title == "Potluck - Wikipedia"
        assert finished == Finished("tool_calls")
        assert (usage.prompt_tokens, usage.completion_tokens, usage.reasoning_tokens) == (7, 5, 2)
        assert usage.cost == Decimal("0.0003")
        assert usage.cost_details.upstream_inference_prompt_cost == Decimal("0.0001")
        (call,) = [call for call in reader.tool_calls.all() if not call.is_run_by_openrouter]
        assert (call.id, call.name, json.loads(call.arguments)["unit"]) == ("call_1_1", "calculator", "é")
        assert (reader.failure, reader.is_complete) == (None, True)

    def test_one_that_ends_anywhere_was_interrupted(self):
        stream = everything()
        last = stream.index(b"event: response.completed")
        for end in [*range(0, last, 97), last]:
            _, reader = events_of(stream[:end], 1_000_000)
            assert reader.failure.kind == "interrupted", end

    def test_over_a_socket_with_the_id_of_the_headers(self, server, client, key):
        server.answers(200, everything(), **{"Content-Type": "text/event-stream", "X-Generation-Id": "gen-7"})

        events, failure = read(client.chat(key, {"messages": [QUESTION]}, api=RESPONSES))

        assert (events[0].generation_id, failure) == ("gen-7", None)
        assert server.visits[0].request.path == "/api/v1/responses"
        assert json.loads(server.visits[0].request.body) == {
            "stream": True,
            "input": [{"type": "message", "role": "user", "content": "Hello?"}],
        }

    def test_one_that_was_not_streamed(self):
        parts = [{"type": "output_text", "text": "Hello", "annotations": []}]
        message = {"type": "message", "id": "msg_1", "role": "assistant", "content": parts}
        call = {"type": "function_call", "call_id": "call_1", "name": "calculator", "arguments": "{}"}

        events, reader = answer(response(output=[REASONING_ITEM, message, call], usage=USAGE))

        assert events == [
            Started("resp_1", "maker/model", ""),
            Reasoning("First\n\nSecond"),
            Text("Hello"),
            Finished("tool_calls"),
            Usage(7, 5, 2, 3, None, Decimal("0.000123")),
        ]
        assert [each.id for each in reader.tool_calls.all()] == ["call_1"]
        assert json.loads(reader.reasoning_details.as_json())[-1]["data"] == "gAAAA"

    def test_the_names_of_events_in_the_docs(self):
        done = {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": "Once"}]}

        events, reader = answer(
            {"type": "response.created", "response": response("in_progress")},
            {"type": "response.reasoning.delta", "output_index": 0, "delta": "Hm"},
            {"type": "response.content_part.delta", "output_index": 1, "delta": "Once"},
            {"type": "response.output_item.done", "output_index": 1, "item": done},
            {"type": "response.done", "response": response(usage=USAGE)},
        )

        assert [type(event) for event in events] == [Started, Reasoning, Text, Finished, Usage]
        assert events[2] == Text("Once")
        assert reader.failure is None

    def test_a_summary_in_parts_and_a_text_are_one_reasoning(self):
        events, _ = answer(
            {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "First"},
            {"type": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 1},
            {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 1, "delta": "Second"},
            {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "One"},
            {"type": "response.output_item.done", "output_index": 0, "item": REASONING_ITEM},
            {"type": "response.completed", "response": response(usage=USAGE)},
        )

        assert [event.text for event in events if isinstance(event, Reasoning)] == ["First\n\nSecond"]

    def test_sources_are_counted_from_the_text_of_their_item_and_come_once(self):
        cited = {"type": "url_citation", "url": "https://example.org/", "title": "T", "start_index": 1, "end_index": 3}
        added = {"annotation": cited}
        file = {"type": "file_citation", "file_id": "f", "filename": "f", "index": 0}
        content = [{"type": "output_text", "text": "second", "annotations": [file, {**cited, "content": "more"}]}]

        events, _ = answer(
            {"type": "response.output_text.delta", "output_index": 0, "delta": "first "},
            {"type": "response.output_text.delta", "output_index": 1, "delta": "second"},
            {"type": "response.output_text.annotation.added", "output_index": 1, "annotation_index": 1} | added,
            {"type": "response.output_item.done", "output_index": 1, "item": {"type": "message", "content": content}},
            {"type": "response.completed", "response": response(usage=USAGE)},
        )  # fmt: skip

        assert [event for event in events if isinstance(event, Citation)] == [
            Citation("https://example.org/", "T", "", 7, 9, position=1)
        ]

    def test_a_tool_of_openrouter_is_seen_while_it_runs(self):
        item = {"type": "openrouter:web_fetch", "id": "wf_1", "status": "in_progress", "url": "https://example.org/"}
        events, reader = answer(
            {"type": "response.created", "response": response("in_progress")},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {
                "type": "response.output_item.done",
                "output_index": 0,
                "item": {**item, "status": "completed", "title": "T"},
            },
            {"type": "response.completed", "response": response(usage=USAGE)},
        )

        running, done = [event for event in events if isinstance(event, ServerToolCall)]
        assert (running.id, running.result) == (done.id, None) == ("wf_1", None)
        assert json.loads(str(done.arguments)) == {"url": "https://example.org/"}
        assert json.loads(str(done.result)) == {"url": "https://example.org/", "title": "T"}
        assert [event.finish_reason for event in events if isinstance(event, Finished)] == ["stop"]
        assert not [call for call in reader.tool_calls.all() if not call.is_run_by_openrouter]

    @pytest.mark.parametrize(
        ("reason", "expected"),
        [("max_output_tokens", "length"), ("content_filter", "content_filter"), (None, "length")],
    )
    def test_one_that_is_incomplete(self, reason, expected):
        last = response("incomplete", incomplete_details={"reason": reason}, usage=USAGE)

        events, reader = answer({"type": "response.incomplete", "response": last})

        assert [event.finish_reason for event in events if isinstance(event, Finished)] == [expected]
        assert (reader.failure, reader.is_complete) == (None, True)

    @pytest.mark.parametrize("payload", [
        "[]", "7", '{"type": 7}', '{"type": "response.output_item.done"}', '{"type": "response.completed"}',
        '{"type": "response.output_item.done", "item": {"type": "message", "content": {"text": 5}}}',
        '{"type": "response.output_item.done", "item": {"type": "reasoning", "summary": [5, null], "content": 7}}',
        '{"type": "response.output_item.done", "item": {"type": "function_call", "arguments": {"a": 1}}}',
        '{"type": "response.output_item.added", "item": {"type": "web_search_call", "action": "search"}}',
        '{"type": "response.output_text.annotation.added", "annotation_index": -5, "annotation": 5}',
        '{"type": "response.output_text.delta", "delta": {"text": "x"}, "output_index": "one"}',
        '{"object": "response", "status": "completed", "output": [null, 5, {}], "usage": []}',
    ])  # fmt: skip
    def test_nonsense_is_no_end_of_the_world(self, payload):
        reader = ResponsesReader()
        reader.read(payload)
        text = reader.read('{"type": "response.output_text.delta", "output_index": 1, "delta": "Hello"}')
        assert text[-1] == Text("Hello")


class TestProgress:
    @pytest.mark.parametrize(
        ("payload", "is_progress"),
        [
            ({"type": "response.in_progress", "response": {}}, False),
            ({"type": "response.output_text.delta", "delta": ""}, False),
            ({"type": "response.output_text.delta", "delta": "x"}, True),
            ({"type": "response.function_call_arguments.delta", "delta": "{"}, True),
            ({"type": "response.web_search_call.searching"}, True),
            ({"type": "response.output_item.done", "item": {"type": "reasoning", "encrypted_content": "x"}}, True),
        ],
    )
    def test_what_counts_as_some(self, payload, is_progress):
        reader = ResponsesReader()
        reader.read(json.dumps({"type": "response.created", "response": response("in_progress")}))
        reader.has_progressed = False

        reader.read(json.dumps(payload))

        assert reader.has_progressed is is_progress


class TestFailures:
    @pytest.mark.parametrize(
        ("payload", "kind"),
        [
            ({"type": "response.failed", "response": response("failed")}, "upstream_unavailable"),
            ({"type": "response.error", "error": {"code": "rate_limit_exceeded", "message": "No"}}, "rate_limited"),
            ({"type": "error", "error": {"code": "invalid_api_key", "message": "No"}}, "key_rejected"),
            ({"type": "error", "code": "rate_limit_exceeded", "message": "No", "param": None}, "rate_limited"),
            ({"error": {"code": 402, "message": "Insufficient credits."}}, "out_of_credit"),
            ({"status": "failed", "error": {"code": "server_error"}, "error_type": "authentication"}, "key_rejected"),
        ],
    )  # fmt: skip
    def test_one_within_a_stream(self, payload, kind):
        _, reader = answer(payload)

        assert reader.failure.kind == kind

    @pytest.mark.parametrize(
        ("error_type", "code", "kind"),
        [
            ("authentication", "server_error", "key_rejected"),
            ("rate_limit_exceeded", "rate_limit_exceeded", "rate_limited"),
            ("context_length_exceeded", "invalid_prompt", "context_too_long"),
            ("payment_required", "server_error", "out_of_credit"),
            ("invalid_request", "invalid_prompt", "bad_request"),
            ("provider_overloaded", "server_error", "upstream_unavailable"),
            ("timeout", "server_error", "request_timed_out"),
        ],
    )
    def test_the_type_beside_the_error_is_what_counts(self, server, client, key, error_type, code, kind):
        error = {"code": code, "message": "No"}
        _, reader = answer(
            {"type": "response.failed", "response": response("failed", error=error, error_type=error_type)}
        )
        assert reader.failure.kind == kind

        server.answers(500, json.dumps({"error": error, "error_type": error_type, "metadata": None}).encode())
        _, failure = read(client.chat(key, {"messages": [QUESTION]}, api=RESPONSES))
        assert failure.kind == kind


class TestRequests:
    def test_names_and_forms_that_differ(self):
        function = {"name": "calculator", "description": "Computes.", "parameters": {"type": "object"}}
        search = {"type": "openrouter:web_search", "parameters": {"max_results": 3}}

        dish = {"name": "dish", "schema": {}, "strict": True}

        assert responses_body(
            {
                "model": "a/b",
                "messages": [QUESTION],
                "max_completion_tokens": 100,
                "reasoning": {"effort": "low", "exclude": True},
                "response_format": {"type": "json_schema", "json_schema": dish},
                "verbosity": "low",
                "tools": [search, {"type": "function", "function": function}],
                "tool_choice": {"type": "function", "function": {"name": "calculator"}},
                "logprobs": True,
                "top_logprobs": 3,
                "stop": ["END"],
                "seed": 7,
            }
        ) == {
            "model": "a/b",
            "input": [{"type": "message", "role": "user", "content": "Hello?"}],
            "max_output_tokens": 100,
            "reasoning": {"effort": "low"},
            "include": ["reasoning.encrypted_content"],
            "text": {
                "format": {"type": "json_schema", **dish},
                "verbosity": "low",
            },
            "tools": [search, {"type": "function", **function}],
            "tool_choice": {"type": "function", "name": "calculator"},
            "top_logprobs": 3,
        }

    def test_all_parts_of_messages(self):
        parts = [
            {"type": "text", "text": "Look:"},
            {"type": "image_url", "image_url": {"url": PNG, "detail": "high"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}},
            {"type": "file", "file": {"filename": "b.pdf", "file_data": "https://example.org/b.pdf"}},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
            {"type": "smell"},
        ]

        (message,) = responses_body({"messages": [{"role": "user", "content": parts}]})["input"]

        assert message["content"] == [
            {"type": "input_text", "text": "Look:"},
            {"type": "input_image", "detail": "high", "image_url": PNG},
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
            {"type": "input_file", "filename": "b.pdf", "file_url": "https://example.org/b.pdf"},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
        ]

    def test_an_answer_with_calls_is_several_items_in_order(self):
        call = {"id": "call_1", "type": "function", "function": {"name": "calculator", "arguments": "{}"}}
        details = [{**detail, "index": number} for number, detail in enumerate(details_of(REASONING_ITEM))]
        said = {"role": "assistant", "content": "Let me see.", "tool_calls": [call], "reasoning_details": details}
        result = {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "42"}]}

        reasoning, message, made, output = responses_body({"messages": [said, result]})["input"]

        assert reasoning == REASONING_ITEM
        assert message["content"] == [{"type": "output_text", "text": "Let me see.", "annotations": []}]
        assert made == {
            "type": "function_call",
            "id": "fc_call_1",
            "call_id": "call_1",
            "name": "calculator",
            "arguments": "{}",
        }
        assert output["output"] == [{"type": "input_text", "text": "42"}]

    def test_images_are_files_that_are_read_while_they_are_sent(self):
        file = EncodedFile("image/png", 30_000, lambda: io.BytesIO(b"\x89PNG" + b"x" * 29_996))
        part = {"type": "image_url", "image_url": {"url": file}}
        answered = {"role": "assistant", "content": "", "images": [part]}

        upload = Upload(responses_body({"messages": [{"role": "user", "content": [part]}, answered]}))
        sent = b""
        while piece := upload.read():
            sent += piece

        question, made = json.loads(sent)["input"]
        assert len(sent) == upload.len
        assert question["content"][0]["image_url"] == f"data:image/png;base64,{made['result']}"
        assert len(made["result"]) == 40_000


class TestReasoning:
    def test_items_come_back_as_they_were(self):
        other = {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "gBBBB"}
        details = [*details_of(REASONING_ITEM), *details_of(other)]

        assert list(items_of(details, prefix="x")) == [REASONING_ITEM, other]

    def test_tools_that_openrouter_ran_come_back_whole_and_in_their_place(self):
        searched = {
            "type": "web_search_call",
            "id": "ws_1",
            "status": "completed",
            "action": {"type": "search", "query": "q"},
        }
        items = [REASONING_ITEM, searched, REASONING_ITEM | {"id": "rs_2"}]

        _, reader = answer(response(output=items, usage=USAGE))

        assert list(items_of(json.loads(reader.reasoning_details.as_json()), prefix="x")) == items

    @pytest.mark.parametrize("form", FORMS)
    def test_what_came_by_chat_completions_becomes_items(self, form):
        items = list(items_of(FORMS[form], prefix="rs_0"))

        assert all(item["id"] and isinstance(item["summary"], list) for item in items)
        assert len({item["id"] for item in items}) == len(items)
