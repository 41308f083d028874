"""The Responses API by OpenRouter's own description of it."""

import json
from typing import Any

import jsonschema_rs

from chat.openrouter.answers.responses_body import responses_body
from chat.openrouter.answers.responses_items import details_of
from chat.openrouter.connection.sse import EventParser
from chat.openrouter.errors.diagnosis import diagnose
from tests.openrouter.answers.responses import PNG, REASONING_ITEM, events_of, everything
from tests.parameters.api_description import openrouters_description
from tests.standin.details import FORMS


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

    def test_every_code_of_an_error_about_an_image(self):
        codes = openrouters_description()["components"]["schemas"]["ResponsesErrorField"]["properties"]["code"]["enum"]
        about_images = {code for code in codes if "image" in code and "policy" not in code}
        kinds = {code: diagnose({"code": code, "message": "No"}).kind for code in about_images}

        assert len(kinds) > 10
        assert set(kinds.values()) == {"bad_image", "too_large"}
