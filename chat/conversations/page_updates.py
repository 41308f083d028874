"""Finds what has changed in a chat since a page was loaded: new, changed and removed messages.

The page sends a list of the messages that it shows, each with a fingerprint of how it looks there. So the server has
to remember nothing about pages, and compares no clocks.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet, UUIDField, prefetch_related_objects

from chat.conversations.transcript import PAGE_SIZE, Pager, answers_beside, column_of, fingerprint, pagers
from chat.models import Conversation, Message
from chat.models.prepared_queries import prepared
from chat.models.reply import LARGE_FIELDS_BY_MESSAGE
from chat.models.tree import Tree

MAX_SHOWN = 100  # the last messages of a page, which are compared
SIZES = (4, 16, 40, MAX_SHOWN)  # for each of which a query is prepared
# In place of a fingerprint: the user is editing the message, so it is not updated, or their text would be lost.
EDITED = "edited"

ARTICLE = re.compile(r"((?:message|answer)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-z]*)")


class ShownMessage(NamedTuple):
    """A message that a page shows."""

    anchor: str  # the id of its article
    fingerprint: str  # see `transcript.fingerprint`; empty while a stream updates it; or EDITED

    @property
    def id(self) -> UUID:
        """The id of the message or, for an answer, of its reply."""
        return UUID(self.anchor.partition("-")[2])


@dataclass
class PageUpdates:
    """What to change on a page, in the order of the messages."""

    missing: list[Message] = field(default_factory=list)  # to append
    changed: list[Message] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)  # ids of the articles to remove
    pagers: dict[UUID, Pager] = field(default_factory=dict)
    needs_reload: bool = False  # nothing that it shows is on the path any more, or too much was added

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.removed or self.needs_reload)


def read_shown_messages(text: str) -> list[ShownMessage]:
    """Parse the list that static/js/composer/pending-message.js sends; anything else in it is ignored.

    Format: "message-<id>.<fingerprint>_answer-<id>.<fingerprint>_…".
    """
    return [ShownMessage(*pair) for pair in ARTICLE.findall(text)][-MAX_SHOWN:]


def page_updates_for(
    shown: list[ShownMessage],
    conversation: Conversation,
    *,
    tree: Tree | None = None,
    branch: UUID | None = None,
    known: Collection[UUID] = (),
) -> PageUpdates:
    """The changes for a page that shows `shown` and, to its end, the path through the message with the id `branch`.

    `tree` is that of the conversation, if it has been read already. Messages in `known` are not missing from the page.
    """
    tree = tree or conversation.tree()
    path = tree.path(branch)
    stored = _shown_messages(shown, conversation)
    still_there = [stored[each.anchor].id for each in shown if each.anchor in stored and stored[each.anchor].id in path]
    if not still_there or len(path) - path.index(still_there[0]) > len(shown) + PAGE_SIZE:
        return PageUpdates(needs_reload=True)
    current = path[path.index(still_there[0]) :]
    beside = _answers_beside(stored.values(), tree, path, branch)
    if beside is None:
        return PageUpdates(needs_reload=True)
    current += [id_ for id_ in beside if id_ not in known]
    pagers_now = pagers(conversation, tree.with_siblings(current))
    on_path = [(each, message) for each in shown if (message := stored.get(each.anchor)) and message.id in current]
    changed = {message.id for each, message in on_path if _has_changed(each, message, pagers_now.get(message.id))}
    missing = {*current} - {message.id for _, message in on_path} - {*known}
    wanted = [id_ for id_ in current if id_ in changed | missing]
    messages = conversation.messages_at(wanted, "reply", without=LARGE_FIELDS_BY_MESSAGE) if wanted else []
    added = next((each for each in messages if each.id == path[-1] and each.id in missing), None)
    if added and answers_beside(added, tree, branch):
        return PageUpdates(needs_reload=True)
    still_shown = {each.anchor for each, _ in on_path}
    return PageUpdates(
        missing=[message for message in messages if message.id in missing],
        changed=[message for message in messages if message.id in changed],
        removed=[each.anchor for each in shown if each.anchor not in still_shown and each.fingerprint != EDITED],
        pagers=pagers_now,
    )


def _answers_beside(shown: Collection[Message], tree: Tree, path: list[UUID], branch: UUID | None) -> list[UUID] | None:
    """The answers that stand beside the last one of the path, if the page shows that; None when it shows others."""
    last = next((each for each in shown if each.id == path[-1]), None)
    if last is None:
        return []
    beside = answers_beside(last, tree, branch)
    siblings = [each for each in shown if each.parent_id == last.parent_id and each != last]
    return beside if {*beside} == {each.id for each in siblings if column_of(each)} else None


def _shown_messages(shown: list[ShownMessage], conversation: Conversation) -> dict[str, Message]:
    """The message that each article shows, by the article's id, without its text."""
    if not shown:
        return {}
    size = next(size for size in SIZES if size >= len(shown))
    ids = [each.id for each in shown]
    messages = _messages_with_fingerprint(size)(conversation.pk, *ids, *[ids[-1]] * (size - len(ids)))
    for related, has_some in {
        "images_in_order": conversation.has_images,
        "files_in_order": conversation.has_files,
    }.items():
        if has_some:
            prefetch_related_objects(messages, related)
        else:
            for message in messages:
                message.has_no(related)
    return {_anchor_of(message): message for message in messages}


@cache
def _messages_with_fingerprint(count: int) -> "prepared[..., Message]":
    """A query for so many messages, by their ids or those of their replies: what their fingerprints depend on."""

    def build(conversation: Any, *ids: Any) -> QuerySet[Message]:
        found = Message.objects.filter(Q(id__in=ids) | Q(reply__id__in=ids), conversation=conversation)
        reply = ("state", "cost", "generation_id", "is_copy", "finished_at", "side_by_side")
        return found.select_related("reply").only(
            "role", "parent", "edited_at", "deleted_at", *(f"reply__{name}" for name in reply)
        )

    return prepared(build, [UUIDField()] * (1 + count))


def _anchor_of(message: Message) -> str:
    return f"answer-{message.reply.pk}" if message.role == Message.Role.ASSISTANT else f"message-{message.pk}"


def _has_changed(shown: ShownMessage, message: Message, pager: Pager | None) -> bool:
    return shown.fingerprint not in ("", EDITED, fingerprint(message, pager))
