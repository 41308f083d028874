"""The table of errors: for each way a reply can fail, the sentence to show and the actions to offer.

The kinds of errors are those of chat/openrouter/errors/kinds.py and a few of this site; a test checks that none is
missing.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.models import Reply
from chat.streaming.reply_actions import (
    Action,
    add_credits,
    change_key_limit,
    change_spending_limits,
    choose_workspace,
    continue_over_limit,
    new_chat,
    privacy_settings,
    provider_settings,
    retry,
    retry_half_as_long,
    retry_longer,
    retry_shorter,
    retry_with_free_model,
    retry_with_longer_context,
    retry_with_other_maker,
    retry_with_other_model,
    retry_with_paid_model,
    sign_in_again,
)

ActionFor = Callable[[Reply], Action | None]


class Remedy(NamedTuple):
    """The sentence and the actions for one kind of error.

    `sentence` may have the placeholders that `error_messages` fills in. Actions that are None for a reply are left out.
    """

    sentence: str | Promise
    action: ActionFor
    other_actions: tuple[ActionFor, ...] = ()


REMEDIES = {
    # 400
    "bad_request": Remedy(gettext_lazy("{refuser} didn't accept this request."), retry, (retry_with_other_model,)),
    "context_too_long": Remedy(
        gettext_lazy("This chat is too long for {model}."), retry_with_longer_context, (new_chat,)
    ),
    "bad_image": Remedy(gettext_lazy("{model} couldn't read one of the images."), retry_with_other_model, (retry,)),
    # 401
    "key_rejected": Remedy(gettext_lazy("OpenRouter no longer accepts your key."), sign_in_again, (retry,)),
    # 402
    "out_of_credit": Remedy(
        gettext_lazy("Your OpenRouter credits have run out."), add_credits, (retry_with_free_model, retry)
    ),
    "never_purchased": Remedy(
        gettext_lazy("Your OpenRouter account has no credits yet. You can use free models without any."),
        retry_with_free_model,
        (add_credits, retry),
    ),
    "in_debt": Remedy(
        gettext_lazy("Your OpenRouter balance is below zero. Add credits to use any model, even a free one."),
        add_credits,
        (retry,),
    ),
    "prompt_too_expensive": Remedy(
        gettext_lazy("Your credits don't cover a message this long{lengths}."),
        add_credits,
        (retry_with_free_model, new_chat),
    ),
    "answer_too_expensive": Remedy(
        gettext_lazy("Your credits only cover an answer of up to {tokens} tokens."),
        retry_shorter,
        (add_credits, retry_with_free_model),
    ),
    "key_limit_reached": Remedy(
        gettext_lazy("Your key has reached its {period}spending limit.{renewal}"),
        change_key_limit,
        (retry_with_free_model, retry),
    ),
    "key_limit_near": Remedy(
        gettext_lazy("Your key's {period}spending limit only covers an answer of up to {tokens} tokens."),
        retry_shorter,
        (change_key_limit, retry_with_free_model),
    ),
    "key_limit_too_low": Remedy(
        gettext_lazy("Your key's {period}spending limit doesn't cover a message this long{lengths}."),
        change_key_limit,
        (retry_with_free_model, new_chat),
    ),
    # OpenRouter refuses free models, too, once a budget is used up.
    "budget_reached": Remedy(
        gettext_lazy("Your organisation's {period}budget is used up.{renewal}"), retry, (choose_workspace,)
    ),
    "workspace_budget_reached": Remedy(
        gettext_lazy("The {period}budget of your OpenRouter workspace is used up.{renewal}"),
        retry,
        (choose_workspace,),
    ),
    "personal_budget_reached": Remedy(
        gettext_lazy("The {period}budget that was set for you at OpenRouter is used up.{renewal}"),
        retry,
        (choose_workspace,),
    ),
    "in_flight_budget": Remedy(
        gettext_lazy("Running answers have reserved your credits. Try again {wait}."), retry, (retry_with_free_model,)
    ),
    "budget_too_small": Remedy(
        gettext_lazy("This answer could cost more than the credits you have left."),
        add_credits,
        (retry_half_as_long, retry_with_free_model),
    ),
    # 403
    "moderated": Remedy(
        gettext_lazy("The safety filter of {provider} blocked this message{reasons}."), retry_with_other_maker
    ),
    "refused": Remedy(gettext_lazy("{refuser} refused this request."), retry_with_other_maker, (retry,)),
    "guardrail_blocked": Remedy(
        gettext_lazy("A guardrail in your OpenRouter account blocked this message."),
        privacy_settings,
        (retry,),
    ),
    "region_blocked": Remedy(gettext_lazy("{model} isn't available in this region."), retry_with_other_maker),
    # 404
    "no_endpoint": Remedy(gettext_lazy("No provider offers {model} right now."), retry_with_other_model, (retry,)),
    "unknown_model": Remedy(gettext_lazy("{model} is no longer available."), retry_with_other_model),
    "free_version_ended": Remedy(
        gettext_lazy("{model} is no longer free."), retry_with_other_model, (retry_with_free_model,)
    ),
    "not_for_chat": Remedy(gettext_lazy("{model} isn't a chat model."), retry_with_other_model),
    "cannot_see_images": Remedy(gettext_lazy("{model} doesn't accept images."), retry_with_other_model),
    "no_tool_use": Remedy(gettext_lazy("{model} doesn't support this kind of request."), retry_with_other_model),
    "providers_excluded": Remedy(
        gettext_lazy("Your OpenRouter provider settings rule out every provider of {model}."),
        provider_settings,
        (retry_with_other_maker, retry),
    ),
    "data_policy_blocks": Remedy(
        gettext_lazy("Your OpenRouter privacy settings rule out every provider of {model}."),
        privacy_settings,
        (retry_with_other_maker, retry),
    ),
    # 408, 413, 429
    "request_timed_out": Remedy(
        gettext_lazy("{model} took too long to start answering."), retry, (retry_with_other_maker,)
    ),
    "too_large": Remedy(
        gettext_lazy("The message and its images are too large for {model}."), retry_with_other_maker, (new_chat,)
    ),
    "rate_limited": Remedy(
        gettext_lazy("Too many requests at once. Try again {wait}."), retry, (retry_with_other_maker,)
    ),
    "free_daily_limit": Remedy(
        gettext_lazy("You've used all your free messages for today. You'll get new ones {day_end}."),
        retry_with_paid_model,
        (add_credits,),
    ),
    "free_minute_limit": Remedy(
        gettext_lazy("Free models are limited to 20 messages a minute. Try again {minute_end}."),
        retry,
        (retry_with_paid_model,),
    ),
    "shared_pool_busy": Remedy(
        gettext_lazy("{model} is very busy at {provider} right now. Try again {wait}."),
        retry_with_other_maker,
        (retry,),
    ),
    # 5xx, and broken connections
    "upstream_unavailable": Remedy(
        gettext_lazy("{model} isn't responding right now."), retry, (retry_with_other_maker,)
    ),
    "unreachable": Remedy(gettext_lazy("This site couldn't reach OpenRouter."), retry),
    "interrupted": Remedy(
        gettext_lazy("The connection to {model} was lost before the answer was complete."),
        retry,
        (retry_with_other_maker,),
    ),
    "line_silent": Remedy(
        gettext_lazy("{model} sent nothing for {seconds} seconds."), retry_with_other_maker, (retry,)
    ),
    "no_progress": Remedy(
        gettext_lazy("{model} worked for {seconds} seconds without writing anything."),
        retry_with_other_maker,
        (retry,),
    ),
    "answer_too_large": Remedy(
        gettext_lazy("{model} sent more than this site accepts."), retry_with_other_model, (retry,)
    ),
    "unreadable": Remedy(gettext_lazy("The answer from {model} couldn't be read."), retry, (retry_with_other_maker,)),
    "error": Remedy(gettext_lazy("{model} reported an error."), retry, (retry_with_other_maker,)),
    "broke_off": Remedy(gettext_lazy("{model} failed in the middle of its answer."), retry, (retry_with_other_maker,)),
    "never_began": Remedy(
        gettext_lazy("The connection to {model} was lost before the answer started."), retry, (retry_with_other_maker,)
    ),
    # This site
    "nothing_said": Remedy(
        gettext_lazy("{model} finished without an answer. It may have used up its limit while thinking."),
        retry_with_other_model,
        (retry,),
    ),
    "worker_died": Remedy(gettext_lazy("This site restarted before the answer was complete."), retry),
    "internal": Remedy(gettext_lazy("Something went wrong on this site while the answer was being written."), retry),
    "no_media": Remedy(
        gettext_lazy("This site can't load the images of this chat right now. Nothing was sent or charged."),
        retry,
    ),
    "over_limit": Remedy(
        gettext_lazy("Your spending limits don't cover the next step of this answer."),
        continue_over_limit,
        (change_spending_limits,),
    ),
    # Not errors, but the answer is incomplete
    "length": Remedy(gettext_lazy("The answer reached its length limit and was cut off."), retry_longer),
    "limit_length": Remedy(
        gettext_lazy("Your spending limits only covered an answer of {most} tokens, so it was cut off."),
        continue_over_limit,
        (change_spending_limits,),
    ),
    "content_filter": Remedy(
        gettext_lazy("The provider's content filter cut off this answer."), retry_with_other_maker
    ),
}
