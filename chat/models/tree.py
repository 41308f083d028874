"""Which message follows which. Several that follow the same one are versions of each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID


class Node(NamedTuple):
    id: UUID
    parent_id: UUID | None
    is_deleted: bool = False


class Tree:
    """The messages of one conversation, in the order in which they were made.

    A deleted message keeps its place only while others follow it.
    """

    def __init__(self, nodes: Iterable[tuple[UUID, UUID | None, bool]]) -> None:
        self._nodes = _without_dead_ends([Node(*node) for node in nodes])
        self._parents = {node.id: node.parent_id for node in self._nodes}
        self._children: dict[UUID | None, list[UUID]] = defaultdict(list)
        for node in self._nodes:
            self._children[node.parent_id].append(node.id)

    def __contains__(self, id_: UUID | None) -> bool:
        return id_ in self._parents

    def path(self, through: UUID | None = None) -> list[UUID]:
        """From the first message to the newest of all; or to the newest of those that follow `through`."""
        below = list(self._below(through) if through in self._parents else self._parents)
        return list(self._upwards(below[-1]))[::-1] if below else []

    def path_to(self, id_: UUID) -> list[UUID]:
        """From the first message to this one."""
        return list(self._upwards(id_))[::-1]

    def versions(self, id_: UUID) -> list[UUID]:
        """The message and all that stand in its place, oldest first."""
        return self._children[self._parents[id_]]

    def _below(self, top: UUID | None) -> Iterator[UUID]:
        """`top` and all that follow it, in the order in which they were made."""
        found = {top}
        for node in self._nodes:
            if node.id == top or node.parent_id in found:
                found.add(node.id)
                yield node.id

    def _upwards(self, id_: UUID | None) -> Iterator[UUID]:
        while id_ is not None:
            yield id_
            id_ = self._parents[id_]


def _without_dead_ends(nodes: list[Node]) -> list[Node]:
    """What is left without deleted messages that nothing follows. Whatever follows a message was made after it."""
    followed: set[UUID | None] = set()
    kept = []
    for node in reversed(nodes):
        if node.is_deleted and node.id not in followed:
            continue
        followed.add(node.parent_id)
        kept.append(node)
    return kept[::-1]
