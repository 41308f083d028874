"""Finds what has changed in a chat since a page was loaded: new, changed and removed messages.

The page sends a list of the messages that it shows, each with a fingerprint of how it looks there. So the server has
to remember nothing about pages, and compares no clocks.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from chat.conversations.transcript import PAGE_SIZE, Pager, fingerprint, pagers
from chat.models import Conversation, Message, Reply

MAX_SHOWN = 100  # the last messages of a page, which are compared
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
    shown: list[ShownMessage], conversation: Conversation, *, branch: UUID | None = None
) -> PageUpdates:
    """The changes for a page that shows `shown` and, to its end, the path through the message with the id `branch`."""
    path = conversation.tree().path(branch)
    message_ids = _message_ids(shown, conversation)
    still_there = [message_ids[each.anchor] for each in shown if message_ids.get(each.anchor) in path]
    if not still_there or len(path) - path.index(still_there[0]) > len(shown) + PAGE_SIZE:
        return PageUpdates(needs_reload=True)
    current = path[path.index(still_there[0]) :]
    fingerprints = {message_ids[each.anchor]: each.fingerprint for each in shown if each.anchor in message_ids}
    updates = _compare(conversation, current, fingerprints)
    updates.removed = [
        each.anchor for each in shown if message_ids.get(each.anchor) not in current and each.fingerprint != EDITED
    ]
    return updates


def _message_ids(shown: list[ShownMessage], conversation: Conversation) -> dict[str, UUID]:
    """The id of the message that each article shows, by the article's id."""
    ids = [each.id for each in shown]
    replies = Reply.objects.filter(pk__in=ids, message__conversation=conversation)
    of_replies = dict(replies.values_list("pk", "message_id"))
    return {each.anchor: of_replies.get(each.id, each.id) for each in shown}


def _compare(conversation: Conversation, current: list[UUID], fingerprints: dict[UUID, str]) -> PageUpdates:
    """Compare fingerprints. Reads the texts of messages that have changed, but not those of the others."""
    rows = conversation.messages.filter(id__in=current).select_related("reply").prefetch_related("images_in_order")
    without_texts = list(
        rows.defer("text", "reply__blocks", "reply__reasoning", "reply__citations", "reply__error_details")
    )
    pagers_now = pagers(conversation, without_texts)
    now = {message.id: fingerprint(message, pagers_now.get(message.id)) for message in without_texts}
    changed = {id_ for id_ in current if fingerprints.get(id_, "") not in ("", EDITED, now[id_])}
    missing = {id_ for id_ in current if id_ not in fingerprints}
    wanted = [id_ for id_ in current if id_ in changed | missing]
    messages = conversation.messages_at(wanted, "reply") if wanted else []
    return PageUpdates(
        missing=[message for message in messages if message.id in missing],
        changed=[message for message in messages if message.id in changed],
        pagers=pagers_now,
    )
