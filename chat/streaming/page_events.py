"""Builds the events that bring one page up to date: its new finished blocks, and the open tails."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from chat.models import Reply
from chat.rendering.citations import Target
from chat.rendering.html_growth import growth
from chat.reply_content.deltas import REASONING
from chat.reply_content.reader_html import NO_SOURCES, html_for_reader
from chat.reply_content.render import Block, Snapshot
from chat.streaming import sse
from chat.streaming.steps import answer_html, tail_html

UNKNOWN_TAILS = ("?", "?")  # of a page that reconnects: it may show blocks as open that have been finished since
NO_TAILS = ("", "")
PART_BYTES = 500_000  # of finished blocks in one event: about what a stream may hold in memory


class BrowserState:
    """What one page shows of a running reply: the number of finished blocks, and the two tails."""

    def __init__(self, reply_id: UUID, *, blocks: int) -> None:
        self._reply_id = reply_id
        self.blocks = blocks  # how many finished ones the page has
        self._tails = UNKNOWN_TAILS
        self._is_streaming = False

    def update(self, snapshot: Snapshot) -> Iterator[bytes]:
        """Yield the events after which the page shows `snapshot`."""
        if not self._is_streaming:
            self._is_streaming = True
            yield sse.named("state", Reply.State.STREAMING)
        *parts, last = split_into_parts(snapshot.blocks(after=self.blocks))
        for part in parts:
            yield from self._message(part, NO_TAILS)
        yield from self._message(last, (snapshot.reasoning_tail, tail_html(snapshot, self._reply_id)))

    def _message(self, blocks: list[Block], tails: tuple[str, str]) -> Iterator[bytes]:
        partials = [
            *block_partials(self._reply_id, blocks),
            *tail_partials(self._reply_id, self._tails, tails),
        ]
        self.blocks += len(blocks)
        self._tails = tails
        if partials:
            content = sse.message(partials, blocks=self.blocks)
            del partials  # a stream whose browser sleeps would hold all of it twice
            yield content


def split_into_parts(blocks: list[Block]) -> list[list[Block]]:
    """At least one part, possibly empty; each has about PART_BYTES."""
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
    """Partials that append finished blocks to the reasoning or the answer."""
    for block in blocks:
        place = "reasoning" if block.kind == REASONING else "done"
        html = block.html if block.kind == REASONING else answer_html([block], reply_id, sources)
        yield sse.partial(f"{place}-{reply_id}", html, swap="beforeend")


def tail_partials(reply_id: UUID, old: tuple[str, str], new: tuple[str, str]) -> Iterator[str]:
    """Partials that turn the tails of the page, of the reasoning and of the answer, from `old` to `new`."""
    for place, before, after in zip(("reasoning-tail", "tail"), old, new, strict=True):
        if after != before:
            depth, added = growth(before, after) or (None, after)
            html = html_for_reader(added, reply_id) if place == "tail" else added
            yield _tail_partial(f"{place}-{reply_id}", depth, html)


def _tail_partial(place: str, depth: int | None, html: str) -> str:
    """Replace the tail; or append to its last element at this `depth` (see `growth`)."""
    if depth is None:
        return sse.partial(place, html)
    return sse.partial(place + " > :last-child" * depth, html, swap="beforeend")
