"""Who looks for words finds the messages that hold them all, the newest first, and the chats that are named so."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.db.models.functions import Left

from chat.conversations.models import Conversation, Message
from chat.conversations.search.excerpt import Piece, excerpt
from chat.conversations.search.index import engine_of
from chat.conversations.search.models import Findable
from chat.conversations.search.words import Term, terms_in
from chat.offload import beside_the_loop

PAGE = 20  # messages
LAST_PAGE = 50
MOST_TITLES = 5
LONGEST_LOOKED_AT = 50_000  # characters of a text, in which the place is looked for that is shown
LONG = 20_000  # characters of all texts together: cutting excerpts from more takes milliseconds


@dataclass(frozen=True)
class Hit:
    conversation: Conversation
    message: Message | None  # None: the title
    excerpt: list[Piece]
    written_at: datetime

    @property
    def url(self) -> str:
        """Where it stands in its chat."""
        chat = self.conversation.get_absolute_url()
        if self.message is None:
            return chat
        reply = getattr(self.message, "reply", None)
        anchor = f"answer-{reply.pk}" if reply else f"message-{self.message.pk}"
        return f"{chat}?{urlencode({'branch': self.message.pk})}#{anchor}"


@dataclass(frozen=True)
class Found:
    titles: list[Hit] = field(default_factory=list)
    messages: list[Hit] = field(default_factory=list)
    next_page: int | None = None
    is_question: bool = True  # there was something to look for

    def __bool__(self) -> bool:
        return bool(self.titles or self.messages)


def find(user_id: UUID, typed: str, page: int = 1) -> Found:
    """Look for what somebody typed in their own chats; no text is a mistake. Raises TookTooLong."""
    terms = terms_in(typed)
    if not terms:
        return Found(is_question=False)
    page = min(max(page, 1), LAST_PAGE)
    kinds = Findable.Kind
    titles = _matches(user_id, kinds.TITLE, terms, limit=MOST_TITLES) if page == 1 else []
    messages = _matches(user_id, kinds.MESSAGE, terms, limit=PAGE + 1, offset=(page - 1) * PAGE)
    hits = _hits(user_id, [*titles, *messages[:PAGE]], terms)
    return Found(
        titles=[hit for hit in hits if hit.message is None],
        messages=[hit for hit in hits if hit.message],
        next_page=page + 1 if len(messages) > PAGE and page < LAST_PAGE else None,
    )


def _matches(user_id: UUID, kind: str, terms: list[Term], *, limit: int, offset: int = 0) -> list[int]:
    ids: list[int] = engine_of(connection).matches(connection, user_id, kind, terms, limit=limit, offset=offset)
    return ids


def _hits(user_id: UUID, ids: list[int], terms: list[Term]) -> list[Hit]:
    """In the order of `ids`. That they are this person's to see is asked once more, of the chats themselves."""
    seen = Findable.objects.filter(
        conversation__user=user_id, conversation__deleted_at=None, conversation__is_temporary=False
    )
    seen = seen.select_related("conversation", "message__reply").defer(
        "text", "message__text", "message__reply__blocks", "message__reply__reasoning"
    )
    found = seen.annotate(beginning=Left("text", LONGEST_LOOKED_AT)).in_bulk(ids)
    rows = [found[id_] for id_ in ids if id_ in found]
    texts = [str(row.beginning) for row in rows]
    cut = beside_the_loop(_excerpts, texts, terms) if sum(map(len, texts)) > LONG else _excerpts(texts, terms)
    return [Hit(row.conversation, row.message, pieces, row.written_at) for row, pieces in zip(rows, cut, strict=True)]


def _excerpts(texts: list[str], terms: list[Term]) -> list[list[Piece]]:
    return [excerpt(text, terms) for text in texts]
