"""The chat page: what its templates need, gathered in one place for every view that shows it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from chat.accounts.access import SignedInRequest
from chat.catalogue import cache
from chat.catalogue.picker import default_model, default_seeing_model, name_of, options
from chat.conversations.attachments import Attached
from chat.conversations.context_images import PicturesAlong, pictures_along
from chat.conversations.token_count import tokens_so_far
from chat.conversations.transcript import Pager, Transcript, transcript
from chat.models import Conversation, Message, Picture, Reply, User
from chat.replies.generate import SWEEP_SECONDS, start
from chat.replies.recover import reap
from chat.streaming.presenter import Answer, answer_to_show
from chat.views.sidebar import list_of_chats, uuid_or_none
from chat.views.undo_notice import just_deleted

DRAFT = "draft"  # in the session: what somebody sent after their session had ended; the next page brings it back
RECENT_CHATS = 50
FULL_PERCENT = 70  # of what a model can read; the page begins to warn, as static/js/lib/estimate.js does


@dataclass
class Composer:
    """The form for the next message, with what was typed when it could not be sent."""

    action: str
    model: str
    text: str = ""
    prompt: str = ""
    kept: list[Picture] = field(default_factory=list)
    attachments: list[Attached] = field(default_factory=list)
    error: str = ""
    running: Answer | Reply | None = None
    is_temporary: bool = False  # the chat that its first message begins
    branch: UUID | None = None  # where the message belongs, if not to the newest one
    is_at_end: bool = True  # the page shows what the message will follow
    along: PicturesAlong | None = None
    seeing_model: str = ""  # the id of one that sees pictures, should `model` not
    tokens: int = 0  # of the chat so far, which the model reads again with each message

    @property
    def model_name(self) -> str:
        return name_of(self.model)

    @property
    def is_blind(self) -> bool:
        model = cache.find(self.model)
        return model is not None and not model.sees_images

    @property
    def percent_full(self) -> int:
        """How much of what the model can read the chat fills; 0 where that is not known."""
        model = cache.find(self.model)
        return round(100 * self.tokens / model.context_length) if model and model.context_length else 0

    @property
    def is_filling(self) -> bool:
        return self.percent_full >= FULL_PERCENT


def render_page(
    request: SignedInRequest, conversation: Conversation | None, *, status: int = 200, **typed: Any
) -> HttpResponse:
    """The page of a chat, or of a new one; `typed` fills the field: text, prompt, model, kept, attachments, error."""
    reap(Reply.objects.of(request.user))
    turns: dict[str, Any] = {"turns": []}
    if conversation:
        _start_what_waits(conversation)
        mark_as_seen(conversation)
        branch, around = (uuid_or_none(request.GET.get(name)) for name in ("branch", "around"))
        shown = transcript(conversation, branch=branch, around=around or branch)
        turns = turns_of(conversation, shown)
        along = pictures_along(conversation, branch=shown.branch)
        typed |= {"branch": shown.branch, "is_at_end": not shown.has_newer, "along": along}
    running = next((turn["answer"] for turn in turns["turns"] if turn["answer"] and turn["answer"].is_live), None)
    typed["prompt"] = request.session.pop(DRAFT, "") or typed.get("prompt", "")
    typed["seeing_model"] = _model_that_sees(request.user)
    composer = composer_for(request.user, conversation, running=running, **typed)
    context = {
        "conversation": conversation,
        **list_of_chats(request, conversation),
        "deleted": just_deleted(request),
        **turns,
        "composer": composer,
        "models": options(composer.model),
        "answer_running": running is not None,
    }
    return render(request, "chat/conversation.html", context, status=status)


def composer_for(user: User, conversation: Conversation | None, *, model: str = "", **typed: Any) -> Composer:
    action = reverse("messages", args=[conversation.id]) if conversation else reverse("chats")
    model = model or _model_to_start_with(user, conversation)
    tokens = tokens_so_far(conversation) if conversation else 0
    return Composer(action=action, model=model, tokens=tokens, **typed)


def _start_what_waits(conversation: Conversation) -> None:
    """A process that ended before its sweep leaves replies behind that nobody makes."""
    overdue = timezone.now() - timedelta(seconds=SWEEP_SECONDS)
    left_behind = Reply.objects.filter(state=Reply.State.WAITING, worker="", asked_at__lt=overdue)
    for reply in left_behind.filter(message__conversation=conversation):
        start(reply)


def mark_as_seen(conversation: Conversation) -> None:
    if conversation.messages.filter(reply__finished_at__gt=conversation.seen_at).exists():  # or each look would write
        conversation.mark_as_seen()


def turns_of(conversation: Conversation, shown: Transcript) -> dict[str, Any]:
    """What chat/_turns.html needs."""
    turns = turns_for(shown.messages, shown.pagers)
    return {"conversation": conversation, "turns": turns, "transcript": shown}


def turns_for(messages: list[Message], pagers: dict[UUID, Pager]) -> list[dict[str, Any]]:
    return [_turn(message, pagers.get(message.id)) for message in messages]


def _turn(message: Message, pager: Pager | None) -> dict[str, Any]:
    if message.role == Message.Role.USER:
        return {"template": "chat/_question.html", "message": message, "answer": None, "pager": pager}
    answer = answer_to_show(message.reply, pager=pager)
    return {"template": "chat/_answer.html", "message": None, "answer": answer}


def _model_to_start_with(user: User, conversation: Conversation | None) -> str:
    """The model of this chat; for a new one what the person has set, else what they chose last."""
    if conversation:
        return conversation.model
    if cache.find(user.model_for_new_chats):
        return user.model_for_new_chats
    return user.last_model or _model_of_latest_chat(user) or default_model()


def _model_of_latest_chat(user: User) -> str | None:
    """For who has sent nothing since choices are kept, or brought chats along."""
    return user.conversations.order_by("-updated_at").values_list("model", flat=True).first()


def _model_that_sees(user: User) -> str:
    """What this person last asked among models that see pictures; else the default or the cheapest of them."""
    used = user.conversations.order_by("-updated_at").values_list("model", flat=True)[:RECENT_CHATS]
    seeing = (id_ for id_ in used if (model := cache.find(id_)) and model.sees_images)
    return next(seeing, None) or default_seeing_model()


def own_pictures(user: User, ids: list[str]) -> list[Picture]:
    """Those of `ids` that are pictures of this person, in the order asked for; others are passed over."""
    wanted = [id_ for value in ids if (id_ := uuid_or_none(value))]
    found = user.pictures.in_bulk(wanted)  # also what a deleted chat shows: it may have been uploaded anew
    return [found[picture_id] for picture_id in wanted if picture_id in found]
