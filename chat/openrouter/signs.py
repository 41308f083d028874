"""How to tell OpenRouter's failures apart: tables only, read by `diagnosis`.

Sources: OpenRouter docs, "Errors and Debugging" and "Limits"; its OpenAPI (ApiErrorType); messages seen live.
"""

from . import errors

Sign = tuple[int, str, type[errors.OpenRouterError]]

# (code, what to find in the evidence, class): the first match wins. The evidence is all words of an error,
# in lower case: its types, its reason, the names of its metadata, its message and what the provider said.
SIGNS: tuple[Sign, ...] = (
    (400, r"context_length_exceeded|context length|context window|prompt is too long", errors.ContextTooLong),
    (400, r"not a valid model id", errors.UnknownModel),
    (400, r"image_too_large|image exceeds", errors.TooLarge),
    (400, r"(not|n't) support image|image_url is only supported", errors.CannotSeeImages),
    (400, r"_image|image_|(invalid|unsupported|process|decode|download)\b.*\bimage", errors.BadImage),
    (401, r"", errors.KeyRejected),
    (402, r"weight_exceeds_budget", errors.BudgetTooSmall),
    (402, r"in_flight_budget", errors.InFlightBudget),
    (402, r"openrouter_key_limit", errors.KeyLimitReached),
    (402, r"never purchased", errors.NeverPurchased),
    (402, r"can only afford \d+", errors.AnswerTooExpensive),
    (402, r"", errors.OutOfCredit),
    (403, r"key limit exceeded", errors.KeyLimitReached),
    (403, r"budget limit exceeded", errors.BudgetReached),
    (403, r"security policy|\bregion\b|\bcountry\b", errors.RegionBlocked),
    (403, r"\bpatterns\b|guardrail", errors.GuardrailBlocked),
    (403, r"\breasons\b|moderation|content_policy_violation|flagged", errors.Moderated),
    (403, r"", errors.Refused),
    (404, r"image input", errors.CannotSeeImages),
    (404, r"tool use", errors.NoToolUse),
    (404, r"data policy|guardrail|privacy", errors.DataPolicyBlocks),
    (404, r"no endpoints found for|model .*(not found|not exist|not a valid)", errors.UnknownModel),
    (404, r"", errors.NoEndpoint),
    (408, r"", errors.RequestTimedOut),
    (413, r"", errors.TooLarge),
    (429, r"free_tier_daily|free-models-per-day", errors.FreeDailyLimit),
    (429, r"free_tier_per_minute|free-models-per-min", errors.FreeMinuteLimit),
    (429, r"shared_pool|rate-limited upstream", errors.SharedPoolBusy),
    (429, r"", errors.RateLimited),
)  # fmt: skip

# A refused code was documented as 403 and seen as 400 "Invalid code" (September 2026). 400 also stands for a request
# that is wrong in itself ("Invalid code_challenge_method").
EXCHANGE_SIGNS: tuple[Sign, ...] = (
    (400, r"\bexpired", errors.CodeExpired),
    (400, r"invalid (authorization )?code\b|code_verifier", errors.CodeRejected),
    (403, r"expired", errors.CodeExpired),
    (403, r"security policy|\bregion\b|\bcountry\b", errors.RegionBlocked),
    (403, r"", errors.CodeRejected),
)

# What stands in `code` or `metadata.error_type` instead of a number.
CODES_BY_NAME = {
    "authentication": 401,
    "content_policy_violation": 403,
    "context_length_exceeded": 400,
    "image_download_failed": 400,
    "image_not_found": 400,
    "image_too_large": 400,
    "image_too_small": 400,
    "invalid_image": 400,
    "invalid_prompt": 400,
    "invalid_request": 400,
    "invalid_request_error": 400,
    "max_tokens_exceeded": 400,
    "not_found": 404,
    "payload_too_large": 413,
    "payment_required": 402,
    "permission_denied": 403,
    "precondition_failed": 412,
    "provider_overloaded": 529,
    "provider_unavailable": 503,
    "rate_limit_exceeded": 429,
    "refusal": 403,
    "string_too_long": 400,
    "timeout": 408,
    "token_limit_exceeded": 400,
    "unprocessable": 422,
    "unsupported_image_format": 400,
}
