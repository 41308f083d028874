"""What a request asks: its messages and images, checked as OpenRouter checks them."""

import base64
import binascii
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import gevent
from PIL import Image

from tests.standin import documents
from tests.standin.documents import Document, Sound
from tests.standin.refusal import Refused

MAX_IMAGE_BYTES = 30_000_000
IMAGE_TYPES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
ROLES = ("system", "developer", "user", "assistant", "tool")


@dataclass(frozen=True)
class SentImage:
    """An image that was looked at. No width and height where it is an address, which is not fetched."""

    media_type: str
    width: int = 0
    height: int = 0
    bytes: int = 0

    @property
    def tokens(self) -> int:
        return (self.width or 1024) * (self.height or 1024) // 750 + 1


@dataclass(frozen=True)
class Turn:
    role: str
    text: str
    images: list[SentImage] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)


@dataclass(frozen=True)
class Prompt:
    """A conversation as it came in. `prefill` is the unfinished answer it ends with, or ""."""

    turns: list[Turn]
    prefill: str = ""

    @property
    def question(self) -> Turn:
        """The last thing the person said."""
        return next((turn for turn in reversed(self.turns) if turn.role == "user"), self.turns[-1])

    @property
    def has_images(self) -> bool:
        return any(turn.images for turn in self.turns)

    @property
    def documents(self) -> list[Document]:
        return [document for turn in self.turns for document in turn.documents]

    @property
    def sounds(self) -> list[Sound]:
        return [sound for turn in self.turns for sound in turn.sounds]

    @property
    def tokens(self) -> int:
        return self.tokens_of(characters_each=4)

    def tokens_of(self, characters_each: int) -> int:
        """Tokens for a model whose tokens have that many characters."""
        text = sum(len(turn.text) // characters_each + 4 for turn in self.turns)
        files = sum(each.tokens for each in self.documents) + sum(each.tokens for each in self.sounds)
        return text + files + sum(image.tokens for turn in self.turns for image in turn.images)

    @classmethod
    def from_messages(cls, messages: object) -> "Prompt":
        if not isinstance(messages, list) or not messages:
            raise Refused(400, "bad-request")
        turns = [_turn(message) for message in messages]
        if turns[-1].role == "assistant" and len(turns) > 1:
            return cls(turns[:-1], prefill=turns[-1].text)
        return cls(turns)


def _turn(message: Any) -> Turn:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise Refused(400, "bad-request")
    content = message.get("content")
    if isinstance(content, str) or content is None:
        return Turn(message["role"], content or "")
    parts = list(_parts(content))
    text = "\n".join(part for part in parts if isinstance(part, str))
    return Turn(
        message["role"],
        text,
        [part for part in parts if isinstance(part, SentImage)],
        [part for part in parts if isinstance(part, Document)],
        [part for part in parts if isinstance(part, Sound)],
    )


def _parts(content: Any) -> Iterator[str | SentImage | Document | Sound]:
    for part in content if isinstance(content, list) else [None]:
        match part:
            case {"type": "text", "text": str(text)}:
                yield text
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                yield _sent_image(url)
            case {"type": "file", "file": dict(file)}:
                yield documents.document(file)
            case {"type": "input_audio", "input_audio": dict(audio)}:
                yield documents.sound(audio)
            case {"type": "video_url"}:
                continue
            case _:
                raise Refused(400, "bad-request")


def _sent_image(url: str) -> SentImage:
    if url.startswith("data:"):
        return _decoded(url)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname in ("localhost", "127.0.0.1", "::1", None):
        raise Refused(400, "image", reason="The image could not be downloaded from its address.")
    return SentImage("image at an address")


def _decoded(url: str) -> SentImage:
    head, _, encoded = url.partition(",")
    media_type, _, encoding = head.removeprefix("data:").partition(";")
    if media_type not in IMAGE_TYPES or encoding != "base64":
        raise Refused(400, "image", reason="Images are PNG, JPEG, WebP or GIF, as a base64 data URL.")
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise Refused(400, "image", reason="The image is not valid base64.") from None
    if len(content) > MAX_IMAGE_BYTES:
        raise Refused(413, "image")
    # Decoding holds the interpreter: in a real thread, so that other people's streams go on.
    width, height = gevent.get_hub().threadpool.apply(_size, (content, IMAGE_TYPES[media_type]))
    return SentImage(media_type, width, height, len(content))


def _size(content: bytes, expected: str) -> tuple[int, int]:
    """Pixels of an image that decodes to its end and is what it says. Refuses any other."""
    try:
        with Image.open(io.BytesIO(content), formats=list(IMAGE_TYPES.values())) as image:
            image.load()
            actual, size = image.format, image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Refused(400, "image") from None
    if actual != expected:
        raise Refused(400, "image", reason=f"The image says that it is {expected}, but it is {actual}.")
    return size
