"""What a user can do about a reply that failed, was stopped or takes long, as links and buttons."""

from dataclasses import dataclass, field, replace

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.accounts.key_summary import key_page
from chat.catalogue import cache
from chat.catalogue.alternatives import Requirements, alternative, free_alternative
from chat.catalogue.picker import name_of, price_of
from chat.conversations.token_count import tokens_so_far
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


def actions_after_stop(reply: Reply) -> list[Action]:
    return [go_on(reply), regenerate(reply)] if reply.can_be_continued else [regenerate(reply)]


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
