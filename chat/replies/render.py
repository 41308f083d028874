"""Renders the deltas of a reply to HTML: numbered finished blocks, and two tails that are still open.

The result depends on the content of the deltas and their order alone, never on where one ends and the next begins. So
all processes that follow a reply number its blocks alike, and a browser may reconnect to any of them.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.translation import gettext

from chat.models import Image, Message
from chat.offload import in_a_python_thread
from chat.rendering.blocks import Blocks
from chat.rendering.citations import Target, cited
from chat.rendering.footnotes import linked
from chat.replies.steps import Step

logger = logging.getLogger(__name__)

TEXT, REASONING, IMAGE = "text", "reasoning", "picture"
STEP, ROUND = "step", "round"  # chat/replies/steps.py

IMAGE_BEGIN, EMPTY_ALT = '<ul class="pictures made">', ' alt="">'  # in messages/_generated_image.html
MAX_DESCRIPTION_CHARS = 150  # of an image: screen readers read all of it
LARGE_CHARS = 10_000  # rendered in 1 to 10 ms; a longer pause would show in the other streams of this process

NO_SOURCES: Mapping[int, Target] = {}

T = TypeVar("T")


class Delta(NamedTuple):
    """A bit of a reply: TEXT or REASONING in Markdown, or an IMAGE as JSON, `{"id", "url", "width", "height"}`.

    A STEP is a tool call as it is from then on, as JSON; a ROUND ends what one request brought, and is not shown.
    """

    kind: str
    content: str


def footnote_scope(reply_id: UUID) -> str:
    """A prefix for the ids of the footnotes in one answer, unique on a page; short, since it is in each of them."""
    return reply_id.hex[:12]


def html_for_reader(
    html: str, reply_id: UUID, sources: Mapping[int, Target] = NO_SOURCES, *, question: str | None = None
) -> str:
    """HTML of stored blocks, completed for a reader: with links, and image descriptions in the active language.

    The links lead to footnotes and back, and from numbers like "[1]" to `sources`, which are known at the end.
    Images are described by the text of the `question`, which is looked up where it is not given.
    Replacing EMPTY_ALT is safe: no other element has an `alt` (chat/rendering/clean.py), and `">` is escaped in text
    and attributes.
    """
    completed = cited(linked(html, footnote_scope(reply_id)), sources)
    if EMPTY_ALT not in completed:
        return completed
    alt = escape(image_description(_question_of(reply_id) if question is None else question))
    return completed.replace(EMPTY_ALT, f' alt="{alt}">')


def image_description(question: str) -> str:
    """What an image shows, as far as that is known: what somebody asked for."""
    words = " ".join(question[: 2 * MAX_DESCRIPTION_CHARS].split())
    if not words:
        return gettext("Image made by the model")
    asked = words if len(words) <= MAX_DESCRIPTION_CHARS else f"{words[:MAX_DESCRIPTION_CHARS].rstrip()}…"
    return gettext("Image made by the model: %(question)s") % {"question": asked}


def _question_of(reply_id: UUID) -> str:
    """For streams, which go on while the database is away, and hold no connection to it."""
    try:
        return Message.objects.filter(children__reply=reply_id).values_list("text", flat=True).first() or ""
    except (OperationalError, InterfaceError):
        connection.close()
        return ""
    finally:
        close_old_connections()


def image_delta(image: Image) -> Delta:
    """The delta for a stored image."""
    content = {"id": str(image.id), "url": image.url, "width": image.width, "height": image.height}
    return Delta(IMAGE, json.dumps(content))


def merge_deltas(deltas: Iterable[Delta]) -> Iterator[Delta]:
    """The same content in as few deltas as possible: neighbours of one kind become one if they are text."""
    for kind, run in groupby(deltas, key=lambda delta: delta.kind):
        if kind in (TEXT, REASONING):
            yield Delta(kind, "".join(delta.content for delta in run))
        else:
            yield from run


def text_of(deltas: Iterable[Delta]) -> str:
    """The Markdown of the answer: what is before and after tool calls are paragraphs of their own."""
    parts = [""]
    for delta in deltas:
        if delta.kind == TEXT:
            parts[-1] += delta.content
        elif delta.kind == STEP and parts[-1].strip():
            parts.append("")
    return "\n\n".join(part for part in parts if part.strip()) if len(parts) > 1 else parts[0]


class Block(NamedTuple):
    """A finished block of HTML. `kind` is REASONING, or TEXT for all parts of the answer, images included.

    Of a STEP it has the JSON, which is shown in the language of each reader.
    """

    kind: str
    html: str

    @property
    def is_image(self) -> bool:
        """Whether the model made it as an image. Text is escaped, and cannot begin like one."""
        return self.html.startswith(IMAGE_BEGIN)


class Snapshot(NamedTuple):
    """A reply as rendered at one moment: the first `end` of `all_blocks`, a list that may grow meanwhile."""

    all_blocks: list[Block]
    end: int
    reasoning_tail: str
    answer_tail: str
    open_steps: tuple[str, ...] = ()  # tool calls that have not ended, as JSON

    def blocks(self, after: int = 0) -> list[Block]:
        """The finished blocks without the first `after` ones."""
        return self.all_blocks[after : self.end]


@dataclass
class ReplyRenderer:
    """Renders one reply delta by delta; finished blocks are appended to `blocks` and never change."""

    blocks: list[Block] = field(default_factory=list)
    _answer: Blocks = field(default_factory=Blocks)
    _reasoning: Blocks = field(default_factory=Blocks)
    _answer_collected: int = 0  # finished blocks that are in `blocks`
    _reasoning_collected: int = 0
    _is_thinking: bool = False
    _open_steps: dict[int, str] = field(default_factory=dict)  # by their numbers; also ended ones beside open ones
    _closed_steps: set[int] = field(default_factory=set)

    def feed(self, delta: Delta) -> None:
        """Render the next delta."""
        if delta.kind == REASONING:
            self._is_thinking = True
            self._reasoning.feed(delta.content)
        elif delta.kind == STEP:
            self._feed_step(delta.content)
        elif delta.kind == TEXT:
            self._end_reasoning()
            self._close_steps()
            self._answer.feed(delta.content)
        elif delta.kind == IMAGE:
            self._end_reasoning()
            self._close_steps()
            self.blocks.append(_image_block(delta))
        self._collect()

    @property
    def open_chars(self) -> int:
        """Characters in the open blocks: they may have to be rendered again with the next delta."""
        return self._answer.open_chars + self._reasoning.open_chars

    def close(self) -> None:
        """Finish the open blocks."""
        self._end_reasoning()
        self._answer.close()
        self._collect()
        self._close_steps()

    def snapshot(self) -> Snapshot:
        """What has been rendered so far, with the open tails."""
        tails = self._reasoning.tail_html(), self._answer.tail_html()
        return Snapshot(self.blocks, len(self.blocks), *tails, tuple(self._open_steps.values()))

    def _feed_step(self, content: str) -> None:
        """Show a tool call as open until all calls beside it have ended: finished blocks never change."""
        if not self._open_steps:
            self._end_reasoning()
            self._answer.close()
            self._collect()
            self._answer, self._answer_collected = Blocks(), 0
        step = Step.from_json(content)
        if step.number in self._closed_steps:
            return  # a result that comes when the answer has gone on
        self._open_steps[step.number] = content
        if all(Step.from_json(each).has_ended for each in self._open_steps.values()):
            self._close_steps()

    def _close_steps(self) -> None:
        for number in sorted(self._open_steps):
            self.blocks.append(Block(STEP, Step.from_json(self._open_steps[number]).cut_off().as_json()))
            self._closed_steps.add(number)
        self._open_steps = {}

    def _end_reasoning(self) -> None:
        if self._is_thinking:
            self._reasoning.close()
            self._collect()
            self._reasoning, self._reasoning_collected, self._is_thinking = Blocks(), 0, False

    def _collect(self) -> None:
        self._reasoning_collected = self._collect_new(REASONING, self._reasoning.finished, self._reasoning_collected)
        self._answer_collected = self._collect_new(TEXT, self._answer.finished, self._answer_collected)

    def _collect_new(self, kind: str, finished: list[str], collected: int) -> int:
        if len(finished) > collected:
            self.blocks += [Block(kind, html) for html in finished[collected:]]
        return len(finished)


def offload_if_large(render: Callable[[], T], chars: int) -> T:
    """Call `render`, in a real thread if it has many characters to render: it would hold up the other streams."""
    return in_a_python_thread(render) if chars > LARGE_CHARS else render()


def count_chars(deltas: Iterable[Delta]) -> int:
    """The characters of Markdown in these deltas."""
    return sum(len(delta.content) for delta in deltas)


def render_deltas(deltas: Iterable[Delta]) -> ReplyRenderer:
    """A renderer that was fed with these deltas and is still open."""
    renderer = ReplyRenderer()
    for delta in deltas:
        renderer.feed(delta)
    return renderer


def render_snapshot(deltas: list[Delta]) -> Snapshot:
    """The snapshot of a reply with these deltas, which is still running."""
    return offload_if_large(lambda: render_deltas(deltas).snapshot(), count_chars(deltas))


def render_final_blocks(deltas: list[Delta]) -> list[Block]:
    """All blocks of a reply that has ended. If rendering raises, they hold the Markdown as plain text: none is lost."""
    try:
        return offload_if_large(lambda: _all_blocks(render_deltas(deltas)), count_chars(deltas))
    except Exception:
        logger.exception("A reply could not be rendered")
        return plain_blocks(deltas)


def _all_blocks(renderer: ReplyRenderer) -> list[Block]:
    renderer.close()
    return renderer.blocks


def plain_blocks(deltas: list[Delta]) -> list[Block]:
    """The content without rendering: Markdown as preformatted text."""
    return [_plain_block(delta) for delta in merge_deltas(latest_steps(deltas)) if delta.kind != ROUND]


def latest_steps(deltas: Iterable[Delta]) -> list[Delta]:
    """The deltas with each tool call once, as it ended, where it began."""
    found: list[Delta] = []
    places: dict[int, int] = {}
    for delta in deltas:
        number = Step.from_json(delta.content).number if delta.kind == STEP else None
        if number in places:
            found[places[number]] = delta
            continue
        if number is not None:
            places[number] = len(found)
        found.append(delta)
    return found


def _plain_block(delta: Delta) -> Block:
    if delta.kind == IMAGE:
        return _image_block(delta)
    if delta.kind == STEP:
        return Block(STEP, Step.from_json(delta.content).cut_off().as_json())
    return Block(delta.kind, format_html("<pre>{}</pre>", delta.content))


def _image_block(delta: Delta) -> Block:
    image = json.loads(delta.content)
    return Block(TEXT, render_to_string("messages/_generated_image.html", {"image": image}))
