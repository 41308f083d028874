"""What a page lacks that has stood for a while: messages that came, changed or went elsewhere meanwhile.

A page says what it shows, message by message; so nothing has to be remembered for it, and no clock compared.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from chat.conversations.transcript import LENGTH, Pager, pagers, version
from chat.models import Conversation, Message, Reply

MOST_SHOWN = 100  # messages of a page that are compared
EDITED = "edited"  # where a version would be: it stays as it is, whatever has become of it, or what is typed were lost


ARTICLE = re.compile(r"((?:message|answer)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-z]*)")


class ShownMessage(NamedTuple):
    """A message as a page has it."""

    anchor: str  # the id of its article
    version: str  # "" while its stream brings what is new, EDITED while somebody writes in it

    @property
    def id(self) -> UUID:
        """Of the message, or of the reply that makes it."""
        return UUID(self.anchor.partition("-")[2])


@dataclass
class PageUpdates:
    """Messages in the order of the page, with what stands beside them."""

    missing: list[Message] = field(default_factory=list)  # they follow what the page shows
    changed: list[Message] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # ids of articles
    pagers: dict[UUID, Pager] = field(default_factory=dict)
    is_another_page: bool = False  # nothing is left of what was shown, or far more has come: to be loaded anew

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.gone or self.is_another_page)


def read_shown_messages(text: str) -> list[ShownMessage]:
    """Read "message-<id>.<version>_answer-<id>.<version>_…", which static/js/composer/pending-message.js writes.

    What is nothing of that kind is passed over.
    """
    return [ShownMessage(*pair) for pair in ARTICLE.findall(text)][-MOST_SHOWN:]


def page_updates_for(
    shown: list[ShownMessage], conversation: Conversation, *, branch: UUID | None = None
) -> PageUpdates:
    """What a page lacks that shows the path through `branch`, to its end."""
    path = conversation.tree().path(branch)
    places = _places(shown, conversation)
    here = [places[each.anchor] for each in shown if places.get(each.anchor) in path]
    if not here or len(path) - path.index(here[0]) > len(shown) + LENGTH:
        return PageUpdates(is_another_page=True)
    now = path[path.index(here[0]) :]
    versions = {places[each.anchor]: each.version for each in shown if each.anchor in places}
    news = _compared(conversation, now, versions)
    news.gone = [each.anchor for each in shown if places.get(each.anchor) not in now and each.version != EDITED]
    return news


def _places(shown: list[ShownMessage], conversation: Conversation) -> dict[str, UUID]:
    """Of each article the message that it shows."""
    ids = [each.id for each in shown]
    replies = Reply.objects.filter(pk__in=ids, message__conversation=conversation)
    of_replies = dict(replies.values_list("pk", "message_id"))
    return {each.anchor: of_replies.get(each.id, each.id) for each in shown}


def _compared(conversation: Conversation, now: list[UUID], versions: dict[UUID, str]) -> PageUpdates:
    """Nothing long is read of what is as it was."""
    rows = conversation.messages.filter(id__in=now).select_related("reply").prefetch_related("images_in_order")
    light = list(rows.defer("text", "reply__blocks", "reply__reasoning", "reply__citations", "reply__error_details"))
    pagers_now = pagers(conversation, light)
    of_now = {message.id: version(message, pagers_now.get(message.id)) for message in light}
    changed = {id_ for id_ in now if versions.get(id_, "") not in ("", EDITED, of_now[id_])}
    missing = {id_ for id_ in now if id_ not in versions}
    wanted = [id_ for id_ in now if id_ in changed | missing]
    messages = conversation.messages_at(wanted, "reply") if wanted else []
    return PageUpdates(
        missing=[message for message in messages if message.id in missing],
        changed=[message for message in messages if message.id in changed],
        pagers=pagers_now,
    )
