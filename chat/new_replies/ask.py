"""Stores a question and its waiting replies, in one transaction.

The answers themselves are made by chat/replies/generate.py.
"""

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from chat.conversations.attachments import ReceivedAttachment, store_attachments
from chat.conversations.files import ReceivedFiles, store_files
from chat.conversations.quota import MESSAGE_CHARACTERS, PLACE_CHARACTERS, check_space
from chat.conversations.titles import title_from
from chat.files.storage import lock_files
from chat.images.storage import lock_images
from chat.model_request.answer_length import max_completion_tokens_for
from chat.models import Conversation, Image, Message, MessageImage, Piece, Reply, User
from chat.models.conversation import ONE_STEP
from chat.models.tree import Node, Tree
from chat.new_replies.conversation import remember_model, touch
from chat.new_replies.running_replies import recovering_if_busy, refuse_if_busy
from chat.new_replies.waiting_reply import answers_to, insert_messages, insert_replies, number_columns, waiting_reply
from chat.reply_content.deltas import TEXT
from chat.spending.reserve import lock_user, reserve_for_question, users_turn


@dataclass(frozen=True)
class NewQuestion:
    """What somebody sends: at least a text, or something attached. With `web`, its answers may search the web."""

    text: str
    images: Sequence[Image] = ()
    attachments: Sequence[ReceivedAttachment] = ()
    files: ReceivedFiles = field(default_factory=ReceivedFiles)
    web: bool = False
    id: UUID = field(default_factory=uuid4)  # which a page may choose, so that sending twice stores it once

    @property
    def texts(self) -> list[str]:
        """Its own, and those of what is attached as text; not those of files."""
        return [self.text, *(each.text for each in self.attachments)]

    @property
    def characters(self) -> int:
        """How much it counts of the space of its person."""
        places = len(self.images) + len(self.attachments) + len(self.files)
        texts = sum(map(len, self.texts)) + self.files.characters
        return MESSAGE_CHARACTERS + PLACE_CHARACTERS * places + texts


class Asked(NamedTuple):
    """A question that was stored, its waiting replies, and the tree of the conversation with all of them."""

    question: Message
    replies: list[Reply]  # of the models, in their order
    tree: Tree

    @property
    def reply(self) -> Reply:
        """The first one, which is on the newest path."""
        return self.replies[0]


def new_conversation(*, user: User, text: str, model: str, settings: dict[str, Any] | None = None) -> Conversation:
    """A conversation for a first message with this `text`; not saved, `ask` does that."""
    return Conversation(user=user, title=title_from(text), model=model, settings=settings or {})


def ask(
    conversation: Conversation,
    question: NewQuestion,
    *,
    models: Sequence[str],
    branch: UUID | None = None,
    over_limit: bool = False,
) -> Asked:
    """Store a question and its waiting replies, and save the conversation, which may be new.

    The question is added to the end of the newest branch, or of the branch through the message with the id `branch`.
    Several `models` are asked side by side: either all of them, or none; the first one becomes the conversation's.
    With `over_limit` the person's spending limits do not apply.
    Raises Busy; OverLimit; OutOfSpace; ImageRefused when an image or a file was deleted before it was sent; and
    IntegrityError when a message with the question's id exists.
    """

    @users_turn(conversation.user_id)
    @transaction.atomic
    def store() -> Asked:
        lock_user(conversation.user_id)
        running = refuse_if_busy(conversation, count=len(models))
        check_space(conversation.user_id, for_characters=question.characters)
        # Not earlier: while this waited, the list may have come that has both the lengths and the prices.
        max_tokens = {model: max_completion_tokens_for(model, conversation.settings) for model in models}
        reserved = reserve_for_question(
            conversation,
            max_tokens,
            branch=branch,
            texts=question.texts,
            images=len(question.images),
            files=question.files,
            web=question.web,
            running=running,
            over_limit=over_limit,
        )
        is_new = conversation._state.adding
        remember_model(conversation, models[0])
        touch(conversation, question.characters)
        if is_new:
            conversation.text_length = sum(map(len, question.texts))
        lock_images(question.images)
        lock_files(question.files.files)
        tree = Tree([]) if is_new else conversation.tree()
        moment = timezone.now() if is_new else conversation.next_moment()
        message = _message(question, conversation, tree.path(branch), moment)
        answers = answers_to(message, len(models), moment=moment + ONE_STEP)
        oldest_first = answers[::-1]
        insert_messages(message, *oldest_first)
        _store_contents(message, question)
        replies = [waiting_reply(*each, over_limit=over_limit) for each in zip(answers, models, reserved, strict=True)]
        number_columns(replies)
        insert_replies(*replies)
        _begin_with_prefill(replies, conversation)
        return Asked(message, replies, tree.followed_by(*_nodes(message, *oldest_first)))

    return recovering_if_busy(conversation, store)


def _message(question: NewQuestion, conversation: Conversation, path: Sequence[UUID], moment: datetime) -> Message:
    return Message(
        id=question.id,
        conversation=conversation,
        parent_id=path[-1] if path else None,
        role=Message.Role.USER,
        text=question.text,
        web=question.web or None,
        created_at=moment,
    )


def _store_contents(message: Message, question: NewQuestion) -> None:
    images, files, attachments = question.images, question.files, question.attachments
    MessageImage.objects.bulk_create(
        MessageImage(message=message, image=image, position=position) for position, image in enumerate(images)
    )
    store_files(message, files)
    store_attachments(message, attachments)
    related: dict[str, Sized] = {"images_in_order": images, "files_in_order": files, "attachments": attachments}
    message.has_no(*(name for name, objects in related.items() if not objects))
    message.conversation.has_images |= bool(images)
    message.conversation.has_files |= bool(files)


def _nodes(*messages: Message) -> Iterator[Node]:
    return (Node(message.id, message.parent_id) for message in messages)


def _begin_with_prefill(replies: list[Reply], conversation: Conversation) -> None:
    """Let replies begin with the text that the settings of the chat have for one message; remove it from them."""
    if "prefill" not in conversation.settings:
        return
    prefill = conversation.settings.pop("prefill")
    conversation.save(update_fields=["settings"])
    for reply in replies:
        reply.prefill = prefill
        reply.save(update_fields=["prefill"])
        Piece.objects.create(reply=reply, number=0, kind=TEXT, content=prefill)
