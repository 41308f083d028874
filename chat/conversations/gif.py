"""The blocks of a GIF file, read without decoding a pixel.

Source: Graphics Interchange Format, version 89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from typing import NamedTuple

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL, APPLICATION = 0xF9, 0xFF
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # both say how often an animation repeats


class BrokenGif(ValueError):
    """The file ends early, or a block is none that a GIF has."""


class Gif(NamedTuple):
    content: bytes
    width: int
    height: int
    frames: int


def bare(content: bytes, *, max_frames: int) -> Gif:
    """Return the same pictures, timing and repeats, bit for bit, with nothing else in the file.

    Comments, captions, XMP, colour profiles and whatever follows the end are left out. `width` and `height`
    are those of the screen, widened where a frame reaches beyond it, since decoders widen it too. Reading
    stops at one frame more than `max_frames`. Raises `BrokenGif`.
    """
    try:
        return _bare(content, max_frames)
    except IndexError:
        raise BrokenGif("the file ends early") from None


def _bare(content: bytes, max_frames: int) -> Gif:
    if content[:6] not in (b"GIF87a", b"GIF89a"):
        raise BrokenGif("no GIF header")
    width, height = _two_numbers(content, 6)
    position = _after_colours(content, 10, skip=3)
    kept, frames = [content[:position]], 0
    while (kind := content[position]) != TRAILER and frames <= max_frames:
        start = position
        if kind == EXTENSION:
            position = _after_blocks(content, start + 2)
            kept.append(_needed(content[start:position]))
        elif kind == IMAGE:
            frames += 1
            (left, top), (across, down) = _two_numbers(content, start + 1), _two_numbers(content, start + 5)
            width, height = max(width, left + across), max(height, top + down)
            position = _after_blocks(content, _after_colours(content, start + 9) + 1)
            kept.append(content[start:position])
        else:
            raise BrokenGif(f"a block of the kind {kind:#x}")
    return Gif(b"".join([*kept, bytes([TRAILER])]), width, height, frames)


def _needed(extension: bytes) -> bytes:
    label, blocks = extension[1], extension[2:]
    if label == GRAPHIC_CONTROL and len(blocks) == 6:
        return extension
    if label == APPLICATION and blocks[1:12] in LOOPS and blocks[12:14] == b"\x03\x01":
        return extension[:18] + b"\x00"
    return b""


def _after_colours(content: bytes, position: int, *, skip: int = 1) -> int:
    """Skip the flags at `position`, as many bytes as they are part of, and the colours that they announce."""
    flags = content[position]
    return position + skip + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)


def _after_blocks(content: bytes, position: int) -> int:
    """Skip a chain of blocks (a length, then as many bytes) and the empty one that ends it."""
    while length := content[position]:
        position += length + 1
    return position + 1


def _two_numbers(content: bytes, position: int) -> tuple[int, int]:
    one, two = content[position : position + 2], content[position + 2 : position + 4]
    return int.from_bytes(one, "little"), int.from_bytes(two, "little")
