"""Chooses which files of a chat are sent in one request: all of the newest message, and earlier ones while they fit."""

from collections.abc import Sequence

from chat.images.request_fit import MAX_BODY_BYTES, OVERHEAD_BYTES

IMAGES_BYTES = 1_000_000  # of the body, for images of the newest message


def omitted_files(sizes: Sequence[int], *, newest: int = 0, text_bytes: int = 0) -> int:
    """How many of the oldest files do not fit. `sizes` are in bytes, the oldest first; the last `newest` always fit."""
    available = MAX_BODY_BYTES - IMAGES_BYTES - text_bytes
    for count, size in enumerate(reversed(sizes)):
        available -= encoded_bytes(size)
        if available < 0 and count >= newest:
            return len(sizes) - count
    return 0


def encoded_bytes(size: int) -> int:
    """How much a file of that many bytes takes in the body of a request."""
    return size * 4 // 3 + OVERHEAD_BYTES
