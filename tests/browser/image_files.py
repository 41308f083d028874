"""Images to attach, made for each test, as the payload that a file picker hands over."""

import io
from functools import cache

import pillow_heif
from PIL import Image
from playwright.sync_api import FilePayload

ORIENTATION = 0x0112  # the EXIF tag; 6 is "turn it a quarter clockwise to see it upright"


def png(name: str = "small.png", width: int = 40, height: int = 30, colour: str = "teal") -> FilePayload:
    return _file(name, "image/png", _encoded(Image.new("RGB", (width, height), colour), "PNG"))


def jpeg(name: str, width: int, height: int, *, orientation: int = 1) -> FilePayload:
    return _file(name, "image/jpeg", _jpeg(width, height, orientation))


def heic(name: str = "phone.heic", width: int = 300, height: int = 200) -> FilePayload:
    heif = pillow_heif.from_pillow(Image.new("RGB", (width, height), "orange"))
    content = io.BytesIO()
    heif.save(content)
    return _file(name, "image/heic", content.getvalue())


def html_named_as_image(name: str = "page.png") -> FilePayload:
    return _file(name, "image/png", b"<!doctype html><script>alert(1)</script>")


def svg_named_as_image(name: str = "drawing.png") -> FilePayload:
    return _file(name, "image/png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')


def half(name: str = "half.jpg") -> FilePayload:
    content = _jpeg(600, 400, 1)
    return _file(name, "image/jpeg", content[: len(content) // 2])


def only_begun(name: str = "begun.jpg") -> FilePayload:
    """Nothing would show of it."""
    return _file(name, "image/jpeg", _jpeg(600, 400, 1)[:300])


def empty(name: str = "nothing.png") -> FilePayload:
    return _file(name, "image/png", b"")


@cache
def _jpeg(width: int, height: int, orientation: int) -> bytes:
    # Noise scaled up: as large on disk as a photo, where a plain colour would be nothing.
    noise = Image.effect_noise((width // 4, height // 4), 64).resize((width, height)).convert("RGB")
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return _encoded(noise, "JPEG", exif=exif, quality=90)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def _file(name: str, media_type: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType=media_type, buffer=content)
