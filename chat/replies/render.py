"""From the pieces of a reply to what the page shows: numbered finished blocks and two open tails.

The result depends only on what the pieces say and in which order, never on where one ends and the next
begins. So every process that follows a reply numbers its blocks alike, and a reader may change over.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.translation import gettext

from chat.models import Image
from chat.offload import beside_the_loop
from chat.rendering.blocks import Blocks
from chat.rendering.citations import Target, cited
from chat.rendering.footnotes import linked

logger = logging.getLogger(__name__)

TEXT, REASONING, IMAGE = "text", "reasoning", "picture"


UNNAMED = ' alt="">'  # so ends the tag of an image: messages/_generated_image.html
LARGE_CHARS = 4_000  # typeset in 4 to 20 ms; more than that would be felt by everybody's streams

NO_SOURCES: Mapping[int, Target] = {}

T = TypeVar("T")


class Delta(NamedTuple):
    """What one piece holds: TEXT or REASONING in Markdown, or a IMAGE, `{"id", "url", "width", "height"}` in JSON."""

    kind: str
    content: str


def scope_of(reply_id: UUID) -> str:
    """A word for the ids of the footnotes in one answer, short because it stands in each of them."""
    return reply_id.hex[:12]


def as_read(html: str, reply_id: UUID, sources: Mapping[int, Target] = NO_SOURCES) -> str:
    """Blocks of an answer with what is not stored in them: links, and words in the reader's language.

    The links lead from one footnote to the other, and from numbers to `sources`, once they are known. Nothing but that
    image has an `alt` (chat/rendering/clean.py), and in text or an attribute `">` is escaped.
    """
    words = escape(gettext("Image made by the model"))
    return cited(linked(html, scope_of(reply_id)), sources).replace(UNNAMED, f' alt="{words}">')


def image_delta(image: Image) -> Delta:
    content = {"id": str(image.id), "url": image.url, "width": image.width, "height": image.height}
    return Delta(IMAGE, json.dumps(content))


def joined(deltas: Iterable[Delta]) -> Iterator[Delta]:
    """The same content in as few deltas as its order allows: mostly one."""
    for kind, run in groupby(deltas, key=lambda delta: delta.kind):
        if kind == IMAGE:
            yield from run
        else:
            yield Delta(kind, "".join(delta.content for delta in run))


class Block(NamedTuple):
    """A finished block. `kind` is TEXT (also for images, which stand in the answer) or REASONING."""

    kind: str
    html: str


class Snapshot(NamedTuple):
    """What a page shows at one moment: the first `end` of `all_blocks`, which others may go on appending to."""

    all_blocks: list[Block]
    end: int
    reasoning_tail: str
    answer_tail: str

    def blocks(self, after: int = 0) -> list[Block]:
        return self.all_blocks[after : self.end]


@dataclass
class Typeset:
    blocks: list[Block] = field(default_factory=list)
    _answer: Blocks = field(default_factory=Blocks)
    _reasoning: Blocks = field(default_factory=Blocks)
    _answer_taken: int = 0
    _reasoning_taken: int = 0
    _is_thinking: bool = False

    def feed(self, delta: Delta) -> None:
        if delta.kind == REASONING:
            self._is_thinking = True
            self._reasoning.feed(delta.content)
        else:
            self._end_reasoning()
            if delta.kind == TEXT:
                self._answer.feed(delta.content)
            else:
                self.blocks.append(_image_block(delta))
        self._collect()

    @property
    def open_chars(self) -> int:
        """How much is not finished, and so may have to be typeset at the next piece."""
        return self._answer.open_chars + self._reasoning.open_chars

    def close(self) -> None:
        self._end_reasoning()
        self._answer.close()
        self._collect()

    def shown(self) -> "Snapshot":
        return Snapshot(self.blocks, len(self.blocks), self._reasoning.tail_html(), self._answer.tail_html())

    def _end_reasoning(self) -> None:
        if self._is_thinking:
            self._reasoning.close()
            self._collect()
            self._reasoning, self._reasoning_taken, self._is_thinking = Blocks(), 0, False

    def _collect(self) -> None:
        self._reasoning_taken = self._take(REASONING, self._reasoning.finished, self._reasoning_taken)
        self._answer_taken = self._take(TEXT, self._answer.finished, self._answer_taken)

    def _take(self, kind: str, finished: list[str], taken: int) -> int:
        if len(finished) > taken:
            self.blocks += [Block(kind, html) for html in finished[taken:]]
        return len(finished)


def aside_if_large(typesetting: Callable[[], T], chars: int) -> T:
    """Call it here, or where it does not hold up other streams when it has so many characters to read."""
    return beside_the_loop(typesetting) if chars > LARGE_CHARS else typesetting()


def chars_in(deltas: Iterable[Delta]) -> int:
    return sum(len(delta.content) for delta in deltas)


def typeset_of(deltas: Iterable[Delta]) -> Typeset:
    typeset = Typeset()
    for delta in deltas:
        typeset.feed(delta)
    return typeset


def snapshot_of(deltas: list[Delta]) -> Snapshot:
    """What a page shows of a reply that has come so far."""
    return aside_if_large(lambda: typeset_of(deltas).shown(), chars_in(deltas))


def final_blocks(deltas: list[Delta]) -> list[Block]:
    """All of a reply that has ended; as it was written, should the renderer break on it: no text is lost with it."""
    try:
        return aside_if_large(lambda: _closed(typeset_of(deltas)).blocks, chars_in(deltas))
    except Exception:
        logger.exception("A reply could not be typeset")
        return as_written(deltas)


def _closed(typeset: Typeset) -> Typeset:
    typeset.close()
    return typeset


def as_written(deltas: list[Delta]) -> list[Block]:
    return [
        _image_block(delta) if delta.kind == IMAGE else Block(delta.kind, _plain(delta.content))
        for delta in joined(deltas)
    ]


def _plain(text: str) -> str:
    return format_html("<pre>{}</pre>", text)


def _image_block(delta: Delta) -> Block:
    image = json.loads(delta.content)
    return Block(TEXT, render_to_string("messages/_generated_image.html", {"image": image}))
