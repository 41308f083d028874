"""Folding and indexing texts that are new, or that an older version folded: the newest first, and a little at a time.

Whoever searches does it for their own texts before: storing a message costs less, and where there are very many (after
an upgrade, or an import) each search does a part of them and says that there are more. `manage.py rebuild_search` does
all of everybody at once.
"""

import logging
import time
from collections.abc import Iterator
from uuid import UUID

from django.db import DatabaseError, connection

from chat.models import Findable
from chat.offload import beside_the_loop
from chat.search.folding import VERSION, Folded, fold
from chat.search.index import engine_of

logger = logging.getLogger(__name__)

AT_A_TIME = 20  # texts
MOST_CHARACTERS = 200_000  # at a time, and what the last of them has more
SORTED_AT_ONCE = 2_000
LONG = 20_000  # characters: folding more takes milliseconds


def catch_up(user_id: UUID, *, seconds: float) -> bool:
    """Index what is new of this person's texts; whether that was all. It stops after about so many seconds."""
    give_up_at = time.monotonic() + seconds
    try:
        for _ in _batches(user_id):
            if time.monotonic() > give_up_at:
                return False
    except DatabaseError as error:  # a full disk, say: what is indexed can be found all the same
        logger.warning("Texts could not be indexed: %s", type(error).__name__)
    return True


def catch_up_with_everybody() -> int:
    """Index all that is new; return how many texts that were."""
    return sum(_batches())


def _batches(user_id: UUID | None = None) -> Iterator[int]:
    """Index a few texts for each look, going through them once; yield how many."""
    for ids in _new(user_id):
        while rows := _next(ids):
            del ids[: len(rows)]
            folded = beside_the_loop(_folded, rows) if sum(len(text) for _, text in rows) > LONG else _folded(rows)
            engine_of(connection).store(connection, folded)
            yield len(rows)


def _new(user_id: UUID | None) -> Iterator[list[int]]:
    """Some of them at a time, since they have to be sorted each time."""
    new = Findable.objects.filter(folding__lt=VERSION).order_by("-id").values_list("id", flat=True)
    new = new.filter(user=user_id) if user_id else new
    ids = list(new[:SORTED_AT_ONCE])
    while ids:
        last = ids[-1]
        yield ids
        ids = list(new.filter(id__lt=last)[:SORTED_AT_ONCE])


def _next(ids: list[int]) -> list[tuple[int, str]]:
    """The first few; what has gone meanwhile has no text, and is not stored."""
    texts = dict(Findable.objects.filter(pk__in=ids[:AT_A_TIME]).values_list("id", "text"))
    rows: list[tuple[int, str]] = []
    for id_ in ids[:AT_A_TIME]:
        rows.append((id_, texts.get(id_, "")))
        if sum(len(text) for _, text in rows) > MOST_CHARACTERS:
            break
    return rows


def _folded(rows: list[tuple[int, str]]) -> list[Folded]:
    return [Folded(id_, text, fold(text)) for id_, text in rows]
