"""Every failure gets the class that says what to do; the words are as seen in practice."""

import json
import pickle
from time import thread_time

import pytest

from chat import openrouter
from chat.openrouter import KINDS, OpenRouterError
from chat.openrouter.errors.diagnosis import diagnose, diagnose_answer
from chat.openrouter.errors.patterns import EXCHANGE_PATTERNS

AFFORD = (
    "This request requires more credits, or fewer max_tokens. You requested up to 900 tokens, but can only afford 840."
)


@pytest.mark.parametrize(
    ("code", "message", "metadata", "kind"),
    [
        (400, "max_tokens must be at least 16", {}, "bad_request"),
        (
            400,
            "This endpoint's maximum context length is 200000 tokens. However, you requested",
            {},
            "context_too_long",
        ),
        (400, "Provider returned error", {"error_type": "context_length_exceeded"}, "context_too_long"),
        (400, "Provider returned error", {"raw": '{"error":{"message":"prompt is too long: 9"}}'}, "context_too_long"),
        (400, "invalid-model-1 is not a valid model ID", {}, "unknown_model"),
        (400, "Provider returned error", {"error_type": "unsupported_image_format"}, "bad_image"),
        (400, "Provider returned error", {"raw": "Could not process image"}, "bad_image"),
        (400, "Provider returned error", {"raw": "image exceeds 5 MB maximum"}, "too_large"),
        (400, "Provider returned error", {"raw": "This model does not support image input"}, "cannot_see_images"),
        (401, "Missing Authentication header", {}, "key_rejected"),
        (401, "User not found.", {}, "key_rejected"),
        (402, "Insufficient credits. Add more", {}, "out_of_credit"),
        (402, "Insufficient credits. This account never purchased credits.", {}, "never_purchased"),
        (402, AFFORD, {"limit_source": "openrouter_credits"}, "answer_too_expensive"),
        (402, AFFORD, {"limit_source": "openrouter_key_limit"}, "key_limit_reached"),
        (402, "Wait", {"limit_source": "openrouter_in_flight_budget"}, "in_flight_budget"),
        (
            402,
            "Wait",
            {"limit_source": "openrouter_in_flight_budget", "reason": "weight_exceeds_budget"},
            "budget_too_small",
        ),
        (402, "More", {"limit_source": "openrouter_credits", "reason": "weight_exceeds_budget"}, "budget_too_small"),
        (403, "Key limit exceeded (daily limit). Manage it", {}, "key_limit_reached"),
        (403, "Budget limit exceeded (monthly limit)", {}, "budget_reached"),
        (403, "Your chosen model requires moderation", {"reasons": ["violence"]}, "moderated"),
        (403, "Request blocked by guardrail", {"patterns": ["ssn"]}, "guardrail_blocked"),
        (403, "This model is not available in your region.", {}, "region_blocked"),
        (403, "Only management keys can perform this operation", {}, "refused"),
        (404, "No endpoints found that support image input", {}, "cannot_see_images"),
        (404, "No endpoints found that support tool use. To learn more", {}, "no_tool_use"),
        (404, "No endpoints found matching your data policy", {}, "data_policy_blocks"),
        (404, "No endpoints available matching your guardrail restrictions and data policy", {}, "data_policy_blocks"),
        (404, "No endpoints found for maker/model.", {}, "unknown_model"),
        (404, "The alpha period for this model has ended.", {}, "unknown_model"),
        (405, "Method Not Allowed", {}, "bad_request"),
        (408, "Timed out", {}, "request_timed_out"),
        (413, "Downloaded image content cannot exceed 30MB", {}, "too_large"),
        (418, "Short and stout", {}, "bad_request"),
        (422, "Unprocessable", {}, "bad_request"),
        (422, "Unprocessable", {"error_type": "invalid_image"}, "bad_image"),
        (429, "Rate limit exceeded: free-models-per-day. Add 10 credits", {}, "free_daily_limit"),
        (429, "Rate limit exceeded", {"limit_source": "openrouter_free_tier_daily"}, "free_daily_limit"),
        (429, "Rate limit exceeded: free-models-per-min. ", {}, "free_minute_limit"),
        (429, "Provider returned error", {"limit_source": "upstream_provider_shared_pool"}, "shared_pool_busy"),
        (429, "Provider returned error", {"raw": "m:free is temporarily rate-limited upstream."}, "shared_pool_busy"),
        (429, "Rate limit exceeded: limit_rpm/m", {}, "rate_limited"),
        (500, "Internal Server Error", {}, "upstream_unavailable"),
        (502, "Provider returned error", {}, "upstream_unavailable"),
        (503, "No available model provider", {}, "upstream_unavailable"),
        (529, "Provider overloaded", {}, "upstream_unavailable"),
    ],
)
def test_what_kind_it_is(code, message, metadata, kind):
    told = {"code": code, "message": message, "metadata": metadata}

    before = diagnose_answer(status=code, headers={}, body=json.dumps({"error": told}).encode())
    during = diagnose(told, generation_id="gen-1")

    assert (before.kind, before.status, before.code, before.message) == (kind, code, code, message.strip())
    assert (during.kind, during.status, during.generation_id) == (kind, None, "gen-1")


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


MORE = "To increase, visit https://openrouter.ai/settings/"


@pytest.mark.parametrize(
    ("message", "kind", "details"),
    [
        (f"Prompt tokens limit exceeded: 23229 > 14796. {MORE}credits and upgrade to a paid account",
         "prompt_too_expensive", {"prompt_tokens": 23229, "affordable_prompt_tokens": 14796}),
        ("Prompt tokens limit exceeded: 1,064,128 > 6,964", "prompt_too_expensive",
         {"prompt_tokens": 1064128, "affordable_prompt_tokens": 6964}),
        (f"Prompt tokens limit exceeded: 230799 > 91442. {MORE}keys and create a key with a higher monthly limit",
         "key_limit_reached",
         {"prompt_tokens": 230799, "affordable_prompt_tokens": 91442, "limit_period": "monthly"}),
        (f"You requested up to 32000 tokens, but can only afford 0. {MORE}credits and add more credits",
         "out_of_credit", {}),
        ("You requested up to 32000 tokens, but can only afford 7.", "out_of_credit", {}),
        ("You requested up to 32000 tokens, but can only afford -312.", "out_of_credit", {}),
        ("You requested up to 32000 tokens, but can only afford 16.", "answer_too_expensive",
         {"affordable_tokens": 16}),
        ("You requested up to 32,000 tokens, but can only afford 27,342.", "answer_too_expensive",
         {"affordable_tokens": 27342}),
        (f"You requested up to 32000 tokens, but can only afford 0. {MORE}keys and create a key with a higher daily"
         " limit", "key_limit_reached", {"limit_period": "daily"}),
        (f"You requested up to 32000 tokens, but can only afford 1200. {MORE}keys and create a key with a higher total"
         " limit", "key_limit_reached", {"limit_period": "total", "affordable_tokens": 1200}),
        ("This request would exceed your available credits given your current in-flight requests.",
         "in_flight_budget", {}),
        ("This request alone exceeds your in-flight budget.", "budget_too_small", {}),
        ("Your account has a negative credit balance. Add credits to continue.", "in_debt", {}),
        ("Your balance is -$0.52.", "in_debt", {}),
        ("Workspace budget exceeded (weekly limit).", "budget_reached",
         {"limit_period": "weekly", "limit_scope": "workspace"}),
        ("You have not purchased any credits yet.", "never_purchased", {}),
        ("This account has never bought credits.", "never_purchased", {}),
    ],
)  # fmt: skip
def test_which_money_ran_out(message, kind, details):
    failure = diagnose({"code": 402, "message": message})
    failure.details.pop("settings_path", None)

    assert (failure.kind, failure.details) == (kind, details)


RESET = {"limit_usd": 500, "spend_usd": 501.2, "resets_at": "2026-12-01T00:00:00Z"}
RESET_FACT = {"reset_at": "2026-12-01T00:00:00+00:00"}


@pytest.mark.parametrize("code", [402, 403])
@pytest.mark.parametrize(
    ("message", "metadata", "kind", "facts"),
    [
        ("Workspace monthly budget of $500.00 exceeded. Contact your workspace admin.", {}, "budget_reached",
         {"limit_period": "monthly", "limit_scope": "workspace"}),
        ("Workspace lifetime budget of $500.00 exceeded. Contact your workspace admin.", {}, "budget_reached",
         {"limit_period": "total", "limit_scope": "workspace"}),
        ("Workspace limit exceeded (weekly limit).", {}, "budget_reached",
         {"limit_period": "weekly", "limit_scope": "workspace"}),
        ("Organization limit exceeded.", {}, "budget_reached", {}),
        ("Budget limit exceeded (monthly limit). Contact your organization's administrator.", {}, "budget_reached",
         {"limit_period": "monthly"}),
        ("Org member budget limit exceeded (daily limit).", {}, "budget_reached",
         {"limit_period": "daily", "limit_scope": "person"}),
        ("Refused.", {"limit_source": "openrouter_workspace_budget", **RESET}, "budget_reached",
         {"limit_scope": "workspace", **RESET_FACT}),
        ("Key limit exceeded.", {"limit_source": "openrouter_guardrail_budget", "scope": "member", **RESET},
         "budget_reached", {"limit_scope": "person", **RESET_FACT}),
        ("Refused.", {"limit_source": "openrouter_guardrail_budget", "scope": "api_key", **RESET}, "budget_reached",
         {"limit_scope": "person", **RESET_FACT}),
        ("Refused.", {"limit_source": "openrouter_key_limit", **RESET}, "key_limit_reached", RESET_FACT),
        ("Refused.", {"effective_budget": {"scope": "key_limit", "reset_interval": "weekly"}}, "key_limit_reached",
         {"limit_period": "weekly"}),
        ("Refused.", {"effective_budget": {"scope": "workspace_default_member", "reset_interval": "monthly", **RESET}},
         "budget_reached", {"limit_scope": "person", "limit_period": "monthly", **RESET_FACT}),
        ("Budget reached.", {"budget": {"scope": "workspace", "resets_at": "soon"}}, "budget_reached",
         {"limit_scope": "workspace"}),
        ("API key has exceeded its weekly limit", {}, "key_limit_reached", {"limit_period": "weekly"}),
        ("API key budget limit exceeded (daily limit).", {}, "budget_reached",
         {"limit_period": "daily", "limit_scope": "person"}),
    ],
)  # fmt: skip
def test_whose_limit_was_reached_and_until_when(code, message, metadata, kind, facts):
    failure = diagnose({"code": code, "message": message, "metadata": metadata})
    failure.details.pop("limit_source", None)

    assert (failure.kind, failure.details) == (kind, facts)


def test_what_a_budget_is_called_does_not_decide_about_other_refusals():
    metadata = {"reasons": ["violence"], "flagged_input": "our team has a budget limit"}

    assert diagnose({"code": 403, "message": "Your input was flagged", "metadata": metadata}).kind == "moderated"


def test_an_empty_account_at_a_provider_is_not_the_one_at_openrouter():
    metadata = {"provider_name": "DeepSeek", "raw": '{"error":{"message":"Insufficient Balance"}}'}
    failure = diagnose({"code": 402, "message": "Provider returned error", "metadata": metadata})

    assert (failure.kind, failure.details["provider_message"]) == ("refused", "Insufficient Balance")
    assert diagnose({"code": 402, "message": "No", "metadata": {"provider_name": None}}).kind == "out_of_credit"


@pytest.mark.parametrize("code", [402, 403, 429])
@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ({"limit_source": "openrouter_in_flight_budget"}, "in_flight_budget"),
        ({"reason": "in_flight_budget_exhausted"}, "in_flight_budget"),
    ],
)
def test_reserved_credits_are_transient_whatever_the_status(code, metadata, kind):
    failure = diagnose({"code": code, "message": "Wait", "metadata": metadata})

    assert (failure.kind, failure.is_transient) == (kind, True)


@pytest.mark.parametrize(
    ("message", "metadata", "kind"),
    [
        ("Daily limit of free requests reached", {}, "free_daily_limit"),
        ("Free model requests: 50 per day", {}, "free_daily_limit"),
        ("Free model requests are limited to 20 per minute", {}, "free_minute_limit"),
        ("Slow", {"provider_name": "Google", "raw": "Quota exceeded: free tier requests per day"}, "rate_limited"),
    ],
)
def test_free_limits_in_other_words(message, metadata, kind):
    assert diagnose({"code": 429, "message": message, "metadata": metadata}).kind == kind


@pytest.mark.parametrize("code", [404, 502, 503])
@pytest.mark.parametrize(
    ("message", "metadata", "kind", "path"),
    [
        ("No allowed providers are available for the selected model.",
         {"available_providers": ["z-ai"], "requested_providers": ["anthropic"]}, "providers_excluded", None),
        ("No allowed providers are available for the selected model. Providers serving a/b: deepinfra, but your"
         " request's provider.only preference permits only: tencent.", {}, "providers_excluded", None),
        ("All providers have been ignored. To change your default ignored providers, visit:"
         " https://openrouter.ai/settings/preferences", {}, "providers_excluded", "/settings/preferences"),
        ("All providers have been ignored. To change your default ignored providers, visit:"
         " https://openrouter.ai/settings/privacy", {}, "providers_excluded", "/settings/privacy"),
        ("No endpoints found matching your data policy (Free model publication). Configure:"
         " https://openrouter.ai/settings/privacy", {}, "data_policy_blocks", "/settings/privacy"),
        ("Paid model training violation (account settings): 1 endpoint excluded (configurable at"
         " https://openrouter.ai/settings/privacy).", {}, "data_policy_blocks", "/settings/privacy"),
        ("No endpoints for a/b match your data policy (zero data retention).", {}, "data_policy_blocks", None),
    ],
)  # fmt: skip
def test_the_persons_own_settings(code, message, metadata, kind, path):
    failure = diagnose({"code": code, "message": message, "metadata": metadata})

    assert (failure.kind, failure.details.get("settings_path")) == (kind, path)


def test_a_key_that_a_provider_refuses_is_not_the_one_of_openrouter():
    """People may leave keys of their own for single providers at OpenRouter."""
    told = {"code": 401, "message": "Provider returned error", "metadata": {"raw": "bad key", "provider_name": "X"}}

    assert diagnose(told).kind == "refused"
    assert diagnose({"code": 401, "message": "User not found.", "metadata": {"provider_name": None}}).kind == (
        "key_rejected"
    )


@pytest.mark.parametrize("place", ["error", "metadata"])
@pytest.mark.parametrize(
    ("code", "more", "kind"),
    [
        ("model_not_found", {}, "unknown_model"),
        ("wrong_endpoint", {"constraint": {"field": "endpoint", "detail": "/embeddings"}}, "not_for_chat"),
        ("no_endpoints", {}, "no_endpoint"),
        ("no_endpoints", {"excluded_by": ["allowed_providers"]}, "providers_excluded"),
        ("model_deprecated", {}, "unknown_model"),
        ("model_unavailable_upstream", {}, "no_endpoint"),
        ("capacity_exhausted", {"retryable": True, "retry_after": 40}, "shared_pool_busy"),
        ("temporarily_unavailable", {"retryable": True}, "upstream_unavailable"),
        ("region_restricted", {}, "region_blocked"),
        ("privacy_restricted", {"excluded_by": ["data_policy:zdr"]}, "data_policy_blocks"),
        ("constraint_filtered", {"constraint": {"field": "max_price", "detail": "too dear"}}, "providers_excluded"),
        ("constraint_filtered", {"excluded_by": ["context_length"]}, "context_too_long"),
        ("constraint_filtered", {"excluded_by": ["require_parameters"]}, "no_tool_use"),
        ("constraint_filtered", {"excluded_by": ["data_policy:training"]}, "data_policy_blocks"),
        ("free_variant_ended", {}, "free_version_ended"),
        ("new_tomorrow", {"retryable": True}, "upstream_unavailable"),
        ("new_tomorrow", {}, "unknown_model"),
        (None, {}, "unknown_model"),
    ],
)
def test_why_a_model_is_not_to_be_had(code, more, kind, place):
    """In this shape errors have no `code`: see "Model availability errors" in OpenRouter's docs."""
    availability = {"code": code, "retryable": False, "requested_models": ["a/b"], "docs_url": "https://x", **more}
    told = {"message": "No endpoints found for a/b.", "error_type": "not_found", "http_status": 404}
    told |= {"availability": availability} if place == "error" else {"metadata": {"availability": availability}}

    failure = diagnose(told)

    assert failure.kind == kind
    assert failure.details.get("retry_after") == more.get("retry_after")
    assert failure.details.get("constraint") == more.get("constraint", {}).get("detail")


def test_what_could_be_asked_instead():
    availability = {"code": "model_deprecated", "fallback_models": ["openai/gpt-4.1", None]}

    assert diagnose({"availability": availability}).details["fallback_models"] == ["openai/gpt-4.1"]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("Access denied by security policy.", "region_blocked"),
        (None, "refused"),
        ([], "refused"),
        ({"message": None, "code": None, "metadata": None}, "refused"),
        ({"code": "rate_limit_exceeded", "message": "Slow"}, "rate_limited"),
        ({"code": "429", "message": "Slow"}, "rate_limited"),
        ({"code": 3043, "message": "The provider's own number"}, "refused"),
        ({"message": "Slow", "metadata": {"error_type": "rate_limit_exceeded"}}, "rate_limited"),
    ],
)
def test_the_error_may_be_anything(told, kind):
    assert diagnose(told, status=403).kind == kind


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (403, "Invalid code or code_verifier", "code_rejected"),
        (403, "Authorization code expired", "code_expired"),
        (403, "Access denied by security policy.", "region_blocked"),
        (400, "Invalid code", "code_rejected"),
        (400, "Invalid code or code_verifier", "code_rejected"),
        (400, "Invalid authorization code.", "code_rejected"),
        (400, "Authorization code expired", "code_expired"),
        (400, "Invalid code_challenge_method", "bad_request"),
        (400, "", "bad_request"),
    ],
)
def test_the_exchange_has_kinds_of_its_own(code, message, kind):
    assert diagnose({"code": code, "message": message}, patterns=EXCHANGE_PATTERNS).kind == kind


@pytest.mark.parametrize("period", ["total", "daily", "weekly", "monthly"])
def test_which_limit_was_reached(period):
    failure = diagnose({"code": 403, "message": f"Key limit exceeded ({period} limit). Manage it"})

    assert failure.details == {"limit_period": period}


def test_how_much_is_affordable():
    failure = diagnose({"code": 402, "message": AFFORD})

    assert isinstance(failure, openrouter.AnswerTooExpensive)
    assert failure.affordable_tokens == 840


@pytest.mark.parametrize(
    ("headers", "metadata", "seconds"),
    [
        ({"Retry-After": "120"}, {}, 120),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, {}, 0),
        ({}, {"headers": {"Retry-After": "29"}}, 29),
        ({}, {"retry_after_seconds": 28.2}, 28),
        ({"Retry-After": "soon"}, {}, None),
        ({"Retry-After": "-5"}, {}, 0),
        ({}, {}, None),
    ],
)
def test_when_to_come_back(headers, metadata, seconds):
    failure = diagnose({"code": 429, "message": "Slow", "metadata": metadata}, headers=headers)

    assert failure.details.get("retry_after") == seconds


@pytest.mark.parametrize("place", ["headers", "body"])
def test_when_the_free_day_ends(place):
    limits = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1791331200000"}
    told = {"code": 429, "message": "free-models-per-day", "metadata": {"headers": limits if place == "body" else None}}

    failure = diagnose(told, headers=limits if place == "headers" else {})

    assert failure.details == {"limit": 50, "reset_at": "2026-10-07T00:00:00+00:00"}
    assert not failure.is_transient


@pytest.mark.parametrize("reset", ["", "never", "1e400", "-1e30", "nan"])
def test_a_reset_that_is_no_time_is_left_out(reset):
    assert "reset_at" not in diagnose({"code": 429}, headers={"X-RateLimit-Reset": reset}).details


def test_what_was_flagged():
    metadata = {"reasons": ["violence", "hate"], "flagged_input": "I will", "provider_name": "A", "model_slug": "m/m"}

    assert diagnose({"code": 403, "message": "Flagged", "metadata": metadata}).details == metadata


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ('{"error":{"message":"Too many images"}}', "Too many images"),
        ('{"error":"Too many images"}', "Too many images"),
        ('{"code":400,"msg":"not found"}', "not found"),
        ('{"errors":[{"message":"AiError"}],"success":false}', "AiError"),
        ('{"detail":"Nope"}', "Nope"),
        ({"error": {"message": "As an object"}}, "As an object"),
        ({"message": '{"error":{"message":"Deep inside"}}'}, "Deep inside"),
        ('{"type":"error","error":{"message":"Expected <image> in the prompt"}}', "Expected <image> in the prompt"),
        ("[" * 100_000, None),
        ("plain words", "plain words"),
        ("[1]", None),
        ("<html>bad gateway</html>", None),
        (None, None),
    ],
)
def test_what_the_provider_said(raw, message):
    failure = diagnose({"code": 400, "message": "Provider returned error", "metadata": {"raw": raw}})

    assert failure.details.get("provider_message") == message


def test_what_an_earlier_provider_said():
    before = [{"code": 400, "message": "Seen already"}, {"code": 400, "message": "Tool names must be unique"}]
    failure = diagnose({"code": 400, "message": "Seen already", "metadata": {"previous_errors": before}})

    assert failure.details == {"provider_message": "Tool names must be unique"}


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><title>502</title>", b"\n <HTML>\xff", b"", b"null", b"[]", b'{"x": 1}']
)
def test_a_page_is_not_a_message(body):
    failure = diagnose_answer(status=502, headers={}, body=body)

    assert (failure.kind, failure.message) == ("upstream_unavailable", "")


def test_a_proxys_one_line_is_a_message():
    failure = diagnose_answer(status=524, headers={"X-Generation-Id": "gen-2"}, body=b"error code: 524\n")

    assert (failure.message, failure.generation_id) == ("error code: 524", "gen-2")


def test_a_success_that_is_none_is_an_outage():
    assert diagnose_answer(status=200, headers={}, body=b"Hello").kind == "upstream_unavailable"


def test_messages_are_short_and_show_no_key():
    failure = diagnose({"code": 401, "message": "Incorrect API key: sk-or-v1-0123456789abcdef\n" + "x" * 1000})

    assert failure.message.startswith("Incorrect API key: sk-... xxx")
    assert len(failure.message) == 500
    assert str(failure) == failure.message


def test_details_can_be_stored():
    metadata = {
        "reasons": [{"a": 1}, None],
        "patterns": "x",
        "provider_name": 3,
        "headers": [],
        "raw": {},
        "limit_source": [],
    }

    failure = diagnose({"code": 403, "message": {"not": "text"}, "metadata": metadata})

    assert json.loads(json.dumps(failure.details)) == failure.details


def test_every_kind_has_a_class_of_its_own_and_is_public():
    families = [OpenRouterError]
    for family in families:
        families += family.__subclasses__()

    assert sorted(KINDS) == sorted(family.kind for family in families)
    assert {family.__name__ for family in families} <= set(openrouter.__all__)


def test_the_drawing_shows_every_class():
    drawing = openrouter.errors.kinds.__doc__ or ""

    assert [name for name in (family.__name__ for family in KINDS.values()) if name not in drawing] == []


def test_an_error_survives_a_queue():
    failure = diagnose({"code": 402, "message": AFFORD}, generation_id="gen-1")

    again = pickle.loads(pickle.dumps(failure))  # noqa: S301

    assert (again.kind, again.details, again.generation_id) == (failure.kind, failure.details, failure.generation_id)


HOSTILE = {
    "a page": lambda n: {"message": "<a" * n},
    "what looks like a key": lambda n: {"message": "sk-" * n},
    "many names": lambda n: {"metadata": {f"name {number} <a": 1 for number in range(n)}},
    "many reasons": lambda n: {"code": 403, "metadata": {"reasons": ["<a" * 100] * n, "patterns": ["<a" * 100] * n}},
    "what a provider said": lambda n: {"metadata": {"raw": "<a" * n}},
    "words of several signs": lambda n: {"code": 400, "message": "invalid model " * n},
    "a number": lambda n: {"code": 402, "message": f"can only afford {'9' * n}"},
    "types": lambda n: {"code": "<a" * n, "type": "invalid" * n, "metadata": {"error_type": "<a" * n}},
}


@pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE)
def test_a_long_error_is_cut_before_anything_is_looked_for(told):
    short, long = told(4_000), told(40_000)

    assert seconds_for(long) < 5 * seconds_for(short)  # it is the same; uncut, ten to a hundred times as much
    error = diagnose(long)
    json.dumps([str(error), error.details])


def seconds_for(told) -> float:
    """Of this thread's own time, at best."""
    taken = []
    for _ in range(3):
        begun = thread_time()
        diagnose(told)
        taken.append(thread_time() - begun)
    return min(taken)


@pytest.mark.parametrize("depth", [500, 900, 5_000, 100_000])
@pytest.mark.parametrize("place", ["around", "message", "raw", "reasons"])
def test_a_deep_error_is_an_ordinary_one(depth, place):
    deep = "[" * depth + "]" * depth
    bodies = {
        "around": deep,
        "message": f'{{"error": {{"code": 502, "message": {deep}}}}}',
        "raw": json.dumps({"error": {"code": 502, "metadata": {"raw": deep}}}),
        "reasons": f'{{"error": {{"code": 502, "metadata": {{"reasons": {deep}}}}}}}',
    }

    assert diagnose_answer(status=502, headers={}, body=bodies[place].encode()).kind == "upstream_unavailable"
