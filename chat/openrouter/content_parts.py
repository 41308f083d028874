"""The content of a message or a piece of one: a text, or a list of parts, as providers write them."""

from collections.abc import Iterator
from typing import Any

from .events import Image, Reasoning, Text
from .json_fields import as_object, as_text

MOST_NESTING = 6  # of lists and parts in each other
THINKING = ("thinking", "reasoning", "reasoning_content")


def parts_of(content: object, nesting: int = 0) -> Iterator[Text | Reasoning | Image]:
    """Yield what is in it, in its order; nothing is in a text that is empty, or in a part of an unknown kind."""
    if isinstance(content, str):
        if content:
            yield Text(content)
    elif nesting >= MOST_NESTING:
        return
    elif isinstance(content, list):
        for part in content:
            yield from parts_of(part, nesting + 1)
    elif isinstance(content, dict):
        yield from _inside(content, nesting + 1)


def _inside(part: dict[str, Any], nesting: int) -> Iterator[Text | Reasoning | Image]:
    if url := _url_of(part):
        yield Image(url)
    for name in THINKING:
        for thought in parts_of(part.get(name), nesting):
            if not isinstance(thought, Image):
                yield Reasoning(thought.text)
    is_thinking = part.get("type") in THINKING
    for name in ("text", "summary", "refusal", "content"):
        for each in parts_of(part.get(name), nesting):
            yield Reasoning(each.text) if is_thinking and isinstance(each, Text) else each


def _url_of(part: dict[str, Any]) -> str:
    """Return the address of a picture: `{"image_url": {"url"}}`, and as others write it."""
    told = part.get("image_url")
    source = as_object(part.get("source"))
    data = as_text(source.get("data"))
    url = as_text(as_object(told).get("url")) or (data and f"data:{as_text(source.get('media_type'))};base64,{data}")
    return url or (as_text(told) if as_text(told).startswith("data:") else "")
