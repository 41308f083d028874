"""Encodes images as PNG, JPEG or WebP within a limit of bytes."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image

from chat.images.pixels import scaled_size, shrink

DRAWING_FORMATS = ("PNG", "GIF", "BMP", "ICO")  # mostly screenshots and drawings
QUALITIES = (85, 75, 60)


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """`content_type` is image/png, image/jpeg, image/webp or image/gif; `sha256` is of `content`, in hex."""

    content: bytes
    content_type: str
    width: int
    height: int
    sha256: str


def encode(image: Image.Image, source_format: str | None, *, max_bytes: int, max_drawing_bytes: int) -> PreparedImage:
    """Encode the image in the best format for what was uploaded as `source_format`, in at most `max_bytes`.

    A drawing becomes a PNG if that takes at most `max_drawing_bytes`.
    """
    if source_format in DRAWING_FORMATS and (png := _encode_png(image, max_drawing_bytes)):
        return describe(png, "image/png", image.size)
    target_format = "WEBP" if source_format == "WEBP" or image.mode == "RGBA" else "JPEG"
    return describe(*_encode_lossy(image, target_format, max_bytes))


def describe(content: bytes, content_type: str, size: tuple[int, int]) -> PreparedImage:
    return PreparedImage(content, content_type, *size, hashlib.sha256(content).hexdigest())


class _TooManyBytes(Exception):
    pass


class _LimitedFile(io.BytesIO):
    """Stops the encoder as soon as it has written too much, which saves most of a second for a photograph."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self._max_bytes:
            raise _TooManyBytes
        return super().write(data)


def _encode_png(image: Image.Image, max_bytes: int) -> bytes | None:
    """Return None if it takes more than `max_bytes`."""
    file = _LimitedFile(max_bytes)
    try:
        image.save(file, "PNG")
    except _TooManyBytes:
        return None
    return file.getvalue()


def _encode_lossy(image: Image.Image, target_format: str, max_bytes: int) -> tuple[bytes, str, tuple[int, int]]:
    """Encode in the best quality that fits, then with fewer and fewer pixels; return content, type and size."""
    is_jpeg_to_jpeg = image.format == target_format == "JPEG"
    qualities: tuple[int | str, ...] = ("keep", *QUALITIES) if is_jpeg_to_jpeg else QUALITIES
    while True:
        for quality in qualities:
            file = io.BytesIO()
            # Neither `optimize` nor `progressive`: both hold the GIL during the whole encoding.
            image.save(file, target_format, quality=quality)
            if file.tell() <= max_bytes:
                return file.getvalue(), f"image/{target_format.lower()}", image.size
        image, qualities = shrink(image, scaled_size(image.size, 3 / 4)), QUALITIES
