"""Every failure gets the class that says what to do; the words are as seen in practice."""

import json

import pytest

from chat.openrouter.errors.diagnosis import diagnose, diagnose_answer
from chat.openrouter.errors.patterns import EXCHANGE_PATTERNS
from tests.openrouter.errors.words import AFFORD


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
