"""Folds and indexes texts that are not in the search index yet: new ones, and those that an older version folded.

Each search does this for the person's own texts first, the newest before older ones, so that storing a message stays
cheap. If there are very many (after an upgrade, or an import), a search does a part of them and reports that the
results are incomplete. `manage.py rebuild_search` does it for all people at once.
"""

import logging
import time
from collections.abc import Iterator
from uuid import UUID

from django.db import DatabaseError, connection

from chat.models import Findable
from chat.offload import in_a_python_thread
from chat.search.folding import VERSION, Folded, fold
from chat.search.index import engine_for

logger = logging.getLogger(__name__)

BATCH_SIZE = 20  # texts
BATCH_CHARACTERS = 200_000  # a batch ends with the text that exceeds this
IDS_PER_QUERY = 2_000
LONG_TEXT = 20_000  # characters: folding more takes milliseconds, so it is done in a thread


def catch_up(user_id: UUID, *, seconds: float) -> bool:
    """Index this person's new texts for about so many seconds; return whether all of them are indexed now."""
    give_up_at = time.monotonic() + seconds
    try:
        for _ in _batches(user_id):
            if time.monotonic() > give_up_at:
                return False
    except DatabaseError as error:  # for example a full disk: what is indexed can be found all the same
        logger.warning("Texts could not be indexed: %s", type(error).__name__)
    return True


def catch_up_all() -> int:
    """Index all new texts of all people; return how many there were."""
    return sum(_batches())


def _batches(user_id: UUID | None = None) -> Iterator[int]:
    """Index the texts in batches, the newest first; yield how many each batch had."""
    for ids in _unindexed_ids(user_id):
        while rows := _next_rows(ids):
            del ids[: len(rows)]
            is_long = sum(len(text) for _, text in rows) > LONG_TEXT
            folded = in_a_python_thread(_fold_rows, rows) if is_long else _fold_rows(rows)
            engine_for(connection).store(connection, folded)
            yield len(rows)


def _unindexed_ids(user_id: UUID | None) -> Iterator[list[int]]:
    """Yield lists of ids, the newest first. The lists are long, because the database sorts all rows for each query."""
    new = Findable.objects.filter(folding__lt=VERSION).order_by("-id").values_list("id", flat=True)
    new = new.filter(user=user_id) if user_id else new
    ids = list(new[:IDS_PER_QUERY])
    while ids:
        last = ids[-1]
        yield ids
        ids = list(new.filter(id__lt=last)[:IDS_PER_QUERY])


def _next_rows(ids: list[int]) -> list[tuple[int, str]]:
    """Return id and text of the next batch. A row that was deleted meanwhile gets "", and is not stored."""
    texts = dict(Findable.objects.filter(pk__in=ids[:BATCH_SIZE]).values_list("id", "text"))
    rows: list[tuple[int, str]] = []
    for id_ in ids[:BATCH_SIZE]:
        rows.append((id_, texts.get(id_, "")))
        if sum(len(text) for _, text in rows) > BATCH_CHARACTERS:
            break
    return rows


def _fold_rows(rows: list[tuple[int, str]]) -> list[Folded]:
    return [Folded(id_, text, fold(text)) for id_, text in rows]
