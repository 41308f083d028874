"""Turns what is new in a reply into events for one browser: finished blocks, and the open tails."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from chat.models import Reply
from chat.rendering.citations import Target
from chat.rendering.growth import growth
from chat.replies.render import (
    NO_SOURCES,
    REASONING,
    Block,
    Snapshot,
    html_for_reader,
)
from chat.streaming import sse

UNKNOWN_TAILS = ("?", "?")  # of a browser that comes back: it may show blocks as open that are finished by now
NO_TAILS = ("", "")
PART_BYTES = 500_000  # of finished blocks in one event


class Screen:
    """What one browser shows of a reply, and the events that bring it up to date."""

    def __init__(self, reply_id: UUID, *, blocks: int) -> None:
        self._reply_id = reply_id
        self.blocks = blocks  # finished ones that it has
        self._tails = UNKNOWN_TAILS
        self._is_streaming = False

    def update(self, page: Snapshot) -> Iterator[bytes]:
        if not self._is_streaming:
            self._is_streaming = True
            yield sse.named("state", Reply.State.STREAMING)
        *parts, last = in_parts(page.blocks(after=self.blocks))
        for part in parts:
            yield from self._message(part, NO_TAILS)
        yield from self._message(last, (page.reasoning_tail, page.answer_tail))

    def _message(self, blocks: list[Block], tails: tuple[str, str]) -> Iterator[bytes]:
        partials = [
            *block_partials(self._reply_id, blocks),
            *tail_partials(self._reply_id, self._tails, tails),
        ]
        self.blocks += len(blocks)
        self._tails = tails
        if partials:
            content = sse.message(partials, blocks=self.blocks)
            del partials  # or a reader that sleeps would hold it twice
            yield content


def in_parts(blocks: list[Block]) -> list[list[Block]]:
    """At least one part, of about `PART_BYTES` each: as much as one reader that sleeps may hold."""
    parts: list[list[Block]] = [[]]
    size = 0
    for block in blocks:
        if size > PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(block)
        size += len(block.html)
    return parts


def block_partials(reply_id: UUID, blocks: list[Block], sources: Mapping[int, Target] = NO_SOURCES) -> Iterator[str]:
    for block in blocks:
        place = "reasoning" if block.kind == REASONING else "done"
        html = block.html if block.kind == REASONING else html_for_reader(block.html, reply_id, sources)
        yield sse.partial(f"{place}-{reply_id}", html, swap="beforeend")


def tail_partials(reply_id: UUID, old: tuple[str, str], new: tuple[str, str]) -> Iterator[str]:
    for place, before, now in zip(("reasoning-tail", "tail"), old, new, strict=True):
        if now != before:
            depth, added = growth(before, now) or (None, now)
            html = html_for_reader(added, reply_id) if place == "tail" else added
            yield _tail_partial(f"{place}-{reply_id}", depth, html)


def _tail_partial(place: str, depth: int | None, html: str) -> str:
    """The open block: only what it has grown by, where it has merely grown."""
    if depth is None:
        return sse.partial(place, html)
    return sse.partial(place + " > :last-child" * depth, html, swap="beforeend")
