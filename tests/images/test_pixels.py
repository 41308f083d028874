"""Modes, frames, orientation, colours and metadata of what comes out of an upload."""

from typing import Any

import pytest
from PIL import Image, ImageChops, PngImagePlugin

from chat.images import processing
from tests.images.image_files import (
    BLUE,
    RED,
    SECRET,
    animated,
    animation,
    close,
    encoded,
    opened,
    prepared,
    red_corner,
    shown,
    swapped_profile,
)


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


def test_a_broken_profile_is_ignored():
    content = encoded(red_corner(), "PNG", icc_profile=b"no profile at all" * 20)

    assert shown(prepared(content)).tobytes() == red_corner().tobytes()


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
