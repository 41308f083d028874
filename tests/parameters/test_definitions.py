"""What the parameters of a chat accept, how they show it again, and what they refuse with a sentence."""

import json

import pytest

from chat.parameters.definitions import PARAMETERS
from chat.parameters.definitions.sampling import MOST_LOGIT_BIASES
from chat.parameters.schema import Invalid, JsonObject

ACCEPTED = [
    ("system", "Be brief.\r\nAnswer in French.", "Be brief.\nAnswer in French."),
    ("temperature", "0.2", 0.2),
    ("temperature", " 2 ", 2.0),
    ("top_k", "40", 40),
    ("seed", "-7", -7),
    ("frequency_penalty", "-2", -2.0),
    ("stop", "END\n\\n\\n\nDONE", ["END", "\n\n", "DONE"]),
    ("stop", "C:\\\\new", ["C:\\new"]),
    ("logit_bias", '{"50256": -100, "1": 0.5}', {"50256": -100, "1": 0.5}),
    ("top_logprobs", "0", 0),
    ("reasoning_effort", "none", "none"),
    ("reasoning_exclude", "on", True),
    ("provider_allow_fallbacks", "false", False),
    ("provider_order", "anthropic, amazon-bedrock,, anthropic", ["anthropic", "amazon-bedrock"]),
    ("provider_order", "deepinfra/turbo\nTogether", ["deepinfra/turbo", "Together"]),
    ("provider_quantizations", "fp8,bf16", ["fp8", "bf16"]),
    ("provider_max_price_prompt", "0.10", "0.1"),
    ("provider_max_price_completion", "15", "15"),
    ("models", "openai/gpt-5.4-mini\n~anthropic/claude-latest", ["openai/gpt-5.4-mini", "~anthropic/claude-latest"]),
    ("web_search_engine", "exa", "exa"),
    ("web_search_engine", "one-of-next-year", "one-of-next-year"),
    ("web_allowed_domains", "https://Example.org/a/path?q=1#x, example.org", ["example.org"]),
    ("web_allowed_domains", "http://me:secret@example.org:8080\n*.wikipedia.org.", ["example.org", "wikipedia.org"]),
    ("web_excluded_domains", "bücher.example www.example.org", ["xn--bcher-kva.example", "www.example.org"]),
    ("json_schema", '{"name": "dish", "schema": {"type": "object"}}', {"name": "dish", "schema": {"type": "object"}}),
    ("json_schema", '{"type": "object"}', {"name": "answer", "schema": {"type": "object"}}),
]

REFUSED = [
    ("system", "x" * 32_001),
    ("temperature", "2.1"),
    ("temperature", "warm"),
    ("temperature", "NaN"),
    ("temperature", "1e400"),
    ("temperature", "9" * 1000),
    ("top_k", "1.5"),
    ("top_k", "-1"),
    ("seed", str(2**53)),
    ("stop", "1\n2\n3\n4\n5"),
    ("stop", "x" * 501),
    ("logit_bias", "[1]"),
    ("logit_bias", "{"),
    ("logit_bias", '{"one": 1}'),
    ("logit_bias", '{"1": 101}'),
    ("logit_bias", '{"1": true}'),
    ("logit_bias", '{"1": NaN}'),
    ("logit_bias", '{"1": "\\ud800"}'),
    ("json_schema", '{"name": "dish", "schema": {"title": "\\u0000"}}'),
    ("logit_bias", '{"a":' * 50_000),
    ("logit_bias", json.dumps({str(token): 1 for token in range(MOST_LOGIT_BIASES + 1)})),
    ("logit_bias", json.dumps({str(token): 1 for token in range(10_000)})),
    ("reasoning_effort", "a lot"),
    ("provider_allow_fallbacks", "maybe"),
    ("provider_order", ", ".join(f"provider-{number}" for number in range(51))),
    ("provider_order", "<script>alert(1)</script>"),
    ("provider_quantizations", "fp7"),
    ("provider_max_price_prompt", "-1"),
    ("models", "<script>alert(1)</script>"),
    ("models", "x" * 201),
    ("models", "a/1, a/2, a/3, a/4"),
    ("web_search_engine", "<script>alert(1)</script>"),
    ("web_allowed_domains", "localhost"),
    ("web_allowed_domains", "http://[::1/"),
    ("web_allowed_domains", "-a.example"),
    ("web_allowed_domains", "a..example"),
    ("web_allowed_domains", f"{'x' * 64}.example"),
    ("web_allowed_domains", f"{'x.' * 130}example"),
    ("web_allowed_domains", ",".join(f"site-{number}.example" for number in range(21))),
    ("json_schema", '{"schema": {"type": "object"}}'),
    ("json_schema", '{"name": "a name", "schema": {}}'),
    ("json_schema", '{"name": "dish", "schema": []}'),
    ("json_schema", '{"name": "dish", "schema": {"type": "dish"}}'),
    ("json_schema", '{"name": "dish", "schema": {"$ref": "https://example.com/schema"}}'),
    ("json_schema", '{"name": "dish", "schema": {"pattern": "("}}'),
    ("json_schema", '{"name": "dish", "schema": {}, "strict": "yes"}'),
    ("json_schema", '{"name": "dish", "schema": {}, "more": 1}'),
]


@pytest.mark.parametrize(("name", "text", "value"), ACCEPTED)
def test_what_it_accepts_can_be_shown_and_read_again(name, text, value):
    parameter = PARAMETERS[name]

    assert parameter.read(text) == value
    assert parameter.read(parameter.show(value)) == value
    assert parameter.summarize(value).strip()
    json.dumps(value)


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_what_it_refuses_gets_a_sentence(name, text):
    with pytest.raises(Invalid) as refusal:
        PARAMETERS[name].read(text)

    assert 10 < len(str(refusal.value)) < 400
    assert "<script" not in str(refusal.value) or name in ("provider_order", "models")  # templates escape it


@pytest.mark.parametrize("name", PARAMETERS)
def test_an_empty_field_sets_nothing(name):
    assert PARAMETERS[name].read(" \n ") is None


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_has_words(name):
    parameter = PARAMETERS[name]

    assert str(parameter.label)[0].isupper()
    assert str(parameter.help).endswith((".", "”."))
    assert len(str(parameter.help)) < 130


def test_a_long_schema_can_be_saved_again_as_the_form_shows_it():
    properties = {f"property_{index}": {"type": "string"} for index in range(500)}
    schema = json.dumps({"name": "long", "schema": {"properties": properties}}, separators=(",", ":"))
    parameter = PARAMETERS["json_schema"]
    assert isinstance(parameter, JsonObject)
    assert 15_000 < len(schema) < parameter.longest < len(parameter.show(json.loads(schema)))

    assert parameter.read(parameter.show(parameter.read(schema))) == json.loads(schema)
