"""Creates replies: for a new question, an edited one, a retry or a continuation.

Each function stores the waiting reply in one transaction, with its question where that is new. The answer itself is
made by chat/replies/generate.py.
"""

from collections.abc import Callable, Iterable, Iterator, Sized
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.conversations.attachments import ReceivedAttachment, store_attachments
from chat.conversations.copying import copy_contents
from chat.conversations.files import ReceivedFiles, file_characters, store_files
from chat.conversations.quota import check_space
from chat.conversations.settings import settings_length
from chat.conversations.titles import title_from
from chat.files.storage import lock_files
from chat.images.storage import lock_images
from chat.models import Conversation, Image, Message, MessageImage, Piece, Reply, User
from chat.models.prepared import PreparedInsert, prepared, prepared_update
from chat.models.tree import Node, Tree
from chat.replies.continuation import prefill_pieces
from chat.replies.lease import UNCLAIMED_LIFETIME
from chat.replies.recover import RUNNING_SQL, recover
from chat.replies.render import TEXT
from chat.replies.request_body import max_completion_tokens_for
from chat.replies.reserve import lock_user, reserve_for_answer, reserve_for_question
from chat.spending.limits import OverLimit, Reservation

T = TypeVar("T")

MAX_RUNNING_REPLIES = 12  # of one user at a time; each costs the site a thread and the user money
STEP = timedelta(microseconds=1)  # between answers that are created together, so that their order is certain


insert_messages, insert_replies = PreparedInsert(Message), PreparedInsert(Reply)


class Busy(Exception):
    """The user has to wait for an answer first, or the chat was deleted; `str()` is the sentence to show."""


class Asked(NamedTuple):
    """A question that was stored, its waiting replies, and the tree of the conversation with all of them."""

    question: Message
    replies: list[Reply]  # of the models, in their order
    tree: Tree

    @property
    def reply(self) -> Reply:
        """The first one, which is on the newest path."""
        return self.replies[0]


class Place(NamedTuple):
    """Where an answer is: below which question, and in which column if there are several."""

    question_id: UUID | None
    side_by_side: int | None

    def is_beside(self, other: "Place") -> bool:
        """Whether both may be written at the same time."""
        columns = (self.side_by_side, other.side_by_side)
        return self.question_id == other.question_id and None not in columns and columns[0] != columns[1]


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
        running = _refuse_if_busy(conversation, count=len(models))
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
        _remember_model(conversation, model)
        _touch(conversation, characters)
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
        answers = _answers_to(question, len(models))
        oldest_first = answers[::-1]
        insert_messages(question, *oldest_first)
        _store_contents(question, images, files, received)
        replies = [_waiting_reply(*each, over_limit=over_limit) for each in zip(answers, models, reserved, strict=True)]
        _number_columns(replies)
        insert_replies(*replies)
        _begin_with_prefill(replies, conversation)
        return Asked(question, replies, tree.followed_by(*_nodes(question, *oldest_first)))

    return _recovering_if_busy(conversation, store)


def ask_edited(question: Message, *, text: str, model: str, over_limit: bool = False) -> Reply:
    """Store an edited version of `question`, with the same images, files and attachments, and its waiting reply.

    Both versions stay. Raises Busy; OverLimit; OutOfSpace; and ImageRefused when an image or a file was deleted.
    """
    max_tokens = max_completion_tokens_for(model, question.conversation.settings)
    recover(_running_replies(question.conversation))
    with transaction.atomic():
        conversation = _lock_conversation(question)
        running = _refuse_if_busy(conversation)
        copied_characters = question.attachments.aggregate(total=Sum(Length("text")))["total"] or 0
        copied_characters += file_characters([question])
        check_space(conversation.user_id, for_characters=len(text) + copied_characters)
        version = Message.objects.create(
            conversation=conversation,
            parent_id=question.parent_id,
            role=Message.Role.USER,
            text=text,
            web=question.web,
        )
        copy_contents({question.pk: version})
        _remember_model(conversation, model)
        _touch(conversation, len(text) + copied_characters)
        reserved = reserve_for_answer(
            version, model, max_tokens, continues=None, running=running, over_limit=over_limit
        )
        return _waiting_reply_to(version, model, reserved, over_limit=over_limit)


def retry(reply: Reply, *, model: str, max_completion_tokens: int | None = None, over_limit: bool = False) -> Reply:
    """Create another answer to the question of a reply that has ended; both answers stay. Raises Busy and OverLimit.

    `model` is for this answer alone. The chat keeps its own model, which is changed by sending a message with another.
    """
    question = reply.message.parent
    assert question is not None  # every reply answers something
    return answer_question(
        question,
        model=model,
        max_completion_tokens=max_completion_tokens,
        side_by_side=reply.side_by_side,
        over_limit=over_limit,
    )


def answer_question(
    question: Message,
    *,
    model: str,
    max_completion_tokens: int | None = None,
    side_by_side: int | None = None,
    over_limit: bool = False,
) -> Reply:
    """Create a waiting reply to a stored question, in this column if there are several. Raises Busy and OverLimit."""
    max_tokens = max_completion_tokens or max_completion_tokens_for(model, question.conversation.settings)
    recover(_running_replies(question.conversation))
    with transaction.atomic():
        conversation = _lock_conversation(question)
        running = _refuse_if_busy(conversation, place=Place(question.pk, side_by_side))
        reserved = reserve_for_answer(
            question, model, max_tokens, continues=None, running=running, over_limit=over_limit
        )
        _touch(conversation)
        return _waiting_reply_to(question, model, reserved, side_by_side, over_limit=over_limit)


def continue_reply(reply: Reply, *, max_completion_tokens: int | None = None, over_limit: bool = False) -> Reply | None:
    """Create a reply that continues `reply`, which ended early.

    None when `reply` is complete, or is not the last answer of its branch any more. Raises Busy and OverLimit.
    """
    recover(_running_replies(reply.message.conversation))
    with transaction.atomic():
        conversation = _lock_conversation(reply.message)
        if not reply.can_be_continued or _is_superseded(reply):
            return None
        question = reply.message.parent
        assert question is not None  # every reply answers something
        running = _refuse_if_busy(conversation, place=Place(question.pk, reply.side_by_side))
        max_tokens = max_completion_tokens or reply.max_completion_tokens
        limited: dict[str, Any] = {"continues": reply, "running": running, "over_limit": over_limit}
        reserved = reserve_for_answer(question, reply.model, max_tokens, **limited)
        continuation = _waiting_reply_to(question, reply.model, reserved, reply.side_by_side, over_limit=over_limit)
        continuation.continues, continuation.citations = reply, reply.citations
        continuation.save(update_fields=["continues", "citations"])
        Piece.objects.bulk_create(prefill_pieces(continuation, reply))
        _touch(conversation)
        return continuation


def _lock_conversation(message: Message) -> Conversation:
    lock_user(message.conversation.user_id)
    conversation = Conversation.locked(message.conversation_id)
    if conversation is None:
        raise Busy(_("This chat was deleted."))
    return conversation


def _remember_model(conversation: Conversation, model: str) -> None:
    conversation.model = model
    user = conversation.user
    if user.last_model != model:
        User.objects.filter(pk=user.pk).update(last_model=model, recent_models=user.recent_models_with(model))


def _touch(conversation: Conversation, characters: int = 0) -> None:
    """Save the conversation as used now, with its model, and with that many more characters of text."""
    conversation.updated_at = timezone.now()
    if conversation._state.adding:
        conversation.text_length = characters
        conversation.text_characters = characters + settings_length(conversation.settings)
        conversation.counted_tokens, conversation.has_images, conversation.has_files = None, False, False
        conversation.save(force_insert=True)
        return
    # These columns alone: the chat may have been renamed, or deleted, since it was read.
    if not _store_use(conversation.pk, conversation.model, conversation.updated_at, characters):
        raise Busy(_("This chat was deleted."))


@prepared_update
def _store_use(id_: UUID, model: str, at: datetime, characters: int) -> tuple[QuerySet[Conversation], dict[str, Any]]:
    total = F("text_characters") + characters
    return Conversation.objects.filter(pk=id_), {"model": model, "updated_at": at, "text_characters": total}


def _is_superseded(reply: Reply) -> bool:
    """Whether a question follows the answer, or there is a newer attempt at it."""
    answer = reply.message
    newer = Message.objects.filter(parent=answer.parent_id, created_at__gt=answer.created_at)
    return answer.children.exists() or newer.filter(reply__side_by_side=reply.side_by_side).exists()


def _recovering_if_busy(conversation: Conversation, store: Callable[[], T]) -> T:
    """Call `store`, and once more if others are in its way: after ending the user's replies whose process died.

    Not inside the transaction, because that may wait.
    """
    try:
        return store()
    except (Busy, OverLimit):
        recover(_running_replies(conversation))
        return store()


def _refuse_if_busy(conversation: Conversation, *, count: int = 1, place: Place | None = None) -> Decimal:
    """Raise Busy unless `count` more answers may be written; `place` is where, if not below a new question.

    Returns the US dollars that are reserved for running ones. What has been spent has to be asked after that: an answer
    that ends between the two is counted twice then, and not left out.
    """
    running = _places_of_running(conversation.user_id)
    in_this_chat = [Place(question, column) for chat, question, column, _ in running if chat == conversation.pk]
    if not all(place and place.is_beside(other) for other in in_this_chat):
        raise Busy(_("An answer is still being written in this chat. Wait for it to finish, or stop it first."))
    if len(running) + count > MAX_RUNNING_REPLIES:
        raise Busy(_too_many_sentence(len({chat for chat, *_where in running})))
    return sum((reserved or Decimal(0) for *_where, reserved in running), start=Decimal(0))


def _too_many_sentence(chats: int) -> str:
    """`chats` are being answered, some of them perhaps by several models."""
    if chats >= MAX_RUNNING_REPLIES:
        sentence = _("%(count)d of your chats are being answered. Wait for one to finish, or stop one first.")
    else:
        sentence = _("You can get %(count)d answers at a time. Wait for others to finish, or ask fewer models.")
    return sentence % {"count": MAX_RUNNING_REPLIES}


@prepared
def _places_of_running(user: UUID) -> QuerySet[Reply, tuple[UUID, UUID | None, int | None, Decimal | None]]:
    # All users' replies first, as in chat/replies/recover.py: few are running, but a user may have many chats.
    running = Reply.objects.extra(where=[RUNNING_SQL]).filter(message__conversation__user=user)  # noqa: S610
    return running.values_list("message__conversation", "message__parent", "side_by_side", "reserved")


def _running_replies(conversation: Conversation) -> QuerySet[Reply]:
    """The waiting and streaming replies in all chats of the conversation's user."""
    return Reply.objects.filter(message__conversation__user=conversation.user_id, state__in=Reply.RUNNING)


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


def _answers_to(question: Message, count: int = 1) -> list[Message]:
    """Messages of answers, without text and not saved. The first is the newest one, so that the newest path has it."""
    now = timezone.now()
    return [
        Message(
            conversation=question.conversation,
            parent=question,
            role=Message.Role.ASSISTANT,
            created_at=now + (count - 1 - number) * STEP,
        )
        for number in range(count)
    ]


def _waiting_reply_to(
    question: Message,
    model: str,
    reserved: Reservation,
    side_by_side: int | None = None,
    *,
    over_limit: bool = False,
) -> Reply:
    (answer,) = _answers_to(question)
    answer.save(force_insert=True)
    reply = _waiting_reply(answer, model, reserved, over_limit=over_limit)
    reply.side_by_side = side_by_side
    insert_replies(reply)
    return reply


def _waiting_reply(answer: Message, model: str, reserved: Reservation, *, over_limit: bool) -> Reply:
    """A reply that is not saved yet. One that a limit of its person makes shorter says so, in case it is cut off."""
    return Reply(
        message=answer,
        model=model,
        max_completion_tokens=reserved.max_completion_tokens,
        reserved=reserved.dollars,
        ignores_limits=over_limit or None,
        error_details={"is_shortened": True} if reserved.is_shortened else {},
        asked_at=answer.created_at,
        lease_until=timezone.now() + UNCLAIMED_LIFETIME,
    )


def _number_columns(replies: list[Reply]) -> None:
    """Say of each reply in which column it is, if there are several."""
    for number, reply in enumerate(replies if len(replies) > 1 else (), start=1):
        reply.side_by_side = number
