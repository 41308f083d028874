"""Reads the messages that a page shows: a part of one path through a chat, with the other versions of each message."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

from django.db.models import Q

from chat.models import Conversation, Message, Reply
from chat.models.reply import LARGE_FIELDS_BY_MESSAGE
from chat.models.tree import Node, Tree

PAGE_SIZE = 50  # messages


@dataclass
class Transcript:
    """Consecutive messages of one path, at most PAGE_SIZE, with what a page needs to show them."""

    messages: list[Message]
    has_older: bool
    has_newer: bool
    is_end: bool  # the last message here is the last of the path
    branch: UUID | None  # the id of a message on the path; None for the newest path of the chat
    pagers: dict[UUID, "Pager"]  # by the ids of messages that have other versions
    side_by_side: list[Message]  # the last message, if it is one of several answers to compare, and the others

    @property
    def unanswered(self) -> Message | None:
        """The last message, if it is a question whose answer was deleted."""
        last = self.messages[-1] if self.messages and self.is_end else None
        return last if last and last.role == Message.Role.USER and not last.deleted_at else None


class Version(NamedTuple):
    """One of several messages in the same place: edits of a question, or attempts at an answer."""

    id: UUID
    reply_id: UUID | None

    @property
    def anchor(self) -> str:
        return f"answer-{self.reply_id}" if self.reply_id else f"message-{self.id}"


class Pager(NamedTuple):
    """The versions of a message, which of them is shown, and the address of their chat."""

    versions: list[Version]
    number: int  # from 1
    chat_url: str

    @property
    def before(self) -> Version | None:
        return self.versions[self.number - 2] if self.number > 1 else None

    @property
    def after(self) -> Version | None:
        return self.versions[self.number] if self.number < len(self.versions) else None


def transcript(conversation: Conversation, *, branch: UUID | None = None, around: UUID | None = None) -> Transcript:
    """The last page of the path through `branch`; or, if the message `around` is above that page, one around it."""
    tree = conversation.tree()
    path = tree.path(branch)
    end = len(path)
    if around in path[:-PAGE_SIZE]:
        end = min(len(path), path.index(around) + PAGE_SIZE // 2)
    page = _page_of(conversation, tree, path, max(0, end - PAGE_SIZE), end, branch)
    if path == tree.path() and not (page.is_end and _is_chosen(page.messages, branch)):
        page.branch = None
    return page


def older(conversation: Conversation, *, before: UUID, branch: UUID | None = None) -> Transcript:
    """The page of messages before the message `before`."""
    tree = conversation.tree()
    path = tree.path(branch)
    end = path.index(before) if before in path else 0
    return _page_of(conversation, tree, path, max(0, end - PAGE_SIZE), end, branch)


def newer(conversation: Conversation, *, after: UUID, branch: UUID | None = None) -> Transcript:
    """The page of messages after the message `after`."""
    tree = conversation.tree()
    path = tree.path(branch)
    start = path.index(after) + 1 if after in path else len(path)
    return _page_of(conversation, tree, path, start, min(len(path), start + PAGE_SIZE), branch)


def _page_of(
    conversation: Conversation, tree: Tree, path: list[UUID], start: int, end: int, branch: UUID | None
) -> Transcript:
    messages = conversation.messages_at(path[start:end], "reply", without=LARGE_FIELDS_BY_MESSAGE)
    for question, answer in pairwise(messages):
        answer.parent = question  # so that nobody asks for it
    is_end = end == len(path)
    others = answers_beside(messages[-1], tree, branch) if is_end and messages else []
    beside = conversation.messages_at(others, "reply", without=LARGE_FIELDS_BY_MESSAGE) if others else []
    found = pagers(conversation, tree.with_siblings([*path[start:end], *others]))
    side_by_side = sorted([messages[-1], *beside], key=column_of) if beside else []
    return Transcript(messages, start > 0, not is_end, is_end, branch, found, side_by_side)


def column_of(message: Message) -> int:
    """The number of the column in which this answer stands; 0 for a question, and for an answer that stands alone."""
    return (message.role == Message.Role.ASSISTANT and message.reply.side_by_side) or 0


def _is_chosen(messages: list[Message], branch: UUID | None) -> bool:
    """Whether the last message is an answer that was chosen among those side by side."""
    return bool(messages) and messages[-1].id == branch and column_of(messages[-1]) > 0


def answers_beside(last: Message, tree: Tree, branch: UUID | None = None) -> list[UUID]:
    """The ids of the answers to show beside the last message of a path: of each other column the newest one.

    There are none when only one model was asked, or when one of the answers was chosen: `branch` names it, or a
    message follows it.
    """
    if not column_of(last):
        return []
    siblings = tree.versions(last.id)
    if branch in siblings or tree.is_followed(siblings):
        return []
    rows = Reply.objects.filter(message__in=siblings, side_by_side__isnull=False).order_by("message__created_at")
    newest = dict(rows.values_list("side_by_side", "message"))
    return [id_ for column, id_ in newest.items() if column != column_of(last)]


def pagers(conversation: Conversation, messages: Sequence[Message | Node]) -> dict[UUID, Pager]:
    """Pagers for those of `messages` that have other versions, by their ids; in one query."""
    if not messages:
        return {}
    siblings = Q(parent__in={message.parent_id for message in messages if message.parent_id})
    if any(message.parent_id is None for message in messages):
        siblings |= Q(parent=None)
    shown = {message.id for message in messages}
    versions: dict[UUID | None, list[Version]] = defaultdict(list)
    rows = conversation.messages.filter(siblings).filter(Q(pk__in=shown) | _visible_versions())
    for id_, parent_id, reply_id in rows.order_by("created_at").values_list("id", "parent_id", "reply__id").distinct():
        versions[parent_id].append(Version(id_, reply_id))
    url = conversation.get_absolute_url()
    return {
        message.id: Pager(places, 1 + [fingerprint.id for fingerprint in places].index(message.id), url)
        for message in messages
        if len(places := versions[message.parent_id]) > 1
    }


def pager_of(reply: Reply) -> Pager | None:
    """The pager of one reply's message; None when it has no other versions."""
    return pagers(reply.message.conversation, [reply.message]).get(reply.message_id)


def fingerprint(message: Message, pager: Pager | None) -> str:
    """A short string that changes when a page loaded now would show the message differently."""
    facts: list[object] = [message.edited_at, message.deleted_at]
    facts += [place.is_sent_along for place in message.images_in_order.all()]
    facts += [place.is_sent_along for place in message.files_in_order.all()]
    if message.role == Message.Role.ASSISTANT:
        facts += [message.reply.state, message.reply.cost, message.reply.is_cost_awaited]
    if pager:
        facts += [pager.number, len(pager.versions)]
    return f"{crc32(' '.join(map(str, facts)).encode()):08x}"


def _visible_versions() -> Q:
    """Leaves out deleted messages, attempts without content, and answers that were continued by another."""
    is_deleted = Q(deleted_at__isnull=False, children=None)
    is_empty = Q(reply__state__in=Reply.ENDED, reply__blocks=[])
    is_not_continued = Q(reply__continued_by=None) | Q(reply__continued_by__message__deleted_at__isnull=False)
    return ~is_deleted & ~is_empty & is_not_continued
