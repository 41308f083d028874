"""Which settings are sent to which model; all requests are valid by OpenRouter's own description of its API."""

from dataclasses import replace
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chat.catalogue.pseudo_models import NO_MODEL
from chat.forms.settings import SettingsForm
from chat.model_request.body import request_for
from chat.models import Conversation, Message, Reply, User
from chat.openrouter import RESPONSES, Model, read_models
from chat.parameters.definitions import PARAMETERS
from chat.parameters.request import add_settings, clean_settings, summary, unused_settings
from chat.parameters.schema import Choice, Domains, JsonObject, Lines, Names, Number, Switch, Text
from tests.parameters.api_description import openrouters_description

SCHEMA = {"name": "answer", "schema": {"type": "object"}}


def model(id_: str = "google/gemini-3.7-flash", *parameters: str) -> Model:
    return read_models({"data": [{"id": id_, "name": id_, "supported_parameters": list(parameters)}]})[0]


def painter(*options: tuple[str, str]) -> Model:
    """A model that makes images; without `options` it is not known which it has."""
    item = {"id": "a/painter", "architecture": {"output_modalities": ["image"]}}
    return replace(read_models({"data": [item]})[0], image_options=frozenset(options) if options else None)


def sent(settings: dict[str, Any], to: Model | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {}
    add_settings(body, settings, to)
    return body


class TestWhatIsSent:
    def test_numbers_and_choices_go_where_openrouter_wants_them(self):
        settings = {
            "temperature": 0.2,
            "reasoning_effort": "low",
            "reasoning_exclude": True,
            "provider_only": ["anthropic"],
            "provider_max_price_prompt": "1.5",
            "provider_allow_fallbacks": False,
            "models": ["openai/gpt-5.4-mini"],
        }

        assert sent(settings) == {
            "temperature": 0.2,
            "reasoning": {"effort": "low", "exclude": True},
            "provider": {"only": ["anthropic"], "max_price": {"prompt": "1.5"}, "allow_fallbacks": False},
            "models": ["openai/gpt-5.4-mini"],
        }

    def test_formats_and_plugins(self):
        settings = {
            "response_format": "json_schema",
            "json_schema": SCHEMA,
            "context_compression": False,
        }

        assert sent(settings) == {
            "response_format": {"type": "json_schema", "json_schema": SCHEMA},
            "plugins": [{"id": "context-compression", "enabled": False}],
        }

    def test_fallback_models_beyond_what_openrouter_takes_are_left_out(self):
        settings = {"models": ["a/1", "a/2", "a/3", "a/4"]}  # as an older version stored them, or a file has them

        assert sent(settings) == {"models": ["a/1", "a/2", "a/3"]}
        assert clean_settings(settings) == {"models": ["a/1", "a/2", "a/3"]}

    def test_a_schema_is_sent_only_with_its_format(self):
        assert sent({"response_format": "json_object", "json_schema": SCHEMA}) == {
            "response_format": {"type": "json_object"}
        }
        assert sent({"response_format": "text", "json_schema": SCHEMA}) == {}

    def test_token_probabilities_have_to_be_asked_for_twice(self):
        assert sent({"top_logprobs": 3}) == {"logprobs": True, "top_logprobs": 3}

    def test_what_the_model_does_not_use_is_not_sent(self):
        settings = {"temperature": 0.2, "top_k": 40, "provider_sort": "price"}

        assert sent(settings, model("a/b", "temperature")) == {"temperature": 0.2, "provider": {"sort": "price"}}
        assert unused_settings(settings, model("a/b", "temperature")) == ["top_k"]

    def test_unless_the_person_insists(self):
        settings = {"top_k": 40, "send_unsupported": True}

        assert sent(settings, model("a/b", "temperature")) == {"top_k": 40}

    @pytest.mark.parametrize("to", [None, model("a/b"), model("openrouter/auto", "temperature")])
    def test_to_a_router_and_an_unknown_model_all_is_sent(self, to):
        assert sent({"top_k": 40}, to) == {"top_k": 40}

    def test_caching_is_asked_of_those_that_want_to_be_asked(self):
        directive = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}

        assert sent({"cache_control": "1h"}, model("anthropic/claude-sonnet-5", "temperature")) == directive
        assert sent({"cache_control": "1h"}, model("openai/gpt-5.4-mini", "temperature")) == {}

    def test_those_for_images_go_to_models_that_make_some(self):
        settings = {"image_aspect_ratio": "16:9", "image_size": "2K", "image_quality": "high", "image_format": "webp"}
        config = {"aspect_ratio": "16:9", "image_size": "2K", "quality": "high", "output_format": "webp"}

        assert sent(settings, painter()) == {"image_config": config}
        assert sent(settings) == {"image_config": config}
        assert sent(settings, model("a/b", "temperature")) == {}
        assert sent(settings, model("openrouter/auto")) == {"image_config": config}

    def test_without_values_that_the_model_does_not_have(self):
        flux = painter(("resolution", "512"), ("aspect_ratio", "16:9"))
        settings = {"image_aspect_ratio": "21:9", "image_size": "0.5K", "image_background": "transparent"}

        assert sent(settings, flux) == {"image_config": {"image_size": "0.5K"}}
        assert unused_settings(settings, flux) == ["image_aspect_ratio", "image_background"]
        assert sent(settings | {"send_unsupported": True}, flux) == {
            "image_config": {"aspect_ratio": "21:9", "image_size": "0.5K", "background": "transparent"}
        }

    def test_names_that_nobody_knows_are_ignored(self):
        assert sent({"from_a_later_version": 1}) == {}
        assert sent({"response_healing": True}) == {}  # of an earlier one
        assert clean_settings({"from_a_later_version": 1, "temperature": 9, "top_p": 0.5}) == {"top_p": 0.5}

    @pytest.mark.parametrize(
        "stored", [None, [], "x", {"temperature": {"a": 1}, "stop": 7, "logit_bias": [], "seed": "x"}]
    )
    def test_stored_nonsense_is_left_out(self, stored):
        assert clean_settings(stored) == {}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("system", {"a": "b"}),
            ("system", "half of a pair: \ud800"),
            ("system", "x" * 32_001),
            ("stop", "END"),
            ("stop", ["x" * 501]),
            ("seed", 1e400),
            ("temperature", True),
            ("provider_zdr", "false"),
            ("provider_only", "openai"),
            ("json_schema", {"name": "<script>", "schema": {}}),
            ("json_schema", [[[]]]),
            ("json_schema", {"name": "dish", "schema": {"title": "\0"}}),
            ("logit_bias", {str(number): 1 for number in range(301)}),
            ("provider_max_price_prompt", 0.5),
        ],
    )
    def test_a_value_of_another_kind_or_beyond_its_limits_is_left_out(self, name, value):
        assert clean_settings({name: value, "top_p": 1}) == {"top_p": 1.0}

    def test_what_excludes_each_other_does_not_stay_together(self):
        assert clean_settings({"reasoning_effort": "low", "reasoning_max_tokens": 5}) == {"reasoning_effort": "low"}
        assert clean_settings({"response_format": "json_schema"}) == {}

    def test_a_schema_is_taken_by_its_shape_without_a_process(self, monkeypatch):
        monkeypatch.setattr("subprocess.run", None)
        settings = {"response_format": "json_schema", "json_schema": {"name": "dish", "schema": {"type": "what?"}}}

        assert clean_settings(settings) == settings


def test_the_summary_says_what_departs_from_the_defaults():
    settings = {"temperature": 0.2, "response_format": "json_object", "provider_allow_fallbacks": False, "system": "x"}

    assert summary(settings) == ["system prompt", "temperature 0.2", "JSON", "no other providers"]


# --- All requests ----------------------------------------------------------------------------------


@cache
def request_validator(name: str) -> Any:
    schema = {"$ref": f"#/components/schemas/{name}", "components": openrouters_description()["components"]}
    return jsonschema_rs.Draft202012Validator(schema)


def inputs(parameter: Any) -> st.SearchStrategy[str]:
    """What can be typed into the field of a parameter, mostly something valid."""
    match parameter:
        case Number(is_whole=True):
            return st.integers(parameter.least, parameter.most).map(str)
        case Number():
            return st.floats(parameter.least, parameter.most).map(lambda number: f"{number:.6f}")
        case Choice():
            return st.sampled_from([value for value, _ in parameter.options])
        case Switch():
            return st.sampled_from(["true", "false"])
        case Domains():
            return st.lists(st.sampled_from(WEBSITES), max_size=4).map(",".join)
        case Names():
            return st.lists(st.sampled_from(parameter.allowed or NAMES), max_size=4).map(",".join)
        case Lines():
            return st.lists(st.text(max_size=20), max_size=4).map("\n".join)
        case Text():
            return st.text(max_size=200)
        case JsonObject(name="logit_bias"):
            return st.dictionaries(st.integers(0, 10**9), st.integers(-100, 100), max_size=3).map(as_json)
        case JsonObject():
            return st.sampled_from(SCHEMAS)
    raise AssertionError(parameter)


NAMES = ("anthropic", "deepinfra/turbo", "openai/gpt-5.4-mini", "google/gemini-3.7-flash")
WEBSITES = ("example.org", "https://en.wikipedia.org/wiki/Potluck", "bücher.example")
SCHEMAS = (
    '{"type": "object"}',
    '{"name": "a", "strict": true, "schema": {}}',
    '{"name": "a", "schema": {"enum": [1]}}',
)
MODELS = (
    *("google/gemini-3.7-flash", "openai/gpt-5.4-mini", "anthropic/claude-sonnet-5", "openrouter/auto"),
    *(NO_MODEL, "gone/away"),
)


def as_json(value: dict[int, int]) -> str:
    return "{" + ", ".join(f'"{token}": {bias}' for token, bias in value.items()) + "}"


FORMS = st.fixed_dictionaries({}, optional={name: inputs(parameter) for name, parameter in PARAMETERS.items()})


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(form=FORMS, asked=st.sampled_from(MODELS), web=st.booleans())
def test_every_request_is_valid_by_openrouters_own_description(db, standin, monkeypatch, form, asked, web):
    sent_form = SettingsForm(form, stored={}, model=None)
    sent_form.is_valid()
    settings = sent_form.settings
    user = User(openrouter_id="user_1")
    conversation = Conversation(user=user, title="", model=asked, settings=settings)
    question = Message(conversation=conversation, role=Message.Role.USER, text="Hello?", web=web)
    question.has_no("images_in_order", "attachments")
    answer = Message(conversation=conversation, parent=question, role=Message.Role.ASSISTANT)
    reply = Reply(message=answer, model=asked, max_completion_tokens=1000, prefill=settings.get("prefill", ""))
    monkeypatch.setattr(Conversation, "path_to", lambda *_: [question])

    body = request_for(reply).body()

    request_validator("ChatRequest").validate(body)
    request_validator("ResponsesRequest").validate(RESPONSES.body(body))
    assert not web or any(tool["type"] == "openrouter:web_search" for tool in body["tools"])
    assert ("model" in body) is (asked != NO_MODEL)
    assert asked != NO_MODEL or "models" not in body
    assert body["messages"][-1]["role"] == ("assistant" if reply.prefill else "user")
