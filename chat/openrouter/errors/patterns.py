"""Tables of status codes and regular expressions that tell OpenRouter's errors apart, for `diagnosis.py`.

Sources: OpenRouter docs, "Errors and Debugging", "Limits" and "Guardrails"; its OpenAPI (ApiErrorType); messages seen
live, OpenRouter's own and those of the providers behind it.
"""

from chat.openrouter.errors import kinds

ErrorPattern = tuple[int, str, type[kinds.OpenRouterError]]  # status, what the evidence must contain, error class

# Each provider words this differently, and OpenRouter passes the words on with various statuses.
TOO_LONG = "|".join(
    (
        r"context[_ -]?(length|window|size|limit)",
        r"(prompt|inputs?|request|text|messages?|conversation) (is |are )?too long",
        r"(prompt|inputs?|messages?)\b.{0,60}\b(exceed(s|ed)?|longer than|larger than|supports? up to)\b",
        r"(prompt|inputs?)\W{1,2}(tokens?|length).{0,40}(\b(limit|maximum)\b|must be <)",
        r"maximum (prompt|input|model|sequence) (length|tokens)",
        r"reduce the length|max(imum)?[_ ](model|seq(uence)?|input)[_ ]len",
        r"exceeds? max(imum)? length|exceeded model token limit|too many (input |total )?tokens(?!,? (per|please))",
        r"range of input length|must have less than \d+ tokens|tokens in request more than",
        r"string[_ ]too[_ ]long|string_above_max_length",
    )
)
OWN_PROVIDERS = (
    r"no allowed providers|providers (have been|are|were) (all )?(ignored|excluded|blocked|disabled)"
    r"|(ignored|allowed|blocked|excluded) providers|\brequested_providers\b|provider restrictions|settings/preferences"
)
OWN_PRIVACY = r"data[ _]policy|guardrail|privacy|zero data retention|\bzdr\b|training violation|model publication"
MODERATION = (
    r"content[_ ]policy|content[_ ]filter|content management|moderation|\bflagged\b|\breasons\b|data_inspection"
    r"|bio_policy|inappropriate|prohibited|safety (system|check|filter)|usage polic"
)
TOO_MANY_IMAGES = r"too many images|at most \d+ images?|many-image|images?\b.{0,60}\b(exceeds?|exceeded|too large)"
ENDED = r"\bha(s|ve) ended|deprecated|no longer|sunset|\bretired\b|discontinued|shut down"
IN_FLIGHT = r"in[_-]flight"
# A limit on spending may be named, in `limit_source` or `scope`: the name wins over the words of the message.
OWN_KEY = r"\bkey_limit\b|openrouter_key_limit|settings/keys|key with a higher|key limit|key's (\w+ )?limit"
NAMED_BUDGET = r"openrouter_\w+_budget"
BUDGET = r"budget|\b(workspace|organi[sz]ation|member) (\w+ ){0,2}limit"
KEY_IN_WORDS = r"\bkey('s)? (\w+ ){0,4}limit"
NEVER_PURCHASED = r"never (purchased|bought|added)|(\bnot|n't) (yet )?(purchased|bought|added) any"
IN_DEBT = r"negative_balance|negative\b.{0,20}\bbalance|balance\b.{0,30}(\bnegative|below zero|-\$?\d)"

# The first match wins. The evidence is all words of an error, in lower case: its types, its reason, the names of its
# metadata, its message and what the provider said.
ERROR_PATTERNS: tuple[ErrorPattern, ...] = (
    *((code, OWN_PROVIDERS, kinds.ProvidersExcluded) for code in (400, 403, 404, 502, 503)),
    *((code, OWN_PRIVACY, kinds.DataPolicyBlocks) for code in (404, 502, 503)),
    (400, r"token_limit_exceeded", kinds.PromptTooExpensive),
    (400, r"at most 0 image|(not|n't) support image|image_url is only supported", kinds.CannotSeeImages),
    *((code, TOO_MANY_IMAGES, kinds.TooLarge) for code in (400, 413)),
    *((code, TOO_LONG, kinds.ContextTooLong) for code in (400, 413, 500, 502, 503)),
    (400, r"not a valid model id", kinds.UnknownModel),
    (400, r"image_(file_)?too_large|request[_ ](entity[_ ])?too[_ ]large", kinds.TooLarge),
    (400, MODERATION, kinds.Moderated),
    (400, r"\brefusal\b", kinds.Refused),
    (400, r"_image|image_|(invalid|unsupported|process|decode|download)\b.*\bimage", kinds.BadImage),
    (401, r"\bprovider_name\b", kinds.Refused),  # the rejected key is a provider's, stored at OpenRouter
    (401, r"", kinds.KeyRejected),
    (402, r"weight_exceeds_budget|alone exceeds your in-flight", kinds.BudgetTooSmall),
    *((code, IN_FLIGHT, kinds.InFlightBudget) for code in (402, 403, 429)),
    *((code, NAMED_BUDGET, kinds.BudgetReached) for code in (402, 403)),
    (402, OWN_KEY, kinds.KeyLimitReached),
    (402, BUDGET, kinds.BudgetReached),
    (402, KEY_IN_WORDS, kinds.KeyLimitReached),
    (402, IN_DEBT, kinds.InDebt),
    (402, r"prompt tokens? limit|prompt.*\d+ > \d+", kinds.PromptTooExpensive),
    (402, NEVER_PURCHASED, kinds.NeverPurchased),
    (402, r"can only afford (1[6-9]|[2-9]\d|[1-9][\d,]{2,})", kinds.AnswerTooExpensive),
    (402, r"\bprovider_name\b", kinds.Refused),  # an account at a provider, whose key is stored at OpenRouter
    (402, r"", kinds.OutOfCredit),
    (403, OWN_KEY, kinds.KeyLimitReached),
    (403, BUDGET, kinds.BudgetReached),
    (403, KEY_IN_WORDS, kinds.KeyLimitReached),
    (403, r"spending limit", kinds.BudgetReached),
    (403, r"openrouter_credits", kinds.OutOfCredit),
    (403, r"security policy|\bregion\b|\bcountry\b", kinds.RegionBlocked),
    (403, r"\bpatterns\b|guardrail", kinds.GuardrailBlocked),
    (403, MODERATION, kinds.Moderated),
    (403, r"", kinds.Refused),
    (404, r"image input", kinds.CannotSeeImages),
    (404, r"tool use|requested parameters", kinds.NoToolUse),
    (404, rf"\bfree\b.{{0,40}}({ENDED})|no longer (available )?(for )?free", kinds.FreeVersionEnded),
    (404, rf"no endpoints found for|model .*(not found|not exist|not a valid)|{ENDED}", kinds.UnknownModel),
    (404, r"", kinds.NoEndpoint),
    (408, r"", kinds.RequestTimedOut),
    (413, r"", kinds.TooLarge),
    (429, r"free_tier_daily|free-models-per-day", kinds.FreeDailyLimit),
    (429, r"free_tier_per_minute|free-models-per-min", kinds.FreeMinuteLimit),
    (429, r"shared_pool|rate-limited upstream", kinds.SharedPoolBusy),
    (429, r"(\bdaily|per day)\b.{0,40}\bfree (model|request)|\bfree (model|request).{0,40}(daily|per day)",
     kinds.FreeDailyLimit),
    (429, r"\bper minute\b.{0,40}\bfree (model|request)|\bfree (model|request).{0,40}per minute",
     kinds.FreeMinuteLimit),
    (429, r"", kinds.RateLimited),
)  # fmt: skip

# Why a model is unavailable: values of `error.availability.code`, which OpenRouter documents as stable.
AVAILABILITY: dict[str, type[kinds.OpenRouterError]] = {
    "model_not_found": kinds.UnknownModel,
    "wrong_endpoint": kinds.NotForChat,
    "no_endpoints": kinds.NoEndpoint,
    "model_deprecated": kinds.UnknownModel,
    "model_unavailable_upstream": kinds.NoEndpoint,
    "capacity_exhausted": kinds.SharedPoolBusy,
    "temporarily_unavailable": kinds.UpstreamUnavailable,
    "region_restricted": kinds.RegionBlocked,
    "privacy_restricted": kinds.DataPolicyBlocks,
    "constraint_filtered": kinds.ProvidersExcluded,
    "free_variant_ended": kinds.FreeVersionEnded,
}

# Why no provider remained, if the error says so: in `excluded_by`, in `constraint`, or only in the message.
EXCLUSIONS: tuple[tuple[str, type[kinds.OpenRouterError]], ...] = (
    (rf"allowed_providers|max_price|quantization|data_region|{OWN_PROVIDERS}", kinds.ProvidersExcluded),
    (rf"data_policy|{OWN_PRIVACY}", kinds.DataPolicyBlocks),
    (r"\bgeo\b", kinds.RegionBlocked),
    (r"context_length", kinds.ContextTooLong),
    (r"image", kinds.CannotSeeImages),
    (r"require_parameters|requested parameters|\btools?\b", kinds.NoToolUse),
)
EXCLUDING_CODES = ("no_endpoints", "constraint_filtered")  # values of `availability.code` that EXCLUSIONS makes precise

# OpenRouter documents 403 for a rejected code and sends 400 "Invalid code" (September 2026). It also sends 400 for an
# invalid request ("Invalid code_challenge_method").
EXCHANGE_PATTERNS: tuple[ErrorPattern, ...] = (
    (400, r"\bexpired", kinds.CodeExpired),
    (400, r"invalid (authorization )?code\b|code_verifier", kinds.CodeRejected),
    (403, r"expired", kinds.CodeExpired),
    (403, r"security policy|\bregion\b|\bcountry\b", kinds.RegionBlocked),
    (403, r"", kinds.CodeRejected),
)

# Names that OpenRouter sends in `code` or `metadata.error_type` instead of a number.
# Source: its OpenAPI, `ApiErrorType` and `ResponsesErrorField`.
CODES_BY_NAME = {
    "authentication": 401,
    "bio_policy": 403,
    "content_policy_violation": 403,
    "context_length_exceeded": 400,
    "data_residency_mismatch": 403,
    "empty_image_file": 400,
    "failed_to_download_image": 400,
    "image_content_policy_violation": 403,
    "image_download_failed": 400,
    "image_file_not_found": 400,
    "image_file_too_large": 400,
    "image_not_found": 400,
    "image_parse_error": 400,
    "image_too_large": 400,
    "image_too_small": 400,
    "invalid_api_key": 401,
    "invalid_base64_image": 400,
    "invalid_image": 400,
    "invalid_image_format": 400,
    "invalid_image_mode": 400,
    "invalid_image_url": 400,
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
    "unsupported_image_media_type": 400,
}
