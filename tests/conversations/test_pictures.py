import hashlib
import io
import random
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, PngImagePlugin

from chat.conversations import pictures
from chat.conversations.pictures import Picture, PictureRefused, prepare

SECRET = b"Alice was here"
RED, BLUE = (255, 0, 0), (0, 0, 255)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def prepared(content: bytes, name: str = "holiday") -> Picture:
    return prepare(io.BytesIO(content), name=name)


def opened(content: bytes) -> Any:  # not every kind of image has frames or tables
    return Image.open(io.BytesIO(content))


def shown(picture: Picture) -> Any:
    return opened(picture.content)


def refusal(content: bytes, name: str = "holiday") -> str:
    with pytest.raises(PictureRefused) as refused:
        prepared(content, name)
    return str(refused.value)


def red_corner(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Blue, with red at the top left: an eighth of the picture each way."""
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
        ("MPO", "image/jpeg"),
    ],
)
def test_each_format_is_taken_whatever_its_name(kind, content_type):
    options = {"save_all": True, "append_images": [red_corner()]} if kind == "MPO" else {}
    picture = prepared(encoded(red_corner(), kind, **options), name="notes.txt")

    assert picture.content_type == content_type
    assert Image.MIME[shown(picture).format or ""] == content_type
    assert (picture.width, picture.height) == shown(picture).size == (64, 48)
    assert close(shown(picture).convert("RGB").getpixel((2, 2)), RED, 60)
    assert close(shown(picture).convert("RGB").getpixel((60, 40)), BLUE, 60)
    assert picture.sha256 == hashlib.sha256(picture.content).hexdigest()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "HEIF"])
def test_the_same_upload_gives_the_same_hash(kind):
    content = encoded(red_corner((300, 200)), kind)

    assert prepared(content, "one") == prepared(content, "two")


def test_a_file_that_was_read_before_is_read_from_its_start():
    file = io.BytesIO(encoded(red_corner(), "PNG"))
    file.read()

    assert prepare(file, name="holiday").content_type == "image/png"


@pytest.mark.parametrize("size", [(5000, 2500), (2500, 5000), (2049, 20), (20_000, 2)])
def test_a_large_picture_is_shrunk_to_the_long_edge(size):
    picture = prepared(encoded(red_corner(size), "JPEG"))

    assert max(picture.width, picture.height) == 2048
    assert picture.width == max(1, round(size[0] * 2048 / max(size)))
    assert shown(picture).size == (picture.width, picture.height)


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
    picture = prepared(encoded(noise((1000, 1000), mode), "PNG", compress_level=1))

    assert picture.content_type == content_type
    assert shown(picture).has_transparency_data == (mode == "RGBA")


def test_an_alpha_channel_that_hides_nothing_is_dropped():
    image = red_corner()
    image.putalpha(255)

    assert shown(prepared(encoded(image, "PNG"))).mode == "RGB"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_what_providers_would_refuse_as_too_heavy_is_made_lighter(kind, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PREPARED_BYTES", 100_000)
    content = encoded(noise((900, 600)), kind, quality=95)
    assert len(content) > 300_000

    picture = prepared(content)

    assert len(picture.content) <= 100_000
    assert (picture.width, picture.height) == shown(picture).size < (900, 600)


def test_the_heaviest_jpeg_fits_the_limit_of_the_providers():
    content = encoded(noise((2048, 2048)), "JPEG", quality=100, subsampling=0)
    assert len(content) > 8_000_000

    assert len(prepared(content).content) <= 4_500_000


# --- Modes, frames and colours --------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_mode_of_png_keeps_its_look(mode):
    grey = Image.linear_gradient("L")
    image = grey.point(lambda value: value * 257, "I").convert("I;16") if mode == "I;16" else grey.convert(mode)

    picture = shown(prepared(encoded(image, "PNG")))

    assert picture.mode in ("L", "RGB", "RGBA")
    expected = grey.convert("1").convert("L") if mode == "1" else grey
    difference: Any = ImageChops.difference(picture.convert("L"), expected)
    assert difference.getextrema()[1] <= (8 if mode == "P" else 1)


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_of_png_becomes_alpha(mode):
    image = Image.new(mode, (10, 10), 0)
    image.paste(255 if mode != "RGB" else (255, 255, 255), (0, 0, 5, 10))
    key = (0, 0, 0) if mode == "RGB" else 0

    picture = shown(prepared(encoded(image, "PNG", transparency=key)))

    assert picture.convert("RGBA").getpixel((9, 9))[3] == 0
    assert picture.convert("RGBA").getpixel((0, 0))[3] == 255


def test_cmyk_becomes_rgb():
    picture = shown(prepared(encoded(red_corner().convert("CMYK"), "JPEG", quality=95)))

    assert picture.mode == "RGB"
    assert close(picture.getpixel((60, 40)), BLUE, 20)


def test_an_animated_gif_keeps_every_frame_bit_for_bit():
    content = animated(animation(20), loop=3)

    picture = prepared(content)

    before, after = opened(content), shown(picture)
    assert picture.content_type == "image/gif"
    assert after.n_frames == 20
    assert after.info["loop"] == 3
    for number in range(20):
        before.seek(number)
        after.seek(number)
        assert after.info["duration"] == 50
        assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()


def test_an_animated_gif_that_is_too_large_becomes_a_still(monkeypatch):
    picture = prepared(animated(animation(3, (3000, 30))))

    assert (picture.content_type, picture.width) == ("image/png", 2048)


def test_an_animated_gif_that_is_too_heavy_becomes_a_still(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PREPARED_BYTES", 1_000)

    assert prepared(animated(animation(50))).content_type == "image/png"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_other_animations_the_first_frame_is_kept(kind):
    content = animated([red_corner(), Image.new("RGB", (64, 48), "green")], kind)
    assert opened(content).n_frames == 2

    picture = shown(prepared(content))

    assert getattr(picture, "n_frames", 1) == 1
    assert close(picture.convert("RGB").getpixel((2, 2)), RED, 60)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_upright(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # The corner where a camera that was held so has stored the top left of the scene.
    left, top = {1: (1, 1), 2: (0, 1), 3: (0, 0), 4: (1, 0), 5: (1, 1), 6: (1, 0), 7: (0, 0), 8: (0, 1)}[orientation]
    stored = Image.new("RGB", (64, 48), BLUE)
    stored.paste(RED, (0 if left else 32, 0 if top else 24, 32 if left else 64, 24 if top else 48))

    picture = prepared(encoded(stored, kind, exif=exif.tobytes()))

    upright = shown(picture).convert("RGB")
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

    picture = shown(prepared(encoded(Image.new("RGB", (64, 48), RED), kind, icc_profile=swapped)))

    # Under this profile the first channel is green: only a conversion shows it so.
    red, green, blue = picture.convert("RGB").getpixel((20, 20))
    assert green > 200
    assert max(red, blue) < 90
    assert "icc_profile" not in picture.info


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

    picture = prepared(content)

    assert SECRET not in picture.content
    assert b"script" not in picture.content
    assert not shown(picture).getexif()
    assert not {"exif", "xmp", "comment", "icc_profile", "Comment", "photoshop"} & set(shown(picture).info)


def test_blocks_that_hide_in_a_gif_are_left_out():
    content = animated(animation(3), loop=0)
    captions = b"\x21\x01\x0c" + bytes(12) + bytes([len(SECRET)]) + SECRET + b"\x00"
    xmp = b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\x00"
    loop = content.index(b"\x21\xff\x0bNETSCAPE2.0")
    hiding = content[: loop + 18] + bytes([len(SECRET)]) + SECRET + content[loop + 18 :]
    hiding = hiding[:loop] + captions + xmp + hiding[loop:]
    assert hiding.count(SECRET) == 3

    assert prepared(hiding) == prepared(content)


def test_a_polyglot_that_is_also_a_zip_is_only_a_picture():
    picture = prepared(encoded(red_corner(), "PNG") + b"PK\x03\x04" + SECRET + b"PK\x05\x06" + bytes(18))

    assert b"PK\x03\x04" not in picture.content


# --- What is refused ------------------------------------------------------------------------------

NO_PICTURE = "“{}” is not a PNG, JPEG, WebP, GIF or HEIC picture."
DAMAGED = "“holiday” is damaged or incomplete."


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><title>Hello</title>",
        b"%PDF-1.7\n",
        b"GIF",
        b"\x00",
        encoded(red_corner(), "BMP"),
        encoded(red_corner(), "TIFF"),
        encoded(red_corner(), "AVIF"),
        encoded(red_corner(), "ICO"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n",
    ],
    ids=["svg", "html", "pdf", "three letters", "one zero", "bmp", "tiff", "avif", "ico", "eps"],
)
def test_other_files_are_refused_whatever_their_name(content):
    assert refusal(content, "holiday.png") == NO_PICTURE.format("holiday.png")


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
    with pytest.raises(PictureRefused, match=r"“holiday” is larger than 20 MB\."):
        prepare(endless, name="holiday")
    assert endless.asked == 20_000_001


def test_a_long_name_is_shortened_in_the_sentence():
    sentence = refusal(b"", "x" * 300 + ".png")

    assert sentence.endswith("xxx.png” is empty.")
    assert len(sentence) < 80


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "JPEG progressive", "WEBP", "GIF", "GIF animated", "HEIF"])
@pytest.mark.parametrize("percent", [1, 5, 20, 40, 60, 80, 90, 97])
def test_truncated_files_are_refused(kind, percent):
    image = noise((40, 40)).resize((160, 160), Image.Resampling.BICUBIC)
    content = {
        "JPEG progressive": lambda: encoded(image, "JPEG", progressive=True),
        "GIF animated": lambda: animated([noise((30, 30), "L").convert("P").rotate(turn) for turn in range(6)]),
    }.get(kind, lambda: encoded(image, kind))()
    prepared(content)

    assert refusal(content[: len(content) * percent // 100]) in (
        DAMAGED,
        "“holiday” is damaged.",
        NO_PICTURE.format("holiday"),
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "HEIF"])
def test_damage_anywhere_is_a_refusal_or_a_picture_and_nothing_else(kind):
    chance = random.Random(2)
    content = encoded(noise((30, 30)).resize((90, 90)), kind)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(PictureRefused):
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
        (png_header(60_000, 60_000), "has too many megapixels."),
        (png_header(10_000, 10_000), "has too many megapixels."),  # Pillow only warns
        (png_header(7_000, 7_000), "has more than 36 megapixels."),
        (png_header(30_000, 10), "is more than 20,000 pixels long."),
        (encoded(Image.new("L", (8_600, 8_000)), "JPEG"), "has more than 65 megapixels."),
        (gif_frames(1, screen=(65_535, 65_535)), "is more than 20,000 pixels long."),
    ],
    ids=["60000 x 60000", "10000 x 10000", "7000 x 7000", "30000 x 10", "JPEG", "GIF"],
)
def test_bombs_are_refused_before_they_unfold(content, why, monkeypatch):
    monkeypatch.setattr(pictures, "_loaded", None)

    assert refusal(content) == f"“holiday” {why}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gif_frames(100_000), "is too long an animation."),
        (gif_frames(900, screen=(2000, 2000)), "is too long an animation."),
        (gif_frames(900, size=(2000, 2000)), "is too long an animation."),  # frames larger than their screen
        (gif_frames(1_001)[:-1] + b"not read any more", "is too long an animation."),
        (gif_frames(2, size=(60_000, 100)), "is more than 20,000 pixels long."),
        (gif_frames(1, size=(8_000, 8_000)), "has more than 36 megapixels."),
    ],
    ids=["100,000 frames", "a large screen", "large frames", "1,001 frames", "a long frame", "a large frame"],
)
def test_animations_that_unfold_are_refused_before_they_do(content, why, monkeypatch):
    monkeypatch.setattr(pictures, "_loaded", None)

    assert refusal(content) == f"“holiday” {why}"


def test_a_gif_of_endless_comments_takes_no_time():
    """Pillow joins them one by one, each time copying all that it has."""
    content = gif_frames(1)
    comments = b"\x21\xfe" + (b"\xff" + bytes(255)) + b"\x00"

    assert prepared(content[:-1] + comments * 70_000 + b"\x3b") == prepared(content)


def test_a_gif_is_refused_when_a_later_frame_cannot_be_decoded():
    content = gif_frames(3)
    assert prepared(content).content_type == "image/gif"
    code_size = content.rindex(b"\x02\x02\x44\x01\x00")

    assert refusal(content[:code_size] + b"\x0f" + content[code_size + 1 :]) == DAMAGED


def test_a_gif_without_a_frame_is_refused():
    assert refusal(gif_frames(0)).startswith("“holiday” is")


def test_a_jpeg_of_endless_empty_scans_is_refused(monkeypatch):
    content = encoded(Image.new("L", (800, 800), 128), "JPEG", progressive=True)
    empty_scan = content[content.rindex(b"\xff\xda") : -2]
    prepared(content[:-2] + empty_scan * 20 + b"\xff\xd9")
    monkeypatch.setattr(pictures, "_loaded", None)

    assert refusal(content[:-2] + empty_scan * 50_000 + b"\xff\xd9") == "“holiday” is damaged."


def test_scans_are_counted_in_the_picture_only():
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
from chat.conversations.pictures import PictureRefused, prepare
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    with path.open("rb") as file:
        try:
            print(path.name, prepare(file, name=path.name).content_type)
        except PictureRefused as refused:
            print(refused)
"""
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["“bomb.png” has too many megapixels.", "exif.jpg image/jpeg"]
    assert done.stderr == ""
