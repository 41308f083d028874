"""Each way a reply can fail, as one sentence and what the person can do about it.

The kinds are those of chat/openrouter/errors.py and a few of our own; a test sees that none is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chat.accounts.key_summary import key_page
from chat.catalogue import cache
from chat.catalogue.alternatives import Requirements, alternative, free_alternative
from chat.catalogue.picker import name_of, price_of
from chat.conversations.token_count import tokens_so_far
from chat.formats import number, time_of_day
from chat.models import MessageImage, Reply, StoredKey
from chat.openrouter import Model


@dataclass(frozen=True)
class Action:
    """A link, or a button that posts `fields` to `url`."""

    kind: str  # link | post
    label: str
    url: str
    fields: dict[str, str] = field(default_factory=dict)
    note: str = ""  # what it costs


@dataclass(frozen=True)
class Problem:
    sentence: str
    action: Action
    more: list[Action]
    details: list[str]  # OpenRouter's own words, and those of the provider behind it
    generation_id: str


ActionFor = Callable[[Reply], Action | None]


class Remedy(NamedTuple):
    """`sentence` may name facts: those of `_facts`."""

    sentence: str | Promise
    action: ActionFor
    more: tuple[ActionFor, ...] = ()  # of all, those that are None just now are left out


def problem_of(reply: Reply) -> Problem | None:
    """What to tell about a reply that did not end well; None when it did."""
    kind = _kind_of(reply)
    if not kind:
        return None
    remedy = REMEDIES.get(kind, REMEDIES["error"])
    action, *more = _actions(reply, remedy) or [ask_again(reply)]
    return Problem(
        sentence=str(remedy.sentence).format(**_facts(reply)),
        action=action,
        more=more,
        details=_words_of_others(reply),
        generation_id=reply.generation_id,
    )


def _actions(reply: Reply, remedy: Remedy) -> list[Action]:
    """Those of the remedy; an answer that can be continued need not be thrown away to get a whole one."""
    offered: list[ActionFor] = [remedy.action, *remedy.more]
    anew = [place for place, action_for in enumerate(offered) if action_for in (ask_again, ask_for_less, ask_for_more)]
    if anew and reply.can_be_continued:
        offered.insert(0 if reply.state == Reply.State.INTERRUPTED else anew[0], go_on)
    return [action for action_for in offered if (action := action_for(reply))]


def actions_after_stop(reply: Reply) -> list[Action]:
    return [go_on(reply), regenerate(reply)] if reply.can_be_continued else [regenerate(reply)]


def signed_out(back_to: str) -> Problem:
    """What a reader is told whose session ended while the answer was coming in."""
    action = Action("post", _("Sign in again"), reverse("signin"), {"next": back_to})
    sentence = _("You've been signed out. The answer continues and will be here when you sign back in.")
    return Problem(sentence, action, more=[], details=[], generation_id="")


def _kind_of(reply: Reply) -> str:
    if reply.error_kind in ("error", "upstream_unavailable") and reply.blocks:
        return "broke_off"
    if reply.error_kind == "interrupted" and not reply.blocks:
        return "never_began"
    if reply.error_kind == "key_limit_reached" and "affordable_tokens" in reply.error_details:
        return "key_limit_near"
    if reply.error_kind == "key_limit_reached" and "prompt_tokens" in reply.error_details:
        return "key_limit_too_low"
    return reply.error_kind or (reply.finish_reason if reply.finish_reason in ("length", "content_filter") else "")


def _words_of_others(reply: Reply) -> list[str]:
    details: dict[str, Any] = reply.error_details
    provider, said = details.get("provider_name"), details.get("provider_message")
    quoted = _("%(provider)s: %(words)s") % {"provider": provider, "words": said} if provider and said else said
    return [words for words in (reply.error_message, details.get("constraint"), quoted) if words]


def _facts(reply: Reply) -> dict[str, str]:
    details: dict[str, Any] = reply.error_details
    return {
        "model": name_of(reply.model),
        "provider": details.get("provider_name") or _("the provider"),
        "refuser": details.get("provider_name") or "OpenRouter",
        "wait": _wait(details.get("retry_after")),
        "reset": _reset(details.get("reset_at")),
        "tokens": number(details.get("affordable_tokens") or 0),
        "lengths": _lengths(details),
        "period": str(PERIODS.get(details.get("limit_period", ""), "")),
        "reasons": _in_brackets(details.get("reasons") or []),
        "seconds": str(round(details.get("after_seconds") or 0)),
    }


def _lengths(details: dict[str, Any]) -> str:
    asked, affordable = details.get("prompt_tokens"), details.get("affordable_prompt_tokens")
    if asked is None or affordable is None:
        return ""
    said = _(" (%(asked)s tokens with the chat so far; you can afford %(affordable)s)")
    return said % {"asked": number(asked), "affordable": number(affordable)}


def _wait(seconds: float | None) -> str:
    if not seconds:
        return _("in a moment")
    said = ngettext("in %(seconds)d second", "in %(seconds)d seconds", round(seconds))
    return said % {"seconds": round(seconds)}


def _reset(moment: str | None) -> str:
    when = parse_datetime(moment) if moment else None
    return _("at %(time)s UTC") % {"time": time_of_day(when)} if when else _("tomorrow")


def _in_brackets(reasons: list[Any]) -> str:
    return f" ({', '.join(map(str, reasons))})" if reasons else ""


PERIODS = {
    "daily": gettext_lazy("daily "),
    "weekly": gettext_lazy("weekly "),
    "monthly": gettext_lazy("monthly "),
}

# --- What can be done ------------------------------------------------------------------------------


def ask_again(reply: Reply) -> Action:
    return Action("post", _("Retry"), reverse("retry", args=[reply.id]))


def regenerate(reply: Reply) -> Action:
    """The same after no error: nothing went wrong."""
    return replace(ask_again(reply), label=_("Regenerate"))


def go_on(reply: Reply) -> Action:
    tokens = reply.error_details.get("affordable_tokens")
    fields = {"max_completion_tokens": str(tokens)} if tokens else {}
    return Action("post", _("Continue"), reverse("continuation", args=[reply.id]), fields)


def ask_for_less(reply: Reply) -> Action:
    tokens = reply.error_details.get("affordable_tokens")
    if not tokens:
        return ask_again(reply)
    fields = {"max_completion_tokens": str(tokens)}
    return Action("post", _("Ask for a shorter answer"), reverse("retry", args=[reply.id]), fields)


def ask_for_more(reply: Reply) -> Action:
    fields = {"max_completion_tokens": str(2 * reply.max_completion_tokens)}
    return Action("post", _("Ask for a longer answer"), reverse("retry", args=[reply.id]), fields)


def use_free_model(reply: Reply) -> Action | None:
    return _retry_with(reply, free_alternative(_wanted(reply)))


def another_model(reply: Reply) -> Action | None:
    """One like it, for what this one cannot do."""
    return _retry_with(reply, alternative(_wanted(reply)))


def a_longer_reader(reply: Reply) -> Action | None:
    known = cache.find(reply.model)
    room = known.context_length if known else None
    wanted = _wanted(reply)
    return _retry_with(reply, alternative(replace(wanted, tokens=max(wanted.tokens, room or 0))))


def another_maker(reply: Reply) -> Action | None:
    """One whose servers and rules are others."""
    return _retry_with(reply, alternative(replace(_wanted(reply), elsewhere=True)))


def a_paid_model(reply: Reply) -> Action | None:
    return _retry_with(reply, alternative(replace(_wanted(reply), paid=True)))


def instead_of_waiting(reply: Reply) -> Action | None:
    """The same for a reply that is still running: it is stopped first."""
    action = another_maker(reply)
    return replace(action, url=f"{action.url}?instead") if action else None


def _wanted(reply: Reply) -> Requirements:
    conversation = reply.message.conversation
    return Requirements(
        reply.model,
        sees_images=MessageImage.objects.filter(message__conversation=conversation.pk).exists(),
        tokens=tokens_so_far(conversation),
        suggested=reply.error_details.get("fallback_models") or (),
    )


def _retry_with(reply: Reply, model: Model | None) -> Action | None:
    """By its name and with its price: nobody is to pay for what they did not choose."""
    if model is None:
        return None
    label = _("Retry with %(model)s") % {"model": name_of(model.id).removesuffix(" (free)")}
    return Action("post", label, reverse("retry", args=[reply.id]), {"model": model.id}, note=price_of(model))


def sign_in_again(reply: Reply) -> Action:
    back_here = {"next": reply.message.conversation.get_absolute_url()}
    return Action("post", _("Sign in again"), reverse("signin"), back_here)


def add_credits(reply: Reply) -> Action:
    return Action("link", _("Add credits"), f"{settings.OPENROUTER_URL}/settings/credits")


def change_key_limit(reply: Reply) -> Action:
    stored = StoredKey.objects.filter(user=reply.message.conversation.user_id).first()
    return Action("link", _("Change key limit"), key_page(stored))


def privacy_settings(reply: Reply) -> Action:
    return Action("link", _("OpenRouter privacy settings"), _settings_page(reply, "/settings/privacy"))


def provider_settings(reply: Reply) -> Action:
    return Action("link", _("OpenRouter provider settings"), _settings_page(reply, "/settings/preferences"))


def _settings_page(reply: Reply, usual: str) -> str:
    """The one that OpenRouter named: it has moved before."""
    return settings.OPENROUTER_URL + (reply.error_details.get("settings_path") or usual)


def new_chat(reply: Reply) -> Action:
    return Action("link", _("Start a new chat"), reverse("home"))


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
