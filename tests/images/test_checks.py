"""What is refused, with a sentence: other files, empty ones, and what unfolds to too much."""

import io
import random
import struct
import subprocess
import sys
import time
import zlib
from contextlib import suppress

import pytest
from PIL import Image

from chat.images import decoding, jpeg
from chat.images.processing import ImageRefused, prepare
from tests.images.image_files import (
    DAMAGED,
    NO_IMAGE,
    RED,
    close,
    encoded,
    noise,
    png_chunk,
    prepared,
    red_corner,
    refusal,
    shown,
    swapped_profile,
)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><title>Hello</title>",
        b"%PDF-1.7\n",
        b"GIF",
        b"BM, he said, is not a bitmap.",
        b"\x00",
        encoded(red_corner(), "TIFF"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n",
    ],
    ids=["svg", "html", "pdf", "three letters", "bm", "one zero", "tiff", "eps"],
)
def test_other_files_are_refused_whatever_their_name(content):
    assert refusal(content, "holiday.png") == NO_IMAGE.format("holiday.png")


def test_an_empty_file_is_refused():
    assert refusal(b"", "holiday.png") == "“holiday.png” is empty."


def test_too_many_bytes_are_refused_after_reading_no_more_than_that():
    class Endless(io.BytesIO):
        asked = 0

        def seek(self, *_):
            return 0

        def read(self, size=-1):
            assert 0 < size <= 20_000_001
            self.asked += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(ImageRefused, match=r"“holiday” is larger than 20 MB\."):
        prepare(endless, name="holiday")
    assert endless.asked == 20_000_001


def test_a_long_name_is_shortened_in_the_sentence():
    sentence = refusal(b"", "x" * 300 + ".png")

    assert sentence.endswith("xxx.png” is empty.")
    assert len(sentence) < 80


def with_chunk(kind: bytes, data: bytes) -> bytes:
    content = encoded(red_corner(), "PNG")
    return content[:33] + png_chunk(kind, data) + content[33:]


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
@pytest.mark.parametrize("megabytes", [2, 200])
def test_texts_in_a_png_are_not_unfolded(kind, megabytes):
    packed = zlib.compress(bytes(megabytes * 1_000_000), 9)
    data = b"Comment\0" + (b"\0" if kind == b"zTXt" else b"\1\0\0\0") + packed

    assert prepared(with_chunk(kind, data)) == prepared(encoded(red_corner(), "PNG"))


@pytest.mark.parametrize("megabytes", [1.5, 4])
def test_a_large_colour_profile_counts(megabytes):
    profile = swapped_profile()
    large = profile[:4] + bytes(0) + profile[4:] + bytes(int(megabytes * 1_000_000))
    large = len(large).to_bytes(4, "big") + large[4:]

    image = shown(prepared(encoded(Image.new("RGB", (64, 48), RED), "PNG", icc_profile=large)))

    red, green, _ = image.getpixel((20, 20))
    assert green > 200 > red


@pytest.mark.parametrize(
    ("start", "unfolded_bytes"),
    [(b"x\0\0", 300_000_000), (b"x\0\1abc", 0), (b"x", 0), (b"", 0), (b"x\0\0no zlib", 0)],
    ids=["a bomb", "an unknown packing", "a name", "nothing", "no zlib"],
)
def test_a_colour_profile_that_is_none_is_passed_over(start, unfolded_bytes):
    data = start + (zlib.compress(bytes(unfolded_bytes), 9) if unfolded_bytes else b"")
    assert prepared(with_chunk(b"iCCP", data)) == prepared(encoded(red_corner(), "PNG"))


def test_only_the_first_of_many_profiles_is_unfolded():
    profile = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(7_000_000), 9))
    content = encoded(red_corner(), "PNG")
    content = content[:33] + profile * 2_000 + content[33:]
    assert len(content) < 20_000_000
    began = time.process_time()

    assert prepared(content) == prepared(encoded(red_corner(), "PNG"))
    assert time.process_time() - began < 3


def test_an_icon_that_names_one_image_many_times_takes_no_longer():
    inside = encoded(red_corner((256, 256)), "PNG") + bytes(10_000_000)
    entry = struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(inside), 6 + 16 * 60_000)
    began = time.process_time()

    assert prepared(struct.pack("<HHH", 0, 1, 60_000) + entry * 60_000 + inside).width == 256
    assert time.process_time() - began < 3


def test_wrong_checksums_in_a_png_do_not_matter():
    content = bytearray(with_chunk(b"tEXt", b"Comment\0hello"))
    content[33 + 8 + 13] ^= 1  # in the sum of the text
    content[-13] ^= 1  # in that of the pixels

    assert prepared(bytes(content)) == prepared(encoded(red_corner(), "PNG"))


@pytest.mark.parametrize("bits", [24, 32])
@pytest.mark.parametrize("kind", ["ICO", "CUR"])
def test_of_an_icon_the_largest_image_is_kept(kind, bits):
    options = {"sizes": [(16, 16), (48, 48), (32, 32)], "bitmap_format": "bmp"}
    content = encoded(red_corner((64, 64)).convert("RGBA" if bits == 32 else "RGB"), "ICO", **options)
    if kind == "CUR":
        content = b"\0\0\2\0" + content[4:]

    image = prepared(content)

    assert (image.width, image.height, image.content_type) == (48, 48, "image/png")
    assert close(shown(image).convert("RGB").getpixel((1, 1)), RED, 60)


def test_an_icon_is_no_larger_than_it_says():
    """What it says counts for nothing: the image inside says it, too."""
    inside = png_header(7_000, 7_000)
    lying = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(inside), 22) + inside
    bitmap = struct.pack("<IiiHHIIIIII", 40, 15_000, 15_000 * 2, 1, 24, *[0] * 6)
    other = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 24, len(bitmap), 22) + bitmap

    assert refusal(lying) == refusal(other) == "“holiday” is larger than 36 megapixels."
    assert refusal(struct.pack("<HHH", 0, 1, 60_000)) == DAMAGED


def test_a_bitmap_of_endless_runs_is_refused(monkeypatch):
    header = b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024)
    header += struct.pack("<IiiHHIIiiII", 40, 4_000, 4_000, 1, 8, 1, 0, 0, 0, 256, 0) + bytes(1024)
    assert prepared(header + (b"\x80\x07" * 31 + b"\x20\x07\0\0") * 4_000 + b"\0\1").width == 2048
    monkeypatch.setattr(decoding, "decode", None)

    assert refusal(header + b"\x01\x07" * 1_500_000) == "“holiday” is larger than 2 MB."


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "HEIF", "AVIF", "BMP", "ICO"])
def test_damage_anywhere_is_a_refusal_or_a_image_and_nothing_else(kind):
    chance = random.Random(2)
    content = encoded(noise((30, 30)).resize((90, 90)), kind)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(ImageRefused):
            assert prepared(bytes(damaged)).width <= 2048


def gif_frames(count: int, size: tuple[int, int] = (1, 1), screen: tuple[int, int] = (1, 1)) -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, *size, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6) + frame * count + b"\x3b"


def png_header(width: int, height: int) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(bytes(1000))) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (png_header(60_000, 60_000), "has too many pixels."),
        (png_header(10_000, 10_000), "has too many pixels."),  # Pillow only warns
        (png_header(7_000, 7_000), "is larger than 36 megapixels."),
        (png_header(30_000, 10), "is more than 20,000 pixels wide or high."),
        (encoded(Image.new("L", (8_600, 8_000)), "JPEG"), "is larger than 65 megapixels."),
        (gif_frames(1, screen=(65_535, 65_535)), "is more than 20,000 pixels wide or high."),
    ],
    ids=["60000 x 60000", "10000 x 10000", "7000 x 7000", "30000 x 10", "JPEG", "GIF"],
)
def test_bombs_are_refused_before_they_unfold(content, why, monkeypatch):
    monkeypatch.setattr(decoding, "decode", None)

    assert refusal(content) == f"“holiday” {why}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gif_frames(100_000), "is an animation that is too long or too large."),
        (gif_frames(900, screen=(2000, 2000)), "is an animation that is too long or too large."),
        (
            gif_frames(900, size=(2000, 2000)),
            "is an animation that is too long or too large.",
        ),  # frames larger than their screen
        (gif_frames(1_001)[:-1] + b"not read any more", "is an animation that is too long or too large."),
        (gif_frames(2, size=(60_000, 100)), "is more than 20,000 pixels wide or high."),
        (gif_frames(1, size=(8_000, 8_000)), "is larger than 36 megapixels."),
    ],
    ids=["100,000 frames", "a large screen", "large frames", "1,001 frames", "a long frame", "a large frame"],
)
def test_animations_that_unfold_are_refused_before_they_do(content, why, monkeypatch):
    monkeypatch.setattr(decoding, "decode", None)

    assert refusal(content) == f"“holiday” {why}"


def test_a_gif_of_endless_comments_takes_no_time():
    """Pillow joins them one by one, each time copying all that it has."""
    content = gif_frames(1)
    comments = b"\x21\xfe" + (b"\xff" + bytes(255)) + b"\x00"

    assert prepared(content[:-1] + comments * 70_000 + b"\x3b") == prepared(content)


def test_a_gif_ends_before_a_frame_that_cannot_be_decoded():
    content = gif_frames(3)
    code_size = content.rindex(b"\x02\x02\x44\x01\x00")

    assert prepared(content[:code_size] + b"\x0f" + content[code_size + 1 :]) == prepared(gif_frames(2))


def test_a_gif_without_a_frame_is_refused():
    assert refusal(gif_frames(0)) == DAMAGED


def progressive(size: tuple[int, int], mode: str = "L") -> tuple[bytes, bytes]:
    """A JPEG without its end, and one of its passes."""
    content = encoded(Image.new(mode, size, 128), "JPEG", progressive=True)
    return content[:-2], content[content.rindex(b"\xff\xda") : -2]


@pytest.mark.parametrize("filling", [b"\xff", b"\xff\xfe\x00\x02"], ids=["filling", "empty comments"])
def test_a_jpeg_of_nothing_but_markers_is_read_in_a_moment(filling):
    """40 KB of filling took 16 s, in one expression that kept the interpreter to itself."""
    parts = 4_000_000 // len(filling)
    before = time.process_time()
    found = jpeg.read(b"\xff\xd8" + filling * parts + b"\0")

    assert (found.scans, found.has_pixels) == (0, False)
    assert time.process_time() - before < 20  # for all 4 MB; it is 1 s, in steps of 20 ms


def test_a_jpeg_of_endless_empty_scans_is_refused(monkeypatch):
    content, scan = progressive((800, 800))
    prepared(content + scan * 20 + b"\xff\xd9")
    monkeypatch.setattr(decoding, "decode", None)

    assert refusal(content + scan * 50_000 + b"\xff\xd9") == "“holiday” is damaged."
    assert refusal(content + scan * 50_000) == "“holiday” is damaged."


def test_so_is_one_that_is_not_progressive(monkeypatch):
    content = encoded(Image.new("L", (800, 800), 128), "JPEG")[:-2]
    scan = content[content.rindex(b"\xff\xda") :][:10]
    monkeypatch.setattr(decoding, "decode", None)

    assert refusal(content + scan * 3_000 + b"\xff\xd9") == "“holiday” is damaged."


def test_the_larger_it_is_the_fewer_scans_it_may_have(monkeypatch):
    content, scan = progressive((8000, 8000))
    assert len(content) < 300_000
    monkeypatch.setattr(decoding, "decode", None)

    assert refusal(content + scan * 20 + b"\xff\xd9") == "“holiday” is damaged."


def test_a_jpeg_that_no_browser_shows_is_refused(monkeypatch):
    """Coded arithmetically, a pass that is empty is as slow as one that is full."""
    content = encoded(red_corner(), "JPEG")
    monkeypatch.setattr(decoding, "decode", None)

    assert refusal(content.replace(b"\xff\xc0", b"\xff\xc9")) == DAMAGED


def test_scans_are_counted_in_the_image_only():
    content = encoded(red_corner(), "JPEG", progressive=True, comment=b"\xff\xda" * 500)

    assert prepared(content + b"\x00\x02" + b"\xff\xda\x00\x02" * 500).content_type == "image/jpeg"


BROKEN_EXIF = bytes.fromhex("49492a0008000000 0500 1201 0300 ffffffff ffffffff ffff") + bytes(30)
ORIENTATION_IN_WORDS = bytes.fromhex("49492a0008000000 0100 1201 0200 04000000 61626300 00000000")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("exif", [BROKEN_EXIF, ORIENTATION_IN_WORDS, b"nonsense", b"MM\x00*\xff\xff\xff\xff"])
def test_broken_exif_does_not_matter(exif):
    assert prepared(encoded(red_corner(), "JPEG", exif=b"Exif\x00\x00" + exif)).width == 64


def test_no_warning_leaks(tmp_path):
    """In a process of its own: pytest puts filters of its own before ours."""
    (tmp_path / "exif.jpg").write_bytes(encoded(red_corner(), "JPEG", exif=b"Exif\x00\x00" + BROKEN_EXIF))
    (tmp_path / "bomb.png").write_bytes(png_header(10_000, 10_000))
    program = """
import os, pathlib, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
import django
django.setup()
from chat.images.processing import ImageRefused, prepare
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    with path.open("rb") as file:
        try:
            print(path.name, prepare(file, name=path.name).content_type)
        except ImageRefused as refused:
            print(refused)
"""
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["“bomb.png” has too many pixels.", "exif.jpg image/jpeg"]
    assert done.stderr == ""
