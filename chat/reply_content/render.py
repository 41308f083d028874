"""Renders the deltas of a reply to HTML: numbered finished blocks, and two tails that are still open.

The result depends on the content of the deltas and their order alone, never on where one ends and the next begins. So
all processes that follow a reply number its blocks alike, and a browser may reconnect to any of them.
"""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from django.template.loader import render_to_string
from django.utils.html import format_html

from chat.offload import in_a_python_thread
from chat.rendering.blocks import Blocks
from chat.reply_content.deltas import (
    IMAGE,
    REASONING,
    ROUND,
    STEP,
    TEXT,
    Delta,
    count_chars,
    latest_steps,
    merge_deltas,
)
from chat.reply_content.steps import Step

logger = logging.getLogger(__name__)

# Stored with every answer that has an image: another class would not be that of older answers.
IMAGE_BEGIN = '<ul class="pictures made">'  # in messages/_generated_image.html
LARGE_CHARS = 10_000  # rendered in 1 to 10 ms; a longer pause would show in the other streams of this process


T = TypeVar("T")


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


def _plain_block(delta: Delta) -> Block:
    if delta.kind == IMAGE:
        return _image_block(delta)
    if delta.kind == STEP:
        return Block(STEP, Step.from_json(delta.content).cut_off().as_json())
    return Block(delta.kind, format_html("<pre>{}</pre>", delta.content))


def _image_block(delta: Delta) -> Block:
    image = json.loads(delta.content)
    return Block(TEXT, render_to_string("messages/_generated_image.html", {"image": image}))
