"""Which limit was reached, of money or of requests: whose it is, what it still allows, and when it ends."""

import pytest

from chat import openrouter
from chat.openrouter.errors.diagnosis import diagnose
from tests.openrouter.errors.words import AFFORD

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
