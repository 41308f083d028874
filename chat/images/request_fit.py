"""Which images fit into one request, and how large: limits that no image breaks by itself, but a chat with many.

They are sent smaller when there are many, the older ones first, and only then the oldest are left out. The limits are
the lowest of those that the large providers document, since OpenRouter may choose any of them:

- Anthropic: 8000 pixels a side, but 2000 in a request with more than 20 images; 100 images; 32 MB.
  https://platform.claude.com/docs/en/build-with-claude/vision ("General limits")
- Amazon Bedrock: 3.75 MB an image, 20 MB a request.
  https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
- Gemini: 20 MB a request, images inside. https://ai.google.dev/gemini-api/docs/image-understanding
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from chat.images.storage import FULL_SIZE, VERSIONS, Version

MOST_IMAGES = 100
FEW_IMAGES = 20  # may be as large as they are kept
MOST_BODY_BYTES = 20_000_000
OVERHEAD_BYTES = 200  # around an image, and around a message


class Sized(Protocol):
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...


class Plan(NamedTuple):
    left_out: int  # of the oldest
    version: Version
    version_of_newest: Version  # of those that the question is about

    @property
    def is_smaller(self) -> bool:
        return self.version is not FULL_SIZE


def plan(images: Sequence[Sized], *, newest: int = 0, text_bytes: int = 0) -> Plan:
    """How `images`, oldest first, go in one request: the last `newest` of them are what is asked about."""
    room = max(0, MOST_BODY_BYTES - text_bytes)
    plans = _plans(max(0, len(images) - MOST_IMAGES), is_few=len(images) <= FEW_IMAGES)
    for chosen in plans:
        if _body_bytes(images, newest, chosen) <= room:
            return chosen
    while chosen.left_out < len(images) and _body_bytes(images, newest, chosen) > room:
        chosen = chosen._replace(left_out=chosen.left_out + 1)
    return chosen


def _plans(left_out: int, *, is_few: bool) -> list[Plan]:
    """From the best on: what was told before shrinks first, and then what is asked about."""
    as_kept, *smaller = VERSIONS
    versions = [(version, smaller[0]) for version in smaller] + [(smaller[-1], version) for version in smaller[1:]]
    return [Plan(left_out, *each) for each in ([(as_kept, as_kept)] if is_few else []) + versions]


def is_within(image: Sized, version: Version) -> bool:
    return max(image.width, image.height) <= version.edge and image.size_bytes <= version.size_bytes


def _body_bytes(images: Sequence[Sized], newest: int, chosen: Plan) -> int:
    """At most: nobody knows what an image comes to before it is made smaller."""
    begin = len(images) - newest
    parts = (
        (images[chosen.left_out : begin], chosen.version.size_bytes),
        (images[max(begin, chosen.left_out) :], chosen.version_of_newest.size_bytes),
    )
    return sum(_in_base64(min(image.size_bytes, most)) for part, most in parts for image in part)


def _in_base64(size_bytes: int) -> int:
    return size_bytes * 4 // 3 + OVERHEAD_BYTES
