"""Tables of status codes and regular expressions that tell OpenRouter's errors apart, for `diagnosis.py`.

Sources: OpenRouter docs, "Errors and Debugging", "Limits" and "Guardrails"; its OpenAPI (ApiErrorType); messages seen
live, OpenRouter's own and those of the providers behind it.
"""

from . import errors

ErrorPattern = tuple[int, str, type[errors.OpenRouterError]]  # status, what the evidence must contain, error class

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
    r"|inappropriate|prohibited|safety (system|check|filter)|usage polic"
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
    *((code, OWN_PROVIDERS, errors.ProvidersExcluded) for code in (400, 403, 404, 502, 503)),
    *((code, OWN_PRIVACY, errors.DataPolicyBlocks) for code in (404, 502, 503)),
    (400, r"token_limit_exceeded", errors.PromptTooExpensive),
    (400, r"at most 0 image|(not|n't) support image|image_url is only supported", errors.CannotSeeImages),
    *((code, TOO_MANY_IMAGES, errors.TooLarge) for code in (400, 413)),
    *((code, TOO_LONG, errors.ContextTooLong) for code in (400, 413, 500, 502, 503)),
    (400, r"not a valid model id", errors.UnknownModel),
    (400, r"image_too_large|request[_ ](entity[_ ])?too[_ ]large", errors.TooLarge),
    (400, MODERATION, errors.Moderated),
    (400, r"\brefusal\b", errors.Refused),
    (400, r"_image|image_|(invalid|unsupported|process|decode|download)\b.*\bimage", errors.BadImage),
    (401, r"\bprovider_name\b", errors.Refused),  # the rejected key is a provider's, stored at OpenRouter
    (401, r"", errors.KeyRejected),
    (402, r"weight_exceeds_budget|alone exceeds your in-flight", errors.BudgetTooSmall),
    *((code, IN_FLIGHT, errors.InFlightBudget) for code in (402, 403, 429)),
    *((code, NAMED_BUDGET, errors.BudgetReached) for code in (402, 403)),
    (402, OWN_KEY, errors.KeyLimitReached),
    (402, BUDGET, errors.BudgetReached),
    (402, KEY_IN_WORDS, errors.KeyLimitReached),
    (402, IN_DEBT, errors.InDebt),
    (402, r"prompt tokens? limit|prompt.*\d+ > \d+", errors.PromptTooExpensive),
    (402, NEVER_PURCHASED, errors.NeverPurchased),
    (402, r"can only afford (1[6-9]|[2-9]\d|[1-9][\d,]{2,})", errors.AnswerTooExpensive),
    (402, r"\bprovider_name\b", errors.Refused),  # an account at a provider, whose key is stored at OpenRouter
    (402, r"", errors.OutOfCredit),
    (403, OWN_KEY, errors.KeyLimitReached),
    (403, BUDGET, errors.BudgetReached),
    (403, KEY_IN_WORDS, errors.KeyLimitReached),
    (403, r"spending limit", errors.BudgetReached),
    (403, r"openrouter_credits", errors.OutOfCredit),
    (403, r"security policy|\bregion\b|\bcountry\b", errors.RegionBlocked),
    (403, r"\bpatterns\b|guardrail", errors.GuardrailBlocked),
    (403, MODERATION, errors.Moderated),
    (403, r"", errors.Refused),
    (404, r"image input", errors.CannotSeeImages),
    (404, r"tool use|requested parameters", errors.NoToolUse),
    (404, rf"\bfree\b.{{0,40}}({ENDED})|no longer (available )?(for )?free", errors.FreeVersionEnded),
    (404, rf"no endpoints found for|model .*(not found|not exist|not a valid)|{ENDED}", errors.UnknownModel),
    (404, r"", errors.NoEndpoint),
    (408, r"", errors.RequestTimedOut),
    (413, r"", errors.TooLarge),
    (429, r"free_tier_daily|free-models-per-day", errors.FreeDailyLimit),
    (429, r"free_tier_per_minute|free-models-per-min", errors.FreeMinuteLimit),
    (429, r"shared_pool|rate-limited upstream", errors.SharedPoolBusy),
    (429, r"(\bdaily|per day)\b.{0,40}\bfree (model|request)|\bfree (model|request).{0,40}(daily|per day)",
     errors.FreeDailyLimit),
    (429, r"\bper minute\b.{0,40}\bfree (model|request)|\bfree (model|request).{0,40}per minute",
     errors.FreeMinuteLimit),
    (429, r"", errors.RateLimited),
)  # fmt: skip

# Why a model is unavailable: values of `error.availability.code`, which OpenRouter documents as stable.
AVAILABILITY: dict[str, type[errors.OpenRouterError]] = {
    "model_not_found": errors.UnknownModel,
    "wrong_endpoint": errors.NotForChat,
    "no_endpoints": errors.NoEndpoint,
    "model_deprecated": errors.UnknownModel,
    "model_unavailable_upstream": errors.NoEndpoint,
    "capacity_exhausted": errors.SharedPoolBusy,
    "temporarily_unavailable": errors.UpstreamUnavailable,
    "region_restricted": errors.RegionBlocked,
    "privacy_restricted": errors.DataPolicyBlocks,
    "constraint_filtered": errors.ProvidersExcluded,
    "free_variant_ended": errors.FreeVersionEnded,
}

# Why no provider remained, if the error says so: in `excluded_by`, in `constraint`, or only in the message.
EXCLUSIONS: tuple[tuple[str, type[errors.OpenRouterError]], ...] = (
    (rf"allowed_providers|max_price|quantization|data_region|{OWN_PROVIDERS}", errors.ProvidersExcluded),
    (rf"data_policy|{OWN_PRIVACY}", errors.DataPolicyBlocks),
    (r"\bgeo\b", errors.RegionBlocked),
    (r"context_length", errors.ContextTooLong),
    (r"image", errors.CannotSeeImages),
    (r"require_parameters|requested parameters|\btools?\b", errors.NoToolUse),
)
EXCLUDING_CODES = ("no_endpoints", "constraint_filtered")  # values of `availability.code` that EXCLUSIONS makes precise

# OpenRouter documents 403 for a rejected code and sends 400 "Invalid code" (September 2026). It also sends 400 for an
# invalid request ("Invalid code_challenge_method").
EXCHANGE_PATTERNS: tuple[ErrorPattern, ...] = (
    (400, r"\bexpired", errors.CodeExpired),
    (400, r"invalid (authorization )?code\b|code_verifier", errors.CodeRejected),
    (403, r"expired", errors.CodeExpired),
    (403, r"security policy|\bregion\b|\bcountry\b", errors.RegionBlocked),
    (403, r"", errors.CodeRejected),
)

# Names that OpenRouter sends in `code` or `metadata.error_type` instead of a number.
CODES_BY_NAME = {
    "authentication": 401,
    "content_policy_violation": 403,
    "context_length_exceeded": 400,
    "image_content_policy_violation": 403,
    "image_download_failed": 400,
    "image_not_found": 400,
    "image_too_large": 400,
    "image_too_small": 400,
    "invalid_api_key": 401,
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
