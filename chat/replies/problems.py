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

from chat.catalogue import cache
from chat.catalogue.picker import name_of
from chat.formats import time_of_day
from chat.replies.models import Reply
from chat.signin.models import StoredKey
from chat.signin.summary import key_page


@dataclass(frozen=True)
class Action:
    """A link, or a button that posts `fields` to `url`."""

    kind: str  # link | post
    label: str
    url: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    sentence: str
    action: Action
    more: list[Action]
    details: str  # OpenRouter's own words
    generation_id: str


ActionFor = Callable[[Reply], Action | None]


class Remedy(NamedTuple):
    """`sentence` may name facts: {model}, {provider}, {wait}, {reset}, {tokens}, {period}, {reasons}, {seconds}."""

    sentence: str | Promise
    action: Callable[[Reply], Action]
    more: tuple[ActionFor, ...] = ()  # those that are None just now are left out


def problem_of(reply: Reply) -> Problem | None:
    """What to tell about a reply that did not end well; None when it did."""
    kind = _kind_of(reply)
    if not kind:
        return None
    remedy = REMEDIES.get(kind, REMEDIES["error"])
    action, *more = _actions(reply, remedy)
    return Problem(
        sentence=str(remedy.sentence).format(**_facts(reply)),
        action=action,
        more=more,
        details=reply.error_message,
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
    return [go_on(reply), ask_again(reply)] if reply.can_be_continued else [ask_again(reply)]


def signed_out(back_to: str) -> Problem:
    """What a reader is told whose session ended while the answer was coming in."""
    action = Action("post", _("Sign in again"), reverse("signin"), {"next": back_to})
    sentence = _("You have been signed out. The answer goes on, and is there when you are back.")
    return Problem(sentence, action, more=[], details="", generation_id="")


def _kind_of(reply: Reply) -> str:
    if reply.error_kind in ("error", "upstream_unavailable") and reply.blocks:
        return "broke_off"
    if reply.error_kind == "interrupted" and not reply.blocks:
        return "never_began"
    return reply.error_kind or (reply.finish_reason if reply.finish_reason in ("length", "content_filter") else "")


def _facts(reply: Reply) -> dict[str, str]:
    details: dict[str, Any] = reply.error_details
    return {
        "model": name_of(reply.model),
        "provider": details.get("provider_name") or _("the provider"),
        "wait": _wait(details.get("retry_after")),
        "reset": _reset(details.get("reset_at")),
        "tokens": str(details.get("affordable_tokens") or _("few")),
        "period": str(PERIODS.get(details.get("limit_period", ""), "")),
        "reasons": _in_brackets(details.get("reasons") or []),
        "seconds": str(round(details.get("after_seconds") or 0)),
    }


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
    return Action("post", _("Ask again"), reverse("retry", args=[reply.id]))


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
    if not cache.find("openrouter/free"):
        return None
    return Action("post", _("Use a free model"), reverse("retry", args=[reply.id]), {"model": "openrouter/free"})


def let_openrouter_choose(reply: Reply) -> Action:
    if not cache.find("openrouter/auto"):
        return ask_again(reply)
    return Action("post", _("Try another model"), reverse("retry", args=[reply.id]), {"model": "openrouter/auto"})


def instead_of_waiting(reply: Reply) -> Action:
    """The same for a reply that is still running: it is stopped first."""
    action = let_openrouter_choose(reply)
    return replace(action, url=f"{action.url}?instead")


def sign_in_again(reply: Reply) -> Action:
    back_here = {"next": reply.message.conversation.get_absolute_url()}
    return Action("post", _("Sign in again"), reverse("signin"), back_here)


def add_credits(reply: Reply) -> Action:
    return Action("link", _("Add credits"), f"{settings.OPENROUTER_URL}/settings/credits")


def change_key_limit(reply: Reply) -> Action:
    stored = StoredKey.objects.filter(user=reply.message.conversation.user_id).first()
    return Action("link", _("Change the key's limit"), key_page(stored))


def privacy_settings(reply: Reply) -> Action:
    return Action("link", _("Privacy settings at OpenRouter"), f"{settings.OPENROUTER_URL}/settings/privacy")


def new_chat(reply: Reply) -> Action:
    return Action("link", _("Start a new chat"), reverse("home"))


REMEDIES = {
    # 400
    "bad_request": Remedy(gettext_lazy("OpenRouter did not accept this request."), ask_again, (let_openrouter_choose,)),
    "context_too_long": Remedy(
        gettext_lazy("This chat has become longer than {model} can read."), let_openrouter_choose, (new_chat,)
    ),
    "bad_image": Remedy(
        gettext_lazy("{model} could not use one of the pictures."), let_openrouter_choose, (ask_again,)
    ),
    # 401
    "key_rejected": Remedy(gettext_lazy("OpenRouter no longer accepts your key."), sign_in_again, (ask_again,)),
    # 402
    "out_of_credit": Remedy(
        gettext_lazy("Your OpenRouter credits have run out."), add_credits, (ask_again, use_free_model)
    ),
    "never_purchased": Remedy(
        gettext_lazy("Your OpenRouter account has no credits yet."), add_credits, (use_free_model, ask_again)
    ),
    "answer_too_expensive": Remedy(
        gettext_lazy("Your credits cover at most {tokens} tokens of answer."),
        ask_for_less,
        (add_credits,),
    ),
    "key_limit_reached": Remedy(
        gettext_lazy("The {period}spending limit of your key is reached."), change_key_limit, (ask_again,)
    ),
    "budget_reached": Remedy(gettext_lazy("The {period}budget of your organisation is used up."), ask_again),
    "in_flight_budget": Remedy(
        gettext_lazy("Your other answers are still being paid for. Try again {wait}."), ask_again
    ),
    "budget_too_small": Remedy(
        gettext_lazy("This answer could cost more than your credits allow at one time."),
        add_credits,
        (use_free_model,),
    ),
    # 403
    "moderated": Remedy(
        gettext_lazy("The safety check of {provider} stopped this message{reasons}."), let_openrouter_choose
    ),
    "refused": Remedy(gettext_lazy("OpenRouter refused this request."), let_openrouter_choose, (ask_again,)),
    "guardrail_blocked": Remedy(
        gettext_lazy("A guardrail of your OpenRouter account stopped this message."),
        privacy_settings,
        (ask_again,),
    ),
    "region_blocked": Remedy(gettext_lazy("{model} is not offered in this region."), let_openrouter_choose),
    # 404
    "no_endpoint": Remedy(gettext_lazy("Nobody offers {model} just now."), let_openrouter_choose, (ask_again,)),
    "unknown_model": Remedy(gettext_lazy("{model} is gone from OpenRouter."), let_openrouter_choose),
    "cannot_see_images": Remedy(gettext_lazy("{model} cannot see pictures."), let_openrouter_choose),
    "no_tool_use": Remedy(gettext_lazy("{model} cannot do what was asked of it."), let_openrouter_choose),
    "data_policy_blocks": Remedy(
        gettext_lazy("Your privacy settings at OpenRouter leave no provider for {model}."),
        privacy_settings,
        (let_openrouter_choose,),
    ),
    # 408, 413, 429
    "request_timed_out": Remedy(gettext_lazy("{model} took too long to begin."), ask_again, (let_openrouter_choose,)),
    "too_large": Remedy(
        gettext_lazy("The message and its pictures are too large for {model}."),
        let_openrouter_choose,
        (new_chat,),
    ),
    "rate_limited": Remedy(
        gettext_lazy("Too many requests at once. Try again {wait}."), ask_again, (let_openrouter_choose,)
    ),
    "free_daily_limit": Remedy(
        gettext_lazy("Your free messages for today are used up; there are new ones {reset}."),
        let_openrouter_choose,
        (add_credits,),
    ),
    "free_minute_limit": Remedy(
        gettext_lazy("Free models answer 20 messages a minute. Try again {wait}."),
        ask_again,
        (let_openrouter_choose,),
    ),
    "shared_pool_busy": Remedy(
        gettext_lazy("{model} is very busy at {provider}. Try again {wait}."),
        let_openrouter_choose,
        (ask_again,),
    ),
    # 5xx and the line
    "upstream_unavailable": Remedy(
        gettext_lazy("{model} is not answering just now."), ask_again, (let_openrouter_choose,)
    ),
    "unreachable": Remedy(gettext_lazy("This site could not reach OpenRouter."), ask_again),
    "interrupted": Remedy(
        gettext_lazy("The line to {model} broke before the answer was complete."),
        ask_again,
        (let_openrouter_choose,),
    ),
    "line_silent": Remedy(
        gettext_lazy("{model} has sent nothing for {seconds} seconds."), let_openrouter_choose, (ask_again,)
    ),
    "no_progress": Remedy(
        gettext_lazy("{model} was busy for {seconds} seconds without a word of its answer."),
        let_openrouter_choose,
        (ask_again,),
    ),
    "error": Remedy(gettext_lazy("{model} reported an error."), ask_again, (let_openrouter_choose,)),
    "broke_off": Remedy(
        gettext_lazy("{model} broke off in the middle of its answer."), ask_again, (let_openrouter_choose,)
    ),
    "never_began": Remedy(
        gettext_lazy("The line to {model} broke before the answer began."), ask_again, (let_openrouter_choose,)
    ),
    # Our own
    "nothing_said": Remedy(
        gettext_lazy("{model} ended without an answer. It may have used all its room for thinking."),
        let_openrouter_choose,
        (ask_again,),
    ),
    "worker_died": Remedy(gettext_lazy("This site was restarted before the answer was complete."), ask_again),
    "internal": Remedy(gettext_lazy("Something broke on this site while the answer came in."), ask_again),
    # Not errors, but the answer is not whole
    "length": Remedy(gettext_lazy("The answer reached its length limit and was cut."), ask_for_more),
    "content_filter": Remedy(gettext_lazy("The provider's filter cut this answer."), let_openrouter_choose),
}
