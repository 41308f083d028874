"""Every refusal of OpenRouter, as one table.

Messages and metadata are what the real service was seen to send or documents; `{name}` is filled from facts.
An error is found by its status and kind; the first kind of a status is its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CREDITS_PAGE = "https://openrouter.ai/settings/credits"
KEYS_PAGE = "https://openrouter.ai/settings/keys"
CLOUDFLARE_PAGE = (
    '<!DOCTYPE html>\n<html lang="en-US">\n<head><title>openrouter.ai | 502: Bad gateway</title></head>\n'
    "<body><h1>Bad gateway <span>Error code 502</span></h1>\n"
    "<p>The web server reported a bad gateway error.</p></body>\n</html>\n"
)


@dataclass(frozen=True)
class Error:
    """One way to be refused.

    `metadata` and `headers` are templates like `message`. `facts` are their default values.
    `text` replaces the JSON body (an HTML page of the edge); `plain` makes `error` a string (a geo block).
    """

    status: int
    kind: str
    message: str
    metadata: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    plain: bool = False
    signed: bool = True  # carries the user_id of the caller
    availability: Mapping[str, Any] | None = None
    has_code: bool = True  # or `http_status` and `error_type`, as the docs show errors with `availability`


def _rate_limited(kind: str, message: str, limit: int, source: str, hint: str) -> Error:
    """429 of the platform itself: the only answers with X-RateLimit headers, repeated in the metadata."""
    headers = {
        "X-RateLimit-Limit": "{limit}",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "{reset}",
    }
    metadata = {"headers": headers, "limit_source": source, "remedy_hint": hint}
    return Error(429, kind, message, metadata, headers, {"limit": limit})


def _provider_failed(status: int, kind: str, raw: str, provider: str = "{provider}", **more: Any) -> Error:
    return Error(status, kind, "Provider returned error", {"raw": raw, "provider_name": provider, **more})


def _unavailable(status: int, kind: str, message: str, *, has_code: bool = True, **more: Any) -> Error:
    """A model that cannot be had, with the reason as a code. Source: "Model availability errors" in the docs."""
    code = kind.replace("-", "_")
    availability = {
        "code": code,
        "retryable": "retry_after" in more,
        "requested_models": ["{model}"],
        **more,
        "docs_url": f"https://openrouter.ai/docs/errors#{code}",
    }
    return Error(status, kind, message, availability=availability, has_code=has_code, signed=False)


def _limit(source: str, scope: str) -> dict[str, Any]:
    """What OpenRouter documents of a budget, or of a key's limit, that is used up."""
    return {"limit_source": source, "scope": scope, "limit_usd": 500, "spend_usd": 500.12, "resets_at": "{resets_at}"}


ERRORS = (
    Error(400, "bad-request", 'Input required: specify "prompt" or "messages"'),
    Error(400, "challenge-method", "Invalid code_challenge_method", signed=False),
    Error(400, "code", "Invalid code", signed=False),
    Error(400, "model", "{model} is not a valid model ID"),
    Error(400, "models", "'models' array must have 3 items or fewer."),
    Error(
        400,
        "context",
        "This endpoint's maximum context length is {context_length} tokens. However, you requested about "
        "{requested} tokens ({requested} of text input). Please reduce the length of either one, or use the "
        "context-compression plugin to compress your prompt automatically.",
        {"provider_name": None, "error_type": "context_length_exceeded"},
        facts={"context_length": 200000, "requested": 250021},
    ),
    Error(
        400,
        "image",
        "{reason}",
        {"provider_name": None, "error_type": "invalid_image"},
        facts={"reason": "The image could not be decoded."},
    ),
    Error(400, "audio", "Audio could not be decoded as {format}.", facts={"format": "webm"}),
    Error(
        400,
        "voice",
        "Voice {voice} is not supported by {model}.",
        facts={"voice": "nobody", "model": "hexgrad/kokoro-82m"},
    ),
    Error(
        400,
        "audio-format",
        "response_format {format} is not supported by {model}.",
        facts={"format": "mp3", "model": "google/gemini-3.1-flash-tts-preview"},
    ),
    _provider_failed(400, "provider", '{{"code":400,"msg":"not found"}}'),
    _provider_failed(
        400,
        "prefill",
        '{{"type":"error","error":{{"type":"invalid_request_error","message":"This model does not support assistant '
        'message prefill. The conversation must end with a user message."}}}}',
        "Anthropic",
    ),
    _provider_failed(
        400,
        "signature",
        '{{"type":"error","error":{{"type":"invalid_request_error","message":"messages.1.content.0: Invalid '
        '`signature` in `thinking` block"}}}}',
        "Anthropic",
    ),
    _provider_failed(
        400,
        "input-tokens",
        '{{"error":{{"code":400,"message":"The input token count (1196265) exceeds the maximum number of tokens '
        'allowed (1048575).","status":"INVALID_ARGUMENT"}}}}',
    ),
    _provider_failed(400, "too-long", '{{"message":"Input is too long for requested model."}}', "Amazon Bedrock"),
    _provider_failed(
        400,
        "prompt-length",
        '{{"code":"invalid-argument","error":"This model\'s maximum prompt length is 131072 but the request contains '
        '537812 tokens."}}',
        "xAI",
    ),
    _provider_failed(400, "unknown", '{{"error":{{"message":"Function call is missing a thought_signature."}}}}'),
    Error(401, "user", "User not found.", signed=False),
    Error(401, "missing", "Missing Authentication header", signed=False),
    Error(401, "cookie", "No cookie auth credentials found", signed=False),
    _provider_failed(401, "own-key", '{{"error":{{"message":"Incorrect API key provided."}}}}', is_byok=True),
    Error(
        402,
        "credits",
        f"Insufficient credits. Add more using {CREDITS_PAGE}",
        {"limit_source": "openrouter_credits", "remedy_hint": f"Add credits at {CREDITS_PAGE}"},
    ),
    Error(
        402,
        "never",
        "Insufficient credits. This account never purchased credits. Make sure your key is on the correct "
        f"account or org, and if so, purchase more at {CREDITS_PAGE}",
        {"limit_source": "openrouter_credits"},
    ),
    Error(
        402,
        "afford",
        "This request requires more credits, or fewer max_tokens. You requested up to {max_tokens} tokens, "
        f"but can only afford {{afford}}. To increase, visit {CREDITS_PAGE} and add more credits",
        {
            "limit_source": "openrouter_credits",
            "remedy_hint": f"Add credits at {CREDITS_PAGE}, or lower max_tokens / prompt size to fit your "
            "remaining balance.",
        },
        facts={"afford": 840},
    ),
    Error(
        402,
        "afford-none",
        "This request requires more credits, or fewer max_tokens. You requested up to {max_tokens} tokens, "
        f"but can only afford 0. To increase, visit {CREDITS_PAGE} and add more credits",
    ),
    Error(
        402,
        "prompt",
        f"Prompt tokens limit exceeded: {{prompt}} > {{most}}. To increase, visit {CREDITS_PAGE} and upgrade to a paid "
        "account",
        {"limit_source": "openrouter_credits"},
        facts={"prompt": 23229, "most": 14796},
    ),
    Error(
        402,
        "debt",
        f"Your account has a negative credit balance. Add credits at {CREDITS_PAGE} to continue.",
        {"limit_source": "openrouter_credits"},
    ),
    Error(
        402,
        "key-none",
        "This request requires more credits, or fewer max_tokens. You requested up to {max_tokens} tokens, "
        f"but can only afford 0. To increase, visit {KEYS_PAGE} and create a key with a higher monthly limit",
        {"limit_source": "openrouter_key_limit"},
    ),
    Error(
        402,
        "key-prompt",
        f"Prompt tokens limit exceeded: {{prompt}} > {{most}}. To increase, visit {KEYS_PAGE} and create a key with a "
        "higher monthly limit",
        {"limit_source": "openrouter_key_limit"},
        facts={"prompt": 230799, "most": 91442},
    ),
    Error(
        402,
        "key-limit",
        "This request requires more credits, or fewer max_tokens. You requested up to {max_tokens} tokens, "
        "but can only afford {afford}.",
        {
            "limit_source": "openrouter_key_limit",
            "remedy_hint": "Raise or remove this API key's usage limit.",
        },
        facts={"afford": 840},
    ),
    Error(
        402,
        "in-flight",
        "This request would exceed your available credits given your current in-flight requests. Retry after "
        "in-flight requests settle, or add credits.",
        {
            "reason": "in_flight_budget_exhausted",
            "limit_source": "openrouter_in_flight_budget",
            "remedy_hint": "Retry after your in-flight requests settle (see the Retry-After header). Adding "
            f"credits at {CREDITS_PAGE} raises your in-flight budget, up to a capped ceiling.",
        },
        {"Retry-After": "{retry_after}"},
        {"retry_after": 120},
    ),
    Error(
        402,
        "weight",
        "This request alone exceeds your in-flight budget. Lower max_tokens, or add credits.",
        {"reason": "weight_exceeds_budget", "limit_source": "openrouter_in_flight_budget"},
    ),
    Error(
        403,
        "moderation",
        'Your chosen model requires moderation and your input was flagged for "{reason}". No credits were charged.',
        {
            "reasons": ["{reason}"],
            "flagged_input": "{flagged}",
            "provider_name": "{provider}",
            "model_slug": "{model}",
        },
        facts={"reason": "violence"},
    ),
    Error(
        403,
        "guardrail",
        "Request blocked: prompt injection patterns detected",
        {"patterns": ["ignore all previous instructions"]},
    ),
    Error(403, "region", "This model is not available in your region."),
    _provider_failed(403, "provider", '{{"error":"This request was refused."}}', error_type="refusal"),
    *(
        Error(
            403,
            f"key-{period}",
            f"Key limit exceeded ({period} limit). Manage it using https://openrouter.ai/workspaces/default",
            _limit("openrouter_key_limit", "key_limit"),
        )
        for period in ("total", "daily", "weekly", "monthly")
    ),
    Error(
        403,
        "budget",
        "Budget limit exceeded (monthly limit). Contact your organization's administrator.",
        _limit("openrouter_organization_budget", "organization"),
    ),
    *(
        Error(
            403,
            f"workspace-{period}",
            f"Workspace {period} budget of $500.00 exceeded. Contact your workspace admin.",
            _limit("openrouter_workspace_budget", "workspace"),
        )
        for period in ("lifetime", "daily", "weekly", "monthly")
    ),
    Error(
        403,
        "member",
        "Member budget limit exceeded (weekly limit).",
        _limit("openrouter_guardrail_budget", "workspace_default_member"),
    ),
    Error(403, "geo", "Access denied by security policy.", plain=True),
    Error(403, "management", "Only management keys can perform this operation", signed=False),
    Error(403, "code", "Invalid code or code_verifier", signed=False),
    Error(403, "expired", "Authorization code expired", signed=False),
    Error(404, "images", "No endpoints found that support image input", signed=False),
    Error(404, "audio", "No endpoints found that support input audio", signed=False),
    Error(
        404,
        "tools",
        "No endpoints found that support tool use. To learn more about provider routing, visit: "
        "https://openrouter.ai/docs/provider-routing",
        signed=False,
    ),
    Error(
        404,
        "policy",
        "No endpoints available matching your guardrail restrictions and data policy. Configure: "
        "https://openrouter.ai/settings/privacy",
        signed=False,
    ),
    Error(
        404,
        "providers",
        "No allowed providers are available for the selected model.",
        {"available_providers": ["deepinfra", "novita"], "requested_providers": ["azure"]},
    ),
    Error(
        404,
        "ignored",
        "All providers have been ignored. To change your default ignored providers, visit: "
        "https://openrouter.ai/settings/preferences",
    ),
    Error(
        404,
        "retired",
        "The alpha period for this model has ended. For other stealth models, please visit "
        "https://openrouter.ai/provider/stealth",
    ),
    _provider_failed(
        404,
        "item",
        '{{"error":{{"message":"Item with id \'rs_0d5df14fca7b\' not found. Items are not persisted when `store` is '
        'set to false. Try again with `store` set to true, or remove this item from your input.",'
        '"type":"invalid_request_error","param":"input","code":null}}}}',
        "OpenAI",
    ),
    Error(404, "route", "Not Found", signed=False),
    Error(404, "generation", "Generation {id} not found", signed=False),
    Error(405, "method", "Method Not Allowed", signed=False),
    Error(408, "timeout", "Request timed out. Please try again later.", {"error_type": "timeout"}),
    Error(413, "image", "Downloaded image content cannot exceed 30MB", {"provider_name": None}),
    Error(413, "body", "Request Entity Too Large", {"error_type": "payload_too_large"}),
    Error(422, "unprocessable", "Unprocessable Entity", {"error_type": "unprocessable"}),
    _rate_limited(
        "per-minute",
        "Rate limit exceeded: free-models-per-min. ",
        20,
        "openrouter_free_tier_per_minute",
        "Slow down requests to free models, or retry after the reset (see X-RateLimit-Reset).",
    ),
    _rate_limited(
        "per-day",
        "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
        50,
        "openrouter_free_tier_daily",
        "Wait for the daily reset (see X-RateLimit-Reset), or purchase credits",
    ),
    _rate_limited(
        "high-balance",
        "Rate limit exceeded: free-models-per-day-high-balance. ",
        1000,
        "openrouter_free_tier_daily",
        "Wait for the daily reset (see X-RateLimit-Reset)",
    ),
    Error(
        429,
        "upstream",
        "Provider returned error",
        {
            "raw": "{model} is temporarily rate-limited upstream. Please retry shortly.",
            "provider_name": "{provider}",
            "limit_source": "upstream_provider_shared_pool",
            "error_type": "rate_limit_exceeded",
        },
        {"Retry-After": "{retry_after}"},
        {"retry_after": 30},
    ),
    Error(500, "server", "Internal Server Error", signed=False),
    _provider_failed(502, "provider", '{{"error":{{"message":"Internal server error"}}}}'),
    Error(502, "html", "", text=CLOUDFLARE_PAGE, signed=False),
    Error(503, "unavailable", "No instances available", {"error_type": "provider_unavailable"}),
    Error(504, "timeout", "The provider did not answer in time", {"error_type": "timeout"}),
    Error(524, "timeout", "The origin timed out", {"error_type": "timeout"}, signed=False),
    _provider_failed(
        529,
        "overloaded",
        '{{"type":"overloaded_error","message":"Overloaded"}}',
        error_type="provider_overloaded",
    ),
    _unavailable(400, "model-not-found", "{model} is not a valid model ID"),
    _unavailable(
        400,
        "wrong-endpoint",
        "{model} is an embedding model.",
        constraint={"field": "endpoint", "detail": "Call it on /api/v1/embeddings."},
    ),
    _unavailable(404, "no-endpoints", "No endpoints found for {model}.", excluded_by=["allowed_providers"]),
    _unavailable(
        404,
        "model-deprecated",
        "{model} was deprecated.",
        has_code=False,
        fallback_models=["gone/for-good", "anthropic/claude-haiku-4.5"],
    ),
    _unavailable(404, "model-unavailable-upstream", "Every provider of {model} answers 404."),
    _unavailable(
        429,
        "capacity-exhausted",
        "All providers for {model} are at capacity. Retry after 40 seconds.",
        retry_after=40,
        affected_providers=["anthropic", "amazon-bedrock"],
        fallback_models=["anthropic/claude-haiku-4.5"],
    ),
    _unavailable(503, "temporarily-unavailable", "All attempts for {model} failed.", retry_after=5),
    _unavailable(403, "region-restricted", "{model} is not available in your region.", excluded_by=["geo"]),
    _unavailable(
        404,
        "privacy-restricted",
        "No endpoints for {model} match your data policy (zero data retention). Adjust at "
        "https://openrouter.ai/settings/privacy.",
        excluded_by=["data_policy:zdr"],
    ),
    _unavailable(
        404,
        "constraint-filtered",
        "No endpoints for {model} match your request.",
        excluded_by=["max_price"],
        constraint={"field": "max_price", "detail": "The cheapest endpoint costs more than your maximum price."},
    ),
    _unavailable(
        404,
        "free-variant-ended",
        "The free promotion of {model} has ended.",
        has_code=False,
        fallback_models=["meta-llama/llama-3.3-70b-instruct"],
    ),
)


def find(status: int, kind: str = "", *, limit_source: str = "") -> Error:
    """The row of that status, by its kind or by `metadata.limit_source`. LookupError if there is none."""
    for error in ERRORS:
        source = (error.metadata or {}).get("limit_source", "")
        if error.status == status and kind in ("", error.kind) and limit_source in ("", source):
            return error
    raise LookupError(f"no error {status} {kind or limit_source}".rstrip())
