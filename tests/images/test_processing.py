import hashlib
import io
import random
import struct
import subprocess
import sys
import time
import zlib
from contextlib import suppress
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat, PngImagePlugin

from chat import models
from chat.images import decoding, jpeg, processing
from chat.images.encoding import PreparedImage
from chat.images.processing import ImageRefused, prepare

SECRET = b"Alice was here"
RED, BLUE = (255, 0, 0), (0, 0, 255)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def prepared(content: bytes, name: str = "holiday") -> PreparedImage:
    return prepare(io.BytesIO(content), name=name)


def opened(content: bytes) -> Any:  # not every kind of image has frames or tables
    return Image.open(io.BytesIO(content))


def shown(image: PreparedImage) -> Any:
    return opened(image.content)


def refusal(content: bytes, name: str = "holiday") -> str:
    with pytest.raises(ImageRefused) as refused:
        prepared(content, name)
    return str(refused.value)


def red_corner(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Blue, with red at the top left: an eighth of the image each way."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 8, size[1] // 8))
    return image


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    return Image.frombytes(mode, size, random.Random(1).randbytes(size[0] * size[1] * len(mode)))


def animation(frames: int, size: tuple[int, int] = (32, 24)) -> list[Image.Image]:
    """Frames that all differ, or the encoder merges them."""
    images = [Image.new("P", size, number % 200) for number in range(frames)]
    for image in images:
        image.putpalette(bytes(range(256)) * 3)
    return images


def animated(frames: list[Image.Image], kind: str = "GIF", **options) -> bytes:
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)


def close(pixel, other, tolerance: int = 8) -> bool:
    return all(abs(one - two) <= tolerance for one, two in zip(pixel, other, strict=True))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# --- What comes out -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("HEIF", "image/jpeg"),
        ("AVIF", "image/jpeg"),
        ("MPO", "image/jpeg"),
        ("BMP", "image/png"),
    ],
)
def test_each_format_is_taken_whatever_its_name(kind, content_type):
    options = {"save_all": True, "append_images": [red_corner()]} if kind == "MPO" else {}
    image = prepared(encoded(red_corner(), kind, **options), name="notes.txt")

    assert image.content_type == content_type
    assert Image.MIME[shown(image).format or ""] == content_type
    assert (image.width, image.height) == shown(image).size == (64, 48)
    assert close(shown(image).convert("RGB").getpixel((2, 2)), RED, 60)
    assert close(shown(image).convert("RGB").getpixel((60, 40)), BLUE, 60)
    assert image.sha256 == hashlib.sha256(image.content).hexdigest()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "HEIF", "AVIF", "BMP", "ICO"])
def test_the_same_upload_gives_the_same_hash(kind):
    content = encoded(red_corner((300, 200)), kind)

    assert prepared(content, "one") == prepared(content, "two")


def test_a_file_that_was_read_before_is_read_from_its_start():
    file = io.BytesIO(encoded(red_corner(), "PNG"))
    file.read()

    assert prepare(file, name="holiday").content_type == "image/png"


@pytest.mark.parametrize("size", [(5000, 2500), (2500, 5000), (2049, 20), (20_000, 2)])
def test_a_large_image_is_shrunk_to_the_long_edge(size):
    image = prepared(encoded(red_corner(size), "JPEG"))

    assert max(image.width, image.height) == 2048
    assert image.width == max(1, round(size[0] * 2048 / max(size)))
    assert shown(image).size == (image.width, image.height)


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((1080, 2400), (1024, 2276)),  # a phone's screen
        ((1080, 4000), (1024, 3793)),
        ((1080, 14_000), (617, 8000)),
        ((14_000, 1080), (8000, 617)),
        ((1440, 6000), (1024, 4267)),
        ((700, 6000), (700, 6000)),  # narrow enough for its text already
        ((300, 16_000), (150, 8000)),
        ((3000, 2000), (2048, 1365)),
        ((1366, 768), (1366, 768)),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_long_page_stays_wide_enough_to_read(kind, size, kept):
    image = prepared(encoded(red_corner(size), kind))

    assert (image.width, image.height) == kept
    assert shown(image).size == kept
    assert close(shown(image).convert("RGB").getpixel((2, 2)), RED, 60)


@pytest.mark.parametrize(
    ("size", "is_hard"),
    [((617, 8000), True), ((8000, 617), True), ((1024, 2276), False), ((100, 900), False), ((2048, 1365), False)],
)
def test_what_models_may_shrink_out_of_sight_is_known(size, is_hard):
    assert models.Image(width=size[0], height=size[1]).is_hard_to_read == is_hard


def test_a_small_jpeg_loses_next_to_nothing():
    original = ImageOps.autocontrast(noise((80, 60)).resize((640, 480), Image.Resampling.BICUBIC))
    content = encoded(original, "JPEG", quality=92, subsampling=0)

    again = shown(prepared(content))

    assert again.quantization == opened(content).quantization
    difference: Any = ImageChops.difference(opened(content), again)
    assert max(high for _, high in difference.getextrema()) <= 4


def test_a_drawing_stays_exact():
    drawing = noise((50, 50), "RGBA")

    assert shown(prepared(encoded(drawing, "PNG"))).tobytes() == drawing.tobytes()


@pytest.mark.parametrize(("mode", "content_type"), [("RGB", "image/jpeg"), ("RGBA", "image/webp")])
def test_a_heavy_png_becomes_lossy(mode, content_type):
    image = prepared(encoded(noise((1000, 1000), mode), "PNG", compress_level=1))

    assert image.content_type == content_type
    assert shown(image).has_transparency_data == (mode == "RGBA")


def test_an_alpha_channel_that_hides_nothing_is_dropped():
    image = red_corner()
    image.putalpha(255)

    assert shown(prepared(encoded(image, "PNG"))).mode == "RGB"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_what_providers_would_refuse_as_too_heavy_is_made_lighter(kind, monkeypatch):
    monkeypatch.setattr(processing, "MAX_PREPARED_BYTES", 100_000)
    content = encoded(noise((900, 600)), kind, quality=95)
    assert len(content) > 300_000

    image = prepared(content)

    assert len(image.content) <= 100_000
    assert (image.width, image.height) == shown(image).size < (900, 600)


def test_the_heaviest_jpeg_fits_the_limit_of_the_providers():
    content = encoded(noise((2048, 2048)), "JPEG", quality=100, subsampling=0)
    assert len(content) > 8_000_000

    assert len(prepared(content).content) <= 4_500_000


# --- Modes, frames and colours --------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_mode_of_png_keeps_its_look(mode):
    grey = Image.linear_gradient("L")
    image = grey.point(lambda value: value * 257, "I").convert("I;16") if mode == "I;16" else grey.convert(mode)

    image = shown(prepared(encoded(image, "PNG")))

    assert image.mode in ("L", "RGB", "RGBA")
    expected = grey.convert("1").convert("L") if mode == "1" else grey
    difference: Any = ImageChops.difference(image.convert("L"), expected)
    assert difference.getextrema()[1] <= (8 if mode == "P" else 1)


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_of_png_becomes_alpha(mode):
    image = Image.new(mode, (10, 10), 0)
    image.paste(255 if mode != "RGB" else (255, 255, 255), (0, 0, 5, 10))
    key = (0, 0, 0) if mode == "RGB" else 0

    image = shown(prepared(encoded(image, "PNG", transparency=key)))

    assert image.convert("RGBA").getpixel((9, 9))[3] == 0
    assert image.convert("RGBA").getpixel((0, 0))[3] == 255


def test_cmyk_becomes_rgb():
    image = shown(prepared(encoded(red_corner().convert("CMYK"), "JPEG", quality=95)))

    assert image.mode == "RGB"
    assert close(image.getpixel((60, 40)), BLUE, 20)


def test_an_animated_gif_keeps_every_frame_bit_for_bit():
    content = animated(animation(20), loop=3)

    image = prepared(content)

    before, after = opened(content), shown(image)
    assert image.content_type == "image/gif"
    assert after.n_frames == 20
    assert after.info["loop"] == 3
    for number in range(20):
        before.seek(number)
        after.seek(number)
        assert after.info["duration"] == 50
        assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()


def test_an_animated_gif_that_is_too_large_becomes_a_still(monkeypatch):
    image = prepared(animated(animation(3, (3000, 30))))

    assert (image.content_type, image.width) == ("image/png", 2048)


def test_an_animated_gif_that_is_too_heavy_becomes_a_still(monkeypatch):
    monkeypatch.setattr(processing, "MAX_PREPARED_BYTES", 1_000)

    assert prepared(animated(animation(50))).content_type == "image/png"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_other_animations_the_first_frame_is_kept(kind):
    content = animated([red_corner(), Image.new("RGB", (64, 48), "green")], kind)
    assert opened(content).n_frames == 2

    image = shown(prepared(content))

    assert getattr(image, "n_frames", 1) == 1
    assert close(image.convert("RGB").getpixel((2, 2)), RED, 60)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_upright(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # The corner where a camera that was held so has stored the top left of the scene.
    left, top = {1: (1, 1), 2: (0, 1), 3: (0, 0), 4: (1, 0), 5: (1, 1), 6: (1, 0), 7: (0, 0), 8: (0, 1)}[orientation]
    stored = Image.new("RGB", (64, 48), BLUE)
    stored.paste(RED, (0 if left else 32, 0 if top else 24, 32 if left else 64, 24 if top else 48))

    image = prepared(encoded(stored, kind, exif=exif.tobytes()))

    upright = shown(image).convert("RGB")
    assert upright.size == ((64, 48) if orientation < 5 else (48, 64))
    assert close(upright.getpixel((4, 4)), RED, 40)
    for x, y in [(-5, 4), (4, -5), (-5, -5)]:
        assert close(
            upright.getpixel((upright.width + x if x < 0 else x, upright.height + y if y < 0 else y)),
            BLUE,
            40,
        )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_wide_colours_come_out_as_srgb(kind):
    swapped = swapped_profile()

    image = shown(prepared(encoded(Image.new("RGB", (64, 48), RED), kind, icc_profile=swapped)))

    # Under this profile the first channel is green: only a conversion shows it so.
    red, green, blue = image.convert("RGB").getpixel((20, 20))
    assert green > 200
    assert max(red, blue) < 90
    assert "icc_profile" not in image.info


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green primaries have changed places, under another name."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * 20, 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be"))


def test_a_broken_profile_is_ignored():
    content = encoded(red_corner(), "PNG", icc_profile=b"no profile at all" * 20)

    assert shown(prepared(content)).tobytes() == red_corner().tobytes()


# --- What does not come out -----------------------------------------------------------------------


def with_metadata(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x013B] = SECRET.decode()  # artist
    exif.get_ifd(0x8825)[29] = SECRET.decode()  # the day, among the GPS tags
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + SECRET + b"</x:xmpmeta>"
    if kind == "GIF":
        return animated(animation(3), comment=SECRET)
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return encoded(red_corner(), "PNG", exif=exif, pnginfo=text)
    options = {"comment": SECRET} if kind == "JPEG" else {}
    return encoded(red_corner(), kind, exif=exif.tobytes(), xmp=xmp, **options)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "HEIF"])
def test_nothing_but_pixels_survives(kind):
    page = b"<html><script>alert(1)</script>" + SECRET
    content = with_metadata(kind) + page
    assert content.count(SECRET) >= 2

    image = prepared(content)

    assert SECRET not in image.content
    assert b"script" not in image.content
    assert not shown(image).getexif()
    assert not {"exif", "xmp", "comment", "icc_profile", "Comment", "photoshop"} & set(shown(image).info)


def test_blocks_that_hide_in_a_gif_are_left_out():
    content = animated(animation(3), loop=0)
    captions = b"\x21\x01\x0c" + bytes(12) + bytes([len(SECRET)]) + SECRET + b"\x00"
    xmp = b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\x00"
    loop = content.index(b"\x21\xff\x0bNETSCAPE2.0")
    hiding = content[: loop + 18] + bytes([len(SECRET)]) + SECRET + content[loop + 18 :]
    hiding = hiding[:loop] + captions + xmp + hiding[loop:]
    assert hiding.count(SECRET) == 3

    assert prepared(hiding) == prepared(content)


def test_a_polyglot_that_is_also_a_zip_is_only_a_image():
    image = prepared(encoded(red_corner(), "PNG") + b"PK\x03\x04" + SECRET + b"PK\x05\x06" + bytes(18))

    assert b"PK\x03\x04" not in image.content


# --- What is refused ------------------------------------------------------------------------------

NO_IMAGE = "“{}” isn't a supported image. Use PNG, JPEG, WebP, GIF, AVIF, HEIC, BMP or ICO."
DAMAGED = "“holiday” is damaged or incomplete."


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
        (png_header(30_000, 10), "is longer than 20,000 pixels."),
        (encoded(Image.new("L", (8_600, 8_000)), "JPEG"), "is larger than 65 megapixels."),
        (gif_frames(1, screen=(65_535, 65_535)), "is longer than 20,000 pixels."),
    ],
    ids=["60000 x 60000", "10000 x 10000", "7000 x 7000", "30000 x 10", "JPEG", "GIF"],
)
def test_bombs_are_refused_before_they_unfold(content, why, monkeypatch):
    monkeypatch.setattr(decoding, "decode", None)

    assert refusal(content) == f"“holiday” {why}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gif_frames(100_000), "is too long or too large for an animation."),
        (gif_frames(900, screen=(2000, 2000)), "is too long or too large for an animation."),
        (
            gif_frames(900, size=(2000, 2000)),
            "is too long or too large for an animation.",
        ),  # frames larger than their screen
        (gif_frames(1_001)[:-1] + b"not read any more", "is too long or too large for an animation."),
        (gif_frames(2, size=(60_000, 100)), "is longer than 20,000 pixels."),
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


# --- Warnings -------------------------------------------------------------------------------------


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
