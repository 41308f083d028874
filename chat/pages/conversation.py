"""The page of a chat: what its templates need, for every view that shows it. Making it only reads."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chat.accounts.signed_in import SignedInRequest
from chat.catalogue.features import known_features
from chat.catalogue.personal_models import keep_fresh, personal_choices
from chat.catalogue.picker import options
from chat.conversations.context_images import context_images_of
from chat.conversations.transcript import Pager, Transcript, transcript
from chat.input_values import uuid_or_none
from chat.models import Conversation, Message
from chat.pages.composer import Contents, composer_for, model_for_images
from chat.pages.draft import take_draft
from chat.pages.key_notice import with_key
from chat.pages.settings import link_context
from chat.pages.sidebar import list_of_chats
from chat.pages.undo_notice import just_deleted
from chat.streaming.presenter import Answer, present_reply


@dataclass(frozen=True)
class Turn:
    """A message on the page: a question, or an answer, and the template that shows it."""

    template: str
    message: Message | None = None
    answer: Answer | None = None
    pager: Pager | None = None
    columns: tuple[Answer, ...] = ()  # side by side; `answer` is the one of them that the next message follows

    @property
    def running(self) -> Answer | None:
        """An answer of it that is still being written."""
        answers = self.columns or filter(None, [self.answer])
        return next((answer for answer in answers if answer.is_live), None)


def render_page(
    request: SignedInRequest,
    conversation: Conversation | None,
    contents: Contents | None = None,
    *,
    branch: UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a chat, or of a new one; it only reads. `contents` is what the form below it holds.

    It shows the path through the message with the id `branch`, or through the one in the address, or the newest.

    Where a POST was refused, the page is at the address of the POST, which mostly cannot be opened: so no link on it is
    relative, and it does not reload itself, which would also lose a text that it gives back. Scripts put the address of
    the chat in place of that one.
    """
    keep_fresh(request.user)
    contents = contents or Contents()
    contents.prompt = take_draft(request) or contents.prompt
    shown = _shown(request, conversation, branch) if conversation else None
    is_refusal = request.method == "POST"
    turns = message_list_context(conversation, shown) if conversation and shown else {"turns": []}
    running = next(filter(None, (turn.running for turn in turns["turns"])), None)
    composer = composer_for(request.user, conversation, contents=contents, running=running)
    composer.image_model = contents.image_model or model_for_images(request.user)
    if conversation and shown:
        composer.branch, composer.is_at_end = shown.branch, not shown.has_newer
        composer.searched = _searched(shown.messages)
        composer.context_images = context_images_of(conversation, branch=shown.branch)
    context = {
        "conversation": conversation,
        **with_key(list_of_chats(request, conversation), request.user, conversation),
        "deleted": just_deleted(request),
        **turns,
        "composer": composer,
        "models": options(composer.model, *personal_choices(request.user)),
        "features": known_features(),
        "answer_running": running is not None,
        "is_refusal": is_refusal,
        "reloads_itself": bool(running and not running.is_asking and not is_refusal and not contents.prompt),
        "address": _address_of(conversation, branch) if is_refusal else request.get_full_path(),
        **link_context(conversation, contents.preset),
    }
    return render(request, "conversation/conversation.html", context, status=status)


def _address_of(conversation: Conversation | None, branch: UUID | None) -> str:
    address = conversation.get_absolute_url() if conversation else reverse("home")
    return f"{address}?branch={branch}" if branch else address


def _shown(request: SignedInRequest, conversation: Conversation, branch: UUID | None) -> Transcript:
    branch_of_address, around = (uuid_or_none(request.GET.get(name)) for name in ("branch", "around"))
    branch = branch or branch_of_address
    return transcript(conversation, branch=branch, around=around or branch)


def _searched(messages: list[Message]) -> bool:
    """Whether answers to the last question may search the web."""
    questions = [message for message in messages if message.role == Message.Role.USER]
    return bool(questions and questions[-1].web)


def message_list_context(conversation: Conversation, shown: Transcript) -> dict[str, Any]:
    """What conversation/_message_list.html needs."""
    turns = turns_for(shown.messages, shown.pagers)
    if shown.side_by_side:
        columns = tuple(present_reply(each.reply, pager=shown.pagers.get(each.id)) for each in shown.side_by_side)
        turns[-1] = side_by_side_turn(columns, followed=shown.messages[-1].id)
    return {"conversation": conversation, "turns": turns, "transcript": shown}


def turns_for(messages: list[Message], pagers: dict[UUID, Pager]) -> list[Turn]:
    return [_turn(message, pagers.get(message.id)) for message in messages]


def side_by_side_turn(columns: tuple[Answer, ...], *, followed: UUID) -> Turn:
    """Answers side by side; `followed` is the message of the one that the next message follows."""
    answer = next(each for each in columns if each.message_id == str(followed))
    return Turn("messages/_side_by_side.html", answer=answer, columns=columns)


def _turn(message: Message, pager: Pager | None) -> Turn:
    if message.role == Message.Role.USER:
        return Turn("messages/_question.html", message=message, pager=pager)
    return Turn("messages/_answer.html", answer=present_reply(message.reply, pager=pager))
