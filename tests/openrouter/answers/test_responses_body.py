"""How a request of a chat becomes one for the Responses API."""

import io
import json

from chat.openrouter import (
    EncodedFile,
)
from chat.openrouter.answers.responses_body import responses_body
from chat.openrouter.answers.responses_items import details_of
from chat.openrouter.connection.upload import Upload
from tests.openrouter.answers.responses import PNG, QUESTION, REASONING_ITEM


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
