"""Runs a search: finds the chats that have all the words in one message or in the title, with excerpts of the hits."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models.functions import Left

from chat.models import Conversation, Findable, Message
from chat.models.reply import LARGE_FIELDS_BY_MESSAGE
from chat.offload import in_a_python_thread
from chat.search.backlog import catch_up
from chat.search.excerpt import Piece, highlight, make_excerpt
from chat.search.index import engine_for
from chat.search.query import Term, parse_query

PAGE_SIZE = 20  # chats, or messages if the search is in one chat
MAX_PAGE = 50
MAX_TITLE_MATCHES = 5  # chats that come first because of their title
HITS_PER_CHAT = 3  # messages shown per chat
MAX_EXCERPT_SOURCE = 50_000  # characters at the beginning of a text from which its excerpt is taken
LONG_TEXT = 20_000  # characters of all texts together: making excerpts of more takes milliseconds
CATCH_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Hit:
    message: Message
    excerpt: list[Piece]


@dataclass(frozen=True)
class ChatResult:
    conversation: Conversation
    title: list[Piece]
    hits: list[Hit]  # the newest; empty if only the title matches
    has_more: bool


@dataclass(frozen=True)
class SearchResults:
    chats: list[ChatResult] = field(default_factory=list)
    next_page: int | None = None
    has_query: bool = True  # False if nothing was typed that could be searched
    is_complete: bool = True  # False if not all texts are indexed yet

    def __bool__(self) -> bool:
        return bool(self.chats)


def find(user_id: UUID, typed: str, page: int = 1, within: Conversation | None = None) -> SearchResults:
    """Search for what a person typed in all their chats, or in one of them. Any text is a valid query.

    Raises TookTooLong.
    """
    terms = parse_query(typed)
    if not terms:
        return SearchResults(has_query=False)
    page = min(max(page, 1), MAX_PAGE)
    is_complete = catch_up(user_id, seconds=CATCH_UP_SECONDS)
    if within:
        ids, limit, offset, has_more = [within.id], PAGE_SIZE, (page - 1) * PAGE_SIZE, False
    else:
        ids, has_more = _find_page(user_id, terms, page)
        limit, offset = HITS_PER_CHAT, 0
    messages = engine_for(connection).find_messages(connection, user_id, terms, ids, limit=limit + 1, offset=offset)
    hits: dict[UUID, list[int]] = {id_: [] for id_ in ids}
    for chat, findable in messages:
        hits[chat].append(findable)
    chats = _load_chats(user_id, hits, terms, limit)
    has_more |= within is not None and any(chat.has_more for chat in chats)
    return SearchResults(chats, page + 1 if has_more and page < MAX_PAGE else None, is_complete=is_complete)


def _find_page(user_id: UUID, terms: list[Term], page: int) -> tuple[list[UUID], bool]:
    """Return the chats of a page, and whether there are more: matching titles first, then by the newest hit."""
    engine = engine_for(connection)
    titled = engine.find_chats(connection, user_id, terms, limit=MAX_TITLE_MATCHES, kind=Findable.Kind.TITLE)
    all_ = engine.find_chats(connection, user_id, terms, limit=page * PAGE_SIZE + 1 + MAX_TITLE_MATCHES)
    in_order = list(dict.fromkeys([*titled, *all_]))
    return in_order[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], len(in_order) > page * PAGE_SIZE


def _load_chats(user_id: UUID, hits: dict[UUID, list[int]], terms: list[Term], limit: int) -> list[ChatResult]:
    """Return the chats in the order of `hits`. Whether the person may see them is checked again on the chats."""
    visible = Conversation.objects.filter(user=user_id, is_temporary=False).in_bulk(list(hits))
    shown = _load_hits([id_ for chat, ids in hits.items() if chat in visible for id_ in ids[:limit]], terms)
    return [
        ChatResult(
            conversation=visible[chat],
            title=highlight(visible[chat].title, terms),
            hits=[hit for id_ in ids[:limit] if (hit := shown.get(id_)) and hit.message.conversation_id == chat],
            has_more=len(ids) > limit,
        )
        for chat, ids in hits.items()
        if chat in visible
    ]


def _load_hits(ids: list[int], terms: list[Term]) -> dict[int, Hit]:
    rows = Findable.objects.filter(message__deleted_at=None).select_related("message__reply")
    rows = rows.defer("text", "folded", "message__text", "message__reply__blocks", "message__reply__reasoning")
    rows = rows.defer(*(f"message__{name}" for name in LARGE_FIELDS_BY_MESSAGE))
    found = [(row, row.message) for row in rows.annotate(beginning=Left("text", MAX_EXCERPT_SOURCE)).filter(pk__in=ids)]
    texts = [row.beginning for row, _ in found]
    is_long = sum(map(len, texts)) > LONG_TEXT
    excerpts = in_a_python_thread(_make_excerpts, texts, terms) if is_long else _make_excerpts(texts, terms)
    return {row.id: Hit(message, pieces) for (row, message), pieces in zip(found, excerpts, strict=True) if message}


def _make_excerpts(texts: list[str], terms: list[Term]) -> list[list[Piece]]:
    return [make_excerpt(text, terms) for text in texts]
