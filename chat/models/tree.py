"""The tree of a conversation's messages, by their ids. Messages with the same parent are versions of each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID


class Node(NamedTuple):
    id: UUID
    parent_id: UUID | None
    is_deleted: bool = False


class Tree:
    """The messages of one conversation, in order of creation.

    Leaves out deleted messages, except those that others follow.
    """

    def __init__(self, nodes: Iterable[tuple[UUID, UUID | None, bool]]) -> None:
        self._all_nodes = [Node(*node) for node in nodes]
        self._nodes = _without_dead_ends(self._all_nodes)
        self._parents = {node.id: node.parent_id for node in self._nodes}
        self._children: dict[UUID | None, list[UUID]] = defaultdict(list)
        for node in self._nodes:
            self._children[node.parent_id].append(node.id)

    def __contains__(self, id_: UUID | None) -> bool:
        return id_ in self._parents

    def path(self, through: UUID | None = None) -> list[UUID]:
        """The ids from the first message to the newest one; or to the newest one below `through`, if that is here."""
        below = list(self._below(through) if through in self._parents else self._parents)
        return list(self._upwards(below[-1]))[::-1] if below else []

    def path_to(self, id_: UUID | None) -> list[UUID]:
        """The ids from the first message to this one."""
        return list(self._upwards(id_))[::-1]

    def followed_by(self, *nodes: Node) -> "Tree":
        """This tree with new messages at its end."""
        return Tree([*self._all_nodes, *nodes])

    def with_siblings(self, ids: Iterable[UUID]) -> list[Node]:
        """Those of `ids` that have siblings, deleted ones included."""
        counts = Counter(node.parent_id for node in self._all_nodes)
        return [Node(id_, parent_id) for id_ in ids if counts[parent_id := self._parents[id_]] > 1]

    def versions(self, id_: UUID) -> list[UUID]:
        """The ids of all messages with the same parent, including this one, oldest first."""
        return self._children[self._parents[id_]]

    def is_followed(self, ids: Iterable[UUID]) -> bool:
        """Whether a message follows one of these."""
        return any(self._children.get(id_) for id_ in ids)

    def _below(self, top: UUID | None) -> Iterator[UUID]:
        """`top` and all messages below it, in order of creation."""
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
    """The nodes without deleted ones that nothing follows. Relies on the order: a child comes after its parent."""
    followed: set[UUID | None] = set()
    remaining = []
    for node in reversed(nodes):
        if node.is_deleted and node.id not in followed:
            continue
        followed.add(node.parent_id)
        remaining.append(node)
    return remaining[::-1]
