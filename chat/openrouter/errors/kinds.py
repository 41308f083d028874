"""The errors of the OpenRouter client, one class for each thing that a person can do about them.

OpenRouterError
├── BadRequest                 change whatever in the request is not accepted
│   ├── ContextTooLong         shorten the chat, or use a model with a larger context
│   └── BadImage               use another image
├── KeyRejected                sign in again
├── OutOfCredit                add credits
│   ├── NeverPurchased         add credits for the first time, or use a free model
│   ├── InDebt                 add credits: with a negative balance not even free models answer
│   ├── PromptTooExpensive     send less, or add credits
│   └── AnswerTooExpensive     ask for a shorter answer (`affordable_tokens`), or add credits
├── KeyLimitReached            raise the cap of this key, or wait for its period to end
│   └── BudgetReached          the same for a budget that an organisation, or a workspace of it, has set
├── InFlightBudget             wait until other answers are done
│   └── BudgetTooSmall         waiting will not help: send a smaller request, or add credits
├── Moderated                  rephrase the message
├── Refused                    use another model or provider
│   ├── GuardrailBlocked       a rule of the account forbids it
│   └── RegionBlocked          not offered where this server or person is
├── NoEndpoint                 use another model
│   ├── UnknownModel           pick one that exists
│   ├── FreeVersionEnded       pay for it, or pick another free one
│   ├── NotForChat             pick one that chats
│   ├── CannotSeeImages        pick one that accepts images, or leave the images out
│   ├── NoToolUse              pick one that supports tools, or leave the tools out
│   ├── ProvidersExcluded      change the provider settings at OpenRouter
│   └── DataPolicyBlocks       change the privacy settings at OpenRouter
├── RequestTimedOut            retry
├── TooLarge                   send smaller or fewer images
├── RateLimited                wait (`retry_after`)
│   ├── FreeDailyLimit         wait for the reset (`reset_at`), or use a paid model
│   ├── FreeMinuteLimit        wait a minute
│   └── SharedPoolBusy         wait, or use another model
├── UpstreamUnavailable        wait, or use another model
├── Unreachable                check this server's own network connection
├── Interrupted                continue the partial answer, or retry
│   ├── LineSilent             no byte arrived for a while
│   ├── Unreadable             nothing that arrived could be parsed
│   ├── NoProgress             keep-alives arrived, but no answer
│   └── AnswerTooLarge         more arrived than is accepted
└── CodeRejected               start the sign-in again
    └── CodeExpired            start the sign-in again, and be quicker
"""

from collections.abc import Mapping
from typing import Any, ClassVar

MAX_MESSAGE_LENGTH = 500


class OpenRouterError(Exception):
    """The base class of all errors of this package.

    `kind` names the class for good: it is stored with a reply, and the error's sentence is found by it (see `KINDS`).
    `message` is OpenRouter's own, at most 500 characters, never an HTML page, perhaps empty. `status` is the HTTP
    status, `code` the one in the body. `details` holds JSON values, each only if it is known: retry_after
    (seconds), reset_at (ISO 8601, UTC), affordable_tokens (at least 16), prompt_tokens, affordable_prompt_tokens,
    limit_period (total, daily, weekly or monthly), limit_scope (of a budget: person or workspace), limit_source, limit,
    reasons, patterns, flagged_input, model_slug, provider_name, provider_message,
    constraint, fallback_models, settings_path (at OpenRouter, as in "/settings/privacy"), after_seconds, cause.
    """

    kind: ClassVar[str] = "error"
    is_transient: ClassVar[bool] = False  # whether the same request may succeed soon

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        code: int | str | None = None,
        generation_id: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message[:MAX_MESSAGE_LENGTH]
        self.status = status
        self.code = code
        self.generation_id = generation_id
        self.details = dict(details or {})
        super().__init__(self.message or self.kind)


class BadRequest(OpenRouterError):
    kind = "bad_request"


class ContextTooLong(BadRequest):
    kind = "context_too_long"


class BadImage(BadRequest):
    kind = "bad_image"


class KeyRejected(OpenRouterError):
    kind = "key_rejected"


class OutOfCredit(OpenRouterError):
    kind = "out_of_credit"


class NeverPurchased(OutOfCredit):
    kind = "never_purchased"


class InDebt(OutOfCredit):
    kind = "in_debt"


class PromptTooExpensive(OutOfCredit):
    kind = "prompt_too_expensive"


class AnswerTooExpensive(OutOfCredit):
    kind = "answer_too_expensive"

    @property
    def affordable_tokens(self) -> int:
        return int(self.details["affordable_tokens"])


class KeyLimitReached(OpenRouterError):
    kind = "key_limit_reached"


class BudgetReached(KeyLimitReached):
    kind = "budget_reached"


class InFlightBudget(OpenRouterError):
    kind = "in_flight_budget"
    is_transient = True


class BudgetTooSmall(InFlightBudget):
    kind = "budget_too_small"
    is_transient = False


class Moderated(OpenRouterError):
    kind = "moderated"


class Refused(OpenRouterError):
    kind = "refused"


class GuardrailBlocked(Refused):
    kind = "guardrail_blocked"


class RegionBlocked(Refused):
    kind = "region_blocked"


class NoEndpoint(OpenRouterError):
    kind = "no_endpoint"


class UnknownModel(NoEndpoint):
    kind = "unknown_model"


class FreeVersionEnded(NoEndpoint):
    kind = "free_version_ended"


class NotForChat(NoEndpoint):
    kind = "not_for_chat"


class CannotSeeImages(NoEndpoint):
    kind = "cannot_see_images"


class NoToolUse(NoEndpoint):
    kind = "no_tool_use"


class ProvidersExcluded(NoEndpoint):
    kind = "providers_excluded"


class DataPolicyBlocks(NoEndpoint):
    kind = "data_policy_blocks"


class RequestTimedOut(OpenRouterError):
    kind = "request_timed_out"
    is_transient = True


class TooLarge(OpenRouterError):
    kind = "too_large"


class RateLimited(OpenRouterError):
    kind = "rate_limited"
    is_transient = True


class FreeDailyLimit(RateLimited):
    kind = "free_daily_limit"
    is_transient = False


class FreeMinuteLimit(RateLimited):
    kind = "free_minute_limit"


class SharedPoolBusy(RateLimited):
    kind = "shared_pool_busy"


class UpstreamUnavailable(OpenRouterError):
    kind = "upstream_unavailable"
    is_transient = True


class Unreachable(OpenRouterError):
    kind = "unreachable"
    is_transient = True


class Interrupted(OpenRouterError):
    kind = "interrupted"
    is_transient = True


class LineSilent(Interrupted):
    kind = "line_silent"


class Unreadable(Interrupted):
    kind = "unreadable"


class NoProgress(Interrupted):
    kind = "no_progress"


class AnswerTooLarge(Interrupted):
    kind = "answer_too_large"
    is_transient = False


class CodeRejected(OpenRouterError):
    kind = "code_rejected"


class CodeExpired(CodeRejected):
    kind = "code_expired"


def _with_descendants(family: type[OpenRouterError]) -> list[type[OpenRouterError]]:
    return [family, *(each for child in family.__subclasses__() for each in _with_descendants(child))]


KINDS: Mapping[str, type[OpenRouterError]] = {each.kind: each for each in _with_descendants(OpenRouterError)}
