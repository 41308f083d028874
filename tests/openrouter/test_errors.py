"""Every failure gets the class that says what to do; the words are as seen in practice."""

import json
import pickle

import pytest

from chat import openrouter
from chat.openrouter import KINDS, OpenRouterError
from chat.openrouter.diagnosis import diagnose, diagnose_answer
from chat.openrouter.signs import EXCHANGE_SIGNS

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
        (404, "The alpha period for this model has ended.", {}, "no_endpoint"),
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
    assert diagnose({"code": code, "message": message}, signs=EXCHANGE_SIGNS).kind == kind


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
        ("plain words", "plain words"),
        ("[1]", None),
        ("<html>bad gateway</html>", None),
        (None, None),
    ],
)
def test_what_the_provider_said(raw, message):
    failure = diagnose({"code": 400, "message": "Provider returned error", "metadata": {"raw": raw}})

    assert failure.details.get("provider_message") == message


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
    drawing = openrouter.errors.__doc__ or ""

    assert [name for name in (family.__name__ for family in KINDS.values()) if name not in drawing] == []


def test_an_error_survives_a_queue():
    failure = diagnose({"code": 402, "message": AFFORD}, generation_id="gen-1")

    again = pickle.loads(pickle.dumps(failure))  # noqa: S301

    assert (again.kind, again.details, again.generation_id) == (failure.kind, failure.details, failure.generation_id)
