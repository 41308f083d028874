"""A chat that is too long for its model, which each provider says in words of its own."""

import json

import pytest

from chat.openrouter.errors.diagnosis import diagnose


@pytest.mark.parametrize(
    "words",
    [
        "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
        "Unable to submit request because the input token count is 32825 but model only supports up to 32768.",
        "Input is too long for requested model.",
        "prompt is too long: 213462 tokens > 200000 maximum",
        "Prompt too long: 5152 tokens exceeds max_seq_len 2048 (leave room for output tokens)",
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        "Please reduce the length of the messages or completion.",
        "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
        "The input (263000 tokens) is longer than the model's context length (262144 tokens).",
        "The decoder prompt (length 18000) is longer than the maximum model length of 16384.",
        "Input length 131393 exceeds the maximum allowed input length of 131040 tokens.",
        "Requested token count exceeds the model's maximum context length of 202752 tokens.",
        "too many tokens: total number of tokens in the prompt cannot exceed 4081",
        "Your request exceeded model token limit: 262144 (requested: 270000)",
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
        "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000",
        "length of prompt_tokens (40000) must be less than max_seq_len (32768).",
        "invalid params, context window exceeds limit",
        "Prompt exceeds max length",
        "the request exceeds the available context size, try increasing it",
        "Invalid 'messages[0].content': string too long. Expected a string with maximum length 10485760",
    ],
)
@pytest.mark.parametrize("code", [400, 413, 422, 502])
def test_a_chat_that_is_too_long_in_the_words_of_providers(words, code):
    raw = json.dumps({"error": {"message": words, "type": "invalid_request_error"}})
    told = {"code": code, "message": "Provider returned error", "metadata": {"raw": raw, "provider_name": "X"}}

    assert diagnose(told).kind == "context_too_long"
    assert diagnose({"code": code, "message": words}).kind == "context_too_long"


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (400, "max_tokens is too large: 300000. This model supports at most 128000 completion tokens", "bad_request"),
        (400, "max_tokens: 8193 > 8192, which is the maximum allowed number of output tokens", "bad_request"),
        (400, "Input required: specify \"prompt\" or \"messages\"", "bad_request"),
        (400, "Input should be a valid string", "bad_request"),
        (429, "Too many tokens, please wait before trying again.", "rate_limited"),
        (503, "Too many tokens, please wait before trying again.", "upstream_unavailable"),
        (400, "This model does not support assistant message prefill.", "bad_request"),
        (400, "At most 0 image(s) may be provided in one request.", "cannot_see_images"),
        (400, "At most 8 image(s) may be provided in one request.", "too_large"),
        (400, "Too many images in request: 25 > 20", "too_large"),
        (400, "messages.0.content.9.image.source.base64.data: At least one of the image dimensions exceed max allowed"
              " size for many-image requests: 2000 pixels", "too_large"),
        (400, "The response was filtered due to the prompt triggering Azure's content management policy", "moderated"),
        (400, "Input data may contain inappropriate content.", "moderated"),
    ],
)  # fmt: skip
def test_what_only_looks_like_it(code, words, kind):
    assert diagnose({"code": code, "message": "Provider returned error", "metadata": {"raw": words}}).kind == kind
