"""The content of a reply as it arrived: a list of deltas, bits of text, images and tool calls in their order."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from chat.models import Image
from chat.reply_content.steps import Step

TEXT, REASONING, IMAGE = "text", "reasoning", "picture"
STEP, ROUND = "step", "round"  # chat/reply_content/steps.py


class Delta(NamedTuple):
    """A bit of a reply: TEXT or REASONING in Markdown, or an IMAGE as JSON, `{"id", "url", "width", "height"}`.

    A STEP is a tool call as it is from then on, as JSON; a ROUND ends what one request brought, and is not shown.
    """

    kind: str
    content: str


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


def count_chars(deltas: Iterable[Delta]) -> int:
    """The characters of Markdown in these deltas."""
    return sum(len(delta.content) for delta in deltas)
