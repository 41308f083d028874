"""Reads a message's `content`, which providers send as a string or as a list of text, reasoning and image parts."""

from collections.abc import Iterator
from typing import Any

from chat.openrouter.answer_parts.events import Image, Reasoning, Text
from chat.openrouter.json_fields import as_object, as_text

MAX_NESTING = 6  # of lists and parts inside each other
REASONING_NAMES = ("thinking", "reasoning", "reasoning_content")


def read_parts(content: object, nesting: int = 0) -> Iterator[Text | Reasoning | Image]:
    """Yield the parts of `content` in order. Empty texts and parts of an unknown kind yield nothing."""
    if isinstance(content, str):
        if content:
            yield Text(content)
    elif nesting >= MAX_NESTING:
        return
    elif isinstance(content, list):
        for part in content:
            yield from read_parts(part, nesting + 1)
    elif isinstance(content, dict):
        yield from _read_part(content, nesting + 1)


def _read_part(part: dict[str, Any], nesting: int) -> Iterator[Text | Reasoning | Image]:
    if url := _image_url(part):
        yield Image(url)
    for name in REASONING_NAMES:
        for thought in read_parts(part.get(name), nesting):
            if not isinstance(thought, Image):
                yield Reasoning(thought.text)
    is_reasoning = part.get("type") in REASONING_NAMES
    for name in ("text", "summary", "refusal", "content"):
        for each in read_parts(part.get(name), nesting):
            yield Reasoning(each.text) if is_reasoning and isinstance(each, Text) else each


def _image_url(part: dict[str, Any]) -> str:
    """Return the URL of an image part: `{"image_url": {"url"}}`, or one of the other spellings in use."""
    image_url = part.get("image_url")
    source = as_object(part.get("source"))
    data = as_text(source.get("data"))
    data_url = data and f"data:{as_text(source.get('media_type'))};base64,{data}"
    url = as_text(as_object(image_url).get("url")) or data_url
    return url or (as_text(image_url) if as_text(image_url).startswith("data:") else "")
