"""Reads a message's `content`, which providers send as a string or as a list of text, reasoning and image parts."""

from collections.abc import Iterator
from typing import Any

from chat.openrouter.answer_parts.events import Image, Reasoning, Text
from chat.openrouter.json_fields import as_object, as_text

MAX_NESTING = 6  # of lists and parts inside each other
IMAGE_TYPES = ("image", "image_url", "output_image")
URL_BEGINNINGS = ("data:", "https://", "http://")
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


def read_images(images: object) -> Iterator[Image]:
    """Yield images that came in a field of their own. Each may be a part, or its URL alone."""
    for each in images if isinstance(images, list) else [images]:
        part = {"image_url": each} if isinstance(each, str) else each
        yield from (found for found in read_parts(part) if isinstance(found, Image))


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
    image_url, source = part.get("image_url"), as_object(part.get("source"))
    own = _if_url(part.get("url")) if part.get("type") in IMAGE_TYPES else ""  # other parts have addresses of pages
    found = as_text(as_object(image_url).get("url")) or _data_url(source, "data") or _data_url(part, "b64_json")
    return found or _if_url(image_url) or own


def _data_url(fields: dict[str, Any], name: str) -> str:
    data = as_text(fields.get(name))
    return _if_url(data) or (data and f"data:{as_text(fields.get('media_type')) or 'image/png'};base64,{data}")


def _if_url(value: object) -> str:
    url = as_text(value)
    return url if url.startswith(URL_BEGINNINGS) else ""
