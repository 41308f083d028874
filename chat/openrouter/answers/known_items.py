"""Tells which item of a response an event is about.

Events name the id of their item and its index, but some name only one, and some servers repeat an index or change an
id. The whole response at the end may have its items in another order than the events before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chat.openrouter.answers.responses_items import Item
from chat.openrouter.json_fields import as_text


@dataclass(slots=True)
class KnownItem:
    """What has come of an item. `number` counts the items of a response, in the order in which they were seen."""

    number: int
    type: str
    id: str = ""
    streamed: str = ""  # the type of the events whose text was taken
    is_done: bool = False
    text_start: int | None = None  # in the text of the whole answer; None before it has any
    cited: set[int] = field(default_factory=set)  # positions of annotations that were sent


class KnownItems:
    """The items of one response so far."""

    def __init__(self) -> None:
        self._all: list[KnownItem] = []
        self._by_id: dict[str, KnownItem] = {}
        self._newest: dict[tuple[str, int], KnownItem] = {}  # by type and index

    @property
    def are_done(self) -> bool:
        return all(known.is_done for known in self._all)

    def add(self, type_: str, id_: str, index: int) -> KnownItem:
        """The item that begins with an event: a new one, unless something of it has come before."""
        newest = self._newest.get((type_, index))
        is_same = newest is not None and not newest.is_done and not (id_ and newest.id)
        return self._by_id.get(id_) or self._noted(newest if is_same else None, type_, id_, index)

    def find(self, type_: str, id_: str, index: int) -> KnownItem:
        """The item that an event is about. An unknown id means the one with its index, as long as that goes on."""
        newest = self._newest.get((type_, index))
        is_same = newest is not None and not (newest.is_done and id_ and newest.id)
        return self._by_id.get(id_) or self._noted(newest if is_same else None, type_, id_, index)

    def match(self, items: Iterable[Item]) -> Iterator[tuple[Item, KnownItem]]:
        """Pair all items of a whole response with what is known of them, by their ids or in the order of their type."""
        found = list(items)
        ids = set(map(id_in, found)) - {""}
        others: defaultdict[str, list[KnownItem]] = defaultdict(list)
        for known in reversed(self._all):
            if known.id not in ids:
                others[known.type].append(known)
        for index, item in enumerate(found):
            type_, id_ = as_text(item.get("type")), id_in(item)
            rest = others[type_]
            yield item, self._by_id.get(id_) or (rest.pop() if rest else self._noted(None, type_, id_, index))

    def _noted(self, known: KnownItem | None, type_: str, id_: str, index: int) -> KnownItem:
        if known is None:
            known = KnownItem(len(self._all), type_)
            self._all.append(known)
            self._newest[type_, index] = known
        if id_:
            known.id = known.id or id_
            self._by_id[id_] = known
        return known


def id_in(item: Item) -> str:
    return as_text(item.get("id")) or as_text(item.get("call_id"))
