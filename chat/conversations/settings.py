"""Stores the settings of a chat, and of presets, with which new chats begin."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.conversations.quota import check_space
from chat.models import Conversation, Preset, User

MOST_PRESETS = 100  # of one person, with names
MOST_UNNAMED = 50
UNNAMED_LIFETIME = timedelta(days=2)


class TooManyPresets(Exception):
    """The person has as many presets as possible; `str()` is the sentence to show."""

    def __str__(self) -> str:
        return _("You have %(most)s presets. Delete one first.") % {"most": MOST_PRESETS}


@transaction.atomic
def store_settings(conversation: Conversation, settings: Mapping[str, Any]) -> None:
    """Store the settings of a chat. Raises OutOfSpace: their text counts like that of messages."""
    stored = Conversation.locked(conversation.pk)  # of two at once, the second counts from those of the first
    more = settings_length(settings) - settings_length((stored or conversation).settings)
    check_space(conversation.user_id, for_characters=more)
    conversation.settings = dict(settings)
    row = Conversation.objects.filter(pk=conversation.pk)
    row.update(settings=conversation.settings, text_characters=F("text_characters") + more)


def settings_for_one_chat(user: User, settings: Mapping[str, Any], *, model: str) -> Preset:
    """Create a preset without a name for the settings of one new chat. Old ones are deleted."""
    unnamed = user.presets.filter(name="").order_by("-created_at")
    spare = unnamed.values_list("pk", flat=True)[MOST_UNNAMED - 1 :]
    user.presets.filter(pk__in=list(spare)).delete()
    unnamed.filter(created_at__lt=timezone.now() - UNNAMED_LIFETIME).delete()
    return user.presets.create(settings=dict(settings), model=model)


def create_preset(user: User, name: str, settings: Mapping[str, Any], *, model: str) -> Preset:
    """Create a preset at the end of the person's list. Raises TooManyPresets."""
    with transaction.atomic():
        list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))
        named = user.presets.exclude(name="")
        if named.count() >= MOST_PRESETS:
            raise TooManyPresets
        last = named.aggregate(last=Max("position"))["last"]
        lasting = {name: value for name, value in settings.items() if name != "prefill"}
        return user.presets.create(name=name, position=(last or 0) + 1, settings=lasting, model=model)


def make_default(user: User, preset_id: UUID | None) -> None:
    """Let new chats start with this preset; None: with none."""
    with transaction.atomic():
        user.presets.filter(is_default=True).update(is_default=False)
        if preset_id:
            user.presets.exclude(name="").filter(pk=preset_id).update(is_default=True)


def move(user: User, preset: Preset, *, up: bool) -> None:
    """Exchange a preset with its neighbour in the list."""
    ordered = list(user.presets.exclude(name=""))
    place = next(index for index, each in enumerate(ordered) if each.pk == preset.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(ordered):
        ordered[place], ordered[other] = ordered[other], ordered[place]
    for position, each in enumerate(ordered, start=1):
        each.position = position
    Preset.objects.bulk_update(ordered, ["position"])


def settings_length(settings: Mapping[str, Any]) -> int:
    """How many characters settings count as in the space of a person."""
    return len(json.dumps(settings, ensure_ascii=False)) if settings else 0
