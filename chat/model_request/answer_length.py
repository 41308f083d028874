"""How long an answer may be, if its chat does not say."""

from chat.catalogue import cache
from chat.parameters.request import Settings

# Before an answer begins, OpenRouter reserves the price of the longest one possible. Without a limit that is the
# model's maximum, and accounts with a dollar of credits are refused.
MAX_COMPLETION_TOKENS = 8192
MAX_COMPLETION_TOKENS_WITH_REASONING = 16384  # reasoning counts toward the same limit


def max_completion_tokens_for(model_id: str, settings: Settings) -> int:
    """The most tokens that an answer of this model may have, reasoning included."""
    model = cache.find(model_id)
    chosen: int | None = settings.get("max_completion_tokens")
    if chosen:
        return min(chosen, (model and model.max_completion_tokens) or chosen)
    reasons = model is not None and "reasoning" in model.supported_parameters
    default = MAX_COMPLETION_TOKENS_WITH_REASONING if reasons else MAX_COMPLETION_TOKENS
    own_limit = model.max_completion_tokens if model else None
    return min(own_limit or default, default)
