"""Whoever looks for words finds the chats that have them all in a message or in the title, each once with its hits."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models.functions import Left

from chat.models import Conversation, Findable, Message
from chat.offload import beside_the_loop
from chat.search.backlog import catch_up
from chat.search.excerpt import Piece, excerpt, marked
from chat.search.index import engine_of
from chat.search.query import Term, terms_in

PAGE = 20  # chats, or messages of one chat
LAST_PAGE = 50
MOST_TITLES = 5  # chats that come first because of their title
HITS = 3  # messages that are shown of a chat
LONGEST_LOOKED_AT = 50_000  # characters of a text, in which the place is looked for that is shown
LONG = 20_000  # characters of all texts together: cutting excerpts from more takes milliseconds
CATCHING_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Hit:
    message: Message
    excerpt: list[Piece]


@dataclass(frozen=True)
class FoundChat:
    conversation: Conversation
    title: list[Piece]
    hits: list[Hit]  # the newest; none where only the title has the words
    has_more: bool


@dataclass(frozen=True)
class Found:
    chats: list[FoundChat] = field(default_factory=list)
    next_page: int | None = None
    is_question: bool = True  # there was something to look for
    is_whole: bool = True  # all that there is has been indexed

    def __bool__(self) -> bool:
        return bool(self.chats)


def find(user_id: UUID, typed: str, page: int = 1, within: Conversation | None = None) -> Found:
    """Look for what somebody typed in their own chats, or in one of these; no text is a mistake. Raises TookTooLong."""
    terms = terms_in(typed)
    if not terms:
        return Found(is_question=False)
    page = min(max(page, 1), LAST_PAGE)
    is_whole = catch_up(user_id, seconds=CATCHING_UP_SECONDS)
    if within:
        ids, most, skipped, is_more = [within.id], PAGE, (page - 1) * PAGE, False
    else:
        ids, is_more = _chats(user_id, terms, page)
        most, skipped = HITS, 0
    messages = engine_of(connection).messages(connection, user_id, terms, ids, most=most + 1, skipped=skipped)
    hits: dict[UUID, list[int]] = {id_: [] for id_ in ids}
    for chat, findable in messages:
        hits[chat].append(findable)
    chats = _found_chats(user_id, hits, terms, most)
    is_more |= within is not None and any(chat.has_more for chat in chats)
    return Found(chats, page + 1 if is_more and page < LAST_PAGE else None, is_whole=is_whole)


def _chats(user_id: UUID, terms: list[Term], page: int) -> tuple[list[UUID], bool]:
    """Those of a page, and whether there are more: named so, then by the newest hit."""
    engine = engine_of(connection)
    titled = engine.chats(connection, user_id, terms, most=MOST_TITLES, kind=Findable.Kind.TITLE)
    all_ = engine.chats(connection, user_id, terms, most=page * PAGE + 1 + MOST_TITLES)
    in_order = list(dict.fromkeys([*titled, *all_]))
    return in_order[(page - 1) * PAGE : page * PAGE], len(in_order) > page * PAGE


def _found_chats(user_id: UUID, hits: dict[UUID, list[int]], terms: list[Term], most: int) -> list[FoundChat]:
    """In the order of `hits`. That they are this person's to see is asked once more, of the chats themselves."""
    seen = Conversation.objects.filter(user=user_id, is_temporary=False).in_bulk(list(hits))
    shown = _hits([id_ for chat, ids in hits.items() if chat in seen for id_ in ids[:most]], terms)
    return [
        FoundChat(
            conversation=seen[chat],
            title=marked(seen[chat].title, terms),
            hits=[hit for id_ in ids[:most] if (hit := shown.get(id_)) and hit.message.conversation_id == chat],
            has_more=len(ids) > most,
        )
        for chat, ids in hits.items()
        if chat in seen
    ]


def _hits(ids: list[int], terms: list[Term]) -> dict[int, Hit]:
    rows = Findable.objects.filter(message__deleted_at=None).select_related("message__reply")
    rows = rows.defer("text", "folded", "message__text", "message__reply__blocks", "message__reply__reasoning")
    found = [(row, row.message) for row in rows.annotate(beginning=Left("text", LONGEST_LOOKED_AT)).filter(pk__in=ids)]
    texts = [row.beginning for row, _ in found]
    cut = beside_the_loop(_excerpts, texts, terms) if sum(map(len, texts)) > LONG else _excerpts(texts, terms)
    return {row.id: Hit(message, pieces) for (row, message), pieces in zip(found, cut, strict=True) if message}


def _excerpts(texts: list[str], terms: list[Term]) -> list[list[Piece]]:
    return [excerpt(text, terms) for text in texts]
