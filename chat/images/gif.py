"""Splits a GIF file into its blocks, without decoding pixels, and drops those that do not change how it looks.

Source: Graphics Interchange Format, version 89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from typing import NamedTuple

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL, APPLICATION = 0xF9, 0xFF
LOOP_EXTENSIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # both say how often an animation repeats


class BrokenGif(ValueError):
    """The file has no header, or not even a part of one frame."""


class Gif(NamedTuple):
    blocks: list[bytes]  # from the header to the last frame
    frame_ends: list[int]  # for each frame, how many blocks there are up to its end
    width: int
    height: int
    is_truncated: bool  # the only frame is incomplete

    @property
    def frames(self) -> int:
        return len(self.frame_ends)

    @property
    def content(self) -> bytes:
        return self.first_frames(self.frames)

    def first_frames(self, frames: int) -> bytes:
        """Return a GIF file with only the first `frames` frames."""
        return b"".join([*self.blocks[: self.frame_ends[frames - 1]], bytes([TRAILER])])


def strip(content: bytes, *, max_frames: int) -> Gif:
    """Return the file with the same frames, timing and repeats, bit for bit, and nothing else.

    Comments, captions, XMP, colour profiles and appended data are dropped. `width` and `height` are those of the
    logical screen, enlarged if a frame reaches beyond it, as decoders do. Reading stops at one frame more than
    `max_frames`. A truncated file ends, as in browsers, with its last complete frame, or within the first one.
    Raises `BrokenGif`.
    """
    reader = _Reader(content)
    try:
        reader.read(max_frames)
    except IndexError:
        reader.add_truncated_frame()
    if not reader.frame_ends:
        raise BrokenGif("no frame")
    return Gif(reader.blocks, reader.frame_ends, reader.width, reader.height, reader.is_truncated)


class _Reader:
    def __init__(self, content: bytes) -> None:
        if content[:6] not in (b"GIF87a", b"GIF89a"):
            raise BrokenGif("no GIF header")
        self._content = content
        self._frame_start: int | None = None  # position of the frame that is being read
        self.blocks: list[bytes] = []
        self.frame_ends: list[int] = []
        self.width, self.height = _read_two_numbers(content, 6)
        self.is_truncated = False

    def read(self, max_frames: int) -> None:
        """Read all blocks. Raises IndexError where the file ends early."""
        content = self._content
        position = _skip_colours(content, 10, skip=3)
        self.blocks.append(content[:position])
        while (kind := content[position]) in (EXTENSION, IMAGE) and len(self.frame_ends) <= max_frames:
            position = self._read_extension(position) if kind == EXTENSION else self._read_frame(position)

    def add_truncated_frame(self) -> None:
        """Add the part of the first frame that is there, if no frame is complete."""
        if self._frame_start is not None and not self.frame_ends:
            self._add_frame(self._content[self._frame_start :])
            self.is_truncated = True

    def _read_extension(self, start: int) -> int:
        end = _skip_sub_blocks(self._content, start + 2)
        self.blocks.append(_strip_extension(self._content[start:end]))
        return end

    def _read_frame(self, start: int) -> int:
        content = self._content
        (x, y), (width, height) = _read_two_numbers(content, start + 1), _read_two_numbers(content, start + 5)
        data = _skip_colours(content, start + 9) + 1
        if data + 1 < len(content):
            self.width, self.height = max(self.width, x + width), max(self.height, y + height)
            self._frame_start = start
        end = _skip_sub_blocks(content, data)
        self._add_frame(content[start:end])
        return end

    def _add_frame(self, block: bytes) -> None:
        self.blocks.append(block)
        self.frame_ends.append(len(self.blocks))


def _strip_extension(extension: bytes) -> bytes:
    """Return an extension for timing or repeats without anything else; b"" for any other extension."""
    label, blocks = extension[1], extension[2:]
    if label == GRAPHIC_CONTROL and len(blocks) == 6:
        return extension
    if label == APPLICATION and blocks[1:12] in LOOP_EXTENSIONS and blocks[12:14] == b"\x03\x01":
        return extension[:18] + b"\x00"
    return b""


def _skip_colours(content: bytes, position: int, *, skip: int = 1) -> int:
    """Return the position after the `skip` bytes that begin with the flags, and after the colour table, if any."""
    flags = content[position]
    return position + skip + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)


def _skip_sub_blocks(content: bytes, position: int) -> int:
    """Return the position after a chain of sub-blocks (a length, then as many bytes), which an empty one ends."""
    while length := content[position]:
        position += length + 1
    return position + 1


def _read_two_numbers(content: bytes, position: int) -> tuple[int, int]:
    one, two = content[position : position + 2], content[position + 2 : position + 4]
    return int.from_bytes(one, "little"), int.from_bytes(two, "little")
