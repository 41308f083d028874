"""The blocks of a GIF file, read without decoding a pixel.

Source: Graphics Interchange Format, version 89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from typing import NamedTuple

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL, APPLICATION = 0xF9, 0xFF
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # both say how often an animation repeats


class BrokenGif(ValueError):
    """There is no header, or not the beginning of one frame."""


class Gif(NamedTuple):
    blocks: list[bytes]  # from the header to the last frame, which may be cut if it is the only one
    frame_ends: list[int]  # how many blocks there are up to each frame
    width: int
    height: int
    is_cut: bool

    @property
    def frames(self) -> int:
        return len(self.frame_ends)

    @property
    def content(self) -> bytes:
        return self.beginning(self.frames)

    def beginning(self, frames: int) -> bytes:
        """The file, with no more than so many frames."""
        return b"".join([*self.blocks[: self.frame_ends[frames - 1]], bytes([TRAILER])])


def bare(content: bytes, *, max_frames: int) -> Gif:
    """Return the same frames, timing and repeats, bit for bit, with nothing else in the file.

    Comments, captions, XMP, colour profiles and whatever follows the end are left out. `width` and `height`
    are those of the screen, widened where a frame reaches beyond it, since decoders widen it too. Reading
    stops at one frame more than `max_frames`. What breaks off ends, as in browsers, with its last whole frame, or
    within the first. Raises `BrokenGif`.
    """
    reader = _Reader(content)
    try:
        reader.read(max_frames)
    except IndexError:
        reader.break_off()
    if not reader.frame_ends:
        raise BrokenGif("no frame")
    return Gif(reader.blocks, reader.frame_ends, reader.width, reader.height, reader.is_cut)


class _Reader:
    def __init__(self, content: bytes) -> None:
        if content[:6] not in (b"GIF87a", b"GIF89a"):
            raise BrokenGif("no GIF header")
        self._content = content
        self._frame_begins: int | None = None  # where the data of a frame begins that is being read
        self.blocks: list[bytes] = []
        self.frame_ends: list[int] = []
        self.width, self.height = _two_numbers(content, 6)
        self.is_cut = False

    def read(self, max_frames: int) -> None:
        content = self._content
        position = _after_colours(content, 10, skip=3)
        self.blocks.append(content[:position])
        while (kind := content[position]) in (EXTENSION, IMAGE) and len(self.frame_ends) <= max_frames:
            position = self._extension(position) if kind == EXTENSION else self._frame(position)

    def break_off(self) -> None:
        """Keep what there is of a first frame."""
        if self._frame_begins is not None and not self.frame_ends:
            self._keep_frame(self._content[self._frame_begins :])
            self.is_cut = True

    def _extension(self, start: int) -> int:
        end = _after_blocks(self._content, start + 2)
        self.blocks.append(_needed(self._content[start:end]))
        return end

    def _frame(self, start: int) -> int:
        content = self._content
        (left, top), (across, down) = _two_numbers(content, start + 1), _two_numbers(content, start + 5)
        data = _after_colours(content, start + 9) + 1
        if data + 1 < len(content):
            self.width, self.height = max(self.width, left + across), max(self.height, top + down)
            self._frame_begins = start
        end = _after_blocks(content, data)
        self._keep_frame(content[start:end])
        return end

    def _keep_frame(self, block: bytes) -> None:
        self.blocks.append(block)
        self.frame_ends.append(len(self.blocks))


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
