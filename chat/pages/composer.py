"""The form for the next message: what it holds when the page opens, and which model it starts with."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse

from chat.catalogue import cache
from chat.catalogue.picker import default_model, default_vision_model, name_of
from chat.catalogue.pseudo_models import can_be_asked
from chat.catalogue.token_calibration import for_scripts
from chat.catalogue.web_search import price_of_search, search_price_words, uses_native
from chat.conversations.attachments import ReceivedAttachment
from chat.conversations.context_images import ContextImages
from chat.conversations.files import ReceivedFiles
from chat.conversations.token_count import tokens_of_settings, tokens_so_far
from chat.forms.send import MOST_MODELS
from chat.models import Conversation, Image, Preset, Reply, User
from chat.streaming.presenter import Answer
from chat.streaming.reply_actions import Action

RECENT_CHATS = 50
FULL_PERCENT = 70  # of what a model can read; the page begins to warn, as static/js/composer/context-usage.js does


@dataclass
class Contents:
    """What the form holds: a prompt from the address, or a message that could not be sent, and why."""

    text: str = ""
    prompt: str = ""  # shown where there is no text
    model: str = ""  # empty: the one that this chat, or this person, goes on with
    compare: list[str] = field(default_factory=list)  # ids of models that are asked as well, side by side
    web: bool | None = None  # the answers may search the web; None: as those to the last message
    images: list[Image] = field(default_factory=list)
    is_edit: bool = False  # the message is to say what to change in them
    image_model: str = ""  # the id of a model to offer if `model` does not accept images; empty: the usual one
    files: ReceivedFiles = field(default_factory=ReceivedFiles)
    attachments: list[ReceivedAttachment] = field(default_factory=list)
    error: str = ""
    is_over_limit: bool = False  # a spending limit is the reason, and the message can be sent all the same
    refused_action: Action | None = None  # what else than this message such a limit refused: a retry, for one
    is_temporary: bool = False  # the chat that its first message begins
    preset: Preset | None = None  # with which it begins


@dataclass
class Composer:
    """The form, and where in the chat its message belongs."""

    action: str
    model: str
    conversation: Conversation | None = None
    contents: Contents = field(default_factory=Contents)
    running: Answer | Reply | None = None
    branch: UUID | None = None  # the message that leads to the branch this one belongs to, if that is not the newest
    is_at_end: bool = True  # the page shows what the message will follow
    context_images: ContextImages | None = None
    searched: bool = False  # the answers to the last message may search the web
    image_model: str = ""  # the id of a model that accepts images, in case `model` does not

    @property
    def compare(self) -> dict[str, str]:
        """The names of the models that are asked as well, by their ids."""
        return {id_: name_of(id_) for id_ in self.contents.compare if id_ != self.model}

    @property
    def tokens(self) -> int:
        """The tokens of the chat so far, which the model reads again with each message."""
        return tokens_so_far(self.conversation) if self.conversation else tokens_of_settings(self._settings)

    @property
    def pdf_engine(self) -> str:
        """What reads PDFs in this chat: a value of the setting; empty where nothing is chosen."""
        settings = (self.conversation or self.contents.preset or Conversation()).settings
        return str(settings.get("pdf_engine", ""))

    @property
    def calibration(self) -> str:
        """As JSON what static/js/composer/estimate.js needs: how many tokens models make of a text and of an image."""
        return json.dumps(for_scripts(), separators=(",", ":"))

    @property
    def searches(self) -> bool:
        """Whether the switch for searches is on."""
        chosen = self.searched if self.contents.web is None else self.contents.web
        return self.always_searches or chosen

    @property
    def always_searches(self) -> bool:
        """Whether the settings of the chat let each answer search."""
        return bool(self._settings.get("web_search"))

    @property
    def search_price(self) -> str:
        """What a search by the model costs, in words."""
        return search_price_words(price_of_search(cache.find(self.model), self._settings))

    @property
    def engine_price(self) -> str:
        """What a search costs by a model whose provider has none of its own, in words."""
        return search_price_words(price_of_search(None, self._settings))

    @property
    def uses_native_search(self) -> bool:
        return uses_native(self._settings)

    @property
    def _settings(self) -> dict[str, Any]:
        chosen = self.conversation or self.contents.preset
        return dict(chosen.settings) if chosen else {}

    @property
    def model_name(self) -> str:
        return name_of(self.model)

    @property
    def refuses_images(self) -> bool:
        model = cache.find(self.model)
        return model is not None and not model.sees_images

    @property
    def percent_full(self) -> int:
        """How much of what the model can read the chat fills; 0 where that is not known."""
        model = cache.find(self.model)
        return round(100 * self.tokens / model.context_length) if model and model.context_length else 0

    @property
    def is_nearly_full(self) -> bool:
        return self.percent_full >= FULL_PERCENT


def models_to_compare(ids: list[str]) -> list[str]:
    """Those of the ids in an address that can be asked, as many as fit beside another model."""
    return list(dict.fromkeys(filter(can_be_asked, ids)))[: MOST_MODELS - 1]


def composer_for(
    user: User,
    conversation: Conversation | None,
    *,
    contents: Contents | None = None,
    running: Answer | Reply | None = None,
) -> Composer:
    return Composer(
        action=reverse("messages", args=[conversation.id]) if conversation else reverse("chats"),
        model=(contents and contents.model) or _model_to_start_with(user, conversation),
        contents=contents or Contents(),
        running=running,
        conversation=conversation,
    )


def _model_to_start_with(user: User, conversation: Conversation | None) -> str:
    """The model of this chat; for a new one what the person has set, else what they chose last."""
    if conversation:
        return conversation.model
    if user.model_for_new_chats and (can_be_asked(user.model_for_new_chats) or not cache.models()):
        return user.model_for_new_chats
    return user.last_model or _model_of_latest_chat(user) or default_model()


def _model_of_latest_chat(user: User) -> str | None:
    """For people without a stored choice: they only imported chats, or sent nothing since choices are stored."""
    return user.conversations.order_by("-updated_at").values_list("model", flat=True).first()


def model_for_images(user: User) -> str:
    """The model that accepts images which this person used last; else the default or the cheapest of them."""
    used = user.conversations.order_by("-updated_at").values_list("model", flat=True)[:RECENT_CHATS]
    accepting = (id_ for id_ in used if (model := cache.find(id_)) and model.sees_images and model.writes_text)
    return next(accepting, None) or default_vision_model()
