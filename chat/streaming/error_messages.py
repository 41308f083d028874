"""Says what went wrong with a reply, as one sentence with the facts of this case, and what the user can do about it."""

import json
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.catalogue.picker import name_of
from chat.formats import number
from chat.models import Reply
from chat.openrouter import OpenRouterError
from chat.streaming.limit_times import free_day_end, free_minute_end, in_seconds, renewal
from chat.streaming.remedies import REMEDIES, ActionFor, Remedy
from chat.streaming.reply_actions import (
    Action,
    add_credits,
    change_key_limit,
    continue_answer,
    privacy_settings,
    provider_settings,
    retry,
    retry_longer,
    retry_shorter,
    sign_in_again,
)

PERIODS = {
    "daily": gettext_lazy("daily "),
    "weekly": gettext_lazy("weekly "),
    "monthly": gettext_lazy("monthly "),
}
PAGES_TO_HELP = (add_credits, privacy_settings, provider_settings)
ABOUT_THE_KEY = (sign_in_again, change_key_limit)
BUDGETS = {"workspace": "workspace_budget_reached", "person": "personal_budget_reached"}  # by `limit_scope`


@dataclass(frozen=True)
class Problem:
    """What to show below a reply that did not end well."""

    sentence: str
    action: Action
    other_actions: list[Action]
    details: list[str]  # the messages of OpenRouter and of the provider
    generation_id: str


def problem_of(reply: Reply) -> Problem | None:
    """What went wrong with a reply that has ended; None when nothing did."""
    kind = _error_kind(reply)
    if not kind:
        return None
    remedy = REMEDIES.get(kind, REMEDIES["error"])
    action, *other_actions = _actions(reply, remedy) or [retry(reply)]
    return Problem(
        sentence=str(remedy.sentence).format(**_placeholders(reply)),
        action=action,
        other_actions=other_actions,
        details=_details(reply),
        generation_id=reply.generation_id,
    )


def explain(error: OpenRouterError, model: str) -> tuple[str, Action | None]:
    """What went wrong with a request that no reply is for, and a page where something can be done about it."""
    details = json.loads(json.dumps(error.details, default=str))
    reply = Reply(model=model, max_completion_tokens=0, error_kind=error.kind, error_details=details)
    remedy = REMEDIES.get(_error_kind(reply), REMEDIES["error"])
    helpful = next((each for each in (remedy.action, *remedy.other_actions) if each in PAGES_TO_HELP), None)
    action = Action("link", _("Account"), reverse("account") + "#key") if remedy.action in ABOUT_THE_KEY else None
    return str(remedy.sentence).format(**_placeholders(reply)), helpful(reply) if helpful else action


def _actions(reply: Reply, remedy: Remedy) -> list[Action]:
    """The actions of the remedy, with "Continue" before those that would ask for the whole answer again.

    It comes first of all when the connection broke.
    """
    offered: list[ActionFor] = [remedy.action, *remedy.other_actions]
    retries = [place for place, action_for in enumerate(offered) if action_for in (retry, retry_shorter, retry_longer)]
    if retries and reply.can_be_continued:
        offered.insert(0 if reply.state == Reply.State.INTERRUPTED else retries[0], continue_answer)
    return [action for action_for in offered if (action := action_for(reply))]


def signed_out_problem(back_to: str) -> Problem:
    """What to show on a page whose session ended while an answer was streaming; `back_to` is the path of the chat."""
    action = Action("post", _("Sign in again"), reverse("signin"), {"next": back_to})
    sentence = _("You've been signed out. The answer continues and will be here when you sign back in.")
    return Problem(sentence, action, other_actions=[], details=[], generation_id="")


def _error_kind(reply: Reply) -> str:
    if reply.error_kind in ("error", "upstream_unavailable") and reply.blocks:
        return "broke_off"
    if reply.error_kind == "interrupted" and not reply.blocks:
        return "never_began"
    if reply.error_kind == "key_limit_reached" and "affordable_tokens" in reply.error_details:
        return "key_limit_near"
    if reply.error_kind == "key_limit_reached" and "prompt_tokens" in reply.error_details:
        return "key_limit_too_low"
    if reply.finish_reason == "length" and reply.error_details.get("is_shortened"):
        return "limit_length"
    if reply.error_kind == "budget_reached":
        return BUDGETS.get(reply.error_details.get("limit_scope", ""), "budget_reached")
    return reply.error_kind or (reply.finish_reason if reply.finish_reason in ("length", "content_filter") else "")


def _details(reply: Reply) -> list[str]:
    details: dict[str, Any] = reply.error_details
    provider, said = details.get("provider_name"), details.get("provider_message")
    quoted = _("%(provider)s: %(words)s") % {"provider": provider, "words": said} if provider and said else said
    return [words for words in (reply.error_message, details.get("constraint"), quoted) if words]


def _placeholders(reply: Reply) -> dict[str, str]:
    details: dict[str, Any] = reply.error_details
    failed_at = reply.finished_at or reply.asked_at
    return {
        "model": name_of(reply.model),
        "provider": details.get("provider_name") or _("the provider"),
        "refuser": details.get("provider_name") or "OpenRouter",
        "wait": in_seconds(details.get("retry_after")),
        "minute_end": free_minute_end(details, failed_at),
        "day_end": free_day_end(details),
        "renewal": renewal(details, failed_at),
        "tokens": number(details.get("affordable_tokens") or 0),
        "most": number(reply.max_completion_tokens),
        "lengths": _lengths(details),
        "period": str(PERIODS.get(details.get("limit_period", ""), "")),
        "reasons": _in_brackets(details.get("reasons") or []),
        "seconds": str(round(details.get("after_seconds") or 0)),
    }


def _lengths(details: dict[str, Any]) -> str:
    asked, affordable = details.get("prompt_tokens"), details.get("affordable_prompt_tokens")
    if asked is None or affordable is None:
        return ""
    text = _(" (%(asked)s tokens with the chat so far; you can afford %(affordable)s)")
    return text % {"asked": number(asked), "affordable": number(affordable)}


def _in_brackets(reasons: list[Any]) -> str:
    return f" ({', '.join(map(str, reasons))})" if reasons else ""
