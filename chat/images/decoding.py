"""Opens and decodes uploaded images with Pillow, after the checks that make that safe.

A truncated file is decoded as far as it goes, as browsers show it, unless nothing would show.
"""

import io
import struct
import warnings

from django.utils.translation import gettext as _
from PIL import (
    AvifImagePlugin,
    IcoImagePlugin,  # noqa: F401 (the import registers it)
    Image,
    ImageChops,
    PngImagePlugin,
    WebPImagePlugin,
)
from pillow_heif import register_heif_opener

from chat.images import ico, jpeg, png
from chat.images.checks import (
    MAX_IMAGE_BYTES,
    InvalidImage,
    check_rle,
    check_scans,
    check_size,
    damaged,
    detect_format,
)
from chat.images.pixels import target_size

JPEG_FORMATS = ("JPEG", "MPO")

# Global filters, because `warnings.catch_warnings` is not thread-safe, and images are processed in threads.
warnings.filterwarnings("ignore", module=r"PIL\.")  # broken metadata, which is removed anyway
warnings.simplefilter("error", Image.DecompressionBombWarning)

# Image.open with a list of formats loads no plugin by itself.
Image.preinit()
assert WebPImagePlugin.SUPPORTED
assert AvifImagePlugin.SUPPORTED
PngImagePlugin.MAX_TEXT_CHUNK = png.MAX_PROFILE_BYTES  # `png.strip` drops texts, so this limits colour profiles only
register_heif_opener(thumbnails=False)  # a thumbnail inside a HEIC file need not show the same image


def open_image(content: bytes) -> Image.Image:
    """Return the image with its header read and its size checked; the pixels are not decoded yet.

    Raises InvalidImage.
    """
    image_format = _detect_inner_format(content)
    try:
        readable = _readable(content, image_format)
        image = Image.open(io.BytesIO(readable), formats=JPEG_FORMATS if image_format == "JPEG" else [image_format])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidImage(_("“{name}” has too many pixels.")) from error
    except InvalidImage:
        raise
    except Exception as error:  # hostile bytes make the parsers raise almost anything
        raise damaged() from error
    check_size(image.format, *image.size)
    if image_format == "JPEG":
        check_scans(content, image.width * image.height)
    if image_format == "WEBP" and (length := _webp_length(content)) > len(content):
        return _decode_truncated_webp(content, length)
    return image


def decode(image: Image.Image) -> Image.Image:
    """Decode the pixels of `image` and return it. Raises InvalidImage if there are none to show."""
    try:
        # A large JPEG is decoded at 1/2, 1/4 or 1/8 of its size.
        image.draft(None, tuple(2 * side for side in target_size(image.size)))  # type: ignore[arg-type]
        image.load()
    except Exception as error:  # hostile bytes make the decoders raise almost anything
        if not _has_pixels(image):
            raise damaged() from error
    return image


def count_frames(image: Image.Image, frames: int) -> int:
    """Return how many of the frames can be decoded before one that cannot; browsers show just as many."""
    for frame in range(frames):
        try:
            image.seek(frame)
            image.load()
        except Exception:  # hostile bytes make the decoders raise almost anything
            return frame
    return frames


def _detect_inner_format(content: bytes) -> str:
    image_format = detect_format(content)
    is_png_in_icon = image_format == "ICO" and _largest_icon(content).content.startswith(png.MAGIC)
    return "PNG" if is_png_in_icon else image_format


def _readable(content: bytes, image_format: str) -> bytes:
    """Return what Pillow should read of the file: without metadata that decompresses, and with an end marker."""
    if content.startswith(ico.MAGICS):
        content = _largest_icon(content).content
    match image_format:
        case "PNG":
            return png.strip(content)
        case "JPEG":
            return content[: jpeg.read(content).end] + jpeg.END_OF_IMAGE
        case "WEBP":
            return _padded(content, _webp_length(content), b"\0")
        case "BMP":
            check_rle(content)
    return content


def _webp_length(content: bytes) -> int:
    """Return the length of the file according to its header, in bytes."""
    length = int.from_bytes(content[4:8], "little") + 8
    if length > MAX_IMAGE_BYTES:
        raise damaged()
    return length


def _padded(content: bytes, length: int, filling: bytes) -> bytes:
    return content + filling * (length - len(content))


def _decode_truncated_webp(content: bytes, length: int) -> Image.Image:
    """Decode a truncated WebP as far as it goes, although the decoder takes only complete files.

    The file is padded to its length in two ways. Pixels that come out the same were really there; rows below are white.
    """
    image, other = (decode(_open_webp(_padded(content, length, filling))) for filling in (b"\0", b"\1"))
    if difference := ImageChops.difference(image, other).getbbox(alpha_only=False):
        if difference[1] == 0:
            raise damaged()
        image.paste("white", (0, difference[1], *image.size))
    return image


def _open_webp(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=["WEBP"])
    except Exception as error:  # hostile bytes make the parsers raise almost anything
        raise damaged() from error


def _largest_icon(content: bytes) -> ico.Icon:
    try:
        icon = ico.find_largest(content)
    except (ValueError, struct.error) as error:
        raise damaged() from error
    check_size("ICO", icon.width, icon.height)
    return icon


def _has_pixels(image: Image.Image) -> bool:
    """Whether a decoder that failed had decoded some pixels; a browser would show those."""
    image.tile = []  # type: ignore[attr-defined]  # otherwise any use of the image would decode it again
    try:
        return image.getbbox() is not None
    except Exception:  # nothing was decoded
        return False
