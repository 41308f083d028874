"""The chat page: what its templates need, gathered in one place for every view that shows it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from chat.catalogue.picker import choices, default_model, name_of
from chat.conversations.models import Conversation, Message, Picture
from chat.replies.answer import Answer, answer_to_show
from chat.replies.generate import SWEEP_SECONDS, start
from chat.replies.models import Reply
from chat.replies.reap import reap
from chat.signin.access import SignedInRequest
from chat.signin.models import User

DRAFT = "draft"  # in the session: what somebody sent after their session had ended; the next page brings it back
LONGEST_LIST = 200  # chats beside the page


@dataclass
class Composer:
    """The form for the next message, with what was typed when it could not be sent."""

    action: str
    model: str
    text: str = ""
    prompt: str = ""
    kept: list[Picture] = field(default_factory=list)
    error: str = ""
    running: Answer | None = None

    @property
    def model_name(self) -> str:
        return name_of(self.model)


def render_page(
    request: SignedInRequest, conversation: Conversation | None, *, status: int = 200, **typed: Any
) -> HttpResponse:
    """The page of a chat, or of a new one; `typed` fills the composer (text, prompt, model, kept, error)."""
    reap(Reply.objects.filter(message__conversation__user=request.user))
    path = conversation.path() if conversation else []
    _start_what_waits(path)
    if conversation:
        _mark_as_seen(conversation, path)
    turns = [turn(message) for message in path]
    running = next((each["answer"] for each in turns if each["answer"] and each["answer"].is_live), None)
    typed["prompt"] = request.session.pop(DRAFT, "") or typed.get("prompt", "")
    composer = composer_for(request.user, conversation, running=running, **typed)
    context = {
        "conversation": conversation,
        **list_of_chats(request.user, conversation),
        "turns": turns,
        "composer": composer,
        "model_groups": choices(selected=composer.model),
        "answer_running": running is not None,
    }
    return render(request, "chat/conversation.html", context, status=status)


def composer_for(user: User, conversation: Conversation | None, *, model: str = "", **typed: Any) -> Composer:
    action = reverse("messages", args=[conversation.id]) if conversation else reverse("chats")
    return Composer(action=action, model=model or _model_to_start_with(user, conversation), **typed)


def _start_what_waits(path: list[Message]) -> None:
    """A process that ended before its sweep leaves replies behind that nobody makes."""
    overdue = timezone.now() - timedelta(seconds=SWEEP_SECONDS)
    for message in path:
        reply = message.reply if message.role == Message.Role.ASSISTANT else None
        if reply and reply.state == Reply.State.WAITING and not reply.worker and reply.asked_at < overdue:
            start(reply)


def _mark_as_seen(conversation: Conversation, path: list[Message]) -> None:
    ends = [message.reply.finished_at for message in path if message.role == Message.Role.ASSISTANT]
    if any(end and end > conversation.seen_at for end in ends):  # or each look would be a write
        conversation.mark_as_seen()


def turn(message: Message) -> dict[str, Any]:
    if message.role == Message.Role.USER:
        return {"template": "chat/_question.html", "message": message, "answer": None}
    answer = answer_to_show(message.reply, earlier=message.earlier)
    return {"template": "chat/_answer.html", "message": None, "answer": answer}


def list_of_chats(user: User, current: Conversation | None) -> dict[str, Any]:
    """What chat/_chat_list.html needs."""
    chats = list(with_marks(user.conversations.all()).order_by("-updated_at")[:LONGEST_LIST])
    return {"conversations": chats, "is_any_running": any(chat.running and chat != current for chat in chats)}


def with_marks(conversations: QuerySet[Conversation]) -> QuerySet[Any]:
    """Each with `running`, is it being answered, and `has_news`, did an answer end since its owner looked."""
    replies = Reply.objects.filter(message__conversation=OuterRef("pk"))
    return conversations.annotate(
        running=Exists(replies.filter(state__in=Reply.RUNNING)),
        has_news=Exists(replies.filter(finished_at__gt=OuterRef("seen_at"))),
    )


def _model_to_start_with(user: User, conversation: Conversation | None) -> str:
    """The model of this chat; for a new one that of the person's latest chat."""
    if conversation:
        return conversation.model
    latest = user.conversations.order_by("-updated_at").values_list("model", flat=True).first()
    return latest or default_model()


def own_pictures(user: User, ids: list[str]) -> list[Picture]:
    """Those of `ids` that are pictures of this person, in the order asked for; others are passed over."""
    wanted = [UUID(value) for value in ids if _is_uuid(value)]
    found = user.pictures.in_bulk(wanted)
    return [found[picture_id] for picture_id in wanted if picture_id in found]


def own_chat(user: User, id_: str) -> Conversation | None:
    return user.conversations.filter(pk=id_).first() if _is_uuid(id_) else None


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
