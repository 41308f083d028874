"""What comes out of an upload: its format, size and weight."""

import hashlib
import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps

from chat import models
from chat.images import processing
from chat.images.processing import prepare
from tests.images.image_files import (
    BLUE,
    RED,
    close,
    encoded,
    noise,
    opened,
    prepared,
    red_corner,
    shown,
)


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
