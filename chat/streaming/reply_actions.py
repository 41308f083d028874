"""What a user can do about a reply that failed, was stopped or takes long, as links and buttons."""

from dataclasses import dataclass, field, replace

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.accounts.key_summary import key_page_url
from chat.catalogue import cache
from chat.catalogue.alternatives import Requirements, alternative, free_alternative
from chat.catalogue.picker import name_of, price_of
from chat.conversations.token_count import tokens_so_far
from chat.models import Reply, StoredKey
from chat.openrouter import Model
from chat.openrouter.errors.diagnosis import MIN_TOKENS


@dataclass(frozen=True)
class Action:
    """A link, or a button that posts `fields` to `url`."""

    kind: str  # "link" or "post"
    label: str
    url: str
    fields: dict[str, str] = field(default_factory=dict)
    note: str = ""  # what the other model costs


def actions_after_stop(reply: Reply) -> list[Action]:
    """What to offer below an answer that the user stopped."""
    return [continue_answer(reply), regenerate(reply)] if reply.can_be_continued else [regenerate(reply)]


def retry(reply: Reply) -> Action:
    """Ask the same model again."""
    return Action("post", _("Retry"), reverse("retry", args=[reply.id]))


def regenerate(reply: Reply) -> Action:
    """`retry`, by the name that it has where nothing went wrong."""
    return replace(retry(reply), label=_("Regenerate"))


def continue_answer(reply: Reply) -> Action:
    """Let the model continue its answer; at the length that the credits cover, if that was the problem."""
    tokens = reply.error_details.get("affordable_tokens")
    fields = {"max_completion_tokens": str(tokens)} if tokens else {}
    return Action("post", _("Continue"), reverse("continuation", args=[reply.id]), fields)


def continue_over_limit(reply: Reply) -> Action:
    """Let the model continue its answer although the person's spending limits forbid it."""
    return Action("post", _("Continue anyway"), reverse("continuation", args=[reply.id]), {"over_limit": "1"})


def change_spending_limits(reply: Reply) -> Action:
    return Action("link", _("Change limits"), reverse("account") + "#limits")


def retry_shorter(reply: Reply) -> Action:
    """Ask again for an answer of the length that the credits cover; plain `retry` when that is not known."""
    tokens = reply.error_details.get("affordable_tokens")
    if not tokens:
        return retry(reply)
    fields = {"max_completion_tokens": str(tokens)}
    return Action("post", _("Ask for a shorter answer"), reverse("retry", args=[reply.id]), fields)


def retry_half_as_long(reply: Reply) -> Action:
    """Ask again for an answer of at most half the length."""
    fields = {"max_completion_tokens": str(max(MIN_TOKENS, reply.max_completion_tokens // 2))}
    return Action("post", _("Ask for a shorter answer"), reverse("retry", args=[reply.id]), fields)


def retry_longer(reply: Reply) -> Action:
    """Ask again and allow twice the length."""
    fields = {"max_completion_tokens": str(2 * reply.max_completion_tokens)}
    return Action("post", _("Ask for a longer answer"), reverse("retry", args=[reply.id]), fields)


def retry_with_free_model(reply: Reply) -> Action | None:
    """Ask a model that costs nothing; None when there is none, or this one costs nothing already."""
    return _retry_with(reply, free_alternative(_requirements(reply)))


def retry_with_other_model(reply: Reply) -> Action | None:
    """Ask a similar model, for something that this one cannot do."""
    return _retry_with(reply, alternative(_requirements(reply)))


def retry_with_longer_context(reply: Reply) -> Action | None:
    """Ask a model with a longer context window."""
    model = cache.find(reply.model)
    too_short = (model and model.context_length) or 0
    required = _requirements(reply)
    return _retry_with(reply, alternative(replace(required, tokens=max(required.tokens, too_short))))


def retry_with_other_maker(reply: Reply) -> Action | None:
    """Ask a model of another maker, with other servers and other rules."""
    return _retry_with(reply, alternative(replace(_requirements(reply), other_maker=True)))


def retry_with_paid_model(reply: Reply) -> Action | None:
    """Ask a model that costs something: the limits of free models are reached."""
    return _retry_with(reply, alternative(replace(_requirements(reply), paid=True)))


def stop_and_retry(reply: Reply) -> Action | None:
    """`retry_with_other_maker` for a reply that is still running: it is stopped first."""
    action = retry_with_other_maker(reply)
    return replace(action, url=f"{action.url}?instead") if action else None


def _requirements(reply: Reply) -> Requirements:
    conversation = reply.message.conversation
    return Requirements(
        reply.model,
        sees_images=conversation.has_images,
        tokens=tokens_so_far(conversation),
        suggested=reply.error_details.get("fallback_models") or (),
    )


def _retry_with(reply: Reply, model: Model | None) -> Action | None:
    """The button names the model and its price, so that nobody pays for what they did not choose."""
    if model is None:
        return None
    label = _("Retry with %(model)s") % {"model": name_of(model.id).removesuffix(" (free)")}
    return Action("post", label, reverse("retry", args=[reply.id]), {"model": model.id}, note=price_of(model))


def sign_in_again(reply: Reply) -> Action:
    fields = {"next": reply.message.conversation.get_absolute_url()}
    return Action("post", _("Sign in again"), reverse("signin"), fields)


def choose_workspace(reply: Reply) -> Action:
    """Sign in again: OpenRouter asks there which workspace pays. Its budget may not be used up."""
    return replace(sign_in_again(reply), label=_("Use another workspace"))


def add_credits(reply: Reply) -> Action:
    return Action("link", _("Add credits"), f"{settings.OPENROUTER_URL}/settings/credits")


def change_key_limit(reply: Reply) -> Action:
    stored = StoredKey.objects.filter(user=reply.message.conversation.user_id).first()
    return Action("link", _("Change key limit"), key_page_url(stored))


def privacy_settings(reply: Reply) -> Action:
    return Action("link", _("OpenRouter privacy settings"), _settings_page(reply, "/settings/privacy"))


def provider_settings(reply: Reply) -> Action:
    return Action("link", _("OpenRouter provider settings"), _settings_page(reply, "/settings/preferences"))


def _settings_page(reply: Reply, usual: str) -> str:
    """The page that OpenRouter named in the error, because these have moved before; else the `usual` one."""
    return settings.OPENROUTER_URL + (reply.error_details.get("settings_path") or usual)


def new_chat(reply: Reply) -> Action:
    return Action("link", _("Start a new chat"), reverse("home"))
