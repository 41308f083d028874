"""What a page shows of a conversation: a stretch of one path through it, each message with its other versions."""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

from django.db.models import Q

from chat.models import Conversation, Message, Reply

LENGTH = 50  # messages


@dataclass
class Transcript:
    messages: list[Message]
    has_older: bool
    has_newer: bool
    is_end: bool  # its last message is the last of the path
    branch: UUID | None  # a message on the path, where that is not the newest one of the conversation
    pagers: dict[UUID, "Pager"]

    @property
    def unanswered(self) -> Message | None:
        """The last message, if it is a question whose answer was deleted."""
        last = self.messages[-1] if self.messages and self.is_end else None
        return last if last and last.role == Message.Role.USER and not last.deleted_at else None


class Version(NamedTuple):
    """A message that stands in the same place as others."""

    id: UUID
    reply_id: UUID | None

    @property
    def anchor(self) -> str:
        return f"answer-{self.reply_id}" if self.reply_id else f"message-{self.id}"


class Pager(NamedTuple):
    """The versions of a message, and which of them is shown."""

    versions: list[Version]
    number: int  # from 1

    @property
    def before(self) -> Version | None:
        return self.versions[self.number - 2] if self.number > 1 else None

    @property
    def after(self) -> Version | None:
        return self.versions[self.number] if self.number < len(self.versions) else None


def transcript(conversation: Conversation, *, branch: UUID | None = None, around: UUID | None = None) -> Transcript:
    """The end of the path through `branch`; or a stretch that has the message `around` in it, if that is far above."""
    tree = conversation.tree()
    path = tree.path(branch)
    end = len(path)
    if around in path[:-LENGTH]:
        end = min(len(path), path.index(around) + LENGTH // 2)
    return _stretch(conversation, path, max(0, end - LENGTH), end, None if path == tree.path() else branch)


def older(conversation: Conversation, *, before: UUID, branch: UUID | None = None) -> Transcript:
    """What stands above the message `before`."""
    path = conversation.tree().path(branch)
    end = path.index(before) if before in path else 0
    return _stretch(conversation, path, max(0, end - LENGTH), end, branch)


def newer(conversation: Conversation, *, after: UUID, branch: UUID | None = None) -> Transcript:
    """What stands below the message `after`."""
    path = conversation.tree().path(branch)
    start = path.index(after) + 1 if after in path else len(path)
    return _stretch(conversation, path, start, min(len(path), start + LENGTH), branch)


def _stretch(conversation: Conversation, path: list[UUID], start: int, end: int, branch: UUID | None) -> Transcript:
    messages = conversation.messages_at(path[start:end], "reply")
    is_end = end == len(path)
    return Transcript(messages, start > 0, not is_end, is_end, branch, pagers(conversation, messages))


def pagers(conversation: Conversation, messages: list[Message]) -> dict[UUID, Pager]:
    """Of the messages that have other versions, by their ids; in one query."""
    siblings = Q(parent__in={message.parent_id for message in messages if message.parent_id})
    if any(message.parent_id is None for message in messages):
        siblings |= Q(parent=None)
    shown = {message.id for message in messages}
    versions: dict[UUID | None, list[Version]] = defaultdict(list)
    rows = conversation.messages.filter(siblings).filter(Q(pk__in=shown) | _worth_a_look())
    for id_, parent_id, reply_id in rows.order_by("created_at").values_list("id", "parent_id", "reply__id").distinct():
        versions[parent_id].append(Version(id_, reply_id))
    return {
        message.id: Pager(places, 1 + [version.id for version in places].index(message.id))
        for message in messages
        if len(places := versions[message.parent_id]) > 1
    }


def pager_of(reply: Reply) -> Pager | None:
    return pagers(reply.message.conversation, [reply.message]).get(reply.message_id)


def version(message: Message, pager: Pager | None) -> str:
    """A word for how a message stands on the page: another one when a page loaded now would show it differently."""
    facts: list[object] = [message.edited_at, message.deleted_at]
    facts += [place.is_sent_along for place in message.images_in_order.all()]
    if message.role == Message.Role.ASSISTANT:
        facts += [message.reply.state, message.reply.cost, message.reply.is_cost_awaited]
    if pager:
        facts += [pager.number, len(pager.versions)]
    return f"{crc32(' '.join(map(str, facts)).encode()):08x}"


def _worth_a_look() -> Q:
    """Not what is deleted, an attempt that brought nothing, or one that another goes on with."""
    is_gone = Q(deleted_at__isnull=False, children=None)
    brought_nothing = Q(reply__state__in=Reply.ENDED, reply__blocks=[])
    stands_alone = Q(reply__continued_by=None) | Q(reply__continued_by__message__deleted_at__isnull=False)
    return ~is_gone & ~brought_nothing & stands_alone
