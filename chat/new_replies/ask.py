"""Stores a question and its waiting replies, in one transaction.

The answers themselves are made by chat/replies/generate.py.
"""

from collections.abc import Iterable, Iterator, Sized
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from chat.conversations.attachments import ReceivedAttachment, store_attachments
from chat.conversations.files import ReceivedFiles, store_files
from chat.conversations.quota import check_space
from chat.conversations.titles import title_from
from chat.files.storage import lock_files
from chat.images.storage import lock_images
from chat.model_request.answer_length import max_completion_tokens_for
from chat.models import Conversation, Image, Message, MessageImage, Piece, Reply, User
from chat.models.tree import Node, Tree
from chat.new_replies.conversation import remember_model, touch
from chat.new_replies.rows import answers_to, insert_messages, insert_replies, number_columns, waiting_reply
from chat.new_replies.running import recovering_if_busy, refuse_if_busy
from chat.reply_content.deltas import TEXT
from chat.spending.reserve import lock_user, reserve_for_question


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
    *,
    conversation: Conversation,
    text: str,
    images: list[Image],
    model: str,
    compare: Iterable[str] = (),
    attachments: Iterable[ReceivedAttachment] = (),
    files: ReceivedFiles | None = None,
    branch: UUID | None = None,
    id_: UUID | None = None,
    over_limit: bool = False,
    web: bool = False,
) -> Asked:
    """Store a question and its waiting reply, and save the conversation, which may be new.

    The question is added to the end of the newest branch, or of the branch through the message with the id `branch`.
    The models `compare` are asked as well, side by side with `model`: either all of them are asked, or none.
    With `over_limit` the person's spending limits do not apply; with `web` the answers may search the web.
    Raises Busy; OverLimit; OutOfSpace; ImageRefused when an image or a file was deleted before it was sent; and
    IntegrityError when a message with the id `id_` exists.
    """
    received, files = list(attachments), files or ReceivedFiles()
    models = [model, *compare]
    max_tokens = {each: max_completion_tokens_for(each, conversation.settings) for each in models}
    characters = len(text) + sum(len(each.text) for each in received) + files.characters

    @transaction.atomic
    def store() -> Asked:
        lock_user(conversation.user_id)
        running = refuse_if_busy(conversation, count=len(models))
        check_space(conversation.user_id, for_characters=characters)
        texts = (text, *(each.text for each in received))
        reserved = reserve_for_question(
            conversation,
            max_tokens,
            texts=texts,
            images=len(images),
            files=files,
            web=web,
            running=running,
            over_limit=over_limit,
        )
        is_new = conversation._state.adding
        remember_model(conversation, model)
        touch(conversation, characters)
        lock_images(images)
        lock_files(files.files)
        tree = Tree([]) if is_new else conversation.tree()
        path = tree.path(branch)
        question = Message(
            id=id_ or uuid4(),
            conversation=conversation,
            parent_id=path[-1] if path else None,
            role=Message.Role.USER,
            text=text,
            web=web or None,
        )
        answers = answers_to(question, len(models))
        oldest_first = answers[::-1]
        insert_messages(question, *oldest_first)
        _store_contents(question, images, files, received)
        replies = [waiting_reply(*each, over_limit=over_limit) for each in zip(answers, models, reserved, strict=True)]
        number_columns(replies)
        insert_replies(*replies)
        _begin_with_prefill(replies, conversation)
        return Asked(question, replies, tree.followed_by(*_nodes(question, *oldest_first)))

    return recovering_if_busy(conversation, store)


def _store_contents(
    question: Message, images: list[Image], files: ReceivedFiles, received: list[ReceivedAttachment]
) -> None:
    MessageImage.objects.bulk_create(
        MessageImage(message=question, image=image, position=position) for position, image in enumerate(images)
    )
    store_files(question, files)
    store_attachments(question, received)
    related: dict[str, Sized] = {"images_in_order": images, "files_in_order": files, "attachments": received}
    question.has_no(*(name for name, objects in related.items() if not objects))
    question.conversation.has_images |= bool(images)
    question.conversation.has_files |= bool(files)


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
