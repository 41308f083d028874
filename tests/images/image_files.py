"""Images as files, for tests: made by Pillow, or byte by byte; and what the site makes of them."""

import io
import random
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms

from chat.images.encoding import PreparedImage
from chat.images.processing import ImageRefused, prepare

NO_IMAGE = "“{}” isn't a supported image. Use PNG, JPEG, WebP, GIF, AVIF, HEIC, BMP or ICO."
DAMAGED = "“holiday” is damaged or incomplete."
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


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green primaries have changed places, under another name."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * 20, 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be"))
