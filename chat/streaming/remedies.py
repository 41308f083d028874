"""The table of errors: for each way a reply can fail, the sentence to show and the actions to offer.

The kinds of errors are those of chat/openrouter/errors.py and a few of this site; a test checks that none is missing.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.models import Reply
from chat.streaming.reply_actions import (
    Action,
    a_longer_reader,
    a_paid_model,
    add_credits,
    another_maker,
    another_model,
    ask_again,
    ask_for_less,
    ask_for_more,
    change_key_limit,
    new_chat,
    privacy_settings,
    provider_settings,
    sign_in_again,
    use_free_model,
)

ActionFor = Callable[[Reply], Action | None]


class Remedy(NamedTuple):
    """`sentence` may name facts: those of `_facts`."""

    sentence: str | Promise
    action: ActionFor
    more: tuple[ActionFor, ...] = ()  # of all, those that are None just now are left out


REMEDIES = {
    # 400
    "bad_request": Remedy(gettext_lazy("{refuser} didn't accept this request."), ask_again, (another_model,)),
    "context_too_long": Remedy(gettext_lazy("This chat is too long for {model}."), a_longer_reader, (new_chat,)),
    "bad_image": Remedy(gettext_lazy("{model} couldn't read one of the images."), another_model, (ask_again,)),
    # 401
    "key_rejected": Remedy(gettext_lazy("OpenRouter no longer accepts your key."), sign_in_again, (ask_again,)),
    # 402
    "out_of_credit": Remedy(
        gettext_lazy("Your OpenRouter credits have run out."), add_credits, (use_free_model, ask_again)
    ),
    "never_purchased": Remedy(
        gettext_lazy("Your OpenRouter account has no credits yet. You can use free models without any."),
        use_free_model,
        (add_credits, ask_again),
    ),
    "in_debt": Remedy(
        gettext_lazy("Your OpenRouter balance is below zero. Add credits to use any model, even a free one."),
        add_credits,
        (ask_again,),
    ),
    "prompt_too_expensive": Remedy(
        gettext_lazy("Your credits don't cover a message this long{lengths}."),
        add_credits,
        (use_free_model, new_chat),
    ),
    "answer_too_expensive": Remedy(
        gettext_lazy("Your credits only cover an answer of up to {tokens} tokens."),
        ask_for_less,
        (add_credits, use_free_model),
    ),
    "key_limit_reached": Remedy(
        gettext_lazy("Your key has reached its {period}spending limit."),
        change_key_limit,
        (use_free_model, ask_again),
    ),
    "key_limit_near": Remedy(
        gettext_lazy("Your key's {period}spending limit only covers an answer of up to {tokens} tokens."),
        ask_for_less,
        (change_key_limit, use_free_model),
    ),
    "key_limit_too_low": Remedy(
        gettext_lazy("Your key's {period}spending limit doesn't cover a message this long{lengths}."),
        change_key_limit,
        (use_free_model, new_chat),
    ),
    "budget_reached": Remedy(
        gettext_lazy("Your organisation's {period}budget is used up."), ask_again, (use_free_model,)
    ),
    "in_flight_budget": Remedy(
        gettext_lazy("Running answers have reserved your credits. Try again {wait}."), ask_again, (use_free_model,)
    ),
    "budget_too_small": Remedy(
        gettext_lazy("This answer could cost more than the credits you have left."),
        add_credits,
        (use_free_model,),
    ),
    # 403
    "moderated": Remedy(gettext_lazy("The safety filter of {provider} blocked this message{reasons}."), another_maker),
    "refused": Remedy(gettext_lazy("{refuser} refused this request."), another_maker, (ask_again,)),
    "guardrail_blocked": Remedy(
        gettext_lazy("A guardrail in your OpenRouter account blocked this message."),
        privacy_settings,
        (ask_again,),
    ),
    "region_blocked": Remedy(gettext_lazy("{model} isn't available in this region."), another_maker),
    # 404
    "no_endpoint": Remedy(gettext_lazy("No provider offers {model} right now."), another_model, (ask_again,)),
    "unknown_model": Remedy(gettext_lazy("{model} is no longer available."), another_model),
    "free_version_ended": Remedy(gettext_lazy("{model} is no longer free."), another_model, (use_free_model,)),
    "not_for_chat": Remedy(gettext_lazy("{model} isn't a chat model."), another_model),
    "cannot_see_images": Remedy(gettext_lazy("{model} doesn't accept images."), another_model),
    "no_tool_use": Remedy(gettext_lazy("{model} doesn't support this kind of request."), another_model),
    "providers_excluded": Remedy(
        gettext_lazy("Your OpenRouter provider settings rule out every provider of {model}."),
        provider_settings,
        (another_maker, ask_again),
    ),
    "data_policy_blocks": Remedy(
        gettext_lazy("Your OpenRouter privacy settings rule out every provider of {model}."),
        privacy_settings,
        (another_maker, ask_again),
    ),
    # 408, 413, 429
    "request_timed_out": Remedy(gettext_lazy("{model} took too long to start answering."), ask_again, (another_maker,)),
    "too_large": Remedy(
        gettext_lazy("The message and its images are too large for {model}."), another_maker, (new_chat,)
    ),
    "rate_limited": Remedy(gettext_lazy("Too many requests at once. Try again {wait}."), ask_again, (another_maker,)),
    "free_daily_limit": Remedy(
        gettext_lazy("You've used all your free messages for today. You'll get new ones {reset}."),
        a_paid_model,
        (add_credits,),
    ),
    "free_minute_limit": Remedy(
        gettext_lazy("Free models are limited to 20 messages a minute. Try again {wait}."), ask_again, (a_paid_model,)
    ),
    "shared_pool_busy": Remedy(
        gettext_lazy("{model} is very busy at {provider} right now. Try again {wait}."), another_maker, (ask_again,)
    ),
    # 5xx and the line
    "upstream_unavailable": Remedy(gettext_lazy("{model} isn't responding right now."), ask_again, (another_maker,)),
    "unreachable": Remedy(gettext_lazy("This site couldn't reach OpenRouter."), ask_again),
    "interrupted": Remedy(
        gettext_lazy("The connection to {model} was lost before the answer was complete."),
        ask_again,
        (another_maker,),
    ),
    "line_silent": Remedy(gettext_lazy("{model} sent nothing for {seconds} seconds."), another_maker, (ask_again,)),
    "no_progress": Remedy(
        gettext_lazy("{model} worked for {seconds} seconds without writing anything."),
        another_maker,
        (ask_again,),
    ),
    "unreadable": Remedy(gettext_lazy("The answer from {model} couldn't be read."), ask_again, (another_maker,)),
    "error": Remedy(gettext_lazy("{model} reported an error."), ask_again, (another_maker,)),
    "broke_off": Remedy(gettext_lazy("{model} failed in the middle of its answer."), ask_again, (another_maker,)),
    "never_began": Remedy(
        gettext_lazy("The connection to {model} was lost before the answer started."), ask_again, (another_maker,)
    ),
    # Our own
    "nothing_said": Remedy(
        gettext_lazy("{model} finished without an answer. It may have used up its limit while thinking."),
        another_model,
        (ask_again,),
    ),
    "worker_died": Remedy(gettext_lazy("This site restarted before the answer was complete."), ask_again),
    "internal": Remedy(
        gettext_lazy("Something went wrong on this site while the answer was being written."), ask_again
    ),
    "no_media": Remedy(
        gettext_lazy("This site can't load its images right now. Nothing was sent or charged."),
        ask_again,
    ),
    # Not errors, but the answer is not whole
    "length": Remedy(gettext_lazy("The answer reached its length limit and was cut off."), ask_for_more),
    "content_filter": Remedy(gettext_lazy("The provider's content filter cut off this answer."), another_maker),
}
