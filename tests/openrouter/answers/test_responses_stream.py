"""Streams of the Responses API are read as those of chat completions are."""

import json
from decimal import Decimal

import pytest

from chat.openrouter import (
    RESPONSES,
    Citation,
    Finished,
    Image,
    Reasoning,
    ServerToolCall,
    Started,
    Text,
    Usage,
)
from chat.openrouter.answers.responses_stream import ResponsesReader
from tests.openrouter.answers.responses import (
    PNG,
    QUESTION,
    REASONING_ITEM,
    USAGE,
    answer,
    events_of,
    everything,
    response,
)
from tests.openrouter.test_recordings import read

MESSAGE = {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Hello"}]}


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

    def test_one_that_ends_before_its_last_item_is_done_was_interrupted(self):
        stream = everything()
        last = stream.rindex(b"event: response.output_item.done")
        for end in [*range(0, last, 97), last]:
            _, reader = events_of(stream[:end], 1_000_000)
            assert reader.failure.kind == "interrupted", end

    def test_one_without_its_last_event_is_complete_if_its_items_are(self):
        stream = everything()
        end = stream.index(b"event: response.completed")

        for rest in (b"", b"data: [DONE]\n\n"):
            events, reader = events_of(stream[:end] + rest, 1_000_000)

            assert events[-1] == Finished("tool_calls")
            assert [call.name for call in reader.tool_calls.all() if not call.is_run_by_openrouter] == ["calculator"]
            assert (reader.failure, reader.is_complete) == (None, bool(rest))

    @pytest.mark.parametrize(
        "items",
        [
            [REASONING_ITEM],
            [{"type": "message", "status": "incomplete", "content": [{"type": "output_text", "text": "Hel"}]}],
            [
                MESSAGE,
                {"type": "web_search_call", "id": "ws_1", "status": "completed"},
            ],  # which the model has yet to read
        ],
    )
    def test_one_whose_last_item_is_no_complete_answer_was_interrupted(self, items):
        ends = [
            {"type": "response.output_item.done", "output_index": at, "item": item} for at, item in enumerate(items)
        ]

        assert answer(*ends)[1].failure.kind == "interrupted"

    @pytest.mark.parametrize("type_", ["response.completed", "response.done"])
    def test_one_whose_last_event_has_no_status_is_complete(self, type_):
        whole = {name: value for name, value in response(output=[MESSAGE], usage=USAGE).items() if name != "status"}

        events, reader = answer({"type": type_, "response": whole})

        assert [type(event) for event in events] == [Started, Text, Finished, Usage]
        assert (reader.failure, reader.is_complete) == (None, True)

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


class TestWhichItem:
    """Items are told apart by what there is: their ids, their indexes, their types."""

    @pytest.mark.parametrize("has_ids", [True, False])
    def test_the_whole_response_may_have_them_in_another_order(self, has_ids):
        content = [{"type": "output_text", "text": "Hello"}]
        message = {"type": "message", "content": content} | ({"id": "msg_1"} if has_ids else {})
        thoughts = {name: value for name, value in REASONING_ITEM.items() if has_ids or name != "id"}
        place = {"output_index": 0} | ({"item_id": "msg_1"} if has_ids else {})

        events, reader = answer(
            {"type": "response.output_text.delta", "delta": "Hello", **place},
            {"type": "response.completed", "response": response(output=[thoughts, message], usage=USAGE)},
        )

        assert [event.text for event in events if isinstance(event, Text)] == ["Hello"]
        assert [event.text for event in events if isinstance(event, Reasoning)] == ["First\n\nSecond"]
        assert len(json.loads(reader.reasoning_details.as_json())) == 5

    @pytest.mark.parametrize("are_repeated", [True, False])
    def test_two_with_one_index_are_two(self, are_repeated):
        calls = [
            {"type": "function_call", "id": f"fc_{name}", "call_id": f"call_{name}", "name": name, "arguments": "{}"}
            for name in ("calculator", "current_time")
        ]
        messages = [
            {"type": "message", "id": f"msg_{text}", "content": [{"type": "output_text", "text": text}]}
            for text in ("One", "Two")
        ]

        events, reader = answer(
            *({"type": "response.output_item.added", "output_index": 0, "item": item} for item in calls),
            *({"type": "response.output_item.done", "output_index": 0, "item": item} for item in (*messages, *calls)),
            {"type": "response.completed", "response": response(output=[*messages, *calls] if are_repeated else [])},
        )

        assert [call.name for call in reader.tool_calls.all()] == ["calculator", "current_time"]
        assert [event.text for event in events if isinstance(event, Text)] == ["OneTwo"]

    def test_one_whose_id_is_another_in_each_event_is_one(self):
        content = [{"type": "output_text", "text": "Once"}]
        place = {"output_index": 0}

        events, _ = answer(
            {"type": "response.output_item.added", **place, "item": {"type": "message", "id": "a", "content": []}},
            {"type": "response.output_text.delta", **place, "item_id": "b", "delta": "Once"},
            {"type": "response.output_item.done", **place, "item": {"type": "message", "id": "c", "content": content}},
            {"type": "response.completed", "response": response(output=[{"type": "message", "content": content}])},
        )

        assert [event.text for event in events if isinstance(event, Text)] == ["Once"]


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
        ("code", "kind"),
        [
            ("image_file_too_large", "too_large"),
            ("image_too_large", "too_large"),
            ("bio_policy", "moderated"),
            ("image_content_policy_violation", "moderated"),
            ("data_residency_mismatch", "refused"),
            ("server_error", "upstream_unavailable"),
            ("vector_store_timeout", "upstream_unavailable"),
            ("rate_limit_exceeded", "rate_limited"),
            ("invalid_prompt", "bad_request"),
        ],
    )
    def test_a_code_without_a_type_says_enough(self, code, kind):
        _, reader = answer({"type": "error", "error": {"code": code, "message": "No"}})

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
