"""Chooses which images of a chat are sent in one request, and in what size, to stay within the providers' limits.

When there are many images, smaller versions are sent, of the older ones first. Only if that is not enough, the oldest
are omitted. The limits are the lowest that the large providers document, since OpenRouter may choose any of them:

- Anthropic: 8000 pixels a side, but 2000 in a request with more than 20 images; 100 images; 32 MB.
  https://platform.claude.com/docs/en/build-with-claude/vision ("General limits")
- Amazon Bedrock: 3.75 MB an image, 20 MB a request.
  https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
- Gemini: 20 MB a request, images inside. https://ai.google.dev/gemini-api/docs/image-understanding
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from chat.images.storage import FULL_SIZE, VERSIONS, Version

MAX_IMAGES = 100
MAX_FULL_SIZE_IMAGES = 20  # with more, all are sent in a smaller version
MAX_BODY_BYTES = 20_000_000
OVERHEAD_BYTES = 200  # of JSON around an image, and around a message


class Sized(Protocol):
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...


class Plan(NamedTuple):
    omitted: int  # how many of the oldest are not sent
    version: Version
    newest_version: Version  # for the images of the newest message

    @property
    def is_smaller(self) -> bool:
        return self.version is not FULL_SIZE


def plan(images: Sequence[Sized], *, newest: int = 0, text_bytes: int = 0) -> Plan:
    """Plan how `images`, oldest first, are sent in one request with `text_bytes` of text.

    The last `newest` of them belong to the newest message, and stay large as long as possible.
    """
    max_bytes = max(0, MAX_BODY_BYTES - text_bytes)
    plans = _plans(max(0, len(images) - MAX_IMAGES), is_full_size_allowed=len(images) <= MAX_FULL_SIZE_IMAGES)
    for chosen in plans:
        if _body_bytes(images, newest, chosen) <= max_bytes:
            return chosen
    while chosen.omitted < len(images) and _body_bytes(images, newest, chosen) > max_bytes:
        chosen = chosen._replace(omitted=chosen.omitted + 1)
    return chosen


def _plans(omitted: int, *, is_full_size_allowed: bool) -> list[Plan]:
    """Return the possible plans, the best first: older images shrink first, then those of the newest message."""
    full_size, *smaller = VERSIONS
    versions = [(version, smaller[0]) for version in smaller] + [(smaller[-1], version) for version in smaller[1:]]
    return [Plan(omitted, *each) for each in ([(full_size, full_size)] if is_full_size_allowed else []) + versions]


def is_within(image: Sized, version: Version) -> bool:
    """Whether the stored image itself is small enough to be sent as this version."""
    return max(image.width, image.height) <= version.max_edge and image.size_bytes <= version.max_bytes


def _body_bytes(images: Sequence[Sized], newest: int, chosen: Plan) -> int:
    """Return the largest possible size of the images: the exact size is known only once a version is made."""
    begin = len(images) - newest
    parts = (
        (images[chosen.omitted : begin], chosen.version.max_bytes),
        (images[max(begin, chosen.omitted) :], chosen.newest_version.max_bytes),
    )
    return sum(_base64_bytes(min(image.size_bytes, max_bytes)) for part, max_bytes in parts for image in part)


def _base64_bytes(size_bytes: int) -> int:
    return size_bytes * 4 // 3 + OVERHEAD_BYTES
