"""Checks an uploaded image before anything is decoded: its format, its size, and limits against decompression bombs."""

from django.utils.translation import gettext as _

from chat.formats import number
from chat.images import ico, jpeg, png

MAX_IMAGE_BYTES = 20_000_000  # of an upload

# A small file can decompress to a lot of memory, or take the decoder a long time.
MAX_MEGAPIXELS = {"JPEG": 65, "MPO": 65, "HEIF": 65}  # the largest photos of phones: up to 450 MB of memory
MAX_OTHER_MEGAPIXELS = 36  # PNG, WebP and GIF need twice as much memory per pixel
MAX_SIDE = 20_000  # pixels
MAX_SCANS = 100  # of a JPEG; encoders write about 10
MAX_SCANNED_MEGAPIXELS = 1_000  # of all scans together
MAX_RLE_BYTES = 2_000_000  # of a run-length encoded bitmap: Pillow takes a second for this much, because it uses Python

BITMAP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes; many texts begin with "BM" like a bitmap


class InvalidImage(Exception):
    """An image that is not accepted. `str()` is the sentence for its owner, with `{name}` for the file's name."""


def damaged() -> InvalidImage:
    return InvalidImage(_("“{name}” is damaged or incomplete."))


def detect_format(content: bytes) -> str:
    """Return Pillow's name for the format, by the file's first bytes. Raises InvalidImage for other formats."""
    if content.startswith(png.MAGIC):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        brands = content[8 : min(int.from_bytes(content[:4], "big"), 200)]
        return "AVIF" if b"avif" in brands or b"avis" in brands else "HEIF"
    if content.startswith(b"BM") and int.from_bytes(content[14:18], "little") in BITMAP_HEADERS:
        return "BMP"
    if content.startswith(ico.MAGICS):
        return "ICO"
    raise InvalidImage(_("“{name}” isn't a supported image. Use PNG, JPEG, WebP, GIF, AVIF, HEIC, BMP or ICO."))


def check_size(image_format: str | None, width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE:
        raise InvalidImage(_("“{name}” is more than %(most)s pixels wide or high.") % {"most": number(MAX_SIDE)})
    most = MAX_MEGAPIXELS.get(image_format or "", MAX_OTHER_MEGAPIXELS)
    if width * height > most * 1_000_000:
        raise InvalidImage(_("“{name}” is larger than %(most)d megapixels.") % {"most": most})


def check_scans(content: bytes, pixels: int) -> None:
    """Limit the scans of a JPEG: each takes time for the whole image, even an empty one of a few bytes."""
    found = jpeg.read(content)
    if not found.has_pixels or found.is_arithmetic:
        raise damaged()
    if found.scans > MAX_SCANS or found.scans * pixels > MAX_SCANNED_MEGAPIXELS * 1_000_000:
        raise InvalidImage(_("“{name}” is damaged."))


def check_rle(bitmap: bytes) -> None:
    """Limit the size of a bitmap with run-length encoding."""
    if bitmap[30:34] in (b"\1\0\0\0", b"\2\0\0\0") and len(bitmap) > MAX_RLE_BYTES:
        raise InvalidImage(_("“{name}” is larger than %(most)d MB.") % {"most": MAX_RLE_BYTES // 1_000_000})
