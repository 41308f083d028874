"""Files that break off are taken as far as they go, where browsers show them so."""

import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.images.image_files import DAMAGED, NO_IMAGE, animated, encoded, noise, png_chunk, prepared, refusal, shown


def wavy() -> Image.Image:
    return noise((40, 40)).resize((160, 160), Image.Resampling.BICUBIC)


def frames() -> list[Image.Image]:
    return [noise((30, 30), "L").convert("P").rotate(turn) for turn in range(6)]


BREAK_OFF = {
    "PNG": lambda: encoded(wavy(), "PNG"),
    "PNG interlaced": lambda: interlaced(8, 8),
    "JPEG": lambda: encoded(wavy(), "JPEG"),
    "JPEG progressive": lambda: encoded(wavy(), "JPEG", progressive=True),
    "JPEG CMYK": lambda: encoded(wavy().convert("CMYK"), "JPEG"),
    "WEBP": lambda: encoded(wavy(), "WEBP"),
    "WEBP lossless": lambda: encoded(wavy(), "WEBP", lossless=True),
    "GIF": lambda: encoded(wavy(), "GIF"),
    "GIF animated": lambda: animated(frames()),
    "BMP": lambda: encoded(wavy(), "BMP"),
}


def interlaced(width: int, height: int) -> bytes:
    """Grey, in the seven passes of a PNG that appears all over at once."""
    lines = [(1, 1), (1, 1), (1, 2), (2, 2), (2, 4), (4, 4), (4, 8)]  # how many, how long, of 8 x 8
    data = b"".join((b"\0" + bytes(range(60, 60 + long))) * many for many, long in lines)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1)
    body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(data, 0)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("kind", BREAK_OFF)
@pytest.mark.parametrize("percent", [50, 60, 80, 90, 97])
def test_a_file_that_breaks_off_is_taken_as_far_as_it_goes(kind, percent):
    content = BREAK_OFF[kind]()
    whole = prepared(content)

    image = prepared(content[: len(content) * percent // 100])

    assert (image.width, image.height) == (whole.width, whole.height)
    assert Image.MIME[shown(image).format or ""] == image.content_type
    shown(image).load()  # no longer broken


TOP, BOTTOM = (0, 0, 160, 40), (0, 140, 160, 160)


@pytest.mark.parametrize(
    ("kind", "kept", "lost"),
    [
        ("PNG", TOP, BOTTOM),
        ("JPEG", TOP, BOTTOM),
        ("WEBP", TOP, BOTTOM),
        ("WEBP lossless", TOP, BOTTOM),
        ("GIF", TOP, BOTTOM),
        ("BMP", BOTTOM, TOP),  # which begins there
    ],
)
def test_what_there_was_of_a_file_that_breaks_off_is_what_shows(kind, kept, lost):
    content = BREAK_OFF[kind]()
    before, after = (shown(prepared(each)).convert("RGB") for each in (content, content[: len(content) * 8 // 10]))

    def difference(part) -> Any:
        return ImageStat.Stat(ImageChops.difference(before.crop(part), after.crop(part))).sum[0]

    assert difference(kept) * 10 < difference(lost)


@pytest.mark.parametrize(
    ("kind", "pixels"),
    [
        ("JPEG", b"\xff\xda"),
        ("JPEG progressive", b"\xff\xda"),
        ("PNG", b"IDAT"),
        ("WEBP", b"VP8"),
        ("GIF", b"\x2c\0\0\0\0"),
        ("BMP", b"\xa0\0\0\0"),
    ],
)
@pytest.mark.parametrize("more", [-4, 0, 4, 10])
def test_where_nothing_would_show_the_file_is_refused(kind, pixels, more):
    content = BREAK_OFF[kind]()

    assert refusal(content[: content.index(pixels) + more]) in (DAMAGED, NO_IMAGE.format("holiday"))


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
@pytest.mark.parametrize("percent", [20, 60, 97])
def test_what_no_browser_shows_in_part_is_refused(kind, percent):
    content = encoded(wavy(), kind)

    assert refusal(content[: len(content) * percent // 100]) == DAMAGED


@pytest.mark.parametrize(
    ("kind", "end"), [("JPEG", 2), ("GIF", 1), ("PNG", 12), ("PNG", 16), ("JPEG progressive", 2), ("GIF animated", 1)]
)
def test_the_mark_of_the_end_is_not_missed(kind, end):
    content = BREAK_OFF[kind]()

    assert prepared(content[:-end]) == prepared(content)


def test_what_is_all_of_one_colour_needs_no_end_either():
    for image in (Image.new("L", (50, 50), 255), Image.new("RGB", (50, 50), (128, 128, 128))):
        assert prepared(encoded(image, "JPEG")[:-2]).width == 50
